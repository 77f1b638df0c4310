"""The settings of a replay: how its days begin and what its exchange is like.

Law of the room: told by `--set` alone; a real desk has no such thing, so no file and no environment holds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from automated_trading.domain.errors import ConfigError
from automated_trading.settings.layers import COMMAND_LINE, Layer, Layered
from automated_trading.settings.numbers import Number, Whole, fraction, numeric, whole
from automated_trading.settings.rule_keys import RULE_FIELDS
from automated_trading.settings.words import TRUE_OR_FALSE, key, spelling, truth

CHANGEABLE: Final = (*RULE_FIELDS, "preset")
"""What else a replay may change: a rule, or a preset of them."""

_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}")


def clock_time(value: object) -> time:
    """`HH:MM` as a time. Raises ValueError."""
    text = str(value).strip()
    if _CLOCK.fullmatch(text) is None:
        raise ValueError("not HH:MM")
    return time.fromisoformat(text)


class ReplayKeys(Layered):
    """Every setting of a replay that is not a rule."""

    replay_cash: Whole = numeric("100000", whole(1, 10**9), "The account's cash at first.")
    replay_spread: Number = numeric("0.001", fraction("0", "0.1"), "From bid to ask, as a fraction of the price.")
    replay_morning: Annotated[time, BeforeValidator(clock_time)] = Field(
        time(9, 35), ge=time(9, 35), le=time(11, 55), title="a time from 09:35 to 11:55", description="`morning` runs."
    )
    replay_monitor_minutes: Whole = numeric("5", whole(1, 390), "Minutes from one `monitor` to the next.")
    replay_eod_minutes: Whole = numeric("30", whole(0, 240), "Minutes from the close to `eod`.")
    replay_seed: Whole = numeric("0", whole(0, 2**32 - 1), "The exchange's seed, from which its ids are made.")
    replay_signal_closes: Annotated[bool, BeforeValidator(truth)] = key(
        True,
        TRUE_OR_FALSE,
        "Where the prices hold no close of the session before, the signal's own price is taken for it, and counted.",
    )


def replay_table() -> list[tuple[str, str, str, str]]:
    """Name, default, range and meaning of every setting of a replay."""
    return [
        (name, _spelled(field.default), str(field.title), str(field.description))
        for name, field in ReplayKeys.model_fields.items()
    ]


def _spelled(default: object) -> str:
    return f"{default:%H:%M}" if isinstance(default, time) else spelling(default)


def replay_settings(pairs: list[str]) -> tuple[ReplayKeys, Mapping[str, object]]:
    """The `key=value` pairs of a replay: its own settings, and the rules changed for it (not judged here).

    Raises ConfigError for what is no pair, and for a setting that is neither.
    """
    own: dict[str, object] = {}
    rules: dict[str, object] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        found = name.strip().lower()
        if not sign or not found or not value.strip():
            raise ConfigError(f"--set {ascii(pair)[:60]} is not key=value, like --set max_positions=5")
        if found in ReplayKeys.model_fields:
            own[found] = value
        elif found in CHANGEABLE:
            rules[found] = value
        else:
            names = ", ".join(sorted((*ReplayKeys.model_fields, *CHANGEABLE)))
            raise ConfigError(f"--set {ascii(found)[:60]} is not a rule: it is one of {names}")
    return ReplayKeys.of((Layer(COMMAND_LINE, own),)), rules
