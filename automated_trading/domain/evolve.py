"""The one door to the state.

Law of the room: `evolve` is pure, never reads a clock, and hearing the same fact twice changes nothing.
Fills alone make and unmake positions and profit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, assert_never

from automated_trading.domain import events as e
from automated_trading.domain.booking import book
from automated_trading.domain.orders import Order, OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import (
    Checkpoint,
    Day,
    Difference,
    Halt,
    LoggedEvent,
    QueuedSignal,
    Run,
    State,
    Verdict,
    signal_key,
)

ENDED_ORDERS_KEPT = timedelta(days=7)
"""Ended orders are kept this long, so that a late fill finds its order; older sessions are forgotten."""

K = TypeVar("K")
V = TypeVar("V")


def fold(events: Iterable[LoggedEvent], state: State | None = None) -> State:
    """The state after a run of events, from nothing or from a state."""
    state = state if state is not None else State()
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: State, event: LoggedEvent) -> State:
    """The state after one event. Raises ValueError on an event that contradicts the state (another account)."""
    match event:
        case Checkpoint():
            return event.state
        case e.RunStarted() | e.RunFinished():
            return _run(state, event)
        case e.AccountPinned():
            if state.account not in ("", event.account):
                raise ValueError(f"the log is of account {state.account}, not {event.account}")
            return replace(state, account=event.account, mode=event.mode)
        case e.SettingsChanged():
            return state
        case e.LogCut():
            return replace(state, marked=None)  # until a hearing is complete again, the broker is asked far back
        case e.SessionBegan():
            return _session_began(state, event)
        case e.MorningBegan():
            return replace(state, day=replace(state.day, morning_began=True))
        case e.EquityMarked():
            return _marked(state, event)
        case e.SignalRefused() | e.SignalNotYet() | e.SignalQueued() | e.SignalDropped():
            return _signal(state, event)
        case (
            e.OrderIntended()
            | e.CancelIntended()
            | e.OrderAccepted()
            | e.OrderAmended()
            | e.OrderReplaced()
            | e.OrderPuzzling()
        ):
            return _order(state, event)
        case (
            e.OrderRefused()
            | e.OrderUnclear()
            | e.OrderDoubted()
            | e.OrderUnsent()
            | e.OrderEnded()
            | e.OrderWithdrawn()
        ):
            return _answer(state, event)
        case e.Fill():
            return book(state, event)
        case e.PositionClosed() | e.HighRaised() | e.StopRaised():
            return _position(state, event)
        case e.Halted() | e.HaltSeen() | e.Resumed():
            return _halt(state, event)
        case e.DifferenceSeen():
            since = state.differences[event.symbol].since if event.symbol in state.differences else event.now
            difference = Difference(event.ours, event.theirs, event.readings, since)
            return replace(state, differences={**state.differences, event.symbol: difference})
        case e.DifferenceSettled():
            return replace(state, differences=_without(state.differences, event.symbol))
        case e.SessionClosed():
            return replace(state, day=replace(state.day, figures=state.day.figures or event))
        case _:
            assert_never(event)


def _run(state: State, event: e.RunStarted | e.RunFinished) -> State:
    if isinstance(event, e.RunStarted):
        run = Run(started=event.now)
        state = replace(state, rules=event.rules)
    else:
        started = state.runs[event.command].started if event.command in state.runs else event.now
        run = Run(started, event.now, event.outcome, event.said)
    return replace(state, runs={**state.runs, event.command: run})


def _session_began(state: State, event: e.SessionBegan) -> State:
    if state.day.session is not None and event.session <= state.day.session:
        return state
    if state.marked is None:
        # The broker was never heard to the end: what is forgotten now would be taken back, and booked, again.
        return replace(state, day=Day(session=event.session))
    oldest = event.session - ENDED_ORDERS_KEPT
    orders = {
        key: order for key, order in state.orders.items() if not order.status.ended or order.decision.session >= oldest
    }
    return replace(state, day=Day(session=event.session), orders=orders, forgotten=oldest - timedelta(days=1))


def _marked(state: State, event: e.EquityMarked) -> State:
    day = state.day
    if day.session == event.session and day.last_equity is None:
        day = replace(day, last_equity=event.account.last_equity)
    return replace(state, day=day, marked=event.account, marked_at=event.now)


def _signal(state: State, event: e.SignalEvent) -> State:
    if isinstance(event, e.SignalDropped):
        return replace(state, queue=_without(state.queue, signal_key(event.book, event.ticker)))
    if isinstance(event, e.SignalQueued):
        key = signal_key(event.book, event.signal.ticker)
        waiting = QueuedSignal(event.book, event.signal, event.session, event.reason, event.now)
        state = replace(state, queue={**state.queue, key: waiting})
        verdict = Verdict("queued", event.reason, event.detail)
    else:
        key = signal_key(event.book, event.signal)
        said = "refused" if isinstance(event, e.SignalRefused) else "not_yet"
        verdict = Verdict(said, event.reason, event.detail)
    return replace(state, day=replace(state.day, verdicts={**state.day.verdicts, key: verdict}))


def _order(state: State, event: e.OrderWritten) -> State:
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
        return _with_order(state, replace(order, qty=event.qty, limit_price=event.limit_price))
    if isinstance(event, e.OrderPuzzling):
        return _with_order(state, replace(order, puzzling=event.raw_status))
    if isinstance(event, e.OrderReplaced):
        if order.broker_id == event.successor:
            return state
        followed = replace(
            order,
            broker_id=event.successor,
            carried_qty=order.filled_qty,
            carried_value=order.filled_value,
        )
        return _with_order(state, followed)
    if not order.status.unseen:
        return state
    accepted = replace(
        order,
        status=OrderStatus.ACCEPTED,
        broker_id=event.broker_id,
        qty=event.qty,
        limit_price=event.limit_price,
        accepted_at=event.now,
    )
    return replace(_with_order(state, accepted), failures=0)


def _ordered(state: State, order: Order) -> State:
    """An entry is its signal's answer for the session, and ends its waiting for room."""
    if order.decision.purpose is not Purpose.ENTRY or order.decision.session != state.day.session:
        return state
    key = signal_key(order.book, order.symbol)
    verdicts = {**state.day.verdicts, key: Verdict("ordered", Reason.ENTRY)}
    return replace(state, day=replace(state.day, verdicts=verdicts), queue=_without(state.queue, key))


def _answer(state: State, event: e.OrderAnswered) -> State:
    order = state.orders.get(event.client_order_id)
    if order is None or order.status.ended:
        return state
    failed = state.failures + 1
    match event:
        case e.OrderRefused():
            return replace(_with_order(state, replace(order, status=OrderStatus.REFUSED)), failures=failed)
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
            return _with_order(state, replace(order, status=event.end))
        case e.OrderWithdrawn():
            return (
                _with_order(state, replace(order, status=OrderStatus.WITHDRAWN)) if order.status.unanswered else state
            )
        case _:
            assert_never(event)


def _position(state: State, event: e.PositionEvent) -> State:
    symbol = event.trade.symbol if isinstance(event, e.PositionClosed) else event.symbol
    position = state.positions.get(symbol)
    if position is None:
        return state
    match event:
        case e.PositionClosed():
            if position.qty != 0:
                return state
            todays = event.trade.session in (None, state.day.session)
            closed = (*state.day.closed, event.trade) if todays else state.day.closed
            return replace(state, day=replace(state.day, closed=closed), positions=_without(state.positions, symbol))
        case e.HighRaised():
            position = replace(position, high=max(position.high, event.high))
        case e.StopRaised():
            position = replace(position, stop=max(position.stop, event.stop))
        case _:
            assert_never(event)
    return replace(state, positions={**state.positions, symbol: position})


def _halt(state: State, event: e.HaltEvent) -> State:
    if isinstance(event, e.Resumed):
        standing = state.halts.get(event.reason)
        if standing is None or standing.token != event.token:
            return state
        failures = 0 if event.by is Reason.OWNER else state.failures
        return replace(state, halts=_without(state.halts, event.reason), failures=failures)
    if isinstance(event, e.HaltSeen):
        halt, reason = Halt(event.words, event.now, token=event.token), Reason.OWNER
        if reason in state.halts and state.halts[reason].token == event.token:
            return state
    else:
        halt, reason = Halt(event.detail, event.now, session=event.session), event.reason
        if reason in state.halts and state.halts[reason].session == event.session:
            return state
    return replace(state, halts={**state.halts, reason: halt})


def _with_order(state: State, order: Order) -> State:
    return replace(state, orders={**state.orders, order.client_order_id: order})


def _without(mapping: Mapping[K, V], key: K) -> dict[K, V]:
    return {kept: value for kept, value in mapping.items() if kept != key}
