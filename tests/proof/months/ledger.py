"""The account as a stranger keeps it, from the exchange's blotter and activities alone.

Law of the file: no line of the desk is used here. Whatever the desk ought to notice, this book knows first: shares
that no order of the desk moved, cash that nothing on record moved, orders that are not the desk's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal

from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.orders import Order

ZERO = Decimal(0)
ID = re.compile(r"([A-Z]{1,5}(?:[.-][A-Z]{1,3})?)-(BUY|SELL)-(\d{8})-(\d{6})-[0-9A-F]{8}")
BOOK = "insider"
"""Where shares go that the owner adopts."""


class Ledger:
    """What has moved cash and shares so far, and what of it the desk's own orders did."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.start = exchange.ledger.cash
        self.theirs: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.ours: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.books: dict[str, str] = {}
        self.ignored: set[str] = set()
        self.desk_money = self.hand_money = self.paid = self.silent = self.unexplained = ZERO
        self.payments: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.flows: list[tuple[datetime, Decimal]] = []
        self._read = 0

    def read(self) -> None:
        """Take in every activity since the last reading."""
        rows = self.exchange.ledger.activities
        for activity in rows[self._read :]:
            if activity.kind == "FILL":
                self._fill(activity.data)
                continue
            self.payments.add(activity.id)
            self.kinds[activity.kind] += 1
            if activity.kind in ("CSD", "CSW"):
                self.flows.append((activity.at, Decimal(str(activity.data["net_amount"]))))
            if activity.kind == "SPLIT":
                self.theirs[str(activity.data["symbol"])] += Decimal(str(activity.data["qty"]))
            self.paid += Decimal(str(activity.data["net_amount"]))
        self._read = len(rows)

    def _fill(self, row: dict[str, object]) -> None:
        order = self.exchange.blotter.by_id(str(row["order_id"]))
        assert order is not None
        qty, price = Decimal(str(row["qty"])), Decimal(str(row["price"]))
        sign = 1 if order.side == "buy" else -1
        self.theirs[order.symbol] += sign * qty
        money = -sign * (qty * price).quantize(Decimal("0.01"))
        if is_ours(order):
            self.desk_money += money
            self.ours[self.books[order.client_order_id]][order.symbol] += sign * qty
        else:
            self.hand_money += money

    # --- what is on no record

    def move_silently(self, amount: Decimal) -> None:
        """Cash that comes or goes and nobody says why."""
        self.exchange.ledger.cash += amount
        self.exchange.version += 1
        self.silent += amount
        self.unexplained += amount

    def say_after_all(self, kind: str, amount: Decimal) -> None:
        """What moved silently is put on record late."""
        self.exchange.pay(kind, amount)
        self.exchange.ledger.cash -= amount
        self.exchange.version += 1
        self.silent -= amount
        self.unexplained -= amount

    def counted(self) -> None:
        """The owner has had the desk count its cash anew."""
        self.unexplained = ZERO

    # --- the owner's word

    def adopted(self, symbol: str) -> None:
        """What the broker holds is the desk's from here on."""
        self.read()
        self.ours[self.book_of(symbol) or BOOK][symbol] += self.theirs[symbol] - self.held(symbol)

    def forgotten(self, symbol: str) -> None:
        for book in self.ours.values():
            book.pop(symbol, None)

    # --- what must be so

    def cash(self) -> Decimal:
        return self.start + self.desk_money + self.hand_money + self.paid + self.silent

    def day_change(self, since: datetime) -> Decimal:
        """Equity since the last close, as a fraction of it, without what came and went unearned."""
        came = sum((amount for at, amount in self.flows if at > since), self.unexplained)
        return (self.exchange.equity() - came) / self.exchange.ledger.last_equity - 1

    def held(self, symbol: str) -> Decimal:
        """Shares the desk ought to have on its books."""
        return sum((book[symbol] for book in self.ours.values()), ZERO)

    def book_of(self, symbol: str) -> str | None:
        return next((name for name, book in self.ours.items() if book[symbol]), None)

    def all_held(self) -> dict[str, Decimal]:
        found = {symbol: self.held(symbol) for book in list(self.ours.values()) for symbol in list(book)}
        return {symbol: qty for symbol, qty in found.items() if qty}

    def differences(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Symbol by symbol what the desk and what the broker has, where that is not the same."""
        pairs = {one: (self.held(one), self.theirs[one]) for one in {*self.theirs, *self.all_held()}}
        return {
            one: pair
            for one, pair in pairs.items()
            if pair[0] != pair[1] and not (one in self.ignored and pair[0] == ZERO)
        }

    def strangers(self) -> set[str]:
        """Open orders that are not the desk's."""
        return {order.id for order in self.exchange.blotter.open() if not is_ours(order)}

    def misfits(self) -> list[str]:
        """Where the exchange itself does not add up."""
        held = {symbol: row.qty for symbol, row in self.exchange.ledger.positions.items()}
        mine = {symbol: qty for symbol, qty in self.theirs.items() if qty}
        found = [f"the exchange holds {held}, its activities say {mine}"] if held != mine else []
        if self.exchange.ledger.cash != self.cash():
            found.append(f"the exchange has {self.exchange.ledger.cash} in cash, its activities say {self.cash()}")
        return found


def is_ours(order: Order) -> bool:
    """By the form of its id."""
    return ID.fullmatch(order.client_order_id) is not None
