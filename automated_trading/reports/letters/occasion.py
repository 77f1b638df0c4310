"""What a run knows beside the state when it writes its letters, and the words its letters share.

Law of the file: a row is a title, a detail and a value, all text. A matter's name holds all that makes it another
matter; its digest what of it may change and would have to be told again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.market import Market
from automated_trading.domain.money import spell
from automated_trading.domain.rules import Rules
from automated_trading.domain.sessions import new_york
from automated_trading.domain.state import State
from automated_trading.reports.amounts import counted

MOST_ROWS = 40
"""Of one kind in one letter; a lost folder may hear three months of orders at once."""

NAMED_AT_MOST = 4
"""In a subject or on a phone."""

Row = list[str]


@dataclass(frozen=True, slots=True)
class Occasion:
    """The run that writes: its command and session, the broker's clock, the rules in force, the log's last line so far.

    `market` is its photograph, None where the broker was not heard, and `unreachable` why; `disabled` why trading is
    switched off.
    """

    command: str
    session: date
    now: datetime
    rules: Rules
    head: tuple[int, str]
    market: Market | None = None
    disabled: str | None = None
    unreachable: str | None = None


def digest(*words: object) -> str:
    """A short digest of what is told of a matter; a number counts as the value it is, however it is written."""
    told = (spell(word) if isinstance(word, Decimal) else str(word) for word in words)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def is_news(state: State, matters: Mapping[str, str]) -> bool:
    """Whether any of these was not told yet, or not so."""
    return any(name not in state.told or state.told[name].digest != told for name, told in matters.items())


def told_begins(state: State, start: str) -> bool:
    """Whether any matter whose name begins so was told."""
    return any(name.startswith(start) for name in state.told)


def capped(rows: Sequence[Row]) -> list[Row]:
    """So many rows as a letter can hold, and how many were left out."""
    left = len(rows) - MOST_ROWS
    return [*rows[:MOST_ROWS], [f"and {left} more", "the log has them all", ""]] if left > 0 else list(rows)


def named(names: Iterable[str]) -> str:
    """A few names, then how many more."""
    every = list(dict.fromkeys(names))
    rest = len(every) - NAMED_AT_MOST
    return ", ".join([*every[:NAMED_AT_MOST], *([f"{rest} more"] if rest > 0 else [])])


def some(number: int, noun: str) -> list[str]:
    """`["2 positions"]`, or nothing for none."""
    return [counted(number, noun)] if number else []


def stamp(at: datetime) -> str:
    """A moment within a matter's name."""
    return f"{at:%Y%m%dT%H%M%S}"


def clock(at: datetime) -> str:
    """A moment on New York's clock, with the day."""
    return f"{new_york(at):%a %Y-%m-%d %H:%M}"
