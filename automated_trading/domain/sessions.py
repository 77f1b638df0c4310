"""The exchange's days and the one place where New York time and UTC meet.

Law of the room: an instant is an aware UTC datetime, a session's date is a New York date, and only this
file knows the time zone. What the table does not hold is a ValueError: a session is never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

import pytz

_NEW_YORK: Final = pytz.timezone("America/New_York")
_OPEN: Final = dt.time(9, 30)
_CLOSE: Final = dt.time(16, 0)
_EARLY_CLOSE: Final = dt.time(13, 0)
_SATURDAY: Final = 5
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Session:
    """One day of trading: its New York date, and when it opens and closes (aware UTC)."""

    date: dt.date
    opens: dt.datetime
    closes: dt.datetime

    def __post_init__(self) -> None:
        if self.opens.utcoffset() != dt.timedelta(0) or self.closes.utcoffset() != dt.timedelta(0):
            raise ValueError(f"the session of {self.date} is not told in UTC")
        if self.opens >= self.closes:
            raise ValueError(f"the session of {self.date} closes before it opens")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A stretch of sessions, oldest first, each date once.

    Whether the exchange rests on a day before the first or after the last of them is not known here, so
    every question that leaves the stretch raises ValueError: ask for a span some days wider than needed.
    """

    sessions: tuple[Session, ...]

    def __post_init__(self) -> None:
        if not self.sessions:
            raise ValueError("a calendar without sessions")
        if any(a.date >= b.date or a.closes > b.opens for a, b in pairwise(self.sessions)):
            raise ValueError("the sessions of a calendar are not in order")

    @classmethod
    def from_table(cls, table: Mapping[str, object], first: dt.date, last: dt.date) -> Self:
        """The sessions from `first` to `last` (both included) by the bundled table, read by the caller.

        The table is `{"from", "to", "holidays": [...], "half_days": [...]}`, dates in ISO 8601.
        Raises ValueError when the table does not reach that far or is malformed.
        """
        start, end = (dt.date.fromisoformat(str(table.get(key))) for key in ("from", "to"))
        if not start <= first <= last <= end:
            raise ValueError(f"{first} to {last} is not within the calendar's table ({start} to {end})")
        holidays, half_days = _dates(table, "holidays"), _dates(table, "half_days")
        days = (dt.date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
        return cls(
            tuple(
                _session(day, _OPEN, _EARLY_CLOSE if text in half_days else _CLOSE)
                for day in days
                if day.weekday() < _SATURDAY and (text := day.isoformat()) not in holidays
            )
        )

    @classmethod
    def from_times(cls, rows: Iterable[tuple[str, str, str]]) -> Self:
        """A broker's own calendar: rows of date, open and close in New York ("2026-11-27", "09:30", "13:00").

        Rows may come in any order. Raises ValueError on a malformed row, a date told twice, or no row.
        """
        return cls(tuple(sorted((_told(*row) for row in rows), key=_date)))

    def on(self, date: dt.date) -> Session | None:
        """The session of that New York date; None on a day between sessions, when the exchange rests."""
        at = bisect_left(self.sessions, date, key=_date)
        if at == len(self.sessions) or date < self.sessions[0].date:
            raise ValueError(f"{date} is {self._outside()}")
        found = self.sessions[at]
        return found if found.date == date else None

    def latest_begun(self, now: dt.datetime) -> Session:
        """The latest session whose date New York has reached: today's from midnight on, else an earlier."""
        today = new_york_date(now)
        return self._at(bisect_right(self.sessions, today, key=_date) - 1, f"a session by {today}")

    def before(self, session: Session) -> Session:
        """The session before this one."""
        at = bisect_left(self.sessions, session.date, key=_date)
        return self._at(at - 1, f"the session before {session.date}")

    def after(self, session: Session) -> Session:
        """The session after this one."""
        at = bisect_right(self.sessions, session.date, key=_date)
        return self._at(at, f"the session after {session.date}")

    def next_opening(self, now: dt.datetime) -> Session:
        """The first session that closes after `now`: the open one, or the next to open."""
        at = bisect_right(self.sessions, _aware(now), key=_closes)
        return self._at(at, f"a session closing after {now}")

    def _at(self, index: int, wanted: str) -> Session:
        if not 0 <= index < len(self.sessions):
            raise ValueError(f"{wanted} is {self._outside()}")
        return self.sessions[index]

    def _outside(self) -> str:
        return f"outside the calendar ({self.sessions[0].date} to {self.sessions[-1].date})"


def new_york(at: dt.datetime) -> dt.datetime:
    """The same instant on New York's clock. Raises ValueError on a naive time."""
    return _aware(at).astimezone(_NEW_YORK)


def new_york_date(at: dt.datetime) -> dt.date:
    """The date in New York at that instant."""
    return new_york(at).date()


@lru_cache(maxsize=4096)
def at_new_york(date: dt.date, time: dt.time) -> dt.datetime:
    """The UTC instant at which New York's clock shows that time on that date.

    Raises ValueError for the hour that a change of the clocks skips or repeats, and for an aware time.
    """
    if time.tzinfo is not None:
        raise ValueError(f"New York's clock shows no zone: {time}")
    try:
        local = _NEW_YORK.localize(dt.datetime.combine(date, time), is_dst=None)
    except pytz.InvalidTimeError as error:
        raise ValueError(f"New York's clock does not show {date} {time} exactly once") from error
    return local.astimezone(dt.UTC)


def utc_text(at: dt.datetime) -> str:
    """ISO 8601 in UTC with Z; microseconds only where there are any. Raises ValueError on a naive time."""
    return _aware(at).astimezone(dt.UTC).isoformat().removesuffix("+00:00") + "Z"


def parse_utc(text: object) -> dt.datetime:
    """The instant an ISO 8601 text names, with Z or an offset; nanoseconds are cut to microseconds.

    Raises ValueError on anything else, a time without a zone among it.
    """
    if not isinstance(text, str):
        raise ValueError(f"not an instant with its zone: {str(text)[:40]!r}")
    return _instant(text)


@lru_cache(maxsize=4096)
def _instant(text: str) -> dt.datetime:
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"not an instant with its zone: {text[:40]!r}")
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"no such instant: {text}") from error


@lru_cache(maxsize=4096)
def _session(day: dt.date, opens: dt.time, closes: dt.time) -> Session:
    return Session(day, at_new_york(day, opens), at_new_york(day, closes))


@lru_cache(maxsize=4096)
def _told(day: str, opens: str, closes: str) -> Session:
    return _session(dt.date.fromisoformat(day), dt.time.fromisoformat(opens), dt.time.fromisoformat(closes))


def _date(session: Session) -> dt.date:
    return session.date


def _closes(session: Session) -> dt.datetime:
    return session.closes


def _dates(table: Mapping[str, object], key: str) -> frozenset[str]:
    dates = table.get(key)
    if not isinstance(dates, list) or not all(isinstance(day, str) for day in dates):
        raise ValueError(f"the calendar's table has no list of dates under {key!r}")
    return frozenset(dates)


def _aware(at: dt.datetime) -> dt.datetime:
    if at.utcoffset() is None:
        raise ValueError(f"a time without its zone: {at}")
    return at
