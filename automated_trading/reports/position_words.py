"""What is found out about a position, in plain words.

Law of the file: a price on which nobody agrees is told as a price and never as what will be done.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.reports.amounts import price, signed


def tell_position(event: e.PositionEvent) -> str:
    """One line about a position."""
    match event:
        case e.PositionClosed(trade):
            return f"closed: {trade.symbol} {trade.qty} ({trade.reason}), {signed(trade.realised)}"
        case e.HighRaised():
            return f"new high: {event.symbol} {price(event.high)}"
        case e.StopRaised():
            return f"stop raised: {event.symbol} to {price(event.stop)} ({event.reason})"
        case e.StopUndecided():
            return f"stop UNDECIDED: {event.symbol}, {event.cycles} in a row: {event.detail}"
        case e.StopDecided():
            return f"prices agree again: {event.symbol}"
        case _:
            assert_never(event)
