"""Prices that do not agree: counted, shown, and after three cycles sold by limit, end to end."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import Kind
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules
from automated_trading.engine.desk import Outcome
from tests.engine.builders import EOD, MONITOR, WEDNESDAY, Bench
from tests.engine.stage import holding, shows, sides, stands
from tests.engine.test_hearing import of
from tests.engine.wire import answering, rewording

STOP = Decimal("92.04")


def torn(b: Bench, last: str = "99") -> None:
    """The bid says sell, the last trade does not; the broker's mark repeats the last trade."""
    shows(b, "AAA", "91", "102", last)


def undecided(home: Path, *clocks: str) -> tuple[Bench, Outcome]:
    """A position whose prices have not agreed since ten, looked at at these times."""
    b = holding(home, "AAA")
    assert b.state().positions["AAA"].stop == STOP
    torn(b)
    return b, [b.run(MONITOR, at) for at in clocks][-1]


def test_one_witness_sells_nothing_and_is_counted_and_said(tmp_path: Path) -> None:
    b, told = undecided(tmp_path, "10:00", "10:05")
    assert (told.state.undecided, sides(b, "AAA"), told.exit_code) == ({"AAA": 2}, ["buy filled"], 0)
    assert "stop UNDECIDED, one price alone says sell: AAA (2 of 3)" in told.said
    assert [event.detail for event in of(told, e.StopUndecided)] == ["prices 91, 99, stop 92.04"]


def test_the_third_cycle_in_a_row_sells_by_limit_under_the_best_price(tmp_path: Path) -> None:
    b, told = undecided(tmp_path, "10:00", "10:05", "10:10")
    (order,) = told.state.open_orders("AAA")
    assert (order.kind, order.limit_price, order.qty, order.reason) == (
        Kind.LIMIT,
        Decimal("98.01"),
        99,
        Reason.UNDECIDED.value,
    )
    assert b.orders("AAA")[-1].time_in_force == "day"


def test_the_limit_fills_when_a_buyer_comes_and_its_reason_is_on_the_trade(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10")
    shows(b, "AAA", "98.5", "102", "99")
    told = b.run(MONITOR, "10:15")
    (trade,) = told.state.day.closed
    assert (trade.reason, trade.exit_price, told.state.undecided) == ("undecided", Decimal("98.5"), {})


def test_once_two_agree_the_limit_is_taken_back_and_the_market_order_goes_in_the_same_cycle(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10")
    torn(b, last="91.5")
    told = b.run(MONITOR, "10:15")
    assert [event.reason for event in of(told, e.CancelIntended)] == [Reason.STOP_DECIDED]
    assert [(row.type, row.status.value, row.qty) for row in b.orders("AAA")[1:]] == [
        ("limit", "canceled", 99),
        ("market", "filled", 99),
    ]
    assert (told.state.positions, told.state.day.closed[0].reason) == ({}, "stop_loss")


def test_a_limit_filled_in_part_is_replaced_by_a_market_order_for_the_rest_alone(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10")
    b.exchange.fill(b.exchange.blotter.open()[0], Decimal(30), Decimal("98.01"))
    torn(b, last="91.5")
    told = b.run(MONITOR, "10:15")
    assert [(row.type, row.filled_qty) for row in b.orders("AAA")[1:]] == [("limit", 30), ("market", 69)]
    assert [(trade.qty, trade.exit_price) for trade in told.state.day.closed] == [
        (99, (30 * Decimal("98.01") + 69 * Decimal(91)) / 99)
    ]


def test_unfilled_in_its_time_it_is_placed_again_at_the_price_of_then(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10", "10:39")
    torn(b, last="96")
    told = b.run(MONITOR, "10:40")
    assert [event.reason for event in of(told, e.CancelIntended)] == [Reason.EXIT_TIMEOUT]
    assert [(row.limit_price, row.status.value) for row in b.orders("AAA")[1:]] == [
        (Decimal("98.01"), "canceled"),
        (Decimal("95.04"), "new"),
    ]


def test_prices_that_agree_to_hold_begin_the_count_anew(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05")
    stands(b, "AAA", "99")
    assert b.run(MONITOR, "10:10").state.undecided == {}
    torn(b)
    assert b.run(MONITOR, "10:15").state.undecided == {"AAA": 1}


def test_a_halted_stock_waits_and_its_count_stands(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05")
    b.exchange.set_price("AAA", None)
    b.wire.on("GET", "/v2/positions", rewording(lambda rows: [{**row, "current_price": None} for row in rows]))
    for at in ("10:10", "10:15", "10:20"):
        told = b.run(MONITOR, at)
    assert (told.state.undecided, sides(b, "AAA")) == ({"AAA": 2}, ["buy filled"])
    assert "stop UNDECIDED" in told.said
    b.wire.acts = ()
    torn(b)
    assert [order.kind for order in b.run(MONITOR, "10:25").state.open_orders("AAA")] == [Kind.LIMIT]


def test_a_mark_that_is_the_broker_s_own_is_the_second_witness(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    torn(b)
    b.wire.on("GET", "/v2/positions", rewording(lambda rows: [{**row, "current_price": "91.90"} for row in rows]))
    told = b.run(MONITOR, "10:00")
    assert (told.state.undecided, sides(b, "AAA")) == ({}, ["buy filled", "sell filled"])


def test_a_mark_that_repeats_the_one_bad_trade_is_none(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    shows(b, "AAA", "99", "101", "50")
    told = b.run(MONITOR, "10:00")
    assert (told.state.undecided, sides(b, "AAA")) == ({"AAA": 1}, ["buy filled"])


def test_without_a_line_for_prices_the_count_stands(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05")
    b.wire.on("GET", "/v2/stocks/snapshots", answering(500, {}))
    b.wire.on("GET", "/v2/positions", rewording(lambda rows: [{**row, "current_price": None} for row in rows]))
    told = b.run(MONITOR, "10:10")
    assert (told.exit_code, told.state.undecided) == (4, {"AAA": 2})


def test_undecided_overnight_goes_on_counting_and_its_day_order_is_made_anew(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "15:45", "15:50", "15:55")
    assert sides(b, "AAA") == ["buy filled", "sell new"]
    assert b.run(EOD, "16:30").exit_code == 0
    b.signals.entries = []
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert sides(b, "AAA") == ["buy filled", "sell expired", "sell new"]
    assert (told.state.undecided, b.orders("AAA")[-1].limit_price) == ({"AAA": 4}, Decimal("98.01"))


def test_a_position_that_was_undecided_leaves_no_count_behind(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05")
    stands(b, "AAA", "90")
    told = b.run(MONITOR, "10:10")
    assert (told.state.positions, told.state.undecided) == ({}, {})


@pytest.mark.parametrize("breaker", ["halted", "too many failures", "cash missing"])
def test_no_breaker_keeps_the_limit_back(tmp_path: Path, breaker: str) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05")
    match breaker:
        case "halted":
            b.halt()
        case "too many failures":
            b.rules = replace(b.rules, breakers=BreakerRules(order_failures=0))
        case "cash missing":
            b.exchange.ledger.cash -= 5_000
    b.run(MONITOR, "10:10")
    assert sides(b, "AAA") == ["buy filled", "sell new"]
