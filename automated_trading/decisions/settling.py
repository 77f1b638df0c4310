"""What the owner's word makes of a difference.

Law of the room: pure, and the owner's alone: nothing here is ever decided by the desk. What cannot be meant is a
ValueError that says so; profit is never booked from a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.events import (
    CancelIntended,
    DifferenceSettled,
    Event,
    PositionAdopted,
    PositionForgotten,
    SymbolIgnored,
    SymbolMinded,
)
from automated_trading.domain.market import Holding
from automated_trading.domain.money import ZERO, floor_to_tick
from automated_trading.domain.orders import TICKER, Order
from automated_trading.domain.positions import Origin, Position, stop_for
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State

SPLIT_TOLERANCE = Decimal("0.005")
"""How far rounded averages may be from what a split makes of them."""

SPLIT_LEAST = Decimal("0.01")
"""A change of the average price smaller than this is no split."""


def may_be_adopted(symbol: str) -> bool:
    """Whether a book can hold it: a plain US ticker."""
    return TICKER.fullmatch(symbol) is not None


def adopt(
    state: State, holdings: Mapping[str, Holding], symbol: str, book: str, rules: Rules, at: tuple[date, datetime]
) -> list[Event]:
    """The broker's shares become a book's. A new position's stop hangs under today's mark, not under an old price."""
    if not may_be_adopted(symbol):
        raise ValueError(f"{symbol} is no US stock: it can only be ignored")
    holding, held = holdings.get(symbol), state.positions.get(symbol)
    if holding is None or holding.qty == 0:
        if held is None:
            raise ValueError(f"there is nothing to adopt: neither we nor the broker hold {symbol}")
        return forget(state, symbol, at[0])
    if holding.qty < 0:
        raise ValueError(f"{symbol} is held short: a short position cannot be adopted; cover it")
    _refuse_open(state, symbol)
    if held is not None and held.qty == holding.qty and symbol not in state.disturbed:
        raise ValueError(f"there is nothing to adopt: {held.qty} shares of {symbol} stand in both books")
    if held is not None and held.book != book:
        raise ValueError(f"{symbol} is in book {held.book}, not {book}")
    if held is None and _mark(holding) <= 0:
        raise ValueError(f"nobody tells a price of {symbol}: it cannot be adopted before there is one")
    if held is None:
        if book not in rules.books:
            raise ValueError(f"there is no book {book}: {', '.join(rules.books)}")
        found = [PositionAdopted(_taken_over(holding, book, rules, at), "taken over from the broker")]
    else:
        found = [_changed(held, holding)]
    return [*found, *_stops(state, symbol, Reason.STOP_RESIZED), *_settled(state, symbol, "adopted")]


def forget(state: State, symbol: str, session: date) -> list[Event]:
    """Our books let go of a position, or of the wish to ignore a symbol."""
    held = state.positions.get(symbol)
    if held is not None:
        _refuse_open(state, symbol)
        gone = PositionForgotten(symbol, held.qty, session, "struck from the books on the owner's word")
        return [gone, *_stops(state, symbol, Reason.POSITION_GONE), *_settled(state, symbol, "forgotten")]
    if symbol in state.ignored:
        return [SymbolMinded(symbol)]
    raise ValueError(f"there is nothing to forget: our books do not have {symbol}")


def ignore(state: State, symbol: str, now: datetime) -> list[Event]:
    """What the account holds of a symbol is the owner's own."""
    if symbol in state.positions or busy(state, symbol):
        raise ValueError(f"{symbol} is on our books: --adopt what the broker says, or --forget it first")
    if symbol in state.ignored:
        raise ValueError(f"{symbol} is ignored already; --forget ends that")
    stops = _stops(state, symbol, Reason.POSITION_GONE)
    return [SymbolIgnored(symbol, now), *stops, *_settled(state, symbol, "the owner's own")]


def busy(state: State, symbol: str) -> list[Order]:
    """Open orders of ours that must end first; a stop that rests is taken back on the owner's word."""
    return [order for order in state.open_orders(symbol) if not (order.protects and order.rests)]


def _refuse_open(state: State, symbol: str) -> None:
    if busy(state, symbol):
        raise ValueError(f"an order of ours is open in {symbol}: wait until it has ended")


def _stops(state: State, symbol: str, why: Reason) -> list[Event]:
    """The next run takes our stops in the symbol back, and places one anew where there is a position."""
    return [CancelIntended(order.client_order_id, why) for order in state.stops(symbol) if order.cancelling is None]


def _mark(holding: Holding) -> Decimal:
    return holding.mark if holding.mark is not None and holding.mark > 0 else holding.entry_price


def _taken_over(holding: Holding, book: str, rules: Rules, at: tuple[date, datetime]) -> Position:
    mark = _mark(holding)
    cost = holding.qty * holding.entry_price
    return Position(
        symbol=holding.symbol,
        book=book,
        qty=holding.qty,
        cost=cost,
        opened=at[1],
        session=at[0],
        stop=stop_for(mark, rules.exits.default_stop),
        high=mark,
        stop_fraction=rules.exits.default_stop,
        bought_qty=holding.qty,
        bought_value=cost,
        origin=Origin.ADOPTED,
        adopted_at=mark,
    )


def _changed(held: Position, holding: Holding) -> PositionAdopted:
    """Our position with the broker's number of shares: a split where the prices say so, else changed by hand."""
    if holding.qty == held.qty:
        return _anew(PositionAdopted(held, "looked at and found in order"), held, holding)
    factor = _split_factor(held, holding)
    if factor is not None:
        return PositionAdopted(_split(held, holding.qty, factor), f"a split: {held.qty} shares became {holding.qty}")
    if holding.qty < held.qty:
        gone = held.qty - holding.qty
        fewer = replace(
            held,
            qty=holding.qty,
            cost=held.cost - held.cost * gone / held.qty,
            bought_qty=held.bought_qty - gone,
            bought_value=held.bought_value - gone * held.entry_price,
        )
        return _anew(PositionAdopted(fewer, f"{gone} shares are gone, not by our orders"), held, holding)
    more = holding.qty - held.qty
    money = max(ZERO, holding.qty * holding.entry_price - held.cost)
    grown = replace(
        held,
        qty=holding.qty,
        cost=held.cost + money,
        bought_qty=held.bought_qty + more,
        bought_value=held.bought_value + money,
        adopted_at=held.base,  # dearer shares bought by hand raise no stop
    )
    return _anew(PositionAdopted(grown, f"{more} shares more, not by our orders"), held, holding)


def _anew(changed: PositionAdopted, held: Position, holding: Holding) -> PositionAdopted:
    """Where the price is of other shares than ours were (a split and a trade by hand at once), the stop is hung anew.

    Left where it was, it would sell the rest at once and call it a loss.
    """
    mark, position = _mark(holding), changed.position
    if held.entry_price <= 0 or not 0 < mark <= position.stop:
        return changed
    if position.qty != held.qty and abs(holding.entry_price / held.entry_price - 1) <= SPLIT_LEAST:
        return changed
    stop = stop_for(mark, held.stop_fraction)
    return PositionAdopted(
        replace(position, stop=stop, high=mark, adopted_at=mark), f"{changed.words}; its stop hangs under {mark} now"
    )


def _split_factor(held: Position, holding: Holding) -> tuple[Decimal, Decimal] | None:
    """What one old share's price is multiplied by and divided by, if a split explains it; None if none does.

    A split multiplies the price of what is held and divides the shares by the same; parts of a share are paid out.
    """
    if held.cost <= 0 or holding.entry_price <= 0:
        return None
    price = holding.entry_price * held.qty / held.cost
    if abs(price - 1) <= SPLIT_LEAST or abs(holding.qty * price - held.qty) > price * (1 + SPLIT_TOLERANCE):
        return None
    whole = abs(holding.qty * price / held.qty - 1) <= SPLIT_TOLERANCE
    return (held.qty, holding.qty) if whole else (price, Decimal(1))


def _split(held: Position, qty: Decimal, factor: tuple[Decimal, Decimal]) -> Position:
    """The position in other shares; stop and high move along. Multiplied first: a third is no Decimal."""
    up, down = factor
    sold = held.sold_qty * down / up
    bought = qty + sold
    return replace(
        held,
        qty=qty,
        cost=held.cost * qty * up / (down * held.qty),
        bought_qty=bought,
        bought_value=held.bought_value * bought * up / (down * held.bought_qty),
        sold_qty=sold,
        stop=floor_to_tick(held.stop * up / down),
        high=held.high * up / down,
        adopted_at=held.adopted_at * up / down if held.adopted_at is not None else None,
    )


def _settled(state: State, symbol: str, words: str) -> list[Event]:
    return [DifferenceSettled(symbol, words)] if symbol in state.differences else []
