"""The wire of a simulated day: every request a step where the power may fail, and a fault by chance.

Law of the file: chance comes from one seeded stream; what struck is counted by its kind. Whoever watches the door is
told of each POST and DELETE before anybody else sees it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from automated_trading.simulator.api import Api, Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.faults import Fault, FaultKind
from tests.proof.days.disk import Disk

K = FaultKind
GET_FAULTS: tuple[tuple[FaultKind, int], ...] = (
    (K.LOST_BEFORE, 4),
    (K.RESET_AFTER, 2),
    (K.SILENT_BEFORE, 2),
    (K.TOO_MANY, 2),
    (K.TOO_MANY_BARE, 1),
    (K.ERROR_500_BEFORE, 2),
    (K.ERROR_502_BEFORE, 1),
    (K.ERROR_503_AFTER, 2),
    (K.ERROR_504_BEFORE, 1),
    (K.HTML, 2),
    (K.TRUNCATED, 2),
    (K.CUT_OFF, 1),
    (K.WRONG_TYPES, 2),
    (K.EXTRA_FIELDS, 2),
    (K.MISSING_FIELDS, 2),
    (K.UNKNOWN_STATUS, 2),
    (K.LAGGING, 4),
    (K.UNSEEN, 3),
    (K.TRICKLE, 1),
    (K.REDIRECT, 1),
    (K.SKEWED, 1),
    (K.CRASH, 1),
)
ACT_FAULTS: tuple[tuple[FaultKind, int], ...] = (
    (K.LOST_BEFORE, 3),
    (K.LOST_AFTER, 4),
    (K.RESET_BEFORE, 1),
    (K.RESET_AFTER, 2),
    (K.SILENT_BEFORE, 2),
    (K.SILENT_AFTER, 3),
    (K.LATE, 12),
    (K.TWICE, 4),
    (K.TOO_MANY, 2),
    (K.TOO_MANY_BARE, 1),
    (K.ERROR_500_BEFORE, 1),
    (K.ERROR_500_AFTER, 2),
    (K.ERROR_502_BEFORE, 1),
    (K.ERROR_502_AFTER, 2),
    (K.ERROR_503_BEFORE, 1),
    (K.ERROR_503_AFTER, 2),
    (K.ERROR_504_BEFORE, 1),
    (K.ERROR_504_AFTER, 2),
    (K.HTML, 2),
    (K.TRUNCATED, 2),
    (K.CUT_OFF, 1),
    (K.WRONG_TYPES, 2),
    (K.EXTRA_FIELDS, 1),
    (K.MISSING_FIELDS, 2),
    (K.UNKNOWN_STATUS, 1),
    (K.TRICKLE, 1),
    (K.REDIRECT, 1),
    (K.CRASH, 2),
)
HUGE_ONE_IN = 2_000
"""Fifty megabytes take their time even in memory, so that few answers are that long."""

LATE_BY = (2, 40, 400, 4_000, 25_000, 90_000)
"""Seconds: from within the run to the next day."""

BEHIND_BY = (3, 10, 10, 60, 400)
BENDING = frozenset({K.LAGGING, K.UNSEEN, K.SKEWED, K.WRONG_TYPES, K.MISSING_FIELDS, K.UNKNOWN_STATUS, K.EXTRA_FIELDS})
"""Faults after which a run may have read, in good faith, what is not so."""


@dataclass
class Dice:
    """Faults by chance: `reads` of the GETs and `acts` of the POSTs and DELETEs are struck while they are hot."""

    rng: Random
    reads: float = 0.0
    acts: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    here: list[FaultKind] = field(default_factory=list)

    def calm(self) -> None:
        """The next run begins without any."""
        self.reads = self.acts = 0.0
        self.here = []

    def fault(self, method: str, path: str) -> Fault | None:
        rng = self.rng
        if rng.random() >= (self.reads if method == "GET" else self.acts):
            return None
        kinds = GET_FAULTS if method == "GET" else ACT_FAULTS
        kind = rng.choices([one for one, _ in kinds], [weight for _, weight in kinds])[0]
        if rng.randrange(HUGE_ONE_IN) == 0:
            kind = K.HUGE
        by = rng.choice(LATE_BY if kind is K.LATE else BEHIND_BY)
        self.struck[f"{method} {kind.value}"] += 1
        self.here.append(kind)
        return Fault(kind, method, path, delay=timedelta(seconds=by), which=rng.randrange(12))


class HostClock:
    """The clock of the machine the desk runs on: as far off the exchange's as it is set."""

    def __init__(self, wire: DaysWire) -> None:
        self._wire = wire
        self._start = wire.exchange.now

    def now(self) -> datetime:
        return self._wire.exchange.now + self._wire.skew

    def monotonic(self) -> float:
        return (self._wire.exchange.now - self._start).total_seconds()

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            self._wire.advance_to(self._wire.exchange.now + timedelta(seconds=seconds))


class DaysWire(Api):
    """The exchange's front: `door` sees what is asked for, `surprise` comes after the request of that number."""

    def __init__(self, exchange: Exchange, disk: Disk, dice: Dice) -> None:
        super().__init__(exchange, chance=dice)
        self.disk, self.dice = disk, dice
        self.skew = self.skew_told = timedelta(0)
        self.door: Callable[[str, str, dict[str, Any]], None] = lambda method, path, body: None
        self.answered: Callable[[dict[str, Any], int, bytes], None] = lambda body, status, answer: None
        self.surprise: tuple[int, Callable[[], None]] | None = None
        self.in_run = 0
        self.read_at = self.photographed = exchange.now
        self.clock_told: datetime | None = None
        self.under_way: dict[str, dict[str, Any]] = {}

    def begin(self) -> None:
        """A run begins."""
        self.in_run, self.surprise, self.clock_told = 0, None, None
        self.dice.calm()
        self.requests.clear()
        self.struck.clear()

    def handle(self, request: Request) -> Response:
        self.disk.step()
        self.in_run += 1
        if request.path.endswith("/clock"):
            self.skew_told = self.skew
            self.extra_headers["Date"] = format_datetime(self.exchange.now, usegmt=True)
        elif request.path.endswith("/account"):
            self.read_at = self.exchange.now
        elif request.path.endswith("/snapshots"):
            self.photographed = self.exchange.now
        acting, struck = request.method != "GET", len(self.dice.here)
        body: dict[str, Any] = json.loads(request.body) if request.method == "POST" else {}
        if acting:
            self.door(request.method, request.path, body)
            if body:
                self.under_way[str(body["client_order_id"])] = body
        try:
            answer = super().handle(request)
        finally:
            if self.surprise is not None and self.in_run >= self.surprise[0]:
                do, self.surprise = self.surprise[1], None
                do()
        if request.path.endswith("/clock") and K.LAGGING in self.dice.here[struck:]:
            self.clock_told = datetime.fromisoformat(json.loads(answer.body)["timestamp"])
        if acting:
            self.answered(body, answer.status, answer.body)
            self.disk.step()
        return answer

    def late(self) -> list[dict[str, Any]]:
        """Orders that have left the desk and will reach the exchange later."""
        coming = [json.loads(request.body) for _, request in self._late if request.body]
        named = {str(one["client_order_id"]): one for one in coming}
        return [one for key, one in named.items() if self.exchange.blotter.by_client_id(key) is None]
