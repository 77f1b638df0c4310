"""What happens to an order on our books.

Law of the room: an order reaches exactly one end; one believed not to be at the broker is open again once its own
records show it. Failures are counted in a row; a fill, or an end that is no rejection, ends the row.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.accounting import disowned
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.replacing import replace
from automated_trading.domain.state import State, Verdict, signal_key, without


def written(state: State, event: e.OrderWritten) -> State:
    if isinstance(event, e.OrderIntended):
        if event.order.client_order_id in state.orders:
            return state
        return _ordered(_with_order(state, event.order), event.order)
    order = state.orders.get(event.client_order_id)
    if order is None or (order.status.ended and not (isinstance(event, e.OrderAccepted) and order.status.unseen)):
        return state
    if isinstance(event, e.CancelIntended):
        return _with_order(state, replace(order, cancelling=order.cancelling or event.reason.value))
    if isinstance(event, e.OrderAmended):
        amended = replace(order, qty=event.qty, limit_price=event.limit_price, stop_price=event.stop_price)
        return _with_order(state, amended)
    if isinstance(event, e.OrderPuzzling):
        return _with_order(state, replace(order, puzzling=event.raw_status))
    if isinstance(event, e.OrderReplaced):
        if order.broker_id == event.successor:
            return state
        before = () if order.broker_id is None else (order.broker_id,)
        followed = replace(
            order,
            broker_id=event.successor,
            former=(*order.former, *before),
            carried_qty=order.filled_qty,
            carried_value=order.filled_value,
        )
        return _with_order(disowned(state, event.successor), followed)
    if not order.status.unseen:
        return state
    accepted = replace(
        order,
        status=OrderStatus.ACCEPTED,
        broker_id=event.broker_id,
        qty=event.qty,
        limit_price=event.limit_price,
        stop_price=event.stop_price,
        accepted_at=event.now,
        ended_in=None,
    )
    return _with_order(state, accepted)


def _ordered(state: State, order: Order) -> State:
    """An entry is its signal's answer for the session and ends its waiting; a redeployment waits on until it fills."""
    if order.decision.purpose is not Purpose.ENTRY or order.decision.session != state.day.session:
        return state
    key = signal_key(order.book, order.symbol)
    verdicts = {**state.day.verdicts, key: Verdict("ordered", Reason.ENTRY)}
    return replace(state, day=replace(state.day, verdicts=verdicts), queue=without(state.queue, key))


def answered(state: State, event: e.OrderAnswered) -> State:
    """An order's answer; with the last open buy that brought nothing ends the wish to sell what it might bring."""
    state, order = _answered(state, event), state.orders.get(event.client_order_id)
    if order is None or order.symbol not in state.leaving or may_bring(state, order.symbol):
        return state
    return replace(state, leaving=without(state.leaving, order.symbol))


def may_bring(state: State, symbol: str) -> bool:
    """Whether a symbol is held, or a buy may still bring it: one that is open, or lost and shown again."""
    buys = (order for order in state.orders.values() if order.symbol == symbol and order.side is Side.BUY)
    return symbol in state.positions or any(order.lost or not order.status.ended for order in buys)


def _answered(state: State, event: e.OrderAnswered) -> State:
    order = state.orders.get(event.client_order_id)
    if order is None or order.status.ended:
        return state
    failed = state.failures + 1
    today = state.day.session
    match event:
        case e.OrderRefused():
            refused = replace(order, status=OrderStatus.REFUSED, refusal=event.words, ended_in=today)
            if event.through:
                return _through(_with_order(state, refused), refused)
            return replace(_with_order(state, refused), failures=failed)
        case e.OrderUnclear() | e.OrderUnsent():
            if event.attempt <= order.attempts or not order.status.unanswered:
                return state
            unclear = isinstance(event, e.OrderUnclear)
            status = OrderStatus.UNCLEAR if unclear else order.status
            return replace(_with_order(state, replace(order, status=status, attempts=event.attempt)), failures=failed)
        case e.OrderDoubted():
            if order.doubted or not order.status.unanswered:
                return state
            doubted = replace(order, status=OrderStatus.UNCLEAR, doubted=event.words)
            return replace(_with_order(state, doubted), failures=failed)
        case e.OrderEnded():
            row = failed if event.end is OrderStatus.REJECTED and not order.filled_qty else 0
            return replace(_with_order(state, replace(order, status=event.end, ended_in=today)), failures=row)
        case e.OrderWithdrawn():
            withdrawn = replace(order, status=OrderStatus.WITHDRAWN, ended_in=today)
            return _with_order(state, withdrawn) if order.status.unanswered else state
        case _:
            assert_never(event)


def _through(state: State, order: Order) -> State:
    """The state in which a position is to be sold: the broker says that the price is through its stop already."""
    if order.symbol not in state.positions:
        return state
    return replace(state, through={**state.through, order.symbol: order.stop_price or ZERO})


def _with_order(state: State, order: Order) -> State:
    return replace(state, orders={**state.orders, order.client_order_id: order})
