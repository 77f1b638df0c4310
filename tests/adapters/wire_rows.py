"""JSON rows as Alpaca sends them, and the orders they answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from automated_trading.domain.orders import Decision, Kind, Order, Purpose, Side, TimeInForce, order_id

AT = datetime(2026, 1, 5, 14, 35, tzinfo=UTC)
ENTRY = Decision("insider", date(2026, 1, 5), "AAPL", Side.BUY, Purpose.ENTRY)
OUR_ID = order_id("account", "paper", ENTRY)


def our_order(**changes: Any) -> Order:
    """Buy 34 AAPL at 28.99, for the day."""
    known: dict[str, Any] = {
        "client_order_id": OUR_ID,
        "decision": ENTRY,
        "qty": Decimal(34),
        "kind": Kind.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "reason": "entry",
        "intended_at": AT,
        "limit_price": Decimal("28.99"),
    }
    return Order(**{**known, **changes})


def order_row(**changes: Any) -> dict[str, Any]:
    """The answer to a POST of `our_order()`, fields nobody reads among it."""
    return {
        "asset_class": "us_equity",
        "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
        "canceled_at": None,
        "client_order_id": OUR_ID,
        "created_at": "2026-01-05T14:35:00.123456789Z",
        "extended_hours": False,
        "filled_at": None,
        "filled_avg_price": None,
        "filled_qty": "0",
        "id": "61e69015-8549-4bfd-b9c3-01e75843f47d",
        "limit_price": "28.99",
        "notional": None,
        "order_class": "",
        "order_type": "limit",
        "qty": "34",
        "replaced_by": None,
        "side": "buy",
        "status": "pending_new",
        "stop_price": None,
        "submitted_at": "2026-01-05T14:35:00.123456789Z",
        "symbol": "AAPL",
        "time_in_force": "day",
        "type": "limit",
        **changes,
    }


def account_row(**changes: Any) -> dict[str, Any]:
    return {
        "account_blocked": False,
        "buying_power": "400000",
        "cash": "98765.43",
        "equity": "100123.456789",
        "id": "e6fe16f3-64a4-4921-8928-cadf02f92f98",
        "last_equity": "100000.1",
        "multiplier": "4",
        "status": "ACTIVE",
        "trade_suspended_by_user": False,
        "trading_blocked": False,
        "transfers_blocked": True,
        **changes,
    }


def position_row(**changes: Any) -> dict[str, Any]:
    return {
        "avg_entry_price": "28.983333",
        "current_price": "29.1",
        "qty": "34",
        "qty_available": "34",
        "side": "long",
        "symbol": "AAPL",
        **changes,
    }


def activity_row(**changes: Any) -> dict[str, Any]:
    """A dividend, fields nobody reads among it."""
    return {
        "activity_sub_type": "CDIV",
        "activity_type": "DIV",
        "created_at": "2026-01-05T14:35:00.123456789Z",
        "currency": "USD",
        "cusip": "037833100",
        "date": "2026-01-05",
        "id": "20260105093500123::5f596936-6f23-4cef-bdf1-3806aae57dbf",
        "net_amount": "8.67",
        "per_share_amount": "0.255",
        "qty": "34",
        "status": "executed",
        "symbol": "AAPL",
        **changes,
    }


def asset_row(**changes: Any) -> dict[str, Any]:
    return {
        "class": "us_equity",
        "exchange": "NASDAQ",
        "fractionable": True,
        "id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
        "status": "active",
        "symbol": "AAPL",
        "tradable": True,
        **changes,
    }
