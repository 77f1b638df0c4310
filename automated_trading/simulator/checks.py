"""The rules a new order must pass, in the venue's order; the first that fails answers.

id -> account -> asset -> kind and time in force -> price increments -> fractions -> smallest size -> windows
-> stop against market -> short -> shares -> wash -> buying power. The venue's true order is not published.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.simulator.calendar import NEW_YORK
from automated_trading.simulator.errors import (
    forbidden,
    rule,
    shape,
    sub_penny,
    too_few_shares,
    too_little_money,
)
from automated_trading.simulator.spelling import money
from automated_trading.simulator.wash import check_wash

if TYPE_CHECKING:
    from automated_trading.simulator.ticket import Ticket
    from automated_trading.simulator.venue import Venue

_COLLAR = Decimal("1.03")
_WINDOWS = {
    "opg": (time(9, 28), "opg orders must be submitted after 7:00pm and before 9:28am"),
    "cls": (time(15, 50), "cls orders must be submitted after 7:00pm and before 3:55pm"),
}


def check(exchange: Venue, ticket: Ticket) -> None:
    """Raises Refused with the venue's own body when the order breaks a rule."""
    _check_id(exchange, ticket)
    _check_account(exchange)
    _check_asset(exchange, ticket)
    _check_kind(exchange, ticket)
    _check_increments(ticket)
    _check_fraction(exchange, ticket)
    _check_smallest(exchange, ticket)
    _check_window(exchange, ticket)
    _check_stop(exchange, ticket)
    _check_shares(exchange, ticket)
    check_wash(exchange.blotter.open_in(ticket.symbol, "sell" if ticket.side == "buy" else "buy"), ticket)
    _check_money(exchange, ticket)


def hold_price(exchange: Venue, ticket: Ticket) -> Decimal:
    """What a buy reserves for each share: its limit or stop, or a collar over the ask."""
    if ticket.limit_price is not None:
        return ticket.limit_price
    quote = exchange.board.quote(ticket.symbol, exchange.now)
    ask = quote.ask if quote is not None and quote.sound else exchange.mark(ticket.symbol)
    return max(ask, ticket.stop_price or ask) * _COLLAR


def _check_id(exchange: Venue, ticket: Ticket) -> None:
    if ticket.client_order_id is not None and exchange.blotter.by_client_id(ticket.client_order_id) is not None:
        raise shape("client_order_id must be unique")


def _check_account(exchange: Venue) -> None:
    if exchange.configurations["suspend_trade"]:
        raise forbidden("new orders are rejected by user request")
    if exchange.trading_blocked or exchange.account_blocked:
        raise forbidden("account is restricted from trading")  # ours: no recording


def _check_asset(exchange: Venue, ticket: Ticket) -> None:
    if not exchange.board.knows(ticket.symbol):
        raise rule(f'asset "{ticket.symbol}" not found')
    if ticket.symbol in exchange.inactive:
        raise rule(f'asset "{ticket.symbol}" is not active')  # ours: no recording
    if ticket.symbol in exchange.untradable:
        raise rule(f'asset "{ticket.symbol}" is not tradable')


def _check_kind(exchange: Venue, ticket: Ticket) -> None:
    fractional = ticket.qty != ticket.qty.to_integral_value()
    if fractional and ticket.order_class not in {"", "simple"}:
        raise rule("fractional orders must be simple orders")
    if fractional and ticket.type == "trailing_stop":
        raise rule("fractional orders must be market, limit, stop, or stop_limit orders")
    if ticket.extended_hours:
        raise rule("extended hours order must be DAY or GTC limit orders")
    if ticket.order_class not in {"", "simple"}:
        raise shape("invalid order class")
    if ticket.type in {"stop_limit", "trailing_stop"}:
        raise shape("invalid order type")
    if ticket.time_in_force in {"ioc", "fok"}:
        raise shape("invalid time_in_force")


def _check_increments(ticket: Ticket) -> None:
    for name, price in (("limit_price", ticket.limit_price), ("stop_price", ticket.stop_price)):
        if price is not None and price != round(price, 2 if price >= 1 else 4):
            raise sub_penny(name, price)


def _check_fraction(exchange: Venue, ticket: Ticket) -> None:
    if ticket.qty == ticket.qty.to_integral_value():
        return
    if ticket.time_in_force != "day":
        raise rule("fractional orders must be DAY orders")
    if ticket.symbol in exchange.not_fractionable or not exchange.configurations["fractional_trading"]:
        raise forbidden(f'asset "{ticket.symbol}" is not fractionable')
    if ticket.side == "sell" and not exchange.ledger.held(ticket.symbol):
        raise rule("fractional orders cannot be sold short")


def _check_smallest(exchange: Venue, ticket: Ticket) -> None:
    if ticket.side == "buy" and ticket.qty * hold_price(exchange, ticket) < 1:
        raise forbidden("cost basis must be >= minimal amount of order 1")


def _check_window(exchange: Venue, ticket: Ticket) -> None:
    window = _WINDOWS.get(ticket.time_in_force)
    if window is None:
        return
    if window[0] <= exchange.now.astimezone(NEW_YORK).time() < time(19, 0):
        raise forbidden(window[1])
    raise shape("invalid time_in_force")  # auctions are not simulated


def _check_stop(exchange: Venue, ticket: Ticket) -> None:
    last = exchange.board.last(ticket.symbol, exchange.now)
    if ticket.stop_price is None or last is None:
        return
    wrong = ticket.stop_price >= last if ticket.side == "sell" else ticket.stop_price <= last
    if wrong:
        way = "less" if ticket.side == "sell" else "greater"
        raise rule(
            f"stop price must be {way} than current price",
            market_price=money(last),
            stop_price=money(ticket.stop_price),
        )


def _check_shares(exchange: Venue, ticket: Ticket) -> None:
    if ticket.side == "buy":
        return
    held = exchange.ledger.held(ticket.symbol)
    if not held:
        raise forbidden("account is not allowed to short")
    resting = exchange.blotter.open_in(ticket.symbol, "sell")
    reserved = sum((order.rest for order in resting), Decimal(0))
    if ticket.qty > held - reserved:
        raise too_few_shares(ticket.symbol, ticket.qty, held, reserved, [order.id for order in resting])


def _check_money(exchange: Venue, ticket: Ticket) -> None:
    if ticket.side == "sell":
        return
    cost = ticket.qty * hold_price(exchange, ticket)
    left = exchange.buying_power()
    if cost > left:
        raise too_little_money(left, cost)
