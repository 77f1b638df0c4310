"""Requests in, responses out: the venue's front without a socket.

One request is: what is late, fault, keys, rate, match, route, remember, answer. What changed is remembered before the
answer leaves, so that a venue that dies never forgets what it said. What is under way late is not the venue's to
remember: a new Api begins without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from automated_trading.simulator.bent_answers import Delivery, bent, instead
from automated_trading.simulator.data_routes import answer_data
from automated_trading.simulator.errors import Refused, not_found, too_many, unauthorized
from automated_trading.simulator.faults import Fault, FaultKind, strike
from automated_trading.simulator.happenings import dated
from automated_trading.simulator.past_views import lagging, without_young_orders
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.trading_routes import TradingRoutes

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

_LOGGED = 100_000
_KEY, _SECRET = "APCA-API-KEY-ID", "APCA-API-SECRET-KEY"
_ANSWERLESS = frozenset(
    {
        FaultKind.LOST_BEFORE,
        FaultKind.LOST_AFTER,
        FaultKind.RESET_BEFORE,
        FaultKind.RESET_AFTER,
        FaultKind.SILENT_BEFORE,
        FaultKind.SILENT_AFTER,
        FaultKind.LATE,
        FaultKind.CRASH,
    }
)
_BEHIND = {FaultKind.LAGGING: lagging, FaultKind.UNSEEN: without_young_orders}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names as the venue writes them, `path` without the query."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery = Delivery.WHOLE


class Lost(Exception):
    """The answer never comes; `kind` tells how the client sees that (LOST_AFTER: the connection is closed)."""

    def __init__(self, what: str, kind: FaultKind = FaultKind.LOST_AFTER) -> None:
        super().__init__(what)
        self.kind = kind


class Chances(Protocol):
    """Where faults come from that nobody scripted (simulator.profiles.Chance)."""

    def fault(self, method: str, path: str) -> Fault | None:
        """What befalls this request."""


class Keeps(Protocol):
    """Where an exchange's state outlives it (simulator.memory.Memory)."""

    def save(self, memory: Mapping[str, object]) -> None:
        """Keep it, whole, before returning."""


class Api:
    """Alpaca's REST front over one exchange."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        memory: Keeps | None = None,
        keys: tuple[str, str] | None = None,
        rate_limit: int | None = None,
        chance: Chances | None = None,
    ) -> None:
        self.exchange = exchange
        self.faults: list[Fault] = []
        self.chance = chance
        self.struck: list[Fault] = []  # the latest, oldest first
        self.elsewhere = "http://127.0.0.1:9"  # where a redirect points to
        self.requests: list[tuple[str, str]] = []  # the latest, for counting; a long run forgets the oldest
        self.asked = 0
        self.extra_headers: dict[str, str] = {}
        self._memory, self._keys, self._rate_limit = memory, keys, rate_limit
        self._saved = exchange.version if memory is None else -1
        self._trading = TradingRoutes(exchange)
        self._minute, self._in_minute = 0, 0
        self._late: list[tuple[datetime, Request]] = []

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises Lost where a fault struck; lets through what the witness raises."""
        self.catch_up()
        self.asked += 1
        _remember(self.requests, (request.method, request.path))
        fault = self._next_fault(request)
        if fault is None:
            return self._processed(request)
        _remember(self.struck, fault)
        return self._struck(request, fault)

    def advance_to(self, at: datetime) -> None:
        """Move the exchange's clock, and let each request that is late arrive at its own time."""
        while due := [row for row in self._late if row[0] <= at]:
            self.exchange.advance_to(min(row[0] for row in due))
            self.catch_up()
        self.exchange.advance_to(at)
        self.keep()

    def catch_up(self) -> None:
        """Let the late requests arrive whose time has come; call it after moving the exchange by hand."""
        if not self._late:
            return
        due = [row for row in self._late if row[0] <= self.exchange.now]
        self._late = [row for row in self._late if row[0] > self.exchange.now]
        for _at, request in sorted(due, key=lambda row: row[0]):
            self._processed(request)

    def _next_fault(self, request: Request) -> Fault | None:
        fault = strike(self.faults, request.method, request.path) if self.faults else None
        if fault is None and self.chance is not None:
            fault = self.chance.fault(request.method, request.path)
        return fault

    def _struck(self, request: Request, fault: Fault) -> Response:
        """What the client sees of a request that a fault struck."""
        what = f"{request.method} {request.path}"
        told = self._processed(request, fault) if fault.kind.processed else Response(200, {}, b"")
        if fault.kind is FaultKind.TWICE:
            self._processed(request)
        if fault.kind is FaultKind.LATE and request.method != "GET":
            self._late.append((self.exchange.now + fault.delay, request))
        if fault.kind in _ANSWERLESS:
            raise Lost(f"{what}: {fault.kind.value}", fault.kind)
        made_up = instead(fault, request.path, self.elsewhere, self._headers())
        if made_up is not None:
            return Response(*made_up)
        headers, body, delivery = bent(fault, self.exchange.now, told.headers, told.body)
        return Response(200 if fault.kind is FaultKind.HTML else told.status, headers, body, delivery)

    def _processed(self, request: Request, fault: Fault | None = None) -> Response:
        """The venue's own answer, and what it changed remembered."""
        try:
            status, text = self._answer(request, fault)
        except Refused as refused:
            status, text = refused.status, as_json(refused.body)
        self.keep()
        return Response(status, self._headers(), text.encode("ascii"))

    def keep(self) -> None:
        """Save what has changed since the last time; call it too after moving the exchange by hand."""
        if self._memory is not None and self._saved != self.exchange.version:
            self._memory.save(self.exchange.to_memory())
            self._saved = self.exchange.version

    def _answer(self, request: Request, fault: Fault | None) -> tuple[int, str]:
        self._check_keys(request.headers)
        data = request.path.startswith("/v2/stocks/")
        self._count(data)
        self.exchange.match()
        exchange, trading = self.exchange, self._trading
        if fault is not None and fault.kind in _BEHIND and request.method == "GET":
            exchange = _BEHIND[fault.kind](exchange, fault.delay)
            trading = TradingRoutes(exchange)
        if data and request.method == "GET":
            return 200, answer_data(exchange, request.path, request.query)
        if request.path.startswith("/v2/"):
            return trading.answer(request.method, request.path[4:], request.query, request.body)
        raise not_found("endpoint not found")

    def _check_keys(self, headers: Mapping[str, str]) -> None:
        key = headers.get(_KEY) or headers.get(_KEY.lower())
        secret = headers.get(_SECRET) or headers.get(_SECRET.lower())
        if not key or not secret or (self._keys is not None and (key, secret) != self._keys):
            raise unauthorized()

    def _count(self, data: bool) -> None:
        minute = int(self.exchange.now.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._in_minute = minute, 0
        self._in_minute += 1
        if self._rate_limit is not None and self._in_minute > self._rate_limit:
            raise too_many(data)

    def _headers(self) -> dict[str, str]:
        limit = 200 if self._rate_limit is None else self._rate_limit
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit if self._rate_limit is None else max(0, limit - self._in_minute)),
            "X-RateLimit-Reset": str((self._minute + 1) * 60),
            "X-Request-ID": f"{self.asked:032x}",
            **dated(self.exchange),
            **self.extra_headers,
        }


def _remember(rows: list[T], row: T) -> None:
    """Append; of a long run the oldest are forgotten."""
    if len(rows) >= _LOGGED:
        del rows[: _LOGGED // 2]
    rows.append(row)
