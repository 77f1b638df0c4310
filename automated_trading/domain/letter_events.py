"""What the owner was told, as facts.

Law of the room: that of `events`. A letter is on record before it is kept, so that no run tells its matters again; one
that a crash kept from being kept is lost, and told anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class LetterKept:
    """A letter goes into the outbox; `matters` are what it tells of, each with a digest of what is told of it."""

    key: str
    kind: str
    session: date
    matters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LetterLost:
    """A letter that was to be kept is not in the outbox, or not for certain: what it told is untold."""

    key: str


@dataclass(frozen=True, slots=True)
class LetterSent:
    """A letter has left the house."""

    key: str


LetterEvent = LetterKept | LetterLost | LetterSent
