"""Requests in, responses out: the venue's front without a socket.

One request is: fault, keys, rate, match, route, remember, answer. What changed is remembered before the
answer leaves, so that a venue that dies never forgets what it said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from automated_trading.simulator.data_routes import answer_data
from automated_trading.simulator.errors import Refused, not_found, too_many, unauthorized
from automated_trading.simulator.faults import Fault, FaultKind, strike
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.trading_routes import TradingRoutes

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

_LOGGED = 100_000
_KEY, _SECRET = "APCA-API-KEY-ID", "APCA-API-SECRET-KEY"


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


class Lost(Exception):
    """The answer never comes."""


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
    ) -> None:
        self.exchange = exchange
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []  # the latest, for counting; a long run forgets the oldest
        self.asked = 0
        self.extra_headers: dict[str, str] = {}
        self._memory, self._keys, self._rate_limit = memory, keys, rate_limit
        self._saved = exchange.version if memory is None else -1
        self._trading = TradingRoutes(exchange)
        self._minute, self._in_minute = 0, 0

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises Lost where a fault struck; lets through what the witness raises."""
        self.asked += 1
        if len(self.requests) >= _LOGGED:
            del self.requests[: _LOGGED // 2]
        self.requests.append((request.method, request.path))
        fault = strike(self.faults, request.method, request.path) if self.faults else None
        if fault is FaultKind.LOST_BEFORE:
            raise Lost(f"{request.method} {request.path} was lost before it arrived")
        try:
            status, text = self._answer(request)
        except Refused as refused:
            status, text = refused.status, as_json(refused.body)
        self.keep()
        if fault is FaultKind.LOST_AFTER:
            raise Lost(f"the answer to {request.method} {request.path} was lost")
        return Response(status, self._headers(), text.encode("ascii"))

    def keep(self) -> None:
        """Save what has changed since the last time; call it too after moving the exchange by hand."""
        if self._memory is not None and self._saved != self.exchange.version:
            self._memory.save(self.exchange.to_memory())
            self._saved = self.exchange.version

    def _answer(self, request: Request) -> tuple[int, str]:
        self._check_keys(request.headers)
        data = request.path.startswith("/v2/stocks/")
        self._count(data)
        self.exchange.match()
        if data and request.method == "GET":
            return 200, answer_data(self.exchange, request.path, request.query)
        if request.path.startswith("/v2/"):
            return self._trading.answer(request.method, request.path[4:], request.query, request.body)
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
            **self.extra_headers,
        }
