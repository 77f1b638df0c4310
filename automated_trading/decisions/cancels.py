"""Which open orders are taken back.

Law of the room: only what rests at the broker is cancelled, a reason is given once, and nothing that depends on a
cancel is decided before the broker has confirmed it.
"""

from __future__ import annotations

from automated_trading.decisions.exits import to_exit
from automated_trading.domain.events import CancelIntended, Event
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Order, OrderStatus, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State


def decide(state: State, market: Market, rules: Rules) -> list[Event]:
    """Open buys that must go: all of them while halted, those past their time, those of a symbol to be sold."""
    if market.disabled is not None:
        return []
    selling = to_exit(state, market, rules.exits)
    found: list[Event] = []
    for order in resting_buys(state):
        reason = _why(order, state, market, rules, order.symbol in selling)
        if reason is not None and order.cancelling is None:
            found.append(CancelIntended(order.client_order_id, reason))
    return found


def resting_buys(state: State) -> list[Order]:
    """Buys the broker has and that may still fill."""
    return [order for order in state.open_orders(side=Side.BUY) if order.status is OrderStatus.ACCEPTED]


def to_send(state: State, market: Market) -> list[Order]:
    """Orders whose cancel is intended and whose end is not known: those of this cycle and those held back before."""
    if market.disabled is not None:
        return []
    return [order for order in state.open_orders() if order.cancelling is not None and order.broker_id is not None]


def _why(order: Order, state: State, market: Market, rules: Rules, selling: bool) -> Reason | None:
    if state.halted:
        return Reason.HALTED
    if selling:
        return Reason.EXIT_FIRST
    since = order.accepted_at or order.intended_at
    if market.now - since >= rules.entries.timeout:
        return Reason.ENTRY_TIMEOUT
    return None
