"""Small tables among the settings, written as one line of text and the same in every place.

Law of the room: a table is pairs of numbers, the first of them rising from row to row; either number has a range, as
any other setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from automated_trading.domain.rules import ExitRule
from automated_trading.settings.numbers import Range
from automated_trading.settings.words import NONE, word

MOST_ROWS: Final = 12
NEEDED: Final = (ExitRule.STOP, ExitRule.TRAILING)
EXIT_ORDER: Final = "words out of stop, trailing, take_profit and age, each once; stop and trailing must be there"

Pairs = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class PairTable:
    """A table of pairs: what either number is called, where it must lie, and an example."""

    first: str
    first_range: Range
    second: str
    second_range: Range
    example: str

    def __str__(self) -> str:
        return f"up to {MOST_ROWS} {self.words}, each {self.first} over the last {self.ranges}; or {NONE}"

    @property
    def words(self) -> str:
        return f"{self.first}:{self.second} pairs like {self.example}"

    @property
    def ranges(self) -> str:
        return f"({self.first} {self.first_range}, {self.second} {self.second_range})"

    def read(self, value: object) -> Pairs:
        """The rows of a text, none for "" and the word none. Raises ValueError."""
        if not isinstance(value, str):
            raise ValueError("not text")
        if word(value) in ("", NONE):
            return ()
        rows = tuple(self._row(row) for row in value.split())
        if len(rows) > MOST_ROWS or any(low[0] >= high[0] for low, high in pairwise(rows)):
            raise ValueError("too many rows, or not rising")
        return rows

    def _row(self, text: str) -> tuple[Decimal, Decimal]:
        first, colon, second = text.partition(":")
        if not colon:
            raise ValueError("not a pair")
        return self.first_range.read(first), self.second_range.read(second)


@dataclass(frozen=True, slots=True)
class Slope:
    """A table of exactly two rows, both of whose numbers rise: a line from the one to the other."""

    table: PairTable

    def __str__(self) -> str:
        return f"two {self.table.words}, both rising {self.table.ranges}"

    def read(self, value: object) -> Pairs:
        """The two rows of a text. Raises ValueError."""
        rows = self.table.read(value)
        if len(rows) != 2 or rows[0][1] >= rows[1][1]:
            raise ValueError("not two rows that rise")
        return rows


def order_of_exits(value: object) -> tuple[ExitRule, ...]:
    """The exit rules in the order of a text. Raises ValueError for a word unknown, repeated or missing."""
    if not isinstance(value, str):
        raise ValueError("not text")
    order = tuple(ExitRule(name) for name in word(value).split())
    if len(set(order)) != len(order) or not set(NEEDED) <= set(order):
        raise ValueError("a word is there twice, or missing")
    return order
