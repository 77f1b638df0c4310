"""Our books against the broker's.

Law of the room: a difference counts when a second reading still shows it; it is told, it freezes its symbol, and
nothing is put right by itself. Two sets of books that agree again settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from automated_trading.domain.events import DifferenceSeen, DifferenceSettled, Event
from automated_trading.domain.market import Holding
from automated_trading.domain.money import ZERO
from automated_trading.domain.state import CONFIRMED_READINGS, State


def decide(state: State, holdings: Mapping[str, Holding], now: datetime) -> list[Event]:
    """What one reading of the broker's positions says about ours, symbol by symbol."""
    found: list[Event] = []
    for symbol in sorted({*state.positions, *holdings, *state.differences}):
        ours = state.positions[symbol].qty if symbol in state.positions else ZERO
        theirs = holdings[symbol].qty if symbol in holdings else ZERO
        known = state.differences.get(symbol)
        if ours == theirs:
            if known is not None:
                found.append(DifferenceSettled(symbol, "books and broker agree again"))
            continue
        same = known is not None and (known.ours, known.theirs) == (ours, theirs)
        if known is not None and known.confirmed and same:
            continue
        # figures that moved are still books that differ: waiting for them to stand still could take for ever
        readings = min(known.readings + 1, CONFIRMED_READINGS) if known is not None else 1
        found.append(DifferenceSeen(symbol, ours, theirs, readings, now))
    return found
