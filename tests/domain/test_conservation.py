"""Money is conserved: every cent is cash, the cost of a share, profit that was booked, or on the broker's record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.codec import decode, encode
from automated_trading.domain.evolve import evolve
from automated_trading.domain.money import ZERO, cents
from automated_trading.domain.orders import OrderStatus, Side
from automated_trading.domain.positions import Position
from automated_trading.domain.state import State
from automated_trading.engine.hearing import sold_out
from tests.builders import (
    BOOK,
    MINUTE,
    NOW,
    TODAY,
    D,
    a_buy,
    a_fill,
    a_sell,
    a_state,
    after,
    an_activity,
    an_outside_order,
    resting,
)

TRADES = st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.integers(1, 2_000_000)), min_size=1, max_size=25)
"""Buy or sell, shares, price in hundredths of a cent."""


def traded(trades: Iterable[tuple[bool, int, int]]) -> tuple[State, list[tuple[bool, int, Fraction]]]:
    """Each trade as one order filled in two parts, the state after all of them, and the same as an account book."""
    state, ledger, held = a_state(), list[tuple[bool, int, Fraction]](), 0
    for number, (buys, qty, price) in enumerate(trades):
        qty = qty if buys else min(qty, held)
        if qty == 0:
            continue
        held += qty if buys else -qty
        order = resting((a_buy if buys else a_sell)(qty=str(qty), generation=number))
        total, part = D(qty) * D(price) / 10_000, D(qty // 2)
        state = after(state, e.OrderIntended(order))
        if part:
            state = after(state, a_fill(order, str(part), str(part * D(price + 1) / 10_000)))
        state = after(state, a_fill(order, str(qty), str(total)))
        state = after(state, *sold_out(state, NOW))
        ledger.append((buys, qty, Fraction(total)))
    return state, ledger


@settings(max_examples=100)
@given(TRADES)
def test_i25_every_cent_bought_is_in_a_position_or_in_what_was_sold_and_realised(
    trades: list[tuple[bool, int, int]],
) -> None:
    """Seen red when: `book` took cost by `bought_qty`, or lost `realised` on a partial fill."""
    state, ledger = traded(trades)
    bought = sum(value for buys, _, value in ledger if buys)
    sold = sum(value for buys, _, value in ledger if not buys)
    cost = sum((position.cost for position in state.positions.values()), ZERO)
    open_profit = sum((position.realised for position in state.positions.values()), ZERO)
    closed = sum((trade.realised for trade in state.day.closed), ZERO)
    assert (Fraction(state.day.bought), Fraction(state.day.sold)) == (bought, sold)
    assert state.day.realised == pytest.approx(open_profit + closed, abs=Decimal("1e-15"))
    assert cents(state.day.bought - state.day.sold + state.day.realised) == cents(cost)


@settings(max_examples=100)
@given(TRADES)
def test_i25_profit_is_what_an_account_book_at_average_cost_says(trades: list[tuple[bool, int, int]]) -> None:
    """Seen red when: cost went out at the entry price of the position's whole life."""
    state, ledger = traded(trades)
    qty, cost, realised = 0, Fraction(0), Fraction(0)
    for buys, shares, value in ledger:
        if buys:
            qty, cost = qty + shares, cost + value
        else:
            gone = cost * shares / qty
            qty, cost, realised = qty - shares, cost - gone, realised + value - gone
    nothing = Position("AAA", BOOK, ZERO, ZERO, NOW, TODAY, ZERO, ZERO, ZERO)
    position = state.positions.get("AAA", nothing)
    assert position.qty == qty
    assert abs(Fraction(position.cost) - cost) < Fraction(1, 10**12)
    assert abs(Fraction(state.day.realised) - realised) < Fraction(1, 10**12)


# ---- the whole account ------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "sell", "fill", "fill", "fill", "end", "fee", "dividend", "deposit", "theirs", "night"]
        ),
        st.sampled_from(["AAA", "BBB"]),
        st.integers(1, 40),
        st.integers(1, 99_999),
    ),
    max_size=40,
)
"""What happens, to which symbol, a number of shares, a number of cents."""
SIGNS = {"fee": -1, "dividend": 1, "deposit": 1}


@dataclass
class Ledger:
    """The account as a bookkeeper who never heard of orders would keep it, in exact cents."""

    moved: Decimal = ZERO
    realised: Decimal = ZERO
    theirs: Decimal = ZERO


def open_qty(state: State, symbol: str) -> Decimal:
    return sum((order.open_qty for order in state.open_orders(symbol, Side.SELL)), ZERO)


def happened(state: State, ledger: Ledger, step: tuple[str, str, int, int], number: int) -> list[e.Event]:
    """The events of one step, and its entry in the ledger."""
    what, symbol, shares, money = step
    if what == "buy":
        return [e.OrderIntended(resting(a_buy(symbol, str(shares), generation=number)))]
    if what == "sell":
        held = state.positions[symbol].qty if symbol in state.positions else ZERO
        qty = min(D(shares), held - open_qty(state, symbol))
        return [e.OrderIntended(resting(a_sell(symbol, str(qty), generation=number)))] if qty > 0 else []
    if what in ("fill", "end"):
        found = state.open_orders(symbol)
        if not found:
            return []
        order, more = found[0], min(D(shares), found[0].open_qty)
        if what == "end":
            return [e.OrderEnded(order.client_order_id, OrderStatus.CANCELLED)]
        value = order.filled_value + more * D(money) / 100
        return [a_fill(order, str(order.filled_qty + more), str(value))]
    if what == "night":
        day = state.day.session or TODAY
        return [e.SessionBegan(day + timedelta(days=1), NOW + number * MINUTE, NOW)]
    if what == "theirs":
        ledger.theirs += D(shares)
        ledger.moved += D(shares) * 10
        return [e.OutsideOrderSeen(an_outside_order("9999", str(ledger.theirs)))]
    amount = SIGNS[what] * D(money) / 100
    ledger.moved += amount
    told = an_activity(str(amount), NOW + number * MINUTE, activity_id=str(number))
    return [e.ActivityHeard(told, flow=what == "deposit")]


def booked(state: State) -> Decimal:
    """The cash of our books and what the shares on them have cost."""
    assert state.cash is not None
    return state.cash + sum((position.cost for position in state.positions.values()), ZERO)


@settings(max_examples=200)
@given(STEPS)
def test_i25_cash_and_cost_are_what_there_was_and_came_and_what_was_realised(
    steps: list[tuple[str, str, int, int]],
) -> None:
    """Seen red when: a fill, a fee or an outside fill moved no cash, moved it twice, or with the wrong sign."""
    state, ledger = a_state(cash=D(100_000), cash_since=NOW - MINUTE), Ledger()
    for number, step in enumerate(steps):
        for event in happened(state, ledger, step, number):
            state = evolve(state, event)
            assert evolve(state, event) == state
        for event in sold_out(state, NOW):
            assert isinstance(event, e.PositionClosed)
            ledger.realised += event.trade.realised
            state = evolve(state, event)
        realised = ledger.realised + sum((held.realised for held in state.positions.values()), ZERO)
        assert cents(booked(state) - realised) == cents(D(100_000) + ledger.moved)
    assert decode(State, encode(state)) == state


@settings(max_examples=50)
@given(STEPS)
def test_hearing_the_last_word_of_every_order_and_activity_again_moves_no_money(
    steps: list[tuple[str, str, int, int]],
) -> None:
    """The broker tells the same orders and the same activities every cycle, in any order."""
    state, ledger = a_state(cash=D(100_000), cash_since=NOW - MINUTE), Ledger()
    for number, step in enumerate(steps):
        state = after(state, *happened(state, ledger, step, number))
    orders = (replace(order, status=OrderStatus.ACCEPTED) for order in state.orders.values())
    again: list[e.Event] = [a_fill(row, str(row.filled_qty), str(row.filled_value)) for row in orders if row.filled_qty]
    again += [e.ActivityHeard(told, told.amount > 0) for told in state.activities.values()]
    again += [e.OutsideOrderSeen(order) for order in state.outside.values()]
    assert after(state, *reversed(again)) == state
