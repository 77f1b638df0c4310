"""Every knob, validated: command line, environment, `.env` and `trading.toml` become the frozen rules.

Law of the room: pure of the world. The environment is a mapping and the files are texts, handed in; the first
place that tells a setting decides it; what is unknown or absurd is one line with key, value, place and range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import SecretStr

from automated_trading.domain.rules import Rules
from automated_trading.settings.desk_keys import DeskKeys, Mode
from automated_trading.settings.endpoint import Endpoint, endpoint_of
from automated_trading.settings.inventory import Setting, inventory
from automated_trading.settings.layers import DEFAULT
from automated_trading.settings.mail_keys import MailKeys, mail_of, phone_of
from automated_trading.settings.presets import Preset, preset_layer
from automated_trading.settings.rule_keys import RULE_FIELDS, RULE_KEYS, RuleKey, RuleKeys, settings_table
from automated_trading.settings.texts import (
    command_line_layers,
    dotenv_layer,
    environment_layer,
    find_files,
    toml_layer,
)

__all__ = [
    "RULE_KEYS",
    "Endpoint",
    "MailKeys",
    "Mode",
    "Preset",
    "RuleKey",
    "Setting",
    "Settings",
    "find_files",
    "load_settings",
    "settings_table",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner decided. `origins` tells for each documented name which place decided it."""

    rules: Rules
    origins: Mapping[str, str]
    _rule_keys: RuleKeys = field(repr=False)
    _desk_keys: DeskKeys = field(repr=False)

    @property
    def mode(self) -> Mode:
        return self._desk_keys.alpaca_trading_mode

    @property
    def trading_enabled(self) -> bool:
        return self._desk_keys.trading_enabled

    @property
    def data_dir(self) -> Path:
        return self._desk_keys.trading_data_dir

    @property
    def folder(self) -> Path:
        """Where this mode keeps its files."""
        return self.data_dir / self.mode.value

    @property
    def data_feed(self) -> Literal["iex", "sip"] | None:
        return self._desk_keys.alpaca_data_feed

    @property
    def preset(self) -> Preset:
        return self._desk_keys.preset

    @property
    def simulated_seed(self) -> int:
        return int(self._desk_keys.simulated_seed)

    @property
    def simulated_cash(self) -> Decimal:
        return self._desk_keys.simulated_cash

    @property
    def heartbeat_url(self) -> SecretStr | None:
        return self._desk_keys.heartbeat_url

    def endpoint(self) -> Endpoint | None:
        """The broker's address and keys; None: a simulation in this process. Raises ConfigError at a gate."""
        return endpoint_of(self._desk_keys)

    def mail(self) -> MailKeys | None:
        """How letters are mailed; None: they stay files. Raises ConfigError where that is half told, or cannot be."""
        return mail_of(self._desk_keys)

    def phone(self) -> SecretStr | None:
        """The addresses of phones to be told; None: no phone is. Raises ConfigError where they cannot be any."""
        return phone_of(self._desk_keys)

    def secrets(self) -> tuple[str, ...]:
        """Every secret there is, for whoever has to keep them from being said."""
        found = (getattr(self._desk_keys, name) for name in DeskKeys.model_fields)
        return tuple(one.get_secret_value() for one in found if isinstance(one, SecretStr))

    def rule_values(self) -> Mapping[str, str]:
        """Every rule's value in its one spelling, by documented name."""
        return self._rule_keys.spellings()

    def inventory(self) -> tuple[Setting, ...]:
        """Every setting with its value, default, origin and meaning; a secret only as set or not set."""
        return inventory(self._rule_keys, self._desk_keys, self.origins)

    def rules_hash(self) -> str:
        """Twelve hex digits that change with any rule's value, and with nothing else."""
        return self._rule_keys.digest()


def load_settings(
    environ: Mapping[str, str],
    *,
    dotenv: str | None,
    toml: str | None,
    overrides: Mapping[str, object] = MappingProxyType({}),
) -> Settings:
    """The settings these four places tell: overrides over environment over `.env` over `trading.toml`.

    Under them lies the preset that they choose, and under that the defaults. Raises ConfigError. The gates of a mode
    are judged by `Settings.endpoint`, so that what needs no broker (halting, reading the log) needs no keys either.
    """
    places = (
        *command_line_layers(overrides),
        environment_layer(environ),
        dotenv_layer(dotenv or ""),
        toml_layer(toml or ""),
    )
    desk_keys = DeskKeys.of(places)
    layers = (*places, preset_layer(desk_keys.preset))
    rule_keys = RuleKeys.of(layers)
    origins = {
        name.upper(): next((layer.origin for layer in layers if name in layer.values), DEFAULT)
        for name in (*RULE_FIELDS, *DeskKeys.model_fields)
    }
    return Settings(rule_keys.rules(), origins, rule_keys, desk_keys)
