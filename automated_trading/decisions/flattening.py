"""Closing everything: what is to be asked for, and what is left of it.

Law of the room: that of `decisions`. Nothing is sold here: a symbol the owner wants to be rid of is sold by the rules
every monitor follows. What waiting cannot change is not waited for.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from automated_trading.decisions.exits import free_at_the_broker
from automated_trading.domain.events import Event, ExitAsked
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Side
from automated_trading.domain.state import State


def decide(state: State, now: datetime) -> list[Event]:
    """The wish to be rid of all that is held or may still be bought, for each symbol that does not carry it yet."""
    coming = {order.symbol for order in state.open_orders(side=Side.BUY)}
    return [ExitAsked(symbol, now) for symbol in sorted(coming | held(state)) if symbol not in state.leaving]


def held(state: State) -> set[str]:
    return {symbol for symbol, position in state.positions.items() if position.qty > 0}


def left(state: State) -> list[str]:
    """Symbols of which our books hold something, or in which an order of ours is open."""
    return sorted(held(state) | {order.symbol for order in state.open_orders()})


def moves(state: State, market: Market, symbol: str, refused: Collection[str]) -> bool:
    """Whether another round may bring a symbol nearer to its end.

    A buy without an answer is looked up by every monitor, and what it brings is sold; no hurry finds it sooner.
    """
    if market.disabled is not None or not market.is_open:
        return False
    if market.account.blocked is not None and state.stops(symbol):
        return False
    if symbol in state.differences or (symbol in refused and not state.open_orders(symbol)):
        return False
    if orders := state.open_orders(symbol):
        return any(order.side is Side.SELL or not order.status.unanswered for order in orders)
    promised = state.outside_orders(symbol, Side.SELL) and free_at_the_broker(state, market, symbol) <= 0
    return symbol in state.positions and not promised


def exit_code(state: State, market: Market | None, run: int) -> int:
    """3 disabled, 4 not reached, unclear or not done in time, 6 frozen by a difference; `run` is the last round's."""
    if market is None or run in (1, 3):
        return run or 4
    if market.disabled is not None:
        return 3
    rest = left(state)
    if run or any(order.status.unanswered for order in state.open_orders()):
        return 4
    if any(symbol in state.differences for symbol in rest):
        return 6
    return 4 if rest and market.is_open else 0
