"""How much is bought and held, under the documented names.

Law of the file: one rule is one field and its use in `rules`. Shares are fractions of a book's equity.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator

from automated_trading.domain.rules import Caps, ScoreSizes, Sizing
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import Number, Whole, fraction, number, numeric, whole
from automated_trading.settings.tables import Pairs, PairTable, Slope
from automated_trading.settings.words import key, word

SHARE: Final = fraction("0.001", "1", above=True)
SIZES: Final = Slope(PairTable("score", number("0", "100"), "share", SHARE, "6:0.05 20:0.12"))


class SizeKeys(Layered):
    """Every cap, and the size of one position under them."""

    sizing: Annotated[Sizing, BeforeValidator(word)] = key(
        Sizing.EQUAL, "equal or score", "Positions all of one size, or larger ones for better scores."
    )
    max_position_pct: Number = numeric(
        "0.10", SHARE, "The most one position may cost, of the book's equity, where sizing is equal."
    )
    score_sizes: Annotated[Pairs, BeforeValidator(SIZES.read)] = key(
        SIZES.read("6:0.05 20:0.12"), str(SIZES), "Where sizing is score: a position's share of the book's equity."
    )
    max_positions: Whole = numeric("10", whole(1, 1000), "The most positions and open buys of a book.")
    max_total_exposure: Number = numeric(
        "0.70", fraction("0", "1", above=True), "The most a book may have invested, of its equity."
    )
    max_sector_pct: Number = numeric(
        "0.40", fraction("0", "1", above=True), "The most a book may have in one sector, of its equity."
    )
    max_entries_per_day: Whole = numeric("20", whole(0, 200), "The most entries the account orders in a session.")
    capital_limit: Whole = numeric(
        "0", whole(0, 10**9), "The most dollars of equity the desk works with, whatever is deposited; 0: all there is."
    )

    def rules(self) -> Caps:
        """The frozen caps."""
        (low_score, low), (high_score, high) = self.score_sizes
        return Caps(
            sizing=self.sizing,
            max_position=self.max_position_pct,
            score_sizes=ScoreSizes(low_score, low, high_score, high),
            max_positions=int(self.max_positions),
            max_exposure=self.max_total_exposure,
            max_sector=self.max_sector_pct,
            max_entries_per_day=int(self.max_entries_per_day),
            capital_limit=self.capital_limit or None,
        )
