"""The latch of `halt` and the kill switch: what cannot be read is set; a lift takes its own token only."""

from __future__ import annotations

import os
import stat

import pytest

from automated_trading.adapters.latch import KillSwitch, Latch, LatchReading
from automated_trading.domain.errors import StateError

AT = "2025-03-03T14:35:00Z"


@pytest.fixture
def latch(tmp_path):
    return Latch(tmp_path)


def test_a_set_latch_is_read_back(tmp_path):
    latch = Latch(tmp_path / "data" / "paper")
    assert latch.read() is None
    latch.set("t1", "holiday\n\N{PALM TREE}", AT)
    assert latch.read() == LatchReading("t1", "holiday\n\N{PALM TREE}", AT)
    path = tmp_path / "data" / "paper" / "halted"
    assert [stat.S_IMODE(it.stat().st_mode) for it in (path, path.parent)] == [0o600, 0o700]


def test_setting_again_writes_a_new_token(latch):
    latch.set("t1", "one", AT)
    latch.set("t2", "two", AT)
    assert latch.read().token == "t2"


def test_setting_is_durable_before_it_returns(latch, monkeypatch):
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (steps.append(name), real(*args))[1])
    latch.set("t1", "", AT)
    assert steps == ["fsync", "replace", "fsync"]


def test_lifting_its_token_removes_the_latch(latch, tmp_path):
    latch.set("t1", "", AT)
    assert latch.lift("t1")
    assert latch.read() is None
    assert list(tmp_path.iterdir()) == []
    assert latch.lift("t1"), "there is nothing left to lift"


def test_lifting_another_token_leaves_the_latch(latch, tmp_path):
    latch.set("t2", "", AT)
    assert not latch.lift("t1")
    assert latch.read().token == "t2"
    assert [path.name for path in tmp_path.iterdir()] == ["halted"]


@pytest.mark.parametrize(
    "content", [b"", b"stop!", b"{}", b"\0" * 99, b'{"token":1,"reason":"","at":""}', b"[" * 60_000]
)
def test_garbage_counts_as_set_and_is_lifted_by_the_token_it_is_read_with(latch, tmp_path, content):
    (tmp_path / "halted").write_bytes(content)
    found = latch.read()
    assert found.token.startswith("unreadable:")
    (tmp_path / "halted").write_bytes(content + b" ")
    assert not latch.lift(found.token)
    assert latch.lift(latch.read().token)
    assert latch.read() is None


@pytest.mark.parametrize("other", ["folder", "dangling link", "large"])
def test_what_cannot_be_read_counts_as_set(latch, tmp_path, other):
    match other:
        case "folder":
            (tmp_path / "halted").mkdir()
        case "dangling link":
            (tmp_path / "halted").symlink_to(tmp_path / "nowhere")
        case "large":
            (tmp_path / "halted").write_bytes(b"x" * 70_000)
    assert latch.read().token == "unreadable"


def calls_to(monkeypatch, name, before):
    """Have `before` run ahead of the first call of os.<name>."""
    real = getattr(os, name)
    waiting = [before]

    def call(*args, **options):
        if waiting:
            waiting.pop()()
        return real(*args, **options)

    monkeypatch.setattr(os, name, call)


@pytest.mark.parametrize("moment", ["replace", "unlink", "fsync"])
def test_a_halt_set_while_another_is_lifted_stands(latch, monkeypatch, tmp_path, moment):
    latch.set("t1", "", AT)
    with monkeypatch.context() as patched:
        calls_to(patched, moment, lambda: (patched.undo(), Latch(tmp_path).set("t2", "", AT)))
        latch.lift("t1")
    assert latch.read().token == "t2"
    assert latch.lift("t2")
    assert latch.read() is None


class PowerCut(BaseException):
    """Nothing that runs on could catch this."""


@pytest.mark.parametrize("name", ["replace", "unlink", "link"])
@pytest.mark.parametrize("second", [False, True])
def test_a_lift_that_was_killed_never_loses_a_halt(latch, monkeypatch, tmp_path, name, second):
    latch.set("t1", "", AT)

    def cut():
        raise PowerCut

    with monkeypatch.context() as patched:
        calls_to(patched, name, cut)
        with pytest.raises(PowerCut):
            latch.lift("t1")
    if second:
        latch.set("t2", "", AT)
    standing = "t2" if second else "t1"
    assert latch.read().token == standing
    assert not latch.lift("t3")
    assert latch.read().token == standing
    assert latch.lift(standing)
    assert latch.read() is None
    assert list(tmp_path.iterdir()) == []


def test_while_the_wrong_token_is_put_back_the_latch_still_reads_as_set(latch, monkeypatch, tmp_path):
    latch.set("t1", "", AT)
    seen = []
    # The lift looks, t2 is set, the lift takes t2 aside: it must read as set until it is back.
    with monkeypatch.context() as patched:
        calls_to(patched, "replace", lambda: Latch(tmp_path).set("t2", "", AT))
        for step in ("unlink", "link"):
            calls_to(patched, step, lambda: seen.append(Latch(tmp_path).read()))
        assert not latch.lift("t1")
    assert [reading and reading.token for reading in seen] == ["t1", "t2"]
    assert latch.read().token == "t2"


def test_a_disk_that_refuses_is_a_state_error(tmp_path, latch, monkeypatch):
    latch.set("t1", "", AT)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StateError, match=f"cannot write the halt in {tmp_path}: No space left"):
        latch.set("t2", "", AT)
    assert latch.read().token == "t1"
    assert [path.name for path in tmp_path.iterdir()] == ["halted"]


def test_the_kill_switch_is_off_without_its_file_or_its_folder(tmp_path):
    assert KillSwitch(True, [tmp_path, tmp_path / "none"]).engaged() is None
    (tmp_path / "file").write_text("")
    assert KillSwitch(True, [tmp_path / "file"]).engaged() is None


def test_the_setting_engages_the_kill_switch(tmp_path):
    assert KillSwitch(False, [tmp_path]).engaged() == "TRADING_ENABLED is off"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("nowhere", path)])
def test_whatever_has_the_name_engages_the_kill_switch_and_it_looks_afresh(tmp_path, make):
    switch = KillSwitch(True, [tmp_path / "none", tmp_path])
    assert switch.engaged() is None
    make(tmp_path / ".trading_disabled")
    assert switch.engaged() == f"{tmp_path}/.trading_disabled exists"
    (tmp_path / ".trading_disabled").rename(tmp_path / "away")
    assert switch.engaged() is None


def test_a_place_that_cannot_be_looked_at_engages_the_kill_switch(tmp_path):
    switch = KillSwitch(True, [tmp_path / ("x" * 300)])
    assert "cannot be looked at (File name too long)" in switch.engaged()
