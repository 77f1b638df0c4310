"""The exchange as it was: each change is kept for a while with what stood before it.

Law of the file: looking back changes nothing. What comes back is an exchange of its own, made for reading; the prices
it shows are what the tape says of that moment, and what was laid by hand since.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from automated_trading.simulator.account import Ledger, Position
from automated_trading.simulator.orders import Blotter, Order

_ORDERS: Final = 4096
_BOOKS: Final = 256


@dataclass(frozen=True, slots=True)
class Books:
    """The account as it stood before a change at `at`."""

    at: datetime
    cash: Decimal
    positions: dict[str, Position]
    activities: int


class Past:
    """The latest changes, oldest first; farther back than they reach, the past is where they begin."""

    def __init__(self) -> None:
        self.orders: deque[tuple[datetime, int, Order | None]] = deque(maxlen=_ORDERS)
        self.books: deque[Books] = deque(maxlen=_BOOKS)

    def order_changes(self, at: datetime, blotter: Blotter, order: Order) -> None:
        """`order` is about to stand where `blotter` has another, or none."""
        known = blotter.rows[order.seq] if order.seq < len(blotter.rows) else None
        self.orders.append((at, order.seq, known))

    def books_change(self, at: datetime, ledger: Ledger) -> None:
        """Cash or positions are about to change."""
        self.books.append(Books(at, ledger.cash, dict(ledger.positions), len(ledger.activities)))

    def blotter(self, now: Blotter, moment: datetime) -> Blotter:
        """The orders as they were at the end of `moment`."""
        rows: list[Order | None] = [*now.rows]
        for at, seq, before in reversed(self.orders):
            if at <= moment:
                break
            rows[seq] = before
        then = Blotter()
        for row in rows:
            if row is not None:
                then.put(row)
        return then

    def ledger(self, now: Ledger, moment: datetime) -> Ledger:
        """The account as it was at the end of `moment`."""
        then = copy(now)
        then.positions = dict(now.positions)
        count = len(now.activities)
        for books in reversed(self.books):
            if books.at <= moment:
                break
            then.cash, then.positions, count = books.cash, dict(books.positions), books.activities
        then.activities = now.activities[:count]
        return then
