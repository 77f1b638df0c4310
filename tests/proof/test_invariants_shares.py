"""I6, I11, I12, I18: no share sold that is not held; each fill once, each order one end, every position its stop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.reports.status import unprotected
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, names
from tests.engine.stage import sides, stands
from tests.engine.wire import rewording

D = Decimal


def held(home: Path, **options: Any) -> Bench:
    """99 shares of AAA, bought at 09:35."""
    b = bench(home, "AAA", **options)
    b.run(MORNING, "09:35")
    return b


def too_much(b: Bench) -> list[str]:
    """Every sell the desk asks for from now on beyond what is held and not promised to another sell."""
    found: list[str] = []

    def overhears(request: Request, handle: Callable[[Request], Response]) -> Response:
        asked = json.loads(request.body)
        shares = b.exchange.ledger.positions.get(asked["symbol"])
        promised = sum((row.rest for row in b.exchange.blotter.open_in(asked["symbol"], "sell")), D(0))
        known = any(row.client_order_id == asked["client_order_id"] for row in b.orders())
        if asked["side"] == "sell" and not known and D(asked["qty"]) + promised > (shares.qty if shares else 0):
            found.append(f"{asked['client_order_id']}: {asked['qty']}")
        return handle(request)

    b.wire.on("POST", "/v2/orders", overhears)
    return found


def nothing(b: Bench) -> None:
    pass


def some_sold_by_hand(b: Bench) -> None:
    b.exchange.trade_by_hand("AAA", "sell", D(40))


def promised_by_hand(b: Bench) -> None:
    b.exchange.rest_by_hand("AAA", "sell", D(99), D(200))


def answer_lost(b: Bench) -> None:
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))


def request_lost(b: Bench) -> None:
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders"))


def delivered_twice(b: Bench) -> None:
    b.wire.faults.append(Fault(FaultKind.TWICE, "POST", "/v2/orders"))


def positions_lag(b: Bench) -> None:
    """The list of positions stays as it was before the sale, for a run and a half."""
    as_it_was: list[Any] = []

    def lag(rows: Any) -> Any:
        as_it_was.append(rows)
        return as_it_was[0] if len(as_it_was) < 4 else rows

    b.wire.on("GET", "/v2/positions", rewording(lag))


BEFORE_THE_SALE = (
    nothing,
    some_sold_by_hand,
    promised_by_hand,
    answer_lost,
    request_lost,
    delivered_twice,
    positions_lag,
)


@pytest.mark.parametrize("rate", ["0", "1"])
@pytest.mark.parametrize("happens", BEFORE_THE_SALE, ids=lambda happens: happens.__name__)
def test_i6_nothing_is_sold_beyond_what_is_held_and_never_short(
    tmp_path: Path, happens: Callable[[Bench], None], rate: str
) -> None:
    """Also while the first sale is only partly filled, on every later run of the day and of the next.

    Seen red when: open sells are not counted against what may be sold.
    """
    b = held(tmp_path)
    b.exchange.partial_fill_rate = D(rate)
    found = too_much(b)
    happens(b)
    stands(b, "AAA", "80")
    for clock in ("09:40", "09:41", "09:45", "10:00", "11:30", "13:00"):
        b.run(MONITOR, clock)
    b.run(EOD, "16:30")
    for clock in ("09:40", "09:45", "10:00"):
        b.run(MONITOR, clock, WEDNESDAY)
    assert found == []
    assert all(position.qty >= 0 for position in b.exchange.ledger.positions.values())
    assert any(row.side == "sell" for row in b.orders())


def test_i11_a_fill_told_again_out_of_order_or_late_is_booked_once(tmp_path: Path) -> None:
    """Seen red when: a fill is added instead of replaced, or an older reading takes shares back."""
    b = bench(tmp_path, "AAA", partial_fill_rate=D(1))
    early: list[Any] = []
    b.wire.on("GET", "/v2/orders", rewording(lambda rows: (early.append(rows), rows)[1]))
    b.run(MORNING, "09:35")
    assert D(0) < b.state().positions["AAA"].qty < 99
    early = [early[-1]]
    b.wire.acts = ()
    b.run(MONITOR, "09:50")
    whole = b.state().positions["AAA"]
    assert whole.qty == 99
    b.wire.on("GET", "/v2/orders", rewording(lambda rows: [*early[0], *rows, *early[0]]))
    b.run(MONITOR, "09:55")
    b.wire.on("GET", "/v2/orders", rewording(lambda rows: early[0]))
    b.run(MONITOR, "10:00")
    assert b.state().positions["AAA"] == whole
    assert b.state().cash == b.exchange.ledger.cash


def test_i11_profit_comes_from_fills_alone(tmp_path: Path) -> None:
    """Neither an accepted sale nor a price is a profit.

    Seen red when: profit is reckoned from the price that fired the exit.
    """
    b = held(tmp_path)
    stands(b, "AAA", "80")
    b.exchange.partial_fill_rate = D(1)
    b.run(MONITOR, "09:40")
    sold = [row for row in b.orders("AAA") if row.side == "sell"]
    bought = next(row for row in b.orders("AAA") if row.side == "buy")
    profit = sum((row.paid for row in sold), D(0)) - sum((row.filled_qty for row in sold), D(0)) * bought.paid / 99
    assert b.state().day.realised == profit


def test_i12_each_order_reaches_exactly_one_end(tmp_path: Path) -> None:
    """A day of partial fills, an expiry, a cancel, a refusal and a lost answer: one end a line of the log each.

    Seen red when: an ended order's end is written again by each hearing.
    """
    b = bench(tmp_path, "AAA", "BBB", "CCC", partial_fill_rate=D(1))
    b.exchange.set_quote("CCC", D(99), D(100), last=D(100))
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    b.run(MORNING, "09:35")
    b.exchange.untradable.add("BBB")
    b.halt()
    for clock in ("09:40", "10:00"):
        b.run(MONITOR, clock)
    stands(b, "AAA", "80")
    for clock in ("10:05", "10:10", "10:15", "11:00"):
        b.run(MONITOR, clock)
    b.run(EOD, "16:30")
    b.run(EOD, "17:00")
    lines = [line for line in read_lines(b.folder) if line.event in ("order_ended", "order_refused", "order_withdrawn")]
    ends = Counter(line.data["client_order_id"] for line in lines)
    assert set(ends) == set(b.state().orders) | set(ends)
    assert set(ends.values()) == {1}
    assert not list(b.state().open_orders())


KNOWN = ("held", "pending_review", "stopped", "suspended", "calculated", "done_for_day")


@pytest.mark.parametrize("word", [*KNOWN, "bewitched"])
def test_i12_a_status_nobody_knows_leaves_the_order_open_and_is_said(tmp_path: Path, word: str) -> None:
    """Seen red when: an unknown status counts as an end."""
    b = bench(tmp_path, "AAA", partial_fill_rate=D(1))
    b.run(MORNING, "09:35")

    def change(rows: Any) -> Any:
        return [{**row, "status": word} for row in rows] if isinstance(rows, list) else {**rows, "status": word}

    b.wire.on("GET", "/v2/orders", rewording(change))
    outcome = b.run(MONITOR, "09:36")
    assert [order.symbol for order in outcome.state.open_orders()] == ["AAA"]
    assert names(outcome).count("OrderPuzzling") == (word not in KNOWN)
    b.wire.acts = ()
    b.run(MONITOR, "10:30")
    assert sides(b, "AAA") == ["buy filled"]
    assert not list(b.state().open_orders())


@pytest.mark.parametrize("shows", ["nothing", "old", "one price under the stop"])
def test_i18_a_position_whose_stop_cannot_be_judged_is_named(tmp_path: Path, shows: str) -> None:
    """With one price under its stop, or none at all: by the run's line and by what `status` reads.

    Seen red when: a position without a price is passed over in silence.
    """
    b = held(tmp_path)
    if shows == "nothing":
        b.exchange.set_price("AAA", None)
    else:
        b.exchange.set_quote("AAA", D(80), D(130), last=D(100), at=moment("09:00") if shows == "old" else None)
    told = b.run(MONITOR, "09:40")
    assert "AAA" in told.said
    assert told.market is not None
    blind = [row["symbol"] for row in unprotected(told.state, told.market, b.rules, None)]
    if shows == "one price under the stop":
        assert ("UNDECIDED" in told.said, blind) == (True, [])
    else:
        assert ("NOT JUDGED" in told.said, blind) == (True, ["AAA"])


def test_i18_every_position_has_a_stop_from_its_first_share_on(tmp_path: Path) -> None:
    """Bought in part, adopted, split: each has a stop over nothing.

    Seen red when: a position begins with a stop of nought.
    """
    b = bench(tmp_path, "AAA", partial_fill_rate=D(1))
    for clock in ("09:35", "09:36", "09:40", "12:00"):
        b.run(MORNING if clock == "09:35" else MONITOR, clock)
        assert all(position.stop > 0 for position in b.state().positions.values())
    assert set(b.state().positions) == {"AAA"}
