"""One round of the desk, read aloud.

Law of the room: hear, settle, photograph once; decide, write and send what closes, then what opens; hear again; tell;
save. There is no recovery program: whatever a crash left behind, the next round is the same round.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TypeVar

from automated_trading.decisions import (
    breakers,
    cancels,
    entries,
    exits,
    protecting,
    reconciliation,
    redeployment,
    routines,
    sending,
    watching,
)
from automated_trading.decisions.equity import soundly
from automated_trading.decisions.exits import Sales
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import BrokerError, ConfigError, TradingError
from automated_trading.domain.events import MorningBegan
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Side
from automated_trading.engine.contact import Contact, hear_again, make_contact
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.execution import cancel, see_latch, send
from automated_trading.engine.journal import Journal
from automated_trading.engine.letters import keep_letters
from automated_trading.engine.photograph import asked_about, photograph
from automated_trading.engine.session_close import close_session
from automated_trading.reports.summary import bars, run_line, standing, unsent

T = TypeVar("T")

OPENING_RULES = (entries.decide, redeployment.decide)
"""New signals come before queued ones."""


def run_cycle(desk: Desk, routine: Routine, wait_seconds: float = 0) -> Outcome:
    """One run of a routine, from lock to snapshots; a held lock is waited for that long.

    Raises RunInProgress, StateError, AuditError and ConfigError, in which case nothing was sent; a broker that cannot
    be reached is an Outcome with exit code 4.
    """
    with desk.store.lock(wait_seconds):
        journal = Journal(desk.store.open(), desk, routine.value)
        try:
            outcome = _round(desk, journal, routine)
        except BrokerError as problem:
            _tell(desk, journal, routine, unreachable=str(problem))
            journal.finish("unreachable", str(problem))
            outcome = _outcome(journal, routine, 1 if journal.faults else 4, str(problem))
        except ConfigError as problem:
            _tell(desk, journal, routine, unreachable=str(problem))
            journal.finish("keys", str(problem))
            raise
        finally:
            journal.close()
    return outcome


def _round(desk: Desk, journal: Journal, routine: Routine) -> Outcome:
    contact = make_contact(desk, journal)
    journal.note(reconciliation.decide(journal.state, contact.holdings, journal.now))
    code, said, market = 0, "", None
    if routine is Routine.EOD:
        see_latch(desk, journal)
        code, said = close_session(journal, contact)
    else:
        market = _trade(desk, journal, contact, routine)
    if journal.sent or reconciliation.unconfirmed(journal.state):
        contact = _hear_again(desk, journal, contact)
    told = contact.market()
    told = replace(market, account=told.account, holdings=told.holdings) if market is not None else told
    _break(desk, journal, told)
    if market is not None and journal.state.halted:
        due = exits.to_exit(journal.state, market, desk.rules.exits)
        _cancel(desk, journal, contact, market, due, (Side.BUY,))  # what would take a stop's place goes in `_close`
    if market is not None:
        said = run_line(routine, journal.events, market, journal.state, desk.rules)
    else:
        state, events = journal.state, journal.events
        said = "; ".join([*bars(state, desk.gate.disabled()), *standing(state), *unsent(events, state), said])
    _tell(desk, journal, routine, told)
    code = _worst(journal, market) or code
    journal.finish("done" if code == 0 else "problem", said)
    return _outcome(journal, routine, _worst(journal, market) or code, said, market)


def _hear_again(desk: Desk, journal: Journal, contact: Contact) -> Contact:
    try:
        again = hear_again(desk, journal, contact)
    except BrokerError as problem:
        journal.problems.append(f"not heard again: {problem}")
        return contact
    journal.note(reconciliation.decide(journal.state, again.holdings, journal.now))
    return again


def _trade(desk: Desk, journal: Journal, contact: Contact, routine: Routine) -> Market:
    journal.note(breakers.lifted(journal.state, contact.session.date, journal.now))
    market = photograph(desk, journal, contact, routine)
    see_latch(desk, journal)
    _break(desk, journal, market)
    journal.note(routines.tidy_queue(journal.state, market))
    if not market.is_open:
        return market
    _close(desk, journal, contact, market)
    if market.opening and routine is Routine.MORNING and not journal.state.day.morning_began:
        journal.note([MorningBegan(market.session.date)])
    if (market.opening or market.redeploying) and journal.cramped is None:
        market = _open(desk, journal, contact, market)
    return market


def _break(desk: Desk, journal: Journal, market: Market) -> None:
    """Halts are decided on the equity that sound prices vouch for: one false print hides no loss."""
    journal.note(breakers.decide(journal.state, soundly(market, desk.rules.exits.price_max_age), desk.rules.breakers))


def _close(desk: Desk, journal: Journal, contact: Contact, market: Market) -> None:
    """Stops without an answer that keep a sale back are settled; cancels, confirmed; then the sells, and every stop.

    Highs and stops are as this photograph shows them, and so is what is due: nothing that is heard in between adds to
    it. A stop whose price is through already is a sale at once.
    """
    rules = desk.rules.exits

    def may_go() -> bool:
        return contact.session_open(desk.clock.monotonic())

    journal.note(watching.observe(journal.state, market, rules))
    due = exits.to_exit(journal.state, market, rules)
    settled = [order for order in sending.protecting(journal.state, market, rules) if order.symbol in due]
    send(desk, journal, settled, may_go)
    if settled:  # an answer "through" makes a sale at the market of what was one under a limit
        due = exits.to_exit(journal.state, market, rules)
    _cancel(desk, journal, contact, market, due)
    journal.note(exits.decide(journal.state, market, due))
    journal.note(protecting.decide(journal.state, market, rules, due))
    selling = sending.closing(journal.state, market, rules)
    known = set(journal.state.through)
    tried = {order.client_order_id for order in settled}
    resting = [
        order for order in sending.protecting(journal.state, market, rules) if order.client_order_id not in tried
    ]
    send(desk, journal, [*selling, *resting], may_go)
    through = journal.state.through.keys() - known
    at_once = exits.to_exit(journal.state, market, rules, through) if through else {}
    sales = journal.written(exits.decide(journal.state, market, at_once))
    now = [order for order in sending.closing(journal.state, market, rules) if order.client_order_id in sales]
    send(desk, journal, now, may_go)


def _cancel(
    desk: Desk, journal: Journal, contact: Contact, market: Market, due: Sales, sides: Collection[Side] = tuple(Side)
) -> None:
    market = replace(market, disabled=market.disabled or desk.gate.disabled())
    journal.note(cancels.decide(journal.state, market, desk.rules, due, sides))
    asked = cancels.to_send(journal.state, market, sides)
    on = contact.session_open(desk.clock.monotonic())  # behind the bell nothing could take a stop's place
    cancel(desk, journal, [order for order in asked if on or not order.protects])


def _open(desk: Desk, journal: Journal, contact: Contact, market: Market) -> Market:
    market = _fenced(journal, "what openings need", lambda: asked_about(desk, journal, market)) or market
    for book, decide in product(desk.rules.books, OPENING_RULES):
        rules = partial(decide, journal.state, market, desk.rules, book)
        journal.note_where_room(_fenced(journal, f"book {book}: its opening rules", rules) or [])

    def may_go() -> bool:
        if see_latch(desk, journal) or not contact.session_open(desk.clock.monotonic()) or journal.cramped is not None:
            return False
        return breakers.why_nothing_opens(journal.state, market, desk.rules.breakers) is None

    send(desk, journal, sending.opening(journal.state, market, desk.rules), may_go)
    return market


def _tell(
    desk: Desk, journal: Journal, routine: Routine, market: Market | None = None, unreachable: str | None = None
) -> None:
    """Letters last, behind the same fence: a fault in them costs no trade."""
    _fenced(journal, "letters", lambda: keep_letters(desk, journal, routine.value, market, unreachable))


def _fenced(journal: Journal, what: str, act: Callable[[], T]) -> T | None:
    """The fence round opening and telling: a fault in them costs no exit, of this book or another."""
    try:
        return act()
    except TradingError:
        raise
    except Exception as fault:  # everything that closes has gone before
        journal.faults.append(f"{what} failed: {fault!r}")
        return None


def _worst(journal: Journal, market: Market | None) -> int:
    if journal.faults:
        return 1
    if journal.cramped is not None or (market is not None and market.signals.broken is not None):
        return 3
    return 4 if journal.problems or any(order.status.unanswered for order in journal.state.open_orders()) else 0


def _outcome(journal: Journal, routine: Routine, code: int, said: str, market: Market | None = None) -> Outcome:
    cramped = [journal.cramped] if journal.cramped is not None else []
    return Outcome(
        command=routine.value,
        exit_code=code,
        said=said,
        at=journal.now,
        state=journal.state,
        head=journal.head,
        events=tuple(journal.events),
        market=market,
        problems=(*cramped, *journal.faults, *journal.problems, *journal.untold),
        untold=tuple(journal.untold),
    )
