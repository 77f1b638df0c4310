"""Bars by the day and by the minute, as text and in pages.

Sorted by symbol, then time; `limit` counts bars over all symbols. As on a free plan, consolidated history is
fifteen minutes old: an explicit later `end` is refused, a missing one is moved back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from automated_trading.simulator.calendar import in_new_york, new_york_date, sessions
from automated_trading.simulator.errors import Refused, shape
from automated_trading.simulator.listing import limit_of, moment_of
from automated_trading.simulator.spelling import moment, money, stamp
from automated_trading.simulator.tape import Bar

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_DELAY = timedelta(minutes=15)
_MIDNIGHT = time(0)
_ADJUSTMENTS = frozenset({"raw", "split", "dividend", "spin-off", "all"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Wanted:
    daily: bool
    start: datetime
    end: datetime
    descending: bool
    adjusted: bool


def minute_bar(exchange: Exchange, symbol: str, at: datetime) -> Bar | None:
    """The bar of the minute that begins at `at`, as far as now."""
    # Between two corners a tape runs straight, so a minute's ends are its extremes.
    tape = exchange.board.tape
    end = min(at + _MINUTE - _SECOND, max(at, exchange.now))
    first, last = tape.price(symbol, at), tape.price(symbol, end)
    if last is None:
        return None
    first = last if first is None else first
    return Bar(at, first, max(first, last), min(first, last), last)


def bar_text(bar: Bar) -> str:
    """A bar as JSON text; the volume is invented."""
    middle = (bar.open + bar.high + bar.low + bar.close) / 4
    return (
        f'{{"c":{money(bar.close)},"h":{money(bar.high)},"l":{money(bar.low)},"n":100,"o":{money(bar.open)},'
        f'"t":"{stamp(bar.at)[:19]}Z","v":10000,"vw":{money(round(middle, 6))}}}'
    )


@lru_cache(maxsize=65536)
def _ended(bar: Bar) -> str:
    # Daily bars carry midnight of New York.
    at = in_new_york(new_york_date(bar.at), _MIDNIGHT)
    return bar_text(Bar(at, bar.open, bar.high, bar.low, bar.close))


def daily_text(bar: Bar | None) -> str:
    """A daily bar as JSON text, empty when there is none."""
    return "" if bar is None else _ended(bar)


def list_bars(exchange: Exchange, query: Mapping[str, str], symbols: list[str]) -> str:
    """One page of GET /v2/stocks/bars as JSON text. Raises Refused."""
    frame = query.get("timeframe", "")
    if frame not in {"1Day", "1Min"}:
        raise shape("invalid timeframe")
    start, end = _range(exchange, query)
    wanted = _Wanted(frame == "1Day", start, end, query.get("sort") == "desc", _for_splits(query))
    limit, token = limit_of(query, "limit", 1000, 10_000), query.get("page_token", "")
    found: dict[str, list[str]] = {}
    place, more = ("", _LONG_AGO), "null"
    for count, (symbol, at, text) in enumerate(_from(exchange, symbols, wanted, token)):
        if count == limit:
            more = f'"{base64.urlsafe_b64encode(f"{place[0]}|{place[1].isoformat()}".encode()).decode()}"'
            break
        found.setdefault(symbol, []).append(text)
        place = (symbol, at)
    bars = ",".join(f'"{symbol}":[{",".join(rows)}]' for symbol, rows in found.items())
    return f'{{"bars":{{{bars}}},"next_page_token":{more}}}'


def _for_splits(query: Mapping[str, str]) -> bool:
    wanted = set((query.get("adjustment") or "raw").split(","))
    if not wanted <= _ADJUSTMENTS:
        raise shape("invalid adjustment")
    return bool(wanted & {"split", "all"})


def _range(exchange: Exchange, query: Mapping[str, str]) -> tuple[datetime, datetime]:
    free_end = exchange.now - _DELAY
    start, end = moment_of(query, "start"), moment_of(query, "end")
    if query.get("feed", "sip") == "sip":
        if end is not None and end > free_end:
            raise Refused(403, {"message": "subscription does not permit querying recent SIP data"})
        end = free_end if end is None else end
    return start or in_new_york(new_york_date(exchange.now), _MIDNIGHT), min(end or exchange.now, exchange.now)


def _from(exchange: Exchange, symbols: list[str], wanted: _Wanted, token: str) -> Iterator[tuple[str, datetime, str]]:
    past_symbol, past_at = _read_token(token)
    for symbol in symbols:
        if symbol < past_symbol or not exchange.board.knows(symbol):
            continue
        for at in _times(wanted):
            if symbol == past_symbol and (at >= past_at if wanted.descending else at <= past_at):
                continue
            text = _text_at(exchange, symbol, at, wanted)
            if text:
                yield symbol, at, text


def _times(wanted: _Wanted) -> list[datetime]:
    within = sessions(new_york_date(wanted.start), new_york_date(wanted.end))
    if wanted.daily:
        midnights = (in_new_york(session.day, _MIDNIGHT) for session in within if session.open <= wanted.end)
        times = [at for at in midnights if wanted.start <= at <= wanted.end]
    else:
        times = []
        for session in within:
            count = int((session.close - session.open) / _MINUTE)
            times += [session.open + n * _MINUTE for n in range(count)]
        times = [at for at in times if wanted.start <= at <= wanted.end]
    return times[::-1] if wanted.descending else times


def _text_at(exchange: Exchange, symbol: str, at: datetime, wanted: _Wanted) -> str:
    board = exchange.board
    if wanted.daily:
        bar = board.day_bar(symbol, new_york_date(at), min(exchange.now, _day_end(at, wanted)))
    else:
        bar = minute_bar(exchange, symbol, at)
    if bar is None:
        return ""
    bar = board.adjusted(symbol, bar) if wanted.adjusted else bar
    return daily_text(bar) if wanted.daily else bar_text(bar)


def _day_end(at: datetime, wanted: _Wanted) -> datetime:
    # A day still forming is told as far as the feed may tell it; an ended one always whole.
    return wanted.end if new_york_date(at) == new_york_date(wanted.end) else at + timedelta(days=1)


def _read_token(token: str) -> tuple[str, datetime]:
    if not token:
        return "", _LONG_AGO
    try:
        symbol, _, raw = base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii").partition("|")
    except (ValueError, binascii.Error):
        raise shape("invalid page_token") from None
    at = moment(raw)
    if at is None:
        raise shape("invalid page_token")
    return symbol, at
