"""The power fails before every single step of a run, and the next runs must find their way.

Every write, flush, rename, link, unlink and truncation, and both ends of every POST and DELETE, is cut once, with
every fate of the unflushed bytes and every change of the world before the next run. By default a fixed sample of
the cases runs; the long form runs them all (a quarter of an hour):

    FULL=1 python -m pytest tests/proof/test_power_cuts.py -q
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.orders import looks_like_ours
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, bench, moment, signal
from tests.proof.fuse import NEVER, Fuse, PowerCut
from tests.proof.scenarios import LATE, SCENARIOS, Scenario

FULL = os.environ.get("FULL") == "1"
STRIDE = 1 if FULL else 13
PAIR_STRIDE = 1 if FULL else 41
DISKS = ("kept", "lost", "half", "zeroes", "undone")
WORLDS = ("nothing", "signals withdrawn", "equity fallen", "halted")
CALM = ("folder lost", "money came", "switched off")
"""Worlds in which what the disk held makes no difference: cut once, with every byte kept."""
LATER = ("10:10", "10:15", "10:20")


@dataclass(frozen=True)
class Prepared:
    """A scenario's beginning, kept so that every case starts from the same bytes."""

    scenario: Scenario
    folder: Path
    memory: dict[str, object]


def new_exchange(memory: dict[str, object] | None = None) -> Exchange:
    exchange = Exchange(SeededTape(1), start=moment("08:00"), partial_fill_rate=Decimal(1))
    if memory is not None:
        exchange.restore(memory)
    return exchange


def prepared(scenario: Scenario, home: Path) -> Prepared:
    b = bench(home, "AAA", "BBB", rules=scenario.rules, partial_fill_rate=Decimal(1))
    b.folder.mkdir(parents=True)
    scenario.before(b)
    return Prepared(scenario, b.folder, json.loads(json.dumps(b.exchange.to_memory())))


class Case:
    """One cut: a desk with a fuse in it, an exchange that lives on, and what both were seen to do."""

    def __init__(self, start: Prepared, fuse: Fuse, home: Path, cut: tuple[int, bool]) -> None:
        self.scenario, self.fuse = start.scenario, fuse
        shutil.copytree(start.folder, home / "simulated")
        signals = Signals([signal("AAA"), signal("BBB")])
        self.bench = Bench(home, new_exchange(start.memory), signals, start.scenario.rules)
        self.violations: list[str] = []
        self.barred: list[tuple[int, int | None]] = []
        self.bench.exchange.witness = self.sees
        self.bench.wire.on("POST", "/v2/orders", self.overhears)
        self.bench.wire.on("DELETE", "/v2/orders", fuse.wire)
        fuse.insert(self.bench.folder, *cut)

    def sees(self, row: Any) -> None:
        """I2, asked by the exchange itself at the moment it accepts: is the intent durable?"""
        ink = self.fuse.durable_bytes(self.bench.folder / "audit_log.jsonl")
        lines = [line for line in ink.splitlines() if b'"event":"order_intended"' in line]
        if not any(f'"client_order_id":"{row["client_order_id"]}"'.encode() in line for line in lines):
            self.violations.append(f"{row['client_order_id']} was accepted before its ink was durable")

    def overhears(self, request: Request, handle: Callable[[Request], Response]) -> Response:
        """A desk that asks for what it may not have has lost count of something."""

        def through(asked: Request) -> Response:
            answer = handle(asked)
            if answer.status >= 400 and b"must be unique" not in answer.body:
                self.violations.append(f"asked for too much: {asked.body!r} -> {answer.body!r}")
            return answer

        return self.fuse.wire(request, through)

    def cut(self, run: Callable[[Bench], Outcome], disk: str) -> bool:
        """Let a run go until the power fails; False if it came through."""
        self.fuse.armed = True
        try:
            run(self.bench)
        except PowerCut:
            self.fuse.burn(disk)
            return True
        self.fuse.armed = False
        return False

    def change(self, world: str) -> None:
        """What the world does meanwhile; a second later, so that no fee bears the stamp of the count of our cash."""
        b = self.bench
        b.exchange.advance_to(b.exchange.now + timedelta(seconds=1))
        match world:
            case "signals withdrawn":
                b.signals.entries = None
            case "equity fallen":
                b.exchange.pay("FEE", Decimal(-9_000))
            case "halted":
                b.halt()
            case "folder lost":
                shutil.rmtree(b.folder)
            case "money came":
                b.exchange.move_cash(Decimal(5_000))
            case "switched off":
                b.switch_off()
        if world in ("equity fallen", "halted") or (world == "signals withdrawn" and not self.scenario.queued):
            self.barred.append((len(b.orders()), None))

    def go_on(self, world: str) -> Outcome:
        """The runs after the cut, a few minutes apart, the owner's `resume` where he would give it, and the close."""
        b, day = self.bench, self.scenario.day
        asked = b.asked("POST") + b.asked("DELETE")
        for routine, at in zip((MONITOR, MORNING, MONITOR), LATER, strict=True):
            b.run(routine, at, day)
        if world == "switched off":
            self.violations += ["spoke while switched off"] if b.asked("POST") + b.asked("DELETE") > asked else []
            b.switch_off(False)
        if self.scenario.resume or world in ("halted", "folder lost", "switched off"):
            b.resume()
            if world == "halted":
                self.barred = [(begun, len(b.orders())) for begun, _ in self.barred]
            b.run(MORNING, "10:25", day)
            b.run(MONITOR, "10:30", day)
        if self.scenario.word is not None:
            self.scenario.word(b)
            b.run(MONITOR, "10:35", day)
            b.run(MONITOR, "10:40", day)
        return b.run(EOD, "16:30", day)

    def judge(self, world: str, last: Outcome) -> list[str]:
        """Everything that must hold in the end; one line for each thing that does not."""
        state = self.bench.state()
        problems = [*self.violations, *self.doubles(), *self.orphans(state), *self.books(state), *self.opened()]
        problems += [f"eod: {last.exit_code} {last.said}"] if last.exit_code else []
        return problems + self.stuck(world)

    def doubles(self) -> list[str]:
        rows = [row for row in self.bench.orders() if looks_like_ours(row.client_order_id)]
        kinds = Counter(row.client_order_id.rsplit("-", 1)[0] for row in rows)
        once = {kind: 1 + (self.scenario.twice != "" and kind.startswith(self.scenario.twice)) for kind in kinds}
        found = [f"{count} orders for one decision: {kind}" for kind, count in kinds.items() if count > once[kind]]
        buys = Counter((row.symbol, row.created_at.date()) for row in rows if row.side == "buy")
        return found + [f"{count} buys of {symbol} on {day}" for (symbol, day), count in buys.items() if count > 1]

    def orphans(self, state: State) -> list[str]:
        known = set(state.orders) if self.scenario.day < LATE else set()
        log = "".join(path.read_text() for path in self.bench.folder.glob("audit_log*.jsonl"))
        ids = [row.client_order_id for row in self.bench.orders() if looks_like_ours(row.client_order_id)]
        return [
            f"{one} is at the broker and not on our books"
            for one in ids
            if one not in log or (known and one not in known)
        ]

    def books(self, state: State) -> list[str]:
        ours = {symbol: held.qty for symbol, held in state.positions.items()}
        theirs = {symbol: held.qty for symbol, held in self.bench.exchange.ledger.positions.items()}
        problems = [f"our books {ours}, the broker's {theirs}"] if ours != theirs else []
        problems += [f"a difference stands: {state.differences}"] if state.differences else []
        cash = self.bench.exchange.ledger.cash
        problems += [f"our cash {state.cash}, the broker's {cash}"] if state.cash != cash else []
        problems += [f"not at its end: {order.client_order_id}" for order in state.open_orders()]
        return problems

    def opened(self) -> list[str]:
        rows = self.bench.orders()
        bought = [row for a, b in self.barred for row in rows[a:b] if row.side == "buy"]
        return [f"{row.client_order_id} opened while nothing may" for row in bought]

    def stuck(self, world: str) -> list[str]:
        """Safe is not enough: exits must have gone, and with nothing against them the entries too."""
        held = set(self.bench.exchange.ledger.positions)
        problems = [f"{symbol} was not sold" for symbol in self.scenario.sold if symbol in held]
        if world in ("nothing", "halted", *CALM):
            problems += [f"{name} was never bought" for name in ("AAA", "BBB") if not self.bench.orders(name)]
        return problems


def points(start: Prepared, fuse: Fuse, home: Path) -> list[str]:
    """Every step of the whole run, counted by a run nobody disturbs."""
    case = Case(start, fuse, home, (NEVER, False))
    before = len(case.bench.orders())
    assert not case.cut(start.scenario.run, "kept")
    seen = fuse.steps + [row.client_order_id for row in case.bench.orders()[before:]]
    assert [one for one in start.scenario.does if not any(known.startswith(one) for known in seen)] == []
    return list(fuse.steps)


def cuts(steps: list[str]) -> Iterator[tuple[int, bool, str]]:
    """Where, whether in the middle of a write, and what the disk does."""
    for number, what in enumerate(steps, start=1):
        yield from ((number, False, disk) for disk in DISKS)
        if what == "write":
            yield (number, True, "kept")


@pytest.fixture
def fuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    fuse = Fuse(tmp_path)
    fuse.fit(monkeypatch)
    return fuse


def fresh(tmp_path: Path) -> Path:
    home = tmp_path / "case"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    return home


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_power_cut_at_any_step_is_survived_in_every_world(
    scenario: Scenario, fuse: Fuse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I1, I2, I5, I6, I9, I10, I22, I25 after every cut. FULL=1 runs every case.

    Seen red when: an order is sent before its ink is durable; an id holds the minute of its run; an intent of an
    earlier run is sent though its signal is gone, or after a day loss; a torn end of the log is left standing.
    """
    start = prepared(scenario, tmp_path / "before")
    steps = points(start, fuse, fresh(tmp_path))
    plan = [(cut, world) for cut in cuts(steps) for world in (*WORLDS, *CALM) if world in WORLDS or cut[2] == "kept"]
    found: list[str] = []
    chosen = plan[::STRIDE]
    for (at, torn, disk), world in chosen:
        case = Case(start, fuse, fresh(tmp_path), (at, torn))
        assert case.cut(scenario.run, disk)
        case.change(world)
        told = case.judge(world, case.go_on(world))
        where = f"{scenario.name} cut at {at} ({steps[at - 1]}{', torn' if torn else ''}), {disk}, {world}"
        found += [f"{where}: {one}" for one in told]
    with capsys.disabled():
        print(
            f"\npower cuts in {scenario.name}: {len(steps)} points, {len(DISKS)} disks, "
            f"{len(WORLDS)} worlds and {len(CALM)}: {len(chosen)} of {len(plan)} cases, {len(found)} violations"
        )
    assert found == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_second_power_cut_while_recovering_is_survived_too(
    scenario: Scenario, fuse: Fuse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recovery is an ordinary run, so it may be cut like one; it then cuts the torn tail itself."""
    start = prepared(scenario, tmp_path / "before")
    steps = points(start, fuse, fresh(tmp_path))
    count, found, through = 0, list[str](), set[int]()
    plan = [(first, second) for second in range(1, 60) for first in range(1, len(steps) + 1)]
    for number, (first, second) in enumerate(plan[::PAIR_STRIDE]):
        if first in through:
            continue
        disk = DISKS[number % len(DISKS)]
        case = Case(start, fuse, fresh(tmp_path), (first, first % 2 == 0))
        assert case.cut(scenario.run, disk)
        fuse.insert(case.bench.folder, second, second % 2 == 0)
        if not case.cut(lambda b: b.run(MONITOR, "10:05", scenario.day), disk):
            through.add(first)  # the recovery has no step as late as this one
            continue
        count += 1
        told = case.judge("nothing", case.go_on("nothing"))
        found += [f"{scenario.name} cut at {first} ({steps[first - 1]}) and {second}, {disk}: {one}" for one in told]
    with capsys.disabled():
        print(f"\ndouble power cuts in {scenario.name}: {count} cases, {len(found)} violations")
    assert found == []
