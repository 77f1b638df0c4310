"""Numbers among the settings: exact, and inside a range in which only one reading of them makes sense.

Law of the room: no number passes through a float. A range is chosen so that per cent written for a fraction,
or a fraction for per cent, falls outside of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from automated_trading.domain.money import amount, spell

HUNDRED: Final = Decimal(100)
WHOLE: Final = "whole number"


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; `low` not where `above`. `noun` says what kind of number it is."""

    low: Decimal
    high: Decimal
    noun: str = "number"
    above: bool = False

    def __str__(self) -> str:
        ends = f"over {spell(self.low)}, up to" if self.above else f"from {spell(self.low)} to"
        return f"a {self.noun} {ends} {spell(self.high)}"

    def read(self, text: str) -> Decimal:
        """The number in a text. Raises ValueError where it is none or lies outside."""
        found = exact_whole(text) if self.noun == WHOLE else exact(text)
        if found > self.high or found < self.low or (self.above and found == self.low):
            raise ValueError(f"not {self}")
        return found


def number(low: str, high: str) -> Range:
    return Range(Decimal(low), Decimal(high))


def fraction(low: str, high: str, *, above: bool = False) -> Range:
    return Range(Decimal(low), Decimal(high), "fraction", above)


def per_cent(low: str, high: str) -> Range:
    return Range(Decimal(low), Decimal(high), "percentage")


def whole(low: int, high: int) -> Range:
    return Range(Decimal(low), Decimal(high), WHOLE)


def exact(value: object) -> Decimal:
    """The number that a text, an int or a Decimal stands for. Raises ValueError on all else, a float too."""
    return amount(value.strip() if isinstance(value, str) else value)


def exact_whole(value: object) -> Decimal:
    """The whole number that a text, an int or a Decimal stands for. Raises ValueError on all else."""
    found = exact(value)
    if found != found.to_integral_value():
        raise ValueError("not a whole number")
    return found


Number = Annotated[Decimal, BeforeValidator(exact)]
Whole = Annotated[Decimal, BeforeValidator(exact_whole)]


def numeric(default: str, allowed: Range, meaning: str) -> Any:
    """The field of a number: its default, where it must lie, what it means."""
    return Field(
        Decimal(default),
        gt=allowed.low if allowed.above else None,
        ge=None if allowed.above else allowed.low,
        le=allowed.high,
        title=str(allowed),
        description=meaning,
    )
