"""`config show`: every setting with its value and the place that decided it.

Law of the file: what is shown is what the next run would obey. Nothing is asked, locked or written; of a secret only
whether it is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.settings import Setting, Settings

COLUMNS = ("setting", "value", "from", "instead of")


def show(asked: Asked) -> int:
    """Print the settings in force. Raises ConfigError."""
    settings, screen = asked.settings(), Screen(asked)
    if asked.json:
        screen.document(document(settings))
        return 0
    rows = settings.inventory()
    changed = sum(row.differs for row in rows)
    screen.say(f"{settings.mode.value.upper()}  rules {settings.rules_hash()}  preset {settings.preset.value}", "title")
    for group, members in groupby(rows, lambda row: row.group):
        screen.table(group, COLUMNS, [_cells(row) for row in members])
    screen.say(f"{changed} of {len(rows)} settings differ from their default, in the last column")
    return 0


def document(settings: Settings) -> Mapping[str, Any]:
    """The settings as one document; a value that is not set is null."""
    return {
        "schema": 1,
        "mode": settings.mode.value,
        "rules_hash": settings.rules_hash(),
        "settings": [
            {"name": row.name, "value": row.value, "default": row.default, "origin": row.origin, "meaning": row.meaning}
            for row in settings.inventory()
        ],
    }


def _cells(row: Setting) -> Sequence[str]:
    return (row.name, row.value or "-", row.origin, (row.default or "-") if row.differs else "")
