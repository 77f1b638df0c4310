"""Market data: snapshots, latest quotes and trades, bars by the day and by the minute.

Numbers leave as JSON numbers with their exact digits. A symbol nobody knows or quotes is simply missing from
the map, as it is at the venue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from automated_trading.simulator.bars import bar_text, daily_text, list_bars, minute_bar
from automated_trading.simulator.board import last_two_days
from automated_trading.simulator.calendar import latest_session
from automated_trading.simulator.errors import not_found, shape
from automated_trading.simulator.spelling import money, stamp

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

_MINUTE = timedelta(minutes=1)


def answer_data(exchange: Exchange, path: str, query: Mapping[str, str]) -> str:
    """JSON text for a path below /v2/stocks/. Raises Refused."""
    match path.removeprefix("/v2/stocks/"):
        case "snapshots":
            return _map(exchange, query, _snapshot)
        case "quotes/latest":
            return f'{{"quotes":{_map(exchange, query, _quote)}}}'
        case "trades/latest":
            return f'{{"trades":{_map(exchange, query, _trade)}}}'
        case "bars":
            return list_bars(exchange, query, symbols_of(query))
        case _:
            raise not_found("endpoint not found")


def symbols_of(query: Mapping[str, str]) -> list[str]:
    """The symbols a query names, in order. Raises Refused when there are none."""
    names = sorted({name for name in query.get("symbols", "").split(",") if name})
    if not names:
        raise shape("symbols is required")
    return names


def _map(exchange: Exchange, query: Mapping[str, str], part: Callable[[Exchange, str], str]) -> str:
    found = ((symbol, part(exchange, symbol)) for symbol in symbols_of(query) if exchange.board.knows(symbol))
    return "{" + ",".join(f'"{symbol}":{text}' for symbol, text in found if text) + "}"


def _quote(exchange: Exchange, symbol: str) -> str:
    quote = exchange.board.quote(symbol, exchange.now)
    if quote is None:
        return ""
    bid, ask, size = money(quote.bid), money(quote.ask), 100
    return (
        f'{{"ap":{ask},"as":{size if quote.ask else 0},"ax":"V","bp":{bid},"bs":{size if quote.bid else 0},'
        f'"bx":"V","c":["R"],"t":"{stamp(quote.at)}","z":"A"}}'
    )


def _trade(exchange: Exchange, symbol: str) -> str:
    price = exchange.board.last(symbol, exchange.now)
    if price is None:
        return ""
    at = stamp(exchange.board.said_at(symbol, exchange.now))
    return f'{{"c":["@"],"i":1,"p":{money(price)},"s":100,"t":"{at}","x":"V","z":"A"}}'


def _snapshot(exchange: Exchange, symbol: str) -> str:
    board, now = exchange.board, exchange.now
    today, before = last_two_days(board, symbol, now)
    day = None if today is None else board.day_bar(symbol, today, now)
    previous = None if before is None else board.day_bar(symbol, before, now)
    parts = {
        "dailyBar": daily_text(day),
        "latestQuote": _quote(exchange, symbol),
        "latestTrade": _trade(exchange, symbol),
        "minuteBar": _last_minute(exchange, symbol),
        "prevDailyBar": daily_text(previous),
    }
    known = ",".join(f'"{name}":{text}' for name, text in parts.items() if text)
    return f"{{{known}}}" if known else ""


def _last_minute(exchange: Exchange, symbol: str) -> str:
    session = latest_session(exchange.now)
    price = exchange.board.last(symbol, exchange.now)
    if session is None or price is None:
        return ""
    at = min(exchange.now, session.close - _MINUTE).replace(second=0, microsecond=0)
    bar = minute_bar(exchange, symbol, at)
    return "" if bar is None else bar_text(bar)
