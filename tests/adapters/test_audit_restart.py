"""A new beginning after damage: everything is put aside, nothing is lost, and no crash makes it look sound."""

from __future__ import annotations

import os
import re
import stat

import pytest

from automated_trading.adapters.audit_line import FORM
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.folder_store import FolderStore, Restarted
from automated_trading.adapters.reserve import FILE as RESERVE, Reserve
from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.errors import StateError
from automated_trading.domain.state import State
from tests.adapters.log_builder import archive, log_file, record_files
from tests.adapters.record_builder import one_run, recorded
from tests.proof.cuts.fuse import DISK_CALLS, NEVER, Fuse, PowerCut

EMPTY = (0, "0" * 64)
MONTH = "2026-02"


@pytest.fixture
def store(tmp_path):
    """A sound record of two files and four snapshots; the archive ends with line 84, the log with 87."""
    store = recorded(tmp_path / "simulated")
    one_run(store, MONTH)
    one_run(store)
    return store


def head_of(store):
    return store.peek()[1]


def edit_log(store):
    log_file(store.folder).write_bytes(log_file(store.folder).read_bytes().replace(b'"done"', b'"none"', 1))


def edit_archive(store):
    path = archive(store.folder, MONTH)
    path.write_bytes(path.read_bytes().replace(b'"AAA"', b'"AAB"', 1))


def cut_log(store):
    log_file(store.folder).write_bytes(b"".join(log_file(store.folder).read_bytes().splitlines(keepends=True)[:-1]))


def take_log(store):
    log_file(store.folder).unlink()


def empty_log(store):
    log_file(store.folder).write_bytes(b"")


def take_archive(store):
    archive(store.folder, MONTH).unlink()


def take_both(store):
    take_log(store)
    take_archive(store)


def begin_anew(store):
    """A sound log, but not this record's."""
    log_file(store.folder).write_bytes(b"")
    archive(store.folder, MONTH).rename(store.folder / "aside")
    for name in NAMES:
        (store.folder / f"{name}.json").unlink()
    one_run(store)
    (store.folder / "aside").rename(archive(store.folder, MONTH))


DAMAGES = (edit_log, edit_archive, cut_log, take_log, empty_log, take_archive, take_both, begin_anew)


def everything(folder):
    """All bytes there are, wherever they lie: the lock, and folders that hold nothing, left out."""
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def is_empty(store):
    opened = store.open()
    opened.log.close()
    return (opened.log.head, opened.state, store.peek()) == (EMPTY, State(), (State(), EMPTY))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_put_aside_whole_and_its_place_is_empty(store, damage):
    damage(store)
    before = everything(store.folder)
    names = {path.name for path in record_files(store.folder)}
    told = store.restart()
    kept = store.folder / told.kept_as
    assert (told.kept_as, {path.name for path in kept.iterdir()}) == ("damaged-1", names)
    assert (everything(store.folder), [path.name for path in record_files(store.folder)]) == (before, ["damaged-1"])
    assert (is_empty(store), store.damage()) == (True, None)


@pytest.mark.parametrize("damage", [edit_log, cut_log, edit_archive])
def test_the_last_sound_line_is_told(store, damage):
    *_, before, last = read_lines(store.folder)
    damage(store)
    line = before if damage is cut_log else last
    assert store.restart() == Restarted(line.seq, line.hash, "damaged-1")


def test_behind_garbage_the_last_sound_line_is_still_found(store):
    seq, head = head_of(store)
    with log_file(store.folder).open("ab") as log:
        log.write(b"not a line\n" * 9)
    assert store.restart() == Restarted(seq, head, "damaged-1")


def test_without_a_sound_line_in_the_log_the_newest_archive_tells_it(store):
    one_run(store, "2026-03")
    log_file(store.folder).write_bytes(b"\0" * 500)
    assert store.restart().after_seq == 89


def test_where_no_line_is_sound_none_is_told(tmp_path):
    store = recorded(tmp_path / "simulated")
    log_file(store.folder).write_bytes(b"garbage\n")
    assert store.restart() == Restarted(*EMPTY, "damaged-1")
    assert is_empty(store)


def test_a_sound_log_is_refused_and_untouched(store):
    before = {path: path.read_bytes() for path in store.folder.iterdir()}
    with pytest.raises(StateError, match=r"^the audit log is sound: there is nothing to restart$"):
        store.restart()
    assert {path: path.read_bytes() for path in store.folder.iterdir()} == before


def test_an_empty_folder_a_torn_end_and_a_rotation_cut_short_are_no_damage(store, tmp_path):
    with log_file(store.folder).open("ab") as log:
        log.write(b'{"account":"torn')
    archive(store.folder, "2026-03").hardlink_to(log_file(store.folder))
    for sound in (store, FolderStore(tmp_path / "none", "simulated")):
        assert sound.damage() is None
        with pytest.raises(StateError, match="nothing to restart"):
            sound.restart()


def test_snapshots_that_tell_another_state_of_a_sound_log_are_no_reason_to_begin_anew(store):
    state, head = store.peek()
    store.save(State(account=state.account, mode=state.mode), head)
    assert store.damage() == "the snapshots are not what the log adds up to: delete the four .json files beside it"
    with pytest.raises(StateError, match=r"the audit log is sound, but the snapshots .* delete the four"):
        store.restart()
    assert log_file(store.folder).exists()


def test_a_newer_versions_log_is_not_put_aside(store):
    path = log_file(store.folder)
    newer, found = re.subn(rb'"v":%d}\n$' % FORM, b'"v":%d}\n' % (FORM + 1), path.read_bytes())
    path.write_bytes(newer)
    assert found == 1
    with pytest.raises(StateError, match="not damaged: it was written by a newer version"):
        store.restart()
    assert {path.name for path in store.folder.iterdir()} >= {"audit_log.jsonl", "live_positions.json"}
    assert not (store.folder / "damaged-1").exists()


@pytest.mark.parametrize("damage", [edit_log, take_log])
def test_a_second_damage_gets_a_folder_of_its_own_and_nothing_is_overwritten(store, damage):
    edit_log(store)
    store.restart()
    first = everything(store.folder / "damaged-1")
    one_run(store)
    damage(store)
    left = {path.name for path in record_files(store.folder)} - {"damaged-1"}
    kept = store.folder / store.restart().kept_as
    assert (kept.name, {path.name for path in kept.iterdir()}) == ("damaged-2", left)
    assert everything(store.folder / "damaged-1") == first
    (store.folder / "damaged-12").mkdir()
    one_run(store)
    edit_log(store)
    assert store.restart().kept_as == "damaged-13"


def test_what_is_not_the_record_stays(store):
    for name in ("halted", "audit_log.torn-3", ".lock", "audit_log-notes.jsonl"):
        (store.folder / name).write_bytes(b"mine")
    edit_log(store)
    store.restart()
    left = {path.name for path in store.folder.iterdir()}
    assert left == {"halted", "audit_log.torn-3", ".lock", RESERVE, "audit_log-notes.jsonl", "damaged-1"}
    assert Reserve(store.folder).lacking is None


@pytest.mark.parametrize("umask", [0o000, 0o277])
def test_the_folder_is_the_owners_alone_whatever_the_umask(store, umask):
    edit_log(store)
    before = os.umask(umask)
    kept = store.folder / store.restart().kept_as
    os.umask(before)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert (kept / "audit_log.jsonl").exists()


def test_a_new_log_goes_on_in_the_empty_place(store):
    edit_log(store)
    store.restart()
    state = one_run(store)
    assert (head_of(store)[0], store.damage(), store.peek()[0]) == (2, None, state)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("disk", ["kept", "undone"])
def test_power_cut_at_any_step_leaves_the_damage_or_an_empty_place(store, monkeypatch, tmp_path, damage, disk):
    damage(store)
    whole, undisturbed = everything(store.folder), copy(store.folder, tmp_path / "0" / "simulated").restart()
    fuse = Fuse(store.folder, calls=(*DISK_CALLS, "mkdir"))
    fuse.fit(monkeypatch)
    for fatal in range(1, 50):
        folder = tmp_path / str(fatal) / "simulated"
        copied = copy(store.folder, folder)
        fuse.insert(folder, fatal, torn=False)
        fuse.armed = True
        try:
            assert copied.restart() == undisturbed
        except PowerCut:
            fuse.burn(disk)
        else:
            break
        finally:
            fuse.armed = False
        assert set(everything(folder)) == set(whole)
        if copied.damage() is not None:
            again = copied.restart()
            assert (again.after_seq, again.after_hash) == (undisturbed.after_seq, undisturbed.after_hash), fatal
        assert is_empty(copied)
        assert set(everything(folder)) == set(whole)
    assert fatal > 8


def copy(folder, to):
    to.mkdir(parents=True)
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return FolderStore(to, "simulated")


def test_the_log_has_left_for_good_before_the_rest_follows(store, monkeypatch):
    """Of a log cut short only the snapshots tell: left alone without them it would look sound."""
    cut_log(store)
    fuse = Fuse(store.folder, calls=(*DISK_CALLS, "mkdir"))
    fuse.fit(monkeypatch)
    fuse.insert(store.folder, NEVER, torn=False)
    moved, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda path, target: (moved.append(path.name), replace(path, target)))
    fuse.armed = True
    store.restart()
    fuse.armed = False
    assert moved == ["audit_log.jsonl", "audit_log-2026-02.jsonl", *(f"{name}.json" for name in NAMES)]
    assert fuse.steps == ["mkdir", "fsync", "replace", "fsync", "fsync", *["replace"] * 5, "fsync", "fsync"]
