"""Which signals become orders.

Law of the room: every signal of the file gets its answer: an order, a place in the queue, a refusal or "not yet", each
with its reason, in a fixed order of rules. An answer already on record is not written again.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from automated_trading.decisions.breakers import why_nothing_opens
from automated_trading.decisions.quotes import away, entry_limit
from automated_trading.decisions.refusals import Case, why_not_yet, why_refused, why_stale
from automated_trading.decisions.sizing import Room, room, sector_name, shares_for, slot
from automated_trading.domain.events import (
    Event,
    OrderIntended,
    SignalNotYet,
    SignalQueued,
    SignalRefused,
    SignalRemarked,
)
from automated_trading.domain.market import Market
from automated_trading.domain.orders import (
    Decision,
    EntryTerms,
    Kind,
    Order,
    OrderStatus,
    Purpose,
    Side,
    TimeInForce,
    order_id,
)
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Signal
from automated_trading.domain.state import State, signal_key

REASONS = {Purpose.ENTRY: Reason.ENTRY, Purpose.REDEPLOY: Reason.REDEPLOYMENT}


def decide(state: State, market: Market, rules: Rules, book: str) -> list[Event]:
    """An answer for each signal, best first, planned over the whole batch."""
    if not market.opening:
        return []
    case = Case(state, market, rules, book)
    events: list[Event] = [
        SignalRefused(book, market.session.date, bad.label, bad.reason, bad.detail) for bad in market.signals.malformed
    ]
    space = room(state, market, rules, book)
    used = used_up(state, market, book)
    for signal in market.signals.signals:
        if signal.ticker in used:
            continue  # its order or its place in the queue is its answer
        found, space = answer(case, signal, space)
        events.extend(found)
    return [event for event in events if _is_news(state, event)]


def answer(case: Case, signal: Signal, space: Room) -> tuple[list[Event], Room]:
    """What becomes of one signal, and the room left for the next."""
    day = case.market.session.date
    if (why := why_stale(case, signal) or why_refused(case, signal)) is not None:
        return [SignalRefused(case.book, day, signal.ticker, *why)], space
    if (why := why_not_yet(case, signal.ticker)) is not None:
        return [SignalNotYet(case.book, day, signal.ticker, *why)], space
    order = planned(case, signal, Purpose.ENTRY)
    detail = f"{order.qty} at {order.limit_price}"
    if space.in_sector(signal.sector) + order.open_value > space.sector_cap:
        crowded = f"sector {sector_name(signal.sector)}: {detail}"
        return [SignalRefused(case.book, day, signal.ticker, Reason.MAX_SECTOR, crowded)], space
    lacking = space.lacks(order.open_value) or (Reason.UNDER_ONE_SHARE if order.qty < 1 else None)
    if lacking is not None:
        return [SignalQueued(case.book, day, signal, lacking, detail, case.market.now)], space
    return [*remarks(case, signal), OrderIntended(order)], space.without(order.open_value, signal.sector)


def candidates(state: State, market: Market, rules: Rules) -> list[str]:
    """Tickers of signals that nothing known without asking further speaks against, best first."""
    if why_nothing_opens(state, market, rules.breakers) is not None:
        return []
    return list(dict.fromkeys(_open_questions(state, market, rules)))


def _open_questions(state: State, market: Market, rules: Rules) -> Iterator[str]:
    for book in rules.books:
        case, used = Case(state, market, rules, book), used_up(state, market, book)
        for signal in market.signals.signals:
            refused = why_stale(case, signal) or why_refused(case, signal)
            if refused is None and signal.ticker not in used:
                yield signal.ticker


def used_up(state: State, market: Market, book: str) -> set[str]:
    """Tickers whose signal is used up: it is (book, ticker, session), and an order the broker has answered or may have,
    or queueing, uses it up.

    A broker's refusal uses it up too: what it will not take at 09:35 it will not take every five minutes either.
    """
    queued = {key for key, verdict in state.day.verdicts.items() if verdict.said == "queued"}
    used = {signal.ticker for signal in market.signals.signals if signal_key(book, signal.ticker) in queued}
    return used | {
        order.symbol
        for order in state.orders.values()
        if order.decision.purpose is Purpose.ENTRY
        and (order.decision.session, order.book) == (market.session.date, book)
        and order.status is not OrderStatus.WITHDRAWN
    }


def remarks(case: Case, signal: Signal) -> list[Event]:
    """What should be known of a signal that is bought all the same; said once a session."""
    distance = away(case.market.price(signal.ticker), signal.entry_price)
    known = case.state.day.remarks.get(signal_key(case.book, signal.ticker))
    if abs(distance) <= case.rules.entries.far_from_signal or known == Reason.FAR_FROM_SIGNAL.value:
        return []
    detail = f"the ask is {distance:+.1%} from the signal's {signal.entry_price}"
    day = case.market.session.date
    return [SignalRemarked(case.book, day, signal.ticker, Reason.FAR_FROM_SIGNAL, detail)]


def planned(case: Case, signal: Signal, purpose: Purpose) -> Order:
    """The order a signal would become; its quantity may be less than one share."""
    state, market, rules = case.state, case.market, case.rules
    limit = entry_limit(market.price(signal.ticker), market.closes[signal.ticker], rules.entries)
    generation = state.generation(case.book, market.session.date, signal.ticker, purpose)
    decision = Decision(case.book, market.session.date, signal.ticker, Side.BUY, purpose, generation)
    terms = EntryTerms(
        stop_fraction=rules.exits.stop_fraction(signal.tier),
        tier=signal.tier,
        score=signal.score,
        sector=signal.sector,
    )
    return Order(
        client_order_id=order_id(state.account, state.mode, decision),
        decision=decision,
        qty=shares_for(slot(state, market, rules, case.book, signal.score), limit),
        kind=Kind.LIMIT,
        time_in_force=TimeInForce.DAY,
        reason=REASONS[purpose].value,
        intended_at=market.now,
        limit_price=limit,
        terms=terms,
    )


def ceiling(case: Case, order: Order) -> Decimal:
    """The most dollars an order of this score may cost."""
    score = order.terms.score if order.terms is not None and order.terms.score is not None else Decimal(0)
    return slot(case.state, case.market, case.rules, case.book, score)


def _is_news(state: State, event: Event) -> bool:
    """Whether an answer differs from the one on record; figures that merely moved are no news."""
    if not isinstance(event, SignalRefused | SignalNotYet):
        return True
    said = "refused" if isinstance(event, SignalRefused) else "not_yet"
    standing = state.day.verdicts.get(signal_key(event.book, event.signal))
    return standing is None or (standing.said, standing.reason) != (said, event.reason)
