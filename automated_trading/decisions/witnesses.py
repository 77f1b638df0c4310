"""Which prices may speak, and whether they agree.

Law of the room: bid, last trade and the broker's own mark are witnesses while they are fresh, positive and sound. A
mark that only repeats the last trade is no second witness, and one beside which nothing is fresh is none: it has no
time of its own. Two that agree decide; one alone never does.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from automated_trading.domain.market import Market, Quote

NEEDED = 2
"""How many witnesses must agree."""

STUB = 3
"""An ask this many times the bid is no market: somebody must quote, and does not want to trade."""


def witnesses(market: Market, symbol: str, max_age: timedelta) -> tuple[Decimal, ...]:
    """The fresh prices of a symbol that do not repeat each other, in the order bid, last trade, mark."""
    found = market.heard.get((symbol, max_age))
    if found is None:
        found = market.heard[symbol, max_age] = _heard(market, symbol, max_age)
    return found


def _heard(market: Market, symbol: str, max_age: timedelta) -> tuple[Decimal, ...]:
    price, found = market.price(symbol), list[Decimal]()
    quote, trade = price.quote, price.trade
    if quote is not None and _speaks(quote, market, max_age):
        found.append(quote.bid)
    if trade is not None and trade.price > 0 and abs(market.now - trade.at) <= max_age:
        found.append(trade.price)
    holding = market.holdings.get(symbol)
    mark = holding.mark if holding is not None else None
    if found and mark is not None and mark > 0 and (trade is None or mark != trade.price):
        found.append(mark)
    return tuple(found)


def _speaks(quote: Quote, market: Market, max_age: timedelta) -> bool:
    return _sound(quote) and abs(market.now - quote.at) <= max_age


def _sound(quote: Quote) -> bool:
    """Whether a bid may speak: not crossed, and no stub that only fills the book."""
    return quote.bid > 0 and (quote.ask <= 0 or quote.bid <= quote.ask <= quote.bid * STUB)


def one_price(market: Market, symbol: str, max_age: timedelta) -> Decimal | None:
    """The fresh price where one is enough: the last trade, else the bid; None where neither is fresh."""
    found, trade = witnesses(market, symbol, max_age), market.price(symbol).trade
    if trade is not None and trade.price in found:
        return trade.price
    return found[0] if found else None


def agreed_under(found: tuple[Decimal, ...], level: Decimal) -> bool:
    """Whether two witnesses stand at or under a level."""
    return sum(price <= level for price in found) >= NEEDED


def agreed_over(found: tuple[Decimal, ...], level: Decimal) -> bool:
    """Whether two witnesses stand at or over a level."""
    return sum(price >= level for price in found) >= NEEDED


def agreed_high(found: tuple[Decimal, ...]) -> Decimal | None:
    """The highest price two witnesses vouch for; None where there are not two."""
    return sorted(found, reverse=True)[NEEDED - 1] if len(found) >= NEEDED else None


def vouched(market: Market, symbol: str, max_age: timedelta) -> Decimal | None:
    """The most a share is worth by fresh prices: a sound ask, or what two witnesses reach; None where there is neither.

    Nobody pays more than the ask he is offered, unless trades have left an older one behind.
    """
    found, quote = [agreed_high(witnesses(market, symbol, max_age))], market.price(symbol).quote
    if quote is not None and quote.ask > 0 and _speaks(quote, market, max_age):
        found.append(quote.ask)
    return max((price for price in found if price is not None), default=None)


def offered(market: Market, symbol: str, max_age: timedelta) -> Decimal | None:
    """The least a share is worth: what somebody offers for it now; None where no fresh sound quote says."""
    quote = market.price(symbol).quote
    return quote.bid if quote is not None and _speaks(quote, market, max_age) else None


def divided(found: tuple[Decimal, ...], level: Decimal) -> bool:
    """Whether a witness stands at or under a level and no majority says so or denies it: undecided."""
    under = sum(price <= level for price in found)
    return 0 < under < NEEDED and len(found) - under < NEEDED
