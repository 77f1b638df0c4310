"""Everything that may change the state, as facts.

Law of the room: an Action is what we decided, a Report is what the world answered or what was observed; both are
frozen, both are one line of the audit log, and nothing else changes a State. Times in them are the broker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.market import Account
from automated_trading.domain.order_events import (
    CancelIntended as CancelIntended,
    Fill as Fill,
    OrderAccepted as OrderAccepted,
    OrderAmended as OrderAmended,
    OrderAnswered as OrderAnswered,
    OrderDoubted as OrderDoubted,
    OrderEnded as OrderEnded,
    OrderIntended as OrderIntended,
    OrderPuzzling as OrderPuzzling,
    OrderRefused as OrderRefused,
    OrderReplaced as OrderReplaced,
    OrderUnclear as OrderUnclear,
    OrderUnsent as OrderUnsent,
    OrderWithdrawn as OrderWithdrawn,
    OrderWritten as OrderWritten,
)
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import Signal

# ---- Reports: a run, and what it found --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began. Written before the broker is asked, so `now` is the desk's own clock."""

    command: str
    now: datetime
    rules: str
    version: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended by itself; `outcome` is a word (done, not_due, unreachable, ...), `said` its one line."""

    command: str
    now: datetime
    outcome: str
    said: str


@dataclass(frozen=True, slots=True)
class AccountPinned:
    """First contact: this folder belongs to this account from now on."""

    account: str
    mode: str


@dataclass(frozen=True, slots=True)
class LogCut:
    """A torn tail of the log was cut after `after_seq`; its bytes lie beside it in `kept_as`."""

    after_seq: int
    bytes_kept: int
    kept_as: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The rules are not those of the run before (short hashes)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """The first run that sees a new session: the day's counters start afresh."""

    session: date
    now: datetime


@dataclass(frozen=True, slots=True)
class MorningBegan:
    """The session's first `morning` inside its window; `monitor` may take up its signals from here on."""

    session: date


@dataclass(frozen=True, slots=True)
class EquityMarked:
    """The account as a cycle found it."""

    session: date
    account: Account
    now: datetime


# ---- Actions and reports about signals -----------------------------------------------------------------------


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
class SignalDropped:
    """No longer waiting for room."""

    book: str
    ticker: str
    reason: Reason


# ---- Positions, halts, differences, the day's end ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PositionClosed:
    trade: ClosedTrade


@dataclass(frozen=True, slots=True)
class HighRaised:
    symbol: str
    high: Decimal


@dataclass(frozen=True, slots=True)
class StopRaised:
    symbol: str
    stop: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Nothing opens from here on. `session` is set for a halt that a later session lifts."""

    reason: Reason
    detail: str
    now: datetime
    session: date | None = None


@dataclass(frozen=True, slots=True)
class HaltSeen:
    """The owner's latch was found set."""

    token: str
    words: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """A halt is lifted; for the owner's latch `token` names the one that was lifted."""

    reason: Reason
    by: Reason
    now: datetime
    token: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceSeen:
    """Our books and the broker's differ in a symbol; `readings` counts how often in a row."""

    symbol: str
    ours: Decimal
    theirs: Decimal
    readings: int
    now: datetime


@dataclass(frozen=True, slots=True)
class DifferenceSettled:
    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The session's closing figures, recorded once. `realised` is from fills, `open_profit` at the last marks."""

    session: date
    now: datetime
    equity: Decimal
    last_equity: Decimal
    cash: Decimal
    realised: Decimal
    open_profit: Decimal


RunEvent = RunStarted | RunFinished | AccountPinned | LogCut | SettingsChanged
SessionEvent = SessionBegan | MorningBegan | EquityMarked | SessionClosed
SignalEvent = SignalRefused | SignalNotYet | SignalQueued | SignalDropped
PositionEvent = PositionClosed | HighRaised | StopRaised
HaltEvent = Halted | HaltSeen | Resumed
DifferenceEvent = DifferenceSeen | DifferenceSettled

Event = (
    RunEvent
    | SessionEvent
    | SignalEvent
    | OrderWritten
    | OrderAnswered
    | Fill
    | PositionEvent
    | HaltEvent
    | DifferenceEvent
)
