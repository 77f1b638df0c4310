"""A broker that is only asked: reads are real, orders and cancels are shown and kept to ourselves.

Law of the file: nothing is sent that changes anything. What would have been sent is answered as accepted, and
told again by every later read of this run, so that the run goes on as it would have.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.domain.market import Account, Activity, Asset, BrokerClock, Holding
from automated_trading.domain.money import spell
from automated_trading.domain.orders import BrokerOrder, BrokerStatus, Order
from automated_trading.domain.sessions import Session

SHOWN = "dry_run"
"""The status word of an order or a cancel that was not sent."""


class DryRunBroker:
    """Stands before a broker; `would` says in words, in order, what it would have been asked."""

    def __init__(self, broker: AlpacaBroker) -> None:
        self._broker = broker
        self._shown: dict[str, BrokerOrder] = {}
        self._cancelled: set[str] = set()
        self._suspended: bool | None = None
        self.would: list[str] = []

    def clock(self) -> BrokerClock:
        """The broker's own answer."""
        return self._broker.clock()

    def calendar(self, first: date, last: date) -> tuple[Session, ...]:
        """The broker's own answer."""
        return self._broker.calendar(first, last)

    def account(self) -> Account:
        """The broker's own answer."""
        return self._broker.account()

    def positions(self) -> tuple[Holding, ...]:
        """The broker's own answer."""
        return self._broker.positions()

    def orders(self, after: datetime) -> tuple[BrokerOrder, ...]:
        """The broker's orders and those only shown, oldest first."""
        real = [self._as_shown(order) for order in self._broker.orders(after)]
        shown = [order for order in self._shown.values() if order.submitted_at > after]
        return tuple(sorted(real + shown, key=lambda order: order.submitted_at))

    def activities(self, after: datetime) -> tuple[Activity, ...]:
        """The broker's own answer."""
        return self._broker.activities(after)

    def asset(self, symbol: str) -> Asset | None:
        """The broker's own answer."""
        return self._broker.asset(symbol)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """The order only shown, else the broker's."""
        for order in self._shown.values():
            if order.client_order_id == client_order_id:
                return order
        return self._as_shown_or_none(self._broker.find(client_order_id))

    def follow(self, broker_id: str) -> BrokerOrder | None:
        """The order only shown, else the broker's."""
        if broker_id in self._shown:
            return self._shown[broker_id]
        return self._as_shown_or_none(self._broker.follow(broker_id))

    def submit(self, order: Order) -> BrokerOrder:
        """Send nothing; answer as accepted, once per id."""
        broker_id = f"{SHOWN}-{order.client_order_id}"
        if broker_id not in self._shown:
            self._shown[broker_id] = _accepted(broker_id, order)
            self.would.append(_words(order))
        return self._shown[broker_id]

    def cancel(self, broker_id: str) -> None:
        """Send nothing; from now on the order is told as cancelled, unless it has ended by itself."""
        if broker_id in self._cancelled:
            return
        self._cancelled.add(broker_id)
        if broker_id in self._shown:
            self._shown[broker_id] = self._as_shown(self._shown[broker_id])
        self.would.append(f"cancel the order {broker_id.removeprefix(f'{SHOWN}-')}")

    def suspend(self, on: bool) -> None:
        """Send nothing; from now on it is told as done."""
        self._suspended = on
        self.would.append("refuse every new order" if on else "take orders again")

    def suspended(self) -> bool:
        """What was only shown, else the broker's own answer."""
        return self._broker.suspended() if self._suspended is None else self._suspended

    def _as_shown(self, order: BrokerOrder) -> BrokerOrder:
        cancelled = order.broker_id in self._cancelled
        ends = cancelled and order.status in (BrokerStatus.OPEN, BrokerStatus.UNKNOWN)
        return replace(order, status=BrokerStatus.CANCELLED, raw_status=SHOWN) if ends else order

    def _as_shown_or_none(self, order: BrokerOrder | None) -> BrokerOrder | None:
        return None if order is None else self._as_shown(order)


def _accepted(broker_id: str, order: Order) -> BrokerOrder:
    return BrokerOrder(
        broker_id=broker_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        kind=order.kind.value,
        status=BrokerStatus.OPEN,
        raw_status=SHOWN,
        submitted_at=order.intended_at,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force.value,
    )


def _words(order: Order) -> str:
    """The order in a line: `buy 34 AAPL at limit 28.99, day (entry)`."""
    price = order.limit_price if order.limit_price is not None else order.stop_price
    at = order.kind.value if price is None else f"{order.kind.value} {spell(price)}"
    line = f"{order.side.value} {spell(order.qty)} {order.symbol} at {at}, {order.time_in_force.value}"
    return f"{line} ({order.reason})"
