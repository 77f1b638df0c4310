"""A position: shares of one symbol that one book bought, made and unmade by fills alone.

Law of the room: shares, cost and profit come from fills; a stop and a high only ever rise. A position whose
shares have all been sold stays until `PositionClosed` says what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from automated_trading.domain.money import ZERO, floor_to_tick


class Origin(Enum):
    """How a position came about."""

    SIGNAL = "signal"
    REDEPLOYMENT = "redeployment"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Position:
    """What one book holds of one symbol. `cost` is the money still in it; the rest is of the whole position's life."""

    symbol: str
    book: str
    qty: Decimal
    cost: Decimal
    opened: datetime
    session: date
    stop: Decimal
    high: Decimal
    stop_fraction: Decimal
    tier: str = "none"
    score: Decimal | None = None
    sector: str = ""
    bought_qty: Decimal = ZERO
    bought_value: Decimal = ZERO
    sold_qty: Decimal = ZERO
    sold_value: Decimal = ZERO
    realised: Decimal = ZERO
    exit_reason: str = ""
    exit_session: date | None = None
    origin: Origin = Origin.SIGNAL
    adopted_at: Decimal | None = None

    @property
    def base(self) -> Decimal:
        """What stops and gains are measured from: the entry price, or where an adopted position was taken over."""
        return self.adopted_at if self.adopted_at is not None else self.entry_price

    @property
    def entry_price(self) -> Decimal:
        """Average price of every share bought into the position."""
        return self.bought_value / self.bought_qty


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """A position's whole story once its last share is sold; `session` is the one its last sale was meant for."""

    symbol: str
    book: str
    qty: Decimal
    entry_price: Decimal
    exit_price: Decimal
    realised: Decimal
    reason: str
    opened: datetime
    closed: datetime
    session: date | None = None
    origin: Origin = Origin.SIGNAL
    score: Decimal | None = None

    @property
    def loss(self) -> Decimal:
        """What was lost, as a fraction of what the shares had cost; zero where nothing was."""
        cost = self.qty * self.entry_price
        return max(ZERO, -self.realised / cost) if cost > 0 else ZERO


def stop_for(entry_price: Decimal, fraction: Decimal) -> Decimal:
    """The stop a fraction under the entry price, on a tick."""
    return floor_to_tick(entry_price * (1 - fraction))
