"""Rotation by month: no line is lost, doubled or without a name, whenever the power fails."""

from __future__ import annotations

import errno
import os
import shutil
import stat

import pytest

from automated_trading.adapters import audit_reader
from automated_trading.adapters.audit_log import AuditLog, MemoryLog, read_lines, tail_from_checkpoint, verify
from automated_trading.adapters.proof import prove
from automated_trading.domain.errors import StateError
from tests.adapters.log_builder import (
    MONITOR,
    MORNING,
    archive,
    live,
    log_file,
    month_end,
    record_files,
    rows,
    three_months,
    write_run,
)
from tests.adapters.record_builder import one_run, recorded
from tests.proof.cuts.fuse import NEVER, Fuse, PowerCut

MONTH = "2025-01"
DISKS = ("kept", "lost", "half", "zeroes", "undone")


def opened(folder, command="eod"):
    log = AuditLog.open(folder, mode="paper")
    log.account = "PA123"
    log.begin_run(command)
    return log


def at_checkpoint(folder):
    """A log whose last line, not yet flushed, is a checkpoint."""
    write_run(folder, *MORNING)
    log = opened(folder)
    log.append(rows("run_started", "fill", "checkpoint"))
    return log


def seqs(folder):
    return [line.seq for line in read_lines(folder)]


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_archive_holds_everything_and_the_log_begins_with_the_checkpoint(tmp_path):
    log = at_checkpoint(tmp_path)
    before = log_file(tmp_path).read_bytes()
    log.rotate(MONTH)
    assert archive(tmp_path, MONTH).read_bytes() == before
    assert log_file(tmp_path).read_bytes() == before.splitlines(keepends=True)[-1]
    assert [path.name for path in record_files(tmp_path)] == ["audit_log-2025-01.jsonl", "audit_log.jsonl"]


def test_files_rotated_twice_tell_each_line_once_and_as_it_was_written(tmp_path):
    whole = three_months(tmp_path)
    jan, feb, log = (path.read_bytes() for path in record_files(tmp_path))
    cut = [b"".join(whole[start:end]) for start, end in ((0, 6), (4, 14), (12, 18))]
    assert [jan, feb, log] == cut
    verdict = verify(tmp_path)
    assert (verdict.lines, verdict.head[0], verdict.torn, verdict.problems) == (18, 18, False, ())
    assert seqs(tmp_path) == list(range(1, 19))


def test_the_run_that_rotates_goes_on_in_the_new_file(tmp_path):
    log = at_checkpoint(tmp_path)
    head = log.head
    log.rotate(MONTH)
    assert (log.head, [line.seq for line in log.tail]) == (head, [5])
    log.append(rows("run_finished"))
    log.flush()
    assert seqs(tmp_path) == [1, 2, 3, 4, 5, 6]
    assert log.tail == tail_from_checkpoint(tmp_path) == opened(tmp_path).tail
    assert archive(tmp_path, MONTH).read_bytes().count(b"\n") == 5


def test_files_are_the_owners_alone(tmp_path):
    three_months(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_archive_has_a_durable_name_before_the_log_loses_it(tmp_path, monkeypatch):
    log = at_checkpoint(tmp_path)
    fuse = Fuse(tmp_path)
    fuse.fit(monkeypatch)
    fuse.insert(tmp_path, NEVER, torn=False)
    fuse.armed = True
    log.rotate(MONTH)
    assert fuse.steps == ["fsync", "link", "fsync", "write", "fsync", "replace", "fsync"]
    log.flush()
    assert len(fuse.steps) == 7
    log.append(rows("run_finished"))
    log.flush()
    assert fuse.steps[7:] == ["write", "fsync"]


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("torn", [False, True])
def test_power_cut_at_any_step_of_a_rotation_loses_and_doubles_nothing(tmp_path, monkeypatch, disk, torn):
    fuse = Fuse(tmp_path)
    fuse.fit(monkeypatch)
    for fatal in range(1, 50):
        folder = tmp_path / f"cut-{fatal}"
        log = at_checkpoint(folder)
        log.flush()
        if not cut(fuse, folder, fatal, torn, disk, lambda log=log: (log.rotate(MONTH), finish(log))):
            break
        done = seqs(folder)
        assert done in (list(range(1, 6)), list(range(1, 7)))
        assert verify(folder).problems == ()
        write_run(folder, *MONITOR)
        month_end(AuditLog.open(folder, mode="paper"), "2025-02")
        assert seqs(folder) == list(range(1, len(done) + 7))
        assert (verify(folder).problems, archive(folder, "2025-02").exists()) == ((), True)
        assert log_file(folder).read_bytes().count(b"\n") == 2
    assert fatal == 9


def finish(log):
    log.append(rows("run_finished"))
    log.flush()


def cut(fuse, folder, at, torn, disk, act) -> bool:
    """Do `act` with the power cut at a step; False if it came to its end."""
    fuse.insert(folder, at, torn)
    fuse.armed = True
    try:
        act()
    except PowerCut:
        fuse.burn(disk)
        return True
    finally:
        fuse.armed = False
    return False


def test_what_is_written_after_a_rotation_is_not_in_a_file_that_loses_its_name(tmp_path, monkeypatch):
    log = at_checkpoint(tmp_path / "paper")
    fuse = Fuse(tmp_path / "paper")
    fuse.fit(monkeypatch)
    assert cut(fuse, tmp_path / "paper", 10, False, "undone", lambda: (log.rotate(MONTH), finish(log), finish(log)))
    assert seqs(tmp_path / "paper") == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("disk", DISKS)
def test_power_cut_anywhere_in_a_run_that_rotates_leaves_a_record_that_is_proved(tmp_path, monkeypatch, disk):
    fuse = Fuse(tmp_path)
    fuse.fit(monkeypatch)
    for fatal in range(1, 50):
        store = recorded(tmp_path / str(fatal) / "simulated")
        if not cut(fuse, store.folder, fatal, fatal % 2 == 0, disk, lambda store=store: one_run(store, MONTH)):
            break
        assert prove(store.folder).problems == ()
        opened = store.open()
        assert (opened.log.head, opened.state) == (prove(store.folder).head, prove(store.folder).state)
        one_run(store, "2025-02")
        assert store.damage() is None
    assert fatal == 21


def half_done(folder):
    """Killed between the two steps: the archive is still the log itself, which has gone on since."""
    write_run(folder, "eod", ("run_started", "checkpoint", "run_finished"))
    archive(folder, MONTH).hardlink_to(log_file(folder))
    (folder / ".audit_log.jsonl.0123456789ab.tmp").write_bytes(b'{"account":"PA')
    write_run(folder, *MONITOR)


@pytest.mark.parametrize("month", [MONTH, "2025-02"])
def test_a_rotation_that_was_cut_short_is_brought_to_its_end_by_the_next(tmp_path, month):
    half_done(tmp_path)
    assert seqs(tmp_path) == [1, 2, 3, 4, 5, 6]
    month_end(opened(tmp_path), month)
    assert seqs(tmp_path) == list(range(1, 10))
    assert (verify(tmp_path).problems, verify(tmp_path).lines) == ((), 9)
    assert [path for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    assert log_file(tmp_path).read_bytes().count(b"\n") == 2


def test_a_rotation_cut_short_and_then_copied_with_its_folder_is_read_once(tmp_path):
    half_done(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    there = tmp_path / "there"
    assert not archive(there, MONTH).samefile(log_file(there))
    write_run(there, *MONITOR)
    assert (seqs(there), verify(there).problems) == (list(range(1, 10)), ())
    month_end(opened(there), "2025-02")
    assert (seqs(there), verify(there).problems) == (list(range(1, 13)), ())


@pytest.mark.parametrize("taken", ["2025-01", "2025-02", "2031-12"])
def test_where_the_name_or_a_later_one_is_anothers_the_log_stays_as_it_is(tmp_path, taken):
    log = at_checkpoint(tmp_path)
    archive(tmp_path, taken).write_bytes(b"something else")
    before = bytes_of(tmp_path)
    log.rotate(MONTH)
    assert bytes_of(tmp_path) == before
    log.append(rows("run_finished"))
    assert log_file(tmp_path).read_bytes().startswith(before["audit_log.jsonl"])
    assert tail_from_checkpoint(tmp_path)[-1].seq == 6


def test_a_month_is_rotated_once(tmp_path):
    three_months(tmp_path)
    before = archive(tmp_path, "2025-02").read_bytes()
    month_end(opened(tmp_path), "2025-02")
    assert archive(tmp_path, "2025-02").read_bytes() == before
    assert (seqs(tmp_path), verify(tmp_path).problems) == (list(range(1, 22)), ())


def test_on_a_disk_without_links_the_log_stays_in_one_file(tmp_path, monkeypatch):
    log = at_checkpoint(tmp_path)

    def refuse(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    log.rotate(MONTH)
    log.append(rows("run_finished"))
    assert [path.name for path in record_files(tmp_path)] == ["audit_log.jsonl"]
    assert seqs(tmp_path) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("call", ["link", "write", "replace"])
def test_a_disk_that_refuses_a_step_ends_the_writing_of_this_run_and_loses_nothing(tmp_path, monkeypatch, call):
    log = at_checkpoint(tmp_path)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(StateError, match=r"cannot rotate the audit log in .*: No space left on device; free some"):
            log.rotate(MONTH)
    with pytest.raises(StateError, match="failed earlier in this run"):
        log.append(rows("run_finished"))
    assert (seqs(tmp_path), verify(tmp_path).problems) == ([1, 2, 3, 4, 5], ())
    assert [path for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    month_end(opened(tmp_path), MONTH)
    assert (seqs(tmp_path), verify(tmp_path).problems) == (list(range(1, 9)), ())


@pytest.mark.parametrize("make", [lambda folder: opened(folder), lambda folder: MemoryLog("paper")])
@pytest.mark.parametrize(("events", "month"), [(("fill",), MONTH), ((), MONTH), (("checkpoint",), "2025-13")])
def test_without_a_checkpoint_or_a_month_nothing_is_rotated(tmp_path, make, events, month):
    log = make(tmp_path)
    log.append(rows(*events))
    before = bytes_of(tmp_path)
    with pytest.raises(ValueError, match=r"there is none|is not a month"):
        log.rotate(month)
    assert bytes_of(tmp_path) == before


def test_memory_keeps_all_lines(tmp_path):
    memory = MemoryLog("paper")
    memory.append(rows("run_started", "checkpoint"))
    memory.rotate(MONTH)
    live(memory, *MONITOR)
    assert [line.seq for line in memory.lines] == [1, 2, 3, 4, 5]
    assert memory.verify() == []


def test_opening_reads_no_archive(tmp_path):
    three_months(tmp_path)
    for month in (MONTH, "2025-02"):
        archive(tmp_path, month).write_bytes(b"?" * 1000)
    assert opened(tmp_path).head[0] == 18
    assert verify(tmp_path).problems


def test_a_reader_who_began_before_a_rotation_reads_to_the_end(tmp_path):
    log = at_checkpoint(tmp_path)
    reader = read_lines(tmp_path)
    assert next(reader).seq == 1
    log.rotate(MONTH)
    assert [line.seq for line in reader] == [2, 3, 4, 5]


def test_a_rotation_while_a_reader_looks_for_archives_hides_nothing(tmp_path, monkeypatch):
    log = at_checkpoint(tmp_path)
    archives = audit_reader.archives

    def rotated_meanwhile(folder):
        if not archive(folder, MONTH).exists():
            log.rotate(MONTH)
            log.append(rows("run_finished"))
        return archives(folder)

    monkeypatch.setattr(audit_reader, "archives", rotated_meanwhile)
    assert seqs(tmp_path) == [1, 2, 3, 4, 5]
    assert seqs(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_torn_end_behind_a_rotation_is_cut_as_any_other(tmp_path):
    log = at_checkpoint(tmp_path)
    log.rotate(MONTH)
    whole = log_file(tmp_path).read_bytes()
    log_file(tmp_path).write_bytes(whole + b'{"account":"PA')
    assert verify(tmp_path).torn
    repaired = AuditLog.open(tmp_path, mode="paper")
    assert (repaired.cut.after_seq, log_file(tmp_path).read_bytes()) == (5, whole)
