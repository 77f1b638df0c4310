"""Small true-looking things to say sentences with: a signal, an order, a position, a market, a state.

Law of the file: every default is a quiet Wednesday at 10:00 New York, ten shares of AAA at ten dollars, an account
of 100,000; a test names only what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from automated_trading.domain import events as e
from automated_trading.domain.evolve import fold
from automated_trading.domain.market import Account, Activity, Asset, Holding, Market, Price, Quote, Trade
from automated_trading.domain.orders import (
    Decision,
    EntryTerms,
    Kind,
    Order,
    OrderStatus,
    OutsideOrder,
    Purpose,
    Side,
    TimeInForce,
    order_id,
)
from automated_trading.domain.positions import Position, stop_for
from automated_trading.domain.rules import Rules
from automated_trading.domain.sessions import Calendar, Session, at_new_york
from automated_trading.domain.signals import Signal, SignalList, ranked
from automated_trading.domain.state import Day, LoggedEvent, State

D, RULES = Decimal, Rules()
TODAY, YESTERDAY, TOMORROW = date(2026, 7, 15), date(2026, 7, 14), date(2026, 7, 16)
ACCOUNT, MODE, BOOK = "account-1", "paper", "insider"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DECIDED = ("day", "book", "generation", "purpose")


def ny(clock: str, day: date = TODAY) -> datetime:
    """The UTC instant at which New York's clock shows "10:00" (or "10:00:30") on that day."""
    return at_new_york(day, time.fromisoformat(clock))


NOW = ny("10:00")


def a_session(day: date = TODAY, closes: str = "16:00") -> Session:
    return Calendar.from_times([(day.isoformat(), "09:30", closes)]).sessions[0]


def a_signal(ticker: str = "AAA", score: str = "8", **changes: Any) -> Signal:
    return replace(Signal(ticker, D(score), entry_price=D(10), generated=ny("20:00", YESTERDAY)), **changes)


def an_id(symbol: str = "AAA", side: Side = Side.BUY, **decided: Any) -> str:
    return order_id(ACCOUNT, MODE, a_decision(symbol, side, **decided))


def a_decision(symbol: str = "AAA", side: Side = Side.BUY, **decided: Any) -> Decision:
    """`day`, `book`, `generation` and `purpose`; a buy is an entry and a sell an exit unless it is said otherwise."""
    purpose = Purpose.ENTRY if side is Side.BUY else Purpose.EXIT
    wanted: dict[str, Any] = {"day": TODAY, "book": BOOK, "generation": 0, "purpose": purpose, **decided}
    return Decision(wanted["book"], wanted["day"], symbol, side, wanted["purpose"], wanted["generation"])


def a_buy(symbol: str = "AAA", qty: str = "10", limit: str = "10", **changes: Any) -> Order:
    """A limit buy, intended; what `a_decision` takes goes into its decision, anything else into the order."""
    buy = {"kind": Kind.LIMIT, "limit_price": D(limit), "terms": EntryTerms(D("0.08"))}
    return an_order(symbol, Side.BUY, qty, **{**buy, **changes})


def a_sell(symbol: str = "AAA", qty: str = "10", **changes: Any) -> Order:
    return an_order(symbol, Side.SELL, qty, **{"reason": "stop_loss", **changes})


def an_order(symbol: str, side: Side, qty: str, **changes: Any) -> Order:
    decided = a_decision(symbol, side, **{key: changes.pop(key) for key in DECIDED if key in changes})
    order = Order(
        client_order_id=order_id(ACCOUNT, MODE, decided),
        decision=decided,
        qty=D(qty),
        kind=Kind.MARKET,
        time_in_force=TimeInForce.DAY,
        reason="entry",
        intended_at=ny("09:35"),
    )
    return replace(order, **changes)


def resting(order: Order) -> Order:
    """The same order as the broker has it, accepted at 09:35."""
    return replace(order, status=OrderStatus.ACCEPTED, broker_id=f"b-{order.symbol}", accepted_at=ny("09:35"))


def unclear(order: Order) -> Order:
    return replace(order, status=OrderStatus.UNCLEAR, attempts=1)


def a_position(symbol: str = "AAA", qty: str = "10", price: str = "10", **changes: Any) -> Position:
    shares, paid = D(qty), D(qty) * D(price)
    position = Position(
        symbol, BOOK, shares, paid, ny("09:36"), TODAY, stop_for(D(price), D("0.08")), high=D(price),
        stop_fraction=D("0.08"), bought_qty=shares, bought_value=paid,
    )  # fmt: skip
    return replace(position, **changes)


def a_quote(bid: str = "9.99", ask: str = "10.00", age: timedelta = timedelta(0), now: datetime = NOW) -> Quote:
    return Quote(D(bid), D(ask), now - age)


def a_price(bid: str = "9.99", ask: str = "10.00", last: str = "10.00", age: timedelta = timedelta(0)) -> Price:
    return Price(a_quote(bid, ask, age), Trade(D(last), NOW - age))


def an_account(equity: str = "100000", cash: str = "100000", last_equity: str = "100000", **changes: Any) -> Account:
    return replace(Account(ACCOUNT, D(equity), D(last_equity), D(cash)), **changes)


def a_market(
    signals: Iterable[Signal] = (),
    prices: Mapping[str, Price] | None = None,
    held: Mapping[str, str] | None = None,
    **changes: Any,
) -> Market:
    """Open, with the signals as given and AAA, BBB, CCC quoted at 9.99 to 10.00; `held` is the broker's word.

    They and every other quoted symbol closed at 10.00 the session before and may be traded.
    """
    market = Market(NOW, a_session(), a_session(YESTERDAY), True, an_account(), opening=True)
    holdings = {symbol: Holding(symbol, D(qty), D(10)) for symbol, qty in (held or {}).items()}
    quoted = prices if prices is not None else {symbol: a_price() for symbol in ("AAA", "BBB", "CCC")}
    listed = SignalList(ranked(tuple(signals)))
    known = sorted({"AAA", "BBB", "CCC", *quoted})
    facts = {"closes": dict.fromkeys(known, D(10)), "assets": {symbol: an_asset(symbol) for symbol in known}}
    return replace(market, **{"signals": listed, "prices": quoted, "holdings": holdings, **facts, **changes})


def an_asset(symbol: str = "AAA", **changes: Any) -> Asset:
    """A symbol the broker knows, active and tradable."""
    return replace(Asset(symbol, active=True, tradable=True), **changes)


def a_holding(symbol: str = "AAA", qty: str = "10", mark: str | None = None) -> Holding:
    """What the broker holds, bought at ten, with its own mark or without one."""
    return Holding(symbol, D(qty), D(10), D(mark) if mark is not None else None)


def an_activity(amount: str = "-1", at: datetime = NOW, **changes: Any) -> Activity:
    """A fee of a dollar, put on record now."""
    return replace(Activity(f"activity {amount} {at:%d %H:%M:%S}", "FEE", D(amount), at), **changes)


def an_outside_order(qty: str = "4", filled: str = "0", **changes: Any) -> OutsideOrder:
    """An open sell of AAA that is not ours, at ten where it has filled."""
    order = OutsideOrder("theirs", "AAA", Side.SELL, D(qty), D(filled), D(filled) * 10, ny("09:40"), is_open=True)
    return replace(order, **changes)


def a_state(*rows: Position | Order, **changes: Any) -> State:
    """A desk of today, heard out once, that holds these positions and knows these orders."""
    state = State(ACCOUNT, MODE, "r1", day=Day(session=TODAY, last_equity=D(100_000)), marked=an_account())
    positions = {row.symbol: row for row in rows if isinstance(row, Position)}
    orders = {row.client_order_id: row for row in rows if isinstance(row, Order)}
    return replace(state, **{"positions": positions, "orders": orders, **changes})


def after(state: State, *events: LoggedEvent) -> State:
    return fold(events, state)


def a_fill(order: Order, qty: str, value: str) -> e.Fill:
    """The broker's running total of an order: shares and money."""
    return e.Fill(order.client_order_id, D(qty), D(value), NOW)
