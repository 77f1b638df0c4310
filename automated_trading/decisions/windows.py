"""When each routine has something to do, by the calendar alone.

Law of the room: that of `decisions`. Nothing here needs to know of state or market, so that a run far from every window
ends before either is imported.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import Session, at_new_york, new_york


class Routine(Enum):
    MORNING = "morning"
    MONITOR = "monitor"
    EOD = "eod"


def entry_window(session: Session, rules: EntryRules) -> tuple[datetime, datetime]:
    """From a few minutes after the open until noon New York, and never past the close."""
    return session.opens + rules.opens_after, min(at_new_york(session.date, rules.until), session.closes)


def closing_not_due(session: Session, now: datetime) -> str | None:
    """One line saying why the session cannot be closed yet, or None."""
    if now < session.closes:
        return f"eod is due after the close at {new_york(session.closes):%H:%M} New York"
    return None
