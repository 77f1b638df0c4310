"""The round of the desk: a whole day, its exit codes, and the fence round opening rules."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.run_lock import RunLock
from automated_trading.domain.errors import RunInProgress
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList
from automated_trading.engine import cycle
from automated_trading.simulator.api import Lost
from tests.engine.builders import EOD, MONITOR, MORNING, bench, names
from tests.engine.wire import answering, rewording


def test_a_whole_day_from_buy_to_stop_to_the_closing_figures(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=Decimal(1))

    told = b.run(MORNING, "09:35")  # both bought, each filled in part at once
    assert (told.exit_code, len(b.orders())) == (0, 2)
    assert {0 < order.filled_qty < order.qty for order in told.state.open_orders()} == {True}

    told = b.run(MONITOR, "09:40")  # the rest has filled meanwhile
    assert {symbol: held.qty for symbol, held in told.state.positions.items()} == {"AAA": 99, "BBB": 99}
    assert told.state.open_orders() == []
    assert told.state.positions["AAA"].stop == Decimal("92.04")  # 8% under 100.05

    told = b.run(MONITOR, "09:50")  # all quiet: nothing is asked of the exchange
    assert (names(told), b.asked("POST")) == (["RunStarted", "EquityMarked", "RunFinished"], 2)

    b.exchange.set_price("AAA", Decimal(110))
    assert b.run(MONITOR, "11:00").state.positions["AAA"].high == Decimal("109.94")  # the lower of bid and last

    b.exchange.set_price("AAA", Decimal(92))
    told = b.run(MONITOR, "13:00")  # bid and last under the stop: sold, in part at once
    assert [row.side for row in b.orders("AAA")] == ["buy", "sell"]
    told = b.run(MONITOR, "13:05")
    assert set(told.state.positions) == {"BBB"}
    assert [(trade.symbol, trade.reason) for trade in told.state.day.closed] == [("AAA", "stop_loss")]

    told = b.run(EOD, "16:30")
    assert told.exit_code == 0
    assert told.state.day.figures is not None
    lost = 99 * (Decimal("91.95") - Decimal("100.05"))
    assert told.state.day.figures.realised == told.state.day.closed[0].realised == lost
    assert told.state.day.figures.equity == b.exchange.equity()
    assert b.state() == told.state


def test_a_stop_is_not_fired_by_one_bad_print(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(99), Decimal(101), last=Decimal(50))
    assert "OrderIntended" not in names(b.run(MONITOR, "10:00"))


def test_a_second_morning_buys_nothing_again(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.run(MORNING, "09:36")
    assert len(b.orders()) == 1


def test_a_signal_without_a_quote_is_bought_when_it_has_one(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.set_price("AAA", None)
    told = b.run(MORNING, "09:35")
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.NO_QUOTE
    b.exchange.set_price("AAA", Decimal(100))
    b.run(MONITOR, "09:40")
    assert len(b.orders("AAA")) == 1


def test_before_the_first_morning_a_monitor_opens_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MONITOR, "09:40")
    assert b.orders() == []


@pytest.mark.parametrize("at", ["08:30", "09:34", "12:00", "16:10"])
def test_a_morning_outside_its_window_says_so_and_does_nothing(tmp_path: Path, at: str) -> None:
    b = bench(tmp_path, "AAA")
    told = b.run(MORNING, at)
    assert (told.exit_code, b.orders()) == (0, [])
    assert "morning is due from 09:35 to 12:00" in told.said


def test_without_prices_exits_are_undecided_and_the_run_says_4(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    b.wire.on("GET", "/v2/stocks/snapshots", answering(500, {"message": "down"}))
    told = b.run(MONITOR, "10:00")
    assert (told.exit_code, b.asked("POST")) == (4, 1)
    assert any("no prices" in problem for problem in told.problems)
    b.wire.acts = ()
    assert b.run(MONITOR, "10:05").exit_code == 0
    assert b.run(MONITOR, "10:06").state.positions == {}


def test_i7_a_run_does_nothing_while_another_holds_the_folder(tmp_path: Path) -> None:
    """Seen red when: `run_cycle` takes no lock."""
    b = bench(tmp_path, "AAA")
    with RunLock(b.folder).held(), pytest.raises(RunInProgress):
        b.run(MORNING, "09:35")
    assert (b.wire.requests, (b.folder / "audit_log.jsonl").exists()) == ([], False)


def test_an_unreachable_broker_is_exit_4_and_on_record(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.wire.on("GET", "/v2/positions", answering(503, {}))
    told = b.run(MONITOR, "09:40")
    assert told.exit_code == 4
    assert b.state().runs["monitor"].outcome == "unreachable"


def test_a_bug_in_the_opening_rules_never_reaches_an_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))

    def broken(*_: object) -> None:
        raise ZeroDivisionError("opening rules")

    monkeypatch.setattr(cycle, "OPENING_RULES", (broken,))
    told = b.run(MONITOR, "10:00")
    assert told.exit_code == 1
    assert "ZeroDivisionError" in told.problems[0]
    assert [row.side for row in b.orders("AAA")] == ["buy", "sell"]


def test_a_signals_file_that_is_not_one_is_exit_3_after_the_cycle_ran(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    desk_signals = b.signals
    b.signals = type("Broken", (), {"read": lambda self, now: SignalList(broken="is not JSON")})()
    told = b.run(MONITOR, "10:00")
    assert (told.exit_code, len(b.orders())) == (3, 2)
    b.signals = desk_signals
    assert b.run(MONITOR, "10:05").exit_code == 0


def test_an_order_whose_answer_and_look_up_are_lost_is_exit_4_and_settled_by_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")

    def lost(request: object, handle: object) -> object:
        handle(request)  # type: ignore[operator]
        b.wire.on("GET", "/v2/orders", answering(503, {}))
        raise Lost("the answer")

    b.wire.on("POST", "/v2/orders", lost)  # type: ignore[arg-type]
    told = b.run(MORNING, "09:35")
    assert told.exit_code == 4
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.UNCLEAR]
    b.wire.acts = ()
    assert b.run(MONITOR, "09:40").exit_code == 0
    assert len(b.orders()) == 1
    assert b.state().positions["AAA"].qty == 99


def test_a_second_command_of_the_same_minute_hears_the_same_and_changes_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    first = b.run(MORNING, "09:35").state
    again = b.run(MONITOR).state
    assert (again.positions, again.orders, again.day) == (first.positions, first.orders, first.day)


def test_an_account_the_broker_has_blocked_buys_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("GET", "/v2/account", rewording(lambda row: row if row == [] else {**row, "trading_blocked": True}))
    told = b.run(MORNING, "09:35")
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.ACCOUNT_BLOCKED
