"""Every setting on one line: what it is, who decided it, and whether that is the default.

Law of the file: a secret is only ever set or not set; no part of it comes in here as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from automated_trading.settings.desk_keys import SECRETS, DeskKeys
from automated_trading.settings.rule_keys import GROUP_OF, RULE_FIELDS, RuleKeys
from automated_trading.settings.words import spelling

DESK: Final = "desk"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in words; None where none is set. `group` is the noun it belongs to."""

    group: str
    name: str
    value: str | None
    default: str | None
    origin: str
    meaning: str

    @property
    def differs(self) -> bool:
        return self.value != self.default


def inventory(rules: RuleKeys, desk: DeskKeys, origins: Mapping[str, str]) -> tuple[Setting, ...]:
    """Every setting, the desk's own first, then the rules in the order README prints them."""
    return (*_of_the_desk(desk, origins), *_of_the_rules(rules, origins))


def _of_the_desk(desk: DeskKeys, origins: Mapping[str, str]) -> Iterator[Setting]:
    for field_name, field in DeskKeys.model_fields.items():
        told, name = _told(field_name, getattr(desk, field_name)), field_name.upper()
        yield Setting(DESK, name, told, _told(field_name, field.default), origins[name], field.description or "")


def _of_the_rules(rules: RuleKeys, origins: Mapping[str, str]) -> Iterator[Setting]:
    for field_name, field in RULE_FIELDS.items():
        value, default = spelling(rules.value(field_name)), spelling(field.default)
        name, meaning = field_name.upper(), field.description or ""
        yield Setting(GROUP_OF[field_name], name, value, default, origins[name], meaning)


def _told(name: str, value: object) -> str | None:
    if name in SECRETS:
        return "not set" if value is None else "set"
    return None if value is None else spelling(value)
