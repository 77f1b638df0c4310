"""Which positions are sold, and why.

Law of the room: no stop fires on one bad print: two prices that do not repeat each other must agree. The first rule
of the table that fires is the reason. Sells ask no breaker; they ask that the shares are there and not promised.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from automated_trading.decisions.witnesses import agreed_over, agreed_under, one_price, witnesses
from automated_trading.domain.events import Event, OrderIntended
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO, floor_to_tick
from automated_trading.domain.orders import Decision, Kind, Order, Purpose, Side, TimeInForce, order_id
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRule, ExitRules
from automated_trading.domain.state import State


@dataclass(frozen=True, slots=True)
class Sale:
    """Why a position is to be sold; at the market, or not under a limit."""

    reason: Reason
    limit: Decimal | None = None


Sales = Mapping[str, Sale]
"""What is to be sold, by symbol."""


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule of this room looks at: a position, and the prices that may speak of it."""

    position: Position
    market: Market
    rules: ExitRules
    found: tuple[Decimal, ...]
    under_entry: Decimal


def why_exit(position: Position, market: Market, rules: ExitRules) -> Reason | None:
    """The first rule in the order of the table that says sell, or None."""
    found = witnesses(market, position.symbol, rules.price_max_age)
    case = Case(position, market, rules, found, _under_entry(position, rules))
    for rule in rules.order:
        if (reason := RULES[rule](case)) is not None:
            return reason
    return None


def _stop(case: Case) -> Reason | None:
    """The stop under entry: 12, 10 or 8 per cent by tier."""
    return Reason.STOP_LOSS if agreed_under(case.found, case.under_entry) else None


def _trailing(case: Case) -> Reason | None:
    """The stop where the high has taken it."""
    followed = case.position.stop > case.under_entry
    return Reason.TRAILING_STOP if followed and agreed_under(case.found, case.position.stop) else None


def _take_profit(case: Case) -> Reason | None:
    """The tier's target over entry, where the owner has switched it on."""
    if not case.rules.take_profit:
        return None
    target = case.position.base * (1 + case.rules.target_fraction(case.position.tier))
    return Reason.TAKE_PROFIT if agreed_over(case.found, target) else None


def _age(case: Case) -> Reason | None:
    """Too old for what it has gained, by the one price there is; a stock without a fresh price waits."""
    days = (case.market.session.date - case.position.session).days
    due = [rule.gain for rule in case.rules.ages if days >= rule.days]
    price = one_price(case.market, case.position.symbol, case.rules.price_max_age) if due else None
    return Reason.AGE if price is not None and price / case.position.base - 1 < max(due) else None


RULES: Mapping[ExitRule, Callable[[Case], Reason | None]] = {
    ExitRule.STOP: _stop,
    ExitRule.TRAILING: _trailing,
    ExitRule.TAKE_PROFIT: _take_profit,
    ExitRule.AGE: _age,
}


def _under_entry(position: Position, rules: ExitRules) -> Decimal:
    """Where the tier's stop stands: the higher of the one bought with and the one in force now."""
    fraction = min(position.stop_fraction, rules.stop_fraction(position.tier))
    return min(position.stop, stop_for(position.base, fraction))


def to_exit(state: State, market: Market, rules: ExitRules, among: Collection[str] | None = None) -> dict[str, Sale]:
    """Symbols to sell now, with why: the market is open and no reading of the books is in dispute.

    `among`, where given, are the only symbols looked at.
    """
    if not market.is_open or market.disabled is not None:
        return {}
    found: dict[str, Sale] = {}
    for symbol in sorted(state.positions if among is None else state.positions.keys() & among):
        position = state.positions[symbol]
        if position.qty <= 0 or symbol in state.differences:
            continue
        reason = _settled(state, symbol) or why_exit(position, market, rules)
        if reason is not None:
            found[symbol] = Sale(reason)
        elif state.undecided.get(symbol, 0) >= rules.undecided_cycles:
            best = max(witnesses(market, symbol, rules.price_max_age), default=ZERO)
            if best > 0:
                found[symbol] = Sale(Reason.UNDECIDED, floor_to_tick(best * (1 - rules.undecided_discount)))
    return found


def _settled(state: State, symbol: str) -> Reason | None:
    """Why a position is sold whatever its prices say now."""
    if symbol in state.leaving:
        return Reason.OWNER_EXIT
    return Reason.THROUGH_STOP if symbol in state.through else None


def decide(state: State, market: Market, selling: Sales) -> list[Event]:
    """A DAY sell of every share that may be sold, for each symbol to exit that has no open order of ours.

    Never more than the broker holds and nobody else has promised: what the owner sold by hand would be sold short.
    """
    orders: list[Event] = []
    for symbol, sale in selling.items():
        qty = min(state.sellable(symbol), free_at_the_broker(state, market, symbol))
        if qty > 0 and not state.open_orders(symbol):
            orders.append(OrderIntended(exit_order(state, market, state.positions[symbol], qty, sale)))
    return orders


def free_at_the_broker(state: State, market: Market, symbol: str) -> Decimal:
    """Shares the broker holds less those an order of the owner's already sells.

    A fill heard since its positions were read, as of a cancel that lost, has taken its shares from there too.
    """
    promised = sum((order.qty - order.filled_qty for order in state.outside_orders(symbol, Side.SELL)), ZERO)
    position = state.positions.get(symbol)
    held = market.held_qty(symbol) if position is None else min(position.qty, market.held_qty(symbol))
    return held - promised


def exit_order(state: State, market: Market, position: Position, qty: Decimal, sale: Sale) -> Order:
    """The sell of this position in this session; its generation counts the exits that have ended unfilled."""
    day = market.session.date
    generation = state.generation(position.book, day, position.symbol, Purpose.EXIT)
    decision = Decision(position.book, day, position.symbol, Side.SELL, Purpose.EXIT, generation)
    return Order(
        client_order_id=order_id(state.account, state.mode, decision),
        decision=decision,
        qty=qty,
        kind=Kind.MARKET if sale.limit is None else Kind.LIMIT,
        time_in_force=TimeInForce.DAY,
        reason=sale.reason.value,
        intended_at=market.now,
        limit_price=sale.limit,
    )
