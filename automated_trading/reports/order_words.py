"""What happens to an order, in plain words.

Law of the file: an order is "ordered" until a fill is heard; what is not known is said to be unknown.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.orders import Kind, Order, OrderStatus
from automated_trading.domain.state import LoggedEvent
from automated_trading.reports.amounts import money, price

OrderEvent = e.OrderWritten | e.OrderAnswered | e.Fill


def order_words(order: Order) -> str:
    """`buy 10 AAA at 10.05`; a stop: `sell 10 AAA, stop at 9.20`."""
    if order.kind is Kind.STOP:
        return f"{order.side.value} {order.qty} {order.symbol}, stop at {price(order.stop_price)}"
    at = "at the market" if order.kind is Kind.MARKET else f"at {price(order.limit_price)}"
    return f"{order.side.value} {order.qty} {order.symbol} {at}"


def symbol_of(event: LoggedEvent) -> str:
    """The ticker in an order id of ours."""
    return str(getattr(event, "client_order_id", "")).rsplit("-", 4)[0]


def tell_order(event: OrderEvent) -> str:
    """One line about an order."""
    symbol = symbol_of(event)
    match event:
        case e.OrderIntended(order, taken_back):
            return f"{'taken back' if taken_back else 'intends'}: {order_words(order)} ({order.reason})"
        case e.OrderAccepted() if event.stop_price is not None:
            found = ", found: it had arrived" if event.found else ""
            return f"stop at the broker: {symbol} {event.qty} at {price(event.stop_price)}{found}{_but(event.mismatch)}"
        case e.OrderAccepted():
            had = "found at the broker: it had arrived" if event.found else "the broker has it"
            return f"ordered: {symbol}, {had}{_but(event.mismatch)}"
        case e.OrderReplaced():
            return f"replaced by the broker: {symbol}; following its successor"
        case e.OrderAmended():
            return f"amended by the broker: {symbol}: {event.mismatch}"
        case e.OrderPuzzling():
            return f"unknown status {event.raw_status!r}: {symbol} stays open"
        case e.CancelIntended():
            return f"cancels: {symbol} ({event.reason.value})"
        case e.Fill():
            return f"filled: {symbol} {event.total_qty} in all, {money(event.total_value)}"
        case _:
            return _answered(event, symbol)


def _but(mismatch: str) -> str:
    return f"; {mismatch}" if mismatch else ""


def _answered(event: e.OrderAnswered, symbol: str) -> str:
    match event:
        case e.OrderRefused() if event.through:
            return f"refused by the broker: {symbol} is through its stop already and is sold at once: {event.words}"
        case e.OrderRefused():
            return f"refused by the broker: {symbol}: {event.words}"
        case e.OrderUnclear():
            return f"no answer: {symbol} may or may not be at the broker; its records will settle it"
        case e.OrderDoubted():
            return f"still unclear: {symbol}, sent again, was refused ({event.words}); the first may yet arrive"
        case e.OrderUnsent():
            return f"not sent: {symbol}: {event.detail}"
        case e.OrderEnded(end=OrderStatus.LOST | OrderStatus.WITHDRAWN):
            return f"given up: {symbol}, the broker does not show the order any more"
        case e.OrderEnded():
            return f"order ended: {symbol} {event.end.value}"
        case e.OrderWithdrawn():
            return f"withdrawn: {symbol} never reached the broker"
        case _:
            assert_never(event)
