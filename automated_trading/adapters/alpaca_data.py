"""Prices from Alpaca's market data: one request, every symbol.

Law of the file: a number that is not a sane price is a missing part of that symbol, never a price and never
a reason to do without the others. Only when nothing at all was answered is it an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.domain.errors import BrokerError, BrokerRefused, MarketDataError
from automated_trading.domain.market import NO_PRICE, Price, Quote, Trade
from automated_trading.domain.money import amount
from automated_trading.domain.sessions import new_york_date, parse_utc

MOST_SYMBOLS: Final = 500
_MOST_DROPPED: Final = 5
_INVALID: Final = "invalid symbol"


class AlpacaPrices:
    """Snapshots by REST. `feed` None leaves the choice to the account's subscription."""

    def __init__(self, client: AlpacaClient, feed: Literal["iex", "sip"] | None = None) -> None:
        self._client = client
        self._feed = {} if feed is None else {"feed": feed}

    def snapshots(self, symbols: Sequence[str]) -> Mapping[str, Price]:
        """Quote, last trade and previous close of each symbol; those Alpaca does not know are missing.

        The previous close is that of the last session before New York's today: `prevDailyBar` once `dailyBar`
        is today's own, which it is not before the open, on a day of rest, or without a trade today; until
        then `dailyBar` is that session. Raises MarketDataError, and ConfigError where keys are refused.
        """
        wanted = list(dict.fromkeys(symbols))
        today = new_york_date(self._client.clock.now())
        prices: dict[str, Price] = {}
        for start in range(0, len(wanted), MOST_SYMBOLS):
            batch = wanted[start : start + MOST_SYMBOLS]
            answer = self._ask(batch)
            for symbol in batch:
                price = _price(answer.get(symbol), today)
                if price != NO_PRICE:
                    prices[symbol] = price
        return prices

    def _ask(self, symbols: list[str]) -> Mapping[str, Any]:
        """One batch. Alpaca refuses all of it for one symbol it cannot read: it is asked again without."""
        for _ in range(_MOST_DROPPED):
            try:
                return self._read(symbols)
            except BrokerRefused as refusal:
                kept = [s for s in symbols if s not in _named(refusal.words)]
                if len(kept) == len(symbols):
                    raise MarketDataError(f"prices: {refusal}") from refusal
                symbols = kept
        raise MarketDataError("prices: too many symbols the market data does not know how to read")

    def _read(self, symbols: list[str]) -> Mapping[str, Any]:
        if not symbols:
            return {}
        query = {"symbols": ",".join(symbols), **self._feed}
        try:
            answer = self._client.read_data("/stocks/snapshots", query)
        except BrokerRefused:
            raise
        except BrokerError as error:
            raise MarketDataError(f"prices: {error}") from error
        if not isinstance(answer, dict):
            raise MarketDataError("prices: an answer not understood: not an object")
        return answer


def _named(refusal: str) -> frozenset[str]:
    """The symbols a refusal names as unreadable."""
    _, found, rest = refusal.partition(_INVALID)
    return frozenset(rest.replace(",", " ").replace(":", " ").split()) if found else frozenset()


def _price(row: object, today: date) -> Price:
    if not isinstance(row, dict):
        return NO_PRICE
    return Price(
        quote=_quote(row.get("latestQuote")),
        trade=_trade(row.get("latestTrade")),
        previous_close=_previous_close((row.get("dailyBar"), row.get("prevDailyBar")), today),
    )


def _quote(row: object) -> Quote | None:
    """Best bid and ask; zero is Alpaca's own word for a side that nobody quotes."""
    try:
        at = parse_utc(_get(row, "t"))
        bid, ask = amount(_get(row, "bp")), amount(_get(row, "ap"))
    except ValueError:
        return None
    return Quote(bid, ask, at) if bid >= 0 and ask >= 0 else None


def _trade(row: object) -> Trade | None:
    try:
        at, price = parse_utc(_get(row, "t")), amount(_get(row, "p"))
    except ValueError:
        return None
    return Trade(price, at) if price > 0 else None


def _previous_close(newest_first: tuple[object, object], today: date) -> Decimal | None:
    for bar in newest_first:
        try:
            # A daily bar is stamped with New York's midnight.
            day, close = new_york_date(parse_utc(_get(bar, "t"))), amount(_get(bar, "c"))
        except ValueError:
            continue
        if day < today:
            return close if close > 0 else None
    return None


def _get(row: object, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else None
