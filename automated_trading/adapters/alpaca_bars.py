"""Official closes out of Alpaca's daily bars.

Law of the file: the bar of a session before the one asked about counts, and of those the latest alone. Where that
one cannot be read, or a page is missing, there is no close: an older one would pass for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from automated_trading.domain.errors import MarketDataError
from automated_trading.domain.money import amount
from automated_trading.domain.sessions import at_new_york, new_york_date, parse_utc, utc_text

REACH: Final = timedelta(days=10)
"""How far back a last session is looked for; the exchange was never shut for longer than a week."""

MOST_BARS: Final = 10_000
"""The most bars Alpaca tells at once, over all symbols."""

_MOST_PAGES: Final = 20
_BLINK: Final = timedelta(seconds=1)
_MIDNIGHT: Final = time(0)

Read = Callable[[Mapping[str, str]], Any]
"""One request for bars, by its query."""


def bars_query(symbols: list[str], session: date) -> dict[str, str]:
    """Daily bars up to the last second before the session's New York date, in shares of today.

    Without `feed`, history is the consolidated tape's, which the free plan too may ask for once it is fifteen
    minutes old.
    """
    return {
        "symbols": ",".join(symbols),
        "timeframe": "1Day",
        "adjustment": "split",
        "start": utc_text(at_new_york(session - REACH, _MIDNIGHT)),
        "end": utc_text(at_new_york(session, _MIDNIGHT) - _BLINK),
        "limit": str(MOST_BARS),
    }


def last_closes(read: Read, symbols: list[str], session: date) -> dict[str, Decimal]:
    """Each symbol's close of its last session before this one. Raises MarketDataError, and what `read` raises."""
    found: dict[str, tuple[date, Decimal | None]] = {}
    unreadable: set[str] = set()
    for symbol, bar in _all_pages(read, bars_query(symbols, session)):
        day = _day(bar)
        if day is None:
            unreadable.add(symbol)
        elif day < session and (symbol not in found or found[symbol][0] <= day):
            found[symbol] = day, _close(bar)
    return {symbol: close for symbol, (_, close) in found.items() if close and symbol not in unreadable}


def _all_pages(read: Read, query: dict[str, str]) -> Iterator[tuple[str, object]]:
    """Every bar of every page with its symbol; a page may hold some symbols only, or a part of one's bars."""
    token: object = None
    for _ in range(_MOST_PAGES):
        answer = read(query if token is None else {**query, "page_token": str(token)})
        bars = answer.get("bars") if isinstance(answer, dict) else ()
        if not isinstance(bars, dict | None):
            raise MarketDataError("closes: an answer not understood: no object of bars")
        for symbol, of_symbol in (bars or {}).items():
            for bar in of_symbol if isinstance(of_symbol, list) else (of_symbol,):
                yield symbol, bar
        before, token = token, answer.get("next_page_token")
        if token is None:
            return
        if token == before or not isinstance(token, str):
            break
    raise MarketDataError("closes: the list of bars does not end")


def _day(bar: object) -> date | None:
    """The session a daily bar is about: it is stamped with New York's midnight."""
    try:
        at: datetime = parse_utc(_get(bar, "t"))
    except ValueError:
        return None
    return new_york_date(at)


def _close(bar: object) -> Decimal | None:
    try:
        close = amount(_get(bar, "c"))
    except ValueError:
        return None
    return close if close > 0 else None


def _get(row: object, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else None
