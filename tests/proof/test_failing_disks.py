"""The disk says no to every single thing a run asks of it, once or from then on, and the run lives on.

ENOSPC, EDQUOT, EIO and a disk gone read-only, at every making of a file, write, flush, rename, link, unlink and
truncation in turn. The run ends with exit 3 or comes through; then the disk is well again, with what was not flushed
kept, lost or zeroes, and ordinary runs bring everything to its end. The long form runs every case:

    FULL=1 python -m pytest tests/proof/test_failing_disks.py -q
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.errors import StateError
from tests.proof.cuts.cases import Aftermath, Prepared, begun, fresh, intended, prepared
from tests.proof.cuts.failing_disk import LOG, SICKNESSES, FailingDisk
from tests.proof.cuts.fuse import NEVER, Fuse
from tests.proof.cuts.points import FULL, Sweep, stride
from tests.proof.cuts.scenarios import ALL, Scenario

STRIDE = 1 if FULL else 67
FATES = ("kept", "lost", "zeroes", "undone")
WORLDS = ("nothing", "signals withdrawn", "equity fallen", "halted")


@dataclass(frozen=True)
class Failure:
    """Where the disk fails, how, and what becomes of the bytes it never flushed; what the world does then."""

    at: int
    sickness: str
    for_good: bool
    half: bool
    fate: str
    world: str

    def __str__(self) -> str:
        how = "from there on" if self.for_good else "once"
        return f"{self.sickness} at {self.at} {how}{', half written' if self.half else ''}, {self.fate}, {self.world}"


class Case:
    """A desk on a disk that fails, an exchange that asks for its ink, and what follows."""

    def __init__(self, start: Prepared, disks: tuple[Fuse, FailingDisk], home: Path) -> None:
        self.fuse, self.disk = disks
        self.bench = begun(start, home)
        self.after = Aftermath(self.bench, start.scenario)
        self.bench.exchange.witness = self.sees
        self.bench.wire.on("POST", "/v2/orders", self.after.overhears(lambda request, handle: handle(request)))
        self.fuse.insert(self.bench.folder, NEVER, False)
        self.disk.insert(self.bench.folder, "EIO", NEVER, for_good=False, half=False)

    def sees(self, row: Any) -> None:
        """I2: the exchange itself asks whether the intent is durable."""
        if not intended(self.fuse.durable_bytes(self.bench.folder / LOG), row["client_order_id"]):
            self.after.violations.append(f"{row['client_order_id']} was accepted before its ink was durable")

    def run(self) -> int:
        """The run, to its end; its exit code. Whatever is neither that nor a StateError is a traceback."""
        self.fuse.armed = self.disk.armed = True
        try:
            return self.after.scenario.run(self.bench).exit_code
        except StateError as told:
            return told.exit_code
        finally:
            self.fuse.armed = self.disk.armed = False

    def fail(self, failure: Failure) -> list[str]:
        """The run on the failing disk, the disk well again, and what follows; one line for each thing that is wrong."""
        self.disk.insert(self.bench.folder, failure.sickness, failure.at, for_good=failure.for_good, half=failure.half)
        try:
            code = self.run()
        except Exception as bug:  # noqa: BLE001 - which one it is, is what is asked
            return [f"a traceback: {bug!r} after {self.disk.struck}"]
        told = list(self.disk.violations)
        told += [f"exit {code} after {self.disk.struck}"] if code not in (0, 3) else []
        told += ["nothing was struck"] if not self.disk.struck else []
        self.fuse.burn(failure.fate)
        return told + self.after.verdict(failure.world)


def failures(steps: list[str]) -> Iterator[Failure]:
    """Every case of a run with these points."""
    number = 0
    for at, what in enumerate(steps, start=1):
        for sickness in SICKNESSES:
            for for_good, half in ((False, False), (True, False), (True, True)):
                if half and what != "write":
                    continue
                for fate in FATES:
                    number += 1
                    yield Failure(at, sickness, for_good, half, fate, WORLDS[number * 7 // 5 % len(WORLDS)])


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Fuse, FailingDisk]:
    fuse, disk = Fuse(tmp_path), FailingDisk(tmp_path)
    fuse.fit(monkeypatch)
    disk.fit(monkeypatch)
    return fuse, disk


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_disk_that_fails_at_any_step_costs_a_run_and_nothing_more(
    scenario: Scenario, disks: tuple[Fuse, FailingDisk], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I1, I2, I3, I5, I6, I10, I22, I25 with every failure of the disk.

    Seen red when: an order is sent before its ink is flushed; an OSError of the log is swallowed; a failed flush is
    tried again; an OSError leaves as it is; what a full disk left half written stays there.
    """
    start = prepared(scenario, tmp_path / "before")
    whole = Case(start, disks, fresh(tmp_path))
    assert whole.run() == 0
    steps, found = list(disks[1].steps), list[str]()
    plan = list(failures(steps))
    chosen = plan[:: stride(STRIDE, scenario.name)]
    for failure in chosen:
        told = Case(start, disks, fresh(tmp_path)).fail(failure)
        found += [f"{scenario.name}, {steps[failure.at - 1]}, {failure}: {one}" for one in told]
    with capsys.disabled():
        print(
            f"\nfailing disks in {scenario.name}: {len(steps)} points, {len(SICKNESSES)} sicknesses: "
            f"{len(chosen)} of {len(plan)} cases, {len(found)} violations"
        )
    Sweep("failing disks", "test_failing_disks", scenario.name, steps, len(chosen), found).settle()
