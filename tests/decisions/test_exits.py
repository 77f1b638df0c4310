"""Which positions are sold, and that no single print moves anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.decisions.exits import decide, observe, undecided
from automated_trading.decisions.sending import closing
from automated_trading.domain.events import (
    Event,
    HighRaised,
    OrderAccepted,
    OrderEnded,
    OrderIntended,
    OrderRefused,
    OrderUnclear,
    StopRaised,
)
from automated_trading.domain.market import NO_PRICE, Price, Quote, Trade
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Kind, Order, OrderStatus, Side, TimeInForce
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    NOW,
    RULES,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_sell,
    a_state,
    after,
    an_id,
    resting,
    unclear,
)

EXITS = RULES.exits
FALLEN = a_price("9.19", "9.21", "9.20")
"""A market under the stop of a position bought at ten: 9.20."""


def sold(state: State, price: Price = FALLEN, held: str | None = "10", **changes: Any) -> list[Order]:
    market = a_market(prices={"AAA": price}, held={"AAA": held} if held else {}, **changes)
    return [event.order for event in decide(state, market, EXITS) if isinstance(event, OrderIntended)]


def test_a_stop_sells_every_share_at_the_market_for_the_day() -> None:
    (order,) = sold(a_state(a_position()))
    assert (order.side, order.qty, order.kind, order.time_in_force) == (Side.SELL, 10, Kind.MARKET, TimeInForce.DAY)
    assert (order.reason, order.client_order_id) == ("stop_loss", an_id(side=Side.SELL))


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
def test_i15_a_stop_fires_only_when_bid_and_last_trade_are_both_at_or_under_it(
    bid: str, last: str, sells: bool
) -> None:
    """Seen red when: `why_exit` asked for the bid or the last trade alone, or for `<` in the place of `<=`."""
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
def test_i15_a_price_that_is_missing_old_or_crossed_sells_nothing_and_is_counted(price: Price) -> None:
    """Seen red when: `agreed` skipped its age, its crossed or its zero check."""
    market = a_market(prices={"AAA": price}, held={"AAA": "10"})
    assert decide(a_state(a_position()), market, EXITS) == []
    assert observe(a_state(a_position(price="8")), market, EXITS) == []
    assert undecided(a_state(a_position()), market, EXITS) == ["AAA"]


def test_a_price_fifteen_minutes_old_and_a_bid_without_an_ask_still_sell() -> None:
    assert sold(a_state(a_position()), a_price("9", "9.1", "9", age=timedelta(minutes=15)))
    assert sold(a_state(a_position()), a_price("9", "0", "9"))


@pytest.mark.parametrize("changes", [{"is_open": False}, {"disabled": "switched off"}])
def test_a_closed_market_and_the_kill_switch_sell_nothing(changes: dict[str, Any]) -> None:
    assert sold(a_state(a_position()), **changes) == []


def test_a_halt_does_not_stop_a_stop() -> None:
    assert sold(a_state(a_position(), halts={Reason.OWNER: Halt("stop", NOW)}))


@pytest.mark.parametrize("readings", [1, 2])
def test_nothing_is_sold_while_a_reading_of_the_books_is_in_dispute(readings: int) -> None:
    state = a_state(a_position(), differences={"AAA": Difference(D(10), D(11), readings, NOW)})
    assert sold(state) == []


@pytest.mark.parametrize("row", [a_sell(), resting(a_sell("AAA", "4")), unclear(a_sell(day=YESTERDAY)), a_buy()])
def test_an_order_that_is_open_in_the_symbol_is_waited_for(row: Order) -> None:
    assert sold(a_state(a_position(), row)) == []


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


def test_a_position_already_sold_out_is_not_sold_again() -> None:
    assert sold(a_state(replace(a_position(), qty=ZERO, cost=ZERO))) == []


# ---- highs and stops -----------------------------------------------------------------------------------------


def seen(position: Position, price: Price, **changes: Any) -> list[Event]:
    return observe(a_state(position), a_market(prices={"AAA": price}, **changes), EXITS)


@pytest.mark.parametrize(
    ("bid", "last", "high"),
    [("10.01", "10.02", "10.01"), ("10.02", "10.01", "10.01"), ("9.99", "99", None), ("99", "9.99", None)],
)
def test_i15_a_new_high_is_one_that_bid_and_last_trade_both_reached(bid: str, last: str, high: str | None) -> None:
    """Seen red when: `observe` took the greater of bid and last."""
    assert seen(a_position(), a_price(bid, "100", last)) == ([HighRaised("AAA", D(high))] if high else [])


def test_a_closed_market_makes_no_high() -> None:
    assert seen(a_position(), a_price("11", "11.1", "11"), is_open=False) == []


@pytest.mark.parametrize(
    ("tier", "stop"), [("tier1", "8.80"), ("tier2", "9.00"), ("tier3", "9.20"), ("tier4", "9.20"), ("none", "9.20")]
)
def test_the_rules_in_force_now_raise_a_stop_by_its_tier(tier: str, stop: str) -> None:
    position = a_position(tier=tier, stop=D("8.79"))
    assert seen(position, a_price()) == [StopRaised("AAA", D(stop), "the rules in force now")]


@pytest.mark.parametrize("stop", ["9.20", "9.21"])
def test_a_stop_is_never_lowered_by_the_rules(stop: str) -> None:
    assert seen(a_position(stop=D(stop)), a_price()) == []


# ---- the invariant ----------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["exit", "accept", "silence", "refuse", "end", "fill", "fill all", "by hand", "buy"]),
        st.integers(1, 10),
    ),
    max_size=25,
)


def step(state: State, truth: dict[str, int], what: str, n: int) -> State:
    """One thing that happens to AAA: to our books, and to what the broker really holds."""
    market = a_market(prices={"AAA": FALLEN}, held={"AAA": str(truth["held"])})
    sells = state.open_orders("AAA", Side.SELL)
    if what == "exit":
        return after(state, *decide(state, market, EXITS))
    if what == "buy":
        order = resting(a_buy(qty=str(n), generation=len(state.orders)))
        truth["held"] += n
        return after(state, OrderIntended(order), a_fill(order, str(n), str(n * 10)), ended(order, OrderStatus.FILLED))
    if what == "by hand":
        truth["held"] = max(0, truth["held"] - n)
        return state
    if not sells:
        return state
    order = sells[0]
    key = order.client_order_id
    if what in ("accept", "silence", "refuse", "end"):
        answers: dict[str, Event] = {
            "accept": OrderAccepted(key, "b", order.qty, None, NOW),
            "silence": OrderUnclear(key, order.attempts + 1, ""),
            "refuse": OrderRefused(key, 422, "no"),
            "end": ended(order, OrderStatus.CANCELLED),
        }
        return after(state, answers[what])
    total = order.qty if what == "fill all" else min(order.qty, order.filled_qty + n)
    traded = int(min(total - order.filled_qty, truth["held"]))
    truth["held"] -= traded
    return after(state, a_fill(order, str(order.filled_qty + traded), str((order.filled_qty + traded) * 9)))


def ended(order: Order, end: OrderStatus) -> OrderEnded:
    return OrderEnded(order.client_order_id, end)


@settings(max_examples=150)
@given(STEPS)
def test_i6_open_sells_never_exceed_what_is_held_whatever_happens(steps: list[tuple[str, int]]) -> None:
    """Seen red when: `_covered` always said yes, or asked our books alone."""
    state, truth = a_state(a_position()), {"held": 10}
    for what, n in steps:
        state = step(state, truth, what, n)
        position = state.positions["AAA"]
        promised = sum((order.open_qty for order in state.open_orders("AAA", Side.SELL)), ZERO)
        market = a_market(prices={"AAA": FALLEN}, held={"AAA": str(truth["held"])})
        leaving = sum((order.open_qty for order in closing(state, market, RULES.exits)), ZERO)
        assert 0 <= promised <= position.qty
        assert leaving <= min(position.qty, max(truth["held"], 0))
        assert position.bought_qty == position.qty + position.sold_qty
