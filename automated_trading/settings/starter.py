"""The settings as files to begin with: every one there, commented, at its default, with its meaning and its range.

Law of the file: made from the settings' own tables, so that it cannot drift; as written it changes nothing. A line of
words begins with "# ", a setting with "#" alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pydantic.fields import FieldInfo

from automated_trading.settings.desk_keys import DeskKeys
from automated_trading.settings.rule_keys import GROUPS, RULE_FIELDS
from automated_trading.settings.words import spelling

WIDTH: Final = 80
PRESET: Final = "preset"

_TOML_HEAD: Final = (
    "The rules of this desk. Each stands here at its default; as it is, this file changes nothing.",
    'To change a rule, take the "#" before its name away and write your value. Keys and passwords do not belong here, '
    "they go into .env. `automated-trading config show` tells what is in force and where it comes from.",
)
_DOTENV_HEAD: Final = (
    "What the desk must know beside its rules. Copy this file to .env, which is yours alone, take the "
    '"#" before what you need away and write your value. The environment wins over .env.',
)
_GROUP_WORDS: Final = {
    "entries": "What is bought, and at which price",
    "size": "How much",
    "exits": "What is sold, and when",
    "redeployment": "Room that comes free in session",
    "breakers": "What stops opening by itself",
}


def trading_toml() -> str:
    """A `trading.toml` in which every rule stands commented at its default."""
    return "\n".join(_toml_lines()) + "\n"


def dotenv_example() -> str:
    """A `.env.example` with every name the environment may tell that is no rule; no secret has a value."""
    return "\n".join(_dotenv_lines()) + "\n"


def _toml_lines() -> Iterator[str]:
    yield from _words(_TOML_HEAD[0])
    yield "#"
    yield from _words(_TOML_HEAD[1])
    yield from _toml_setting(PRESET, DeskKeys.model_fields[PRESET])
    for group, keys in GROUPS.items():
        yield from ("", "", f"# --- {_GROUP_WORDS.get(group, group)}")
        for name in keys.model_fields:
            yield from _toml_setting(name, RULE_FIELDS[name])


def _toml_setting(name: str, field: FieldInfo) -> Iterator[str]:
    yield from _about(field)
    told = spelling(field.default, str)
    yield f"#{name} = {told if isinstance(field.default, bool | Decimal) else _quoted(told)}"


def _dotenv_lines() -> Iterator[str]:
    for words in _DOTENV_HEAD:
        yield from _words(words)
    for name, field in DeskKeys.model_fields.items():
        yield from _about(field)
        yield f"#{name.upper()}={'' if field.default is None else spelling(field.default, str)}"


def _about(field: FieldInfo) -> Iterator[str]:
    yield ""
    yield from _words(field.description or "")
    yield from _words(f"Value: {field.title}.")


def _words(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _quoted(text: str) -> str:
    return f'"{text}"'
