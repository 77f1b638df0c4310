"""An order, from the wish to its end.

Law of the room: an order begins as a row that wants to happen (INTENDED) and reaches exactly one end.
Its id is a fact about the decision: no clock, no chance and no attempt number goes into it. What the
broker knows of it is a `BrokerOrder`; only `evolve` lays the two together.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from automated_trading.domain.money import ZERO, cents

TICKER = re.compile(r"[A-Z]{1,5}([.-][A-Z]{1,3})?")
"""Full-match pattern of a US equity ticker; ASCII only, so no look-alike letters."""

ORDER_ID = re.compile(r"([A-Z]{1,5}(?:[.-][A-Z]{1,3})?)-(BUY|SELL)-(\d{8})-(\d{6})-([0-9A-F]{8})")


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


class Kind(Enum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"


class TimeInForce(Enum):
    DAY = "day"
    GTC = "gtc"


class Purpose(Enum):
    """Why an order exists."""

    ENTRY = "entry"
    REDEPLOY = "redeploy"
    EXIT = "exit"
    PROTECT = "protect"

    @property
    def opens(self) -> bool:
        """Whether its orders are bought on a signal."""
        return self in (Purpose.ENTRY, Purpose.REDEPLOY)

    @property
    def clock(self) -> str:
        """The constant that stands in the id; it is never the time of a run."""
        return CLOCKS[self]


CLOCKS = {
    Purpose.ENTRY: "093500",
    Purpose.REDEPLOY: "120000",
    Purpose.EXIT: "150000",
    Purpose.PROTECT: "153000",
}


class OrderStatus(Enum):
    """Where an order stands, in our words."""

    INTENDED = "intended"
    UNCLEAR = "unclear"
    ACCEPTED = "accepted"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LOST = "lost"

    __hash__ = object.__hash__
    """Each status is there once: as good as the hash of its name, and asked for of every order many times a run."""

    @property
    def ended(self) -> bool:
        return self in ENDS

    @property
    def unanswered(self) -> bool:
        """Not known at the broker: it may or may not be there."""
        return self in (OrderStatus.INTENDED, OrderStatus.UNCLEAR)

    @property
    def unseen(self) -> bool:
        """Unanswered, or believed not to be at the broker: one that shows up there is accepted."""
        return self.unanswered or self in BELIEVED


ENDS = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELLED,
        OrderStatus.EXPIRED,
        OrderStatus.REJECTED,
        OrderStatus.REFUSED,
        OrderStatus.WITHDRAWN,
        OrderStatus.LOST,
    }
)


BELIEVED = frozenset({OrderStatus.REFUSED, OrderStatus.WITHDRAWN, OrderStatus.LOST})
"""Ends that say the broker does not have the order: it never had it, or had it and shows it no longer (lost). Its own
records say otherwise, or nobody does."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What makes two orders the same order: the decision behind them."""

    book: str
    session: date
    symbol: str
    side: Side
    purpose: Purpose
    generation: int = 0


@dataclass(frozen=True, slots=True)
class EntryTerms:
    """What a bought position inherits from its signal: score, tier, sector and the stop as a fraction of entry."""

    stop_fraction: Decimal
    tier: str = "none"
    score: Decimal | None = None
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of ours. `filled_value` is the money of its fills so far (quantity times average price)."""

    client_order_id: str
    decision: Decision
    qty: Decimal
    kind: Kind
    time_in_force: TimeInForce
    reason: str
    intended_at: datetime
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    terms: EntryTerms | None = None
    status: OrderStatus = OrderStatus.INTENDED
    broker_id: str | None = None
    accepted_at: datetime | None = None
    attempts: int = 0
    cancelling: str | None = None
    filled_qty: Decimal = ZERO
    filled_value: Decimal = ZERO
    # fills of broker orders this one had before the broker replaced it
    carried_qty: Decimal = ZERO
    carried_value: Decimal = ZERO
    # the names of those: a late reading may still tell of one as it was
    former: tuple[str, ...] = ()
    # the broker's refusal of a second sending
    doubted: str = ""
    # a status of the broker's that nobody here knows
    puzzling: str = ""
    # the broker's words where it refused
    refusal: str = ""
    # the session in which it ended
    ended_in: date | None = None

    @property
    def protects(self) -> bool:
        """Whether it is a stop that rests at the broker until it trades or is taken back."""
        return self.decision.purpose is Purpose.PROTECT

    @property
    def rests(self) -> bool:
        """Whether the broker has it and it may still trade."""
        return self.status is OrderStatus.ACCEPTED

    @property
    def lost(self) -> bool:
        """Whether the broker had it and shows it no longer: it may be there all the same. Form 4 said `withdrawn`."""
        withdrawn = self.status is OrderStatus.WITHDRAWN and self.broker_id is not None
        return withdrawn or self.status is OrderStatus.LOST

    @property
    def symbol(self) -> str:
        return self.decision.symbol

    @property
    def side(self) -> Side:
        return self.decision.side

    @property
    def book(self) -> str:
        return self.decision.book

    @property
    def open_qty(self) -> Decimal:
        """Shares that may still trade: none once the order has ended."""
        return ZERO if self.status.ended else max(ZERO, self.qty - self.filled_qty)

    @property
    def open_value(self) -> Decimal:
        """Money a resting or unclear buy may still spend, at its limit."""
        return self.open_qty * (self.limit_price or ZERO)


class BrokerStatus(Enum):
    """The broker's statuses as far as they matter here; UNKNOWN stays open and is reported."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """An order as the broker tells it. `filled_avg_price` is None while nothing is filled.

    `filled_at` is when it traded last, as far as the broker tells.
    """

    broker_id: str
    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    kind: str
    status: BrokerStatus
    raw_status: str
    submitted_at: datetime
    filled_qty: Decimal = ZERO
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: str = "day"
    replaced_by: str | None = None
    filled_at: datetime | None = None

    @property
    def filled_value(self) -> Decimal:
        """Money of the fills, to the cent: the average price comes rounded to six decimals, cash moves in cents."""
        return cents(self.filled_qty * (self.filled_avg_price or ZERO))


@dataclass(frozen=True, slots=True)
class OutsideOrder:
    """An order of the account that is not ours: the owner's own, or the broker's. `readings` counts up to two."""

    broker_id: str
    symbol: str
    side: Side
    qty: Decimal
    filled_qty: Decimal
    filled_value: Decimal
    submitted: datetime
    is_open: bool
    readings: int = 1
    limit_price: Decimal | None = None

    @property
    def open_value(self) -> Decimal:
        """Money an open buy may still spend, as far as its limit tells."""
        spends = self.is_open and self.side is Side.BUY
        return (self.qty - self.filled_qty) * (self.limit_price or ZERO) if spends else ZERO


def order_id(account: str, mode: str, decision: Decision) -> str:
    """The one id of this decision: `{TICKER}-{ACTION}-{YYYYMMDD}-{HHMMSS}-{HASH}`, at most 48 characters.

    The hash is the first eight hex digits of SHA-256 over
    `account|mode|book|session|ticker|side|purpose|generation`.
    """
    side = decision.side.name
    words = (account, mode, decision.book, decision.session.isoformat(), decision.symbol, side)
    fact = "|".join((*words, decision.purpose.value, str(decision.generation)))
    digest = hashlib.sha256(fact.encode("ascii")).hexdigest()[:8].upper()
    return f"{decision.symbol}-{side}-{decision.session:%Y%m%d}-{decision.purpose.clock}-{digest}"


@lru_cache(maxsize=4096)
def recognise(account: str, mode: str, books: tuple[str, ...], client_order_id: str) -> Decision | None:
    """The decision behind an id of our form, found by trying the few there can be; None if it is not ours.

    An id made for another account or mode, or by hand, does not hash to its own last part.
    """
    match = ORDER_ID.fullmatch(client_order_id)
    if match is None:
        return None
    ticker, side, day, clock, _ = match.groups()
    try:
        session = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        purpose = {made: purpose for purpose, made in CLOCKS.items()}[clock]
    except (KeyError, ValueError):
        return None
    for book in books:
        for generation in range(GENERATIONS_TRIED):
            decision = Decision(book, session, ticker, Side[side], purpose, generation)
            if order_id(account, mode, decision) == client_order_id:
                return decision
    return None


GENERATIONS_TRIED = 200
"""More than a session has cycles of five minutes, and so more than one decision can ever have."""


def looks_like_ours(client_order_id: str) -> bool:
    """Whether an id has the form of ours; `recognise` says whether it is."""
    return ORDER_ID.fullmatch(client_order_id) is not None
