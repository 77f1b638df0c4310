"""When the exchange is open: New York sessions from the bundled table, half days and daylight saving included.

The table is package data and is read once, on first need. Days outside it do not exist: asking for a
session beyond its end raises ValueError, because a guessed holiday is worse than a stop.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_OPEN, _CLOSE, _EARLY = time(9, 30), time(16, 0), time(13, 0)


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day: its New York date and its open and close in UTC."""

    day: date
    open: datetime
    close: datetime


@lru_cache(maxsize=1)
def _table() -> tuple[list[date], frozenset[date]]:
    raw = json.loads(files("automated_trading").joinpath("nyse_calendar.json").read_text("ascii"))
    first, last = date.fromisoformat(raw["from"]), date.fromisoformat(raw["to"])
    shut = {date.fromisoformat(day) for day in raw["holidays"]}
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    days = [day for day in span if day.weekday() < 5 and day not in shut]
    return days, frozenset(date.fromisoformat(day) for day in raw["half_days"])


@lru_cache(maxsize=4096)
def new_york_date(at: datetime) -> date:
    """The date on the wall in New York at `at`."""
    return at.astimezone(NEW_YORK).date()


def in_new_york(day: date, at: time) -> datetime:
    """New York wall time on `day`, as UTC."""
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


@lru_cache(maxsize=8192)
def _session(day: date) -> Session:
    close = _EARLY if day in _table()[1] else _CLOSE
    return Session(day, in_new_york(day, _OPEN), in_new_york(day, close))


@lru_cache(maxsize=8192)
def session_on(day: date) -> Session | None:
    """The session of that New York date, or None on a weekend or holiday."""
    days = _table()[0]
    at = bisect_left(days, day)
    return _session(day) if at < len(days) and days[at] == day else None


def index_of(day: date) -> int:
    """How many sessions the table has before `day`; numbers the sessions for price paths."""
    return bisect_left(_table()[0], day)


def session_before(day: date) -> Session | None:
    """The last session before that date, or None where the table begins."""
    at = index_of(day)
    return _session(_table()[0][at - 1]) if at else None


def session_after(day: date) -> Session:
    """The first session after that date; raises ValueError past the end of the table."""
    days = _table()[0]
    at = bisect_right(days, day)
    if at == len(days):
        raise ValueError(f"the exchange calendar ends at {days[-1]}")
    return _session(days[at])


@lru_cache(maxsize=4096)
def latest_session(at: datetime) -> Session | None:
    """The last session that has opened at or before `at`."""
    day = new_york_date(at)
    today = session_on(day)
    return today if today is not None and today.open <= at else session_before(day)


@lru_cache(maxsize=4096)
def open_session(at: datetime) -> Session | None:
    """The session trading at `at` (open included, close excluded), or None when the market is closed."""
    session = latest_session(at)
    return session if session is not None and at < session.close else None


@lru_cache(maxsize=4096)
def next_open(at: datetime) -> datetime:
    """The first open strictly after `at`."""
    day = new_york_date(at)
    today = session_on(day)
    return today.open if today is not None and at < today.open else session_after(day).open


@lru_cache(maxsize=4096)
def next_close(at: datetime) -> datetime:
    """The first close strictly after `at`."""
    day = new_york_date(at)
    today = session_on(day)
    return today.close if today is not None and at < today.close else session_after(day).close


def sessions(first: date, last: date) -> list[Session]:
    """The sessions from `first` to `last`, both included."""
    days = _table()[0]
    return [_session(day) for day in days[bisect_left(days, first) : bisect_right(days, last)]]
