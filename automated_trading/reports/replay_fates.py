"""What became of every signal of a replay, from its log alone.

Law of the file: every entry of every day's file is counted exactly once, by its last fate, in the day that listed it;
an entry the log says nothing about is counted as such, never left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from automated_trading.domain import events as e
from automated_trading.domain.orders import Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent

UNASKED = (OrderStatus.EXPIRED, OrderStatus.REJECTED)
"""Ends that nobody asked for; a cancelled order has the reason of its cancel."""

Name = tuple[date, str]
"""A signal: the session that listed it, and the name the log has for it."""


class Kind(Enum):
    """What became of an entry."""

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

    def __str__(self) -> str:
        return f"{self.kind.value} ({self.reason})" if self.reason else self.kind.value


class Reach(Enum):
    """How near recorded prices come to an entry: in its session's morning window, later that day, on any day."""

    MORNING = "morning"
    DAY = "day"
    EVER = "ever"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a day's file, by the name the log has for it; one that cannot be used has no score.

    `session` is whether the exchange opened that day, `foreknown` whether the entry is dated after its entry window:
    a desk of that day could not have had it.
    """

    day: date
    label: str
    session: bool
    reach: Reach
    score: Decimal | None = None
    foreknown: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An entry and what became of it."""

    entry: Listed
    fate: Fate


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


def told_of(listed: Iterable[Listed], events: Sequence[LoggedEvent]) -> tuple[Told, ...]:
    """Every entry with its fate, in the order they are listed."""
    found = fates(events)
    silent = {True: Fate(Kind.UNTOLD), False: Fate(Kind.NO_SESSION)}
    return tuple(Told(entry, found.get((entry.day, entry.label), silent[entry.session])) for entry in listed)


def tallies(told: Iterable[Told], counts: Mapping[date, int]) -> dict[date, Tally]:
    """Every day's tally; `counts` is how many entries each day's file holds."""
    kinds: dict[date, Counter[Fate]] = {day: Counter() for day in sorted(counts)}
    reach: dict[date, Counter[Reach]] = {day: Counter() for day in kinds}
    for one in told:
        kinds[one.entry.day][one.fate] += 1
        reach[one.entry.day][one.entry.reach] += 1
    return {day: Tally(counts[day], kinds[day], reach[day]) for day in kinds}


def in_all(days: Iterable[Tally]) -> Tally:
    """One tally of many."""
    entries, kinds, reach = 0, Counter[Fate](), Counter[Reach]()
    for day in days:
        entries += day.entries
        kinds.update(day.fates)
        reach.update(day.reach)
    return Tally(entries, kinds, reach)


def fates(events: Sequence[LoggedEvent]) -> dict[Name, Fate]:
    """The last fate of each signal by its name; a bought one stays bought."""
    bought_for = buys(events)
    found: dict[Name, Fate] = {}
    for event in events:
        answer = _of_rules(event) or _of_orders(event, bought_for)
        if answer is not None and (answer[0] not in found or found[answer[0]].kind is not Kind.BOUGHT):
            found[answer[0]] = answer[1]
    return found


@dataclass(frozen=True, slots=True)
class Buy:
    """Which signal a buy was for; `again` marks a redeployment, whose signal an earlier session may have listed."""

    name: Name
    again: bool
    order: Order


def buys(events: Iterable[LoggedEvent]) -> dict[str, Buy]:
    """Every buy of a log by its order's id."""
    waiting: dict[tuple[str, str], date] = {}
    found: dict[str, Buy] = {}
    for event in events:
        if isinstance(event, e.SignalQueued):
            waiting[event.book, event.signal.ticker] = event.session
        elif isinstance(event, e.OrderIntended) and event.order.side is Side.BUY:
            order, again = event.order, event.order.decision.purpose is Purpose.REDEPLOY
            today = order.decision.session
            day = waiting.get((order.book, order.symbol), today) if again else today
            found[order.client_order_id] = Buy((day, order.symbol), again, order)
    return found


def _of_rules(event: LoggedEvent) -> tuple[Name, Fate] | None:
    """What the rules said of a signal."""
    match event:
        case e.SignalRefused():
            return (event.session, event.signal), Fate(Kind.REFUSED, event.reason.value)
        case e.SignalNotYet():
            return (event.session, event.signal), Fate(Kind.NOT_YET, event.reason.value)
        case e.SignalQueued():
            return (event.session, event.signal.ticker), Fate(Kind.QUEUED, event.reason.value)
        case _:
            return None


def _of_orders(event: LoggedEvent, bought_for: Mapping[str, Buy]) -> tuple[Name, Fate] | None:
    """What came of a signal's order; a redeployment that did not fill leaves its signal waiting."""
    answer = _of_order(event)
    buy = bought_for.get(answer[0]) if answer is not None else None
    if answer is None or buy is None:
        return None
    if not buy.again:
        return buy.name, answer[1]
    return (buy.name, Fate(Kind.BOUGHT, Reason.REDEPLOYED.value)) if answer[1].kind is Kind.BOUGHT else None


def _of_order(event: LoggedEvent) -> tuple[str, Fate] | None:
    match event:
        case e.OrderIntended():
            return event.order.client_order_id, Fate(Kind.UNFILLED, "open")
        case e.Fill():
            return event.client_order_id, Fate(Kind.BOUGHT)
        case e.CancelIntended():
            return event.client_order_id, Fate(Kind.UNFILLED, event.reason.value)
        case e.OrderRefused():
            return event.client_order_id, Fate(Kind.REFUSED, "by_the_broker")
        case e.OrderEnded() if event.end in UNASKED:
            return event.client_order_id, Fate(Kind.UNFILLED, event.end.value)
        case e.OrderWithdrawn():
            return event.client_order_id, Fate(Kind.NOT_YET, event.reason.value)
        case _:
            return None
