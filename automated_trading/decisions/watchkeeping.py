"""Which runs did not come, and which came late.

Law of the room: that of `decisions`. A run counts if it heard the broker out, whatever it was; one that failed has
watched nothing. Each gap is told once, by the first run of any command after it, and of a desk's first day nothing is
told that lies before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automated_trading.decisions.windows import Routine, entry_window
from automated_trading.domain.events import Event, RunLate, RunMissed
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import Calendar, Session, new_york
from automated_trading.domain.state import State

SILENCE = timedelta(minutes=15)
"""In session, positions nobody has looked at for longer count as unwatched."""

LATE = timedelta(minutes=15)
"""A `morning` this long after its window's beginning is still in time."""

HEARD = frozenset({"done", "problem"})
"""How a run ends that heard the broker out."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The part of a session in which a command did not run."""

    session: Session
    since: datetime
    until: datetime


def decide(state: State, calendar: Calendar, now: datetime, rules: EntryRules) -> list[Event]:
    """What was missed up to now, by the state as the last run left it: one row a command."""
    heard, began = state.marked_at, state.day.session
    if heard is None or began is None:
        return []
    session = calendar.latest_begun(now)
    begun = [one for one in calendar.sessions if began <= one.date <= session.date]
    cut = began < calendar.sessions[0].date
    past = [one for one in begun if one is not session]
    found = {
        Routine.MORNING: [gap for one in begun if (gap := _no_morning(state, one, heard, now, rules)) is not None],
        Routine.MONITOR: [gap for one in begun if (gap := _silence(one, heard, now)) is not None],
        Routine.EOD: [Gap(one, one.closes, one.closes) for one in past if _never_closed(state, one)],
    }
    told = {(row.command, row.since, row.until) for row in state.day.missed}
    rows = [_missed(routine, gaps, session, cut) for routine, gaps in found.items() if gaps]
    return [row for row in rows if (row.command, row.since, row.until) not in told]


def late(state: State, session: Session, now: datetime, rules: EntryRules) -> list[Event]:
    """Whether the `morning` that runs now is its session's first and came late; the market is open."""
    begins, ends = entry_window(session, rules)
    if not begins + LATE < now < ends or _first_day(state, session) or _came(state, session, rules):
        return []
    minutes = (now - begins) // timedelta(minutes=1)
    words = f"morning came at {_clock(now)} on {session.date:%a %Y-%m-%d}, {minutes} minutes after {_clock(begins)}"
    return [RunLate(Routine.MORNING.value, session.date, words, begins, minutes)]


def _no_morning(state: State, session: Session, heard: datetime, now: datetime, rules: EntryRules) -> Gap | None:
    """A window that has passed since the last run without a `morning` in it."""
    begins, ends = entry_window(session, rules)
    if not heard < ends <= now or _first_day(state, session) or _came(state, session, rules):
        return None
    return Gap(session, begins, ends)


def _came(state: State, session: Session, rules: EntryRules) -> bool:
    """Whether a `morning` began the session's entries, or came in its window and found the exchange shut."""
    begins, ends = entry_window(session, rules)
    last = state.runs.get(Routine.MORNING.value)
    came = last is not None and begins <= last.started < ends and last.outcome in HEARD
    return came or _began(state, session)


def _began(state: State, session: Session) -> bool:
    return state.day.session == session.date and state.day.morning_began


def _first_day(state: State, session: Session) -> bool:
    """Whether the desk was set up in this very session: none has ended before it."""
    return state.day.session is None or (state.forgotten is None and state.day.session == session.date)


def _silence(session: Session, heard: datetime, now: datetime) -> Gap | None:
    since, until = max(session.opens, heard), min(session.closes, now)
    return Gap(session, since, until) if until - since > SILENCE else None


def _never_closed(state: State, session: Session) -> bool:
    """A desk that was set up in the session and bought nothing in it may have been set up after its close."""
    if state.day.session != session.date:
        return True
    return state.day.figures is None and (_began(state, session) or not _first_day(state, session))


def _missed(routine: Routine, gaps: Sequence[Gap], found: Session, cut: bool) -> RunMissed:
    """One row for all of a command's gaps; `cut` says that the calendar does not reach back to the first of them."""
    words = _words(routine, gaps, f"{len(gaps)} sessions{' and more' if cut else ''}")
    first, last = gaps[0], gaps[-1]
    return RunMissed(routine.value, first.session.date, words, first.since, last.until, found.date)


def _words(routine: Routine, gaps: Sequence[Gap], count: str) -> str:
    first, last = gaps[0], gaps[-1]
    one = last is first
    day = f"on {_day(first)}" if one else f"in {count}, {_day(first)} to {_day(last)}"
    match routine:
        case Routine.MORNING:
            hours = f" between {_clock(first.since)} and {_clock(first.until)} New York" if one else ""
            return f"no morning got through to the broker {day}{hours}"
        case Routine.EOD:
            what = f"the session of {_day(first)}" if one else f"{count}, {_day(first)} to {_day(last)}"
            return f"eod has not closed {what}"
        case Routine.MONITOR:
            if one:
                return f"monitor was silent {day} from {_clock(first.since)} to {_clock(first.until)} New York"
            begins, ends = (f"{_day(gap)} {_clock(at)}" for gap, at in ((first, first.since), (last, last.until)))
            return f"monitor was silent in {count}, from {begins} to {ends} New York"


def _day(gap: Gap) -> str:
    return f"{gap.session.date:%a %Y-%m-%d}"


def _clock(at: datetime) -> str:
    return f"{new_york(at):%H:%M}"
