"""Alpaca's account activities in our words: what moved the account and was no trade.

Law of the file: a kind nobody knows keeps its own word and counts like any other; money that is told and cannot be
read is a ValueError, never zero.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from automated_trading.adapters.alpaca_words import Fields, fields, number, text
from automated_trading.domain.market import Activity
from automated_trading.domain.money import ZERO
from automated_trading.domain.sessions import at_new_york, parse_utc

TRADE: Final = "FILL"
"""The one kind that is a trade: what it moved is told by its order."""

FIRST_YEAR: Final = 1990
"""A stamp before it is no time but the lack of one: year 1 is what an empty field becomes in some languages."""

NOT_BOOKED: Final = ("canceled", "pending")
"""Statuses of rows that moved nothing.

Alpaca documents `executed`, `correct` ("as valid as executed": booked by hand), `canceled` ("recorded but
canceled") and, on its event streams, `pending` (a journal before it is processed). Any other word counts as booked,
and so does a row without a status: not every kind has one.
"""


def read_activity(raw: object) -> Activity | None:
    """One row; None for a trade and for what moved nothing. Raises ValueError where id, kind or time is missing.

    Put on record at `created_at`, else at `transaction_time`, else on `date` at New York's midnight.
    """
    row = fields(raw)
    kind = text(row, "activity_type")
    if kind == TRADE or row.get("status") in NOT_BOOKED:
        return None
    return Activity(
        activity_id=text(row, "id"),
        kind=kind,
        amount=_number_or_zero(row, "net_amount"),
        at=_recorded(row),
        symbol=text(row, "symbol") if row.get("symbol") else "",
        qty=_number_or_zero(row, "qty"),
    )


def _number_or_zero(row: Fields, name: str) -> Decimal:
    return ZERO if row.get(name) in (None, "") else number(row, name)


def _recorded(row: Fields) -> datetime:
    for name in ("created_at", "transaction_time"):
        if row.get(name) is not None and (at := parse_utc(row[name])).year >= FIRST_YEAR:
            return at
    day = text(row, "date")
    # Older rows have a time here.
    return at_new_york(date.fromisoformat(day), time(0)) if len(day) == len("2026-01-05") else parse_utc(day)
