"""The trading endpoints: account, orders, positions, assets, clock, calendar, activities.

Every other path or method is answered as Alpaca answers an endpoint it does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from automated_trading.simulator.activities import list_activities
from automated_trading.simulator.calendar import (
    Session,
    next_close,
    next_open,
    open_session,
    session_after,
    sessions,
)
from automated_trading.simulator.errors import not_found, shape
from automated_trading.simulator.holdings import account_view, position_view, reserved_shares
from automated_trading.simulator.listing import list_orders
from automated_trading.simulator.orders import UNCANCELLABLE, ZERO
from automated_trading.simulator.spelling import as_json, local_stamp, moment
from automated_trading.simulator.ticket import read_object, read_ticket
from automated_trading.simulator.views import OrderTexts, asset_id, asset_view

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

Query = Mapping[str, str]
Answer = tuple[int, str]
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHOICES: Mapping[str, tuple[object, ...]] = {
    "disable_overnight_trading": (True, False),
    "fractional_trading": (True, False),
    "max_margin_multiplier": ("1", "2", "4"),
    "no_shorting": (True, False),
    "ptp_no_exception_entry": (True, False),
    "suspend_trade": (True, False),
    "trade_confirm_email": ("all", "none"),
}


class TradingRoutes:
    """The trading host's paths, over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._texts = OrderTexts()
        self._plain: Mapping[tuple[str, str], Callable[[Query, bytes], Answer]] = {
            ("GET", "account"): self._account,
            ("GET", "account/configurations"): self._configurations,
            ("PATCH", "account/configurations"): self._configure,
            ("GET", "account/activities"): self._activities,
            ("GET", "assets"): self._assets,
            ("GET", "clock"): self._clock,
            ("GET", "calendar"): self._calendar,
            ("POST", "orders"): self._place,
            ("GET", "orders"): self._orders,
            ("DELETE", "orders"): self._cancel_all,
            ("GET", "orders:by_client_order_id"): self._by_client_id,
            ("GET", "positions"): self._positions,
        }

    def answer(self, method: str, path: str, query: Query, body: bytes) -> Answer:
        """Status and JSON text for a path below /v2/. Raises Refused."""
        route = self._plain.get((method, path))
        if route is not None:
            return route(query, body)
        room, _, name = path.partition("/")
        match (method, room):
            case ("GET", "orders") if name:
                return self._one_order(name)
            case ("DELETE", "orders") if name:
                return self._cancel(name)
            case ("GET", "positions") if name:
                return self._one_position(name)
            case ("GET", "assets") if name:
                return self._one_asset(name)
            case ("GET", "account") if name.startswith("activities/"):
                kind = name.removeprefix("activities/")
                return 200, list_activities(self._exchange, {**query, "activity_types": kind})
            case _:
                raise not_found("endpoint not found")

    def _account(self, query: Query, body: bytes) -> Answer:
        return 200, as_json(account_view(self._exchange))

    def _configurations(self, query: Query, body: bytes) -> Answer:
        return 200, as_json(self._exchange.configurations)

    def _configure(self, query: Query, body: bytes) -> Answer:
        wanted = read_object(body)
        for name, value in wanted.items():
            known = _CHOICES.get(name, ())
            if not any(value is choice or (value == choice and isinstance(value, str)) for choice in known):
                raise shape(f"invalid {name}")
            if name == "no_shorting" and value is False:
                raise shape("invalid no_shorting")  # short selling is not simulated
        self._exchange.configure(wanted)
        return 200, as_json(self._exchange.configurations)

    def _activities(self, query: Query, body: bytes) -> Answer:
        return 200, list_activities(self._exchange, query)

    def _assets(self, query: Query, body: bytes) -> Answer:
        if query.get("asset_class", "us_equity") != "us_equity":
            return 200, "[]"
        status, assets = query.get("status"), [self._asset(symbol) for symbol in self._symbols()]
        return 200, as_json([asset for asset in assets if status in (None, asset["status"])])

    def _symbols(self) -> list[str]:
        exchange, board = self._exchange, self._exchange.board
        return sorted({*board.tape.symbols(), *board.laid, *exchange.ledger.positions, *exchange.inactive})

    def _asset(self, symbol: str) -> dict[str, object]:
        exchange = self._exchange
        return asset_view(
            symbol,
            active=symbol not in exchange.inactive,
            tradable=symbol not in exchange.untradable,
            fractionable=symbol not in exchange.not_fractionable,
            name=exchange.board.first_name(symbol),
        )

    def _one_asset(self, name: str) -> Answer:
        if self._exchange.board.knows(name):
            return 200, as_json(self._asset(name))
        for symbol in self._symbols():
            if asset_id(self._exchange.board.first_name(symbol)) == name:
                return 200, as_json(self._asset(symbol))
        raise not_found(f"asset not found for {name}")

    def _clock(self, query: Query, body: bytes) -> Answer:
        now = self._exchange.now
        view = {
            "is_open": open_session(now) is not None,
            "next_close": local_stamp(next_close(now)),
            "next_open": local_stamp(next_open(now)),
            "timestamp": local_stamp(self._exchange.told_now(), nanoseconds=True),
        }
        return 200, as_json(view)

    def _calendar(self, query: Query, body: bytes) -> Answer:
        first, last = _day(query, "start", date.min), _day(query, "end", date.max)
        return 200, f"[{','.join(map(_calendar_text, sessions(first, last)))}]"

    def _place(self, query: Query, body: bytes) -> Answer:
        return 200, self._texts.text(self._exchange.place(read_ticket(body)))

    def _orders(self, query: Query, body: bytes) -> Answer:
        return 200, f"[{','.join(map(self._texts.text, list_orders(self._exchange.blotter, query)))}]"

    def _one_order(self, name: str) -> Answer:
        order = self._exchange.blotter.by_id(_order_id(name))
        if order is None:
            raise not_found(f"order not found for {name}")
        return 200, self._texts.text(order)

    def _by_client_id(self, query: Query, body: bytes) -> Answer:
        name = query.get("client_order_id", "")
        if not name:
            raise shape("client_order_id is required")
        order = self._exchange.blotter.by_client_id(name)
        if order is None:
            raise not_found(f"order not found for {name}")
        return 200, self._texts.text(order)

    def _cancel(self, name: str) -> Answer:
        self._exchange.cancel(_order_id(name))
        return 204, ""

    def _cancel_all(self, query: Query, body: bytes) -> Answer:
        rows = [order for order in self._exchange.blotter.open() if order.status not in UNCANCELLABLE]
        for order in rows:
            self._exchange.cancel(order.id)
        return 207, as_json([{"id": order.id, "status": 200} for order in rows])

    def _positions(self, query: Query, body: bytes) -> Answer:
        exchange = self._exchange
        reserved = reserved_shares(exchange)
        held = sorted(exchange.ledger.positions.items())
        return 200, as_json([position_view(exchange, row, reserved.get(name, ZERO)) for name, row in held])

    def _one_position(self, name: str) -> Answer:
        for symbol, held in self._exchange.ledger.positions.items():
            if name in {symbol, asset_id(self._exchange.board.first_name(symbol))}:
                reserved = reserved_shares(self._exchange).get(symbol, ZERO)
                return 200, as_json(position_view(self._exchange, held, reserved))
        raise not_found("position does not exist")


@lru_cache(maxsize=4096)
def _calendar_text(session: Session) -> str:
    view = {
        "close": local_stamp(session.close)[11:16],
        "date": session.day.isoformat(),
        "open": local_stamp(session.open)[11:16],
        "session_close": "2000",
        "session_open": "0400",
        "settlement_date": session_after(session.day).day.isoformat(),
    }
    return as_json(view)


def _order_id(name: str) -> str:
    if not _UUID.fullmatch(name):
        raise shape("order_id is missing")
    return name.lower()


def _day(query: Query, name: str, default: date) -> date:
    raw = query.get(name)
    if not raw:
        return default
    at = moment(raw)
    if at is None:
        raise shape(f"invalid {name}")
    return at.date()
