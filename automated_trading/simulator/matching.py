"""When an order trades, and at what: buys at the ask, sells at the bid, never on a quote that is not sound.

Pure questions about one order and one quote; the exchange asks them and books the answers.
"""

from __future__ import annotations

import hashlib
from decimal import ROUND_DOWN, Decimal

from automated_trading.simulator.board import Quote
from automated_trading.simulator.orders import Order

_STEP = Decimal("0.000000001")


def triggers(order: Order, quote: Quote, last: Decimal | None) -> bool:
    """Whether a trade inside the quote has reached the order's stop price."""
    if order.stop_price is None or last is None or not quote.sound or not quote.bid <= last <= quote.ask:
        return False
    return last <= order.stop_price if order.side == "sell" else last >= order.stop_price


def price_of(order: Order, quote: Quote) -> Decimal | None:
    """The price the order trades at on this quote, or None when it does not."""
    if not quote.sound:
        return None
    if order.side == "sell":
        return quote.bid if order.limit_price is None or order.limit_price <= quote.bid else None
    ceiling = _ceiling(order)
    return quote.ask if ceiling is None or ceiling >= quote.ask else None


def _ceiling(order: Order) -> Decimal | None:
    # The venue turns buy stops into stop-limits: 4% above a stop under $50, 2.5% from there.
    if order.type == "stop" and order.stop_price is not None:
        return order.stop_price * (Decimal("1.04") if order.stop_price < 50 else Decimal("1.025"))
    return order.limit_price


def portion(order: Order, seed: int, rate: Decimal) -> Decimal:
    """How much of the order the first match fills: all of it, or with chance `rate` a seeded part."""
    if order.filled_qty or not rate:
        return order.rest
    raw = hashlib.shake_256(f"{seed}/partial/{order.seq}".encode()).digest(8)
    chance, share = int.from_bytes(raw[:4]), int.from_bytes(raw[4:])
    if Decimal(chance) >= rate * 2**32:
        return order.rest
    whole = order.qty == order.qty.to_integral_value()
    part = (order.qty * share / 2**32).quantize(Decimal(1) if whole else _STEP, ROUND_DOWN)
    return part if part > 0 else order.rest
