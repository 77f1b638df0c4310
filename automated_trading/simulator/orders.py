"""Orders and their life; every order ever accepted is kept, so that an id is unique for ever.

An Order is a frozen fact, replaced by its successor in the Blotter; one in a terminal state is never replaced.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Status(StrEnum):
    """The states of an order, spelled as Alpaca does."""

    PENDING_NEW = "pending_new"
    ACCEPTED = "accepted"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"
    HELD = "held"
    DONE_FOR_DAY = "done_for_day"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    ACCEPTED_FOR_BIDDING = "accepted_for_bidding"
    PENDING_REPLACE = "pending_replace"
    PENDING_REVIEW = "pending_review"

    @property
    def terminal(self) -> bool:
        """Whether nothing can happen to the order any more."""
        return self in _TERMINAL


_TERMINAL = frozenset({Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REJECTED, Status.REPLACED})
UNCANCELLABLE = (Status.PENDING_CANCEL, Status.PENDING_REPLACE)
"""Open states in which the venue takes no cancel."""
ASIDE = (
    Status.SUSPENDED,
    Status.STOPPED,
    Status.DONE_FOR_DAY,
    Status.PENDING_REVIEW,
    Status.CALCULATED,
    Status.ACCEPTED_FOR_BIDDING,
    Status.PENDING_REPLACE,
    Status.HELD,
)
"""Rare states in which an order is open and does not trade."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `paid` is the exact sum of price x quantity over its fills; `hold_price` reserves cash for a buy.

    Laid by trouble: a cancel of it is not done before `cancels_at`, and not before `loses_to` shares have filled; a
    rare status ends at `back_at`; `why` it was rejected, which no answer tells; `asset` is the name its asset was
    first known by, where that is another.
    """

    seq: int
    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    hold_price: Decimal
    status: Status
    created_at: datetime
    submitted_at: datetime
    updated_at: datetime
    expires_at: datetime
    triggered: bool = False
    filled_qty: Decimal = ZERO
    paid: Decimal = ZERO
    worked_at: datetime | None = None
    filled_at: datetime | None = None
    canceled_at: datetime | None = None
    expired_at: datetime | None = None
    failed_at: datetime | None = None
    replaced_at: datetime | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    cancels_at: datetime | None = None
    loses_to: Decimal | None = None
    back_at: datetime | None = None
    why: str = ""
    asset: str = ""

    @property
    def rest(self) -> Decimal:
        """What is still to fill."""
        return self.qty - self.filled_qty


class Blotter:
    """Every order, by its place, by its id and by the client's id."""

    def __init__(self) -> None:
        self.rows: list[Order] = []
        self._open: dict[int, None] = {}
        self._by_id: dict[str, int] = {}
        self._by_client_id: dict[str, int] = {}

    def put(self, order: Order) -> None:
        """Record a new order, or the successor of a known one; raises ValueError on a change to an ended one."""
        if order.seq == len(self.rows):
            self.rows.append(order)
            self._by_id[order.id] = self._by_client_id[order.client_order_id] = order.seq
        elif self.rows[order.seq].status.terminal:
            raise ValueError(f"order {order.id} has ended")
        else:
            self.rows[order.seq] = order
        if order.status.terminal:
            self._open.pop(order.seq, None)
        else:
            self._open[order.seq] = None

    def open(self) -> list[Order]:
        """The orders not at their end, oldest first."""
        return [self.rows[seq] for seq in self._open]

    def open_in(self, symbol: str, side: str) -> list[Order]:
        """The open orders of one side of one symbol."""
        return [order for order in self.open() if order.symbol == symbol and order.side == side]

    def any_open(self) -> bool:
        """Whether any order rests."""
        return bool(self._open)

    def by_id(self, order_id: str) -> Order | None:
        """The order of that id."""
        seq = self._by_id.get(order_id)
        return None if seq is None else self.rows[seq]

    def by_client_id(self, client_order_id: str) -> Order | None:
        """The order the client named so."""
        seq = self._by_client_id.get(client_order_id)
        return None if seq is None else self.rows[seq]

    def between(self, after: datetime | None, until: datetime | None) -> range:
        """The places of orders submitted strictly between two moments; places ascend in submission time."""
        first = 0 if after is None else bisect_right(self.rows, after, key=_submitted)
        last = len(self.rows) if until is None else bisect_left(self.rows, until, key=_submitted)
        return range(first, last)


def _submitted(order: Order) -> datetime:
    return order.submitted_at
