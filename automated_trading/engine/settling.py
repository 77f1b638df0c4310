"""What the owner says of differences, symbols and positions, put on record.

Law of the room: an owner's word is an event like any other, written under the lock, after the broker was heard and
before it takes effect. Nothing is sent to the broker here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from automated_trading.decisions import reconciliation, settling
from automated_trading.domain.errors import BrokerError, MarketDataError, UsageError
from automated_trading.domain.events import CashCounted, Event, ExitAsked, SymbolBlocked, SymbolUnblocked
from automated_trading.domain.market import NO_PRICE, Holding, Price
from automated_trading.domain.money import ZERO
from automated_trading.domain.state import State
from automated_trading.engine.contact import Contact, hear_again, make_contact
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.journal import Journal
from automated_trading.engine.owner import LOCK_WAIT_SECONDS

ALL = "ALL"
"""In the place of a symbol: every one that the word can be meant for."""

CASH = "cash"
"""In the place of a symbol: the account's cash. No ticker is written small."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How differences are to be settled: symbols to adopt into a book, to forget, to ignore; `cash` counts anew.

    `shown` are our and the broker's figures the owner saw when he said yes; others than these are not settled.
    """

    adopt: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    book: str = "insider"
    cash: bool = False
    shown: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.adopt or self.forget or self.ignore or self.cash)


def as_shown(wish: Wish, state: State, holdings: Mapping[str, Holding]) -> Wish:
    """The wish bound to what a comparison showed: `ALL` by name, and every figure it stood on."""
    named = _named(wish, state, holdings)
    about = {*named.adopt, *named.forget, *named.ignore, *([CASH] if wish.cash else [])}
    return replace(named, shown={name: _figures(state, holdings, name) for name in sorted(about)})


def reconcile(desk: Desk, wish: Wish) -> tuple[Outcome, Mapping[str, Holding]]:
    """Compare twice, settle what the owner settles; the outcome's code is 6 while anything still differs.

    4 where it is not clear whether the broker has an order: then nobody can say that the books agree.

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
            holdings = _agreed(desk, journal, contact, holdings)
            apart = reconciliation.apart(journal.state)
            unclear = [order.symbol for order in journal.state.open_orders() if order.status.unanswered]
            code = 4 if unclear else 6 if apart else 0
            said = f"books and broker differ: {', '.join(apart)}" if apart else "books and broker agree"
            said += f"; unclear whether the broker has an order in {', '.join(unclear)}" if unclear else ""
            journal.finish("done", said)
        finally:
            journal.close()
    return _outcome("reconcile", code, said, journal), holdings


def _compared(desk: Desk, journal: Journal) -> tuple[Contact, Mapping[str, Holding]]:
    """Two readings of the broker's books against ours, and the second's positions."""
    contact = make_contact(desk, journal)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    contact = hear_again(desk, journal, contact)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    return contact, contact.holdings


def _agreed(desk: Desk, journal: Journal, contact: Contact, holdings: Mapping[str, Holding]) -> Mapping[str, Holding]:
    """The positions of the last comparison: the owner's word may leave books that differ, and that is seen twice."""
    journal.note(reconciliation.decide(journal.state, holdings, journal.now))
    if not any(not seen.confirmed for seen in journal.state.differences.values()):
        return holdings
    again = hear_again(desk, journal, contact)
    journal.note(reconciliation.decide(journal.state, again.holdings, journal.now))
    return again.holdings


def _settled(desk: Desk, state: State, contact: Contact, holdings: Mapping[str, Holding], wish: Wish) -> list[Event]:
    """The events of a whole wish. Raises ValueError, and then none of it is meant."""
    for name, shown in wish.shown.items():
        if (now := _figures(state, holdings, name)) != shown:
            was, is_now = (f"ours {ours}, the broker's {theirs}" for ours, theirs in (shown, now))
            raise ValueError(f"{name} is not as it was shown ({was}) but {is_now}: nothing was settled, look again")
    at = (contact.session.date, contact.clock.now)
    named = _named(wish, state, holdings)
    found: list[Event] = []
    marked = _soberly_marked(desk, holdings, named.adopt)
    for symbol in named.adopt:
        found += settling.adopt(state, marked, symbol, wish.book, desk.rules, at)
    for symbol in named.forget:
        found += settling.forget(state, symbol, at[0])
    for symbol in named.ignore:
        found += settling.ignore(state, symbol, at[1])
    if wish.cash:
        theirs = state.cash_difference.theirs if state.cash_difference is not None else contact.account.cash
        found.append(CashCounted(theirs, at[1]))
    return found


def _soberly_marked(desk: Desk, holdings: Mapping[str, Holding], symbols: Sequence[str]) -> Mapping[str, Holding]:
    """Holdings at the lower of mark and last trade: a stop hung too high sells at once, and never falls."""
    try:
        prices = desk.prices.snapshots(sorted(symbols)) if symbols else {}
    except MarketDataError:
        return holdings
    return {symbol: _lower(holding, prices.get(symbol, NO_PRICE)) for symbol, holding in holdings.items()}


def _lower(holding: Holding, price: Price) -> Holding:
    last = price.trade.price if price.trade is not None else None
    marks = [mark for mark in (holding.mark, last) if mark is not None and mark > 0]
    return replace(holding, mark=min(marks)) if marks else holding


def _named(wish: Wish, state: State, holdings: Mapping[str, Holding]) -> Wish:
    """The wish with every symbol by its name, once."""
    apart = [symbol for symbol, seen in state.differences.items() if seen.confirmed]
    return replace(
        wish,
        adopt=_meant(wish.adopt, [one for one in apart if settling.may_be_adopted(one)]),
        forget=_meant(wish.forget, [one for one in apart if one in state.positions and one not in holdings]),
        ignore=_meant(wish.ignore, [one for one in apart if one not in state.positions]),
    )


def _meant(symbols: tuple[str, ...], every: list[str]) -> tuple[str, ...]:
    return tuple(sorted({*every, *symbols} - {ALL}) if ALL in symbols else dict.fromkeys(symbols))


def _figures(state: State, holdings: Mapping[str, Holding], name: str) -> tuple[Decimal, Decimal]:
    """Ours and the broker's: shares of a symbol, or cash, zeros where no cash is in dispute."""
    if name == CASH:
        seen = state.cash_difference
        return (seen.ours, seen.theirs) if seen is not None else (ZERO, ZERO)
    held, holding = state.positions.get(name), holdings.get(name)
    return (held.qty if held is not None else ZERO, holding.qty if holding is not None else ZERO)


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
