"""What is shown of a symbol: a quote, and what the owner's hand laid over the tape.

Law of the file: plain facts; a quote that is not sound is shown all the same, and nothing trades on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask, and when they were said."""

    bid: Decimal
    ask: Decimal
    at: datetime

    @property
    def sound(self) -> bool:
        """Whether anything may trade on it."""
        return 0 < self.bid <= self.ask


@dataclass(frozen=True, slots=True)
class Laid:
    """What the owner's hand laid over the tape: a price, or a whole quote; nothing at all means no quote."""

    last: Decimal | None
    bid: Decimal | None = None
    ask: Decimal | None = None
    at: datetime | None = None
