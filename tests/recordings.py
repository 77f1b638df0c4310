"""Recorded days made by hand: a folder of signal files and a CSV of prices.

Law of the file: prices stand every five minutes of the regular session; a test names only days, tickers and prices.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.domain.sessions import utc_text

MONDAY, TUESDAY, WEDNESDAY = date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 4)
HOLIDAY, AFTER_IT = date(2026, 2, 16), date(2026, 2, 17)
FIVE_MINUTES = timedelta(minutes=5)


def entry(ticker: str, score: float = 9, **more: object) -> dict[str, object]:
    """One approved signal; without `date_generated` the file's own time stands."""
    return {"ticker": ticker, "signal_score": score, "entry_price": 10, **more}


def signal_day(folder: Path, day: date, *entries: object) -> Path:
    """Write the file of a day; returns the folder."""
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.json").write_text(json.dumps(list(entries)))
    return folder


def price_rows(ticker: str, day: date, price: str, first: str = "09:30", last: str = "16:00") -> list[str]:
    """Lines of a CSV: the ticker stands at the price from `first` to `last` (New York) of that day."""
    session = bundled_calendar(day).on(day)
    assert session is not None
    from_open = [timedelta(hours=int(text[:2]) - 9, minutes=int(text[3:]) - 30) for text in (first, last)]
    at, until = (session.opens + span for span in from_open)
    rows = []
    while at <= until:
        rows.append(f"{utc_text(at)},{ticker},{price}")
        at += FIVE_MINUTES
    return rows


def price_file(path: Path, *rows: Iterable[str]) -> Path:
    """Write the CSV; returns its path."""
    path.write_text("\n".join(["utc,ticker,price", *(line for some in rows for line in some), ""]))
    return path
