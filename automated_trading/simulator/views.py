"""Orders as Alpaca spells them: money and quantities are strings, absent values are null.

No day-trading fields: Alpaca removed them in July 2026.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from automated_trading.simulator.orders import Order
from automated_trading.simulator.spelling import as_json, money, stamp

_SIX = Decimal("0.000001")


@lru_cache(maxsize=8192)
def asset_id(symbol: str) -> str:
    """The id of the asset that was first known by that symbol."""
    return str(uuid5(NAMESPACE_URL, f"exchange/asset/{symbol}"))


def asset_view(
    symbol: str, *, active: bool, tradable: bool, fractionable: bool, name: str | None = None
) -> dict[str, object]:
    """An asset, first known by `name`. Shares can neither be borrowed nor sold short; an inactive one's not traded."""
    return {
        "attributes": [],
        "borrow_status": "not_shortable",
        "class": "us_equity",
        "easy_to_borrow": False,
        "exchange": "NYSE",
        "fractionable": fractionable,
        "id": asset_id(name or symbol),
        "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30",
        "margin_requirement_short": "100",
        "marginable": True,
        "name": f"{symbol} Common Stock",
        "shortable": False,
        "status": "active" if active else "inactive",
        "symbol": symbol,
        "tradable": active and tradable,
    }


def _money(value: Decimal | None) -> str | None:
    return None if value is None else money(value)


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def order_view(order: Order) -> dict[str, object]:
    """An order as it is answered."""
    average = (order.paid / order.filled_qty).quantize(_SIX) if order.filled_qty else None
    return {
        "asset_class": "us_equity",
        "asset_id": asset_id(order.asset or order.symbol),
        "canceled_at": _stamp(order.canceled_at),
        "client_order_id": order.client_order_id,
        "created_at": stamp(order.created_at),
        "expired_at": _stamp(order.expired_at),
        "expires_at": stamp(order.expires_at),
        "extended_hours": False,
        "failed_at": _stamp(order.failed_at),
        "filled_at": _stamp(order.filled_at),
        "filled_avg_price": _money(average),
        "filled_qty": money(order.filled_qty),
        "hwm": None,
        "id": order.id,
        "legs": None,
        "limit_price": _money(order.limit_price),
        "notional": None,
        "order_class": "",
        "order_type": order.type,
        "position_intent": "buy_to_open" if order.side == "buy" else "sell_to_close",
        "qty": money(order.qty),
        "replaced_at": _stamp(order.replaced_at),
        "replaced_by": order.replaced_by,
        "replaces": order.replaces,
        "side": order.side,
        "source": "access_key",
        "status": order.status.value,
        "stop_price": _money(order.stop_price),
        "submitted_at": stamp(order.submitted_at),
        "subtag": None,
        "symbol": order.symbol,
        "time_in_force": order.time_in_force,
        "trail_percent": None,
        "trail_price": None,
        "type": order.type,
        "updated_at": stamp(order.updated_at),
    }


def fill_view(order: Order, qty: Decimal, price: Decimal) -> dict[str, object]:
    """What a FILL activity says of an order that has just traded `qty` at `price`."""
    return {
        "cum_qty": money(order.filled_qty),
        "leaves_qty": money(order.rest),
        "order_id": order.id,
        "order_status": order.status.value,
        "price": money(price),
        "qty": money(qty),
        "side": order.side,
        "symbol": order.symbol,
        "transaction_time": stamp(order.updated_at),
        "type": "partial_fill" if order.rest else "fill",
    }


class OrderTexts:
    """Orders as JSON text, each written once for as long as it does not change."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Order, str]] = {}

    def text(self, order: Order) -> str:
        """The order's JSON."""
        known = self._texts.get(order.id)
        if known is None or known[0] is not order:
            known = (order, as_json(order_view(order)))
            self._texts[order.id] = known
        return known[1]
