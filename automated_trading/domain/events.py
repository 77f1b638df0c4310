"""Everything that may change the state, as facts.

Law of the room: an Action is what we decided, a Report is what the world answered or what was observed; both are
frozen, both are one line of the audit log, and nothing else changes a State. Times in them are the broker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.account_events import (
    AccountEvent as AccountEvent,
    ActivityHeard as ActivityHeard,
    CashCounted as CashCounted,
    CashDifferenceSeen as CashDifferenceSeen,
    CashDifferenceSettled as CashDifferenceSettled,
    EquityMarked as EquityMarked,
    OutsideOrderSeen as OutsideOrderSeen,
)
from automated_trading.domain.letter_events import (
    LetterEvent as LetterEvent,
    LetterKept as LetterKept,
    LetterLost as LetterLost,
    LetterSent as LetterSent,
)
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
from automated_trading.domain.owner_events import (
    ExitAsked as ExitAsked,
    LogRestarted as LogRestarted,
    OwnerEvent as OwnerEvent,
    PositionAdopted as PositionAdopted,
    PositionForgotten as PositionForgotten,
    SymbolBlocked as SymbolBlocked,
    SymbolIgnored as SymbolIgnored,
    SymbolMinded as SymbolMinded,
    SymbolUnblocked as SymbolUnblocked,
)
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signal_events import (
    AssetsSeen as AssetsSeen,
    SignalDropped as SignalDropped,
    SignalEvent as SignalEvent,
    SignalNotYet as SignalNotYet,
    SignalQueued as SignalQueued,
    SignalRefused as SignalRefused,
    SignalRemarked as SignalRemarked,
)
from automated_trading.domain.watch_events import RunLate as RunLate, RunMissed as RunMissed, WatchEvent as WatchEvent

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
    """The first run that sees a new session: counters start afresh. `since` is the close of the session before."""

    session: date
    now: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MorningBegan:
    """The session's first `morning` inside its window; `monitor` may take up its signals from here on."""

    session: date


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
class StopUndecided:
    """One price says sell and none agrees; `cycles` counts how often in a row."""

    symbol: str
    cycles: int
    detail: str


@dataclass(frozen=True, slots=True)
class StopDecided:
    """The prices of a symbol agree again."""

    symbol: str


@dataclass(frozen=True, slots=True)
class LossWarned:
    """Half of the day's loss limit is gone; said once a session."""

    session: date
    detail: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Nothing opens from here on. `session`, where set, is the last session it stands in."""

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
SessionEvent = SessionBegan | MorningBegan | SessionClosed
PositionEvent = PositionClosed | HighRaised | StopRaised | StopUndecided | StopDecided
HaltEvent = Halted | HaltSeen | Resumed | LossWarned
DifferenceEvent = DifferenceSeen | DifferenceSettled

Event = (
    RunEvent
    | SessionEvent
    | WatchEvent
    | AccountEvent
    | OwnerEvent
    | SignalEvent
    | OrderWritten
    | OrderAnswered
    | Fill
    | PositionEvent
    | HaltEvent
    | DifferenceEvent
    | LetterEvent
)
