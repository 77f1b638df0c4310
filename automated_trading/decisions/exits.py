"""Which positions are sold, and what their stops and highs become.

Law of the room: no stop fires on one bad print: bid and last trade must agree, both fresh. A stop and a high only rise.
Sells ask no breaker; they ask that the shares are there and not promised already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from automated_trading.domain.events import Event, HighRaised, OrderIntended, StopRaised
from automated_trading.domain.market import Market, Price
from automated_trading.domain.orders import Decision, Kind, Order, Purpose, Side, TimeInForce, order_id
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules
from automated_trading.domain.state import State


@dataclass(frozen=True, slots=True)
class AgreedPrices:
    """Bid and last trade, both there, positive and fresh."""

    bid: Decimal
    last: Decimal


def agreed(price: Price, now: datetime, max_age: timedelta) -> AgreedPrices | None:
    """The two prices an exit may rest on, or None: unknown, so nothing is decided."""
    quote, trade = price.quote, price.trade
    if quote is None or trade is None or quote.bid <= 0 or trade.price <= 0:
        return None
    if quote.ask > 0 and quote.bid > quote.ask:
        return None
    if max(abs(now - quote.at), abs(now - trade.at)) > max_age:
        return None
    return AgreedPrices(quote.bid, trade.price)


def why_exit(position: Position, market: Market, rules: ExitRules) -> Reason | None:
    """The first rule that says sell, or None."""
    prices = agreed(market.price(position.symbol), market.now, rules.price_max_age)
    if prices is not None and prices.bid <= position.stop and prices.last <= position.stop:
        return Reason.STOP_LOSS
    return None


def to_exit(state: State, market: Market, rules: ExitRules) -> dict[str, Reason]:
    """Symbols to sell now, with the reason: the market is open and no reading of the books is in dispute."""
    if not market.is_open or market.disabled is not None:
        return {}
    found: dict[str, Reason] = {}
    for symbol, position in sorted(state.positions.items()):
        reason = why_exit(position, market, rules)
        if reason is not None and position.qty > 0 and symbol not in state.differences:
            found[symbol] = reason
    return found


def decide(state: State, market: Market, rules: ExitRules) -> list[Event]:
    """A market DAY sell of every share that may be sold, for each symbol to exit that has no open order.

    Never more than the broker holds: what the owner sold by hand would be sold short.
    """
    orders: list[Event] = []
    for symbol, reason in to_exit(state, market, rules).items():
        qty = min(state.sellable(symbol), market.held_qty(symbol))
        if qty > 0 and not state.open_orders(symbol):
            orders.append(OrderIntended(exit_order(state, market, state.positions[symbol], qty, reason)))
    return orders


def exit_order(state: State, market: Market, position: Position, qty: Decimal, reason: Reason) -> Order:
    """The sell of this position in this session; its generation counts the exits that have ended unfilled."""
    day = market.session.date
    generation = state.generation(position.book, day, position.symbol, Purpose.EXIT)
    decision = Decision(position.book, day, position.symbol, Side.SELL, Purpose.EXIT, generation)
    return Order(
        client_order_id=order_id(state.account, state.mode, decision),
        decision=decision,
        qty=qty,
        kind=Kind.MARKET,
        time_in_force=TimeInForce.DAY,
        reason=reason.value,
        intended_at=market.now,
    )


def observe(state: State, market: Market, rules: ExitRules) -> list[Event]:
    """New highs, and stops that the rules in force now would set higher.

    A high is the lower of bid and last trade: one bad print does not move it either.
    """
    seen: list[Event] = []
    for symbol, position in sorted(state.positions.items()):
        prices = agreed(market.price(symbol), market.now, rules.price_max_age) if market.is_open else None
        if prices is not None and min(prices.bid, prices.last) > position.high:
            seen.append(HighRaised(symbol, min(prices.bid, prices.last)))
        stop = stop_for(position.entry_price, rules.stop_fraction(position.tier))
        if stop > position.stop:
            seen.append(StopRaised(symbol, stop, "the rules in force now"))
    return seen


def undecided(state: State, market: Market, rules: ExitRules) -> list[str]:
    """Held symbols whose exit rules could not be judged this cycle."""
    return [
        symbol
        for symbol, position in sorted(state.positions.items())
        if position.qty > 0 and agreed(market.price(symbol), market.now, rules.price_max_age) is None
    ]
