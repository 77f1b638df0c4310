"""`eod`: not due, not yet, once, and the same ever after."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from automated_trading.domain.orders import OrderStatus
from tests.engine.builders import EOD, MORNING, WEDNESDAY, bench, names
from tests.engine.test_hearing import change_orders, resting_buy


def test_before_the_close_it_is_not_due(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    told = b.run(EOD, "15:59")
    assert (told.exit_code, told.said) == (0, "eod is due after the close at 16:00 New York")
    assert "SessionClosed" not in names(told)


def test_while_an_order_is_open_nothing_is_recorded_and_it_may_be_run_again(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    change_orders(b, status="pending_cancel")
    told = b.run(EOD, "16:30")
    assert (told.exit_code, told.state.day.figures) == (4, None)
    assert "run eod again" in told.said
    b.wire.acts = ()
    told = b.run(EOD, "16:35")
    assert (told.exit_code, told.state.day.figures is not None) == (0, True)
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.EXPIRED]


def test_the_figures_are_recorded_once_and_repeated_ever_after(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    figures = b.run(EOD, "16:30").state.day.figures
    b.exchange.move_cash(Decimal(1_000))
    told = b.run(EOD, "17:00")
    assert (told.state.day.figures, told.exit_code) == (figures, 0)
    assert "SessionClosed" not in names(told)
    assert "Checkpoint" not in names(told)
    assert told.said == "the figures of 2026-02-03 are on record"


def test_what_differs_is_in_its_line(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "CCC")
    b.run(MORNING, "09:35")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    assert b.run(EOD, "16:30").said.startswith("our books and the broker DIFFER: AAA; ")


def test_it_sends_no_post_and_no_cancel(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.halt()
    before = b.asked("POST"), b.asked("DELETE")
    b.run(EOD, "16:30")
    assert (b.asked("POST"), b.asked("DELETE")) == before


def test_money_is_conserved_to_the_cent(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal("103.17"))
    figures = b.run(EOD, "16:30").state.day.figures
    assert figures is not None
    assert figures.equity - figures.last_equity == figures.realised + figures.open_profit


def test_a_session_left_open_can_no_longer_be_closed_the_next_day(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    told = b.run(EOD, "08:00", WEDNESDAY)
    assert (told.exit_code, told.state.day.figures) == (0, None)
