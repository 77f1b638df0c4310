"""What is seen of positions: new highs, stops that rise, prices that do not agree.

Law of the room: a high and a stop only rise, and only on prices two witnesses vouch for; what cannot be judged is
counted and shown.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.decisions.witnesses import NEEDED, agreed_high, divided, witnesses
from automated_trading.domain.events import Event, HighRaised, StopDecided, StopRaised, StopUndecided
from automated_trading.domain.market import Market
from automated_trading.domain.money import floor_to_tick, spell
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.rules import ExitRules
from automated_trading.domain.state import State


def observe(state: State, market: Market, rules: ExitRules) -> list[Event]:
    """Highs, stops as the rules in force now set them, and which stops cannot be judged."""
    seen: list[Event] = []
    for symbol, position in sorted(state.positions.items()):
        if position.qty <= 0:
            continue
        found = witnesses(market, symbol, rules.price_max_age) if market.is_open else ()
        high = max(position.high, agreed_high(found) or position.high)
        settled = symbol not in state.differences  # a split moves the price and says nothing of the position
        if high > position.high and settled:
            seen.append(HighRaised(symbol, high))
        if settled and (raised := _raised(position, high, rules)) is not None:
            seen.append(raised)
        if market.is_open:
            seen.extend(_judged(state, position, found))
    return seen


def _raised(position: Position, high: Decimal, rules: ExitRules) -> StopRaised | None:
    """The highest stop any rule asks for, if it is above the one there is."""
    stops = {"the rules in force now": stop_for(position.base, rules.stop_fraction(position.tier))}
    rung = rules.rung(high / position.base - 1)
    if rung is not None:
        words = f"trailing: {_per_cent(rung.trail)} under a high {_per_cent(rung.gain)} or more over entry"
        stops[words] = floor_to_tick(high * (1 - rung.trail))
    why, stop = max(stops.items(), key=lambda row: row[1])
    return StopRaised(position.symbol, stop, why) if stop > position.stop else None


def _per_cent(fraction: Decimal) -> str:
    return f"{spell(100 * fraction)}%"


def _judged(state: State, position: Position, found: tuple[Decimal, ...]) -> list[Event]:
    """Whether the stop could be judged; with no fresh price at all it waits, and the count stands."""
    symbol, cycles = position.symbol, state.undecided.get(position.symbol, 0)
    if divided(found, position.stop):
        prices = ", ".join(str(price) for price in found)
        return [StopUndecided(symbol, cycles + 1, f"prices {prices}, stop {position.stop}")]
    return [StopDecided(symbol)] if cycles and found else []


def unjudged(state: State, market: Market, rules: ExitRules) -> list[str]:
    """Held symbols whose stop could not be judged on two prices this cycle."""
    return [
        symbol
        for symbol, position in sorted(state.positions.items())
        if position.qty > 0 and len(witnesses(market, symbol, rules.price_max_age)) < NEEDED
    ]
