"""What each routine may do at this moment.

Law of the room: the broker's clock and the exchange's calendar decide, in New York time; a routine run at the wrong
time says so and does no harm.
"""

from __future__ import annotations

from datetime import datetime

from automated_trading.decisions.redeployment import in_time
from automated_trading.decisions.windows import (
    Routine as Routine,
    closing_not_due as closing_not_due,
    entry_window as entry_window,
)
from automated_trading.domain.events import Event, SignalDropped
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules, RedeploymentRules
from automated_trading.domain.sessions import new_york
from automated_trading.domain.state import State


def in_entry_window(market: Market, rules: EntryRules) -> bool:
    begins, ends = entry_window(market.session, rules)
    return begins <= market.now < ends


def may_open(routine: Routine, state: State, market: Market, rules: EntryRules) -> bool:
    """`morning` opens in its window; `monitor` does once a morning of the session has run."""
    if not market.is_open or not in_entry_window(market, rules):
        return False
    return routine is Routine.MORNING or (routine is Routine.MONITOR and state.day.morning_began)


def may_redeploy(routine: Routine, market: Market, entries: EntryRules, rules: RedeploymentRules) -> bool:
    """`monitor` redeploys from the entry window's beginning until shortly before the close."""
    begins = market.session.opens + entries.opens_after
    return routine is Routine.MONITOR and market.is_open and market.now >= begins and in_time(market, rules)


def not_due(routine: Routine, market: Market, rules: EntryRules) -> str | None:
    """One line saying why the routine has nothing to do now, or None."""
    if routine is Routine.MORNING and not (market.is_open and in_entry_window(market, rules)):
        begins, ends = entry_window(market.session, rules)
        span = f"{new_york(begins):%H:%M} to {new_york(ends):%H:%M}"
        return f"morning is due from {span} New York on a session day; it is {new_york(market.now):%a %Y-%m-%d %H:%M}"
    if routine is Routine.MONITOR and not market.is_open:
        return f"the market is closed ({new_york(market.now):%a %Y-%m-%d %H:%M} New York)"
    return None


def next_due(state: State, market: Market, rules: EntryRules) -> tuple[Routine, datetime] | None:
    """The routine that is due next and from when on; None where the session after this one is not known."""
    begins, ends = entry_window(market.session, rules)
    closed = state.day.session == market.session.date and state.day.figures is not None
    began = state.day.session == market.session.date and state.day.morning_began
    if market.now < ends and not began:
        return Routine.MORNING, max(begins, market.now)
    if market.now < market.session.closes:
        return Routine.MONITOR, market.now
    if not closed and state.marked is not None:
        return Routine.EOD, market.now
    if market.following is None:
        return None
    return Routine.MORNING, entry_window(market.following, rules)[0]


def tidy_queue(state: State, market: Market) -> list[Event]:
    """Queued signals older than one session are dropped."""
    return [
        SignalDropped(queued.book, queued.signal.ticker, Reason.AGED)
        for queued in state.queue.values()
        if queued.session < market.previous.date
    ]
