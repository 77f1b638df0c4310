"""What the engine needs of the world, as small protocols.

Law of the room: one port for each thing that is not ours, one to a few methods each, told in our own words.
A port says in its docstring what a caller may rely on; who stands behind it is chosen in `assembly` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from automated_trading.domain.market import Account, Activity, Asset, BrokerClock, Holding, Price
from automated_trading.domain.orders import BrokerOrder, Order
from automated_trading.domain.sessions import Session
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import State
from automated_trading.reports.letter import Letter

Row = tuple[str, Mapping[str, Any], str]
"""One event for the log: its name, its data as plain JSON, and the time it is written at (UTC text)."""


class Broker(Protocol):
    """The account's broker. Reads raise BrokerUnreachable; each call has its own deadline."""

    def clock(self) -> BrokerClock: ...

    def calendar(self, first: date, last: date) -> tuple[Session, ...]: ...

    def account(self) -> Account: ...

    def positions(self) -> tuple[Holding, ...]: ...

    def orders(self, after: datetime) -> tuple[BrokerOrder, ...]:
        """Every order submitted after a moment, whatever its status, oldest first, all pages."""
        ...

    def activities(self, after: datetime) -> tuple[Activity, ...]:
        """Everything that moved the account and was no trade, put on record after a moment, oldest first, all pages."""
        ...

    def asset(self, symbol: str) -> Asset | None:
        """What the broker says of a symbol; None if it does not know it."""
        ...

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """The order of that id; None if the broker does not know it now, which proves nothing about later."""
        ...

    def follow(self, broker_id: str) -> BrokerOrder | None:
        """The order of the broker's own id."""
        ...

    def submit(self, order: Order) -> BrokerOrder:
        """Ask once. Raises BrokerRefused, BrokerUnclear (sent, no answer) or BrokerUnreachable (not sent).

        An id the broker says is taken is looked up and answered as accepted.
        """
        ...

    def cancel(self, broker_id: str) -> None:
        """Ask for a cancel; the order's end is only known by reading it back. Raises as `submit` does."""
        ...

    def suspend(self, on: bool) -> None:
        """Have every new order of the account refused, sells and stops too, or taken again. Raises as `submit` does."""
        ...

    def suspended(self) -> bool:
        """Whether every new order is refused on the owner's word."""
        ...


class Prices(Protocol):
    def snapshots(self, symbols: Sequence[str]) -> Mapping[str, Price]:
        """Quote and last trade of each symbol, in one request; unknown symbols are missing. Raises MarketDataError."""
        ...

    def previous_closes(self, symbols: Sequence[str], session: date) -> Mapping[str, Decimal]:
        """The official close of each symbol's last session before this one, in one request; unknown ones are missing.

        Raises MarketDataError.
        """
        ...


class SignalSource(Protocol):
    def read(self, now: datetime) -> SignalList:
        """The approved signals as they stand; never raises for what a file may hold."""
        ...


class Clock(Protocol):
    """The desk's own clock: it stamps log lines and it waits. Decisions use the broker's."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float:
        """Seconds of a stopwatch that no change of the clock moves."""
        ...

    def wait(self, seconds: float) -> None: ...


class Log(Protocol):
    """The audit log: the record, and the write-ahead log."""

    account: str

    @property
    def head(self) -> tuple[int, str]: ...

    def begin_run(self, command: str) -> str: ...

    @property
    def cramped(self) -> str | None:
        """Why the disk has no room to spare, None while it has: what is written then comes out of a reserve."""
        ...

    def append(self, rows: Sequence[Row]) -> None:
        """Write behind the head, not yet durable; on a full disk out of the reserve."""
        ...

    def append_where_room(self, rows: Sequence[Row]) -> bool:
        """The same for what could wait: False, and nothing is written, on a full disk."""
        ...

    def rotate(self, month: str) -> None:
        """Put everything up to the checkpoint just appended away as the archive of that month ("2026-02").

        What follows goes on behind the checkpoint; a name already taken leaves the log as it is.
        """
        ...

    def flush(self) -> None:
        """Make durable everything written or read back so far; nothing to do costs nothing."""
        ...

    def close(self) -> None: ...


class CutTail(Protocol):
    """What was cut off the end of a torn log."""

    @property
    def after_seq(self) -> int: ...

    @property
    def bytes_kept(self) -> int: ...

    @property
    def kept_as(self) -> str: ...


class Opened(Protocol):
    """An opened record: the log to write to, the state it tells, and what had to be cut."""

    @property
    def log(self) -> Log: ...

    @property
    def state(self) -> State: ...

    @property
    def cut(self) -> CutTail | None: ...


class Store(Protocol):
    """The data folder of one account."""

    def lock(self, wait_seconds: float = 0) -> AbstractContextManager[None]:
        """Hold the folder. Raises RunInProgress while another run does."""
        ...

    def open(self) -> Opened:
        """Open the record for writing. Raises AuditError on damage, StateError on an unusable folder."""
        ...

    def save(self, state: State, head: tuple[int, str]) -> str | None:
        """Write the snapshots. Tells where the disk has no room for them; the record is whole without."""
        ...


class LatchReading(Protocol):
    """The owner's `halt`, as found."""

    @property
    def token(self) -> str: ...

    @property
    def reason(self) -> str: ...


class Gate(Protocol):
    """The owner's hand on the desk, read afresh at each call."""

    def disabled(self) -> str | None:
        """Why trading is switched off, None while it is on."""
        ...

    def latch(self) -> LatchReading | None:
        """The standing `halt`, if any; an unreadable one stands."""
        ...

    def lift(self, token: str) -> bool:
        """Take the latch away if it still holds that token."""
        ...


class Outbox(Protocol):
    """Letters on their way to the owner. Nothing here can delay or change a trade."""

    def keep(self, letter: Letter) -> None:
        """Render a letter and keep it, durable, until it is posted; one kept before under its key is replaced.

        Raises AlertError where it cannot be rendered or kept.
        """
        ...

    def kept(self, *, durably: bool = False) -> frozenset[str]:
        """Keys of all letters that are kept, waiting or sent; `durably`, whoever kept them may have been cut off.

        Never raises: what cannot be read, or made durable, is not kept.
        """
        ...

    def sent(self) -> frozenset[str]:
        """Keys of letters that have left the house. Never raises: what cannot be read is not known to be sent."""
        ...
