"""Recorded prices, played back: `utc,ticker,price` rows.

Strict at the door: one bad row refuses the file and is named by its line.
"""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import accumulate

from automated_trading.simulator.calendar import NEW_YORK, new_york_date, session_on
from automated_trading.simulator.tape import ASSET, Bar

_FROM, _TO = time(4, 0), time(20, 0)  # the venue's extended day: rows outside it belong to no session


class RowsTape:
    """Recorded prices: the last row of the same New York session date stands; an earlier day's never does.

    Rows on days without a session, or at night, are kept out: a collector that ran on a holiday wrote stale prices.
    """

    def __init__(self, rows: Iterable[tuple[datetime, str, Decimal]]) -> None:
        self._times: dict[str, dict[date, list[datetime]]] = {}
        self._values: dict[str, dict[date, list[Decimal]]] = {}
        self._known: set[str] = set()
        for at, symbol, price in sorted(rows, key=lambda row: row[0]):
            self._known.add(symbol)
            local = at.astimezone(NEW_YORK)
            if session_on(local.date()) is not None and _FROM <= local.time() < _TO:
                self._times.setdefault(symbol, {}).setdefault(local.date(), []).append(at)
                self._values.setdefault(symbol, {}).setdefault(local.date(), []).append(price)
        self._highs, self._lows = (
            {symbol: {day: list(accumulate(row, best)) for day, row in rows.items()} for symbol, rows in told.items()}
            for told, best in ((self._values, max), (self._values, min))
        )
        self._days = {symbol: list(by_day) for symbol, by_day in self._times.items()}

    def knows(self, symbol: str) -> bool:
        """Whether any row names it."""
        return symbol in self._known

    def symbols(self) -> list[str]:
        """Every ticker of the rows."""
        return sorted(self._known)

    def span(self) -> tuple[date, date] | None:
        """The first and the last session with rows, None where no row belongs to a session."""
        days = [day for of_symbol in self._days.values() for day in (of_symbol[0], of_symbol[-1])]
        return (min(days), max(days)) if days else None

    def price(self, symbol: str, at: datetime) -> Decimal | None:
        """The last row of today at or before `at`."""
        by_day = self._times.get(symbol)
        if by_day is None:
            return None
        day = new_york_date(at)
        times = by_day.get(day)
        if times is None:
            return None
        count = bisect_right(times, at)
        return self._values[symbol][day][count - 1] if count else None

    def day_bar(self, symbol: str, day: date, until: datetime) -> Bar | None:
        """The day's rows at or before `until`, as a bar."""
        times = self._times.get(symbol, {}).get(day)
        count = bisect_right(times, until) if times is not None else 0
        session = session_on(day)
        if not count or session is None:
            return None
        values, last = self._values[symbol][day], count - 1
        high, low = self._highs[symbol][day][last], self._lows[symbol][day][last]
        return Bar(session.open, values[0], high, low, values[last])

    def last_day(self, symbol: str, before: date) -> date | None:
        """The latest earlier session with rows."""
        days = self._days.get(symbol, [])
        place = bisect_left(days, before)
        return days[place - 1] if place else None


def read_csv(text: str) -> RowsTape:
    """A tape from `utc,ticker,price` lines; raises ValueError naming the first bad line."""
    reader = csv.reader(StringIO(text))
    if next(reader, None) != ["utc", "ticker", "price"]:
        raise ValueError("line 1: the header must be utc,ticker,price")
    return RowsTape(_row(line, fields) for line, fields in enumerate(reader, 2) if fields)


def _row(line: int, fields: list[str]) -> tuple[datetime, str, Decimal]:
    try:
        stamp, symbol, amount = fields
        at, price = datetime.fromisoformat(stamp), Decimal(amount)
    except (ValueError, InvalidOperation):
        raise ValueError(f"line {line}: not a time, a ticker and a price: {','.join(fields)[:80]}") from None
    if at.tzinfo is None:
        raise ValueError(f"line {line}: the time {stamp} carries no zone")
    if not ASSET.fullmatch(symbol):
        raise ValueError(f"line {line}: {symbol[:20]!r} is not a ticker")
    if not price.is_finite() or not 0 < price < 10_000_000:
        raise ValueError(f"line {line}: {amount[:20]} is not a price")
    return at.astimezone(UTC), symbol, price
