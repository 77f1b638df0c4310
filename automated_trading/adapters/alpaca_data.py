"""Prices from Alpaca's market data: one request of a kind, every symbol.

Law of the file: a number that is not a sane price is a missing part of that symbol, never a price and never
a reason to do without the others. Only when nothing at all was answered is it an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar

from automated_trading.adapters.alpaca_bars import last_closes
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.domain.errors import BrokerError, BrokerRefused, MarketDataError
from automated_trading.domain.market import NO_PRICE, Price, Quote, Trade
from automated_trading.domain.money import amount
from automated_trading.domain.sessions import parse_utc

MOST_SYMBOLS: Final = 500
_MOST_DROPPED: Final = 5
NO_PRICE_AT_ALL: Final = Decimal(1_000_000_000)
_INVALID: Final = "invalid symbol"

T = TypeVar("T")


class AlpacaPrices:
    """Snapshots and closes by REST. `feed` None leaves the choice of quotes to the account's subscription."""

    def __init__(self, client: AlpacaClient, feed: Literal["iex", "sip"] | None = None) -> None:
        self._client = client
        self._feed = {} if feed is None else {"feed": feed}

    def snapshots(self, symbols: Sequence[str]) -> Mapping[str, Price]:
        """Quote and last trade of each symbol; those Alpaca does not know are missing.

        Raises MarketDataError, and ConfigError where keys are refused.
        """
        prices: dict[str, Price] = {}
        for batch in _batches(symbols):
            answer = _without_unreadable(batch, self._snapshots)
            prices.update((symbol, price) for symbol in batch if (price := _price(answer.get(symbol))) != NO_PRICE)
        return prices

    def previous_closes(self, symbols: Sequence[str], session: date) -> Mapping[str, Decimal]:
        """The official close of each symbol's last session before this one, in shares of today, whatever the feed.

        A symbol that closed nowhere in the ten days before is missing. Raises MarketDataError, and ConfigError where
        keys are refused.
        """
        closes: dict[str, Decimal] = {}
        for batch in _batches(symbols):
            closes.update(_without_unreadable(batch, lambda names: last_closes(self._bars, names, session)))
        return closes

    def _snapshots(self, symbols: list[str]) -> Mapping[str, Any]:
        answer = self._read("/stocks/snapshots", {"symbols": ",".join(symbols), **self._feed})
        if not isinstance(answer, dict):
            raise MarketDataError("prices: an answer not understood: not an object")
        return answer

    def _bars(self, query: Mapping[str, str]) -> Any:
        return self._read("/stocks/bars", query)

    def _read(self, path: str, query: Mapping[str, str]) -> Any:
        try:
            return self._client.read_data(path, query)
        except BrokerRefused:
            raise
        except BrokerError as error:
            raise MarketDataError(f"prices: {error}") from error


def _batches(symbols: Sequence[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(symbols))
    for start in range(0, len(wanted), MOST_SYMBOLS):
        yield wanted[start : start + MOST_SYMBOLS]


def _without_unreadable(symbols: list[str], ask: Callable[[list[str]], Mapping[str, T]]) -> Mapping[str, T]:
    """One batch. Alpaca refuses all of it for one symbol it cannot read: it is asked again without."""
    for _ in range(_MOST_DROPPED):
        if not symbols:
            return {}
        try:
            return ask(symbols)
        except BrokerRefused as refusal:
            kept = [s for s in symbols if s not in _named(refusal.words)]
            if len(kept) == len(symbols):
                raise MarketDataError(f"prices: {refusal}") from refusal
            symbols = kept
    raise MarketDataError("prices: too many symbols the market data does not know how to read")


def _named(refusal: str) -> frozenset[str]:
    """The symbols a refusal names as unreadable."""
    _, found, rest = refusal.partition(_INVALID)
    return frozenset(rest.replace(",", " ").replace(":", " ").split()) if found else frozenset()


def _price(row: object) -> Price:
    if not isinstance(row, dict):
        return NO_PRICE
    return Price(quote=_quote(row.get("latestQuote")), trade=_trade(row.get("latestTrade")))


def _quote(row: object) -> Quote | None:
    """Best bid and ask; zero is Alpaca's own word for a side that nobody quotes."""
    try:
        at = parse_utc(_get(row, "t"))
        bid, ask = amount(_get(row, "bp")), amount(_get(row, "ap"))
    except ValueError:
        return None
    return Quote(bid, ask, at) if 0 <= bid < NO_PRICE_AT_ALL and 0 <= ask < NO_PRICE_AT_ALL else None


def _trade(row: object) -> Trade | None:
    try:
        at, price = parse_utc(_get(row, "t")), amount(_get(row, "p"))
    except ValueError:
        return None
    return Trade(price, at) if 0 < price < NO_PRICE_AT_ALL else None


def _get(row: object, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else None
