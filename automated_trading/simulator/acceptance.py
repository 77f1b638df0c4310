"""A new order as the venue takes it down: its ids, its stamps, its end, and what it reserves.

A DAY order ends with the session it can trade in, which after a close is the next one; a GTC order ends
90 days on, at a quarter past four.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from automated_trading.simulator.calendar import in_new_york, new_york_date, next_close
from automated_trading.simulator.checks import hold_price
from automated_trading.simulator.orders import ZERO, Order, Status

if TYPE_CHECKING:
    from automated_trading.simulator.ticket import Ticket
    from automated_trading.simulator.venue import Venue

_GTC_DAYS, _GTC_ENDS = timedelta(days=90), time(16, 15)


def accepted(exchange: Venue, ticket: Ticket, status: Status) -> Order:
    """The order a checked ticket becomes; not recorded yet."""
    at = exchange.tick()
    return Order(
        seq=len(exchange.blotter.rows),
        id=exchange.new_id("order"),
        client_order_id=ticket.client_order_id or exchange.new_id("client"),
        symbol=ticket.symbol,
        side=ticket.side,
        type=ticket.type,
        time_in_force=ticket.time_in_force,
        qty=ticket.qty,
        limit_price=ticket.limit_price,
        stop_price=ticket.stop_price,
        hold_price=hold_price(exchange, ticket) if ticket.side == "buy" else ZERO,
        status=status,
        created_at=at,
        submitted_at=at,
        updated_at=at,
        expires_at=_end(exchange.now, ticket.time_in_force),
        asset=exchange.board.names.get(ticket.symbol, ""),
    )


def _end(now: datetime, time_in_force: str) -> datetime:
    if time_in_force == "gtc":
        return in_new_york(new_york_date(now) + _GTC_DAYS, _GTC_ENDS)
    return next_close(now)
