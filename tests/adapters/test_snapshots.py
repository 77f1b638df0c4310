"""Snapshots: the four files are sound together or not at all, and each by itself names the line it tells of."""

from __future__ import annotations

import json
import os
import stat

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.snapshots import NAMES, SCHEMA, heads, highest_seq, load, save
from automated_trading.domain.errors import StateError

HEAD, OTHER = "a" * 64, "b" * 64
PARTS = {name: {"name": name, "price": "1.5", "rows": [1, True, None, "é"]} for name in NAMES}


@pytest.fixture
def saved(tmp_path):
    save(tmp_path, 7, HEAD, PARTS)
    return tmp_path


def test_what_was_saved_is_loaded(saved):
    loaded = load(saved)
    assert (loaded.seq, loaded.head, loaded.parts) == (7, HEAD, PARTS)
    assert highest_seq(saved) == 7


def test_a_file_is_readable_to_people_and_to_its_owner_alone(tmp_path):
    before = os.umask(0o277)
    save(tmp_path / "data" / "paper", 7, HEAD, PARTS)
    os.umask(before)
    files = sorted((tmp_path / "data" / "paper").iterdir())
    assert [path.name for path in files] == sorted(f"{name}.json" for name in NAMES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    fields = json.loads(files[0].read_text())
    lines = files[0].read_text().splitlines()
    assert lines[:2] + lines[-1:] == ["{", '  "data": {', "}"]
    assert len(lines) == 3 + len(fields) + len(fields["data"])
    assert fields.keys() == {"schema", "part", "seq", "head", "digest", "data"}


def test_nothing_is_flushed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda fd: pytest.fail("flushed"))
    save(tmp_path, 7, HEAD, PARTS)


def test_an_empty_folder_has_no_snapshot(tmp_path):
    assert (load(tmp_path), highest_seq(tmp_path)) == (None, 0)
    assert (load(tmp_path / "none"), highest_seq(tmp_path / "none")) == (None, 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_truncated_at_any_byte_is_not_used(saved, name):
    path = saved / f"{name}.json"
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert load(saved) is None
    assert highest_seq(saved) == 7


def test_a_file_with_any_bit_of_its_words_changed_is_not_used(saved):
    path = saved / "daily_state.json"
    whole = path.read_bytes()
    for at, byte in enumerate(whole):
        path.write_bytes(whole[:at] + bytes([byte ^ 1]) + whole[at + 1 :])
        # Space is not meaning: a changed blank is either no JSON or no change.
        assert load(saved) is None or byte in b" \n", at


@pytest.mark.parametrize(("seq", "head"), [(8, HEAD), (7, OTHER)])
def test_files_of_different_moments_are_not_mixed(saved, tmp_path, seq, head):
    other = tmp_path / "other"
    save(other, seq, head, PARTS)
    os.replace(other / "daily_state.json", saved / "daily_state.json")
    assert load(saved) is None
    assert (heads(saved), highest_seq(saved)) == ({(7, HEAD), (seq, head)}, seq)


def test_one_file_in_the_place_of_another_is_not_used(saved):
    (saved / "pending_orders.json").write_bytes((saved / "live_positions.json").read_bytes())
    assert load(saved) is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}\n", b"[]\n", b"null\n", b"\0" * 900, b"\xff\xfe\n}\n", b'{"a": NaN\n}\n', b"[" * 200_000),
        b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"\n}\n",
    ],
)
def test_garbage_is_not_used(saved, content):
    (saved / "daily_state.json").write_bytes(content)
    assert load(saved) is None


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_an_older_forms_state_is_not_used_but_its_line_is_believed(tmp_path, monkeypatch, schema):
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "SCHEMA", schema)
        save(tmp_path, 7, HEAD, PARTS)
    assert (load(tmp_path) is not None, heads(tmp_path)) == (schema == SCHEMA, {(7, HEAD)})


@pytest.mark.parametrize("schema", [0, SCHEMA + 1, True, str(SCHEMA), None])
def test_a_form_that_nobody_here_knows_is_neither_used_nor_believed(tmp_path, monkeypatch, schema):
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "SCHEMA", schema)
        save(tmp_path, 7, HEAD, PARTS)
    assert (load(tmp_path), highest_seq(tmp_path)) == (None, 0)


def test_files_of_two_forms_are_not_mixed(saved, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "SCHEMA", 1)
        save(tmp_path / "old", 7, HEAD, PARTS)
    os.replace(tmp_path / "old" / "daily_state.json", saved / "daily_state.json")
    assert (load(saved), highest_seq(saved)) == (None, 7)


@pytest.mark.parametrize("other", ["link", "folder", "pipe", "large"])
def test_what_is_not_a_plain_file_of_a_sane_size_is_not_used(saved, tmp_path, other):
    path = saved / "daily_state.json"
    path.rename(tmp_path / "aside")
    match other:
        case "link":
            path.symlink_to(tmp_path / "aside")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "large":
            (tmp_path / "aside").rename(path)
            os.truncate(path, 64 * 1024 * 1024 + 1)
    assert load(saved) is None


class PowerCut(BaseException):
    """Nothing that runs on could catch this."""


@pytest.mark.parametrize("fatal", range(8))
def test_power_cut_at_any_step_leaves_the_old_four_or_none(saved, monkeypatch, fatal):
    count = iter(range(100))
    with monkeypatch.context() as patched:
        for name in ("write", "replace"):
            real = getattr(os, name)

            def step(*args, real=real):
                if next(count) == fatal:
                    raise PowerCut
                return real(*args)

            patched.setattr(os, name, step)
        with pytest.raises(PowerCut):
            save(saved, 8, OTHER, PARTS)
    loaded = load(saved)
    assert loaded.seq == 7 if fatal < 2 else loaded is None
    save(saved, 9, OTHER, PARTS)
    assert load(saved).seq == 9
    assert len(list(saved.iterdir())) == len(NAMES)


@pytest.mark.parametrize("fitting", range(4))
def test_a_full_disk_is_no_error_and_what_does_not_fit_stays_as_it_was(saved, monkeypatch, fitting):
    count, real = iter(range(100)), os.write

    def full(fd, data):
        if next(count) < fitting:
            return real(fd, data)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        assert save(saved, 8, OTHER, PARTS) is False
    told = [json.loads((saved / f"{name}.json").read_text())["seq"] for name in NAMES]
    assert told == [8] * fitting + [7] * (4 - fitting)
    assert (load(saved) is None, highest_seq(saved)) == (fitting > 0, 8 if fitting else 7)
    assert len(list(saved.iterdir())) == len(NAMES)
    assert save(saved, 9, OTHER, PARTS) is True


def test_any_other_failure_is_a_state_error_and_leaves_the_old_files(saved, monkeypatch):
    def broken(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", broken)
        with pytest.raises(StateError, match=f"cannot write in {saved}: Input/output error"):
            save(saved, 8, OTHER, PARTS)
    assert load(saved).seq == 7
    assert len(list(saved.iterdir())) == len(NAMES)


@pytest.mark.parametrize("parts", [{}, {**PARTS, "more": 1}, {**PARTS, "daily_state": {"pct": 0.5}}])
def test_parts_that_cannot_be_told_exactly_are_refused(tmp_path, parts):
    with pytest.raises(ValueError):
        save(tmp_path, 7, HEAD, parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seq", "head"), [(-1, HEAD), (True, HEAD), (7, "a head"), (7, None)])
def test_a_number_or_a_head_that_cannot_be_is_not_used(tmp_path, seq, head):
    save(tmp_path, seq, head, PARTS)
    assert (load(tmp_path), highest_seq(tmp_path)) == (None, 0)
