"""What the venue says no with: a status and a body, word for word as recorded.

Clients classify by status and message, so a changed comma here is a broken client there. Bodies marked
"ours" are not recorded anywhere; they keep Alpaca's shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from automated_trading.simulator.spelling import money


class Refused(Exception):
    """The venue answered no."""

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(f"{status} {body.get('message')}")
        self.status = status
        self.body = body


class MemoryDamaged(ValueError):
    """What was kept of an exchange cannot be read back."""


def shape(message: str) -> Refused:
    """A request that is not well formed."""
    return Refused(422, {"code": 40010001, "message": message})


def rule(message: str, **extra: object) -> Refused:
    """A well formed request that breaks a rule of the market."""
    return Refused(422, {"code": 42210000, "message": message, **extra})


def forbidden(message: str, **extra: object) -> Refused:
    """A request this account may not make now."""
    return Refused(403, {"code": 40310000, "message": message, **extra})


def not_found(message: str) -> Refused:
    """No such thing, or no such endpoint."""
    return Refused(404, {"code": 40410000, "message": message})


def unauthorized() -> Refused:
    """Missing or wrong keys."""
    return Refused(401, {"code": 40110000, "message": "request is not authorized"})


def too_many(data: bool) -> Refused:
    """The rate limit; the data host has a body of its own."""
    body = {"message": "too many requests."} if data else {"code": 42910000, "message": "rate limit exceeded"}
    return Refused(429, body)


def unreadable() -> Refused:
    """A body that is not a JSON object (ours)."""
    return Refused(400, {"code": 40010000, "message": "request body format is invalid"})


def sub_penny(name: str, price: Decimal) -> Refused:
    """Too many decimals in a price."""
    return rule(f"invalid {name} {money(price)}. sub-penny increment does not fulfill minimum pricing criteria")


def too_few_shares(symbol: str, asked: Decimal, held: Decimal, reserved: Decimal, orders: list[str]) -> Refused:
    """The shares are not there, or other orders hold them."""
    free = money(held - reserved)
    related: dict[str, object] = {"related_orders": orders} if orders else {}
    return forbidden(
        f"insufficient qty available for order (requested: {money(asked)}, available: {free})",
        available=free,
        existing_qty=money(held),
        held_for_orders=money(reserved),
        symbol=symbol,
        **related,
    )


def too_little_money(buying_power: Decimal, cost: Decimal) -> Refused:
    """The order costs more than the account can still buy."""
    return forbidden("insufficient buying power", buying_power=money(buying_power), cost_basis=money(cost))


def wash(existing: str, kind: str) -> Refused:
    """An open order of the other side could meet this one."""
    way = "complex/limit/stop_limit" if kind == "limit" else "complex"
    return forbidden(
        "potential wash trade detected. use complex orders",
        existing_order_id=existing,
        reject_reason=f"opposite side {kind} order exists. use {way} orders",
    )
