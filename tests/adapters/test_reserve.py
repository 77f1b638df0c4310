"""The reserve: real bytes, given up a slice at a time, filled again when there is room."""

from __future__ import annotations

import errno
import os
import zlib
from pathlib import Path

import pytest

from automated_trading.adapters.reserve import FILE, SIZE, SLICE, Reserve, fits
from tests.adapters.small_disk import SmallDisk


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    disk = SmallDisk(tmp_path)
    disk.fit(monkeypatch)
    return disk


def filled(folder: Path) -> Reserve:
    reserve = Reserve(folder)
    reserve.fill()
    return reserve


def writing(path: Path, size: int) -> None:
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        while size > 0:
            size -= os.write(fd, bytes(size))
    finally:
        os.close(fd)


def test_it_is_real_bytes_that_cannot_be_pressed_together_and_the_owners_alone(tmp_path: Path) -> None:
    assert filled(tmp_path).lacking is None
    data = (tmp_path / FILE).read_bytes()
    assert len(zlib.compress(data)) >= len(data) == SIZE
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_filling_a_whole_one_writes_nothing(tmp_path: Path, disk: SmallDisk) -> None:
    reserve = filled(tmp_path)
    disk.taken_by_others()
    reserve.fill()
    assert reserve.lacking is None


def test_what_the_disk_has_no_room_for_is_missing_and_no_error(tmp_path: Path, disk: SmallDisk) -> None:
    disk.leave(1000)
    reserve = filled(tmp_path)
    assert "is full" in (reserve.lacking or "")
    assert (tmp_path / FILE).stat().st_size == 1000
    disk.leave(None)
    reserve.fill()
    assert reserve.lacking is None


def test_a_write_without_room_gets_as_many_slices_as_it_needs(tmp_path: Path, disk: SmallDisk) -> None:
    reserve = filled(tmp_path)
    disk.taken_by_others()
    reserve.room_for(lambda: writing(tmp_path / "log", SLICE + 1))
    assert (tmp_path / "log").stat().st_size == SLICE + 1
    assert (tmp_path / FILE).stat().st_size == SIZE - 2 * SLICE


def test_a_neighbour_takes_one_slice_and_not_all(tmp_path: Path, disk: SmallDisk) -> None:
    reserve, taken = filled(tmp_path), list[int]()
    disk.taken_by_others()

    def write() -> None:
        if (tmp_path / FILE).stat().st_size < SIZE and not taken:
            taken.append(1)
            disk.taken_by_others()
        writing(tmp_path / "log", 100)

    reserve.room_for(write)
    assert (tmp_path / FILE).stat().st_size == SIZE - 2 * SLICE


def test_with_nothing_left_to_give_the_disk_has_the_last_word(tmp_path: Path, disk: SmallDisk) -> None:
    reserve = filled(tmp_path)
    disk.taken_by_others()
    with pytest.raises(OSError, match="No space left") as told:
        reserve.room_for(lambda: writing(tmp_path / "log", SIZE + 1))
    assert told.value.errno == errno.ENOSPC
    assert (tmp_path / FILE).stat().st_size == 0


def test_any_other_failure_costs_no_slice(tmp_path: Path) -> None:
    reserve = filled(tmp_path)

    def broken() -> None:
        raise OSError(errno.EIO, "Input/output error")

    for attempt in (reserve.room_for, fits):
        with pytest.raises(OSError, match="Input/output"):
            attempt(broken)
    assert reserve.lacking is None


def test_what_could_wait_gets_no_slice(tmp_path: Path, disk: SmallDisk) -> None:
    reserve = filled(tmp_path)
    disk.taken_by_others()
    assert not fits(lambda: writing(tmp_path / "log", 1))
    assert reserve.lacking is None


def test_a_link_in_its_place_is_not_followed_and_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(bytes(SIZE))
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    assert "no plain file" in (filled(tmp_path).lacking or "")
    assert (tmp_path / "elsewhere").stat().st_size == SIZE
