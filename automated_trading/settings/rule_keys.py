"""The rules of the desk under their documented names.

Law of the room: one rule is one field here and its use in `rules`; the table in README, the ranges in errors
and the hash of the rules follow from it. Here percentages become fractions, and counts of minutes spans.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from automated_trading.domain.money import spell
from automated_trading.domain.rules import BreakerRules, Caps, EntryRules, ExitRules, Rules
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import Number, Whole, fraction, number, numeric, per_cent, whole

STOP: Final = fraction("0.01", "0.5")
HUNDRED: Final = Decimal(100)


class RuleKeys(Layered):
    """Every configurable rule, in the reading of its documented name."""

    min_signal_score: Number = numeric("6.0", number("0", "100"), "A signal below this score is refused.")
    max_position_pct: Number = numeric(
        "0.10", fraction("0.001", "1", above=True), "The most one position may cost, of the book's equity."
    )
    max_positions: Whole = numeric("10", whole(1, 1000), "The most positions and open buys of a book.")
    max_total_exposure: Number = numeric(
        "0.70", fraction("0", "1", above=True), "The most a book may have invested, of its equity."
    )
    max_entries_per_day: Whole = numeric("20", whole(0, 200), "The most entries the account orders in a session.")
    entry_limit_premium_pct: Number = numeric(
        "0.005", fraction("0", "0.05"), "How far above the ask an entry's limit stands."
    )
    entry_timeout_minutes: Whole = numeric(
        "30", whole(1, 390), "Minutes after which an entry that did not fill is cancelled."
    )
    quote_max_age_seconds: Whole = numeric("120", whole(1, 900), "The oldest quote an entry is bought on.")
    stop_loss_tier1_pct: Number = numeric("0.12", STOP, "How far under entry a tier 1 signal's stop stands.")
    stop_loss_tier2_pct: Number = numeric("0.10", STOP, "How far under entry a tier 2 signal's stop stands.")
    stop_loss_tier3_pct: Number = numeric("0.08", STOP, "How far under entry a tier 3 signal's stop stands.")
    default_stop_loss_pct: Number = numeric("0.08", STOP, "How far under entry any other signal's stop stands.")
    daily_loss_limit_pct: Number = numeric(
        "5.0", per_cent("0.5", "50"), "The fall of equity since the last close, in per cent, that halts opening."
    )

    def rules(self) -> Rules:
        """The frozen rules that decisions are bound by."""
        return Rules(
            entries=EntryRules(
                min_signal_score=self.min_signal_score,
                quote_max_age=timedelta(seconds=int(self.quote_max_age_seconds)),
                limit_premium=self.entry_limit_premium_pct,
                timeout=timedelta(minutes=int(self.entry_timeout_minutes)),
            ),
            caps=Caps(
                max_position=self.max_position_pct,
                max_positions=int(self.max_positions),
                max_exposure=self.max_total_exposure,
                max_entries_per_day=int(self.max_entries_per_day),
            ),
            exits=ExitRules(
                stop_tiers={
                    "tier1": self.stop_loss_tier1_pct,
                    "tier2": self.stop_loss_tier2_pct,
                    "tier3": self.stop_loss_tier3_pct,
                },
                default_stop=self.default_stop_loss_pct,
            ),
            breakers=BreakerRules(daily_loss=self.daily_loss_limit_pct / HUNDRED),
        )

    def spellings(self) -> Mapping[str, str]:
        """Every rule's value in its one spelling, by documented name in order of the names."""
        return {key.name: spell(getattr(self, key.name.lower())) for key in sorted(RULE_KEYS, key=_name)}

    def digest(self) -> str:
        """What tells one set of rules from another: twelve hex digits over all their spellings."""
        text = "".join(f"{name}={value}\n" for name, value in self.spellings().items())
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class RuleKey:
    """One row of the settings table; `must` is the range in words."""

    name: str
    default: str
    must: str
    meaning: str


RULE_KEYS: Final = tuple(
    RuleKey(name.upper(), str(field.default), field.title or "", field.description or "")
    for name, field in RuleKeys.model_fields.items()
)


def settings_table() -> list[tuple[str, str, str, str]]:
    """Name, default, range and meaning of every rule, in the order README prints them."""
    return [(key.name, key.default, key.must, key.meaning) for key in RULE_KEYS]


def _name(key: RuleKey) -> str:
    return key.name
