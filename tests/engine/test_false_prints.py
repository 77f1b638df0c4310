"""One false print of what is held: it moves the broker's equity and neither the size of an order nor a halt."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.domain.reasons import Reason
from automated_trading.engine.settling import ask_exit
from tests.engine.builders import MONITOR, Bench, signal
from tests.engine.stage import holding, lay, requests_of, shows, sides
from tests.engine.test_photograph import STEADY


def prints(b: Bench, last: str) -> None:
    """AAA stands at 100 as before, but for its last trade, which the broker marks 99 shares of it at."""
    shows(b, "AAA", "99.95", "100.05", last)


def ordered(home: Path, last: str, bought: str = "99") -> Bench:
    """The orders of a second signal beside that print."""
    b = holding(home, "AAA")
    lay(b, "BBB")
    prints(b, last)
    b.signals.entries = [signal("BBB")]
    told = b.run(MONITOR, "09:40")
    assert (sides(b, "BBB"), told.state.positions["BBB"].qty) == (["buy filled"], Decimal(bought))
    return b


def test_i17_a_false_high_print_of_what_is_held_makes_the_next_position_no_larger(tmp_path: Path) -> None:
    """Seen red when: an order was sized by the equity the broker tells."""
    b = ordered(tmp_path, "180")
    assert b.exchange.equity() > 107_900


def test_a_print_between_bid_and_ask_changes_nothing(tmp_path: Path) -> None:
    ordered(tmp_path, "100")


def test_i17_where_what_it_stood_over_is_sold_in_the_same_run_the_next_position_is_no_larger(tmp_path: Path) -> None:
    """Seen red when: an order was sized by the equity the broker tells."""
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    prints(b, "180")
    b.signals.entries = [signal("BBB")]
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "09:40")
    assert (set(told.state.positions), told.state.positions["BBB"].qty) == ({"BBB"}, 99)
    assert told.state.halts == {}


def test_it_costs_no_request_more(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    prints(b, "180")
    assert requests_of(b, lambda: b.run(MONITOR, "09:40"))[1] == STEADY


def test_a_false_high_print_hides_no_loss_of_the_day(tmp_path: Path) -> None:
    """Seen red when: the breakers measured the equity the broker tells."""
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    b.exchange.advance_to(b.exchange.now + timedelta(minutes=1))
    b.exchange.pay("FEE", Decimal(-5_000))
    prints(b, "180")
    b.signals.entries = [signal("BBB")]
    told = b.run(MONITOR, "09:40")
    assert (set(told.state.halts), sides(b, "BBB")) == ({Reason.DAY_LOSS}, [])


def test_no_halt_begins_when_shares_under_a_false_print_are_sold_before_equity_is_read_again(tmp_path: Path) -> None:
    """Seen red when: what the print had added was taken off an equity that it is not in any more."""
    b = holding(tmp_path, "AAA")
    prints(b, "180")
    b.signals.entries = []
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "09:40")
    assert (told.state.positions, told.state.halts) == ({}, {})


def test_a_false_low_print_is_believed_and_halts_for_a_day_what_it_makes_a_loss_of(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    prints(b, "45")
    b.signals.entries = []
    told = b.run(MONITOR, "09:40")
    assert (set(told.state.positions), set(told.state.halts)) == ({"AAA"}, {Reason.DAY_LOSS})
