"""One line of plain words for each event.

Law of the room: words are made from the event alone, say what happened and never what was hoped; an order is "ordered"
until a fill is heard.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.domain import events as e
from automated_trading.domain.money import cents
from automated_trading.domain.orders import Kind, Order
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent

GRAVE = (
    e.Halted,
    e.HaltSeen,
    e.LogCut,
    e.OrderDoubted,
    e.OrderPuzzling,
    e.OrderReplaced,
    e.OrderUnclear,
    e.SettingsChanged,
)


def money(value: Decimal) -> str:
    """Dollars with cents and thousands."""
    return f"{cents(value):,.2f}"


def signed(value: Decimal) -> str:
    return f"{cents(value):+,.2f}"


def price(value: Decimal | None) -> str:
    """A price as it stands, at least two decimals."""
    if value is None:
        return "market"
    exact = f"{value.normalize():f}"
    decimals = len(exact.partition(".")[2])
    return f"{value:.2f}" if decimals <= 2 else f"{value:.4f}"


def order_words(order: Order) -> str:
    at = "at the market" if order.kind is Kind.MARKET else f"at {price(order.limit_price or order.stop_price)}"
    return f"{order.side.value} {order.qty} {order.symbol} {at}"


def symbol_of(event: LoggedEvent) -> str:
    """The ticker in an order id of ours."""
    return str(getattr(event, "client_order_id", "")).rsplit("-", 4)[0]


def _because(reason: Reason, detail: str) -> str:
    return f"{reason.value} ({detail})" if detail else reason.value


def tell(event: LoggedEvent) -> str | None:
    """The event in words, or None for one that only keeps the books."""
    match event:
        case e.OrderIntended(order, taken_back):
            return f"{'taken back' if taken_back else 'intends'}: {order_words(order)} ({order.reason})"
        case e.OrderAccepted():
            had = "found at the broker: it had arrived" if event.found else "the broker has it"
            return f"ordered: {symbol_of(event)}, {had}{'; ' + event.mismatch if event.mismatch else ''}"
        case e.OrderRefused():
            return f"refused by the broker: {symbol_of(event)}: {event.words}"
        case e.OrderUnclear():
            return f"no answer: {symbol_of(event)} may or may not be at the broker; its records will settle it"
        case e.OrderDoubted():
            return (
                f"still unclear: {symbol_of(event)}, sent again, was refused ({event.words}); the first may yet arrive"
            )
        case e.OrderUnsent():
            return f"not sent: {symbol_of(event)}: {event.detail}"
        case e.OrderEnded():
            return f"order ended: {symbol_of(event)} {event.end.value}"
        case e.OrderWithdrawn():
            return f"withdrawn: {symbol_of(event)} never reached the broker"
        case e.OrderReplaced():
            return f"replaced by the broker: {symbol_of(event)}; following its successor"
        case e.OrderAmended():
            return f"amended by the broker: {symbol_of(event)}: {event.mismatch}"
        case e.OrderPuzzling():
            return f"unknown status {event.raw_status!r}: {symbol_of(event)} stays open"
        case e.CancelIntended():
            return f"cancels: {symbol_of(event)} ({event.reason.value})"
        case e.Fill():
            return f"filled: {symbol_of(event)} {event.total_qty} in all, {money(event.total_value)}"
        case _:
            return _tell_rest(event)


def is_grave(event: LoggedEvent) -> bool:
    """Whether an owner must be told of the event by every run, asked or not."""
    match event:
        case e.DifferenceSeen():
            return event.readings > 1
        case e.OrderAccepted():
            return bool(event.mismatch)
        case _:
            return isinstance(event, GRAVE)


def _tell_rest(event: LoggedEvent) -> str | None:
    match event:
        case e.SignalRefused():
            return f"refused: {event.signal}: {_because(event.reason, event.detail)}"
        case e.SignalNotYet():
            return f"not yet: {event.signal}: {_because(event.reason, event.detail)}"
        case e.SignalQueued():
            return f"queued: {event.signal.ticker}: {_because(event.reason, event.detail)}"
        case e.SignalDropped():
            return f"dropped from the queue: {event.ticker}: {event.reason.value}"
        case e.PositionClosed(trade):
            return f"closed: {trade.symbol} {trade.qty} ({trade.reason}), {signed(trade.realised)}"
        case e.HighRaised():
            return f"new high: {event.symbol} {price(event.high)}"
        case e.StopRaised():
            return f"stop raised: {event.symbol} to {price(event.stop)} ({event.reason})"
        case e.Halted():
            return f"HALTED: {event.reason.value}: {event.detail}"
        case e.HaltSeen():
            return f"HALTED by the owner: {event.words}"
        case e.Resumed():
            return f"resumed: {event.reason.value} (by {event.by.value})"
        case e.DifferenceSeen():
            times = "seen twice, frozen" if event.readings > 1 else "first reading"
            return f"DIFFERENCE: {event.symbol}: ours {event.ours}, the broker's {event.theirs} ({times})"
        case e.DifferenceSettled():
            return f"difference settled: {event.symbol}: {event.words}"
        case e.SessionClosed():
            return f"session {event.session} closed: equity {money(event.equity)}"
        case e.LogCut():
            return f"the log's torn tail after line {event.after_seq} was cut and kept as {event.kept_as}"
        case e.SettingsChanged():
            return f"settings changed: rules {event.old} became {event.new}"
        case _:
            return None
