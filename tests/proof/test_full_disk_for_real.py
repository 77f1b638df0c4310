"""Real processes on a real disk that is full, and under a real limit on the size of files.

A tmpfs of two megabytes is mounted where this user may mount one (root in a container; the test is skipped elsewhere)
and filled up to its last blocks but so many; RLIMIT_FSIZE cuts the log short at any byte, and needs nobody's leave.
What is not shown: disk quotas, for which no plain container has a file system.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from automated_trading.adapters.reserve import FILE as RESERVE, SIZE, Reserve
from tests.engine.builders import EOD, MONITOR, moment
from tests.proof.cuts.cases import Prepared, fresh, prepared
from tests.proof.cuts.failing_disk import LOG
from tests.proof.cuts.points import FULL
from tests.proof.kills import desk as kill_desk
from tests.proof.kills.case import Killing
from tests.proof.kills.desk import Front, Processes
from tests.proof.kills.errands import ERRANDS

MONITORS = next(errand for errand in ERRANDS if errand.name == "monitor")
BLOCKS_LEFT = range(0, 24, 1 if FULL else 10)
BYTES_LEFT = range(0, 8_000, 50 if FULL else 1_700)
BLOCK = 4096


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[Front, Processes]]:
    with kill_desk.door() as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes. Skips where this user may mount none."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", place]).returncode != 0:
        pytest.skip("no small disk: this user may not mount one")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def begin(tmp_path: Path) -> Prepared:
    """AAA has fallen through its stop; the folder's reserve is whole."""
    start = prepared(MONITORS.scenario, tmp_path / "before", "paper")
    Reserve(start.folder).fill()
    return start


def fill_up(disk: Path, left: int) -> Path:
    """A file that takes all the room of a disk but so many blocks."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        about = os.statvfs(disk)
        file.write(bytes((about.f_bavail * about.f_bsize // BLOCK - left) * BLOCK))
    return filler


@pytest.mark.parametrize("left", BLOCKS_LEFT)
def test_on_a_full_disk_a_real_process_sells_and_opens_nothing(
    left: int, small_disk: Path, tmp_path: Path, door: tuple[Front, Processes]
) -> None:
    case = Killing(MONITORS, begin(tmp_path), fresh(small_disk), door)
    filler, before = fill_up(small_disk, left), len(case.bench.orders())
    ended = case.start("monitor")
    assert [row.side for row in case.bench.orders()[before:]] == ["sell"]
    assert ended.code == 3 if left == 0 else ended.code in (0, 3)
    assert ended.code == 0 or str(case.bench.folder) in ended.said
    filler.unlink()
    case.recover()
    assert (case.bench.folder / RESERVE).stat().st_size == SIZE
    assert case.judge("nothing") == []


def test_a_full_disk_is_told_by_every_run_until_it_has_room_again(
    small_disk: Path, tmp_path: Path, door: tuple[Front, Processes]
) -> None:
    case = Killing(MONITORS, begin(tmp_path), fresh(small_disk), door)
    filler, codes = fill_up(small_disk, 0), list[int]()
    for at in ("09:45", "09:50", "09:55", "10:00"):
        case.bench.exchange.advance_to(moment(at))
        codes.append(case.start("monitor").code)
    assert codes == [3, 3, 3, 3]
    filler.unlink()
    assert case.recover().code == 0
    assert case.bench.run(MONITOR, "15:00").exit_code == 0
    assert case.bench.run(EOD, "16:30").exit_code == 0
    assert case.after.violations == []


@pytest.mark.parametrize("left", BYTES_LEFT)
def test_a_log_that_may_not_grow_past_a_byte_ends_the_run_in_one_line(
    left: int, tmp_path: Path, door: tuple[Front, Processes]
) -> None:
    """RLIMIT_FSIZE: the write is cut at that byte, and the next is told EFBIG."""
    case = Killing(MONITORS, begin(tmp_path), fresh(tmp_path), door)
    most = (case.bench.folder / LOG).stat().st_size + left
    ended = case.start("monitor", limits={"RLIMIT_FSIZE": most})
    assert ended.code in (0, 3)
    assert ended.code == 0 or str(case.bench.folder) in ended.said
    assert case.recover().code in (0, 4)
    assert case.judge("nothing") == []
