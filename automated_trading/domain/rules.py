"""The rules of the desk, frozen: every number a decision uses.

Law of the room: a rule is data. Inside, every share of something is a fraction (0.05 is five per cent) and every
span a timedelta; the documented names and their percentages end in `settings`. A table gets a row, never new code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from enum import Enum

from automated_trading.domain.money import ZERO

STOP_TIERS: Mapping[str, Decimal] = {
    "tier1": Decimal("0.12"),
    "tier2": Decimal("0.10"),
    "tier3": Decimal("0.08"),
}
"""Stop under entry by signal tier; any other tier has `default_stop`."""

TARGET_TIERS: Mapping[str, Decimal] = {
    "tier1": Decimal("0.24"),
    "tier2": Decimal("0.20"),
    "tier3": Decimal("0.16"),
}
"""Take-profit over entry by signal tier; any other tier has `default_target`."""


class Sizing(Enum):
    """How much of a book one position gets: the same for all, or more for a better score."""

    EQUAL = "equal"
    SCORE = "score"


class ExitRule(Enum):
    """The rules that sell by themselves; `ExitRules.order` says which is asked first."""

    STOP = "stop"
    TRAILING = "trailing"
    TAKE_PROFIT = "take_profit"
    AGE = "age"


class Protection(Enum):
    """Where a position's stop is watched: by an order resting at the broker too, or by each `monitor` alone."""

    BROKER = "broker"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Rung:
    """Once the high is `gain` over entry, the stop stands `trail` under the high."""

    gain: Decimal
    trail: Decimal


@dataclass(frozen=True, slots=True)
class AgeRule:
    """A position this many calendar days old is sold unless it has gained at least `gain`."""

    days: int
    gain: Decimal


RUNGS = (
    Rung(Decimal("0.03"), Decimal("0.05")),
    Rung(Decimal("0.20"), Decimal("0.10")),
    Rung(Decimal("0.30"), Decimal("0.07")),
)

AGES = (
    AgeRule(21, ZERO),
    AgeRule(30, Decimal("0.03")),
    AgeRule(45, Decimal("0.15")),
)


@dataclass(frozen=True, slots=True)
class EntryRules:
    """When and how a signal is bought. Prices are measured against the ask, what would be paid."""

    opens_after: timedelta = timedelta(minutes=5)
    until: time = time(12, 0)
    min_signal_score: Decimal = Decimal("6.0")
    cool_down: timedelta = timedelta(days=7)
    quote_max_age: timedelta = timedelta(minutes=2)
    max_spread: Decimal = Decimal("0.02")
    max_gap_up: Decimal = Decimal("0.03")
    max_gap_down: Decimal = Decimal("0.08")
    far_from_signal: Decimal = Decimal("0.10")
    limit_over_ask: Decimal = Decimal("0.005")
    limit_over_last: Decimal = Decimal("0.01")
    timeout: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ScoreSizes:
    """Sizing by score: a share of the book's equity, linear between two scores and level outside them."""

    low_score: Decimal = Decimal(6)
    low: Decimal = Decimal("0.05")
    high_score: Decimal = Decimal(20)
    high: Decimal = Decimal("0.12")

    def of(self, score: Decimal) -> Decimal:
        """The share for one score."""
        inside = min(max(score, self.low_score), self.high_score) - self.low_score
        return self.low + (self.high - self.low) * inside / (self.high_score - self.low_score)


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a book may hold. Fractions are of the book's equity; entries a day are of the account.

    `capital_limit` is the most dollars of equity the desk works with, None for all there is.
    """

    sizing: Sizing = Sizing.EQUAL
    max_position: Decimal = Decimal("0.10")
    score_sizes: ScoreSizes = ScoreSizes()
    max_positions: int = 10
    max_exposure: Decimal = Decimal("0.70")
    max_sector: Decimal = Decimal("0.40")
    max_entries_per_day: int = 20
    capital_limit: Decimal | None = None

    def position(self, score: Decimal) -> Decimal:
        """The share of the book's equity that one position of this score may cost."""
        return self.score_sizes.of(score) if self.sizing is Sizing.SCORE else self.max_position


@dataclass(frozen=True, slots=True)
class ExitRules:
    """When a position is sold. A price older than `price_max_age` decides nothing.

    `stop_offset` is how far under the desk's own stop the one at the broker rests, as a fraction.
    """

    order: tuple[ExitRule, ...] = (ExitRule.STOP, ExitRule.TRAILING, ExitRule.TAKE_PROFIT, ExitRule.AGE)
    stop_tiers: Mapping[str, Decimal] = field(default_factory=lambda: STOP_TIERS)
    default_stop: Decimal = Decimal("0.08")
    rungs: tuple[Rung, ...] = RUNGS
    take_profit: bool = False
    target_tiers: Mapping[str, Decimal] = field(default_factory=lambda: TARGET_TIERS)
    default_target: Decimal = Decimal("0.12")
    ages: tuple[AgeRule, ...] = AGES
    price_max_age: timedelta = timedelta(minutes=15)
    undecided_cycles: int = 3
    undecided_discount: Decimal = Decimal("0.01")
    timeout: timedelta = timedelta(minutes=30)
    protection: Protection = Protection.BROKER
    stop_offset: Decimal = ZERO

    def stop_fraction(self, tier: str) -> Decimal:
        return self.stop_tiers.get(tier, self.default_stop)

    def target_fraction(self, tier: str) -> Decimal:
        return self.target_tiers.get(tier, self.default_target)

    def rung(self, gain: Decimal) -> Rung | None:
        """The highest rung that a gain of the high over entry has reached."""
        reached = [rung for rung in self.rungs if gain >= rung.gain]
        return max(reached, key=lambda rung: rung.gain, default=None)


@dataclass(frozen=True, slots=True)
class RedeploymentRules:
    """When room that came free in session is used again."""

    enabled: bool = True
    price_tolerance: Decimal = Decimal("0.03")
    before_close: timedelta = timedelta(minutes=30)
    per_day: int = 1
    least_money: Decimal = Decimal(100)
    least_slot: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When opening stops by itself."""

    daily_loss: Decimal = Decimal("0.05")
    losing_streak: int = 5
    ignore_loss: Decimal = ZERO
    drawdown: Decimal = Decimal("0.15")
    order_failures: int = 5
    cash_dollars: Decimal = Decimal(5)
    cash_share: Decimal = Decimal("0.001")
    skew_reported: timedelta = timedelta(seconds=5)
    skew_blocks: timedelta = timedelta(seconds=60)

    def cash_tolerance(self, equity: Decimal) -> Decimal:
        """How much cash may stay unexplained: the larger of some dollars and a share of equity."""
        return max(self.cash_dollars, self.cash_share * equity)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision is bound by. `books` is each book's share of equity."""

    entries: EntryRules = EntryRules()
    caps: Caps = Caps()
    exits: ExitRules = ExitRules()
    redeployment: RedeploymentRules = RedeploymentRules()
    breakers: BreakerRules = BreakerRules()
    books: Mapping[str, Decimal] = field(default_factory=lambda: {"insider": Decimal(1)})

    def book_equity(self, book: str, equity: Decimal) -> Decimal:
        """What a book works with, of the equity that is the desk's."""
        limit = self.caps.capital_limit
        return self.books.get(book, ZERO) * (equity if limit is None else min(equity, limit))
