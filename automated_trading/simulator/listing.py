"""Listing orders: filters, direction and limit as GET /v2/orders has them.

Open orders only and 50 of them unless asked otherwise, never more than 500, no page token: callers page by
`until`, exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from automated_trading.simulator.errors import shape
from automated_trading.simulator.orders import Blotter, Order
from automated_trading.simulator.spelling import moment

_MOST = 500


def list_orders(blotter: Blotter, query: Mapping[str, str]) -> list[Order]:
    """The orders a query asks for. Raises Refused on an unreadable limit or time."""
    after, until = moment_of(query, "after"), moment_of(query, "until")
    limit = limit_of(query, "limit", 50, _MOST)
    status, wanted = query.get("status", "open"), _filter(query)
    if status == "open" and after is None and until is None:
        rows = [order for order in blotter.open() if wanted(order)]
    else:
        places = blotter.between(after, until)
        rows = []
        for place in reversed(places) if query.get("direction") != "asc" else places:
            order = blotter.rows[place]
            if _in_status(order, status) and wanted(order):
                rows.append(order)
                if len(rows) == limit:
                    break
        return rows
    return (rows if query.get("direction") == "asc" else rows[::-1])[:limit]


def _in_status(order: Order, status: str) -> bool:
    return status == "all" or order.status.terminal == (status == "closed")


def _filter(query: Mapping[str, str]) -> Callable[[Order], bool]:
    symbols = {symbol for symbol in query.get("symbols", "").split(",") if symbol}
    side = query.get("side") or None
    return lambda order: (not symbols or order.symbol in symbols) and (side is None or order.side == side)


def moment_of(query: Mapping[str, str], name: str) -> datetime | None:
    """A time of a query, None when absent. Raises Refused when unreadable."""
    raw = query.get(name)
    if not raw:
        return None
    at = moment(raw)
    if at is None:
        raise shape(f"invalid {name}")
    return at


def limit_of(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A page's size, at most `most`. Raises Refused when it is not a positive number."""
    raw = query.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and int(raw) > 0):
        raise shape(f"invalid {name}")
    return min(int(raw), most)
