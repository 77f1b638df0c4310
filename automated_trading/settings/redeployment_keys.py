"""When room that came free in session is used again, under the documented names.

Law of the file: one rule is one field and its use in `rules`. The price tolerance is in per cent, as it always was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from automated_trading.domain.rules import RedeploymentRules
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import HUNDRED, Number, Whole, fraction, numeric, per_cent, whole
from automated_trading.settings.words import TRUE_OR_FALSE, key, truth


class RedeploymentKeys(Layered):
    """Every rule of buying a queued signal."""

    enable_intraday_redeployment: Annotated[bool, BeforeValidator(truth)] = key(
        True, TRUE_OR_FALSE, "Whether room that came free in session buys a queued signal."
    )
    redeployment_price_tolerance_pct: Number = numeric(
        "3.0", per_cent("0.5", "25"), "How far the price may be from the signal's own, in per cent."
    )
    redeployment_before_close_minutes: Whole = numeric(
        "30", whole(1, 390), "The least that must be left of the session, half days too."
    )
    max_redeployments_per_day: Whole = numeric(
        "1", whole(0, 50), "Redeployments in a session; filled, open and unclear ones count."
    )
    redeployment_least_dollars: Whole = numeric(
        "100", whole(0, 10**6), "Room under this, and under the part of a slot below, is not used."
    )
    redeployment_least_slot_pct: Number = numeric(
        "0.5", fraction("0", "1"), "Room under this part of a full position, and under the dollars above, is not used."
    )

    def rules(self) -> RedeploymentRules:
        """The frozen rules of redeployment."""
        return RedeploymentRules(
            enabled=self.enable_intraday_redeployment,
            price_tolerance=self.redeployment_price_tolerance_pct / HUNDRED,
            before_close=timedelta(minutes=int(self.redeployment_before_close_minutes)),
            per_day=int(self.max_redeployments_per_day),
            least_money=self.redeployment_least_dollars,
            least_slot=self.redeployment_least_slot_pct,
        )
