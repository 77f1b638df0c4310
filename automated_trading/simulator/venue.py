"""What the rules and the memory see of an exchange: its state, and the few questions they ask it.

A protocol, so that the rules need not know the exchange that asks them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from automated_trading.simulator.account import Ledger
from automated_trading.simulator.board import Board
from automated_trading.simulator.orders import Blotter


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
    not_fractionable: set[str]

    def mark(self, symbol: str) -> Decimal:
        """What one share counts for now."""

    def buying_power(self) -> Decimal:
        """What may still be bought for."""

    def tick(self) -> datetime:
        """The next stamp."""

    def new_id(self, kind: str) -> str:
        """The next identifier."""
