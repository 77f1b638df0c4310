"""Alpaca's words and ours: its JSON rows to domain types, and an order to the body of a POST.

Law of the file: fields nobody needs are ignored; one that is needed and missing, or a number that is not
finite, is a ValueError. A status not in the table is UNKNOWN, never guessed, and keeps its own word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from automated_trading.domain.market import Account, Asset, Holding
from automated_trading.domain.money import ZERO, amount, spell
from automated_trading.domain.orders import BrokerOrder, BrokerStatus, Order, Side
from automated_trading.domain.sessions import parse_utc

Fields = dict[str, Any]
"""One row as it came: JSON, its fractions Decimal."""

_OPEN: Final = (
    "new",
    "accepted",
    "pending_new",
    "partially_filled",
    "held",
    "pending_cancel",
    "pending_replace",
    "done_for_day",
    "stopped",
    "suspended",
    "calculated",
    "accepted_for_bidding",
    "pending_review",
)
STATUSES: Final[Mapping[str, BrokerStatus]] = {
    **dict.fromkeys(_OPEN, BrokerStatus.OPEN),
    "filled": BrokerStatus.FILLED,
    "canceled": BrokerStatus.CANCELLED,
    "expired": BrokerStatus.EXPIRED,
    "rejected": BrokerStatus.REJECTED,
    "replaced": BrokerStatus.REPLACED,
}

_BLOCKS: Final = ("account_blocked", "trading_blocked", "trade_suspended_by_user")
_MOST_TEXT: Final = 200


def order_body(order: Order) -> dict[str, str]:
    """The body of POST /orders; every number is its exact decimal spelling."""
    body = {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "qty": spell(order.qty),
        "side": order.side.value,
        "type": order.kind.value,
        "time_in_force": order.time_in_force.value,
    }
    for name, price in (("limit_price", order.limit_price), ("stop_price", order.stop_price)):
        if price is not None:
            body[name] = spell(price)
    return body


def read_order(raw: object) -> BrokerOrder:
    """One order row. An order by money has no quantity before it fills: what is filled stands for it.

    A fill whose price is not told yet is let through: it must not hide every other order from the desk.
    """
    row = fields(raw)
    filled = _number_or_none(row, "filled_qty") or ZERO
    average = _number_or_none(row, "filled_avg_price")
    if filled < 0:
        raise ValueError("a fill of less than nothing")
    qty = _number_or_none(row, "qty")
    status = text(row, "status")
    return BrokerOrder(
        broker_id=text(row, "id"),
        client_order_id=text(row, "client_order_id"),
        symbol=text(row, "symbol"),
        side=_side(text(row, "side")),
        qty=filled if qty is None else qty,
        kind=_text_or(row, "type", ""),
        status=STATUSES.get(status, BrokerStatus.UNKNOWN),
        raw_status=status,
        submitted_at=_submitted(row),
        filled_qty=filled,
        filled_avg_price=average,
        limit_price=_number_or_none(row, "limit_price"),
        stop_price=_number_or_none(row, "stop_price"),
        time_in_force=_text_or(row, "time_in_force", ""),
        replaced_by=_text_or(row, "replaced_by", "") or None,
        filled_at=_filled_at(row) if filled > 0 else None,
    )


def has_own_symbol(raw: object) -> bool:
    """False for the shell of a multi-leg options order, which has neither symbol nor side."""
    return bool(fields(raw).get("order_class") != "mleg")


def read_account(raw: object) -> Account:
    """The account row; what blocks it in words, None where nothing does."""
    row = fields(raw)
    blocks = [name.replace("_", " ") for name in _BLOCKS if row.get(name) not in (None, False)]
    status = text(row, "status")
    if status != "ACTIVE":
        blocks.append(f"status {status}")
    return Account(
        account_id=text(row, "id"),
        equity=number(row, "equity"),
        last_equity=number(row, "last_equity"),
        cash=number(row, "cash"),
        blocked=", ".join(blocks) or None,
    )


def read_holding(raw: object) -> Holding:
    """One position row; the sign comes from `side`, for whether a short's `qty` has one is not documented."""
    row = fields(raw)
    qty = number(row, "qty")
    if row.get("side") == "short":
        qty = -abs(qty)
    return Holding(
        symbol=text(row, "symbol"),
        qty=qty,
        entry_price=number(row, "avg_entry_price"),
        mark=_number_or_none(row, "current_price"),
    )


def read_asset(raw: object) -> Asset:
    """One asset row. An active one that is not tradable can only be closed."""
    row = fields(raw)
    return Asset(text(row, "symbol"), active=text(row, "status") == "active", tradable=flag(row, "tradable"))


def read_session_times(raw: object) -> tuple[str, str, str]:
    """One calendar row: date, open and close, the last two on New York's clock."""
    row = fields(raw)
    return text(row, "date"), text(row, "open"), text(row, "close")


def text(row: Fields, name: str) -> str:
    """A field that must be there, printable and of sane length. Raises ValueError."""
    value = row.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_TEXT or not value.isprintable():
        raise ValueError(f"no readable {name}")
    return value


def flag(row: Fields, name: str) -> bool:
    """A field that must be true or false. Raises ValueError."""
    value = row.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def number(row: Fields, name: str) -> Decimal:
    """A number that must be there, told as a string or as a JSON number. Raises ValueError."""
    try:
        return amount(row.get(name))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def fields(raw: object) -> Fields:
    """A row that must be an object. Raises ValueError."""
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    return raw


def rows(answer: object) -> list[object]:
    """An answer that must be a list. Raises ValueError."""
    if not isinstance(answer, list):
        raise ValueError("not a list")
    return answer


def _text_or(row: Fields, name: str, default: str) -> str:
    return default if row.get(name) is None else text(row, name)


def _number_or_none(row: Fields, name: str) -> Decimal | None:
    return None if row.get(name) is None else number(row, name)


def _side(word: str) -> Side:
    # "sell_short" and its like are sells too.
    if word == "buy" or word.startswith("buy_"):
        return Side.BUY
    if word == "sell" or word.startswith("sell_"):
        return Side.SELL
    raise ValueError("a side that is neither buy nor sell")


def _filled_at(row: Fields) -> datetime | None:
    """When it traded last: told once all of it has; before that its last change is the nearest there is."""
    told = row.get("filled_at") or row.get("updated_at")
    return None if told is None else parse_utc(told)


def _submitted(row: Fields) -> datetime:
    """When it was submitted; an order waiting for its parent was only created so far."""
    submitted = row.get("submitted_at")
    return parse_utc(row.get("created_at") if submitted is None else submitted)
