"""What happens to an order, as facts: intended, answered, filled, ended.

Law of the room: that of `events`. Every one of these names its order by our own id; a fill tells totals, so that
hearing it twice is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from automated_trading.domain.orders import Order, OrderStatus
from automated_trading.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class OrderIntended:
    """A row that wants to happen. `taken_back` marks one found at the broker that our books had lost."""

    order: Order
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """The broker has it. Its quantity and prices replace ours; `mismatch` says where they differed.

    `found` marks one whose own answer never came and that was seen in the broker's records.
    """

    client_order_id: str
    broker_id: str
    qty: Decimal
    limit_price: Decimal | None
    now: datetime
    mismatch: str = ""
    found: bool = False
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """The broker said no. `through`: because the price stands beyond the order's stop already."""

    client_order_id: str
    status: int
    words: str
    through: bool = False


@dataclass(frozen=True, slots=True)
class OrderUnclear:
    """Sent, no answer; `attempt` counts the sendings of this order."""

    client_order_id: str
    attempt: int
    detail: str


@dataclass(frozen=True, slots=True)
class OrderDoubted:
    """Sent again and refused, and the broker does not show it: the first sending may still arrive."""

    client_order_id: str
    words: str


@dataclass(frozen=True, slots=True)
class OrderUnsent:
    """Not sent: no line to the broker, or it asked us to wait."""

    client_order_id: str
    attempt: int
    detail: str


@dataclass(frozen=True, slots=True)
class OrderReplaced:
    """The broker put another order in the place of ours; we follow it. Fills so far are carried over."""

    client_order_id: str
    successor: str


@dataclass(frozen=True, slots=True)
class OrderAmended:
    """The broker has an open order otherwise than our books: its quantity and prices replace ours."""

    client_order_id: str
    qty: Decimal
    limit_price: Decimal | None
    mismatch: str
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderPuzzling:
    """The broker tells a status nobody here knows; the order stays open."""

    client_order_id: str
    raw_status: str


@dataclass(frozen=True, slots=True)
class OrderEnded:
    """The broker says it is over."""

    client_order_id: str
    end: OrderStatus


@dataclass(frozen=True, slots=True)
class OrderWithdrawn:
    """Given up on the broker's evidence: its session is over and the broker does not know it."""

    client_order_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class CancelIntended:
    """An open order is to be cancelled."""

    client_order_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Fill:
    """What of an order has traded so far, as the broker counts; hearing it twice is harmless.

    `now` is when it was heard, `filled_at` when it traded, where the broker tells.
    """

    client_order_id: str
    total_qty: Decimal
    total_value: Decimal
    now: datetime
    filled_at: datetime | None = None


OrderWritten = OrderIntended | CancelIntended | OrderAccepted | OrderAmended | OrderReplaced | OrderPuzzling
OrderAnswered = OrderRefused | OrderUnclear | OrderDoubted | OrderUnsent | OrderEnded | OrderWithdrawn
