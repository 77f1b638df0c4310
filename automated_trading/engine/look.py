"""Looking without touching.

Law of the room: the broker is heard as a run would hear it, into a record that nobody keeps; nothing is written,
nothing is locked, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from automated_trading.decisions import reconciliation
from automated_trading.domain.market import Market
from automated_trading.domain.state import State
from automated_trading.engine.contact import Contact, hear_again, make_contact
from automated_trading.engine.desk import Desk
from automated_trading.engine.journal import Journal
from automated_trading.engine.ports import Log, Row


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the books after hearing the broker, the photograph, and what could not be heard."""

    state: State
    market: Market
    problems: tuple[str, ...]


def look(desk: Desk, state: State) -> Look:
    """The books as the next run would find them, with prices for what is held. A first difference is looked at twice.

    Raises BrokerUnreachable, MarketDataError, StateError if the books are another account's.
    """
    journal = unwritten(desk, state, "look")
    contact = heard(desk, journal)
    symbols = sorted({*journal.state.positions, *contact.holdings})
    market = Market(
        now=contact.clock.now,
        session=contact.session,
        previous=contact.previous,
        is_open=contact.clock.is_open,
        account=contact.account,
        holdings=contact.holdings,
        prices=desk.prices.snapshots(symbols) if symbols else {},
        disabled=desk.gate.disabled(),
        skew=contact.clock.skew,
        following=contact.following,
    )
    # runs, and when one last looked, are facts of the record: this was no run
    seen = replace(journal.state, runs=state.runs, rules=state.rules, marked_at=state.marked_at)
    return Look(seen, market, tuple(journal.problems))


def heard(desk: Desk, journal: Journal) -> Contact:
    """The broker heard into a journal, and what differs counted: twice where the first reading alone says so."""
    contact = make_contact(desk, journal)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    if not reconciliation.unconfirmed(journal.state):
        return contact
    contact = hear_again(desk, journal, contact)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    return contact


def unwritten(desk: Desk, state: State, command: str) -> Journal:
    """A journal that begins from a state and leaves no trace."""
    return Journal(_Loose(_Unwritten(), state), desk, command)


@dataclass(frozen=True, slots=True)
class _Loose:
    log: Log
    state: State
    cut: None = None


class _Unwritten:
    """A log of which nothing is kept."""

    account = ""
    head = (0, "")
    cramped = None

    def begin_run(self, command: str) -> str:
        return command

    def append(self, rows: Sequence[Row]) -> None: ...

    def append_where_room(self, rows: Sequence[Row]) -> bool:
        return True

    def rotate(self, month: str) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...
