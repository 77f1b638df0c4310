"""When and how a signal is bought, under the documented names.

Law of the file: one rule is one field and its use in `rules`; here spans get their units.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from automated_trading.domain.rules import EntryRules
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import Number, Whole, fraction, number, numeric, whole

GAP: Final = fraction("0", "0.3")
PREMIUM: Final = fraction("0", "0.05")


class EntryKeys(Layered):
    """Every rule a signal must pass, and the limit of its order."""

    min_signal_score: Number = numeric("6.0", number("0", "100"), "A signal below this score is refused.")
    cool_down_days: Whole = numeric("7", whole(0, 365), "Days after an exit in which a symbol is not bought again.")
    quote_max_age_seconds: Whole = numeric("120", whole(1, 900), "The oldest quote an entry is bought on.")
    max_spread_pct: Number = numeric(
        "0.02", fraction("0", "0.1", above=True), "The widest spread from bid to ask an entry is bought in."
    )
    max_gap_up_pct: Number = numeric(
        "0.03", GAP, "The most the ask may stand above the previous close; no limit is set above it."
    )
    max_gap_down_pct: Number = numeric("0.08", GAP, "The most the ask may stand below the previous close.")
    far_from_signal_pct: Number = numeric(
        "0.10", fraction("0", "0.5"), "The ask this far from the signal's own price is bought, and said."
    )
    entry_limit_premium_pct: Number = numeric("0.005", PREMIUM, "How far above the ask an entry's limit may stand.")
    entry_last_premium_pct: Number = numeric(
        "0.01", PREMIUM, "How far above the last trade an entry's limit may stand."
    )
    entry_timeout_minutes: Whole = numeric(
        "30", whole(1, 390), "Minutes after which an entry that did not fill is cancelled."
    )

    def rules(self) -> EntryRules:
        """The frozen rules of an entry."""
        return EntryRules(
            min_signal_score=self.min_signal_score,
            cool_down=timedelta(days=int(self.cool_down_days)),
            quote_max_age=timedelta(seconds=int(self.quote_max_age_seconds)),
            max_spread=self.max_spread_pct,
            max_gap_up=self.max_gap_up_pct,
            max_gap_down=self.max_gap_down_pct,
            far_from_signal=self.far_from_signal_pct,
            limit_over_ask=self.entry_limit_premium_pct,
            limit_over_last=self.entry_last_premium_pct,
            timeout=timedelta(minutes=int(self.entry_timeout_minutes)),
        )
