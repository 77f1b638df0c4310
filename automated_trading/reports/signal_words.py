"""What is said of a signal, in plain words.

Law of the file: each answer is told with its reason, and with the figures behind it where there are any.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason

TellsOfSignal = e.SignalRefused | e.SignalNotYet | e.SignalQueued | e.SignalRemarked | e.SignalDropped


def because(reason: Reason, detail: str) -> str:
    """`low_score (5 < 6)`."""
    return f"{reason.value} ({detail})" if detail else reason.value


def tell_signal(event: TellsOfSignal) -> str:
    """One line about a signal."""
    match event:
        case e.SignalRefused():
            return f"refused: {event.signal}: {because(event.reason, event.detail)}"
        case e.SignalNotYet():
            return f"not yet: {event.signal}: {because(event.reason, event.detail)}"
        case e.SignalQueued():
            return f"queued: {event.signal.ticker}: {because(event.reason, event.detail)}"
        case e.SignalRemarked():
            return f"remark: {event.signal}: {because(event.reason, event.detail)}"
        case e.SignalDropped():
            return f"dropped from the queue: {event.ticker}: {event.reason.value}"
        case _:
            assert_never(event)
