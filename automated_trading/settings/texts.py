"""The four places a setting is written in, each made a layer.

Law of the room: a name that is nearly one of ours is an error, never a silent default; a line that cannot be
read is named by its number and never printed, because it may hold a secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream
from pydantic import SecretStr

from automated_trading.domain.errors import ConfigError
from automated_trading.settings.desk_keys import SECRETS, UNUSED, DeskKeys
from automated_trading.settings.layers import (
    COMMAND_LINE,
    DOTENV,
    ENVIRONMENT,
    OPTIONS,
    TOML,
    Layer,
    shown,
    spelled,
)
from automated_trading.settings.rule_keys import RULE_FIELDS

SWITCHES: Final = ("trading_enabled", "allow_live_trading")
KNOWN: Final = (*RULE_FIELDS, *DeskKeys.model_fields, *UNUSED)
GUARDED: Final = (*RULE_FIELDS, *SWITCHES, "alpaca_trading_mode")
"""Names of which a near miss in the environment is an error; others there may be another program's."""
GUARDED_AT_HOME: Final = (*GUARDED, "preset")
"""The same in `.env`, the desk's own file: RESET in the environment is no misspelled PRESET, here PRESETS is one."""

_NEAR_MISS: Final = 85
_LONGEST_NUMBER: Final = 80


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """What the environment tells. Raises ConfigError for a near miss of a guarded name."""
    return _variables(ENVIRONMENT, environ, GUARDED)


def dotenv_layer(text: str) -> Layer:
    """What `.env` tells; nothing in it is expanded. Raises ConfigError naming the line."""
    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            told = binding.original.string
            line = binding.original.line + told[: len(told) - len(told.lstrip())].count("\n")
            raise ConfigError(f"line {line} of .env is not NAME=value: mend or remove it")
        if binding.key is not None:
            values[binding.key] = binding.value or ""
    return _variables(DOTENV, values, GUARDED_AT_HOME)


def toml_layer(text: str) -> Layer:
    """What `trading.toml` tells. Raises ConfigError naming the line, the unknown name or the secret."""
    # With a last line that ends, every complaint of the parser has a line number.
    whole = text.removeprefix("\ufeff") + "\n"
    try:
        values = tomllib.loads(whole, parse_float=_decimal)
    except RecursionError:
        raise ConfigError("trading.toml is not TOML: it is nested too deeply") from None
    except ValueError as problem:
        raise ConfigError(f"trading.toml is not TOML: {problem}") from None
    return _own(TOML, values)


def command_line_layers(overrides: Mapping[str, object]) -> tuple[Layer, Layer]:
    """What the command line tells, names in either case: rules by `--set`, the rest by options of their own.

    None is nothing told. Raises ConfigError.
    """
    given = {name.lower(): value for name, value in overrides.items() if value is not None}
    options = {name: value for name, value in given.items() if name in DeskKeys.model_fields}
    rules = {name: value for name, value in given.items() if name not in options}
    return _own(COMMAND_LINE, rules), _own(OPTIONS, options)


def find_files(cwd: Path, config: Path | None) -> tuple[str | None, str | None]:
    """The texts of `.env` and of `trading.toml` (or `config`), None where there is none.

    Raises ConfigError when one cannot be read, or `config` is not there.
    """
    toml = _text(config or cwd / TOML)
    if config is not None and toml is None:
        raise ConfigError(f"{config} is not there: --config names the file of the rules")
    return _text(cwd / DOTENV), toml


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}") from None


def _variables(origin: str, told: Mapping[str, str], guarded: Iterable[str]) -> Layer:
    """A layer of upper-case names. An empty value is nothing told, but a switch left empty is off."""
    values: dict[str, object] = {}
    for name, value in told.items():
        own = name.lower()
        if name.isupper() and own in KNOWN:
            if value.strip() or own in SWITCHES:
                values[own] = SecretStr(value) if own in SECRETS else value
        elif near := _nearest(own, guarded, _NEAR_MISS):
            raise ConfigError(f"{shown(name)} ({origin}) is not a setting: did you mean {spelled(near, origin)}?")
    return Layer(origin, values)


def _own(origin: str, values: Mapping[str, object]) -> Layer:
    """A layer of a place that is ours alone, where every name must be known and no secret may stand."""
    for name in values:
        if name not in KNOWN:
            near = _nearest(name.lower(), KNOWN, 0)
            raise ConfigError(f"{shown(name)} ({origin}) is not a setting: did you mean {spelled(near, origin)}?")
        if name in SECRETS:
            raise ConfigError(f"{name.upper()} is a secret: move it from {origin} to .env or the environment")
    return Layer(origin, values)


def _nearest(name: str, names: Iterable[str], per_cent_alike: int) -> str:
    """The most similar of the names, "" if none is similar enough."""
    return next(iter(get_close_matches(name, names, n=1, cutoff=per_cent_alike / 100)), "")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text) if len(text) <= _LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN")
