"""Which intended orders may be sent now, those a crash or a silence left behind among them.

Law of the room: an intent is judged again each time before it is sent, by the same gates; what may not go stays a row,
counts as exposure, and is given up only on the broker's evidence once its session is over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from automated_trading.decisions import entries, redeployment
from automated_trading.decisions.exits import free_at_the_broker, to_exit
from automated_trading.decisions.protecting import clear
from automated_trading.decisions.refusals import Case, why_not_yet, why_refused, why_stale
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
    waiting = (order for order in state.open_orders() if order.status.unanswered)
    return sorted(waiting, key=lambda order: (-_score(order), order.client_order_id))


def _score(order: Order) -> Decimal:
    return order.terms.score if order.terms is not None and order.terms.score is not None else ZERO


def openings_to_judge(state: State, market: Market) -> list[str]:
    """Symbols of buys that may be sent again, and so need the facts a new one needs."""
    session = market.session.date
    waiting = (order for order in unanswered(state) if order.decision.purpose.opens and not order.doubted)
    return [order.symbol for order in waiting if order.decision.session == session]


def closing(state: State, market: Market, rules: ExitRules) -> list[Order]:
    """Sells of this session that may go: their rule still says so, the shares are there, no buy is open."""
    if not market.is_open or market.disabled is not None:
        return []
    waiting = [order for order in unanswered(state) if order.side is Side.SELL and not order.protects]
    selling = to_exit(state, market, rules) if waiting else {}
    return [
        order
        for order in waiting
        if order.decision.session == market.session.date
        and _covered(state, market, order)
        and order.symbol in selling
        and not state.open_orders(order.symbol, Side.BUY)
    ]


def protecting(state: State, market: Market, rules: ExitRules) -> list[Order]:
    """Stops of this session that may go to rest at the broker: the shares are there, no buy is open.

    One whose price seems reached goes only where the symbol is to be sold anyhow: the broker's answer then settles
    whether it is there, and nothing stands in the way of the sale.
    """
    shut = market.disabled is not None or not market.is_open
    waiting = [order for order in unanswered(state) if order.protects and not shut]
    selling = to_exit(state, market, rules) if waiting else {}
    todays = [order for order in waiting if order.decision.session == market.session.date]
    free = [order for order in todays if _covered(state, market, order) and not _buying(state, order.symbol)]
    return [
        order
        for order in free
        if order.symbol in selling or clear(market, rules, order.symbol, order.stop_price or ZERO)
    ]


def _buying(state: State, symbol: str) -> bool:
    return bool(state.open_orders(symbol, Side.BUY))


def _covered(state: State, market: Market, order: Order) -> bool:
    position = state.positions.get(order.symbol)
    promised = sum((sell.open_qty for sell in state.open_orders(order.symbol, Side.SELL)), ZERO)
    return position is not None and promised <= min(position.qty, free_at_the_broker(state, market, order.symbol))


def opening(state: State, market: Market, rules: Rules) -> list[Order]:
    """Buys of this session that may go: the signal still stands, every gate is open and no cap is broken."""
    ready: list[Order] = []
    for order in unanswered(state):
        if not order.decision.purpose.opens or order.decision.session != market.session.date:
            continue
        if order.doubted:
            continue  # sent twice already: the broker's records decide, or the end of the session
        case = Case(_without(state, order), market, rules, order.book)
        if not (_still_new(case, order) if order.decision.purpose is Purpose.ENTRY else _still_queued(case, order)):
            continue
        ceiling = entries.ceiling(case, order)
        space = room(state, market, rules, order.book)
        crowded = space.in_sector(order.terms.sector if order.terms is not None else "") > space.sector_cap
        if order.open_value > ceiling * EQUITY_DRIFT or space.overdrawn or crowded:
            continue
        ready.append(order)
    return ready


def _still_new(case: Case, order: Order) -> bool:
    """Whether the file still approves of an entry, and nothing speaks against it."""
    approved = (signal for signal in case.market.signals.signals if signal.ticker == order.symbol)
    signal = next(approved, None) if case.market.opening else None
    if signal is None:
        return False
    return not (why_stale(case, signal) or why_refused(case, signal) or why_not_yet(case, order.symbol))


def _still_queued(case: Case, order: Order) -> bool:
    """Whether a redeployment's signal still waits, and nothing speaks against it."""
    if not case.market.redeploying:
        return False
    queue = redeployment.waiting(case.state, case.market, order.book)
    signal = next((queued.signal for queued in queue if queued.signal.ticker == order.symbol), None)
    return signal is not None and redeployment.why_not(case, signal) is None


def is_over(order: Order, session: Session, now: datetime) -> bool:
    """Whether an order's session is past: a DAY order that the broker does not know then will never arrive.

    Nor will a stop: the next session has one of its own, beside which the broker would refuse it for want of shares.
    """
    return order.decision.session < session.date or (order.decision.session == session.date and now >= session.closes)


def withdraw(order: Order) -> Event:
    return OrderWithdrawn(order.client_order_id, Reason.NEVER_ARRIVED)


def _without(state: State, order: Order) -> State:
    """The state as the order itself should be judged against: without it."""
    rest = {key: kept for key, kept in state.orders.items() if key != order.client_order_id}
    return replace(state, orders=rest)
