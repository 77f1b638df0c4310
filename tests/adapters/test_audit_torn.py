"""A crash while appending: whatever it left at the end is cut, kept and told; nothing else is ever cut."""

from __future__ import annotations

import os
import random

import pytest

from automated_trading.adapters.audit_line import FORM, parse
from automated_trading.adapters.audit_log import AuditLog, Cut, read_lines, tail_from_checkpoint, verify
from automated_trading.domain.errors import AuditError, StateError
from tests.adapters.log_builder import LAST_RUN, four_runs, log_file, record_files, rows, write_run


@pytest.fixture
def whole(tmp_path):
    """The good bytes of a log of four runs; the log stands in tmp_path."""
    return b"".join(four_runs(tmp_path))


def opened(folder, **options):
    log = AuditLog.open(folder, mode="paper", **options)
    log.close()
    return log


def last_run_begins(whole):
    return sum(len(line) for line in whole.splitlines(keepends=True)[: LAST_RUN - 1])


def test_a_log_truncated_at_any_byte_of_its_last_run_is_repaired_and_the_bytes_kept(tmp_path, whole):
    for size in range(last_run_begins(whole), len(whole)):
        folder = tmp_path / str(size)
        folder.mkdir()
        log_file(folder).write_bytes(whole[:size])
        good, half = whole[:size].rpartition(b"\n")[0] + b"\n", whole[:size].rpartition(b"\n")[2]
        assert (verify(folder).torn, verify(folder).problems) == (half != b"", ())
        log = opened(folder)
        assert log_file(folder).read_bytes() == good
        if half:
            seq = good.count(b"\n")
            assert log.cut == Cut(seq, len(half), f"audit_log.torn-{seq}")
            assert (folder / log.cut.kept_as).read_bytes() == half
        else:
            assert log.cut is None


def test_the_first_line_ever_may_be_torn_too(tmp_path):
    write_run(tmp_path, "morning")
    log_file(tmp_path).write_bytes(log_file(tmp_path).read_bytes()[:50])
    assert opened(tmp_path).cut == Cut(0, 50, "audit_log.torn-0")
    assert log_file(tmp_path).read_bytes() == b""
    assert write_run(tmp_path, "morning").head[0] == 2


@pytest.mark.parametrize("behind", [b"\0" * 5000, b"\0", b'{"account":\0\0\0', b"\xff\xfe\n\0\n", b"{"])
def test_zeroes_and_stale_blocks_at_the_end_are_cut(tmp_path, whole, behind):
    log_file(tmp_path).write_bytes(whole + behind)
    assert opened(tmp_path).cut == Cut(30, len(behind), "audit_log.torn-30")
    assert log_file(tmp_path).read_bytes() == whole


def test_random_bytes_at_the_end_are_cut(tmp_path, whole):
    chance = random.Random(7)
    for _ in range(50):
        behind = b"\x80" + chance.randbytes(600)
        log_file(tmp_path).write_bytes(whole + behind)
        assert opened(tmp_path).cut.bytes_kept == len(behind)


def test_a_hole_of_zeroes_in_the_last_run_is_cut_with_what_stands_behind_it(tmp_path, whole):
    begin = last_run_begins(whole)
    for at in range(begin, len(whole) - 500, 97):
        log_file(tmp_path).write_bytes(whole[:at] + b"\0" * 400 + whole[at + 400 :])
        seq = whole[:at].count(b"\n")
        assert verify(tmp_path).torn
        assert [line.seq for line in read_lines(tmp_path)] == list(range(1, seq + 1))
        assert opened(tmp_path).head[0] == seq


def test_a_hole_that_reaches_into_an_earlier_run_is_damage(tmp_path, whole):
    at = last_run_begins(whole) - 100
    broken = whole[:at] + b"\0" * 200 + whole[at + 200 :]
    log_file(tmp_path).write_bytes(broken)
    with pytest.raises(AuditError, match="reaches into an earlier run"):
        opened(tmp_path)
    assert log_file(tmp_path).read_bytes() == broken


def zeroed(lines, seq):
    return b"".join([*lines[: seq - 1], b"\0" * len(lines[seq - 1]), *lines[seq:]])


def test_a_hole_with_the_lines_of_two_runs_behind_it_is_damage(tmp_path, whole):
    log_file(tmp_path).write_bytes(zeroed(whole.splitlines(keepends=True), 19))
    with pytest.raises(AuditError, match="lines of two runs stand behind"):
        opened(tmp_path)


def test_a_hole_behind_the_end_of_a_finished_run_is_damage(tmp_path):
    write_run(tmp_path, "eod", ("run_started", "run_finished", "fill", "fill", "fill"))
    log_file(tmp_path).write_bytes(zeroed(log_file(tmp_path).read_bytes().splitlines(keepends=True), 3))
    with pytest.raises(AuditError, match="a finished run's lines stand behind"):
        opened(tmp_path)


@pytest.mark.parametrize("before", [LAST_RUN, 27])
def test_zeroes_put_between_two_lines_are_damage(tmp_path, whole, before):
    lines = whole.splitlines(keepends=True)
    log_file(tmp_path).write_bytes(b"".join([*lines[:before], b"\0\n", *lines[before:]]))
    with pytest.raises(AuditError, match="bytes were inserted"):
        opened(tmp_path)


def test_a_hole_before_a_checkpoint_of_the_same_run_is_seen(tmp_path):
    write_run(tmp_path, "eod", ("run_started", "checkpoint", "run_finished"))
    write_run(tmp_path, "eod", ("run_started", "fill", "fill", "fill", "checkpoint", "run_finished"))
    lines = log_file(tmp_path).read_bytes().splitlines(keepends=True)
    lines[4] = b"\0" * len(lines[4])
    log_file(tmp_path).write_bytes(b"".join(lines))
    log = opened(tmp_path)
    assert log.cut.after_seq == 4
    assert [line.seq for line in log.tail] == [2, 3, 4]


def test_the_floor_outranks_the_repair(tmp_path, whole):
    torn = whole[:-10]
    log_file(tmp_path).write_bytes(torn)
    with pytest.raises(AuditError, match="ends with line 29, a snapshot beside it tells of line 30"):
        opened(tmp_path, beside={(30, "a" * 64)})
    assert log_file(tmp_path).read_bytes() == torn
    assert opened(tmp_path, beside={(29, parse(whole.splitlines(keepends=True)[28]).hash)}).head[0] == 29


def test_readers_pass_over_a_torn_end_and_never_cut(tmp_path, whole):
    torn = whole[:-10]
    log_file(tmp_path).write_bytes(torn)
    assert [line.seq for line in read_lines(tmp_path)] == list(range(1, 30))
    assert tail_from_checkpoint(tmp_path)[-1].seq == 29
    assert verify(tmp_path).torn
    assert log_file(tmp_path).read_bytes() == torn
    assert record_files(tmp_path) == [log_file(tmp_path)]


def test_kept_bytes_are_never_overwritten(tmp_path, whole):
    for half in (b"first", b"second"):
        log_file(tmp_path).write_bytes(whole + half)
        opened(tmp_path)
    assert (tmp_path / "audit_log.torn-30").read_bytes() == b"first"
    assert (tmp_path / "audit_log.torn-30-2").read_bytes() == b"second"


class PowerCut(BaseException):
    """Nothing that runs on could catch this."""


def test_power_cut_at_any_step_of_a_repair_loses_nothing(tmp_path, monkeypatch, whole):
    steps = 0
    for fatal in range(100):
        folder = tmp_path / f"cut-{fatal}"
        folder.mkdir()
        log_file(folder).write_bytes(whole + b"half a line")
        if not cut_power(monkeypatch, fatal, lambda at=folder: opened(at)):
            break
        steps += 1
        log = opened(folder)
        assert log_file(folder).read_bytes() == whole
        assert b"half a line" in [path.read_bytes() for path in folder.glob("audit_log.torn-*")]
        assert log.head[0] == 30
    assert steps == 5


def cut_power(monkeypatch, fatal, act) -> bool:
    """Do `act` with the power cut at its call number `fatal` that changes the disk; False if it came to its end."""
    count = iter(range(1000))
    with monkeypatch.context() as patched:
        for name in ("write", "fsync", "ftruncate", "replace", "link", "unlink"):
            real = getattr(os, name)

            def step(*args, real=real, **options):
                if next(count) == fatal:
                    raise PowerCut
                return real(*args, **options)

            patched.setattr(os, name, step)
        try:
            act()
        except PowerCut:
            return True
    return False


def test_where_the_bytes_cannot_be_kept_nothing_is_cut(tmp_path, monkeypatch, whole):
    log_file(tmp_path).write_bytes(whole + b"half")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StateError, match="free some space"):
        opened(tmp_path)
    assert log_file(tmp_path).read_bytes() == whole + b"half"
    assert list(tmp_path.glob("audit_log.torn-*")) == []


def test_a_newer_versions_line_is_refused_and_never_cut(tmp_path, whole):
    newer = whole.splitlines(keepends=True)[-1].replace(b'"v":%d' % FORM, b'"new":"key","v":%d' % (FORM + 1))
    log_file(tmp_path).write_bytes(whole + newer)
    with pytest.raises(AuditError, match="newer version"):
        opened(tmp_path)
    assert log_file(tmp_path).read_bytes() == whole + newer


def test_a_repaired_log_goes_on(tmp_path, whole):
    log_file(tmp_path).write_bytes(whole[:-10])
    log = AuditLog.open(tmp_path, mode="paper")
    log.begin_run("monitor")
    log.append(rows("log_cut"))
    assert verify(tmp_path).problems == ()
    assert (log.tail[-1].seq, log.tail[-1].run) == (30, "30-monitor")
