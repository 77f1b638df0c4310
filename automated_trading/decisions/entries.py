"""Which signals become orders.

Law of the room: every signal of the file gets its answer: an order, a place in the queue, a refusal or "not yet", each
with its reason, in a fixed order of rules. An answer already on record is not written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from automated_trading.decisions.breakers import why_nothing_opens
from automated_trading.decisions.sizing import Room, entry_limit, room, shares_for
from automated_trading.domain.events import Event, OrderIntended, SignalNotYet, SignalQueued, SignalRefused
from automated_trading.domain.market import Market, Price
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
from automated_trading.domain.rules import EntryRules, Rules
from automated_trading.domain.signals import Signal
from automated_trading.domain.state import State, signal_key

Why = tuple[Reason, str]
"""A reason and the figures behind it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule of this room looks at."""

    state: State
    market: Market
    rules: Rules
    book: str


def decide(state: State, market: Market, rules: Rules, book: str) -> list[Event]:
    """An answer for each signal, best first, planned over the whole batch."""
    case = Case(state, market, rules, book)
    events: list[Event] = [
        SignalRefused(book, market.session.date, bad.label, bad.reason, bad.detail) for bad in market.signals.malformed
    ]
    space = room(state, market, rules, book)
    for signal in market.signals.signals:
        if used_up(state, market, book, signal):
            continue  # its order or its place in the queue is its answer
        event, space = answer(case, signal, space)
        events.append(event)
    return [event for event in events if _is_news(state, event)]


def answer(case: Case, signal: Signal, space: Room) -> tuple[Event, Room]:
    """What becomes of one signal, and the room left for the next."""
    day = case.market.session.date
    if (why := why_refused(case, signal)) is not None:
        return SignalRefused(case.book, day, signal.ticker, *why), space
    if (why := why_not_yet(case, signal.ticker)) is not None:
        return SignalNotYet(case.book, day, signal.ticker, *why), space
    limit = entry_limit(case.market.price(signal.ticker), case.rules.entries)
    qty = shares_for(case.rules.book_equity(case.book, case.market.account.equity), limit, case.rules)
    lacking = Reason.UNDER_ONE_SHARE if qty < 1 else space.lacks(qty * limit)
    if lacking is not None:
        detail = f"{qty} at {limit}"
        return SignalQueued(case.book, day, signal, lacking, detail, case.market.now), space
    return OrderIntended(_entry(case, signal, qty, limit)), space.without(qty * limit)


def used_up(state: State, market: Market, book: str, signal: Signal) -> bool:
    """A signal is (book, ticker, session): an order the broker has answered or may have, or queueing, uses it up.

    A broker's refusal uses it up too: what it will not take at 09:35 it will not take every five minutes either.
    """
    verdict = state.day.verdicts.get(signal_key(book, signal.ticker))
    if verdict is not None and verdict.said == "queued":
        return True
    return any(
        order.decision.purpose is Purpose.ENTRY
        and (order.decision.session, order.book, order.symbol) == (market.session.date, book, signal.ticker)
        and order.status is not OrderStatus.WITHDRAWN
        for order in state.orders.values()
    )


def why_refused(case: Case, signal: Signal) -> Why | None:
    """Facts about the signal and what is held that speak against it."""
    state, market, rules = case.state, case.market, case.rules.entries
    if signal.generated < market.previous.closes:
        return Reason.STALE, f"generated {signal.generated:%Y-%m-%d %H:%M} UTC"
    if signal.score < rules.min_signal_score:
        return Reason.LOW_SCORE, f"{signal.score} < {rules.min_signal_score}"
    position = state.positions.get(signal.ticker)
    orders = state.open_orders(signal.ticker)
    owners = {order.book for order in orders} | ({position.book} if position else set())
    if owners - {case.book}:
        return Reason.OTHER_BOOK, f"held by {', '.join(sorted(owners - {case.book}))}"
    if position is not None:
        return Reason.HELD, f"{position.qty} shares"
    if orders:
        return Reason.ORDER_OPEN, orders[0].client_order_id
    return None


def why_not_yet(case: Case, ticker: str) -> Why | None:
    """Facts of the moment that speak against buying a ticker now."""
    blocked = why_nothing_opens(case.state, case.market, case.rules.breakers)
    if blocked is not None:
        return blocked
    if ticker in case.state.differences or case.market.held_qty(ticker) != 0:
        return Reason.FROZEN, f"the broker holds {case.market.held_qty(ticker)}"
    return quote_problem(case.market.price(ticker), case.market, case.rules.entries)


def quote_problem(price: Price, market: Market, rules: EntryRules) -> Why | None:
    """Why this quote cannot be bought on, or None. A quote from the future is as bad as an old one."""
    quote = price.quote
    if quote is None or (quote.bid <= 0 and quote.ask <= 0):
        return Reason.NO_QUOTE, ""
    if quote.bid <= 0 or quote.ask <= 0:
        return Reason.ONE_SIDED_QUOTE, f"bid {quote.bid}, ask {quote.ask}"
    if quote.bid > quote.ask:
        return Reason.CROSSED_QUOTE, f"bid {quote.bid} > ask {quote.ask}"
    if entry_limit(price, rules) == 0:
        return Reason.NO_QUOTE, f"ask {quote.ask} is under a tick"
    age = market.now - quote.at
    if abs(age) > rules.quote_max_age:
        return Reason.STALE_QUOTE, f"{age.total_seconds():.0f} s old"
    return None


def _entry(case: Case, signal: Signal, qty: Decimal, limit: Decimal) -> Order:
    state, day = case.state, case.market.session.date
    generation = state.generation(case.book, day, signal.ticker, Purpose.ENTRY)
    decision = Decision(case.book, day, signal.ticker, Side.BUY, Purpose.ENTRY, generation)
    terms = EntryTerms(
        stop_fraction=case.rules.exits.stop_fraction(signal.tier),
        tier=signal.tier,
        score=signal.score,
        sector=signal.sector,
    )
    return Order(
        client_order_id=order_id(state.account, state.mode, decision),
        decision=decision,
        qty=qty,
        kind=Kind.LIMIT,
        time_in_force=TimeInForce.DAY,
        reason=Reason.ENTRY.value,
        intended_at=case.market.now,
        limit_price=limit,
        terms=terms,
    )


def _is_news(state: State, event: Event) -> bool:
    """Whether an answer differs from the one on record; figures that merely moved are no news."""
    if not isinstance(event, SignalRefused | SignalNotYet):
        return True
    said = "refused" if isinstance(event, SignalRefused) else "not_yet"
    standing = state.day.verdicts.get(signal_key(event.book, event.signal))
    return standing is None or (standing.said, standing.reason) != (said, event.reason)
