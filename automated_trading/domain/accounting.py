"""What the broker's records of the account mean for our cash and our high-water mark.

Law of the room: cash moves by fills of ours, by fills of others and by what the broker put on record, each counted
once; money the owner moves is neither profit nor loss.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from automated_trading.domain import account_events as e
from automated_trading.domain.market import SHARE_CHANGES, Activity
from automated_trading.domain.money import ZERO, cents
from automated_trading.domain.orders import OutsideOrder, Side
from automated_trading.domain.replacing import replace
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import Difference, State, without

ACTIVITIES_KEPT = timedelta(days=30)
"""Activities are kept this long behind the newest that has come, so that one told twice is known: longer than they are
read again, and than one that tells its date alone was put on record behind it."""


def account(state: State, event: e.AccountEvent) -> State:
    """The state after one report about the account; the same told again changes nothing."""
    match event:
        case e.EquityMarked():
            return _marked(state, event)
        case e.CashCounted():
            return _counted(state, event)
        case e.ActivityHeard():
            return _activity(state, event)
        case e.OutsideOrderSeen():
            return _outside(state, event.order)
        case e.CashDifferenceSeen():
            return _differs(state, event)
        case e.CashDifferenceSettled():
            return replace(state, cash_difference=None)
        case _:
            assert_never(event)


def unexplained(state: State) -> Decimal:
    """Cash at the broker beyond our books', as far as it tells: missing cash at once, more cash once seen twice.

    A fill between two readings looks like more cash for one reading, and would make a loss of a sale.
    """
    found = state.cash_difference
    if found is None:
        return ZERO
    gap = found.theirs - found.ours
    return gap if gap < 0 or found.confirmed else ZERO


def unexplained_today(state: State) -> Decimal:
    """What of it came or went since the last close: the equity of that moment has the rest too.

    A gap that was there at the close and is closed by no record of before it was closed by money of today.
    """
    found = state.cash_difference
    since = _gap(state) - state.day.carried
    return since if since < 0 or found is None or found.confirmed else ZERO


def carried(state: State, since: datetime | None) -> Decimal:
    """What a new session's first equity, that of the close `since`, holds unexplained, as far as is known by now.

    What was first seen after that close may have come before it or after: money missing counts as before, money too
    much as after, so that neither can hide a loss.
    """
    found = state.cash_difference
    return _gap(state) if found is not None and since is not None and found.since <= since else min(_gap(state), ZERO)


def _gap(state: State) -> Decimal:
    found = state.cash_difference
    return found.theirs - found.ours if found is not None else ZERO


def explained_before(state: State, amount: Decimal) -> State:
    """The state where cash that moved before the last close is explained only now: it was no gap at that close."""
    gap = state.day.carried
    if gap * amount <= 0:
        return state
    left = gap - (min(gap, amount) if gap > 0 else max(gap, amount))
    return replace(state, day=replace(state.day, carried=left))


def paid(state: State, amount: Decimal) -> State:
    """The state with its cash moved; cash that was never counted is not moved."""
    return state if state.cash is None else replace(state, cash=state.cash + amount)


def _marked(state: State, event: e.EquityMarked) -> State:
    day, high = state.day, state.high_water
    if day.session == event.session and day.last_equity is None:
        day = replace(day, last_equity=event.account.last_equity)
    if day.last_equity is not None and not day.high_counted and state.cash_difference is None:
        # closing equity, as the broker struck it: no bad print of the day ever raises the mark
        best = (day.last_equity + day.flows, high if high is not None else event.account.equity)
        day, high = replace(day, high_counted=True), max(best)
    return replace(state, day=day, high_water=high, marked=event.account, marked_at=event.now, moved=ZERO)


def _differs(state: State, event: e.CashDifferenceSeen) -> State:
    """What a session's first reading of cash misses may have gone before the close, and counts so."""
    known, day = state.cash_difference, state.day
    if day.last_equity is None:
        day = replace(day, carried=day.carried + min(event.theirs - event.ours - _gap(state), ZERO))
    since = known.since if known is not None else event.now
    return replace(state, cash_difference=Difference(event.ours, event.theirs, event.readings, since), day=day)


def _counted(state: State, event: e.CashCounted) -> State:
    """Cash begins anew. What the owner's word explains away counts as money he moved: it was no trade's doing."""
    gap = event.cash - state.cash if state.cash is not None else ZERO
    state = _flow(state, gap, event.now, of_before=state.day.carried) if gap else state
    day = replace(state.day, carried=ZERO)
    return replace(state, cash=event.cash, cash_since=event.now, cash_difference=None, day=day)


def _activity(state: State, event: e.ActivityHeard) -> State:
    told = event.activity
    if told.activity_id in state.activities:
        return state
    counted = state.cash_since is not None and told.at > state.cash_since
    at = _moved_at(state, told) if counted else told.at
    kept = _kept(state, at)
    moved = paid(state, cents(told.amount)) if counted else state
    if counted and state.day.since is not None and at < state.day.since:
        moved = explained_before(moved, cents(told.amount))
    flow = event.flow and (counted or state.cash_since is None)  # else a count of cash has told it as one already
    moved = replace(moved, activities={**kept, told.activity_id: replace(told, at=at, flow=flow)})
    held = state.positions.get(told.symbol)
    if told.kind in SHARE_CHANGES and held is not None and told.at >= held.opened:
        moved = replace(moved, disturbed={**moved.disturbed, told.symbol: told.kind})
    return _flow(moved, told.amount, at) if flow else moved


def _moved_at(state: State, told: Activity) -> datetime:
    """When its money moved, as far as readings of cash tell: a record may bear an earlier date, or no hour.

    Not before the last reading that did not miss it, nor before the first that did; what the last close had
    unexplained already had moved by then.
    """
    seen, carried_over = state.cash_difference, state.day.carried * told.amount > 0
    if state.marked_at is None or carried_over:
        return told.at
    missed = seen is not None and (seen.theirs - seen.ours) * told.amount > 0
    return max(told.at, seen.since if seen is not None and missed else state.marked_at)


def _kept(state: State, at: datetime) -> dict[str, Activity]:
    """The activities still needed beside one more: what is dated ahead of the last hearing pushes none out."""
    heard = state.marked_at
    if heard is None:
        return dict(state.activities)
    oldest = max(min(when, heard) for when in (at, *(known.at for known in state.activities.values())))
    return {key: known for key, known in state.activities.items() if known.at >= oldest - ACTIVITIES_KEPT}


def _flow(state: State, amount: Decimal, at: datetime, of_before: Decimal = ZERO) -> State:
    """Deposits and withdrawals take the high-water mark along, in proportion to the equity they meet.

    `of_before` is the part that the equity of the last close has already: no flow of this session.
    """
    day, high = state.day, state.high_water
    if day.since is None or at >= day.since:
        day = replace(day, flows=day.flows + amount - of_before)
    seen = state.cash_difference  # equity may have shown the money before the records did
    early = seen.theirs - seen.ours if seen is not None else ZERO
    known = state.marked.equity if state.marked is not None else day.last_equity or ZERO
    before = known - early + state.moved
    if high is not None and before > 0:
        high = cents(max(ZERO, high * (1 + amount / before)))
    return replace(state, day=day, high_water=high, moved=state.moved + amount)


def flows_since(state: State, since: datetime | None) -> Decimal:
    """What the owner paid in and took out since a moment, as far as it is known already."""
    known = (told for told in state.activities.values() if told.flow and since is not None and told.at >= since)
    return sum((told.amount for told in known), ZERO)


def _outside(state: State, order: OutsideOrder) -> State:
    known = state.outside.get(order.broker_id)
    if known is None and long_past(state, order):
        return state
    if known is not None and order.filled_value < known.filled_value:
        # an answer that lost its price undoes no fill
        order = replace(order, filled_qty=known.filled_qty, filled_value=known.filled_value)
    before = known.filled_value if known is not None else ZERO
    value = order.filled_value - before
    amount = -value if order.side is Side.BUY else value
    state = paid(state, amount)
    if state.day.since is not None and order.submitted < state.day.since:
        state = explained_before(state, amount)
    return replace(state, outside={**state.outside, order.broker_id: order})


def long_past(state: State, order: OutsideOrder) -> bool:
    """Whether an order of others is of a session that was let go: what it moved has been counted."""
    return state.forgotten is not None and new_york_date(order.submitted) <= state.forgotten


def disowned(state: State, broker_id: str) -> State:
    """The state where an order taken for somebody else's proves to be ours: its fills come again by our own name."""
    order = state.outside.get(broker_id)
    if order is None:
        return state
    state = paid(state, order.filled_value if order.side is Side.BUY else -order.filled_value)
    return replace(state, outside=without(state.outside, broker_id))


def outside_kept(state: State) -> dict[str, OutsideOrder]:
    """The outside orders still needed: those open, those whose reading may come again, and those that may prove to be
    the successors of an order of ours the broker no longer shows."""
    lost = {(order.symbol, order.side) for order in state.orders.values() if order.lost}
    return {
        key: order
        for key, order in state.outside.items()
        if order.is_open or (order.symbol, order.side) in lost or not long_past(state, order)
    }
