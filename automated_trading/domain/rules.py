"""The rules of the desk, frozen: every number a decision uses.

Law of the room: a rule is data. Inside, every share of something is a fraction (0.05 is five per cent) and every
span a timedelta; the documented names and their percentages end in `settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal

from automated_trading.domain.money import ZERO

STOP_TIERS: Mapping[str, Decimal] = {
    "tier1": Decimal("0.12"),
    "tier2": Decimal("0.10"),
    "tier3": Decimal("0.08"),
}
"""Stop under entry by signal tier; any other tier has `default_stop`."""


@dataclass(frozen=True, slots=True)
class EntryRules:
    """When and how a signal is bought."""

    opens_after: timedelta = timedelta(minutes=5)
    until: time = time(12, 0)
    min_signal_score: Decimal = Decimal("6.0")
    quote_max_age: timedelta = timedelta(minutes=2)
    limit_premium: Decimal = Decimal("0.005")
    timeout: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a book may hold. Fractions are of the book's equity; entries a day are of the account."""

    max_position: Decimal = Decimal("0.10")
    max_positions: int = 10
    max_exposure: Decimal = Decimal("0.70")
    max_entries_per_day: int = 20


@dataclass(frozen=True, slots=True)
class ExitRules:
    """When a position is sold. Quotes and trades older than `price_max_age` decide nothing."""

    stop_tiers: Mapping[str, Decimal] = field(default_factory=lambda: STOP_TIERS)
    default_stop: Decimal = Decimal("0.08")
    price_max_age: timedelta = timedelta(minutes=15)

    def stop_fraction(self, tier: str) -> Decimal:
        return self.stop_tiers.get(tier, self.default_stop)


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When opening stops by itself."""

    daily_loss: Decimal = Decimal("0.05")
    order_failures: int = 5
    skew_reported: timedelta = timedelta(seconds=5)
    skew_blocks: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision is bound by. `books` is each book's share of equity."""

    entries: EntryRules = EntryRules()
    caps: Caps = Caps()
    exits: ExitRules = ExitRules()
    breakers: BreakerRules = BreakerRules()
    books: Mapping[str, Decimal] = field(default_factory=lambda: {"insider": Decimal(1)})

    def book_equity(self, book: str, equity: Decimal) -> Decimal:
        return self.books.get(book, ZERO) * equity
