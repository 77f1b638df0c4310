"""Stops that rest at the broker, so that a desk that is not run is still protected.

Law of the room: a stop rests for whole shares that are held, free and in no dispute, while nothing else of ours is open
in the symbol; it only rises. It is the second line: the desk's own stop decides by its own rules. Where none rests
there is a reason.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from automated_trading.decisions.exits import Sales, free_at_the_broker
from automated_trading.decisions.witnesses import witnesses
from automated_trading.domain.events import Event, OrderIntended
from automated_trading.domain.market import Asset, Market
from automated_trading.domain.money import ZERO, floor_to_tick
from automated_trading.domain.orders import Decision, Kind, Order, OrderStatus, Purpose, Side, TimeInForce, order_id
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules, Protection
from automated_trading.domain.state import State

Why = tuple[Reason, str]
"""A reason, and the figures or the broker's words behind it."""

STEP = Decimal("1.01")
"""A stop is placed anew only this much higher: between cancel and new order the position has none."""

PLACED_AT_MOST = 50
TAKEN_BACK_AT_MOST = {Reason.STOP_RAISED: 20, Reason.SALE_DUE: 60}
"""In one run, so that hundreds of positions cannot use its minutes up between a cancel and what is to take the stop's
place; the others keep theirs, and the next run goes on."""

LAST_MINUTE = timedelta(minutes=1)
"""So late in a session no stop is taken back for another order: that one might not be sent any more."""

GONE = (OrderStatus.REFUSED, OrderStatus.REJECTED)


def decide(state: State, market: Market, rules: ExitRules, selling: Sales) -> list[Event]:
    """A GTC stop sell for each position that should have one at the broker and has none."""
    if not market.is_open or market.disabled is not None or rules.protection is Protection.MONITOR:
        return []
    bare = [
        position
        for symbol, position in sorted(state.positions.items())
        if position.qty > 0 and why_none(state, market, rules, symbol, selling) is None
    ]
    return [OrderIntended(_stop_order(state, market, rules, position)) for position in bare[:PLACED_AT_MOST]]


def level(position: Position, rules: ExitRules) -> Decimal:
    """Where the stop at the broker belongs: under the desk's own by the offset; zero where there is no such price."""
    return max(ZERO, floor_to_tick(position.stop * (1 - rules.stop_offset)))


def to_guard(state: State, market: Market, symbol: str) -> Decimal:
    """Whole shares a stop at the broker may sell: held, there, and promised to no order that is not ours."""
    position = state.positions.get(symbol)
    free = min(position.qty, free_at_the_broker(state, market, symbol)) if position is not None else ZERO
    return max(ZERO, free // 1)


def why_none(state: State, market: Market, rules: ExitRules, symbol: str, selling: Sales) -> tuple[Reason, str] | None:
    """What keeps a stop from being placed now, the first that does; the position has none."""
    position = state.positions[symbol]
    return (
        _dispute(state, symbol)
        or _orders(state, market, symbol, selling)
        or _asset(market, symbol)
        or _price(state, market, rules, position)
    )


def _dispute(state: State, symbol: str) -> Why | None:
    if symbol in state.differences:
        seen = state.differences[symbol]
        return Reason.FROZEN, f"ours {seen.ours}, the broker's {seen.theirs}"
    return (Reason.FROZEN, state.disturbed[symbol]) if symbol in state.disturbed else None


def _orders(state: State, market: Market, symbol: str, selling: Sales) -> Why | None:
    """What of ours and of others' is open in the symbol, or due."""
    if symbol in selling:
        return Reason.SALE_DUE, selling[symbol].reason.value
    for order in state.open_orders(symbol):
        reason = Reason.ENTRY_OPEN if order.side is Side.BUY else Reason.ORDER_OPEN
        return reason, order.client_order_id
    theirs, free = state.outside_orders(symbol), to_guard(state, market, symbol) >= 1
    if state.outside_orders(symbol, Side.BUY) or (theirs and not free):  # a stop beside a buy is a wash trade
        return Reason.OUTSIDE_ORDER, f"{theirs[0].side.value} {theirs[0].qty}"
    if state.positions[symbol].qty < 1:
        return Reason.FRACTION, f"{state.positions[symbol].qty} shares"
    return None if free else (Reason.FROZEN, f"the broker holds {market.held_qty(symbol)}")


def _asset(market: Market, symbol: str) -> Why | None:
    """What the broker says of account and symbol, as far as it was asked."""
    if market.account.blocked is not None:
        return Reason.ACCOUNT_BLOCKED, market.account.blocked
    asset: Asset | None = market.assets.get(symbol)
    if asset is None or (asset.active and asset.tradable):
        return None
    return (Reason.NOT_TRADABLE if asset.active else Reason.ASSET_INACTIVE), ""


def _price(state: State, market: Market, rules: ExitRules, position: Position) -> Why | None:
    stop = level(position, rules)
    if stop <= 0:
        return Reason.NO_STOP_YET, f"no price under {position.stop}"
    if not clear(market, rules, position.symbol, stop):
        return Reason.PRICE_AT_STOP, f"stop {stop}"
    for order in state.orders.values():
        same = order.protects and order.symbol == position.symbol and order.decision.session == market.session.date
        if same and order.status in GONE and _as_before(order, to_guard(state, market, position.symbol), stop):
            return Reason.STOP_REFUSED, order.refusal or "rejected after it was accepted"
    return None


def _as_before(order: Order, qty: Decimal, stop: Decimal) -> bool:
    """Whether a stop would be refused as that one was: as many shares, and not a step higher."""
    return order.qty == qty and stop < (order.stop_price or ZERO) * STEP


def clear(market: Market, rules: ExitRules, symbol: str, stop: Decimal) -> bool:
    """Whether no price stands at or under a stop: one bad print must not make the broker refuse it as reached."""
    return all(price > stop for price in witnesses(market, symbol, rules.price_max_age))


def why_cancel(state: State, market: Market, rules: ExitRules, order: Order, selling: Sales) -> Reason | None:
    """Why a stop that rests at the broker is taken back, None where it stays.

    In a symbol in dispute it goes only where it could sell more than there is: it may be all that protects the shares.
    """
    if rules.protection is Protection.MONITOR:
        return Reason.MONITOR_ONLY
    symbol, late = order.symbol, market.session.closes - market.now < LAST_MINUTE
    if symbol in state.differences:
        too_much = state.frozen(symbol) and order.open_qty > market.held_qty(symbol)
        return Reason.STOP_RESIZED if too_much else None
    position = state.positions.get(symbol)
    if position is None or position.qty <= 0:
        return Reason.POSITION_GONE
    if order != state.stops(symbol)[0]:
        return Reason.STOP_RESIZED  # a second one, come late: the highest stays
    others = any(not sell.protects for sell in state.open_orders(symbol, Side.SELL))
    if others or order.open_qty > position.qty:
        return Reason.SALE_DUE if others else Reason.STOP_RESIZED
    if late or market.account.blocked is not None:
        return None  # nothing could take its place
    if symbol in selling:
        return Reason.SALE_DUE
    return _better(state, market, rules, order, position)


def _better(state: State, market: Market, rules: ExitRules, order: Order, position: Position) -> Reason | None:
    """Why another stop should stand in the place of this one; none where the broker would refuse that one."""
    if state.outside_orders(position.symbol, Side.BUY) or _asset(market, position.symbol) is not None:
        return None
    if order.open_qty != to_guard(state, market, position.symbol):
        return Reason.STOP_RESIZED
    stop = level(position, rules)
    higher = stop >= (order.stop_price or ZERO) * STEP
    return Reason.STOP_RAISED if higher and clear(market, rules, position.symbol, stop) else None


def _stop_order(state: State, market: Market, rules: ExitRules, position: Position) -> Order:
    """The stop of a position, decided in this session; it rests until it trades or is taken back."""
    day = market.session.date
    generation = state.generation(position.book, day, position.symbol, Purpose.PROTECT)
    decision = Decision(position.book, day, position.symbol, Side.SELL, Purpose.PROTECT, generation)
    return Order(
        client_order_id=order_id(state.account, state.mode, decision),
        decision=decision,
        qty=to_guard(state, market, position.symbol),
        kind=Kind.STOP,
        time_in_force=TimeInForce.GTC,
        reason=Reason.PROTECTIVE_STOP.value,
        intended_at=market.now,
        stop_price=level(position, rules),
    )
