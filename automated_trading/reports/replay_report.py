"""What a desk did in a replay, from its log alone.

Law of the file: money comes from fills; what happened is listed, not judged.
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
from automated_trading.domain.orders import Side
from automated_trading.domain.positions import ClosedTrade, Origin
from automated_trading.domain.reasons import Reason
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import LoggedEvent
from automated_trading.reports.replay_fates import buys


class Turn(Enum):
    """What happened to the desk's opening."""

    HALTED = "halted"
    LIFTED = "lifted"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A halt, its end, or a warning before one: the New York day it came, why, and what it said."""

    day: date
    turn: Turn
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class Redeployment:
    """A queued signal bought with room that came free; `queued` is the session that listed it."""

    day: date
    ticker: str
    queued: date
    ordered: Decimal
    filled: Decimal


@dataclass(frozen=True, slots=True)
class Raise:
    """Why stops were raised, how often, and of how many positions' symbols."""

    why: str
    times: int
    symbols: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the desk did. Money comes from fills; `again` is how many of the buys and of those filled redeployed."""

    sessions: tuple[date, ...]
    cycles: int
    buys: int
    sells: int
    entries_filled: int
    again: tuple[int, int]
    trades: tuple[ClosedTrade, ...]
    alarms: tuple[Alarm, ...]
    redeployments: tuple[Redeployment, ...]
    raises: tuple[Raise, ...]
    cash_flow: Decimal

    @property
    def exits(self) -> Mapping[str, int]:
        """Closed trades by the reason of their sale."""
        return Counter(trade.reason for trade in self.trades)

    @property
    def realised(self) -> Decimal:
        return sum((trade.realised for trade in self.trades), ZERO)

    @property
    def halts(self) -> int:
        return sum(alarm.turn is Turn.HALTED for alarm in self.alarms)

    @property
    def warnings(self) -> int:
        return sum(alarm.turn is Turn.WARNED for alarm in self.alarms)

    def placed(self, origin: Origin) -> tuple[int, int]:
        """How many buys of this origin the broker took, and how many of them bought anything."""
        if origin is Origin.REDEPLOYMENT:
            return self.again
        return self.buys - self.again[0], self.entries_filled - self.again[1]


def figures(events: Sequence[LoggedEvent]) -> Figures:
    """The figures of a log."""
    sides, again = sides_in(events), {key for key, buy in buys(events).items() if buy.again}
    taken = [event.client_order_id for event in events if isinstance(event, e.OrderAccepted)]
    filled = {event.client_order_id for event in events if isinstance(event, e.Fill)}
    trades = tuple(event.trade for event in events if isinstance(event, e.PositionClosed))
    return Figures(
        sessions=tuple(event.session for event in events if isinstance(event, e.SessionBegan)),
        cycles=sum(isinstance(event, e.RunStarted) for event in events),
        buys=sum(sides[key] is Side.BUY for key in taken),
        sells=sum(sides[key] is Side.SELL for key in taken),
        entries_filled=sum(sides[key] is Side.BUY for key in filled),
        again=(len(again.intersection(taken)), len(again & filled)),
        trades=trades,
        alarms=tuple(alarm for event in events if (alarm := _alarm(event)) is not None),
        redeployments=redeployments(events),
        raises=raises(events),
        cash_flow=cash_flow(events),
    )


def sides_in(events: Iterable[LoggedEvent]) -> dict[str, Side]:
    """Which side each order of a log is on, by its id."""
    return {event.order.client_order_id: event.order.side for event in events if isinstance(event, e.OrderIntended)}


def cash_flow(events: Sequence[LoggedEvent]) -> Decimal:
    """The money of all sells less that of all buys: each fill in whole cents, as an account is charged."""
    sides = sides_in(events)
    so_far: dict[str, Decimal] = {}
    flow = ZERO
    for event in events:
        if isinstance(event, e.Fill):
            value = cents(event.total_value - so_far.get(event.client_order_id, ZERO))
            so_far[event.client_order_id] = event.total_value
            flow += value if sides[event.client_order_id] is Side.SELL else -value
    return flow


def redeployments(events: Sequence[LoggedEvent]) -> tuple[Redeployment, ...]:
    """Every order for a queued signal, as it was meant, with what of it filled."""
    filled = {event.client_order_id: event.total_qty for event in events if isinstance(event, e.Fill)}
    return tuple(
        Redeployment(buy.order.decision.session, buy.order.symbol, buy.name[0], buy.order.qty, filled.get(key, ZERO))
        for key, buy in buys(events).items()
        if buy.again
    )


def raises(events: Iterable[LoggedEvent]) -> tuple[Raise, ...]:
    """How often stops rose, by why; most often first."""
    found = [(event.reason, event.symbol) for event in events if isinstance(event, e.StopRaised)]
    times = Counter(why for why, _ in found)
    rows = (Raise(why, count, len({symbol for name, symbol in found if name == why})) for why, count in times.items())
    return tuple(sorted(rows, key=lambda row: (-row.times, row.why)))


def _alarm(event: LoggedEvent) -> Alarm | None:
    match event:
        case e.Halted():
            until = f" (until the end of {event.session})" if event.session is not None else ""
            return Alarm(new_york_date(event.now), Turn.HALTED, event.reason.value, event.detail + until)
        case e.Resumed():
            return Alarm(new_york_date(event.now), Turn.LIFTED, event.reason.value, event.by.value)
        case e.LossWarned():
            return Alarm(event.session, Turn.WARNED, Reason.DAY_LOSS.value, event.detail)
        case _:
            return None
