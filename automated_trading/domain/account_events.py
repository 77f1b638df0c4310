"""What is known of the account beside our own orders, as facts.

Law of the room: that of `events`. The broker's records are told as they are; what they mean for cash is `accounting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.market import Account, Activity
from automated_trading.domain.orders import OutsideOrder


@dataclass(frozen=True, slots=True)
class EquityMarked:
    """The account as a cycle found it."""

    session: date
    account: Account
    now: datetime


@dataclass(frozen=True, slots=True)
class CashCounted:
    """Our books' cash begins here, or begins anew on the owner's word; what was put on record before `now` is in it."""

    cash: Decimal
    now: datetime


@dataclass(frozen=True, slots=True)
class ActivityHeard:
    """A fee, a dividend, a transfer, ...; `flow` marks money of the owner's that came or went: no profit, no loss."""

    activity: Activity
    flow: bool


@dataclass(frozen=True, slots=True)
class OutsideOrderSeen:
    """An order of this account that is not ours, as it stands."""

    order: OutsideOrder


@dataclass(frozen=True, slots=True)
class CashDifferenceSeen:
    """Our books' cash and the broker's differ by more than may go unexplained; `readings` counts how often in a row."""

    ours: Decimal
    theirs: Decimal
    readings: int
    now: datetime


@dataclass(frozen=True, slots=True)
class CashDifferenceSettled:
    words: str


AccountEvent = (
    EquityMarked | CashCounted | ActivityHeard | OutsideOrderSeen | CashDifferenceSeen | CashDifferenceSettled
)
