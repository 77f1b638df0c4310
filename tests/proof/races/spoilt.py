"""Desks spoilt on purpose, to see that a round's judges would notice: each does one thing with an order it wrote down.

Law of the file: a fault is put into the racer's own process and nowhere else.
"""

from __future__ import annotations

from typing import Any

from automated_trading.decisions import sending
from automated_trading.domain.events import HaltSeen
from automated_trading.domain.state import State
from automated_trading.engine import cycle
from automated_trading.engine.journal import Journal


def forgets_to_send() -> None:
    """What a run wrote it does not send."""
    sending.opening = lambda state, market, rules: []


def forgets_after_resume() -> None:
    """What an earlier run wrote is never sent, halt or no halt."""
    send = cycle.send

    def own(desk: Any, journal: Journal, orders: Any, may_go: Any) -> None:
        send(desk, journal, [one for one in orders if journal.intended_here(one.client_order_id)], may_go)

    cycle.send = own


def gives_up_when_halted() -> None:
    """A halt that is seen withdraws what is unsent, without the broker's evidence."""
    see = cycle.see_latch

    def seen(desk: Any, journal: Journal) -> bool:
        stands = see(desk, journal)
        if stands:
            journal.note([sending.withdraw(order) for order in sending.unanswered(journal.state)])
        return stands

    cycle.see_latch = seen


def writes_while_halted() -> None:
    """New orders are written under a halt, and then not sent."""
    State.halted = property(lambda state: False)  # type: ignore[assignment, method-assign]


def sends_while_halted() -> None:
    """A run under a halt sends what an earlier one wrote."""
    see = cycle.see_latch

    def seen(desk: Any, journal: Journal) -> bool:
        waiting = [order.client_order_id for order in sending.unanswered(journal.state)]
        return see(desk, journal) and all(map(journal.intended_here, waiting))

    cycle.see_latch = seen
    writes_while_halted()


def imagines_a_halt() -> None:
    """Before it sends, a run notes a halt nobody has said."""

    def seen(desk: Any, journal: Journal) -> bool:
        if sending.unanswered(journal.state) and not journal.state.halted:
            journal.note([HaltSeen("0" * 16, "by hand", journal.now)])
        return journal.state.halted

    cycle.see_latch = seen


def keeps_exits_back_when_halted() -> None:
    """A halt keeps what closes from being sent, as if it opened."""
    send = cycle.send

    def halted(desk: Any, journal: Journal, orders: Any, may_go: Any) -> None:
        send(desk, journal, orders, lambda: not cycle.see_latch(desk, journal) and may_go())

    cycle.send = halted
