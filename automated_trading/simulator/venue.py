"""What the rules, the memory and the owner's hand see of an exchange: its state, and the little they ask of it.

A protocol, so that they need not know the exchange that asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from automated_trading.simulator.account import Ledger
from automated_trading.simulator.board import Board
from automated_trading.simulator.orders import Blotter, Order
from automated_trading.simulator.past import Past
from automated_trading.simulator.troubles import Troubles


class Venue(Protocol):
    """The exchange's state."""

    now: datetime
    opened: datetime
    stamped: datetime
    seed: int
    counter: int
    version: int
    board: Board
    blotter: Blotter
    ledger: Ledger
    configurations: dict[str, object]
    trading_blocked: bool
    account_blocked: bool
    untradable: set[str]
    inactive: set[str]
    troubles: Troubles
    partial_fill_rate: Decimal
    past: Past
    apart: timedelta
    not_fractionable: set[str]

    def mark(self, symbol: str) -> Decimal:
        """What one share counts for now."""

    def buying_power(self) -> Decimal:
        """What may still be bought for."""

    def tick(self) -> datetime:
        """The next stamp."""

    def told_now(self) -> datetime:
        """What the venue takes for the time."""

    def new_id(self, kind: str) -> str:
        """The next identifier."""

    def match(self) -> None:
        """Let every open order trade, end or rest."""

    def put(self, order: Order) -> None:
        """Record an order, or what has become of it."""

    def fill(self, order: Order, qty: Decimal, price: Decimal) -> None:
        """Trade so much of an order at that price and book it."""

    def record(self, kind: str, at: datetime, row: Mapping[str, object]) -> None:
        """One more activity of the account."""
