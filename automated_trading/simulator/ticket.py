"""Reading the body of a new order: its shape only, before any rule of the market is asked.

What is not well formed is refused with code 40010001; a number is a JSON number or a string, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from automated_trading.simulator.errors import forbidden, rule, shape, unreadable
from automated_trading.simulator.spelling import number

_NINTH = Decimal("0.000000001")
_TYPES = frozenset({"market", "limit", "stop", "stop_limit", "trailing_stop"})
_FORCES = frozenset({"day", "gtc", "opg", "cls", "ioc", "fok"})
_CLASSES = frozenset({"", "simple", "bracket", "oco", "oto"})


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as asked for. `qty` is cut to nine decimals, as the venue does."""

    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    client_order_id: str | None = None
    order_class: str = ""
    extended_hours: bool = False


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object of a body; numbers keep their exact digits. Raises Refused 400."""
    try:
        value = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        raise unreadable() from None
    if not isinstance(value, dict):
        raise unreadable()
    return value


def read_ticket(body: bytes) -> Ticket:
    """The order a body asks for. Raises Refused."""
    raw = read_object(body)
    kind = _one_of(raw, "type", _TYPES)
    extended = raw.get("extended_hours", False)
    if not isinstance(extended, bool | None):
        raise shape("extended_hours must be a boolean")
    ticket = Ticket(
        symbol=_text(raw, "symbol"),
        side=_one_of(raw, "side", frozenset({"buy", "sell"})),
        type=kind,
        time_in_force=_one_of(raw, "time_in_force", _FORCES),
        qty=_qty(raw),
        limit_price=_price(raw, "limit_price"),
        stop_price=_price(raw, "stop_price"),
        client_order_id=_client_id(raw),
        order_class=_one_of(raw, "order_class", _CLASSES, default=""),
        extended_hours=bool(extended),
    )
    _prices_fit(ticket)
    return ticket


def _text(raw: Mapping[str, object], name: str) -> str:
    value = raw.get(name)
    if value is None or value == "":
        raise shape(f"{name} is required")
    if not isinstance(value, str):
        raise shape(f"{name} must be a string")
    return value


def _one_of(raw: Mapping[str, object], name: str, known: frozenset[str], default: str | None = None) -> str:
    value = default if raw.get(name) is None and default is not None else _text(raw, name)
    if value not in known:
        raise shape(f"invalid {name.replace('type', 'order type')}")
    return value


def _qty(raw: Mapping[str, object]) -> Decimal:
    if raw.get("notional") is not None:
        if raw.get("qty") is not None:
            raise shape("only one of qty or notional is accepted")
        notional = number(raw["notional"])
        if notional is None:
            raise shape("notional must be a number")
        if notional < 1:
            raise rule("notional amount must be >= 1.00")
        # Notional orders are not simulated.
        raise forbidden(f'asset "{raw.get("symbol")}" is not fractionable')
    if raw.get("qty") is None:
        raise shape("qty or notional is required")
    qty = number(raw["qty"])
    if qty is None:
        raise shape("qty must be a number")
    qty = qty.quantize(_NINTH, ROUND_DOWN)
    if qty <= 0:
        raise shape("qty must be > 0")
    return qty


def _price(raw: Mapping[str, object], name: str) -> Decimal | None:
    if raw.get(name) is None:
        return None
    price = number(raw[name])
    if price is None:
        raise shape(f"{name} must be a number")
    if price <= 0:
        raise shape(f"{name} must be > 0")
    return price


def _client_id(raw: Mapping[str, object]) -> str | None:
    value = raw.get("client_order_id")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise shape("client_order_id must be a string")
    if len(value) > 128:
        raise shape("client_order_id must be no more than 128 characters")
    return value


def _prices_fit(ticket: Ticket) -> None:
    limit, stop = ticket.limit_price is not None, ticket.stop_price is not None
    match ticket.type:
        case "market" if limit or stop:
            raise shape("market orders require no stop or limit price")
        case "limit" if not limit or stop:
            raise shape("limit orders require only limit price")
        case "stop" if limit or not stop:
            raise shape("stop orders require only stop price")
        case _:
            pass
