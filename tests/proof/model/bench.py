"""The desk, the exchange, the ledger and the watchmen of the model, and what is asked of them after each act.

Law of the file: an act is one command, as a process of its own would run it, with the trouble drawn for it; after it
everything the ledger foretells is laid beside what the desk says. The first thing that does not fit ends the story.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.errors import BrokerError, TradingError, UsageError
from automated_trading.domain.rules import Caps, Rules
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.calendar import (
    Session,
    in_new_york,
    latest_session,
    new_york_date,
    next_open,
)
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.market import SeededTape
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, moment, signal
from tests.proof.cuts.fuse import Fuse, PowerCut
from tests.proof.model import judge
from tests.proof.model.door import Door, Limits
from tests.proof.model.ledger import CENT, Ledger
from tests.proof.model.record import Record

PRICES = {"AAA": Decimal(100), "BBB": Decimal(40), "CCC": Decimal(20), "DDD": Decimal(150)}
SYMBOLS = tuple(PRICES)
PAST = (FaultKind.LAGGING, FaultKind.UNSEEN)
"""Faults whose answers are sound and old: what the desk asks then it could not know better."""


class Wrong(AssertionError):
    """The desk does not keep a promise, or the ledger is mistaken."""


@dataclass(frozen=True)
class Trouble:
    """What befalls one command: answers bent, the power gone before a step with a fate of the unflushed bytes, or the
    owner's hand on halt or kill switch as the n-th question (GET), order (POST) or cancel (DELETE) is answered."""

    faults: tuple[Fault, ...] = ()
    cut: tuple[int, bool, str] | None = None
    hand: tuple[str, int, str] | None = None


CALM = Trouble()


class Model:
    """One story."""

    def __init__(
        self,
        home: Path,
        fuse: Fuse,
        start: date = date(2026, 2, 3),
        limits: Limits | None = None,
        partial: Decimal = Decimal(0),
    ) -> None:
        self.limits, self.fuse = limits or Limits(), fuse
        caps = Caps(
            max_positions=self.limits.positions,
            max_entries_per_day=self.limits.entries,
            max_position=self.limits.position,
            max_exposure=self.limits.exposure,
        )
        self.exchange = Exchange(SeededTape(1), start=moment("08:00", start), partial_fill_rate=partial)
        self.bench = Bench(home, self.exchange, Signals([]), Rules(caps=caps))
        self.wire, self.folder = self.bench.wire, self.bench.folder
        self.ledger = Ledger(self.exchange)
        self.door = Door(self.exchange, self.ledger, self.limits)
        self.record = Record(self.folder)
        self.door.ink = lambda: fuse.durable_bytes(self.folder / "audit_log.jsonl")
        self.door.intent, self.door.written = self.record.intent, self.record.written
        self.exchange.witness = self.door.accepts
        door, meddled = self.door, self.meddled
        self.wire.on("POST", "/v2/orders", lambda r, on: fuse.wire(r, lambda one: door.speaks(one, meddled(on))))
        self.wire.on("DELETE", "/v2/orders", lambda r, on: fuse.wire(r, lambda one: door.takes_back(one, meddled(on))))
        self.wire.on("GET", "/v2/", lambda r, on: meddled(on)(r))
        self.hand: tuple[str, int, str] | None = None
        self.asked: Counter[str] = Counter()
        self.symbols = list(SYMBOLS)
        self.splits: dict[str, Decimal] = {}  # ratios of holdings that agreed before
        self.latched, self.garbage, self.runs, self.tokens = False, False, 0, 0
        self.leaving: dict[str, datetime] = {}
        self.stops: dict[str, tuple[datetime, Decimal]] = {}
        self.begun = self.run_began = self.exchange.now
        self.new_folder()
        for symbol, price in PRICES.items():
            self.lay(symbol, price)

    # --- the stage

    def new_folder(self) -> None:
        """An empty folder in the place of whatever was there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        self.fuse.insert(self.folder, 10**9, False)
        self.record.forget()
        self.latched = False
        self.leaving.clear()
        self.stops.clear()
        self.door.halts.clear()

    def lay(self, symbol: str, price: Decimal) -> None:
        """The symbol closed at a price and stands there."""
        self.exchange.set_close(symbol, price)
        self.stand(symbol, price)

    def stand(self, symbol: str, price: Decimal) -> None:
        self.exchange.set_price(symbol, max(price.quantize(CENT), Decimal(2)))
        self.door.odd.discard(symbol)

    def approve(self, *tickers: str) -> None:
        """Today's file of signals."""
        self.bench.signals = Signals([signal(one, score=9 + number) for number, one in enumerate(tickers)])
        self.garbage = False

    def later(self, span: timedelta = timedelta(seconds=1)) -> None:
        """Time goes by, and what was late arrives."""
        self.wire.advance_to(self.exchange.now + span)
        self.ledger.read()

    def until(self, clock: str, days: int = 0) -> None:
        """The next time it is so late in New York on a session's day, `days` sessions from now."""
        now = self.exchange.now
        for _ in range(12 + days):
            session = self.session()
            at = in_new_york(session.day, time.fromisoformat(clock)) if session is not None else now
            if at > now and days <= 0:
                self.wire.advance_to(at)
                break
            days -= 1
            self.wire.advance_to(next_open(self.exchange.now))
        self.ledger.read()

    def session(self) -> Session | None:
        session = latest_session(self.exchange.now)
        return session if session is not None and session.day == new_york_date(self.exchange.now) else None

    @property
    def is_open(self) -> bool:
        session = self.session()
        return session is not None and session.open <= self.exchange.now < session.close - timedelta(minutes=1)

    # --- acts

    def morning(self, trouble: Trouble = CALM) -> Outcome | None:
        return self.go("morning", lambda: self.bench.run(MORNING), trouble)

    def monitor(self, trouble: Trouble = CALM) -> Outcome | None:
        return self.go("monitor", lambda: self.bench.run(MONITOR), trouble)

    def eod(self, trouble: Trouble = CALM) -> Outcome | None:
        return self.go("eod", lambda: self.bench.run(EOD), trouble)

    def go(
        self,
        name: str,
        act: Callable[[], Outcome],
        trouble: Trouble = CALM,
        after: Callable[[State], None] | None = None,
    ) -> Outcome | None:
        """One command; None where it was cut off or ended in an error. `after` is told what the record says then."""
        self.later()
        self.run_began = self.exchange.now
        lost = self.ledger.meets_its_own
        self.wire.faults[:] = trouble.faults
        self.hand = trouble.hand
        self.asked.clear()
        struck, self.door.behind = len(self.wire.struck), any(one.kind in PAST for one in trouble.faults)
        outcome: Outcome | None = None
        problem: TradingError | None = None
        try:
            outcome = self._powered(act, trouble.cut)
        except PowerCut:
            self.fuse.burn(trouble.cut[2] if trouble.cut else "kept")
        except TradingError as told:
            problem = told
        self.wire.faults.clear()
        self.hand = None
        self.runs += 1
        self.ledger.read()
        struck = len(self.wire.struck) - struck
        state = outcome.state if outcome is not None else FolderStore(self.folder, "simulated").peek()[0]
        if after is not None:
            after(state)
        self._known(state)
        if problem is not None:
            self._excused(name, problem, struck)
        if outcome is not None:
            self._ended(name, outcome, struck, lost)
        self.judge(name)
        return outcome

    def meddled(self, handle: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """The way on, on which the owner may reach for a switch before the answer is there."""

        def on(request: Request) -> Response:
            self.asked[request.method] += 1
            try:
                return handle(request)
            finally:
                if self.hand is not None and (self.asked[request.method], request.method) == self.hand[1:]:
                    self.set_halt() if self.hand[0] == "halt" else self.set_switch(True)

        return on

    def set_halt(self) -> None:
        """The latch, set without waiting for any run."""
        self.tokens += 1
        self.bench.halt(f"t{self.tokens}")
        self.latched = True
        self.door.halts["the owner's halt"] = None

    def set_switch(self, off: bool) -> None:
        """The kill switch."""
        self.bench.switch_off(off)
        self.door.silence = "trading is switched off" if off else None

    def _powered(self, act: Callable[[], Outcome], cut: tuple[int, bool, str] | None) -> Outcome:
        if cut is None:
            return act()
        self.fuse.insert(self.folder, cut[0], cut[1])
        self.fuse.armed = True
        try:
            return act()
        finally:
            self.fuse.armed = False

    def judge(self, name: str) -> None:
        """Raises Wrong with everything that was found."""
        self.ledger.read()
        found = [*self.door.found, *self.ledger.misfits()]
        if self.latched and self.bench.latch.read() is None:
            found.append("the owner's halt is gone and nobody lifted it")
        if found:
            raise Wrong(f"{name} at {self.exchange.now:%a %Y-%m-%d %H:%M:%S}: " + "; ".join(found))

    def _known(self, state: State) -> None:
        """What the desk's own record says of itself, for the door to hold it to."""
        self.ledger.heard(state.account != "", state.cash is not None)
        stands, day = self.door.halts.get("day_loss"), state.day.session
        lifted = "day_loss" not in {reason.value for reason in state.halts}
        if stands is not None and day is not None and stands >= day and lifted:
            self.door.found.append(f"the day's loss of {stands} halts no more on {day}")
        self.door.halts = {reason.value: halt.session for reason, halt in state.halts.items()}
        if self.latched:
            self.door.halts["the owner's halt"] = None

    def _excused(self, name: str, problem: TradingError, struck: int) -> None:
        """An error that ends a command must be one that something asked for."""
        if isinstance(problem, UsageError) or (isinstance(problem, BrokerError) and struck):
            return
        self.door.found.append(f"ended with {problem!r} (exit {problem.exit_code})")

    def _ended(self, name: str, outcome: Outcome, struck: int, lost: bool) -> None:
        """A command that came to its end: its record, its code, and, undisturbed, everything else."""
        state, say = outcome.state, self.door.found
        if not name.startswith("dry"):
            say += self.record.check()
            if self.record.state != state:
                say.append("what the run ended with is not the fold of the log")
        allowed = {0, 3, 4, 6} if struck else judge.codes(self, name, outcome)
        if outcome.exit_code not in allowed:
            say.append(f"exit {outcome.exit_code}, not {allowed}: {outcome.said} {outcome.problems}")
        if struck or name in judge.WORDS:
            return
        if lost and "lost_folder" not in self.door.halts:
            say.append("a lost folder does not begin halted")
        judge.compare(self, state, with_orders=not name.startswith("dry"))
        if name in ("morning", "monitor"):
            judge.cancelled(self, state)
            judge.sold(self, state)
            judge.day_loss(self)


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every file of a folder with what would tell of a change."""
    found = ((entry.name, entry.stat()) for entry in os.scandir(folder))
    return {name: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in found}
