"""F4, F5, F7b, F8, F12, F27: what was lost from the books, put into them in silence, or written down wrong.

As in `test_orders`: each failure with its own numbers, each test named after what must not happen.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.decisions.reconciliation import apart
from automated_trading.domain import events as e
from automated_trading.domain.errors import StateError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, Rules
from automated_trading.engine.settling import ask_exit
from automated_trading.reports.status import exit_code
from automated_trading.simulator.api import Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, moment, names
from tests.engine.stage import stands
from tests.engine.test_hearing import of
from tests.engine.wire import answering, rewording, then
from tests.proof.failures.scene import SNAPSHOTS, books, bought, desk, listed, lose_the_folder, shares


def sized(share: str) -> Rules:
    """Rules by which a position is this part of the account."""
    return Rules(caps=Caps(max_position=Decimal(share)))


def events(b: Bench) -> Counter[str]:
    return Counter(line.event for line in read_lines(b.folder))


CAR = date(2026, 2, 24)


def test_f04_no_position_is_made_by_two_hands(tmp_path: Path) -> None:
    """F4: 39 of 45 fills had been added by a sync before; CAR was "added 3", "updated 3 to 5", "filled 5", begun anew.

    Seen red when: a fill of a position that is there makes a new position in its place.
    """
    b = desk(tmp_path, CAR, {"CAR": "100"}, sized("0.00505"))
    listed(b, ("CAR", "9", "100"))

    def three_of_five() -> None:
        (order,) = b.exchange.blotter.open()
        b.exchange.fill(order, Decimal(3), Decimal("100.05"))
        stands(b, "CAR", "102.5")

    b.wire.on("POST", "/v2/orders", then(three_of_five))
    first = b.run(MORNING, "09:36", CAR).state.positions["CAR"]
    b.wire.acts = ()
    high = b.run(MONITOR, "09:41", CAR).state.positions["CAR"]
    stands(b, "CAR", "100")
    told = b.run(MONITOR, "09:46", CAR)
    last = told.state.positions["CAR"]
    assert [line.data["total_qty"] for line in read_lines(b.folder) if line.event == "fill"] == ["3", "5"]
    assert (first.qty, last.qty, last.opened) == (3, 5, first.opened)
    assert last.high == high.high > 102
    assert not {event for event in events(b) if event.startswith(("difference", "position_adopted"))}


def test_f05_no_exit_is_lost_with_the_run_that_made_it(tmp_path: Path) -> None:
    """F5: 2,930 shares of IMRX were gone on 01-28, without an event or a mail: the record of that run never arrived.

    Seen red when: `hear` passes over orders of ours that the books do not have.
    """
    day = date(2026, 1, 28)
    b = desk(tmp_path / "desk", day, {"IMRX": "4.50"}, sized("0.1327"))
    listed(b, ("IMRX", "9", "4.50"))
    b.run(MORNING, "09:36", day)
    qty = shares(b)["IMRX"]
    shutil.copytree(b.folder, tmp_path / "as of 10:00")
    stands(b, "IMRX", "4.00")
    b.run(MONITOR, "11:00", day)
    lose_the_folder(b)
    shutil.copytree(tmp_path / "as of 10:00", b.folder)
    told = b.run(MONITOR, "11:24", day)
    (sold,) = of(told, e.PositionClosed)
    cash = b.exchange.ledger.cash - 100_000
    assert (2_900 < qty < 2_960, sold.trade.qty, sold.trade.realised) == (True, qty, cash)
    assert "closed IMRX" in told.said
    assert (told.state.positions, told.state.differences, len(b.orders())) == ({}, {}, 2)


def test_f07b_no_fill_is_booked_without_its_signal_s_history(tmp_path: Path) -> None:
    """F7b: all 23 fills of the new account crashed on `signals: []`; positions had no date, no score and no sector.

    Seen red when: a bought position does not take over its order's terms.
    """
    day = date(2026, 2, 20)
    b = desk(tmp_path, day, {"SONO": "15.60"})
    listed(b, ("SONO", "13.32", "15.60"), multi_signal_tier="tier2", date_generated="2026-02-20 11:50:00")
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, "SONO", "20")))
    b.run(MORNING, "09:36", day)
    b.wire.acts = ()
    for name in SNAPSHOTS:
        (b.folder / f"{name}.json").write_text("[]")
    listed(b)
    stands(b, "SONO", "15.60")
    position = b.run(MONITOR, "09:41", day).state.positions["SONO"]
    assert (position.score, position.tier, position.session) == (Decimal("13.32"), "tier2", day)
    assert (position.sector, position.stop_fraction) == ("SONO", Decimal("0.10"))


def test_f08_no_position_vanishes_or_appears_in_silence(tmp_path: Path) -> None:
    """F8: 59 positions were added, removed or changed by a sync that then compared the books with themselves: 30 x OK.

    Seen red when: `reconciliation.decide` finds nothing.
    """
    day = date(2026, 2, 20)
    b = bought(tmp_path, day, AA="10", BB="10", CC="10")
    b.exchange.set_price("OWN", Decimal(10))
    b.exchange.trade_by_hand("AA", "sell", shares(b)["AA"])
    b.exchange.trade_by_hand("BB", "sell", Decimal(100))
    b.exchange.trade_by_hand("OWN", "buy", Decimal(7))
    before = books(b)
    for at in ("09:41", "09:46", "12:00"):
        told = b.run(MONITOR, at, day)
        assert "our books and the broker differ: OWN" in told.said
        assert "stop NOT ACTED ON, our books and the broker differ: AA, BB" in told.said
    assert (books(b), apart(told.state)) == (before, ["AA", "BB", "OWN"])
    assert exit_code(told.state, stale=False, halted=False) == 6
    assert events(b)["difference_seen"] == 6  # each seen twice, told once


def test_f08_no_swapped_account_empties_the_books(tmp_path: Path) -> None:
    """F8: on 02-20 the keys of another account were put in, and ten positions were removed without a word.

    Seen red when: `refuse_another` does not compare.
    """
    day = date(2026, 2, 20)
    b = bought(tmp_path, day, **{f"T{letter}": "10" for letter in "ABCDEFG"})
    before = (b.folder / "audit_log.jsonl").read_bytes()
    b.wire.on("GET", "/v2/account", rewording(lambda row: row if row == [] else {**row, "id": "another"}))
    b.wire.on("GET", "/v2/positions", answering(200, []))
    b.wire.on("GET", "/v2/orders", answering(200, []))
    with pytest.raises(StateError, match="belongs to account") as refused:
        b.run(MONITOR, "09:41", day)
    assert (refused.value.exit_code, (b.folder / "audit_log.jsonl").read_bytes()) == (3, before)
    assert len(books(b)) == 7


def test_f12_profit_is_the_fill_never_the_quote(tmp_path: Path) -> None:
    """F12: ACOG was booked at its quote, 6.02, as a gain of 1.78; it filled at 5.49 and had lost 45.39.

    Seen red when: a sale is booked when it is accepted, at the price it was decided on.
    """
    day = date(2026, 2, 5)
    b = desk(tmp_path, day, {"ACOG": "6.00"}, sized("0.005367"), spread=Decimal(0))
    listed(b, ("ACOG", "9", "6.00"))
    b.run(MORNING, "09:36", day)
    assert books(b) == {"ACOG": 89}
    stands(b, "ACOG", "6.02")
    ask_exit(b.desk(), "ACOG")

    def falls(request: Request, handle: Callable[[Request], Response]) -> Response:
        told = handle(request)
        stands(b, "ACOG", "5.49")
        return told

    b.wire.on("POST", "/v2/orders", falls)
    told = b.run(MONITOR, "09:41", day)
    (trade,) = told.state.day.closed
    assert (trade.exit_price, trade.realised, told.state.day.realised) == (Decimal("5.49"), *[Decimal("-45.39")] * 2)
    assert (len(told.state.losses), "closed ACOG -45.39" in told.said) == (1, True)


def test_f12_no_position_leaves_before_its_last_share_is_sold(tmp_path: Path) -> None:
    """F12: a position was dropped the moment its sale was asked for; sales were no orders.

    Seen red when: a position is closed with its first share that is sold.
    """
    day = date(2026, 2, 5)
    b = bought(tmp_path, day, ACOG="6.00")
    ask_exit(b.desk(), "ACOG")

    def in_part() -> None:
        b.exchange.fill(b.exchange.blotter.open()[-1], Decimal(600), Decimal(6))
        b.exchange.set_price("ACOG", None)

    b.wire.on("POST", "/v2/orders", then(in_part))
    told = b.run(MONITOR, "09:41", day)
    assert (books(b), set(told.state.positions), told.state.day.closed) == (shares(b), {"ACOG"}, ())


COOLS = {
    "a lost folder": lambda b: (lose_the_folder(b), b.run(MONITOR, None), b.resume()),
    "snapshots reset": lambda b: [(b.folder / f"{name}.json").unlink() for name in SNAPSHOTS],
    "nothing": lambda b: None,
}


@pytest.mark.parametrize("after", COOLS)
def test_f27_a_cool_down_survives_a_lost_log(tmp_path: Path, after: str) -> None:
    """F27: readers and writers of the log disagreed on a key: no cool-down for days; a reset log ended it for good.

    Seen red when: a closed position does not leave its session in `sold`; `cooling` compares with a day too few.
    """
    day = date(2026, 2, 3)
    b = bought(tmp_path, day, THM="2.87")
    stands(b, "THM", "2.50")
    b.run(MONITOR, "09:41", day)
    assert books(b) == {}
    b.exchange.advance_to(moment("15:00", date(2026, 2, 5)))
    COOLS[after](b)
    stands(b, "THM", "2.87")
    listed(b, ("THM", "9", "2.87"))
    for later in (date(2026, 2, 6), date(2026, 2, 9)):
        b.exchange.set_close("THM", Decimal("2.87"))
        told = b.run(MORNING, "09:36", later)
        assert told.state.day.verdicts["insider/THM"].reason is Reason.COOL_DOWN
    b.exchange.set_close("THM", Decimal("2.87"))
    assert set(b.run(MORNING, "09:36", date(2026, 2, 10)).state.positions) == {"THM"}


def test_f27_no_exit_is_logged_twice_and_every_line_of_a_kind_is_alike(tmp_path: Path) -> None:
    """F27: 18 bare and 25 rich lines for 38 exits, five of them twice: a win rate of 16.7% where it was 33.3%.

    Seen red when: a closed position stays on the books, so that it closes again with every run.
    """
    day = date(2026, 2, 3)
    b = bought(tmp_path, day, AA="10", BB="10", CC="10")
    ask_exit(b.desk(), "AA")
    stands(b, "BB", "9")
    for at in ("09:41", "09:46", "10:00"):
        told = b.run(MONITOR, at, day)
    b.run(EOD, "16:30", day)
    closed = [line for line in read_lines(b.folder) if line.event == "position_closed"]
    assert sorted(line.data["trade"]["symbol"] for line in closed) == ["AA", "BB"]
    assert len({json.dumps(sorted(line.data["trade"])) for line in closed}) == 1
    assert ("PositionClosed" in names(told), len(b.state().day.closed)) == (False, 2)
