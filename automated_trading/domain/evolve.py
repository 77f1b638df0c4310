"""The one door to the state.

Law of the room: `evolve` is pure, never reads a clock, and hearing the same fact twice changes nothing.
Fills alone make positions and profit. What a kind of fact means stands in a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.accounting import account, carried, flows_since, outside_kept, unexplained
from automated_trading.domain.booking import adopted, book, left, position_told
from automated_trading.domain.ordering import answered, may_bring, written
from automated_trading.domain.orders import Order, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.replacing import replace
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import (
    Checkpoint,
    Day,
    Difference,
    Halt,
    LoggedEvent,
    MissedRun,
    QueuedSignal,
    RulesChange,
    Run,
    State,
    Verdict,
    signal_key,
    without,
)
from automated_trading.domain.telling import closing, letter, remembered

ENDED_ORDERS_KEPT = timedelta(days=7)
"""Ended orders are kept this long, so that a late fill finds its order; older sessions are forgotten."""

STOPS_REST = timedelta(days=90)
"""The broker ends what has rested this long: until then a stop it no longer shows may still be there."""

SALES_KEPT = timedelta(days=366)
"""Longer than any cool-down."""


def fold(events: Iterable[LoggedEvent], state: State | None = None) -> State:
    """The state after a run of events, from nothing or from a state."""
    state = state if state is not None else State()
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: State, event: LoggedEvent) -> State:
    """The state after one event. Raises ValueError on an event that contradicts the state (another account)."""
    if isinstance(event, Checkpoint):
        # In the order it will be read back in, so that the run that wrote it goes on as the next one will.
        return replace(event.state, orders=dict(sorted(event.state.orders.items())))
    if isinstance(event, e.RunEvent):
        return _run(state, event)
    if isinstance(event, e.SessionEvent):
        return _session(state, event)
    if isinstance(event, e.WatchEvent):
        return _watched(state, event)
    if isinstance(event, e.AccountEvent):
        return account(state, event)
    if isinstance(event, e.SignalEvent):
        return _signal(state, event)
    if isinstance(event, e.OrderWritten):
        return written(state, event)
    if isinstance(event, e.OrderAnswered):
        return answered(state, event)
    if isinstance(event, e.Fill):
        return book(state, event)
    if isinstance(event, e.PositionEvent):
        return position_told(state, event)
    if isinstance(event, e.HaltEvent):
        return _halt(state, event)
    if isinstance(event, e.DifferenceEvent):
        return _difference(state, event)
    if isinstance(event, e.OwnerEvent):
        return _owner(state, event)
    if isinstance(event, e.LetterEvent):
        return letter(state, event)
    assert_never(event)


def _run(state: State, event: e.RunEvent) -> State:
    match event:
        case e.RunStarted():
            runs, change = {**state.runs, event.command: Run(started=event.now)}, state.rules_change
            if state.rules not in ("", event.rules):
                change = RulesChange(state.rules, event.rules, event.now)
            return replace(state, rules=event.rules, rules_change=change, runs=runs)
        case e.RunFinished():
            began = state.runs[event.command].started if event.command in state.runs else event.now
            run = Run(began, event.now, event.outcome, event.said)
            return replace(state, runs={**state.runs, event.command: run}, keeping={})
        case e.AccountPinned():
            if state.account not in ("", event.account):
                raise ValueError(f"the log is of account {state.account}, not {event.account}")
            return replace(state, account=event.account, mode=event.mode)
        case e.SettingsChanged():
            return state
        case e.LogCut():
            return replace(state, marked=None)  # until a hearing is complete again, the broker is asked far back
        case _:
            assert_never(event)


def _session(state: State, event: e.SessionEvent) -> State:
    match event:
        case e.SessionBegan():
            return _session_began(state, event)
        case e.MorningBegan():
            return replace(state, day=replace(state.day, morning_began=True))
        case e.SessionClosed():
            if state.day.figures is not None:
                return state
            return closing(replace(state, day=replace(state.day, figures=event)), event)
        case _:
            assert_never(event)


def _watched(state: State, event: e.WatchEvent) -> State:
    """What was missed, by its beginning: told again it takes the place of what was told before."""
    late = isinstance(event, e.RunLate)
    until = event.since + timedelta(minutes=event.minutes) if isinstance(event, e.RunLate) else event.until
    found = event.session if isinstance(event, e.RunLate) else event.found
    row = MissedRun(event.command, event.session, event.words, event.since, until, found, late)
    others = (one for one in state.day.missed if (one.command, one.since, one.late) != (row.command, row.since, late))
    return replace(state, day=replace(state.day, missed=(*others, row)))


def _session_began(state: State, event: e.SessionBegan) -> State:
    if state.day.session is not None and event.session <= state.day.session:
        return state
    state = remembered(state, event.session)
    before = carried(state, event.since)
    missed = tuple(row for row in state.day.missed if row.found == event.session)
    flows = flows_since(state, event.since)
    day = Day(session=event.session, since=event.since, flows=flows, carried=before, missed=missed)
    if state.marked is None:
        # The broker was never heard to the end: what is forgotten now would be taken back, and booked, again.
        return replace(state, day=day)
    # What was ordered in the last session that was heard, or since, is still to be heard, however long ago that was.
    heard = event.session
    if state.marked_at is not None:  # it may be of the weekend behind that session
        heard = min(new_york_date(state.marked_at), state.day.session or heard)
    oldest = min(event.session - ENDED_ORDERS_KEPT, heard)
    orders = {
        key: order
        for key, order in state.orders.items()
        if not order.status.ended or _last(order) >= oldest or _may_rest(order, event.session)
    }
    sold = {symbol: day for symbol, day in state.sold.items() if day >= event.session - SALES_KEPT}
    state = replace(state, day=day, orders=orders, sold=sold, forgotten=oldest - timedelta(days=1))
    state = replace(state, leaving={symbol: at for symbol, at in state.leaving.items() if may_bring(state, symbol)})
    return replace(state, outside=outside_kept(state))


def _last(order: Order) -> date:
    """The last session an ended order could trade in: the one it ended in, for one may come later than its own."""
    own = order.decision.session
    return own if order.ended_in is None else max(own, order.ended_in)


def _may_rest(order: Order, session: date) -> bool:
    """Whether it is a stop the broker no longer shows that may be there all the same."""
    return order.protects and order.lost and order.decision.session >= session - STOPS_REST


def _signal(state: State, event: e.SignalEvent) -> State:
    day = state.day
    match event:
        case e.AssetsSeen():
            seen = {**day.assets, **{asset.symbol: asset for asset in event.assets}}
            return replace(state, day=replace(day, assets=seen)) if event.session == day.session else state
        case e.SignalDropped():
            return replace(state, queue=without(state.queue, signal_key(event.book, event.ticker)))
        case e.SignalRemarked():
            told = {**day.remarks, signal_key(event.book, event.signal): event.reason.value}
            return replace(state, day=replace(day, remarks=told))
        case e.SignalQueued():
            key = signal_key(event.book, event.signal.ticker)
            waiting = QueuedSignal(event.book, event.signal, event.session, event.reason, event.now)
            state = replace(state, queue={**state.queue, key: waiting})
            verdict = Verdict("queued", event.reason, event.detail)
        case e.SignalRefused() | e.SignalNotYet():
            key = signal_key(event.book, event.signal)
            said = "refused" if isinstance(event, e.SignalRefused) else "not_yet"
            verdict = Verdict(said, event.reason, event.detail)
        case _:
            assert_never(event)
    return replace(state, day=replace(day, verdicts={**day.verdicts, key: verdict}))


def _halt(state: State, event: e.HaltEvent) -> State:
    match event:
        case e.LossWarned():
            return replace(state, day=replace(state.day, warned=True)) if event.session == state.day.session else state
        case e.Resumed():
            return _resumed(state, event)
        case e.HaltSeen():
            halt, reason = Halt(event.words, event.now, token=event.token), Reason.OWNER
            if reason in state.halts and state.halts[reason].token == event.token:
                return state
        case e.Halted():
            halt, reason = Halt(event.detail, event.now, session=event.session), event.reason
            if reason in state.halts and state.halts[reason].session == event.session:
                return state
        case _:
            assert_never(event)
    return replace(state, halts={**state.halts, reason: halt})


def _resumed(state: State, event: e.Resumed) -> State:
    """A lifted halt. The owner's word also ends rows of failures and losses, and the high-water mark begins anew."""
    standing = state.halts.get(event.reason)
    if standing is None or standing.token != event.token:
        return state
    state = replace(state, halts=without(state.halts, event.reason))
    if event.by is Reason.OWNER:
        high = state.marked.equity - unexplained(state) if state.marked is not None else state.high_water
        day = replace(state.day, high_counted=True)
        return replace(state, failures=0, losses=(), high_water=high, day=day)
    return replace(state, losses=()) if event.reason is Reason.LOSING_STREAK else state


def _difference(state: State, event: e.DifferenceEvent) -> State:
    if isinstance(event, e.DifferenceSettled):
        return replace(state, differences=without(state.differences, event.symbol))
    since = state.differences[event.symbol].since if event.symbol in state.differences else event.now
    difference = Difference(event.ours, event.theirs, event.readings, since)
    return replace(state, differences={**state.differences, event.symbol: difference})


def _owner(state: State, event: e.OwnerEvent) -> State:
    match event:
        case e.PositionAdopted():
            return adopted(state, event)
        case e.PositionForgotten():
            return left(state, event.symbol, event.session) if event.symbol in state.positions else state
        case e.SymbolIgnored():
            return replace(state, ignored={**state.ignored, event.symbol: event.now})
        case e.SymbolMinded():
            return replace(state, ignored=without(state.ignored, event.symbol))
        case e.SymbolBlocked():
            return replace(state, blocked={**state.blocked, event.symbol: event.words})
        case e.SymbolUnblocked():
            return replace(state, blocked=without(state.blocked, event.symbol))
        case e.ExitAsked():
            asked = event.symbol in state.positions or bool(state.open_orders(event.symbol, Side.BUY))
            return replace(state, leaving={**state.leaving, event.symbol: event.now}) if asked else state
        case e.LogRestarted():
            return state
        case _:
            assert_never(event)
