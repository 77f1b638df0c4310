"""The end of a session: its figures, once.

Law of the room: no order is sent here. The figures are recorded only when every order of the session has reached its
end; later runs repeat what is recorded.
"""

from __future__ import annotations

from automated_trading.decisions.routines import closing_not_due
from automated_trading.domain.events import SessionClosed
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import TimeInForce
from automated_trading.engine.contact import Contact
from automated_trading.engine.journal import Journal


def close_session(journal: Journal, contact: Contact) -> tuple[int, str]:
    """Exit code and line: recorded now, recorded before, not due, or orders still open (4, run again)."""
    early = closing_not_due(contact.session, contact.clock.now)
    if early is not None:
        return 0, early
    if journal.state.day.figures is not None:
        return 0, f"the figures of {contact.session.date} are on record"
    waiting = [
        order.client_order_id
        for order in journal.state.open_orders()
        if order.time_in_force is TimeInForce.DAY and order.decision.session <= contact.session.date
    ]
    if waiting:
        return 4, f"not closed: {len(waiting)} orders have not ended ({', '.join(waiting)}): run eod again"
    journal.note([figures(journal, contact)])
    journal.checkpoint()
    return 0, f"the session of {contact.session.date} is closed"


def figures(journal: Journal, contact: Contact) -> SessionClosed:
    """Closing figures: realised profit from the session's fills, open profit at the broker's marks."""
    state = journal.state
    open_profit = ZERO
    for symbol, position in state.positions.items():
        holding = contact.holdings.get(symbol)
        if holding is not None and holding.mark is not None:
            open_profit += position.qty * holding.mark - position.cost
    base = state.day.last_equity
    return SessionClosed(
        session=contact.session.date,
        now=contact.clock.now,
        equity=contact.account.equity,
        last_equity=base if base is not None else contact.account.last_equity,
        cash=contact.account.cash,
        realised=state.day.realised,
        open_profit=open_profit,
    )
