"""Whether a quote can be bought on, and at what limit.

Law of the room: no buy on a quote that is missing, stale, one-sided, crossed or wide, nor far from the official close
of the session before. What is not known is "not yet". Prices are measured at the ask: what would be paid.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.domain.market import Market, Price
from automated_trading.domain.money import ZERO, floor_to_tick
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules

Why = tuple[Reason, str]
"""A reason and the figures behind it."""


def entry_limit(price: Price, close: Decimal, rules: EntryRules) -> Decimal:
    """The lowest of ask, last trade and close, each with its premium, down to the tick. ValueError without a quote."""
    if price.quote is None:
        raise ValueError("no quote to set a limit from")
    limits = [price.quote.ask * (1 + rules.limit_over_ask), close * (1 + rules.max_gap_up)]
    if price.trade is not None and price.trade.price > 0:
        limits.append(price.trade.price * (1 + rules.limit_over_last))
    return floor_to_tick(min(limits))


def why_not_on_this_quote(market: Market, ticker: str, rules: EntryRules) -> Why | None:
    """What speaks against buying a ticker on the quote of this moment, or None."""
    price = market.price(ticker)
    return quote_problem(price, market, rules) or gap_problem(price, market.closes.get(ticker), rules)


def quote_problem(price: Price, market: Market, rules: EntryRules) -> Why | None:
    """Why this quote cannot be bought on, or None. A quote from the future is as bad as an old one."""
    quote = price.quote
    if quote is None or (quote.bid <= 0 and quote.ask <= 0):
        return Reason.NO_QUOTE, ""
    age = market.now - quote.at
    if abs(age) > rules.quote_max_age:
        return Reason.STALE_QUOTE, f"{age.total_seconds():.0f} s old"
    if quote.bid <= 0 or quote.ask <= 0:
        return Reason.ONE_SIDED_QUOTE, f"bid {quote.bid}, ask {quote.ask}"
    if quote.bid > quote.ask:
        return Reason.CROSSED_QUOTE, f"bid {quote.bid} > ask {quote.ask}"
    middle = (quote.bid + quote.ask) / 2
    spread = (quote.ask - quote.bid) / middle
    if spread > rules.max_spread:
        return Reason.WIDE_SPREAD, f"{spread:.2%} from {quote.bid} to {quote.ask}"
    return None


def gap_problem(price: Price, close: Decimal | None, rules: EntryRules) -> Why | None:
    """Why the ask is too far from the previous official close, or None."""
    if price.quote is None or close is None or close <= 0:
        return Reason.NO_PREVIOUS_CLOSE, ""
    gap = price.quote.ask / close - 1
    if gap > rules.max_gap_up:
        return Reason.GAP_UP, f"ask {price.quote.ask} is {gap:+.1%} from the close {close}"
    if gap < -rules.max_gap_down:
        return Reason.GAP_DOWN, f"ask {price.quote.ask} is {gap:+.1%} from the close {close}"
    return None if entry_limit(price, close, rules) > ZERO else (Reason.NO_QUOTE, f"ask {price.quote.ask} is no price")


def away(price: Price, wanted: Decimal) -> Decimal:
    """How far the ask is from a price, as a fraction, signed; zero without a quote."""
    return price.quote.ask / wanted - 1 if price.quote is not None else ZERO
