"""Which intended orders may be sent now, those a crash or a silence left behind among them.

Law of the room: an intent is judged again each time before it is sent, by the same gates; what may not go stays a row,
counts as exposure, and is given up only on the broker's evidence once its session is over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from automated_trading.decisions import entries
from automated_trading.decisions.exits import to_exit
from automated_trading.decisions.sizing import room
from automated_trading.domain.events import Event, OrderWithdrawn
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules, Rules
from automated_trading.domain.sessions import Session
from automated_trading.domain.state import State

EQUITY_DRIFT = Decimal("1.02")
"""How far over its cap an order planned before may be found: equity breathes between two cycles."""


def unanswered(state: State) -> list[Order]:
    """Orders nobody knows to be at the broker, best score first."""
    waiting = (order for order in state.orders.values() if order.status.unanswered)
    return sorted(waiting, key=lambda order: (-_score(order), order.client_order_id))


def _score(order: Order) -> Decimal:
    return order.terms.score if order.terms is not None and order.terms.score is not None else ZERO


def closing(state: State, market: Market, rules: ExitRules) -> list[Order]:
    """Sells of this session that may go: their rule still says so, the shares are there, no buy is open."""
    if not market.is_open or market.disabled is not None:
        return []
    selling = to_exit(state, market, rules)
    return [
        order
        for order in unanswered(state)
        if order.side is Side.SELL
        and order.decision.session == market.session.date
        and _covered(state, market, order)
        and order.symbol in selling
        and not state.open_orders(order.symbol, Side.BUY)
    ]


def _covered(state: State, market: Market, order: Order) -> bool:
    position = state.positions.get(order.symbol)
    promised = sum((sell.open_qty for sell in state.open_orders(order.symbol, Side.SELL)), ZERO)
    return position is not None and promised <= min(position.qty, market.held_qty(order.symbol))


def opening(state: State, market: Market, rules: Rules) -> list[Order]:
    """Entries of this session that may go: the signal still stands, every gate is open and no cap is broken."""
    if not market.opening:
        return []
    approved = {signal.ticker: signal for signal in market.signals.signals}
    ready: list[Order] = []
    for order in unanswered(state):
        if order.decision.purpose is not Purpose.ENTRY or order.decision.session != market.session.date:
            continue
        signal = approved.get(order.symbol)
        case = entries.Case(_without(state, order), market, rules, order.book)
        if order.doubted:
            continue  # sent twice already: the broker's records decide, or the end of the session
        if signal is None or entries.why_refused(case, signal) or entries.why_not_yet(case, order.symbol):
            continue
        ceiling = rules.caps.max_position * rules.book_equity(order.book, market.account.equity)
        if order.open_value > ceiling * EQUITY_DRIFT or room(state, market, rules, order.book).overdrawn:
            continue
        ready.append(order)
    return ready


def is_over(order: Order, session: Session, now: datetime) -> bool:
    """Whether a DAY order's session is past: what the broker does not know then will never arrive."""
    return order.decision.session < session.date or (order.decision.session == session.date and now >= session.closes)


def withdraw(order: Order) -> Event:
    return OrderWithdrawn(order.client_order_id, Reason.NEVER_ARRIVED)


def _without(state: State, order: Order) -> State:
    """The state as the order itself should be judged against: without it."""
    rest = {key: kept for key, kept in state.orders.items() if key != order.client_order_id}
    return replace(state, orders=rest)
