"""What came of a replay, from its log alone.

Law of the room: every entry of every day's file is counted exactly once, by its last fate of that day; an entry the
log says nothing about is counted as such, never left out. Money comes from fills.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from automated_trading.domain import events as e
from automated_trading.domain.money import ZERO, cents
from automated_trading.domain.orders import Order, OrderStatus, Side
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.state import LoggedEvent

UNASKED = (OrderStatus.EXPIRED, OrderStatus.REJECTED)
"""Ends that nobody asked for; a cancelled order has the reason of its cancel."""


class Kind(Enum):
    """What became of an entry on its day."""

    BOUGHT = "bought"
    UNFILLED = "unfilled"
    QUEUED = "queued"
    NOT_YET = "not yet"
    REFUSED = "refused"
    NO_SESSION = "no session"
    UNTOLD = "NOT ACCOUNTED FOR"


@dataclass(frozen=True, slots=True)
class Fate:
    """A kind, and the slug of its reason where it has one."""

    kind: Kind
    reason: str = ""


class Reach(Enum):
    """How near recorded prices come to an entry: in its session's morning window, later that day, on any day."""

    MORNING = "morning"
    DAY = "day"
    EVER = "ever"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a day's file, by the name the log has for it.

    `session` is whether the exchange opened that day, `foreknown` whether the entry is dated after its entry window:
    a desk of that day could not have had it.
    """

    day: date
    label: str
    session: bool
    reach: Reach
    foreknown: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Entries by fate and by reach. `entries` is how many the file itself holds; the fates must add up to it."""

    entries: int
    fates: Mapping[Fate, int]
    reach: Mapping[Reach, int]

    @property
    def accounted(self) -> bool:
        """Whether each entry is counted once, and the log tells of each."""
        return sum(self.fates.values()) == self.entries and self.of(Kind.UNTOLD) == 0

    def of(self, kind: Kind) -> int:
        """How many met this fate, for whatever reason."""
        return sum(count for fate, count in self.fates.items() if fate.kind is kind)

    def within(self, *reaches: Reach) -> int:
        """How many have a price within these."""
        return sum(self.reach.get(reach, 0) for reach in reaches)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the desk did. Money comes from fills."""

    sessions: tuple[date, ...]
    cycles: int
    buys: int
    sells: int
    entries_filled: int
    exits: Mapping[str, int]
    trades: tuple[ClosedTrade, ...]
    halts: tuple[e.Halted, ...]
    cash_flow: Decimal

    @property
    def realised(self) -> Decimal:
        return sum((trade.realised for trade in self.trades), ZERO)


def figures(events: Sequence[LoggedEvent]) -> Figures:
    """The figures of a log."""
    orders = orders_in(events)
    taken = [orders[event.client_order_id].side for event in events if isinstance(event, e.OrderAccepted)]
    filled = {event.client_order_id for event in events if isinstance(event, e.Fill)}
    trades = tuple(event.trade for event in events if isinstance(event, e.PositionClosed))
    return Figures(
        sessions=tuple(event.session for event in events if isinstance(event, e.SessionBegan)),
        cycles=sum(isinstance(event, e.RunStarted) for event in events),
        buys=taken.count(Side.BUY),
        sells=taken.count(Side.SELL),
        entries_filled=sum(orders[key].side is Side.BUY for key in filled),
        exits=Counter(trade.reason for trade in trades),
        trades=trades,
        halts=tuple(event for event in events if isinstance(event, e.Halted)),
        cash_flow=cash_flow(events),
    )


def cash_flow(events: Iterable[LoggedEvent]) -> Decimal:
    """The money of all sells less that of all buys: each fill in whole cents, as an account is charged."""
    sides: dict[str, Side] = {}
    so_far: dict[str, Decimal] = {}
    flow = ZERO
    for event in events:
        if isinstance(event, e.OrderIntended):
            sides[event.order.client_order_id] = event.order.side
        elif isinstance(event, e.Fill):
            value = cents(event.total_value - so_far.get(event.client_order_id, ZERO))
            so_far[event.client_order_id] = event.total_value
            flow += value if sides[event.client_order_id] is Side.SELL else -value
    return flow


def tallies(listed: Iterable[Listed], counts: Mapping[date, int], events: Sequence[LoggedEvent]) -> dict[date, Tally]:
    """Every day's tally; `counts` is how many entries each day's file holds."""
    told = fates(events)
    kinds: dict[date, Counter[Fate]] = {day: Counter() for day in sorted(counts)}
    reach: dict[date, Counter[Reach]] = {day: Counter() for day in kinds}
    for entry in listed:
        untold = Fate(Kind.UNTOLD if entry.session else Kind.NO_SESSION)
        kinds[entry.day][told.get((entry.day, entry.label), untold)] += 1
        reach[entry.day][entry.reach] += 1
    return {day: Tally(counts[day], kinds[day], reach[day]) for day in kinds}


def in_all(days: Iterable[Tally]) -> Tally:
    """One tally of many."""
    entries, kinds, reach = 0, Counter[Fate](), Counter[Reach]()
    for day in days:
        entries += day.entries
        kinds.update(day.fates)
        reach.update(day.reach)
    return Tally(entries, kinds, reach)


def fates(events: Sequence[LoggedEvent]) -> dict[tuple[date, str], Fate]:
    """The last fate of each signal, by session and the name the log has for it; a bought one stays bought."""
    orders = orders_in(events)
    found: dict[tuple[date, str], Fate] = {}
    for event in events:
        key, fate = _fate(event, orders)
        if key is not None and fate is not None and found.get(key) != Fate(Kind.BOUGHT):
            found[key] = fate
    return found


def orders_in(events: Iterable[LoggedEvent]) -> dict[str, Order]:
    """Every order of a log, as it was intended."""
    return {event.order.client_order_id: event.order for event in events if isinstance(event, e.OrderIntended)}


def _fate(event: LoggedEvent, orders: Mapping[str, Order]) -> tuple[tuple[date, str] | None, Fate | None]:
    match event:
        case e.SignalRefused():
            return (event.session, event.signal), Fate(Kind.REFUSED, event.reason.value)
        case e.SignalNotYet():
            return (event.session, event.signal), Fate(Kind.NOT_YET, event.reason.value)
        case e.SignalQueued():
            return (event.session, event.signal.ticker), Fate(Kind.QUEUED, event.reason.value)
        case e.OrderIntended():
            return _signal_of(event.order), Fate(Kind.UNFILLED, "open")
        case e.CancelIntended():
            return _signal_of(orders[event.client_order_id]), Fate(Kind.UNFILLED, event.reason.value)
        case e.OrderRefused():
            return _signal_of(orders[event.client_order_id]), Fate(Kind.REFUSED, "by_the_broker")
        case e.OrderEnded() if event.end in UNASKED:
            return _signal_of(orders[event.client_order_id]), Fate(Kind.UNFILLED, event.end.value)
        case e.OrderWithdrawn():
            return _signal_of(orders[event.client_order_id]), Fate(Kind.NOT_YET, event.reason.value)
        case e.Fill():
            return _signal_of(orders[event.client_order_id]), Fate(Kind.BOUGHT)
        case _:
            return None, None


def _signal_of(order: Order) -> tuple[date, str] | None:
    """The signal an order was for; none for a sell."""
    return (order.decision.session, order.symbol) if order.side is Side.BUY else None
