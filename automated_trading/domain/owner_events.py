"""What the owner decided by hand, as facts.

Law of the room: that of `events`. The desk settles nothing by itself; what is settled here carries the owner's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.positions import Position


@dataclass(frozen=True, slots=True)
class PositionAdopted:
    """Shares the broker holds are a book's from here on; replaces what the books had of the symbol."""

    position: Position
    words: str


@dataclass(frozen=True, slots=True)
class PositionForgotten:
    """A position is struck from the books; no profit is booked, for no fill of ours told of one."""

    symbol: str
    qty: Decimal
    session: date
    words: str


@dataclass(frozen=True, slots=True)
class SymbolIgnored:
    """What the account holds of this symbol is the owner's own: never traded, counted in exposure."""

    symbol: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SymbolMinded:
    """The symbol is no longer ignored."""

    symbol: str


@dataclass(frozen=True, slots=True)
class SymbolBlocked:
    """Nothing opens in this symbol until it is unblocked."""

    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class SymbolUnblocked:
    symbol: str


@dataclass(frozen=True, slots=True)
class ExitAsked:
    """The owner wants a position sold, or what an open buy may still bring; stands until nothing of it is left."""

    symbol: str
    now: datetime


@dataclass(frozen=True, slots=True)
class LogRestarted:
    """A new log began in the place of a damaged one, whose last sound line was this; it lies in `kept_as`."""

    after_seq: int
    after_hash: str
    kept_as: str


OwnerEvent = (
    PositionAdopted
    | PositionForgotten
    | SymbolIgnored
    | SymbolMinded
    | SymbolBlocked
    | SymbolUnblocked
    | ExitAsked
    | LogRestarted
)
