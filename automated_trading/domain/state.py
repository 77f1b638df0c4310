"""What the desk remembers: the fold of its audit log.

Law of the room: a State is a value. Only `evolve` makes a new one; everything in it can be had again from the log,
and nothing is in it that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from automated_trading.domain.events import Event, SessionClosed
from automated_trading.domain.market import Account, Activity, Asset
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import ENDS, Order, OrderStatus, OutsideOrder, Purpose, Side
from automated_trading.domain.positions import ClosedTrade, Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import Signal

K = TypeVar("K")
V = TypeVar("V")

CONFIRMED_READINGS = 2
"""A difference counts once a second reading still shows it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was last said of a signal this session: refused, not_yet, queued or ordered, and why."""

    said: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class QueuedSignal:
    """A good signal waiting for room."""

    book: str
    signal: Signal
    session: date
    reason: Reason
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """A standing halt; `session` is the last one it stands in, where one lifts it, `token` the owner's latch's."""

    detail: str
    since: datetime
    session: date | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Our quantity, or cash, against the broker's; it counts once `readings` reaches CONFIRMED_READINGS."""

    ours: Decimal
    theirs: Decimal
    readings: int
    since: datetime

    @property
    def confirmed(self) -> bool:
        return self.readings >= CONFIRMED_READINGS


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of one command; `finished` is None while it runs, or if it was cut off."""

    started: datetime
    finished: datetime | None = None
    outcome: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class MissedRun:
    """Runs that did not come from `since` to `until`, or one that came late; `session` is the first it should have been
    in, `found` the one in which that was noticed."""

    command: str
    session: date
    words: str
    since: datetime
    until: datetime
    found: date
    late: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One session's counters.

    `since` is the close before it and `last_equity` the equity of that moment as first told, `high_counted` whether
    the high-water mark has seen it; `flows` is what the owner paid in and took out since, `carried` the cash that
    equity held unexplained, `realised` profit from today's fills, `assets` what the broker said of symbols. `closed`
    are the positions whose last share was sold in this session, `late` those sold in an earlier one and heard of only
    now; `stopped` is what stops resting at the broker sold for in this session, in dollars by book; `missed` what was
    found today of runs that did not come.
    """

    session: date | None = None
    since: datetime | None = None
    last_equity: Decimal | None = None
    high_counted: bool = False
    flows: Decimal = ZERO
    carried: Decimal = ZERO
    warned: bool = False
    morning_began: bool = False
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    closed: tuple[ClosedTrade, ...] = ()
    late: tuple[ClosedTrade, ...] = ()
    stopped: Mapping[str, Decimal] = field(default_factory=dict)
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    realised: Decimal = ZERO
    figures: SessionClosed | None = None
    missed: tuple[MissedRun, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesChange:
    """The rules of one run are not those of the run before (short hashes)."""

    old: str
    new: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a matter, as a digest, and in which session."""

    digest: str
    session: date


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter on its way to the owner."""

    kind: str
    session: date
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """The equity a session closed with."""

    session: date
    equity: Decimal


@dataclass(frozen=True, slots=True)
class State:
    """Everything the desk knows.

    `marked` is the account as the last complete hearing found it, None before the first one (and after a cut log);
    `forgotten` is the last session whose ended orders were let go. `cash` is our books' own, counted since
    `cash_since`; `activities` explain it, newest kept; `outside` are orders of the account that are not ours.
    `losses` are the losing closes since the last one that lost nothing, as fractions of cost; `high_water` is the best
    closing equity, moved along with deposits and withdrawals (`moved` are those since the last mark); `sold` the
    session in which a symbol was last left; `disturbed` held symbols whose shares were changed by a split or the
    like, with the kind, until the owner has settled it. `undecided` counts cycles in a row in which one price alone
    said sell; `through` are positions to be sold because the broker would not take their stop, at that price.
    The owner's word: `blocked` symbols with why, `ignored` ones that are his own, `leaving` those to be sold.
    For letters: matters `told`, `letters` by key, those a run is `keeping` with their matters; the last change of
    rules, the `trades` closed lately, the `closings` of the curve, and the day whose evening is `owed`.
    """

    account: str = ""
    mode: str = ""
    rules: str = ""
    positions: Mapping[str, Position] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    queue: Mapping[str, QueuedSignal] = field(default_factory=dict)
    halts: Mapping[Reason, Halt] = field(default_factory=dict)
    differences: Mapping[str, Difference] = field(default_factory=dict)
    runs: Mapping[str, Run] = field(default_factory=dict)
    day: Day = Day()
    marked: Account | None = None
    marked_at: datetime | None = None
    failures: int = 0
    forgotten: date | None = None
    losses: tuple[Decimal, ...] = ()
    high_water: Decimal | None = None
    moved: Decimal = ZERO
    cash: Decimal | None = None
    cash_since: datetime | None = None
    cash_difference: Difference | None = None
    activities: Mapping[str, Activity] = field(default_factory=dict)
    outside: Mapping[str, OutsideOrder] = field(default_factory=dict)
    sold: Mapping[str, date] = field(default_factory=dict)
    undecided: Mapping[str, int] = field(default_factory=dict)
    disturbed: Mapping[str, str] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, datetime] = field(default_factory=dict)
    leaving: Mapping[str, datetime] = field(default_factory=dict)
    rules_change: RulesChange | None = None
    trades: tuple[ClosedTrade, ...] = ()
    closings: tuple[Closing, ...] = ()
    owed: Day | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    letters: Mapping[str, LetterRow] = field(default_factory=dict)
    keeping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    through: Mapping[str, Decimal] = field(default_factory=dict)
    _open: Mapping[str, list[Order]] | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def halted(self) -> bool:
        return bool(self.halts)

    def open_orders(self, symbol: str | None = None, side: Side | None = None) -> list[Order]:
        """Orders not at their end, intended and unclear ones among them."""
        if symbol is None:
            found = [order for order in self.orders.values() if order.status not in ENDS]
        else:
            found = self._open_by_symbol().get(symbol, [])
        return [order for order in found if side is None or order.side is side]

    def _open_by_symbol(self) -> Mapping[str, list[Order]]:
        """Reckoned once: a State is a value, and with hundreds of stops every one of them is asked about."""
        if self._open is None:
            found: dict[str, list[Order]] = {}
            for order in self.open_orders():
                found.setdefault(order.symbol, []).append(order)
            object.__setattr__(self, "_open", found)
        return self._open or {}

    def stops(self, symbol: str) -> list[Order]:
        """Our stops that rest at the broker in a symbol, the highest first."""
        found = [order for order in self.open_orders(symbol, Side.SELL) if order.protects and order.rests]
        return sorted(found, key=lambda order: (-(order.stop_price or ZERO), order.client_order_id))

    def sellable(self, symbol: str) -> Decimal:
        """Shares held and not already promised to an open or unclear sell."""
        position = self.positions.get(symbol)
        if position is None:
            return ZERO
        promised = sum((order.open_qty for order in self.open_orders(symbol, Side.SELL)), ZERO)
        return max(ZERO, position.qty - promised)

    def entries_of(self, session: date) -> list[Order]:
        """The session's entries, redeployments among them, that may have reached the broker."""
        lost = (OrderStatus.REFUSED, OrderStatus.WITHDRAWN)
        return [
            order
            for order in self.orders.values()
            if order.decision.purpose.opens and order.decision.session == session and order.status not in lost
        ]

    def outside_orders(self, symbol: str, side: Side | None = None) -> list[OutsideOrder]:
        """Orders that are not ours and rest in a symbol."""
        return [
            order
            for order in self.outside.values()
            if order.is_open and order.symbol == symbol and side in (None, order.side)
        ]

    def generation(self, book: str, session: date, symbol: str, purpose: Purpose) -> int:
        """The generation of the next order of this purpose: one above every one there has been."""
        kin = (book, session, symbol, purpose)
        decisions = (order.decision for order in self.orders.values())
        mine = (made for made in decisions if (made.book, made.session, made.symbol, made.purpose) == kin)
        return max((made.generation + 1 for made in mine), default=0)

    def frozen(self, symbol: str) -> bool:
        difference = self.differences.get(symbol)
        return difference is not None and difference.confirmed


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The whole state, so that reading the log costs a day and not a life."""

    state: State


LoggedEvent = Event | Checkpoint


def signal_key(book: str, label: str) -> str:
    """The name of a signal within a session."""
    return f"{book}/{label}"


def without(mapping: Mapping[K, V], key: K) -> dict[K, V]:
    """The mapping less one key."""
    return {kept: value for kept, value in mapping.items() if kept != key}
