"""Which positions are sold and how much of them: what is there, is not promised, and is not in dispute."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.decisions.exits import decide, free_at_the_broker, to_exit
from automated_trading.decisions.watching import observe, unjudged
from automated_trading.domain.events import DifferenceSeen, DifferenceSettled, ExitAsked, OrderIntended
from automated_trading.domain.market import NO_PRICE, Price, Quote, Trade
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Kind, Order, OrderStatus, OutsideOrder, Side, TimeInForce
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    NOW,
    RULES,
    SECOND,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_sell,
    a_state,
    after,
    an_id,
    an_outside_order,
    resting,
    unclear,
)

EXITS = RULES.exits
FALLEN = a_price("9.19", "9.21", "9.20")
"""A market under the stop of a position bought at ten: 9.20."""


def sold(state: State, price: Price = FALLEN, held: str | None = "10", **changes: Any) -> list[Order]:
    market = a_market(prices={"AAA": price}, held={"AAA": held} if held else {}, **changes)
    return [
        event.order
        for event in decide(state, market, to_exit(state, market, EXITS))
        if isinstance(event, OrderIntended)
    ]


def test_a_stop_sells_every_share_at_the_market_for_the_day() -> None:
    (order,) = sold(a_state(a_position()))
    assert (order.side, order.qty, order.kind, order.time_in_force) == (Side.SELL, 10, Kind.MARKET, TimeInForce.DAY)
    assert (order.reason, order.client_order_id) == ("stop_loss", an_id(side=Side.SELL))
    assert order.limit_price is None


@pytest.mark.parametrize(
    ("bid", "last", "sells"),
    [
        ("9.20", "9.20", True),
        ("9.19", "9.20", True),
        ("9.21", "9.20", False),
        ("9.20", "9.21", False),
        ("9.21", "9.21", False),
        ("9.20", "0.01", True),
        ("9.99", "0.01", False),
        ("0.01", "9.99", False),
    ],
)
def test_i15_a_stop_fires_only_when_two_prices_are_at_or_under_it(bid: str, last: str, sells: bool) -> None:
    """Seen red when: `agreed_under` asked for the bid or the last trade alone, or for `<` in the place of `<=`."""
    assert bool(sold(a_state(a_position()), a_price(bid, "10", last))) is sells


AGED = timedelta(minutes=15, seconds=1)


@pytest.mark.parametrize(
    "price",
    [
        NO_PRICE,
        Price(quote=a_quote("9", "9.1")),
        Price(trade=Trade(D(9), NOW)),
        a_price("0", "9.1", "9"),
        a_price("9", "9.1", "0"),
        a_price("9.2", "9.1", "9"),
        a_price("9", "9.1", "9", age=AGED),
        a_price("9", "9.1", "9", age=-AGED),
        Price(a_quote("9", "9.1"), Trade(D(9), NOW - AGED)),
        Price(Quote(D(9), D("9.1"), NOW - AGED), Trade(D(9), NOW)),
    ],
    ids=["none", "no trade", "no quote", "no bid", "no last", "crossed", "old", "future", "old trade", "old quote"],
)
def test_i15_a_price_that_is_missing_old_or_crossed_sells_nothing_raises_nothing_and_is_named(price: Price) -> None:
    """Seen red when: `witnesses` skipped its age, its crossed or its zero check."""
    market = a_market(prices={"AAA": price}, held={"AAA": "10"})
    assert to_exit(a_state(a_position()), market, EXITS) == {}
    assert observe(a_state(a_position(price="8")), market, EXITS) == []
    assert unjudged(a_state(a_position()), market, EXITS) == ["AAA"]


def test_a_price_fifteen_minutes_old_and_a_bid_without_an_ask_still_sell() -> None:
    assert sold(a_state(a_position()), a_price("9", "9.1", "9", age=timedelta(minutes=15)))
    assert sold(a_state(a_position()), a_price("9", "0", "9"))


@pytest.mark.parametrize("changes", [{"is_open": False}, {"disabled": "switched off"}])
@pytest.mark.parametrize("leaving", [{}, {"AAA": NOW}], ids=["by rule", "by the owner"])
def test_a_closed_market_and_the_kill_switch_sell_nothing(changes: dict[str, Any], leaving: dict[str, Any]) -> None:
    assert sold(a_state(a_position(), leaving=leaving), **changes) == []


@pytest.mark.parametrize("reason", [Reason.OWNER, Reason.DAY_LOSS, Reason.DRAWDOWN, Reason.LOSING_STREAK])
def test_i5_no_halt_stops_a_stop(reason: Reason) -> None:
    """Seen red when: `to_exit` asked whether the desk is halted."""
    assert sold(a_state(a_position(), halts={reason: Halt("stop", NOW)}))


def test_a_block_and_missing_cash_stop_no_stop() -> None:
    apart = Difference(D(1000), D(1), 2, NOW)
    assert sold(a_state(a_position(), blocked={"AAA": "a lawsuit"}, cash_difference=apart))


# ---- the books in dispute ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("readings", [1, 2])
@pytest.mark.parametrize(
    "changes", [{}, {"leaving": {"AAA": NOW}}, {"undecided": {"AAA": 3}}], ids=["a stop", "the owner", "undecided"]
)
def test_i16_nothing_is_sold_while_a_reading_of_the_quantity_differs(readings: int, changes: dict[str, Any]) -> None:
    """Seen red when: `to_exit` asked for confirmed differences only."""
    state = a_state(a_position(), differences={"AAA": Difference(D(10), D(11), readings, NOW)}, **changes)
    assert sold(state) == []


def test_what_differs_in_one_symbol_holds_no_other_back_and_settled_it_sells_again() -> None:
    state = after(a_state(a_position()), DifferenceSeen("BBB", D(10), D(9), 2, NOW))
    assert sold(state)
    apart = after(state, DifferenceSeen("AAA", D(10), D(9), 1, NOW))
    assert sold(apart) == []
    assert sold(after(apart, DifferenceSettled("AAA", "agree again")))


# ---- how much, and once -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [a_sell(), resting(a_sell("AAA", "4")), unclear(a_sell(day=YESTERDAY)), a_buy()])
def test_an_order_that_is_open_in_the_symbol_is_waited_for(row: Order) -> None:
    assert sold(a_state(a_position(), row)) == []


def test_the_id_of_an_exit_is_the_same_whenever_it_is_decided() -> None:
    (now,), (later,) = sold(a_state(a_position())), sold(a_state(a_position()), now=NOW + SECOND)
    assert now.client_order_id == later.client_order_id


def test_after_an_exit_that_ended_unfilled_the_next_has_a_new_id() -> None:
    (order,) = sold(a_state(a_position(), a_sell(status=OrderStatus.EXPIRED)))
    assert order.client_order_id == an_id(side=Side.SELL, generation=1)


@pytest.mark.parametrize(("held", "qty"), [("10", 10), ("12", 10), ("4", 4)])
def test_i6_no_more_is_sold_than_both_we_and_the_broker_hold(held: str, qty: int) -> None:
    """Seen red when: the quantity came from our books alone (it did; shares sold by hand would have gone short)."""
    assert [order.qty for order in sold(a_state(a_position()), held=held)] == [qty]


@pytest.mark.parametrize("held", [None, "0", "-10"])
def test_i6_what_the_broker_does_not_hold_is_not_sold(held: str | None) -> None:
    """Seen red when: as above; `sellable` is 10 and the broker holds nothing."""
    assert sold(a_state(a_position()), held=held) == []


@pytest.mark.parametrize(
    ("order", "qty"),
    [
        (an_outside_order("4"), [6]),
        (an_outside_order("4", "3"), [9]),
        (an_outside_order("9"), [1]),
        (an_outside_order("10"), []),
        (an_outside_order("11"), []),
        (an_outside_order("4", is_open=False), [10]),
        (an_outside_order("4", side=Side.BUY), [10]),
        (an_outside_order("4", symbol="BBB"), [10]),
    ],
    ids=["four", "one of four left", "all but one", "all", "more", "ended", "a buy", "of another symbol"],
)
def test_i6_what_an_order_of_the_owners_already_sells_is_not_sold_again(order: OutsideOrder, qty: list[int]) -> None:
    """Seen red when: `free_at_the_broker` forgot the outside orders."""
    state = a_state(a_position(), outside={"theirs": order})
    assert [found.qty for found in sold(state)] == qty


def test_several_orders_of_others_are_taken_together() -> None:
    state = a_state(outside={"one": an_outside_order("3"), "two": an_outside_order("4", broker_id="two")})
    assert free_at_the_broker(state, a_market(held={"AAA": "10"}), "AAA") == 3


def test_a_position_already_sold_out_is_not_sold_again() -> None:
    empty = a_state(replace(a_position(), qty=ZERO, cost=ZERO), leaving={"AAA": NOW})
    assert to_exit(empty, a_market(prices={"AAA": FALLEN}, held={"AAA": "10"}), EXITS) == {}
    assert sold(empty) == []


# ---- the owner's exit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "price", [FALLEN, a_price(), NO_PRICE, a_price(age=AGED)], ids=["fallen", "well", "none", "old"]
)
def test_the_owners_exit_comes_before_every_rule_and_asks_no_price(price: Price) -> None:
    state = after(a_state(a_position(session=TODAY - timedelta(days=99))), ExitAsked("AAA", NOW))
    (order,) = sold(state, price)
    assert (order.reason, order.kind, order.qty) == ("owner_exit", Kind.MARKET, 10)


def test_it_comes_before_the_limit_of_an_undecided_stop() -> None:
    state = a_state(a_position(), undecided={"AAA": 3}, leaving={"AAA": NOW})
    (order,) = sold(state, a_price("9.19", "9.99", "9.50"))
    assert (order.reason, order.kind) == ("owner_exit", Kind.MARKET)


def test_it_stands_until_the_position_is_gone_and_sells_no_other() -> None:
    asked = after(a_state(a_position(), a_position("BBB")), ExitAsked("AAA", NOW))
    tried = after(asked, OrderIntended(a_sell(status=OrderStatus.EXPIRED)))
    market = a_market(held={"AAA": "10", "BBB": "10"})
    assert to_exit(tried, market, EXITS).keys() == {"AAA"}
