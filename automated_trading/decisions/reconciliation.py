"""Our books against the broker's: quantities, orders, cash.

Law of the room: a difference counts when a second reading still shows it; it is told, it keeps what it touches from
opening, and nothing is put right by itself. Two sets of books that agree again settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from automated_trading.domain.events import (
    CashDifferenceSeen,
    CashDifferenceSettled,
    DifferenceSeen,
    DifferenceSettled,
    Event,
)
from automated_trading.domain.market import Holding
from automated_trading.domain.money import ZERO
from automated_trading.domain.state import CONFIRMED_READINGS, State


def decide(state: State, holdings: Mapping[str, Holding], now: datetime) -> list[Event]:
    """What one reading of the broker's positions says about ours, symbol by symbol; ignored ones are the owner's."""
    found: list[Event] = []
    for symbol in sorted({*state.positions, *holdings, *state.differences}):
        ours = state.positions[symbol].qty if symbol in state.positions else ZERO
        theirs = holdings[symbol].qty if symbol in holdings else ZERO
        known = state.differences.get(symbol)
        same = ours == theirs and symbol not in state.disturbed  # shares that became others are not the same shares
        if same or (symbol in state.ignored and ours == 0):
            if known is not None:
                found.append(DifferenceSettled(symbol, "books and broker agree again"))
            continue
        if known is not None and known.confirmed and (known.ours, known.theirs) == (ours, theirs):
            continue
        # figures that moved are still books that differ: waiting for them to stand still could take for ever
        readings = min(known.readings + 1, CONFIRMED_READINGS) if known is not None else 1
        found.append(DifferenceSeen(symbol, ours, theirs, readings, now))
    return found


def cash(state: State, theirs: Decimal, tolerance: Decimal, now: datetime) -> list[Event]:
    """What one reading of the broker's cash says about ours; up to `tolerance` dollars may stay unexplained."""
    ours, known = state.cash, state.cash_difference
    if ours is None:
        return []
    if abs(theirs - ours) <= tolerance:
        return [CashDifferenceSettled("explained again")] if known is not None else []
    if known is not None and known.confirmed and (known.ours, known.theirs) == (ours, theirs):
        return []
    readings = min(known.readings + 1, CONFIRMED_READINGS) if known is not None else 1
    return [CashDifferenceSeen(ours, theirs, readings, now)]


def unconfirmed(state: State) -> bool:
    """Whether anything was seen once and needs a second look."""
    pending = [*state.differences.values(), *([state.cash_difference] if state.cash_difference is not None else [])]
    orders = any(order.is_open and order.readings < CONFIRMED_READINGS for order in state.outside.values())
    return orders or any(not difference.confirmed for difference in pending)


def apart(state: State) -> list[str]:
    """What differs for certain, by name: symbols, orders that are not ours, and cash."""
    names = [symbol for symbol, seen in sorted(state.differences.items()) if seen.confirmed]
    names += sorted({f"an order in {symbol}" for symbol in strangers(state)})
    return [*names, "cash"] if state.cash_difference is not None and state.cash_difference.confirmed else names


def strangers(state: State) -> list[str]:
    """Symbols in which orders rest that are not ours, seen twice, unless the owner's word covers them."""
    return [
        order.symbol
        for order in state.outside.values()
        if order.is_open and order.readings >= CONFIRMED_READINGS and order.symbol not in state.ignored
    ]
