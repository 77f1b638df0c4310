"""Where our books and the broker differ: what each difference is, what could explain it, what would settle it.

Law of the file: what is told as an explanation stands on record; a guess is called one. Nothing is settled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from automated_trading.decisions.settling import busy
from automated_trading.domain.market import Holding
from automated_trading.domain.money import ZERO, spell
from automated_trading.domain.orders import OutsideOrder
from automated_trading.domain.positions import Position
from automated_trading.domain.sessions import new_york
from automated_trading.domain.state import CONFIRMED_READINGS, State
from automated_trading.reports.account_words import activity_words, cash_gap, outside_words
from automated_trading.reports.amounts import price, shares
from automated_trading.reports.order_words import order_words

QUANTITY, ORDER, CASH = "quantity", "order", "cash"
TOLD_AT_MOST = 5

Row = dict[str, Any]


def difference_rows(state: State) -> list[Row]:
    """Every difference, confirmed or seen once: shares by symbol, orders that are not ours, cash."""
    rows: list[Row] = [
        {
            "kind": QUANTITY,
            "symbol": symbol,
            "ours": spell(seen.ours),
            "theirs": spell(seen.theirs),
            "confirmed": seen.confirmed,
        }
        for symbol, seen in sorted(state.differences.items())
    ]
    rows += [_order_row(order) for order in state.outside.values() if _counts(state, order)]
    cash = state.cash_difference
    if cash is not None:
        told = {"ours": spell(cash.ours), "theirs": spell(cash.theirs), "confirmed": cash.confirmed}
        rows.append({"kind": CASH, "symbol": None, **told})
    return rows


def _counts(state: State, order: OutsideOrder) -> bool:
    return order.is_open and order.symbol not in state.ignored


def _order_row(order: OutsideOrder) -> Row:
    return {
        "kind": ORDER,
        "symbol": order.symbol,
        "ours": "0",
        "theirs": spell(order.qty - order.filled_qty),
        "confirmed": order.readings >= CONFIRMED_READINGS,
        "side": order.side.value,
        "order": order.broker_id,
    }


def name_of(row: Row) -> str:
    """What a row is about, as a person calls it."""
    match row["kind"]:
        case "order":
            return f"an order in {row['symbol']}"
        case "cash":
            return "cash"
        case _:
            return str(row["symbol"])


def what_differs(state: State, row: Row) -> str:
    """The difference in a line."""
    seen = "seen twice" if row["confirmed"] else "seen once"
    match row["kind"]:
        case "order":
            return f"an order that is not ours rests: {outside_words(state.outside[row['order']])} ({seen})"
        case "cash":
            found = state.cash_difference
            gap = cash_gap(found.ours, found.theirs) if found is not None else ""
            return f"cash: {gap} ({seen})"
        case _:
            return f"{row['symbol']}: our books have {row['ours']}, the broker {row['theirs']} ({seen})"


def explanations(state: State, row: Row) -> list[str]:
    """What on record could explain it, newest last."""
    match row["kind"]:
        case "order":
            return [f"sent {at_words(state.outside[row['order']].submitted)}, by hand or by another program"]
        case "cash":
            return _about_cash(state)
        case _:
            return _about_shares(state, row["symbol"])


def _about_shares(state: State, symbol: str) -> list[str]:
    told = [
        (order.submitted, f"an order that is not ours: {outside_words(order)}")
        for order in state.outside.values()
        if order.symbol == symbol and order.filled_qty > 0
    ]
    told += [(known.at, activity_words(known)) for known in state.activities.values() if known.symbol == symbol]
    lines = [f"{words}, {at_words(at)}" for at, words in sorted(told)[-TOLD_AT_MOST:]]
    lines += [f"an order of ours is open: {order_words(order)}" for order in state.open_orders(symbol)]
    return lines or ["nothing on record explains it: perhaps a transfer, or a trade older than the record"]


def _about_cash(state: State) -> list[str]:
    recent = sorted(state.activities.values(), key=lambda known: known.at)[-TOLD_AT_MOST:]
    since = f"counted since {at_words(state.cash_since)}" if state.cash_since is not None else "not counted yet"
    lines = [f"our cash is {since}"]
    lines += [f"in it already: {activity_words(known)}, {at_words(known.at)}" for known in recent]
    traded = [order for order in state.outside.values() if order.filled_qty > 0]
    lines += [f"in it already, though not ours: {outside_words(order)}" for order in traded[-TOLD_AT_MOST:]]
    return lines if recent or traded else [*lines, "no fee, dividend or transfer is on record that explains the rest"]


def remedies(state: State, row: Row) -> list[tuple[str, str]]:
    """What would settle it: the options of `reconcile` ("" where none can), and what they do."""
    symbol = row["symbol"]
    match row["kind"]:
        case "cash":
            return [("--cash", "our books take the broker's cash over and count on from there")]
        case "order":
            wait = ("", "cancel it where it was sent, or let it end by itself")
            ours = symbol in state.positions or busy(state, symbol)
            return [wait] if ours else [wait, (f"--ignore {symbol}", f"{symbol} is yours: the desk leaves it alone")]
        case _:
            return _for_shares(state, symbol)


def _for_shares(state: State, symbol: str) -> list[tuple[str, str]]:
    theirs = state.differences[symbol].theirs
    if busy(state, symbol):
        return [("", "wait until our own order has ended: each run hears of it")]
    if symbol not in state.positions:
        mine = (f"--ignore {symbol}", "they are yours: never sold, counted in exposure")
        if theirs < ZERO:
            return [("", "it is held short: cover it at the broker"), mine]
        taken = f"the book takes the {shares(theirs)} shares over, with a stop under today's price"
        return [(f"--adopt {symbol}", taken), mine]
    if theirs == ZERO:
        return [(f"--forget {symbol}", "our books strike the position out; no profit is booked")]
    if theirs < ZERO:
        return [("", "it is held short: cover it at the broker")]
    return [(f"--adopt {symbol}", f"our books take the broker's {shares(theirs)} shares over")]


def at_its_stop(position: Position, holdings: Mapping[str, Holding]) -> str | None:
    """What an owner must know of a position just adopted: that its stop is reached already."""
    holding = holdings.get(position.symbol)
    if holding is None or holding.mark is None or holding.mark > position.stop:
        return None
    stop, mark = price(position.stop), price(holding.mark)
    return f"the stop of {position.symbol}, {stop}, is at or over its price, {mark}: the next `monitor` sells it"


def at_words(at: datetime) -> str:
    """A moment on New York's clock."""
    return f"{new_york(at):%a %Y-%m-%d %H:%M}"
