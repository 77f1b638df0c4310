"""What is said of signals, as facts.

Law of the room: that of `events`. Each answer names its book, its session and its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from automated_trading.domain.market import Asset
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import Signal


@dataclass(frozen=True, slots=True)
class AssetsSeen:
    """What the broker says of symbols that may be bought; asked once a session."""

    session: date
    assets: tuple[Asset, ...]


@dataclass(frozen=True, slots=True)
class SignalRefused:
    """Not bought, for a reason in the signal or in what we hold."""

    book: str
    session: date
    signal: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class SignalNotYet:
    """Not bought for now: a fact is missing or against it; judged again until the window closes."""

    book: str
    session: date
    signal: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class SignalQueued:
    """Good, but there is no room: it waits."""

    book: str
    session: date
    signal: Signal
    reason: Reason
    detail: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SignalRemarked:
    """Bought all the same, but something about it should be known."""

    book: str
    session: date
    signal: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class SignalDropped:
    """No longer waiting for room."""

    book: str
    ticker: str
    reason: Reason


SignalEvent = AssetsSeen | SignalRefused | SignalNotYet | SignalQueued | SignalRemarked | SignalDropped
