"""Putting room that came free in session to use again.

Law of the room: only what a sale's fill or an unfilled entry of this session set free counts, a queued signal is bought
as strictly as a new one, and one redeployment a day is one that filled, rests or may rest.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.decisions.breakers import why_nothing_opens
from automated_trading.decisions.entries import planned, remarks
from automated_trading.decisions.quotes import Why, away
from automated_trading.decisions.refusals import Case, why_not_yet, why_refused
from automated_trading.decisions.sizing import Room, book_equity, room, sector_name
from automated_trading.domain.events import Event, OrderIntended, SignalRemarked
from automated_trading.domain.market import Market
from automated_trading.domain.money import CENT, ZERO
from automated_trading.domain.orders import Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import RedeploymentRules, Rules
from automated_trading.domain.signals import Signal
from automated_trading.domain.state import QueuedSignal, State, signal_key


def decide(state: State, market: Market, rules: Rules, book: str) -> list[Event]:
    """At most one order for a queued signal, the best that passes every check; why each better one waits on."""
    case = Case(state, market, rules, book)
    if not market.redeploying or spent(state, market) >= rules.redeployment.per_day or not enough_freed(case):
        return []
    space, told = room(state, market, rules, book), list[Event]()
    for queued in waiting(state, market, book):
        signal = queued.signal
        why = why_not(case, signal)
        order = planned(case, signal, Purpose.REDEPLOY) if why is None else None
        if why is None and order is not None:
            why = _no_room(space, order, signal)
        if order is not None and why is None:
            return [*told, *remarks(case, signal), OrderIntended(order)]
        if why is not None and state.day.remarks.get(signal_key(book, signal.ticker)) != why[0].value:
            told.append(SignalRemarked(book, market.session.date, signal.ticker, *why))
    return told


def _no_room(space: Room, order: Order, signal: Signal) -> Why | None:
    """Why there is no room for a redeployment after all."""
    detail = f"{order.qty} at {order.limit_price}"
    if space.in_sector(signal.sector) + order.open_value > space.sector_cap:
        return Reason.MAX_SECTOR, f"sector {sector_name(signal.sector)}: {detail}"
    lacking = space.lacks(order.open_value) or (Reason.UNDER_ONE_SHARE if order.qty < 1 else None)
    return (lacking, detail) if lacking is not None else None


def in_time(market: Market, rules: RedeploymentRules) -> bool:
    """Whether there is session enough left, on half days too."""
    return rules.enabled and market.now <= market.session.closes - rules.before_close


def candidates(state: State, market: Market, rules: Rules) -> list[str]:
    """Tickers that may be redeployed into now and that nothing known without asking further speaks against."""
    found: list[str] = []
    if not market.redeploying or spent(state, market) >= rules.redeployment.per_day:
        return found
    if why_nothing_opens(state, market, rules.breakers) is not None:
        return found
    for book in rules.books:
        case = Case(state, market, rules, book)
        if enough_freed(case):
            queue = (queued.signal for queued in waiting(state, market, book))
            found += [signal.ticker for signal in queue if why_refused(case, signal) is None]
    return found


def waiting(state: State, market: Market, book: str) -> list[QueuedSignal]:
    """A book's queued signals no older than one session, best score first."""
    fresh = (
        queued for queued in state.queue.values() if queued.book == book and queued.session >= market.previous.date
    )
    return sorted(fresh, key=lambda queued: (-queued.signal.score, queued.signal.ticker))


def why_not(case: Case, signal: Signal) -> Why | None:
    """What speaks against buying a queued signal now, the first that does."""
    why = why_refused(case, signal) or why_not_yet(case, signal.ticker)
    if why is not None:
        return why
    distance = away(case.market.price(signal.ticker), signal.entry_price)
    if abs(distance) > case.rules.redeployment.price_tolerance:
        return Reason.OFF_SIGNAL_PRICE, f"the ask is {distance:+.1%} from the signal's {signal.entry_price}"
    return None


def freed(state: State, book: str) -> Decimal:
    """What this session set free for a book and is not used again, in dollars.

    Sales that filled and entries that ended without filling, less what redeployments took.
    """
    session = state.day.session
    orders = [order for order in state.orders.values() if order.book == book and order.decision.session == session]
    sold = sum((order.filled_value for order in orders if order.side is Side.SELL and not order.protects), ZERO)
    sold += state.day.stopped.get(book, ZERO)  # by whatever session's stops
    again = (order for order in orders if order.decision.purpose is Purpose.REDEPLOY)
    used = sum((order.filled_value + order.open_value for order in again), ZERO)
    return sold + sum((_unfilled(order) for order in orders), ZERO) - used


def _unfilled(order: Order) -> Decimal:
    """The money an ended entry left unspent; a redeployment that ended unfilled freed nothing new."""
    asked = (OrderStatus.REFUSED, OrderStatus.WITHDRAWN)
    if order.decision.purpose is not Purpose.ENTRY or not order.status.ended or order.status in asked:
        return ZERO
    return (order.qty - order.filled_qty) * (order.limit_price or ZERO)


def enough_freed(case: Case) -> bool:
    """Whether what came free is worth it: at least the smaller of some dollars and half a slot."""
    found = freed(case.state, case.book)
    if found < CENT:
        return False
    rules = case.rules.redeployment
    equity = book_equity(case.state, case.market, case.rules, case.book)
    least = min(rules.least_money, rules.least_slot * case.rules.caps.max_position * equity)
    return found >= least


def spent(state: State, market: Market) -> int:
    """Redeployments of this session that filled, rest or may rest."""
    return sum(
        order.decision.purpose is Purpose.REDEPLOY
        and order.decision.session == market.session.date
        and (order.filled_qty > 0 or not order.status.ended)
        for order in state.orders.values()
    )
