"""What fills, prices and the owner's word make of positions and profit.

Law of the room: a fill tells totals, and only what is new in it is booked. Shares, their cost and every profit come
from fills; what the owner adopts or strikes out books no profit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.accounting import explained_before, paid
from automated_trading.domain.money import ZERO
from automated_trading.domain.order_events import Fill
from automated_trading.domain.orders import Order, Purpose, Side, TimeInForce
from automated_trading.domain.positions import Origin, Position, stop_for
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import State, signal_key, without

LOSSES_KEPT = 100
"""More losing closes in a row than any breaker waits for."""


def book(state: State, event: Fill) -> State:
    """The state after one report of what an order has filled so far; one heard before changes nothing."""
    order = state.orders.get(event.client_order_id)
    if order is None or event.total_qty <= order.filled_qty:
        return state
    qty = event.total_qty - order.filled_qty
    value = event.total_value - order.filled_value
    filled = replace(order, filled_qty=event.total_qty, filled_value=event.total_value)
    state = replace(state, orders={**state.orders, order.client_order_id: filled}, failures=0)
    held = state.positions.get(order.symbol)
    day, session = state.day, traded_in(state, order, event)
    if order.side is Side.BUY:
        state = paid(state, -value)
        position: Position | None = _bought(held, order, Fill(event.client_order_id, qty, value, event.now))
        day = replace(day, bought=day.bought + value)
        state = replace(state, queue=without(state.queue, signal_key(order.book, order.symbol)))
    else:
        state = paid(state, value)
        cost = held.cost * qty / held.qty if held is not None and held.qty else ZERO
        position = _sold(held, order, session, (qty, value, cost)) if held is not None else None
        if order.protects:
            day = replace(day, stopped={**day.stopped, order.book: day.stopped.get(order.book, ZERO) + value})
        day = replace(day, sold=day.sold + value, realised=day.realised + (value - cost if held is not None else ZERO))
    if session == day.session:
        state = replace(state, day=day)
    else:  # a fill of another session heard late is no part of this one's figures
        state = explained_before(state, -value if order.side is Side.BUY else value)
    return state if position is None else replace(state, positions={**state.positions, order.symbol: position})


def traded_in(state: State, order: Order, event: Fill) -> date:
    """The session a fill is booked in: a DAY order's own; a resting order's, by the broker's word when it traded.

    Where the broker does not tell, it traded in the session in which it is heard.
    """
    own, today = order.decision.session, state.day.session
    if order.time_in_force is TimeInForce.DAY or today is None:
        return own
    told = new_york_date(event.filled_at) if event.filled_at is not None else today
    return max(own, min(told, today))


def position_told(state: State, event: e.PositionEvent) -> State:
    """The state after something was found out about a position."""
    match event:
        case e.PositionClosed():
            return _closed(state, event)
        case e.StopUndecided():
            return replace(state, undecided={**state.undecided, event.symbol: event.cycles})
        case e.StopDecided():
            return replace(state, undecided=without(state.undecided, event.symbol))
    position = state.positions.get(event.symbol)
    if position is None:
        return state
    match event:
        case e.HighRaised():
            position = replace(position, high=max(position.high, event.high))
        case e.StopRaised():
            position = replace(position, stop=max(position.stop, event.stop))
        case _:
            assert_never(event)
    return replace(state, positions={**state.positions, event.symbol: position})


def _closed(state: State, event: e.PositionClosed) -> State:
    trade, symbol = event.trade, event.trade.symbol
    position = state.positions.get(symbol)
    if position is None or position.qty != 0:
        return state
    todays = trade.session in (None, state.day.session)
    day = state.day
    day = replace(day, closed=(*day.closed, trade)) if todays else replace(day, late=(*day.late, trade))
    losses = (*state.losses, trade.loss)[-LOSSES_KEPT:] if trade.realised < 0 else ()
    state = replace(state, day=day, losses=losses)
    return left(state, symbol, trade.session or state.day.session)


def left(state: State, symbol: str, session: date | None) -> State:
    """The state without a position, and with the session in which the symbol was left."""
    sold = state.sold if session is None else {**state.sold, symbol: session}
    return replace(
        state,
        positions=without(state.positions, symbol),
        undecided=without(state.undecided, symbol),
        disturbed=without(state.disturbed, symbol),
        leaving=without(state.leaving, symbol),
        through=without(state.through, symbol),
        sold=sold,
    )


def adopted(state: State, event: e.PositionAdopted) -> State:
    """The state with shares the owner gave to a book."""
    position = event.position
    return replace(
        state,
        positions={**state.positions, position.symbol: position},
        ignored=without(state.ignored, position.symbol),
        undecided=without(state.undecided, position.symbol),
        disturbed=without(state.disturbed, position.symbol),
        through=without(state.through, position.symbol),
    )


def _sold(held: Position, order: Order, session: date, figures: tuple[Decimal, Decimal, Decimal]) -> Position:
    """The position after shares (their number, what they were sold for, what they had cost) were sold in a session."""
    qty, value, cost = figures
    return replace(
        held,
        qty=held.qty - qty,
        cost=held.cost - cost,
        sold_qty=held.sold_qty + qty,
        sold_value=held.sold_value + value,
        realised=held.realised + value - cost,
        exit_reason=order.reason,
        exit_session=session,
    )


def _bought(held: Position | None, order: Order, fill: Fill) -> Position:
    """The position after `fill` (its own shares and money, not totals) of a buy."""
    qty, value = fill.total_qty, fill.total_value
    price = value / qty
    if held is not None:
        grown = replace(
            held,
            qty=held.qty + qty,
            cost=held.cost + value,
            bought_qty=held.bought_qty + qty,
            bought_value=held.bought_value + value,
            high=max(held.high, price),
        )
        return replace(grown, stop=max(held.stop, stop_for(grown.entry_price, held.stop_fraction)))
    if order.terms is None:
        raise ValueError(f"{order.client_order_id}: a buy without its terms")
    return Position(
        symbol=order.symbol,
        book=order.book,
        qty=qty,
        cost=value,
        opened=fill.now,
        session=order.decision.session,
        stop=stop_for(price, order.terms.stop_fraction),
        high=price,
        stop_fraction=order.terms.stop_fraction,
        tier=order.terms.tier,
        score=order.terms.score,
        sector=order.terms.sector,
        bought_qty=qty,
        bought_value=value,
        origin=Origin.REDEPLOYMENT if order.decision.purpose is Purpose.REDEPLOY else Origin.SIGNAL,
    )
