"""The commands as real processes, killed with SIGKILL at every single step, and what the next runs make of it.

Each goes through the front door with real words, a real environment and a real folder, and reaches the exchange over
a loopback socket. A step is each write, flush, rename, link, unlink and truncation, and of each request its leaving,
its half and its answer. By default a fixed sample of the cases runs; the long form runs them all, every pair of kills
on the buy path and on the sell path among them, and renews the manifest of points:

    FULL=1 python -m pytest tests/proof/test_killed_processes.py -q
    FULL=1 SWEEP=1 python -m pytest tests/proof/test_killed_processes.py -q
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.cuts.cases import CALM, WORLDS, Prepared, fresh, prepared
from tests.proof.cuts.points import FULL, Sweep
from tests.proof.kills import desk as kill_desk
from tests.proof.kills.case import Killing
from tests.proof.kills.desk import KILLED, NEVER, Front, Processes
from tests.proof.kills.errands import ERRANDS, Errand

STRIDE = 1 if FULL else 53
PAIR_STRIDE = 1 if FULL else 149
EVERY_WORLD = (*WORLDS, *CALM)
PAIRED = tuple(errand for errand in ERRANDS if errand.name in ("morning", "monitor"))
"""The buy path and the sell path."""

Door = tuple[Front, Processes]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with kill_desk.door() as opened:
        yield opened


def counted(errand: Errand, start: Prepared, home: Path, door: Door) -> list[str]:
    """Every step of a command that nobody kills; what it promised holds."""
    case = Killing(errand, start, home, door)
    ended = case.kill(NEVER)
    assert (ended.code, case.after.violations) == (0, []), ended
    return ended.steps


def kills(steps: list[str]) -> list[tuple[int, bool, str]]:
    """Where, whether in the middle of a write, and what the world does then."""
    torn = [(at, True) for at, what in enumerate(steps, start=1) if what == "write"]
    points = [*((at, False) for at in range(1, len(steps) + 1)), *torn]
    return [(at, torn, world) for at, torn in points for world in EVERY_WORLD]


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda errand: errand.name)
def test_a_command_killed_at_any_step_is_taken_up_by_the_next(
    errand: Errand, door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I1, I2, I5, I6, I7, I9, I10, I21, I22, I25 after every kill.

    Seen red when: an order is sent before it is written down; an id holds the time of its run; the lock is a file that
    a dead holder leaves; a torn end of the log is left standing; snapshots of two runs are believed together; the
    owner's latch is not looked at. Not seen, and rightly: a snapshot written in place, for half of one is never used; a
    flush left out, for the dead process' bytes are with the kernel (that is what the power cuts are for).
    """
    start = prepared(errand.scenario, tmp_path / "before", "paper")
    steps = counted(errand, start, fresh(tmp_path), door)
    plan = kills(steps)
    chosen, found = plan[::STRIDE], list[str]()
    for at, torn, world in chosen:
        case = Killing(errand, start, fresh(tmp_path), door)
        told = [] if case.kill(at, torn).code == KILLED else ["it was not killed"]
        case.change(world)
        case.recover()
        told += case.judge(world)
        found += [
            f"{errand.name} killed at {at} ({steps[at - 1]}{', torn' if torn else ''}), {world}: {one}" for one in told
        ]
    with capsys.disabled():
        print(
            f"\nkilled in {errand.name}: {len(steps)} points, {len(EVERY_WORLD)} worlds: "
            f"{len(chosen)} of {len(plan)} cases, {len(found)} violations"
        )
    Sweep("killed processes", "test_killed_processes", errand.name, steps, len(chosen), found).settle()


@pytest.mark.parametrize("errand", PAIRED, ids=lambda errand: errand.name)
def test_a_recovery_killed_in_its_turn_is_taken_up_too(
    errand: Errand, door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at one step, and the next process at another: on the path that buys and on the one that sells."""
    start = prepared(errand.scenario, tmp_path / "before", "paper")
    steps = counted(errand, start, fresh(tmp_path), door)
    count, found, through = 0, list[str](), set[int]()
    plan = [(first, second) for second in range(1, 80) for first in range(1, len(steps) + 1)]
    for first, second in plan[::PAIR_STRIDE]:
        if first in through:
            continue
        case = Killing(errand, start, fresh(tmp_path), door)
        case.kill(first, torn=first % 2 == 0)
        if case.recover(second, torn=second % 2 == 0).code != KILLED:
            through.add(first)  # the recovery has no step as late as this one
            continue
        count += 1
        found += [
            f"{errand.name} killed at {first} ({steps[first - 1]}) and {second}: {one}" for one in case.judge("nothing")
        ]
    with capsys.disabled():
        print(f"\nkilled twice in {errand.name}: {len(steps)} points, {count} pairs, {len(found)} violations")
    Sweep("killed twice", "test_killed_processes", errand.name, steps, count, found).settle()
