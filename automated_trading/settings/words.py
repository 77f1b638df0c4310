"""Words among the settings, and the one spelling of every value.

Law of the room: what is read here is written here. Values that mean the same are spelled the same, so that the hash
of the rules tells values and not the ways to write them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic import Field

from automated_trading.domain.money import spell

TRUE_OR_FALSE: Final = "true or false"
NONE: Final = "none"
"""The empty table as a word: an empty variable tells nothing."""


def word(value: object) -> str:
    return str(value).strip().lower()


def truth(value: object) -> bool:
    """The word true or the word false, nothing else. Raises ValueError."""
    found = word(value)
    if found not in ("true", "false"):
        raise ValueError("neither true nor false")
    return found == "true"


def spelling(value: object, number: Callable[[Decimal], str] = spell) -> str:
    """A value as text that reads back as the same value; `number` spells the numbers in it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number(value)
        case Enum():
            return str(value.value)
        case tuple():
            return " ".join(_row(row, number) for row in value) or NONE
        case _:
            return str(value)


def _row(row: object, number: Callable[[Decimal], str]) -> str:
    return ":".join(spelling(cell, number) for cell in (row if isinstance(row, tuple) else (row,)))


def key(default: object, must: str, meaning: str) -> Any:
    """The field of anything but a number: its default, what it must be, what it means."""
    return Field(default, title=must, description=meaning)
