"""The venue as it was, or as it seems to be: what a list tells that lags behind.

Law of the file: a view may be read and never changes what it is a view of.
"""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING

from automated_trading.simulator.orders import Blotter

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange


def lagging(exchange: Exchange, behind: timedelta) -> Exchange:
    """The exchange as it was so long ago."""
    return exchange.as_of(exchange.now - behind)


def without_young_orders(exchange: Exchange, younger: timedelta) -> Exchange:
    """The exchange as it is, but that it has not heard of orders accepted so lately."""
    seen = Blotter()
    for order in exchange.blotter.rows:
        if exchange.now - order.created_at < younger:
            break
        seen.put(order)
    view = copy(exchange)
    view.blotter = seen
    return view
