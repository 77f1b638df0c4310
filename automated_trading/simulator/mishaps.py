"""What befalls an order by no wish of its owner: refused late, replaced, set aside, its cancel lost or slow.

Law of the file: every function says in the order itself what has become of it, so that it outlives the exchange's
process; what happens by seed follows from the order's place, and each kind befalls an order once at most.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Final

from automated_trading.simulator.calendar import next_open, open_session
from automated_trading.simulator.errors import not_found, rule
from automated_trading.simulator.orders import ASIDE, UNCANCELLABLE, ZERO, Order, Status
from automated_trading.simulator.troubles import draw, happens

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue

_MINUTE: Final = timedelta(minutes=1)
_WORKING: Final = (Status.NEW, Status.PARTIALLY_FILLED)


def befall(exchange: Venue, order: Order) -> Order:
    """What the market makes, by seed, of an order it has just taken; the order itself where nothing happens."""
    troubles, seed = exchange.troubles, exchange.seed
    if happens(troubles.rejected, seed, "rejected", order.seq):
        return reject(exchange, order, "by chance")
    if happens(troubles.aside, seed, "aside", order.seq):
        which = draw(seed, "which", order.seq)
        minutes = 1 + draw(seed, "minutes", order.seq) % 60
        return set_aside(exchange, order, ASIDE[which % len(ASIDE)], exchange.now + _MINUTE * minutes)
    return order


def reject(exchange: Venue, order: Order, why: str) -> Order:
    """The market refuses what the broker had accepted; `why` stays with the exchange."""
    at = exchange.tick()
    order = replace(order, status=Status.REJECTED, failed_at=at, updated_at=at, why=why)
    exchange.put(order)
    return order


def succeed(exchange: Venue, order: Order, qty: Decimal | None = None, limit: Decimal | None = None) -> Order:
    """The broker replaces an order by another, for what is left of it unless told otherwise; its successor.

    The successor has ids of its own, the client's too, as at the real venue, and trades at the next match.
    """
    qty = order.rest if qty is None else qty
    if qty <= 0:
        raise ValueError("qty must be above zero")
    at = exchange.tick()
    successor = replace(
        order,
        seq=len(exchange.blotter.rows),
        id=exchange.new_id("order"),
        client_order_id=exchange.new_id("client"),
        qty=qty,
        limit_price=order.limit_price if limit is None else limit,
        hold_price=order.hold_price if limit is None or order.side == "sell" else limit,
        status=Status.ACCEPTED if open_session(exchange.now) is None else Status.NEW,
        created_at=at,
        submitted_at=at,
        updated_at=at,
        filled_qty=ZERO,
        paid=ZERO,
        worked_at=None,
        replaces=order.id,
        cancels_at=None,
        loses_to=None,
        back_at=None,
    )
    exchange.put(replace(order, status=Status.REPLACED, replaced_at=at, replaced_by=successor.id, updated_at=at))
    exchange.put(successor)
    return successor


def to_be_replaced(exchange: Venue, order: Order) -> bool:
    """Whether the broker will, by seed, replace this order; a successor never is."""
    return order.replaces is None and happens(exchange.troubles.replaced, exchange.seed, "replaced", order.seq)


def trades(exchange: Venue, order: Order) -> bool:
    """Whether an order just taken up may trade: nothing has befallen it, and it is not about to be replaced."""
    return order.status in _WORKING and not to_be_replaced(exchange, order)


def replace_some(exchange: Venue) -> None:
    """After a match, when every order of now has its stamp: replace those whose turn it is."""
    for order in exchange.blotter.open():
        if order.status in _WORKING and to_be_replaced(exchange, order):
            succeed(exchange, order)


def set_aside(exchange: Venue, order: Order, status: Status, until: datetime | None) -> Order:
    """A rare status passes by; the order does not trade until then, or until it is taken up again."""
    if status not in ASIDE:
        raise ValueError(f"{status} is not a status that passes by: {', '.join(ASIDE)}")
    if order.status in (Status.PENDING_NEW, Status.ACCEPTED):
        raise ValueError("the market has not taken the order yet")
    if status is Status.DONE_FOR_DAY:
        until = next_open(exchange.now)
    order = replace(order, status=status, back_at=until, updated_at=exchange.tick())
    exchange.put(order)
    return order


def is_back(exchange: Venue, order: Order) -> bool:
    """Whether an order set aside trades again by now."""
    return order.back_at is not None and exchange.now >= order.back_at


def begin_cancel(exchange: Venue, order: Order) -> None:
    """The venue takes a cancel; whether it loses to a fill, and how long it lasts, is written down with it."""
    if order.status.terminal or order.status in UNCANCELLABLE:
        raise rule(f'order is already in "{order.status}" state')
    troubles, seed = exchange.troubles, exchange.seed
    loses, lasts = order.loses_to, order.cancels_at
    if happens(troubles.cancel_loses, seed, "cancel loses", order.seq):
        loses = _part(order, draw(seed, "loses to", order.seq))
    if happens(troubles.cancel_lasts, seed, "cancel lasts", order.seq):
        lasts = exchange.now + _MINUTE * (1 + draw(seed, "lasts", order.seq) % 30)
    at = exchange.tick()
    exchange.put(replace(order, status=Status.PENDING_CANCEL, loses_to=loses, cancels_at=lasts, updated_at=at))


def end_cancel(exchange: Venue, order: Order) -> None:
    """The cancel is done, unless it lasts; what it lost to has filled first, and a whole fill leaves none."""
    if order.cancels_at is not None and exchange.now < min(order.cancels_at, order.expires_at):
        return
    price = None if order.loses_to is None else _losing_price(exchange, order)
    if order.loses_to is not None and price is not None:
        exchange.fill(order, min(order.loses_to, order.rest), price)
        order = exchange.blotter.rows[order.seq]
    if not order.status.terminal:
        at = exchange.tick()
        exchange.put(replace(order, status=Status.CANCELED, canceled_at=at, updated_at=at))


def the_open_order(exchange: Venue, order_id: str) -> Order:
    """The order of that id, the venue's or the client's. Raises Refused when unknown or at its end."""
    order = exchange.blotter.by_id(order_id) or exchange.blotter.by_client_id(order_id)
    if order is None:
        raise not_found(f"order not found for {order_id}")
    if order.status.terminal:
        raise rule(f'order is already in "{order.status}" state')
    return order


def matched(exchange: Venue, order_id: str) -> Order:
    """The open order of that id once all that is due now has traded. Raises Refused as `the_open_order` does."""
    exchange.match()
    return the_open_order(exchange, order_id)


def _losing_price(exchange: Venue, order: Order) -> Decimal | None:
    """What somebody pays who is quicker than the cancel: the quote, or the order's own limit; None: nobody can."""
    now = exchange.now
    if open_session(now) is None or exchange.board.halted(order.symbol, now):
        return None
    quote = exchange.board.quote(order.symbol, now)
    if quote is None or not quote.sound:
        return None
    if order.side == "sell":
        return quote.bid if order.limit_price is None else max(order.limit_price, quote.bid)
    return quote.ask if order.limit_price is None else min(order.limit_price, quote.ask)


def _part(order: Order, chance: int) -> Decimal:
    """All that is left, or every other time a part of it."""
    if chance % 2:
        return order.rest
    step = Decimal(1) if order.rest == order.rest.to_integral_value() else Decimal("0.000000001")
    return min(order.rest, (order.rest * (chance >> 1) / 2**31).quantize(step, ROUND_UP) or order.rest)
