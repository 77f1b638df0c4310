"""The few things done to a disk, on real devices where there are any."""

from __future__ import annotations

import os

import pytest

from automated_trading.adapters.disk import link, make_folder, move, sweep, told, write_all
from automated_trading.domain.errors import StateError


def test_a_full_device_is_told_in_one_line_with_what_to_do(tmp_path):
    fd = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(StateError) as caught, told(tmp_path, "write"):
        write_all(fd, b"line")
    os.close(fd)
    assert str(caught.value) == (
        f"cannot write in {tmp_path}: No space left on device; free some space on its disk, then run again"
    )


def test_a_folder_that_stands_keeps_its_mode_and_one_made_meanwhile_is_welcome(tmp_path, monkeypatch):
    tmp_path.chmod(0o750)
    monkeypatch.setattr("pathlib.Path.is_dir", lambda path: path == path.parent)
    make_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def two_files(folder):
    for name in ("one", "other"):
        (folder / name).write_text(name)
    return folder / "one", folder / "other"


def test_a_second_name_is_given_once_and_never_taken_from_another_file(tmp_path):
    one, other = two_files(tmp_path)
    for _ in range(2):
        assert link(one, tmp_path / "name")
    assert (tmp_path / "name").samefile(one)
    with pytest.raises(FileExistsError):
        link(one, other)
    assert other.read_text() == "other"


def test_a_move_overwrites_nothing_and_ends_one_that_was_cut_short(tmp_path):
    one, other = two_files(tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    (place / "other").write_text("older")
    (place / "one").hardlink_to(one)
    move(one, place)
    assert (one.exists(), (place / "one").read_text()) == (False, "one")
    with pytest.raises(FileExistsError):
        move(other, place)
    assert (other.read_text(), (place / "other").read_text()) == ("other", "older")


def test_only_what_a_replacement_of_that_very_file_left_is_swept(tmp_path):
    for name in (".one.0a.tmp", ".one.tmp", ".other.0a.tmp", "one.0a.tmp"):
        (tmp_path / name).touch()
    sweep(tmp_path / "one")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".one.tmp", ".other.0a.tmp", "one.0a.tmp"]
