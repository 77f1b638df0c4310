"""The rules of the desk under their documented names.

Law of the room: one rule is one field in the file of its noun; the table in README, the ranges in errors, the
listing and the hash of the rules follow from it. There percentages become fractions, and counts of minutes spans.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic.fields import FieldInfo

from automated_trading.domain.rules import Rules
from automated_trading.settings.breaker_keys import BreakerKeys
from automated_trading.settings.entry_keys import EntryKeys
from automated_trading.settings.exit_keys import ExitKeys
from automated_trading.settings.layers import Layer, Layered
from automated_trading.settings.redeployment_keys import RedeploymentKeys
from automated_trading.settings.size_keys import SizeKeys
from automated_trading.settings.words import spelling


@dataclass(frozen=True, slots=True)
class RuleKeys:
    """Every configurable rule, in the reading of its documented name."""

    entries: EntryKeys
    size: SizeKeys
    exits: ExitKeys
    redeployment: RedeploymentKeys
    breakers: BreakerKeys

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Self:
        """The rules these layers tell. Raises ConfigError for the first value that cannot stand."""
        return cls(
            EntryKeys.of(layers),
            SizeKeys.of(layers),
            ExitKeys.of(layers),
            RedeploymentKeys.of(layers),
            BreakerKeys.of(layers),
        )

    def rules(self) -> Rules:
        """The frozen rules that decisions are bound by."""
        return Rules(
            entries=self.entries.rules(),
            caps=self.size.rules(),
            exits=self.exits.rules(),
            redeployment=self.redeployment.rules(),
            breakers=self.breakers.rules(),
        )

    def value(self, name: str) -> object:
        """The value of a rule by its field's name."""
        found: Any = getattr(self, GROUP_OF[name])
        return getattr(found, name)

    def spellings(self) -> Mapping[str, str]:
        """Every rule's value in its one spelling, by documented name in order of the names."""
        return {name.upper(): spelling(self.value(name)) for name in sorted(RULE_FIELDS)}

    def digest(self) -> str:
        """What tells one set of rules from another: twelve hex digits over all their spellings."""
        text = "".join(f"{name}={value}\n" for name, value in self.spellings().items())
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


GROUPS: Final[Mapping[str, type[Layered]]] = {
    "entries": EntryKeys,
    "size": SizeKeys,
    "exits": ExitKeys,
    "redeployment": RedeploymentKeys,
    "breakers": BreakerKeys,
}
"""The rules by noun, in the order README prints them; a noun is a field of `RuleKeys`."""

GROUP_OF: Final = {name: group for group, keys in GROUPS.items() for name in keys.model_fields}
RULE_FIELDS: Final[Mapping[str, FieldInfo]] = {
    name: field for keys in GROUPS.values() for name, field in keys.model_fields.items()
}


@dataclass(frozen=True, slots=True)
class RuleKey:
    """One row of the settings table; `must` is the range in words."""

    name: str
    default: str
    must: str
    meaning: str


RULE_KEYS: Final = tuple(
    RuleKey(name.upper(), spelling(field.default, str), field.title or "", field.description or "")
    for name, field in RULE_FIELDS.items()
)


def settings_table() -> list[tuple[str, str, str, str]]:
    """Name, default, range and meaning of every rule, in the order README prints them."""
    return [(key.name, key.default, key.must, key.meaning) for key in RULE_KEYS]
