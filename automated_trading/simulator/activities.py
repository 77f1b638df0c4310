"""Account activities, trades and others, in pages of at most a hundred.

A bare array; the next page begins after the id given as `page_token`; a short page is the last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from automated_trading.simulator.account import FILL, Activity
from automated_trading.simulator.errors import shape
from automated_trading.simulator.listing import limit_of, moment_of
from automated_trading.simulator.spelling import as_json

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

_MOST = 100


def list_activities(exchange: Exchange, query: Mapping[str, str]) -> str:
    """One page as JSON text. Raises Refused on an unreadable filter."""
    rows, wanted = exchange.ledger.activities, _filter(query)
    first, last = _span(rows, query)
    size, descending = limit_of(query, "page_size", _MOST, _MOST), query.get("direction", "desc") != "asc"
    token = query.get("page_token")
    if token:
        place = next((n for n in range(first, last) if rows[n].id == token), None)
        if place is None:
            raise shape("invalid page_token")
        first, last = (first, place) if descending else (place + 1, last)
    page: list[dict[str, object]] = []
    for n in reversed(range(first, last)) if descending else range(first, last):
        if wanted(rows[n]):
            page.append(rows[n].data)
            if len(page) == size:
                break
    return as_json(page)


def _filter(query: Mapping[str, str]) -> Callable[[Activity], bool]:
    kinds = {kind for kind in query.get("activity_types", "").split(",") if kind}
    category, order_id = query.get("category"), query.get("order_id")
    if category not in (None, "", "trade_activity", "non_trade_activity"):
        raise shape("invalid category")
    if category and kinds:
        raise shape("category cannot be used with activity_types")

    def wanted(row: Activity) -> bool:
        if order_id and row.data.get("order_id") != order_id:
            return False
        if category:
            return (row.kind == FILL) == (category == "trade_activity")
        return not kinds or row.kind in kinds

    return wanted


def _span(rows: list[Activity], query: Mapping[str, str]) -> tuple[int, int]:
    after, until, day = moment_of(query, "after"), moment_of(query, "until"), moment_of(query, "date")
    if day is not None and (after is not None or until is not None):
        raise shape("date cannot be used with after or until")
    if day is not None:
        return bisect_left(rows, day, key=_at), bisect_left(rows, day + timedelta(days=1), key=_at)
    first = 0 if after is None else bisect_right(rows, after, key=_at)
    return first, len(rows) if until is None else bisect_left(rows, until, key=_at)


def _at(row: Activity) -> datetime:
    return row.at
