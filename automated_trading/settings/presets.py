"""Sets of rules for an occasion, chosen by one word.

Law of the file: a preset is data: rules that stand in place of the defaults. Whatever any place tells wins over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from automated_trading.settings.layers import Layer


class Preset(Enum):
    """Which set stands in place of the defaults."""

    NONE = "none"
    SMALL = "small"
    SCALE = "scale"


PRESETS: Final[Mapping[Preset, Mapping[str, str]]] = {
    Preset.NONE: {},
    # The first weeks with real money.
    Preset.SMALL: {
        "max_positions": "2",
        "max_entries_per_day": "2",
        "max_position_pct": "0.10",
        "max_total_exposure": "0.20",
        "enable_intraday_redeployment": "false",
        "daily_loss_limit_pct": "3.0",
    },
    # An account large enough to spread.
    Preset.SCALE: {
        "max_positions": "20",
        "max_position_pct": "0.05",
        "max_sector_pct": "0.30",
        "sizing": "equal",
    },
}


def preset_layer(preset: Preset) -> Layer:
    """The rules a preset tells, under every place."""
    return Layer(f"preset {preset.value}", PRESETS[preset])
