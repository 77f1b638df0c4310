"""What the owner says of differences, symbols and positions, put on record.

Law of the room: an owner's word is an event like any other, written under the lock, after the broker was heard and
before it takes effect. Nothing is sent to the broker here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automated_trading.decisions import reconciliation, settling
from automated_trading.domain.errors import BrokerError, UsageError
from automated_trading.domain.events import CashCounted, Event, ExitAsked, SymbolBlocked, SymbolUnblocked
from automated_trading.domain.market import Holding
from automated_trading.domain.state import State
from automated_trading.engine.contact import Contact, hear_again, make_contact
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.journal import Journal
from automated_trading.engine.owner import LOCK_WAIT_SECONDS

ALL = "ALL"
"""In the place of a symbol: every one that the word can be meant for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How differences are to be settled: symbols to adopt into a book, to forget, to ignore; `cash` counts anew."""

    adopt: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    book: str = "insider"
    cash: bool = False

    @property
    def empty(self) -> bool:
        return not (self.adopt or self.forget or self.ignore or self.cash)


def reconcile(desk: Desk, wish: Wish) -> tuple[Outcome, Mapping[str, Holding]]:
    """Compare twice, settle what the owner settles; the outcome's code is 6 while anything still differs.

    Returns the broker's positions too. Raises UsageError for what cannot be meant, in which case nothing is settled;
    RunInProgress, BrokerUnreachable, StateError, AuditError.
    """
    with desk.store.lock(LOCK_WAIT_SECONDS):
        journal = Journal(desk.store.open(), desk, "reconcile")
        try:
            try:
                contact, holdings = _compared(desk, journal)
            except BrokerError as problem:
                journal.finish("unreachable", str(problem))
                raise
            try:
                settled = _settled(desk, journal.state, contact, holdings, wish)
            except ValueError as unmeant:
                journal.finish("refused", str(unmeant))
                raise UsageError(str(unmeant)) from None
            journal.note(settled)
            apart = reconciliation.apart(journal.state)
            code = 6 if apart else 0
            said = f"books and broker differ: {', '.join(apart)}" if apart else "books and broker agree"
            journal.finish("done", said)
        finally:
            journal.close()
    return _outcome("reconcile", code, said, journal), holdings


def _compared(desk: Desk, journal: Journal) -> tuple[Contact, Mapping[str, Holding]]:
    """Two readings of the broker's books against ours, and the second's positions."""
    contact = make_contact(desk, journal)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    holdings = hear_again(desk, journal, contact)
    journal.note(reconciliation.decide(journal.state, holdings, journal.now))
    return contact, holdings


def _settled(desk: Desk, state: State, contact: Contact, holdings: Mapping[str, Holding], wish: Wish) -> list[Event]:
    """The events of a whole wish. Raises ValueError, and then none of it is meant."""
    at = (contact.session.date, contact.clock.now)
    apart = [symbol for symbol, seen in state.differences.items() if seen.confirmed]
    found: list[Event] = []
    for symbol in _meant(wish.adopt, [one for one in apart if settling.may_be_adopted(one)]):
        found += settling.adopt(state, holdings, symbol, wish.book, desk.rules, at)
    for symbol in _meant(wish.forget, [one for one in apart if one in state.positions and one not in holdings]):
        found += settling.forget(state, symbol, at[0])
    for symbol in _meant(wish.ignore, [one for one in apart if one not in state.positions]):
        found += settling.ignore(state, symbol, at[1])
    if wish.cash:
        theirs = state.cash_difference.theirs if state.cash_difference is not None else contact.account.cash
        found.append(CashCounted(theirs, at[1]))
    return found


def _meant(symbols: tuple[str, ...], every: list[str]) -> list[str]:
    return sorted({*every, *symbols} - {ALL}) if ALL in symbols else list(dict.fromkeys(symbols))


def ask_exit(desk: Desk, symbol: str) -> Outcome:
    """Put on record that a position is to be sold. Raises UsageError if our books do not hold it."""

    def wish(journal: Journal) -> list[Event]:
        if symbol not in journal.state.positions:
            held = ", ".join(sorted(journal.state.positions)) or "nothing"
            raise UsageError(f"our books do not hold {symbol}: they hold {held}")
        return [ExitAsked(symbol, journal.now)]

    return _note(desk, "exit", wish, f"{symbol} is to be sold")


def block(desk: Desk, symbol: str, words: str) -> Outcome:
    """Nothing opens in a symbol from here on."""
    return _note(
        desk, "block", lambda journal: [SymbolBlocked(symbol, words)], f"{symbol} is blocked: it is not bought"
    )


def unblock(desk: Desk, symbol: str) -> Outcome:
    """The symbol may be bought again. Raises UsageError if it was not blocked."""

    def wish(journal: Journal) -> list[Event]:
        if symbol not in journal.state.blocked:
            raise UsageError(f"{symbol} is not blocked")
        return [SymbolUnblocked(symbol)]

    return _note(desk, "unblock", wish, f"{symbol} is no longer blocked")


def _note(desk: Desk, command: str, wish: Callable[[Journal], list[Event]], said: str) -> Outcome:
    with desk.store.lock(LOCK_WAIT_SECONDS):
        journal = Journal(desk.store.open(), desk, command)
        try:
            events = wish(journal)
            journal.begin()
            journal.note(events)
            journal.finish("done", said)
        finally:
            journal.close()
    return _outcome(command, 0, said, journal)


def _outcome(command: str, code: int, said: str, journal: Journal) -> Outcome:
    return Outcome(
        command=command,
        exit_code=code,
        said=said,
        at=journal.now,
        state=journal.state,
        head=journal.head,
        events=tuple(journal.events),
        problems=tuple(journal.problems),
    )
