"""What the broker's answers mean for our books.

Law of the room: the broker's records are heard, never argued with: its quantity, price and status replace ours and a
mismatch is said. `hear` is pure; hearing the same records twice reports nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from automated_trading.domain.accounting import long_past
from automated_trading.domain.events import (
    Event,
    Fill,
    OrderAccepted,
    OrderAmended,
    OrderEnded,
    OrderIntended,
    OrderPuzzling,
    OrderReplaced,
    OutsideOrderSeen,
    PositionClosed,
)
from automated_trading.domain.evolve import fold
from automated_trading.domain.orders import (
    BrokerOrder,
    BrokerStatus,
    EntryTerms,
    Kind,
    Order,
    OrderStatus,
    OutsideOrder,
    Side,
    TimeInForce,
    recognise,
)
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import CONFIRMED_READINGS, State

ENDS = {
    BrokerStatus.FILLED: OrderStatus.FILLED,
    BrokerStatus.CANCELLED: OrderStatus.CANCELLED,
    BrokerStatus.EXPIRED: OrderStatus.EXPIRED,
    BrokerStatus.REJECTED: OrderStatus.REJECTED,
}

PUZZLES = (BrokerStatus.UNKNOWN, BrokerStatus.REPLACED)
"""What leaves an order open and is reported: a status nobody knows, or a replacement that names no successor."""


def hear(state: State, told: Iterable[BrokerOrder], rules: Rules, now: datetime) -> list[Event]:
    """Everything a reading of the broker's orders adds to our books, positions that are sold out closed."""
    reports: list[Event] = []
    for broker_order in told:
        order = _ours(state, broker_order)
        found: list[Event] = []
        if order is None:
            order = take_back(state, broker_order, rules)
            if order is None:
                continue
            found.append(OrderIntended(order, taken_back=True))
        found.extend(_reports(order, broker_order, now))
        if not found:
            continue
        state = fold(found, state)
        # At once: the next order told may buy the symbol anew.
        closed = sold_out(state, now)
        state = fold(closed, state)
        reports.extend(found + closed)
    return reports + sold_out(state, now)


def hear_outside(state: State, told: Iterable[BrokerOrder], rules: Rules) -> list[Event]:
    """What a reading adds about orders that are not ours; an open one is told until it was seen twice."""
    reports, told = list[Event](), tuple(told)
    replaced = {order.broker_id: order.replaced_by for order in told if order.replaced_by is not None}
    for broker_order in told:
        if _ours(state, broker_order) is not None or _once_ours(state, broker_order, rules):
            continue
        if _became_ours(state, broker_order, replaced):
            continue
        known = state.outside.get(broker_order.broker_id)
        seen = _outside(broker_order, known)
        if seen != known and not (known is None and long_past(state, seen)):
            reports.append(OutsideOrderSeen(seen))
    return reports


def _once_ours(state: State, told: BrokerOrder, rules: Rules) -> bool:
    return recognise(state.account, state.mode, tuple(rules.books), told.client_order_id) is not None


def _became_ours(state: State, told: BrokerOrder, replaced: Mapping[str, str]) -> bool:
    """Whether the broker has put one order of ours after another in its place: what it filled is carried by ours."""
    ours, name = {order.broker_id for order in state.orders.values()}, told.broker_id
    for _ in replaced:
        name = replaced.get(name, "")
        if name in ours:
            return True
    return False


def _outside(told: BrokerOrder, known: OutsideOrder | None) -> OutsideOrder:
    readings = 1 if known is None else min(known.readings + 1, CONFIRMED_READINGS)
    is_open = told.status not in ENDS and told.status is not BrokerStatus.REPLACED
    return OutsideOrder(
        broker_id=told.broker_id,
        symbol=told.symbol,
        side=told.side,
        qty=told.qty,
        filled_qty=told.filled_qty,
        filled_value=told.filled_value,
        submitted=told.submitted_at,
        is_open=is_open,
        readings=readings if is_open or known is None else known.readings,
        limit_price=told.limit_price,
    )


def sold_out(state: State, now: datetime) -> list[Event]:
    """The positions whose last share has been sold, with what came of them."""
    return [
        PositionClosed(
            ClosedTrade(
                symbol=position.symbol,
                book=position.book,
                qty=position.sold_qty,
                entry_price=position.entry_price,
                exit_price=position.sold_value / position.sold_qty,
                realised=position.realised,
                reason=position.exit_reason,
                opened=position.opened,
                closed=now,
                session=position.exit_session,
                origin=position.origin,
                score=position.score,
            )
        )
        for _, position in sorted(state.positions.items())
        if position.qty == 0
    ]


def take_back(state: State, told: BrokerOrder, rules: Rules) -> Order | None:
    """An order of ours that our books do not have, made again from its id; None if it is not ours or long past."""
    decision = recognise(state.account, state.mode, tuple(rules.books), told.client_order_id)
    if decision is None or (state.forgotten is not None and decision.session <= state.forgotten):
        return None
    return Order(
        client_order_id=told.client_order_id,
        decision=decision,
        qty=told.qty,
        kind=Kind(told.kind) if told.kind in {kind.value for kind in Kind} else Kind.MARKET,
        time_in_force=TimeInForce.GTC if told.time_in_force == "gtc" else TimeInForce.DAY,
        reason=Reason.TAKEN_BACK.value,
        intended_at=told.submitted_at,
        limit_price=told.limit_price,
        stop_price=told.stop_price,
        terms=EntryTerms(rules.exits.default_stop) if told.side is Side.BUY else None,
    )


def accepted(order: Order, told: BrokerOrder, now: datetime, *, found: bool) -> OrderAccepted:
    """The broker has our order; where it has it otherwise than we wrote it, that is said."""
    mismatch = _mismatch(order, told)
    key, stop = order.client_order_id, _stop_price(order, told)
    qty = order.carried_qty + told.qty
    return OrderAccepted(key, told.broker_id, qty, told.limit_price, now, mismatch, found, stop)


def _stop_price(order: Order, told: BrokerOrder) -> Decimal | None:
    """The broker's stop price; where an answer leaves it out it is as it was, for a stop has one."""
    return told.stop_price if told.stop_price is not None else order.stop_price


def _mismatch(order: Order, told: BrokerOrder) -> str:
    """Where the broker has an order otherwise than our books, in words; empty where it does not."""
    pairs = (
        ("qty", order.qty, order.carried_qty + told.qty),
        ("limit", order.limit_price, told.limit_price),
        ("stop", order.stop_price, _stop_price(order, told)),
    )
    return "; ".join(f"{name} {ours} became {theirs}" for name, ours, theirs in pairs if ours != theirs)


def _ours(state: State, told: BrokerOrder) -> Order | None:
    order = state.orders.get(told.client_order_id)
    if order is not None and order.broker_id in (None, told.broker_id):
        return order
    name = told.broker_id
    followed = (kept for kept in state.orders.values() if kept.broker_id == name or name in kept.former)
    return next(followed, order)


def _reports(order: Order, told: BrokerOrder, now: datetime) -> list[Event]:
    key = order.client_order_id
    found: list[Event] = []
    if order.broker_id is not None and order.broker_id != told.broker_id:
        return found  # the order a successor has replaced: what it filled is carried over already
    ended = order.status.ended and not order.status.unseen
    if order.status.unseen:
        found.append(accepted(order, told, now, found=True))
    elif not ended and (mismatch := _mismatch(order, told)):
        qty = order.carried_qty + told.qty
        found.append(OrderAmended(key, qty, told.limit_price, mismatch, _stop_price(order, told)))
    total, value = order.carried_qty + told.filled_qty, order.carried_value + told.filled_value
    if total > order.filled_qty and value > order.filled_value:
        found.append(Fill(key, total, value, now, told.filled_at))
    elif total > order.filled_qty:
        return [*found, *_puzzle(order, f"{told.raw_status}, filled {total} without a price")]
    if ended:
        return found
    if told.status is BrokerStatus.REPLACED and told.replaced_by is not None:
        found.append(OrderReplaced(key, told.replaced_by))
    elif told.status in ENDS:
        found.append(OrderEnded(key, ENDS[told.status]))
    elif told.status in PUZZLES:
        found.extend(_puzzle(order, told.raw_status))
    return found


def _puzzle(order: Order, words: str) -> list[Event]:
    """What nobody here understands is said once; the order stays as it is."""
    known = order.puzzling == words or order.status.ended
    return [] if known else [OrderPuzzling(order.client_order_id, words)]
