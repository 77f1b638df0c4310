"""Which open orders are taken back.

Law of the room: only what rests at the broker is cancelled, a reason is given once, and nothing that depends on a
cancel is decided before the broker has confirmed it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from automated_trading.decisions import protecting
from automated_trading.decisions.exits import Sale, Sales
from automated_trading.domain.events import CancelIntended, Event
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Kind, Order, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State

UNASKED_OF_PRICES = frozenset({Reason.OWNER_EXIT, Reason.AGE})
"""Reasons to sell that no agreement of prices gives."""


def decide(
    state: State, market: Market, rules: Rules, selling: Sales, sides: Collection[Side] = tuple(Side)
) -> list[Event]:
    """Open buys that must go: all while halted, those past their time, those of a symbol blocked or to be sold; limit
    sells that are past their time or that a market order is to replace; and stops that another order is to replace."""
    if market.disabled is not None:
        return []
    found: list[CancelIntended] = []
    for order in resting(state):
        if order.side not in sides or order.cancelling is not None:
            continue
        why = _why(order, state, market, rules, selling)
        if why is not None and not _enough(found, why):
            found.append(CancelIntended(order.client_order_id, why))
    return [*found]


def _enough(found: Sequence[CancelIntended], why: Reason) -> bool:
    most = protecting.TAKEN_BACK_AT_MOST.get(why)
    return most is not None and sum(event.reason is why for event in found) >= most


def _why(order: Order, state: State, market: Market, rules: Rules, selling: Sales) -> Reason | None:
    sale = selling.get(order.symbol)
    if order.protects:
        return protecting.why_cancel(state, market, rules.exits, order, selling)
    decided = _buy if order.side is Side.BUY else _sell
    return decided(order, state, market, rules, sale)


def resting(state: State) -> list[Order]:
    """Orders the broker has and that may still fill."""
    return [order for order in state.open_orders() if order.rests]


def to_send(state: State, market: Market, sides: Collection[Side] = tuple(Side)) -> list[Order]:
    """Orders whose cancel is intended and whose end is not known: those of this cycle and those held back before."""
    if market.disabled is not None:
        return []
    asked = [order for order in state.open_orders() if order.cancelling is not None and order.broker_id is not None]
    return [order for order in asked if order.side in sides]


def _buy(order: Order, state: State, market: Market, rules: Rules, sale: Sale | None) -> Reason | None:
    if state.halted:
        return Reason.HALTED
    if order.symbol in state.blocked:
        return Reason.BLOCKED
    if sale is not None:
        return Reason.EXIT_FIRST
    return Reason.ENTRY_TIMEOUT if _age(order, market) >= rules.entries.timeout else None


def _sell(order: Order, state: State, market: Market, rules: Rules, sale: Sale | None) -> Reason | None:
    """A limit sell stood for prices that did not agree: once they do, a market order takes its place, or none."""
    if order.kind is not Kind.LIMIT:
        return None
    if sale is not None and sale.limit is None:
        return sale.reason if sale.reason in UNASKED_OF_PRICES else Reason.STOP_DECIDED
    if sale is None and order.symbol not in state.undecided and order.symbol not in state.differences:
        return Reason.STOP_DECIDED
    return Reason.EXIT_TIMEOUT if _age(order, market) >= rules.exits.timeout else None


def _age(order: Order, market: Market) -> timedelta:
    return market.now - (order.accepted_at or order.intended_at)
