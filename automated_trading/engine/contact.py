"""Asking the broker where things stand, and hearing it out.

Law of the room: the account is checked before anything is written; positions are read before orders, so that a fill in
between can only look like a difference for one reading; every order without an answer is looked up by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from automated_trading.decisions import reconciliation, sending, watchkeeping
from automated_trading.decisions.sizing import bought
from automated_trading.decisions.windows import Routine
from automated_trading.domain.errors import BrokerUnreachable, StateError
from automated_trading.domain.events import (
    AccountPinned,
    ActivityHeard,
    CashCounted,
    EquityMarked,
    Event,
    Halted,
    OrderEnded,
    SessionBegan,
)
from automated_trading.domain.evolve import fold
from automated_trading.domain.market import FLOWS, Account, Activity, BrokerClock, Holding, Market
from automated_trading.domain.orders import BrokerOrder, Order, OrderStatus, looks_like_ours
from automated_trading.domain.reasons import Reason
from automated_trading.domain.sessions import Calendar, Session, at_new_york, new_york_date
from automated_trading.domain.state import State
from automated_trading.engine.desk import LOOK_BACK, Desk
from automated_trading.engine.hearing import hear, hear_outside
from automated_trading.engine.journal import Journal
from automated_trading.engine.ports import Broker

LAST_SECONDS = timedelta(seconds=5)
"""An order sent this close to the bell may arrive behind it, and would be the next session's."""

CALENDAR_SPAN = timedelta(days=10)
"""Days of calendar asked for each way: no market holiday closes the exchange for longer."""

OVERLAP = timedelta(days=6)
"""Activities are read again from this long before the newest known: some are put on record late, and one that tells no
hour is of its date's midnight, which a long weekend may lie behind. They are kept far longer: none counts twice."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The first answers of a run.

    The account is read after the orders, so that a fill in between is counted twice rather than not at all; `bought` is
    what all buys on our books had cost by then, `heard_at` our stopwatch when the broker told its time.
    """

    clock: BrokerClock
    account: Account
    session: Session
    previous: Session
    following: Session
    holdings: Mapping[str, Holding]
    bought: Decimal
    heard_at: float

    def market(self) -> Market:
        """What is known of the market by now: no prices, no signals, nothing may open."""
        return Market(
            now=self.clock.now,
            session=self.session,
            previous=self.previous,
            following=self.following,
            is_open=self.clock.is_open,
            account=self.account,
            holdings=self.holdings,
            skew=self.clock.skew,
            bought=self.bought,
        )

    def session_open(self, stopwatch: float) -> bool:
        """Whether the session is still on, by the broker's clock and our stopwatch; its last seconds do not count."""
        return self.clock.now + timedelta(seconds=stopwatch - self.heard_at) < self.session.closes - LAST_SECONDS


def make_contact(desk: Desk, journal: Journal) -> Contact:
    """Clock, account, calendar, positions and orders, heard into the journal.

    Raises StateError if the folder belongs to another account, BrokerUnreachable if any answer is missing.
    """
    heard_at = desk.clock.monotonic()
    clock = desk.broker.clock()
    calendar, session, previous, following = sessions_at(desk.broker, clock.now)
    holdings = {holding.symbol: holding for holding in desk.broker.positions()}
    told = desk.broker.orders(after=_since(journal, session, clock.now))
    activities = _activities(desk, journal, previous)
    account = desk.broker.account()
    refuse_another(journal.state, account)
    missed = watchkeeping.decide(journal.state, calendar, clock.now, desk.rules.entries)
    if clock.is_open and journal.command == Routine.MORNING.value:
        missed += watchkeeping.late(journal.state, session, clock.now, desk.rules.entries)
    journal.begin(clock.now)
    journal.note(_first_words(desk, journal, account, told, session, previous))
    if _begin_session(journal, session, previous, missed):
        missed = []
    _listen(desk, journal, told, session)
    journal.note(_heard(journal, activities))
    if journal.state.cash is None:
        read_at = clock.now + timedelta(seconds=desk.clock.monotonic() - heard_at)
        _count_cash(desk, journal, account, session, read_at)
    _compare_cash(desk, journal, account)
    journal.note([*missed, EquityMarked(session.date, account, journal.now)])
    return Contact(clock, account, session, previous, following, holdings, bought(journal.state), heard_at)


def sessions_at(broker: Broker, now: datetime) -> tuple[Calendar, Session, Session, Session]:
    """The calendar around now, the latest session begun, the one before and the one after.

    Raises BrokerUnreachable on a calendar with holes.
    """
    today = new_york_date(now)
    told = broker.calendar(today - CALENDAR_SPAN, today + CALENDAR_SPAN)
    try:
        calendar = Calendar(told)
        session = calendar.latest_begun(now)
        return calendar, session, calendar.before(session), calendar.after(session)
    except ValueError as problem:
        raise BrokerUnreachable(f"the broker's calendar does not tell the sessions around {today}: {problem}") from None


def refuse_another(state: State, account: Account) -> None:
    """Raises StateError if the books are pinned to another account than this one."""
    if state.account not in ("", account.account_id):
        raise StateError(
            f"this data folder belongs to account {state.account}, the keys to account {account.account_id}: "
            "give each account its own --data-dir"
        )


def hear_again(desk: Desk, journal: Journal, contact: Contact) -> Contact:
    """The contact with a second reading of positions, orders and cash, after what this run sent."""
    holdings = {holding.symbol: holding for holding in desk.broker.positions()}
    told = desk.broker.orders(after=_since(journal, contact.session, contact.clock.now))
    activities = _activities(desk, journal, contact.previous)
    account = desk.broker.account()
    _listen(desk, journal, told, contact.session)
    journal.note(_heard(journal, activities))
    _compare_cash(desk, journal, account)
    journal.note([EquityMarked(contact.session.date, account, journal.now)])
    return replace(contact, account=account, holdings=holdings)


def _first_words(
    desk: Desk,
    journal: Journal,
    account: Account,
    told: tuple[BrokerOrder, ...],
    session: Session,
    previous: Session,
) -> list[Event]:
    """Pins a fresh folder to its account; one whose account has orders of ours has been lost and begins halted.

    The halt comes first and the pin last, behind everything taken back: a crash between them begins anew, as far back,
    and no session can begin that forgets what was not yet heard.
    """
    if journal.state.account:
        return []
    pinned = AccountPinned(account.account_id, desk.mode)
    ours = [order for order in told if looks_like_ours(order.client_order_id)]
    if not ours:
        return [pinned]
    detail = f"the folder is empty, but the account has {len(ours)} orders of this desk; `resume` once you have looked"
    began = SessionBegan(session.date, journal.now, previous.closes)
    # Strangers among them are ignored, but for those the broker put in the place of one of ours.
    taken_back = hear(fold([began, pinned], journal.state), told, desk.rules, journal.now)
    return [Halted(Reason.LOST_FOLDER, detail, journal.now), began, *taken_back, pinned]


def _begin_session(journal: Journal, session: Session, previous: Session, missed: list[Event]) -> bool:
    """A new session's counters; one that was never closed gets its checkpoint first, and a new month its own log.

    What was missed before it is told with it, and first: once it has begun, nobody looks back. False: it had begun.
    """
    day = journal.state.day
    if day.session is not None and day.session >= session.date:
        return False
    if day.session is not None:
        new_month = (day.session.year, day.session.month) != (session.date.year, session.date.month)
        if day.figures is None or new_month:
            journal.checkpoint()
        if new_month:
            journal.rotate(f"{day.session:%Y-%m}")
    journal.note([*missed, SessionBegan(session.date, journal.now, previous.closes)])
    return True


def _activities(desk: Desk, journal: Journal, previous: Session) -> tuple[Activity, ...]:
    """What moved the account beside trades; unanswered it is a problem, and cash stays to be explained.

    At first contact what came since the last close is heard too: it moves no cash of ours, but is no loss either.
    """
    state = journal.state
    newest = max((min(known.at, journal.now) for known in state.activities.values()), default=state.cash_since)
    since = previous.closes if newest is None else newest - OVERLAP
    try:
        return desk.broker.activities(after=since)
    except BrokerUnreachable as problem:
        words = f"fees, dividends and transfers not heard: {problem}"
        journal.problems += [words] if words not in journal.problems else []
        return ()


def _heard(journal: Journal, activities: tuple[Activity, ...]) -> list[Event]:
    known = journal.state.activities
    return [ActivityHeard(told, told.kind in FLOWS) for told in activities if told.activity_id not in known]


def _count_cash(desk: Desk, journal: Journal, account: Account, session: Session, read_at: datetime) -> None:
    """Our books' cash begins as the broker's, unless a fill came between reading the orders and reading the cash."""
    before = _traded(journal.state)
    _listen(desk, journal, desk.broker.orders(after=_since(journal, session, journal.now)), session)
    if _traded(journal.state) == before:
        journal.note([CashCounted(account.cash, read_at)])


def _traded(state: State) -> tuple[object, ...]:
    """All that a fill would have changed; an order that was only seen a second time is none."""
    outside = {key: (order.filled_qty, order.filled_value) for key, order in state.outside.items()}
    return state.orders, state.positions, outside


def _compare_cash(desk: Desk, journal: Journal, account: Account) -> None:
    tolerance = desk.rules.breakers.cash_tolerance(account.equity)
    journal.note(reconciliation.cash(journal.state, account.cash, tolerance, journal.now))


def _since(journal: Journal, session: Session, now: datetime) -> datetime:
    """From where the broker's orders are read: far back until one hearing is complete, then from the oldest open."""
    state = journal.state
    if state.marked is None:
        return now - LOOK_BACK
    ours = (order.decision.session for order in state.open_orders())
    others = (new_york_date(order.submitted) for order in state.outside.values() if order.is_open)
    last = [new_york_date(state.marked_at)] if state.marked_at is not None else []  # what came since is not known
    return at_new_york(min([session.date, *last, *ours, *others]) - timedelta(days=4), time(0))


def _listen(desk: Desk, journal: Journal, told: tuple[BrokerOrder, ...], session: Session) -> None:
    """Hear a list of orders, then look up by id each order it does not show: the open ones, and the lost."""
    journal.note(hear(journal.state, told, desk.rules, journal.now))
    journal.note(hear_outside(journal.state, told, desk.rules))
    shown = {order.client_order_id for order in told} | {order.broker_id for order in told}
    for order in [*journal.state.open_orders(), *_lost(journal.state)]:
        if order.broker_id in shown or (order.broker_id is None and order.client_order_id in shown):
            continue
        _look_up(desk, journal, order, session)


def _lost(state: State) -> list[Order]:
    """Orders the broker shows no longer: one that is there after all may have traded, or hold our shares.

    A stop does neither where nothing of its symbol is on our books, or another stop was taken for the same shares.
    """

    def may_matter(order: Order) -> bool:
        return not order.protects or (order.symbol in state.positions and not state.stops(order.symbol))

    return [order for order in state.orders.values() if order.lost and may_matter(order)]


def _look_up(desk: Desk, journal: Journal, order: Order, session: Session) -> None:
    try:
        told = desk.broker.follow(order.broker_id) if order.broker_id else desk.broker.find(order.client_order_id)
    except BrokerUnreachable as problem:
        journal.unheard.add(order.client_order_id)
        words = f"{order.symbol}: not looked up: {problem}"
        journal.problems += [words] if words not in journal.problems else []
        return
    if told is not None:
        journal.note(hear(journal.state, [told], desk.rules, journal.now))
        followed = journal.state.orders[order.client_order_id]
        if followed.broker_id not in (told.broker_id, *followed.former):
            _look_up(desk, journal, followed, session)  # to the last in its place, before anything is decided
    elif order.status.unanswered and sending.is_over(order, session, journal.now):
        journal.note([sending.withdraw(order)])
    elif not order.status.unseen:
        journal.problems.append(f"{order.symbol}: the broker does not show order {order.client_order_id}")
        if sending.is_over(order, session, journal.now):
            # It is open again once the broker shows it, and is heard to the end it really had.
            journal.note([OrderEnded(order.client_order_id, OrderStatus.LOST)])
