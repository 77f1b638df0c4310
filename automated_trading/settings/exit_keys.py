"""When a position is sold, under the documented names.

Law of the file: one rule is one field and its use in `rules`. Every distance is a fraction, of the entry price or of
the high.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator

from automated_trading.domain.rules import AgeRule, ExitRule, ExitRules, Protection, Rung
from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import Number, Whole, fraction, numeric, whole
from automated_trading.settings.tables import EXIT_ORDER, Pairs, PairTable, order_of_exits
from automated_trading.settings.words import TRUE_OR_FALSE, key, truth, word

STOP: Final = fraction("0.01", "0.5")
TARGET: Final = fraction("0.01", "0.9")
RUNGS: Final = PairTable("gain", fraction("0", "1"), "trail", fraction("0.005", "0.5"), "0.03:0.05 0.2:0.1")
AGES: Final = PairTable("days", whole(1, 365), "gain", fraction("0", "0.5"), "21:0 30:0.03")


class ExitKeys(Layered):
    """Every rule that sells by itself, and what it needs to see."""

    exit_order: Annotated[tuple[ExitRule, ...], BeforeValidator(order_of_exits)] = key(
        order_of_exits("stop trailing take_profit age"),
        EXIT_ORDER,
        "Which rule is asked first, and so is the reason; one that is not there never sells.",
    )
    stop_loss_tier1_pct: Number = numeric("0.12", STOP, "How far under entry a tier 1 signal's stop stands.")
    stop_loss_tier2_pct: Number = numeric("0.10", STOP, "How far under entry a tier 2 signal's stop stands.")
    stop_loss_tier3_pct: Number = numeric("0.08", STOP, "How far under entry a tier 3 signal's stop stands.")
    default_stop_loss_pct: Number = numeric("0.08", STOP, "How far under entry any other signal's stop stands.")
    trailing_rungs: Annotated[Pairs, BeforeValidator(RUNGS.read)] = key(
        RUNGS.read("0.03:0.05 0.20:0.10 0.30:0.07"),
        str(RUNGS),
        "Once the high is this gain over entry, the stop stands this far under the high; it never falls.",
    )
    enable_take_profit: Annotated[bool, BeforeValidator(truth)] = key(
        False, TRUE_OR_FALSE, "Whether a position is sold at its target."
    )
    take_profit_tier1_pct: Number = numeric("0.24", TARGET, "How far over entry a tier 1 signal's target stands.")
    take_profit_tier2_pct: Number = numeric("0.20", TARGET, "How far over entry a tier 2 signal's target stands.")
    take_profit_tier3_pct: Number = numeric("0.16", TARGET, "How far over entry a tier 3 signal's target stands.")
    default_take_profit_pct: Number = numeric("0.12", TARGET, "How far over entry any other signal's target stands.")
    age_rules: Annotated[Pairs, BeforeValidator(AGES.read)] = key(
        AGES.read("21:0 30:0.03 45:0.15"),
        str(AGES),
        "A position this many calendar days old is sold unless it has gained this much.",
    )
    price_max_age_minutes: Whole = numeric("15", whole(1, 60), "The oldest price that may decide an exit.")
    undecided_cycles: Whole = numeric(
        "3", whole(1, 100), "Cycles in a row a stop may stay undecided before it sells by a limit."
    )
    undecided_discount_pct: Number = numeric(
        "0.01", fraction("0", "0.1"), "How far under the best known price that limit stands."
    )
    exit_timeout_minutes: Whole = numeric(
        "30", whole(1, 390), "Minutes after which a sale that did not fill is cancelled and decided again."
    )

    protective_stops: Annotated[Protection, BeforeValidator(word)] = key(
        Protection.BROKER,
        "broker or monitor",
        "Where stops are watched: by orders resting at the broker too, or by each `monitor` alone.",
    )
    stop_offset: Number = numeric(
        "0", fraction("0", "0.2"), "How far under the desk's own stop the one at the broker rests."
    )

    def rules(self) -> ExitRules:
        """The frozen rules of an exit."""
        return ExitRules(
            order=self.exit_order,
            stop_tiers={
                "tier1": self.stop_loss_tier1_pct,
                "tier2": self.stop_loss_tier2_pct,
                "tier3": self.stop_loss_tier3_pct,
            },
            default_stop=self.default_stop_loss_pct,
            rungs=tuple(Rung(gain, trail) for gain, trail in self.trailing_rungs),
            take_profit=self.enable_take_profit,
            target_tiers={
                "tier1": self.take_profit_tier1_pct,
                "tier2": self.take_profit_tier2_pct,
                "tier3": self.take_profit_tier3_pct,
            },
            default_target=self.default_take_profit_pct,
            ages=tuple(AgeRule(int(days), gain) for days, gain in self.age_rules),
            price_max_age=timedelta(minutes=int(self.price_max_age_minutes)),
            undecided_cycles=int(self.undecided_cycles),
            undecided_discount=self.undecided_discount_pct,
            timeout=timedelta(minutes=int(self.exit_timeout_minutes)),
            protection=self.protective_stops,
            stop_offset=self.stop_offset,
        )
