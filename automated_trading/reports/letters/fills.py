"""What was bought and sold, and which orders ended without.

Law of the file: everything here comes from fills and ends the broker told. One letter a run tells all that was not told
yet; a part of an order is told as a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from automated_trading.domain.money import cents, spell
from automated_trading.domain.orders import Order, OrderStatus, Side
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import State
from automated_trading.reports.amounts import finely, money, price, shares, signed
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, is_news, named, stamp
from automated_trading.reports.letters.reasons import refused_matter, sentence, unclear_matter

UNFILLED = {
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected by the broker",
    OrderStatus.WITHDRAWN: "never reached the broker",
    OrderStatus.LOST: "not shown by the broker any more",
}


@dataclass(slots=True)
class _News:
    """What is new, by section, as it is gathered."""

    matters: dict[str, str] = field(default_factory=dict)
    bought: list[Row] = field(default_factory=list)
    bought_in_part: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    sold: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    unclear: list[Row] = field(default_factory=list)


def fills(state: State, occasion: Occasion) -> Iterator[Letter]:
    """One letter of all fills and ends that were not told yet."""
    news = _News()
    closed = [trade for trade in state.trades if is_news(state, _closed_matter(trade))]
    for trade in closed:
        news.matters |= _closed_matter(trade)
        news.closed.append(_closed_row(trade))
    for order in state.orders.values():
        _filled(state, order, closed, news)
        _ended(state, order, news)
        _unclear(state, order, news)
    if not news.matters:
        return
    subject = _line(news, lambda row: row[0])
    yield Letter(
        kind="fills",
        session=occasion.session,
        level=Level.WARNING if news.refused or news.unclear else Level.INFO,
        subject=subject,
        short=_line(news, lambda row: f"{row[0]} {row[2]}"),
        matters=news.matters,
        facts={
            "bought": capped([*news.bought, *news.bought_in_part]),
            "closed": capped(news.closed),
            "sold": capped(news.sold),
            "ended": capped(news.ended),
            "refused": capped(news.refused),
            "unclear": capped(news.unclear),
        },
    )


def _line(news: _News, shown: Callable[[Row], str]) -> str:
    sections = {
        "bought": news.bought,
        "bought in part": news.bought_in_part,
        "closed": news.closed,
        "sold in part": news.sold,
        "not filled": news.ended,
        "refused": news.refused,
        "without an answer": news.unclear,
    }
    line = "; ".join(f"{said} {named(map(shown, rows))}" for said, rows in sections.items() if rows)
    return line[:1].upper() + line[1:]


def _closed_matter(trade: ClosedTrade) -> dict[str, str]:
    return {f"closed:{trade.symbol}:{stamp(trade.closed)}": digest(trade.qty, cents(trade.realised))}


def _closed_row(trade: ClosedTrade) -> Row:
    cost = trade.qty * trade.entry_price
    gain = f" ({finely(trade.realised / cost)})" if cost > 0 else ""
    held = f"{shares(trade.qty)} shares from {price(trade.entry_price)} to {price(trade.exit_price)}"
    proceeds = f"proceeds {money(trade.qty * trade.exit_price)}"
    since = f"held since {new_york_date(trade.opened)}"
    return [trade.symbol, f"{held}, {proceeds}, {since}. {sentence(trade.reason)}", f"{signed(trade.realised)}{gain}"]


def _filled(state: State, order: Order, closed: list[ClosedTrade], news: _News) -> None:
    """A new total of an order's fills; a sale that closed its position is told as the closed position."""
    if order.filled_qty <= 0:
        return
    matter = {f"fill:{order.client_order_id}:{spell(order.filled_qty)}": digest(cents(order.filled_value))}
    if not is_news(state, matter):
        return
    news.matters |= matter
    if order.side is Side.BUY:
        whole = order.filled_qty >= order.qty
        (news.bought if whole else news.bought_in_part).append(_bought_row(state, order))
    elif not any(_sold_in(order, trade) for trade in closed):
        news.sold.append(_sold_row(state, order))


def _sold_in(order: Order, trade: ClosedTrade) -> bool:
    """Whether a sale is part of a closed position; a stop at the broker was laid in a session before it sold."""
    if trade.session is None or order.decision.session > trade.session:
        return False
    return (order.symbol, order.book) == (trade.symbol, trade.book)


def _bought_row(state: State, order: Order) -> Row:
    position = state.positions.get(order.symbol)
    stop = f", stop {price(position.stop)}" if position is not None and position.qty > 0 else ""
    got = f"{_part(order)} at {_average(order)} on average, limit {price(order.limit_price)}{stop}"
    return [order.symbol, got + _rest(order), money(order.filled_value)]


def _sold_row(state: State, order: Order) -> Row:
    position = state.positions.get(order.symbol)
    realised = f", {signed(position.realised)} realised so far" if position is not None else ""
    sold = f"{_part(order)} at {_average(order)} on average{realised}"
    return [order.symbol, f"{sold}{_rest(order)}. {sentence(order.reason)}", money(order.filled_value)]


def _part(order: Order) -> str:
    whole = order.filled_qty >= order.qty
    return (
        f"{shares(order.filled_qty)} shares" if whole else f"{shares(order.filled_qty)} of {shares(order.qty)} shares"
    )


def _average(order: Order) -> str:
    return price(round(order.filled_value / order.filled_qty, 4))


def _rest(order: Order) -> str:
    if order.filled_qty >= order.qty:
        return ""
    return f"; the rest was {_end(order)}" if order.status.ended else "; the rest is still open"


def _end(order: Order) -> str:
    why = f" ({order.cancelling})" if order.cancelling and order.status is OrderStatus.CANCELLED else ""
    return f"{UNFILLED.get(order.status, order.status.value)}{why}"


def _ended(state: State, order: Order, news: _News) -> None:
    """An order that ended unfilled, or in part; what the broker refuses is told once a session, however often."""
    if not order.status.ended or order.status is OrderStatus.FILLED or order.filled_qty >= order.qty:
        return
    if order.status is OrderStatus.REFUSED:
        matter = {refused_matter(order): digest(order.refusal)}
        if is_news(state, matter) and not matter.keys() & news.matters.keys():
            news.matters |= matter
            news.refused.append(_refused_row(order))
        return
    matter = {f"end:{order.client_order_id}:{order.status.value}": digest(spell(order.filled_qty))}
    if not order.decision.purpose.opens or not is_news(state, matter):
        return
    if not any(name.startswith(f"fill:{order.client_order_id}:") for name in news.matters):
        news.ended.append(_ended_row(order))  # else its part, told in this very letter, says how it ended
    news.matters |= matter


def _unclear(state: State, order: Order, news: _News) -> None:
    """An order sent that neither was answered nor is shown by the broker."""
    matter = {unclear_matter(order): digest("unclear")}
    if order.status is OrderStatus.UNCLEAR and is_news(state, matter):
        news.matters |= matter
        wish = f"{order.side.value} {shares(order.qty)} ({order.reason})"
        news.unclear.append([order.symbol, f"{wish}. No answer came; the broker's records will settle it", "unclear"])


def _refused_row(order: Order) -> Row:
    wish = f"{order.side.value} {shares(order.qty)} ({order.reason})"
    return [order.symbol, f"{wish}. The broker: {order.refusal or 'no words'}", "refused"]


def _ended_row(order: Order) -> Row:
    wish = f"buy {shares(order.qty)} at {price(order.limit_price)}"
    got = f"{shares(order.filled_qty)} filled" if order.filled_qty > 0 else "nothing filled"
    why = f". {sentence(order.cancelling)}" if order.cancelling else ""
    return [order.symbol, f"{wish}: {got}{why}", UNFILLED.get(order.status, order.status.value)]
