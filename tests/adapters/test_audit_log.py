"""The writer: what it writes, when it flushes, what it does when the disk says no."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from automated_trading.adapters.audit_line import FORM
from automated_trading.adapters.audit_log import AuditLog, MemoryLog, read_lines, tail_from_checkpoint, verify
from automated_trading.domain.errors import AuditError, StateError
from tests.adapters.log_builder import AT, RUNS, four_runs, log_file, rows, write_run

pytestmark = pytest.mark.usefixtures("any_umask")


@pytest.fixture(params=[0o000, 0o277])
def any_umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def calls(monkeypatch):
    """Counts the calls of os.write and os.fsync."""
    counted = {"write": 0, "fsync": 0}

    def count(name, real):
        def called(*args):
            counted[name] += 1
            return real(*args)

        monkeypatch.setattr(os, name, called)

    for name in counted:
        count(name, getattr(os, name))
    return counted


def opened(folder, **options):
    log = AuditLog.open(folder, mode="paper", **options)
    log.begin_run("monitor")
    return log


def test_a_line_is_canonical_ascii_json_with_the_ten_keys_and_its_own_hash(tmp_path):
    log = opened(tmp_path)
    log.append([("fill", {"b": "é", "a": 1}, AT)])
    raw = log_file(tmp_path).read_text("ascii")
    fields = json.loads(raw)
    sealed = fields.pop("hash")
    spelled = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    assert sealed == hashlib.sha256(spelled.encode()).hexdigest() == log.head[1]
    keys = ("account", "at", "data", "event", "mode", "prev", "run", "seq", "v")
    values = ("", AT, {"a": 1, "b": "é"}, "fill", "paper", "0" * 64, "1-monitor", 1, FORM)
    assert fields == dict(zip(keys, values, strict=True))
    assert raw == json.dumps({**fields, "hash": sealed}, sort_keys=True, separators=(",", ":")) + "\n"


def test_runs_are_chained_and_read_back_in_order(tmp_path):
    four_runs(tmp_path)
    lines = list(read_lines(tmp_path))
    assert [line.seq for line in lines] == list(range(1, 31))
    assert [line.prev for line in lines] == ["0" * 64, *[line.hash for line in lines[:-1]]]
    assert {line.run for line in lines} == {"1-morning", "9-eod", "17-monitor", "24-monitor"}
    assert {line.account for line in lines} == {"PA123"}
    verdict = verify(tmp_path)
    assert (verdict.lines, verdict.head, verdict.torn, verdict.problems) == (30, (30, lines[-1].hash), False, ())


def test_a_run_that_writes_nothing_leaves_nothing(tmp_path):
    log = opened(tmp_path / "data" / "paper")
    log.append([])
    log.flush()
    log.close()
    assert log.head == (0, "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_files_and_folders_are_the_owners_alone_whatever_the_umask(tmp_path):
    folder = tmp_path / "data" / "paper"
    write_run(folder, "morning")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (log_file(folder), folder, folder.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_batch_is_one_write(tmp_path, calls):
    log = opened(tmp_path)
    log.append(rows("run_started", "fill", "fill"))
    assert calls["write"] == 2  # the reserve, and the batch
    log.append(rows("fill", "fill"))
    assert calls["write"] == 3


def test_a_short_write_is_finished(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    opened(tmp_path).append(rows("run_started", "fill"))
    assert verify(tmp_path).lines == 2


def test_flush_flushes_once_what_was_written_and_always_what_was_read_back(tmp_path, calls):
    write_run(tmp_path, "morning")
    log = opened(tmp_path)
    calls["fsync"] = 0
    for expected, act in ((1, log.flush), (1, log.flush), (1, lambda: log.append(rows("fill"))), (2, log.flush)):
        act()
        assert calls["fsync"] == expected


def test_the_name_of_a_new_log_is_durable_before_its_first_line(tmp_path, monkeypatch):
    order = []
    fsync, write = os.fsync, os.write
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append(os.readlink(f"/proc/self/fd/{fd}")), fsync(fd))[1])
    monkeypatch.setattr(
        os, "write", lambda fd, data: (order.append(os.readlink(f"/proc/self/fd/{fd}")), write(fd, data))[1]
    )
    log = opened(tmp_path / "paper")
    log.append(rows("run_started"))
    log.flush()
    parent, folder, reserve = str(tmp_path), str(tmp_path / "paper"), str(tmp_path / "paper" / ".reserve")
    line = flush = str(log_file(tmp_path / "paper"))
    assert order == [parent, folder, parent, reserve, line, flush]


def test_the_tail_begins_at_the_last_checkpoint_and_grows_with_what_is_written(tmp_path):
    four_runs(tmp_path)
    log = opened(tmp_path)
    assert [line.seq for line in log.tail] == list(range(15, 31))
    assert log.tail == tail_from_checkpoint(tmp_path)
    log.append(rows("fill"))
    assert [line.seq for line in log.tail] == list(range(15, 32))
    log.append(rows("fill", "checkpoint", "fill"))
    assert [line.seq for line in log.tail] == [33, 34] == [line.seq for line in tail_from_checkpoint(tmp_path)]


def test_text_that_looks_like_a_checkpoint_is_not_one(tmp_path):
    write_run(tmp_path, "eod", ("run_started", "checkpoint"))
    log = opened(tmp_path)
    log.append([("fill", {"event": "checkpoint", "note": '"event":"checkpoint"'}, AT)])
    assert b'"event":"checkpoint"' in log_file(tmp_path).read_bytes().splitlines()[-1]
    assert [line.seq for line in tail_from_checkpoint(tmp_path)] == [2, 3]


def test_a_checkpoint_larger_than_a_block_is_found_from_the_end(tmp_path):
    write_run(tmp_path, "morning")
    log = opened(tmp_path)
    log.append([("checkpoint", {"state": "x" * 300_000}, AT), *rows(*["fill"] * 500)])
    assert [line.seq for line in tail_from_checkpoint(tmp_path)] == list(range(3, 504))


def test_opening_reads_from_the_last_checkpoint_and_not_the_whole_life(tmp_path):
    old = opened(tmp_path)
    old.append(rows(*["fill"] * 20_000))
    old.close()
    write_run(tmp_path, "eod", ("run_started", "checkpoint", "run_finished"))
    raw = bytearray(log_file(tmp_path).read_bytes())
    raw[:1_000_000] = b"?" * 1_000_000
    log_file(tmp_path).write_bytes(raw)
    assert opened(tmp_path).head[0] == 20_003
    assert verify(tmp_path).problems


def test_a_snapshot_ahead_of_the_log_is_refused(tmp_path):
    write_run(tmp_path, "morning")
    head = opened(tmp_path).head
    assert opened(tmp_path, beside={head}).head == head
    with pytest.raises(AuditError, match="tells of another line 2 than"):
        opened(tmp_path, beside={(2, "a" * 64)})
    with pytest.raises(AuditError, match="ends with line 2, a snapshot beside it tells of line 3"):
        opened(tmp_path, beside={(3, "a" * 64)})
    with pytest.raises(AuditError, match="ends with line 0"):
        opened(tmp_path / "lost", beside={(1, "a" * 64)})


def test_another_modes_log_is_refused(tmp_path):
    write_run(tmp_path, "morning")
    with pytest.raises(AuditError, match="written in mode paper, not live"):
        AuditLog.open(tmp_path, mode="live")


@pytest.mark.parametrize("data", [{"qty": 1.5}, {"qty": float("nan")}, {"qty": object()}, ["no mapping"]])
def test_what_is_not_plain_json_is_refused_before_it_is_written(tmp_path, data):
    log = opened(tmp_path)
    with pytest.raises(ValueError):
        log.append([("fill", data, AT)])
    log.append(rows("fill"))
    assert verify(tmp_path).lines == 1


def test_memory_writes_the_same_bytes_as_the_disk(tmp_path):
    four_runs(tmp_path)
    memory = MemoryLog("paper")
    memory.account = "PA123"
    for command, events in RUNS:
        memory.begin_run(command)
        memory.append(rows(*events))
        memory.flush()
        memory.flush()
    assert memory.text() == log_file(tmp_path).read_bytes()
    assert memory.tail == tail_from_checkpoint(tmp_path)
    assert memory.flushes == 4


def test_memory_goes_on_behind_the_lines_of_a_real_log(tmp_path):
    four_runs(tmp_path)
    memory = MemoryLog("paper", tail_from_checkpoint(tmp_path))
    assert memory.begin_run("monitor") == "31-monitor"
    memory.append(rows("run_started"))
    write_run(tmp_path, "monitor", ("run_started",))
    assert memory.tail == tail_from_checkpoint(tmp_path)


def test_what_a_caller_changes_later_does_not_change_the_line(tmp_path):
    memory = MemoryLog("paper")
    data = {"fills": ["1"]}
    memory.append([("fill", data, AT)])
    data["fills"].append("2")
    assert memory.lines[0].data == {"fills": ["1"]}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_refuses_a_write_ends_the_writing_of_this_run(tmp_path, monkeypatch, code):
    log = opened(tmp_path)
    log.append(rows("run_started"))

    def refuse(*_):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        with pytest.raises(StateError, match=str(tmp_path)) as caught:
            log.append(rows("fill"))
    assert "\n" not in str(caught.value)
    assert log.head[0] == 1
    for act in (lambda: log.append(rows("fill")), log.flush):
        with pytest.raises(StateError, match="failed earlier in this run"):
            act()
    assert verify(tmp_path).lines == 1


def test_a_failed_flush_is_never_tried_again(tmp_path, monkeypatch):
    log = opened(tmp_path)
    log.append(rows("run_started"))
    tried = []

    def refuse(fd):
        tried.append(fd)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    for _ in range(2):
        with pytest.raises(StateError):
            log.flush()
    assert len(tried) == 1


def test_a_file_that_may_grow_no_further_is_a_state_error_and_half_a_batch_is_taken_back(tmp_path):
    write_run(tmp_path, "morning")
    script = """
import resource, sys
from pathlib import Path
from automated_trading.adapters.audit_line import FORM
from automated_trading.adapters.audit_log import AuditLog
from automated_trading.domain.errors import StateError
log = AuditLog.open(Path(sys.argv[1]), mode="paper")
log.begin_run("monitor")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    log.append([("fill", {"n": str(n)}, "") for n in range(9)])
except StateError as problem:
    sys.exit(str(problem))
"""
    before = log_file(tmp_path).read_bytes()
    most = len(before) + 1000
    command = [sys.executable, "-c", script, str(tmp_path), str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "File too large; raise the limit" in done.stderr
    assert log_file(tmp_path).read_bytes() == before
    assert opened(tmp_path).cut is None
    assert verify(tmp_path).problems == ()


def test_half_a_batch_that_cannot_be_taken_back_ends_the_run_and_nothing_stands_behind_it(tmp_path, monkeypatch):
    """Seen red when: a batch is written anew behind the half of it that stayed."""
    log = opened(tmp_path)
    log.append(rows("run_started"))
    write = os.write

    def full(fd, data):
        if len(data) < 200:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data[:100])

    def sick(fd, size):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        patched.setattr(os, "ftruncate", sick)
        with pytest.raises(StateError):
            log.append(rows("fill"))
    with pytest.raises(StateError, match="failed earlier"):
        log.append(rows("fill"))
    log.close()
    assert opened(tmp_path).head[0] == 1
    assert verify(tmp_path).problems == ()


def test_a_folder_that_cannot_be_is_a_state_error(tmp_path):
    (tmp_path / "file").write_text("")
    for act in (opened, tail_from_checkpoint, verify, lambda folder: list(read_lines(folder))):
        with pytest.raises(StateError, match="name a folder, not a file"):
            act(tmp_path / "file")


def test_a_folder_that_takes_no_new_file_is_a_state_error():
    log = opened(Path("/proc/self/fdinfo"))
    with pytest.raises(StateError, match="cannot write the audit log in /proc/self/fdinfo"):
        log.append(rows("run_started"))


@pytest.mark.parametrize("other", ["folder", "link", "pipe"])
def test_something_else_in_the_logs_place_is_refused(tmp_path, other):
    match other:
        case "folder":
            log_file(tmp_path).mkdir()
        case "link":
            log_file(tmp_path).symlink_to("/dev/full")
        case "pipe":
            os.mkfifo(log_file(tmp_path))
    with pytest.raises(StateError):
        opened(tmp_path)
