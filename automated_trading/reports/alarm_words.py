"""Halts, warnings and differences of quantity, in plain words.

Law of the file: what stops opening or freezes a symbol is told with its cause, and so is its end.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.state import CONFIRMED_READINGS


def tell_alarm(event: e.HaltEvent | e.DifferenceEvent) -> str:
    """One line about a halt or a difference."""
    match event:
        case e.Halted():
            return f"HALTED: {event.reason.value}: {event.detail}"
        case e.HaltSeen():
            return f"HALTED by the owner: {event.words}"
        case e.Resumed():
            return f"resumed: {event.reason.value} (by {event.by.value})"
        case e.LossWarned():
            return f"WARNING: {event.detail}"
        case e.DifferenceSeen():
            seen = "seen twice, frozen" if event.readings >= CONFIRMED_READINGS else "first reading"
            return f"DIFFERENCE: {event.symbol}: ours {event.ours}, the broker's {event.theirs} ({seen})"
        case e.DifferenceSettled():
            return f"difference settled: {event.symbol}: {event.words}"
        case _:
            assert_never(event)
