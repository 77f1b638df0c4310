"""How Alpaca spells numbers and times: no trailing zeros, RFC 3339 with nanoseconds, keys sorted.

Reading is strict: what is not clearly a number or a time is refused by the caller, never guessed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from automated_trading.simulator.calendar import NEW_YORK

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=16384)
def money(value: Decimal) -> str:
    """Fixed point without trailing zeros; zero is never negative."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=16384)
def stamp(at: datetime) -> str:
    """A moment as `2026-10-08T13:30:00.000000000Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z"


def local_stamp(at: datetime, nanoseconds: bool = False) -> str:
    """A moment with New York's offset, as the clock gives it."""
    text = at.astimezone(NEW_YORK).isoformat(timespec="microseconds" if nanoseconds else "seconds")
    return f"{text[:-6]}000{text[-6:]}" if nanoseconds else text


def as_json(value: object) -> str:
    """Compact JSON, keys sorted."""
    return _ENCODER.encode(value)


def number(raw: object) -> Decimal | None:
    """A finite number of sane size from a JSON number or string; None when it is neither."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return None
    sane = value.is_finite() and -30 < value.adjusted() < 15 and len(value.as_tuple().digits) < 40
    return value if sane else None


def moment(raw: str) -> datetime | None:
    """A date or an RFC 3339 time as UTC (without zone: UTC); None when it is neither."""
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
