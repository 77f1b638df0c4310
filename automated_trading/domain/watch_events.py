"""Runs that did not come, or came late, as facts.

Law of the room: that of `events`. What was missed is told by the run that found it, in words for the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RunMissed:
    """Runs of a command that should have been between two moments and were not.

    `session` is the first one missed in, `found` the one of the run that noticed.
    """

    command: str
    session: date
    words: str
    since: datetime
    until: datetime
    found: date


@dataclass(frozen=True, slots=True)
class RunLate:
    """A run came so many whole minutes after its window had begun, at `since`."""

    command: str
    session: date
    words: str
    since: datetime
    minutes: int


WatchEvent = RunMissed | RunLate
