"""When a position the owner wants sold will be.

Law of the file: a sale is a sale once its fill is heard; until then it is said what it waits for.
"""

from __future__ import annotations

from automated_trading.decisions.exits import free_at_the_broker
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Side
from automated_trading.domain.sessions import Session
from automated_trading.domain.state import State
from automated_trading.reports.amounts import shares, signed
from automated_trading.reports.differences import at_words
from automated_trading.reports.order_words import order_words


def when_gone(state: State, market: Market | None, symbol: str, refused: str = "") -> str:
    """What became of the wish that nothing of a symbol be left; `refused` is what the broker said no with."""
    if symbol not in state.positions:
        orders = state.open_orders(symbol)
        if any(order.status.unanswered for order in orders):
            return f"{order_words(orders[0])} has no answer; every `monitor` looks it up, and sells what it brought"
        return f"{order_words(orders[0])} is still open; its end is heard by the next `monitor`" if orders else "gone"
    if refused and not state.open_orders(symbol, Side.SELL):
        return f"the broker refused to sell it ({refused}); the next `monitor` asks again"
    return when_sold(state, market, symbol)


def when_sold(state: State, market: Market | None, symbol: str) -> str:
    """What became of the wish in the run just made. `market` is None when the broker was not reached."""
    if symbol not in state.positions:
        closed = [trade for trade in state.day.closed if trade.symbol == symbol]
        return f"sold, {shares(closed[-1].qty)} shares, {signed(closed[-1].realised)}" if closed else "sold"
    if market is None:
        return "the broker was not reached; the next `monitor` that reaches it sells"
    if market.disabled is not None:
        return f"trading is disabled ({market.disabled}); the first `monitor` after that sells"
    if symbol in state.differences:
        return "our books and the broker differ in it; not sold before `automated-trading reconcile` settles that"
    if not market.is_open:
        return f"the market is closed; the first `monitor` after the open sells{_opens(market)}"
    if market.account.blocked is not None:
        return f"the account is blocked at the broker ({market.account.blocked}); the first `monitor` after that sells"
    if state.stops(symbol):
        return "its stop at the broker is cancelled first; the next `monitor` sells"
    sells = state.open_orders(symbol, Side.SELL)
    if sells:
        known = "is at the broker" if not sells[0].status.unanswered else "has no answer yet"
        return f"{order_words(sells[0])} {known}; its fill is heard by the next `monitor`"
    if state.open_orders(symbol, Side.BUY):
        return "its open buy is cancelled first; the next `monitor` sells"
    if free_at_the_broker(state, market, symbol) <= 0:
        return "an order that is not ours sells these shares; ours waits until it has ended"
    return "the next `monitor` sells"


def _opens(market: Market) -> str:
    coming: Session | None = market.session if market.now < market.session.opens else market.following
    return f", from {at_words(coming.opens)} New York on" if coming is not None else ""
