"""What lines add up to: the state, and its four snapshots.

Law of the room: pure. A line tells one event, `evolve` makes the state of it, and the snapshots are that state in
four parts, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from automated_trading.adapters.audit_line import Line
from automated_trading.domain.codec import decode_event, encode
from automated_trading.domain.errors import AuditError
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import LoggedEvent, State


def event_of(line: Line) -> LoggedEvent:
    """The event a line tells. Raises ValueError on a form nobody here knows."""
    return decode_event(line.event, line.data)


def rebuilt(lines: Iterable[Line]) -> State:
    """The fold of log lines. Raises AuditError naming the line that does not fit."""
    state = State()
    for line in lines:
        try:
            state = evolve(state, event_of(line))
        except ValueError as problem:
            raise AuditError(f"audit log line {line.seq} cannot be read: {problem}") from None
    return state


def to_parts(state: State) -> dict[str, Any]:
    """A state as its four snapshots."""
    whole = encode(state)
    orders = whole.pop("orders")
    ended = {key for key, order in state.orders.items() if order.status.ended}
    return {
        "live_positions": whole.pop("positions"),
        "pending_orders": {key: order for key, order in orders.items() if key not in ended},
        "queued_signals": whole.pop("queue"),
        "daily_state": {
            **whole,
            "ended_orders": {key: orders[key] for key in orders if key in ended},
            "order_sequence": list(orders),
        },
    }
