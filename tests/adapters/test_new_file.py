"""A file that was not there is written whole, and one that was stays."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from automated_trading.adapters.new_file import put_new
from automated_trading.domain.errors import StateError


def test_a_new_file_is_its_owners_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert put_new(path, b"text")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"text", 0o600)
    assert os.listdir(tmp_path) == ["file"]


def test_what_is_there_stays_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "folder", "link"):
        assert not put_new(tmp_path / name, b"text")
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "link"]


def test_a_name_taken_meanwhile_is_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"theirs")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    assert not put_new(path, b"text")
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"theirs", ["file"])


def test_a_disk_that_knows_no_links_has_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert put_new(tmp_path / "file", b"text")
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_that_fails_leaves_nothing_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StateError, match=r"cannot write file .* free some space"):
        put_new(tmp_path / "file", b"text")
    assert os.listdir(tmp_path) == []
