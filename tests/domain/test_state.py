"""What can be read off a state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, Halt, State, signal_key
from tests.builders import (
    BOOK,
    NOW,
    TODAY,
    TOMORROW,
    D,
    a_buy,
    a_position,
    a_sell,
    a_state,
    an_outside_order,
    resting,
    unclear,
)


def test_a_new_desk_knows_nothing_and_is_not_halted() -> None:
    assert not State().halted
    assert State().open_orders() == []
    assert State().sellable("AAA") == ZERO


def test_a_desk_with_any_halt_is_halted() -> None:
    assert a_state(halts={Reason.DAY_LOSS: Halt("loss", NOW, TODAY)}).halted


@pytest.mark.parametrize(
    ("orders", "sellable"),
    [
        ([], 10),
        ([a_sell(qty="4")], 6),
        ([unclear(a_sell(qty="4"))], 6),
        ([resting(a_sell(qty="4")), a_sell(qty="3", generation=1)], 3),
        ([replace(resting(a_sell(qty="4")), filled_qty=D(3))], 9),
        ([a_sell(qty="4", status=OrderStatus.CANCELLED)], 10),
        ([a_sell("BBB", "4"), a_buy()], 10),
        ([a_sell(qty="11")], 0),
    ],
)
def test_i6_what_is_sellable_is_held_and_not_promised(orders: list[Order], sellable: int) -> None:
    """Seen red when: `sellable` counted `qty` in the place of `open_qty`, or only accepted sells."""
    assert a_state(a_position(), *orders).sellable("AAA") == sellable


def test_open_orders_are_asked_for_by_symbol_and_side() -> None:
    state = a_state(a_buy(), resting(a_sell()), unclear(a_buy("BBB")), a_buy("CCC", status=OrderStatus.FILLED))
    assert [order.symbol for order in state.open_orders()] == ["AAA", "AAA", "BBB"]
    assert [order.side for order in state.open_orders("AAA", Side.SELL)] == [Side.SELL]


def test_entries_are_counted_by_the_session_they_are_meant_for_redeployments_among_them() -> None:
    state = a_state(a_buy(), a_buy("BBB", day=TOMORROW), a_sell("CCC"), a_buy("DDD", purpose=Purpose.REDEPLOY))
    assert [order.symbol for order in state.entries_of(TODAY)] == ["AAA", "DDD"]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_an_entry_that_never_reached_the_broker_is_none_of_the_days(status: OrderStatus) -> None:
    lost = status in (OrderStatus.REFUSED, OrderStatus.WITHDRAWN)
    assert (a_state(a_buy(status=status)).entries_of(TODAY) == []) is lost


def test_the_next_order_of_a_kind_has_a_generation_above_every_one_before() -> None:
    state = a_state(a_sell(), a_sell(generation=3), a_sell("BBB", generation=7), a_sell(day=TOMORROW, generation=8))
    assert state.generation(BOOK, TODAY, "AAA", Purpose.EXIT) == 4
    assert state.generation(BOOK, TODAY, "AAA", Purpose.ENTRY) == 0


def test_orders_of_others_are_asked_for_by_symbol_and_side_while_they_are_open() -> None:
    theirs, buy = an_outside_order(), an_outside_order(broker_id="b", side=Side.BUY)
    gone, other = an_outside_order(broker_id="c", is_open=False), an_outside_order(broker_id="d", symbol="BBB")
    state = a_state(outside={order.broker_id: order for order in (theirs, buy, gone, other)})
    assert state.outside_orders("AAA") == [theirs, buy]
    assert state.outside_orders("AAA", Side.SELL) == [theirs]


@pytest.mark.parametrize(("readings", "frozen"), [(1, False), (2, True)])
def test_a_symbol_is_frozen_by_a_difference_read_twice(readings: int, frozen: bool) -> None:
    state = a_state(differences={"AAA": Difference(D(1), D(2), readings, NOW)})
    assert state.frozen("AAA") is frozen
    assert not state.frozen("BBB")


def test_a_signal_is_known_by_its_book_and_ticker() -> None:
    assert signal_key(BOOK, "AAA") == "insider/AAA"


def test_what_is_open_in_a_symbol_is_that_of_each_state_however_often_another_was_asked() -> None:
    """Seen red when: a changed state kept what the one before had reckoned."""
    before = a_state(resting(a_buy()), resting(a_buy("BBB")))
    asked = [order.symbol for order in before.open_orders("AAA")]
    gone = replace(before, orders={})
    assert (asked, gone.open_orders("AAA"), gone == before) == (["AAA"], [], False)
    assert a_state(resting(a_buy()), resting(a_buy("BBB"))) == before
