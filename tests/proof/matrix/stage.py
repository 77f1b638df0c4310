"""A desk that speaks over real sockets, and the wire between: which request was struck, and all that was asked.

Law of the file: real alpaca-py, real connections, a real folder. Only the deadline of a client that will wait in vain
is lowered, and what urllib3 would sleep between two tries; the flushes are noted and not made.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest
import requests
from requests.adapters import HTTPAdapter

from automated_trading.adapters import alpaca_wire
from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.assembly.in_process import exchange_clock
from automated_trading.decisions.routines import Routine
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.simulator.api import Api, Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.faults import DELAY, Fault, FaultKind
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.server import Server, serve
from tests.engine.builders import TUESDAY, Bench, moment

KEYS = ("PKCANARY7Q2WXE4R", "sCanarySecret/9zX+41mQ")
PATIENCE = 0.25
"""Seconds a client waits for an answer that will not come, instead of ten."""

WAITED_FOR = frozenset({FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER, FaultKind.TRICKLE})
ENDPOINTS = (
    "clock",
    "calendar",
    "account",
    "positions",
    "orders",
    "order by client id",
    "order by id",
    "activities",
    "asset",
    "submit",
    "cancel",
    "snapshots",
    "bars",
)
"""Everything the desk asks a broker."""

SWITCH = ("switch", "account/configurations")
"""What only the owner's `--at-broker` asks: to be changed, and how it stands."""

_PLAIN = {
    "/v2/orders": "orders",
    "/v2/orders:by_client_order_id": "order by client id",
    "/v2/account/activities": "activities",
    "/v2/stocks/snapshots": "snapshots",
    "/v2/stocks/bars": "bars",
}


def endpoint_of(method: str, path: str) -> str:
    """Which of ENDPOINTS a request is for; KeyError on one nobody listed."""
    if method == "POST":
        return {"/v2/orders": "submit"}[path]
    if method == "DELETE":
        return "cancel"
    if method == "PATCH":
        return {"/v2/account/configurations": "switch"}[path]
    if path.startswith("/v2/orders/"):
        return "order by id"
    name = "asset" if path.startswith("/v2/assets/") else _PLAIN.get(path, path.removeprefix("/v2/"))
    return {one: one for one in (*ENDPOINTS, *SWITCH)}[name]


@dataclass(frozen=True)
class Strike:
    """The `nth` request for an endpoint in a run is struck, or (0) every one of them."""

    endpoint: str
    kind: FaultKind
    nth: int = 1
    delay: timedelta = DELAY
    which: int | None = None

    def __str__(self) -> str:
        late = "" if self.delay == DELAY else f" by {self.delay}"
        field_ = "" if self.which is None else f" field {self.which}"
        return f"{self.kind.value}{late}{field_} on {self.endpoint} {f'#{self.nth}' if self.nth else 'each time'}"


class Strikes:
    """The strikes of one run, in the place of chance."""

    def __init__(self, *strikes: Strike) -> None:
        self._strikes = strikes
        self._asked: Counter[str] = Counter()
        self.hit: set[Strike] = set()

    def fault(self, method: str, path: str) -> Fault | None:
        name = endpoint_of(method, path)
        self._asked[name] += 1
        for one in self._strikes:
            if one.endpoint == name and one.nth in (0, self._asked[name]):
                self.hit.add(one)
                return Fault(one.kind, method, path, delay=one.delay, which=one.which)
        return None


class Switchboard:
    """One listening server for all cells: it passes each request to the exchange that is on."""

    def __init__(self) -> None:
        self.on: Api | None = None

    def handle(self, request: Request) -> Response:
        assert self.on is not None
        return self.on.handle(request)


@dataclass(frozen=True)
class Sockets:
    """A server, its switchboard, and a second host that must never hear of us."""

    server: Server
    board: Switchboard
    elsewhere: Server
    stranger: Api


@contextmanager
def sockets() -> Iterator[Sockets]:
    board, stranger = Switchboard(), Api(new_exchange())
    servers = [serve(cast(Api, board)), serve(stranger)]
    for server in servers:
        server.start()
    try:
        yield Sockets(servers[0], board, servers[1], stranger)
    finally:
        for server in servers:
            server.stop()


def new_exchange(memory: dict[str, object] | None = None) -> Exchange:
    exchange = Exchange(SeededTape(1), start=moment("08:00"))
    if memory is not None:
        exchange.restore(memory)
    return exchange


def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are tried again at once: what lies between two tries is no part of the proof."""
    hurried = alpaca_wire.reading_session

    def session() -> requests.Session:
        found = hurried()
        for adapter in found.adapters.values():
            assert isinstance(adapter, HTTPAdapter)
            adapter.max_retries = adapter.max_retries.new(backoff_factor=0, backoff_jitter=0)
        return found

    monkeypatch.setattr(alpaca_wire, "reading_session", session)


class Flushes:
    """How much of each file a flush has covered; nothing is flushed in earnest."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._durable: dict[int, int] = {}
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, fd: int) -> None:
        about = os.fstat(fd)
        self._durable[about.st_ino] = about.st_size

    def covered(self, path: Path) -> bytes:
        return path.read_bytes()[: self._durable.get(path.stat().st_ino, 0)] if path.exists() else b""


@dataclass(frozen=True)
class Spoken:
    """A request that names an order: in which run, what it was, the order's id, how it was answered (0: not)."""

    run: int
    what: str
    name: str
    status: int


@dataclass
class Stage(Bench):
    """A bench whose desk reaches its exchange through a socket."""

    net: Sockets | None = None
    runs: int = 0
    spoken: list[Spoken] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._clients: list[AlpacaClient] = []
        self.wire.on("POST", "/v2/orders", self._overhears("submit", lambda asked: json.loads(asked.body)))
        self.wire.on("GET", "/v2/orders:by_client_order_id", self._overhears("find", lambda asked: asked.query))

    def desk(self) -> Desk:
        assert self.net is not None
        self.net.board.on, self.wire.elsewhere = self.wire, self.net.elsewhere.url
        clock, url = exchange_clock(self.wire), self.net.server.url
        key, secret = KEYS
        client = AlpacaClient(
            trading_url=url, data_url=url, key=key, secret=secret, clock=clock, deadline_seconds=math.inf
        )
        self._clients.append(client)
        return replace(super().desk(), broker=AlpacaBroker(client), prices=AlpacaPrices(client), clock=clock)

    def run(self, routine: Routine, at: str | None = None, day: date = TUESDAY) -> Outcome:
        """One command; what is late arrives at its own time, and the run's connections end with it."""
        if at is not None:
            self.wire.advance_to(moment(at, day))
        self.runs += 1
        try:
            return run_cycle(self.desk(), routine)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        while self._clients:
            self._clients.pop().close()

    def _overhears(
        self, what: str, read: Callable[[Request], Mapping[str, str]]
    ) -> Callable[[Request, Callable[[Request], Response]], Response]:
        def act(request: Request, handle: Callable[[Request], Response]) -> Response:
            at, name = len(self.spoken), read(request)["client_order_id"]
            self.spoken.append(Spoken(self.runs, what, name, 0))
            answer = handle(request)
            self.spoken[at] = Spoken(self.runs, what, name, answer.status)
            return answer

        return act


@contextmanager
def striking(b: Stage, strikes: tuple[Strike, ...]) -> Iterator[Strikes]:
    """The exchange's wire with these strikes on it, and a client that does not wait long where it would in vain."""
    with pytest.MonkeyPatch.context() as patch:
        if any(one.kind in WAITED_FOR for one in strikes):
            patch.setattr(alpaca_wire, "READ_SECONDS", PATIENCE)
        b.wire.chance = laid = Strikes(*strikes)
        try:
            yield laid
        finally:
            b.wire.chance = None
