"""The few things done to a disk, on real devices where there are any."""

from __future__ import annotations

import os

import pytest

from automated_trading.adapters.disk import make_folder, told, write_all
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
