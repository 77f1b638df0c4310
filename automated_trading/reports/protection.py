"""Which positions a stop at the broker guards, and why the others have none.

Law of the file: a stop guards once the broker has it. Where the broker was not asked, the records speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from automated_trading.decisions.exits import to_exit
from automated_trading.decisions.protecting import why_none
from automated_trading.domain.codec import encode
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Order, OrderStatus, Side
from automated_trading.domain.reasons import SENTENCES, Reason
from automated_trading.domain.rules import ExitRules, Protection, Rules
from automated_trading.domain.state import State

Why = tuple[Reason, str]


def unguarded(state: State, market: Market | None, rules: Rules) -> list[tuple[str, Reason, str]]:
    """Positions that no stop at the broker guards to their last share: symbol, reason, and the reason in words."""
    found = {symbol: why_bare(state, market, rules.exits, symbol) for symbol in sorted(state.positions)}
    return [(symbol, why[0], words_of(why)) for symbol, why in found.items() if why is not None]


def words_of(why: Why) -> str:
    """A reason in its sentence, with what stands behind it."""
    reason, detail = why
    return f"{SENTENCES[reason]} ({detail})" if detail else SENTENCES[reason]


def why_bare(state: State, market: Market | None, rules: ExitRules, symbol: str) -> Why | None:
    """Why not every share of a position is guarded by a stop at the broker; None where all are."""
    position, stops = state.positions[symbol], state.stops(symbol)
    if position.qty <= 0:
        return None
    if stops:
        left = position.qty - stops[0].open_qty
        if left <= 0:
            return None
        if left < 1:
            return Reason.FRACTION, f"{left} of a share"
        reason = Reason.OUTSIDE_ORDER if state.outside_orders(symbol, Side.SELL) else Reason.STOP_RESIZED
        return reason, f"{stops[0].open_qty} of {position.qty} shares"
    if rules.protection is Protection.MONITOR:
        return Reason.MONITOR_ONLY, ""
    if market is not None and market.disabled is not None:
        return Reason.TRADING_DISABLED, market.disabled
    if market is None or not market.is_open:
        return _by_the_books(state, symbol)
    return why_none(state, market, rules, symbol, to_exit(state, market, rules, {symbol})) or (Reason.NO_STOP_YET, "")


def _by_the_books(state: State, symbol: str) -> Why:
    """The same where no price speaks: the market is closed, or nobody asked."""
    if symbol in state.differences:
        return Reason.FROZEN, ""
    if state.positions[symbol].qty < 1:
        return Reason.FRACTION, f"{state.positions[symbol].qty} shares"
    refused = [order for order in _todays(state, symbol) if order.status in (OrderStatus.REFUSED, OrderStatus.REJECTED)]
    if symbol not in state.through and refused:
        return Reason.STOP_REFUSED, refused[-1].refusal
    return Reason.NO_STOP_YET, ""


def _todays(state: State, symbol: str) -> list[Order]:
    mine = (order for order in state.orders.values() if order.protects and order.symbol == symbol)
    return [order for order in mine if order.decision.session == state.day.session]


def protection_row(state: State, market: Market | None, rules: ExitRules, symbol: str) -> Mapping[str, Any]:
    """Who watches a position's stop, for `status --json`: `why` says what keeps the broker from watching it all."""
    stops, why = state.stops(symbol), why_bare(state, market, rules, symbol)
    return {
        "by": (Protection.BROKER if stops else Protection.MONITOR).value,
        "stop": encode(stops[0].stop_price if stops else state.positions[symbol].stop),
        "qty": encode(stops[0].open_qty if stops else None),
        "order": stops[0].client_order_id if stops else None,
        "why": why[0].value if why is not None else None,
        "detail": why[1] if why is not None else "",
    }


def guarded(state: State, symbol: str) -> bool:
    """Whether a stop at the broker guards every whole share of a position, whoever looks at it or not."""
    stops, position = state.stops(symbol), state.positions[symbol]
    return bool(stops) and stops[0].open_qty >= position.qty // 1


def at_broker(state: State, symbol: str) -> Decimal | None:
    """Where the stop at the broker stands, None where there is none."""
    stops = state.stops(symbol)
    return stops[0].stop_price if stops else None
