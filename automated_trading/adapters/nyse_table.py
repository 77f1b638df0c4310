"""The bundled NYSE calendar, for moments when no broker can be asked.

Law of the file: package data, read as it lies; Alpaca's own calendar outranks it wherever there is a broker.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

from automated_trading.domain.sessions import Calendar

AROUND = timedelta(days=30)


def bundled_calendar(first: date, last: date | None = None) -> Calendar:
    """The sessions from a month before `first` to a month after `last` (default: `first`).

    Raises ValueError outside the years of the table.
    """
    return Calendar.from_table(_table(), first - AROUND, (last or first) + AROUND)


def table_ends() -> date:
    """The last day the table tells of."""
    return date.fromisoformat(_table()["to"])


def _table() -> dict[str, Any]:
    text = resources.files("automated_trading").joinpath("nyse_calendar.json").read_text("ascii")
    table: dict[str, Any] = json.loads(text)
    return table
