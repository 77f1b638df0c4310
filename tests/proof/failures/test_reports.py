"""F13, F15, F28: figures that were not what had happened.

As in `test_orders`: each failure with its own numbers, each test named after what must not happen. Of F28 the mail
itself (its headers, its sending) comes with the letters, and so does all of F30: warnings nobody read.
"""

from __future__ import annotations

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.money import cents
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import ask_exit
from automated_trading.reports.summary import session_summary
from automated_trading.simulator.account import FILL
from tests.engine.builders import EOD, MONITOR, MORNING, Bench
from tests.engine.stage import stands
from tests.engine.wire import then
from tests.proof.failures.scene import SNAPSHOTS, bought, desk, listed

DAY = date(2026, 3, 9)


def page(told: Outcome) -> list[str]:
    """The evening's page without its last line, the log's head."""
    return session_summary(told.state, "simulated", told.head)[:-1]


@pytest.mark.parametrize("between", ["nothing", "the snapshots are gone", "two more runs"])
def test_f13_no_second_evening_tells_another_day(tmp_path: Path, between: str) -> None:
    """F13: the evening run at 21:08 told 50% and -$55.19, that of 21:30 0% and $0: the first had cleared its input.

    Seen red when: `SessionClosed` empties the day's closed trades.
    """
    b = bought(tmp_path, DAY, AA="10", BB="10")
    stands(b, "AA", "9")
    stands(b, "BB", "11")
    b.run(MONITOR, "10:00", DAY)
    ask_exit(b.desk(), "BB")
    b.run(MONITOR, "10:05", DAY)
    first = page(b.run(EOD, "17:08", DAY))
    if between == "the snapshots are gone":
        for name in SNAPSHOTS:
            (b.folder / f"{name}.json").unlink()
    if between == "two more runs":
        b.run(MONITOR, "17:10", DAY)
        b.run(MORNING, "17:15", DAY)
    assert page(b.run(EOD, "17:30", DAY)) == first
    assert len([line for line in first if line.startswith("closed")]) == 2


def test_f13_no_entry_price_is_lost_or_taken_from_the_signal(tmp_path: Path) -> None:
    """F13: 14 of 20 exits told a profit of $0.00: the entry price was lost, or the signal's stood in its place.

    Seen red when: a closed trade's entry price is not what its fills cost; a lost folder takes nothing back.
    """
    b = desk(tmp_path, DAY, {"AA": "10"})
    listed(b, ("AA", "9", "9.50"))  # the signal's price is yesterday's
    b.run(MORNING, "09:36", DAY)
    paid = 100_000 - b.exchange.ledger.cash
    shutil.rmtree(b.folder)
    stands(b, "AA", "9")
    told = b.run(MONITOR, "09:41", DAY)
    (trade,) = told.state.day.closed
    assert (trade.entry_price, trade.realised) == (paid / trade.qty, b.exchange.ledger.cash - 100_000)
    assert trade.realised < -900


def test_f15_no_order_is_told_as_a_position_before_it_has_filled(tmp_path: Path) -> None:
    """F15: "Morning Trades: N positions opened" counted what was sent: 74 announced, 53 filled.

    Seen red when: the evening counts orders for fills.
    """
    b = desk(tmp_path, DAY, dict.fromkeys(("AA", "BB", "CC", "DD"), "10"))
    listed(b, *[(name, "9", "10") for name in ("AA", "BB", "CC", "DD")])
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, "DD", "15")))
    told = b.run(MORNING, "09:36", DAY)
    assert told.said.startswith("4 ordered (")
    assert "fills heard: AA, BB, CC" in told.said
    assert not re.search(r"opened|bought|DD.*filled", told.said)
    assert "entries 4 ordered, 3 filled" in page(b.run(EOD, "16:30", DAY))


def test_f28_no_figure_of_the_evening_is_other_than_the_fills(tmp_path: Path) -> None:
    """F28: the mail told $0.00, a profit a language model had made up, and a wrong number of trades.

    Seen red when: `booking.book` adds a fill's whole value instead of what is new in it.
    """
    b = desk(tmp_path, DAY, {"AA": "10.37", "BB": "33.10", "CC": "7.77"}, partial_fill_rate=Decimal(1), seed=5)
    listed(b, ("AA", "9", "10.37"), ("BB", "8", "33.10"), ("CC", "7", "7.77"))
    b.run(MORNING, "09:36", DAY)
    b.run(MONITOR, "09:41", DAY)
    ask_exit(b.desk(), "AA")
    stands(b, "BB", "29")
    for at in ("09:46", "09:51", "09:56"):
        told = b.run(MONITOR, at, DAY)
    assert set(told.state.positions) == {"CC"}
    told = b.run(EOD, "16:30", DAY)
    traded = {side: money(b, side) for side in ("buy", "sell")}
    text = "\n".join(page(told))
    assert f"from fills: bought {traded['buy']:,.2f}, sold {traded['sell']:,.2f}" in text
    cost = sum((money(b, "buy", name) for name in ("AA", "BB")), Decimal(0))
    assert f"realised {traded['sell'] - cost:+,.2f}" in text
    assert text.count("\nclosed ") == 2


def money(b: Bench, side: str, symbol: str | None = None) -> Decimal:
    """What the exchange's own record of trades adds up to, to the cent each."""
    rows = [activity.data for activity in b.exchange.ledger.activities if activity.kind == FILL]
    mine = [row for row in rows if row["side"] == side and symbol in (None, row["symbol"])]
    return sum((cents(Decimal(str(row["qty"])) * Decimal(str(row["price"]))) for row in mine), Decimal(0))
