"""What a fill makes of positions and profit.

Law of the room: a fill tells totals, and only what is new in it is booked. Positions, their cost and every profit come
from here and from nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from automated_trading.domain.money import ZERO
from automated_trading.domain.order_events import Fill
from automated_trading.domain.orders import Order, Side
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.state import State


def book(state: State, event: Fill) -> State:
    """The state after one report of what an order has filled so far; one heard before changes nothing."""
    order = state.orders.get(event.client_order_id)
    if order is None or event.total_qty <= order.filled_qty:
        return state
    qty = event.total_qty - order.filled_qty
    value = event.total_value - order.filled_value
    filled = replace(order, filled_qty=event.total_qty, filled_value=event.total_value)
    state = replace(state, orders={**state.orders, order.client_order_id: filled})
    held = state.positions.get(order.symbol)
    day = state.day
    if order.side is Side.BUY:
        position: Position | None = _bought(held, order, Fill(event.client_order_id, qty, value, event.now))
        day = replace(day, bought=day.bought + value)
    else:
        cost = held.cost * qty / held.qty if held is not None and held.qty else ZERO
        position = _sold(held, order, qty, value, cost) if held is not None else None
        day = replace(day, sold=day.sold + value, realised=day.realised + (value - cost if held is not None else ZERO))
    if order.decision.session == day.session:
        state = replace(state, day=day)  # a fill of another session heard late is no part of this one's figures
    return state if position is None else replace(state, positions={**state.positions, order.symbol: position})


def _sold(held: Position, order: Order, qty: Decimal, value: Decimal, cost: Decimal) -> Position:
    """The position after `qty` shares that had cost `cost` were sold for `value`."""
    return replace(
        held,
        qty=held.qty - qty,
        cost=held.cost - cost,
        sold_qty=held.sold_qty + qty,
        sold_value=held.sold_value + value,
        realised=held.realised + value - cost,
        exit_reason=order.reason,
        exit_session=order.decision.session,
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
    )
