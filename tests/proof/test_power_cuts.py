"""The power fails before every single step of a run, and the next runs must find their way.

Every write, flush, rename, link, unlink and truncation, and both ends of every POST and DELETE, is cut once, with
every fate of the unflushed bytes and every change of the world before the next run. By default a fixed sample of
the cases runs; the long form runs them all (a quarter of an hour), and renews the manifest of points:

    FULL=1 python -m pytest tests/proof/test_power_cuts.py -q
    FULL=1 SWEEP=1 python -m pytest tests/proof/test_power_cuts.py -q
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from automated_trading.engine.desk import Outcome
from tests.engine.builders import MONITOR, Bench
from tests.proof.cuts.cases import CALM, WORLDS, Aftermath, Prepared, begun, fresh, intended, prepared
from tests.proof.cuts.fuse import NEVER, Fuse, PowerCut
from tests.proof.cuts.points import FULL, Sweep, stride
from tests.proof.cuts.scenarios import ALL, Scenario

STRIDE = 1 if FULL else 29
PAIR_STRIDE = 1 if FULL else 71
DISKS = ("kept", "lost", "half", "zeroes", "holed", "undone")
ALIVE = "alive"
"""The process died alone: what it wrote is there, and is no more durable than it was."""


class Case:
    """One cut: a desk with a fuse in it, an exchange that lives on, and what follows."""

    def __init__(self, start: Prepared, fuse: Fuse, home: Path, cut: tuple[int, bool]) -> None:
        self.fuse, self.bench = fuse, begun(start, home)
        self.after = Aftermath(self.bench, start.scenario)
        self.bench.exchange.witness = self.sees
        self.bench.wire.on("POST", "/v2/orders", self.after.overhears(fuse.wire))
        self.bench.wire.on("DELETE", "/v2/orders", fuse.wire)
        fuse.insert(self.bench.folder, *cut)

    def sees(self, row: Any) -> None:
        """I2, asked by the exchange itself at the moment it accepts: is the intent durable?"""
        if not intended(self.fuse.durable_bytes(self.bench.folder / "audit_log.jsonl"), row["client_order_id"]):
            self.after.violations.append(f"{row['client_order_id']} was accepted before its ink was durable")

    def cut(self, run: Callable[[Bench], Outcome], disk: str) -> bool:
        """Let a run go until the power fails; False if it came through. On the disk "alive" only the process dies."""
        self.fuse.armed = True
        try:
            run(self.bench)
        except PowerCut:
            if disk != ALIVE:
                self.fuse.burn(disk)
            return True
        self.fuse.armed = False
        return False


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


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
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
    chosen = plan[:: stride(STRIDE, scenario.name)]
    for (at, torn, disk), world in chosen:
        case = Case(start, fuse, fresh(tmp_path), (at, torn))
        assert case.cut(scenario.run, disk)
        told = case.after.verdict(world)
        where = f"{scenario.name} cut at {at} ({steps[at - 1]}{', torn' if torn else ''}), {disk}, {world}"
        found += [f"{where}: {one}" for one in told]
    with capsys.disabled():
        print(
            f"\npower cuts in {scenario.name}: {len(steps)} points, {len(DISKS)} disks, "
            f"{len(WORLDS)} worlds and {len(CALM)}: {len(chosen)} of {len(plan)} cases, {len(found)} violations"
        )
    Sweep("power cuts", "test_power_cuts", scenario.name, steps, len(chosen), found).settle()


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_second_power_cut_while_recovering_is_survived_too(
    scenario: Scenario, fuse: Fuse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recovery is an ordinary run, so it may be cut like one; it then cuts the torn tail itself.

    Every other first run is killed alone, so that the power fails on the unflushed lines of two runs. Seen red when: a
    run does not flush what it read back from one that was killed.
    """
    start = prepared(scenario, tmp_path / "before")
    steps = points(start, fuse, fresh(tmp_path))
    count, found, through = 0, list[str](), set[int]()
    plan = [(first, second) for second in range(1, 60) for first in range(1, len(steps) + 1)]
    for number, (first, second) in enumerate(plan[:: stride(PAIR_STRIDE, scenario.name)]):
        if first in through:
            continue
        disk, killed = DISKS[number % len(DISKS)], number // len(DISKS) % 2 == 1
        case = Case(start, fuse, fresh(tmp_path), (first, first % 2 == 0))
        assert case.cut(scenario.run, ALIVE if killed else disk)
        again = fuse.go_on if killed else partial(fuse.insert, case.bench.folder)
        again(second, second % 2 == 0)
        if not case.cut(lambda b: b.run(MONITOR, "10:05", scenario.day), disk):
            through.add(first)  # the recovery has no step as late as this one
            continue
        count += 1
        how = "killed" if killed else "cut"
        told = case.after.verdict("nothing")
        found += [
            f"{scenario.name} {how} at {first} ({steps[first - 1]}), cut at {second}, {disk}: {one}" for one in told
        ]
    with capsys.disabled():
        print(f"\ndouble power cuts in {scenario.name}: {count} cases, {len(found)} violations")
    Sweep("double power cuts", "test_power_cuts", scenario.name, steps, count, found).settle()
