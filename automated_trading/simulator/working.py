"""An order's turn at the market: it is taken up, trades, rests, ends, or trouble befalls it.

Law of the file: one order and one moment at a time; nothing trades outside a session, in a halt, or on a quote that is
not sound.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from automated_trading.simulator import mishaps
from automated_trading.simulator.calendar import open_session
from automated_trading.simulator.matching import portion, price_of, triggers
from automated_trading.simulator.orders import ASIDE, Order, Status

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue

_SECOND = timedelta(seconds=1)
_FRESH = (Status.PENDING_NEW, Status.ACCEPTED)


def settle(exchange: Venue, order: Order) -> None:
    """Let an open order trade, end or rest as of now."""
    if order.status is Status.PENDING_CANCEL:
        mishaps.end_cancel(exchange, order)
    elif exchange.now >= order.expires_at:
        at = exchange.tick()
        exchange.put(replace(order, status=Status.EXPIRED, expired_at=at, updated_at=at))
    elif open_session(exchange.now) is not None:
        _take_its_turn(exchange, order)


def _take_its_turn(exchange: Venue, order: Order) -> None:
    if order.status is Status.NEW or order.status is Status.PARTIALLY_FILLED:
        if order.worked_at is None or exchange.now - order.worked_at >= _SECOND:
            _trade(exchange, order)
    elif order.status not in ASIDE or mishaps.is_back(exchange, order):
        order = _taken_up(exchange, order)
        if exchange.troubles.quiet or mishaps.trades(exchange, order):
            _trade(exchange, order)


def _trade(exchange: Venue, order: Order) -> None:
    board = exchange.board
    if order.type == "stop" and not order.triggered and _far_from_stop(exchange, order):
        return
    if board.halted(order.symbol, exchange.now):
        return
    quote = board.quote(order.symbol, exchange.now)
    if quote is None:
        return
    if order.type == "stop" and not order.triggered:
        if not triggers(order, quote, board.last(order.symbol, exchange.now)):
            return
        order = replace(order, triggered=True)
        exchange.put(order)
    price = price_of(order, quote)
    if price is not None:
        exchange.fill(order, portion(order, exchange.seed, exchange.partial_fill_rate), price)


def _taken_up(exchange: Venue, order: Order) -> Order:
    """The order as the market has taken it: new, or what trouble made of it."""
    at = exchange.tick()
    if order.status in _FRESH:
        order = replace(order, status=Status.NEW, submitted_at=at, updated_at=at)
        exchange.put(order)
        return order if exchange.troubles.quiet else mishaps.befall(exchange, order)
    status = Status.PARTIALLY_FILLED if order.filled_qty else Status.NEW
    order = replace(order, status=status, back_at=None, updated_at=at)
    exchange.put(order)
    return order


def _far_from_stop(exchange: Venue, order: Order) -> bool:
    last = exchange.board.last(order.symbol, exchange.now)
    if last is None or order.stop_price is None:
        return True
    return last > order.stop_price if order.side == "sell" else last < order.stop_price
