"""The wash-trade table: opposite sides of one symbol may not be able to meet.

A pair with a market or a stop order is always refused; two limits are refused when the buy reaches the sell
(Alpaca's user protection page, September 2026). It also holds on paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from automated_trading.simulator.errors import wash

if TYPE_CHECKING:
    from automated_trading.simulator.orders import Order
    from automated_trading.simulator.ticket import Ticket


def check_wash(opposite: Iterable[Order], ticket: Ticket) -> None:
    """Raises Refused naming the first open order of the other side that could meet the new one."""
    for order in opposite:
        if order.limit_price is None or ticket.limit_price is None:
            raise wash(order.id, order.type)
        buy, sell = ticket.limit_price, order.limit_price
        if ticket.side == "sell":
            buy, sell = sell, buy
        if buy >= sell:
            raise wash(order.id, order.type)
