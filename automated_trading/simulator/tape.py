"""What a price tape is: a pure function of symbol and time that never looks ahead of the time it is asked for.

Its answer does not depend on what was asked before. None means there is no quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

CENT = Decimal("0.01")
ASSET = re.compile(r"[A-Z]{1,5}(\.[A-Z])?")


@dataclass(frozen=True, slots=True)
class Bar:
    """Open, high, low and close of a stretch that begins at `at`."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class Tape(Protocol):
    """Where prices come from."""

    def price(self, symbol: str, at: datetime) -> Decimal | None:
        """The standing price; None means there is no quote."""

    def knows(self, symbol: str) -> bool:
        """Whether the symbol is an asset at all."""

    def symbols(self) -> list[str]:
        """The assets a listing shows."""

    def day_bar(self, symbol: str, day: date, until: datetime) -> Bar | None:
        """That session's bar as far as `until`, or None where the tape has nothing for it."""

    def last_day(self, symbol: str, before: date) -> date | None:
        """The latest session before that date for which the tape has prices."""
