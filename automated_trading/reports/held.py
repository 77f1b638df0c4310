"""A position as its owner asks about it: how it stands, and what would sell it.

Law of the file: the rules are told as they are in force now; without the broker's word nothing is said of prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from automated_trading.decisions.exits import free_at_the_broker, to_exit
from automated_trading.domain.codec import encode
from automated_trading.domain.market import Market
from automated_trading.domain.money import floor_to_tick, spell
from automated_trading.domain.orders import Side
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import AgeRule, ExitRules
from automated_trading.domain.state import State
from automated_trading.reports.amounts import bound, counted, price
from automated_trading.reports.protection import protection_row


@dataclass(frozen=True, slots=True)
class NextAge:
    """The age rule that comes next, or the last one, in force already; `in_days` is zero then."""

    rule: AgeRule
    in_days: int


def position_row(state: State, market: Market | None, rules: ExitRules, symbol: str) -> dict[str, Any]:
    """A position for `status --json`: money, shares and fractions as text."""
    position = state.positions[symbol]
    last = market.last_price(symbol) if market is not None else None
    distance = (last - position.stop) / last if last is not None and last > 0 else None
    today = market.session.date if market is not None else state.day.session
    age = age_in_days(position, today)
    coming = next_age(age, rules)
    return {
        "symbol": symbol,
        "book": position.book,
        "origin": position.origin.value,
        "qty": spell(position.qty),
        "entry_price": spell(round(position.entry_price, 6)),
        "stop": spell(position.stop),
        "stop_rule": stop_rule(position, rules).value,
        "high": spell(round(position.high, 6)),
        "last_price": encode(last),
        "distance_to_stop": spell(round(distance, 4)) if distance is not None else None,
        "gain": spell(round(last / position.base - 1, 4)) if last is not None else None,
        "open_profit": spell(round(position.qty * last - position.cost, 2)) if last is not None else None,
        "opened": encode(position.opened),
        "age_days": age,
        "next_age_rule": _age_row(coming),
        "protection": protection_row(state, market, rules, symbol),
        "take_profit": encode(target(position, rules)),
        "tier": position.tier,
    }


def promised(state: State, market: Market, symbol: str) -> bool:
    """Whether all its shares are promised to orders that are not ours, and none of ours sells them."""
    taken = state.outside_orders(symbol, Side.SELL) and free_at_the_broker(state, market, symbol) <= 0
    return bool(taken) and not state.open_orders(symbol)


def held_back(state: State, market: Market, rules: ExitRules) -> dict[str, Reason]:
    """Symbols to be sold now, each with why, whose shares an order that is not ours has."""
    taken = [symbol for symbol in state.positions if promised(state, market, symbol)]
    due = to_exit(state, market, rules) if taken else {}
    return {symbol: sale.reason for symbol, sale in due.items() if symbol in taken}


def _age_row(coming: NextAge | None) -> dict[str, Any] | None:
    if coming is None:
        return None
    return {"days": coming.rule.days, "in_days": coming.in_days, "sold_under_gain": spell(coming.rule.gain)}


def age_in_days(position: Position, today: date | None) -> int:
    """Calendar days since the session it was bought in."""
    return max(0, (today - position.session).days) if today is not None else 0


def next_age(age: int, rules: ExitRules) -> NextAge | None:
    """The age rule that comes next; the last one once all have come, None where there is none."""
    ages = sorted(rules.ages, key=lambda rule: rule.days)
    coming = next((rule for rule in ages if rule.days > age), ages[-1] if ages else None)
    return NextAge(coming, max(0, coming.days - age)) if coming is not None else None


def stop_rule(position: Position, rules: ExitRules) -> Reason:
    """Which rule the stop is of: the tier's, or the one that followed the high."""
    fraction = min(position.stop_fraction, rules.stop_fraction(position.tier))
    under_entry = stop_for(position.base, fraction)
    return Reason.STOP_LOSS if position.stop <= under_entry else Reason.TRAILING_STOP


def target(position: Position, rules: ExitRules) -> Decimal | None:
    """Where a gain is taken, if the owner has switched that on."""
    if not rules.take_profit:
        return None
    return floor_to_tick(position.base * (1 + rules.target_fraction(position.tier)))


def would_sell(position: Position, rules: ExitRules, age: int) -> list[str]:
    """Every rule that would sell it, in words."""
    told = [f"{stop_rule(position, rules).value} at or under {price(position.stop)}"]
    goal = target(position, rules)
    if goal is not None:
        told.append(f"{Reason.TAKE_PROFIT.value} at or over {price(goal)}")
    for rule in sorted(rules.ages, key=lambda rule: rule.days):
        when = "now" if rule.days <= age else f"in {counted(rule.days - age, 'day')}"
        told.append(f"{Reason.AGE.value} {when} if its gain is under {bound(rule.gain)}")
    return told
