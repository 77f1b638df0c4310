"""When opening stops by itself, under the documented names.

Law of the file: one rule is one field and its use in `rules`. The two limits of loss are in per cent, as they always
were.
"""

from __future__ import annotations

from automated_trading.domain.rules import BreakerRules
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import HUNDRED, Number, Whole, fraction, numeric, per_cent, whole


class BreakerKeys(Layered):
    """Every configurable breaker."""

    daily_loss_limit_pct: Number = numeric(
        "5.0", per_cent("0.5", "50"), "The fall of equity since the last close, in per cent, that halts opening."
    )
    max_consecutive_losses: Whole = numeric("5", whole(1, 100), "Losing closes in a row that halt opening.")
    ignore_loss_pct: Number = numeric("0", fraction("0", "0.05"), "A loss under this part of its cost does not count.")
    max_drawdown_halt_pct: Number = numeric(
        "15.0", per_cent("2", "90"), "The fall of equity from its high, in per cent, that halts opening until `resume`."
    )

    def rules(self) -> BreakerRules:
        """The frozen breakers."""
        return BreakerRules(
            daily_loss=self.daily_loss_limit_pct / HUNDRED,
            losing_streak=int(self.max_consecutive_losses),
            ignore_loss=self.ignore_loss_pct,
            drawdown=self.max_drawdown_halt_pct / HUNDRED,
        )
