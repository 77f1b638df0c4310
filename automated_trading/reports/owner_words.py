"""What the owner decided by hand, in plain words.

Law of the file: what was decided is told as decided, never as done: a sale is a sale once it is heard.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.reports.amounts import price, shares

HASH_SHOWN = 12


def tell_owner(event: e.OwnerEvent) -> str:
    """One line about an owner's word."""
    match event:
        case e.PositionAdopted(position, words):
            held = f"{shares(position.qty)} {position.symbol} at {price(position.entry_price)}"
            return f"adopted: {held} by {position.book}, stop {price(position.stop)} ({words})"
        case e.PositionForgotten():
            return f"forgotten: {shares(event.qty)} {event.symbol} ({event.words})"
        case e.SymbolIgnored():
            return f"ignored from here on: {event.symbol} is the owner's own"
        case e.SymbolMinded():
            return f"no longer ignored: {event.symbol}"
        case e.SymbolBlocked():
            return f"blocked: {event.symbol}{f' ({event.words})' if event.words else ''}"
        case e.SymbolUnblocked():
            return f"no longer blocked: {event.symbol}"
        case e.ExitAsked():
            return f"exit asked: {event.symbol} goes as soon as it can"
        case e.LogRestarted():
            last = f"line {event.after_seq} ({event.after_hash[:HASH_SHOWN]})"
            return f"LOG BEGUN ANEW: the last sound line of the old one is {last}; it lies in {event.kept_as}"
        case _:
            assert_never(event)
