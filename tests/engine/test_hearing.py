"""What the broker's records do to our books: each fact once, its words over ours, nothing unknown ended."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, bench, names
from tests.engine.wire import rewording, then


def resting_buy(home: Path) -> Bench:
    """A buy of AAA that rests: the market ran away the moment it was accepted."""
    b = bench(home, "AAA")
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    return b


def of(outcome: Any, kind: type) -> list[Any]:
    return [event for event in outcome.events if isinstance(event, kind)]


def change_orders(b: Bench, **words: object) -> None:
    """The broker tells every order with these words from now on."""

    def reworded(told: Any) -> Any:
        return [{**row, **words} for row in told] if isinstance(told, list) else {**told, **words}

    b.wire.on("GET", "/v2/orders", rewording(reworded))


def test_a_partial_fill_is_booked_and_the_rest_when_it_comes(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    part = b.run(MORNING, "09:35").state.positions["AAA"].qty
    assert 0 < part < 99
    told = b.run(MONITOR, "09:40")
    assert told.state.positions["AAA"].qty == 99
    assert [event.total_qty for event in of(told, e.Fill)] == [99]


def test_a_fill_heard_twice_is_booked_once(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    told = b.run(MONITOR, "09:40")
    assert (of(told, e.Fill), told.state.positions["AAA"].qty) == ([], 99)


def test_a_late_fill_on_an_order_that_had_ended_is_booked_and_told(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    change_orders(b, status="canceled")
    part = b.run(MORNING, "09:35").state
    assert [order.status for order in part.orders.values()] == [OrderStatus.CANCELLED]
    told = b.run(MONITOR, "09:40")
    assert len(of(told, e.Fill)) == 1
    assert told.state.positions["AAA"].qty == 99 > part.positions["AAA"].qty
    assert told.state.differences == {}


def test_a_status_nobody_knows_leaves_the_order_open_and_is_told_once(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    change_orders(b, status="quarantined")
    told = b.run(MONITOR, "09:40")
    assert [event.raw_status for event in of(told, e.OrderPuzzling)] == ["quarantined"]
    assert len(told.state.open_orders()) == 1
    assert of(b.run(MONITOR, "09:45"), e.OrderPuzzling) == []


def test_an_order_the_broker_replaced_is_followed_to_its_successor(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)

    def replaced(told: Any) -> Any:
        old = {**told[0], "status": "replaced", "replaced_by": "successor"}
        new = {
            **told[0],
            "id": "successor",
            "client_order_id": "given-by-the-broker",
            "status": "filled",
            "filled_qty": "99",
            "filled_avg_price": "100.5",
            "submitted_at": "2026-02-03T14:36:00Z",
        }
        return [old, new]

    b.wire.on("GET", "/v2/orders", rewording(replaced))
    b.wire.on("GET", "/v2/positions", rewording(lambda rows: [HOLDING]))
    told = b.run(MONITOR, "09:40")
    assert [event.successor for event in of(told, e.OrderReplaced)] == ["successor"]
    assert told.state.positions["AAA"].cost == 99 * Decimal("100.5")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.FILLED]
    again = b.run(MONITOR, "09:45")
    assert (of(again, e.Fill), of(again, e.OrderReplaced), again.state.differences) == ([], [], {})


HOLDING = {"symbol": "AAA", "qty": "99", "side": "long", "avg_entry_price": "100.5", "current_price": "150"}


def test_where_the_broker_has_another_quantity_its_word_stands_and_is_told(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.set_quote("AAA", Decimal(99), Decimal(100))
    b.wire.on("POST", "/v2/orders", rewording(lambda row: {**row, "qty": "98"}))
    told = b.run(MORNING, "09:35")
    assert [event.mismatch for event in of(told, e.OrderAccepted)] == ["qty 99 became 98"]


def test_an_order_that_expired_with_its_session_has_ended(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.exchange.configurations["suspend_trade"] = True
    told = b.run(EOD, "16:30")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.EXPIRED]


def test_a_difference_seen_twice_freezes_its_symbol_and_is_settled_when_the_books_agree_again(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.run(MORNING, "09:35")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    told = b.run(MONITOR, "09:40")
    seen = of(told, e.DifferenceSeen)
    assert [(event.readings, event.ours, event.theirs) for event in seen] == [(1, 99, 90), (2, 99, 90)]
    assert told.state.frozen("AAA")
    b.exchange.set_price("AAA", Decimal(50))
    b.exchange.set_price("BBB", Decimal(50))
    told = b.run(MONITOR, "09:45")
    assert [(row.symbol, row.side) for row in b.orders()[3:]] == [("BBB", "sell")]  # AAA is frozen, BBB is not
    assert of(told, e.DifferenceSeen) == []
    b.exchange.trade_by_hand("AAA", "buy", Decimal(9))
    told = b.run(MONITOR, "09:50")
    assert "DifferenceSettled" in names(told)
    assert [(row.symbol, row.side) for row in b.orders()[5:]] == [("AAA", "sell")]


def test_positions_that_lag_behind_their_orders_for_one_reading_are_no_difference(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    readings: Iterator[list[object]] = iter([[]])

    def lagging(rows: Any) -> Any:
        return next(readings, rows)

    b.wire.on("GET", "/v2/positions", rewording(lagging))
    b.exchange.set_price("AAA", Decimal(100))
    told = b.run(MONITOR, "09:40")
    assert [name for name in names(told) if name.startswith("Difference")] == ["DifferenceSeen", "DifferenceSettled"]
    assert (told.state.differences, told.exit_code) == ({}, 0)


def test_an_exit_ended_unfilled_is_tried_again_as_the_next_generation(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(50), Decimal(51), last=Decimal(50))
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.cancel(b.orders()[-1].id)))
    b.run(MONITOR, "10:00")
    b.wire.acts = ()
    told = b.run(MONITOR, "10:05")
    sells = [order for order in told.state.orders.values() if order.reason == Reason.STOP_LOSS.value]
    assert [(order.status, order.decision.generation) for order in sells] == [
        (OrderStatus.CANCELLED, 0),
        (OrderStatus.FILLED, 1),
    ]


def test_an_open_order_the_broker_has_otherwise_takes_the_brokers_figures_once(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    change_orders(b, qty="50", limit_price="98.5")
    told = b.run(MONITOR, "09:40")
    (order,) = told.state.open_orders()
    assert (order.qty, order.limit_price) == (50, Decimal("98.5"))
    assert ["qty 99 became 50" in event.mismatch for event in of(told, e.OrderAmended)] == [True]
    assert of(b.run(MONITOR, "09:45"), e.OrderAmended) == []


def test_a_fill_whose_price_is_not_told_hides_no_other_order_and_is_booked_when_it_is(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    change_orders(b, filled_qty="40", filled_avg_price=None)
    told = b.run(MONITOR, "09:40")
    assert (of(told, e.Fill), [event.raw_status for event in of(told, e.OrderPuzzling)]) == (
        [],
        ["new, filled 40 without a price"],
    )
    change_orders(b, filled_qty="40", filled_avg_price="99.5")
    assert [event.total_value for event in of(b.run(MONITOR, "09:45"), e.Fill)] == [3980]
