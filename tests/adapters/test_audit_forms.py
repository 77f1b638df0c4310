"""Lines of an older form are read for ever, and the log goes on behind them in the form of today."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import rebuilt
from automated_trading.adapters.audit_line import FORM, LineError, Stamp, parse, serialise, write_lines
from automated_trading.adapters.audit_log import read_lines, tail_from_checkpoint, verify
from automated_trading.adapters.canonical_json import spell
from automated_trading.adapters.memory_log import MemoryLog
from automated_trading.adapters.proof import add_up, prove
from automated_trading.domain.codec import encode_event
from automated_trading.domain.errors import AuditError
from automated_trading.domain.events import AccountPinned
from automated_trading.domain.state import Checkpoint, State
from tests.adapters.log_builder import log_file
from tests.adapters.record_builder import AT, FORM_1, HEAD, one_run, recorded


@pytest.fixture
def store(tmp_path):
    return recorded(tmp_path / "simulated")


def forms(folder):
    return [line.v for line in read_lines(folder)]


def test_the_record_of_form_1_is_what_the_older_version_wrote():
    lines = log_file(FORM_1).read_bytes().splitlines(keepends=True)
    assert (len(lines), {json.loads(line)["v"] for line in lines}) == (82, {1})
    assert json.loads(lines[-1])["hash"] == HEAD[1]


def test_a_record_of_form_1_is_proved_and_read(store):
    proof = prove(store.folder)
    assert (proof.lines, proof.head, proof.torn, proof.problems) == (82, HEAD, False, ())
    assert forms(store.folder) == [1] * 82
    assert store.damage() is None


def test_a_record_of_form_1_is_opened_with_the_state_its_lines_tell(store):
    opened, (peeked, head) = store.open(), store.peek()
    opened.log.close()
    assert opened.state == peeked == prove(store.folder).state == rebuilt(tail_from_checkpoint(store.folder))
    assert (opened.log.head, head, opened.cut) == (HEAD, HEAD, None)
    assert set(opened.state.positions) == set(json.loads((FORM_1 / "live_positions.json").read_text())["data"])


def test_snapshots_of_form_1_hold_the_log_to_their_number_and_tell_no_state(store):
    assert (snapshots.load(store.folder), snapshots.highest_seq(store.folder)) == (None, 82)
    whole = log_file(store.folder).read_bytes()
    log_file(store.folder).write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(AuditError, match="ends with line 81, a snapshot beside it tells of line 82"):
        store.open()
    assert prove(store.folder).problems == ("the snapshots tell of line 82, the log ends with line 81",)


def test_a_log_of_form_1_goes_on_in_the_form_of_today_and_is_proved(store):
    one_run(store)
    assert forms(store.folder) == [1] * 82 + [FORM] * 2
    state = one_run(store)
    proof = prove(store.folder)
    assert (proof.lines, proof.problems, proof.state) == (86, (), state)
    assert snapshots.load(store.folder).seq == 86
    assert store.peek()[0] == store.open().state == state


def test_a_log_of_form_1_is_rotated_and_is_proved(store):
    state = one_run(store, "2026-02")
    proof = prove(store.folder)
    assert (proof.lines, proof.problems, proof.state) == (85, (), state)
    assert [line.v for line in tail_from_checkpoint(store.folder)] == [2, 2]
    assert one_run(store) == prove(store.folder).state


def test_a_change_in_a_line_of_form_1_is_found(store):
    one_run(store)
    whole = log_file(store.folder).read_bytes()
    for number, line in enumerate(whole.splitlines(keepends=True)[:82], start=1):
        log_file(store.folder).write_bytes(whole.replace(line, line.replace(b"2026", b"2025")))
        assert verify(store.folder).problems[0].startswith(f"audit_log.jsonl:{number}: its hash does not hold")


def test_a_line_of_an_older_form_behind_a_newer_one_is_found(store):
    one_run(store)
    last = list(read_lines(store.folder))[-1]
    [line], _ = write_lines([("run_started", {}, AT)], (last.seq, last.hash), Stamp(last.account, last.mode, "85-eod"))
    older = sealed_as(line, 1)
    with log_file(store.folder).open("ab") as log:
        log.write(older)
    words = "seq 85 is of an older form than the line before it"
    assert verify(store.folder).problems == (f"audit_log.jsonl:85: {words}",)
    with pytest.raises(AuditError, match=words):
        store.open()


def sealed_as(line, version):
    """The bytes of a line as if an older version had written it."""
    fields = {**asdict(line), "v": version}
    del fields["hash"]
    sealed = {**fields, "hash": hashlib.sha256(spell(fields).encode()).hexdigest()}
    return spell(sealed).encode() + b"\n"


@pytest.mark.parametrize("version", [1, 2])
def test_a_line_is_spelled_back_in_its_own_form(version):
    [line], _ = write_lines([("run_started", {}, AT)], (0, "0" * 64), Stamp("", "paper", "1-eod"))
    raw = sealed_as(line, version)
    assert serialise([parse(raw)]) == raw


@pytest.mark.parametrize("version", [0, -1, 3])
def test_other_forms_are_not_read(version):
    _, raw = write_lines([("run_started", {}, AT)], (0, "0" * 64), Stamp("", "paper", "1-eod"))
    with pytest.raises(LineError, match="newer version" if version > FORM else "wrong type"):
        parse(raw.replace(b'"v":2', f'"v":{version}'.encode()))


def two_checkpoints(version):
    """A log of that form whose checkpoint tells another state than its lines, and one of today that tells this one."""
    log = MemoryLog("simulated")
    other = State(account="a1", mode="simulated", failures=3)
    for event in (AccountPinned("a1", "simulated"), Checkpoint(other), Checkpoint(other)):
        log.append([(*encode_event(event), AT)])
    older = [parse(sealed_as(line, version)) for line in log.lines[:2]]
    return [*older, log.lines[2]], other


def test_a_checkpoint_of_an_older_form_is_taken_as_it_stands_and_one_of_today_is_compared():
    lines, told = two_checkpoints(1)
    assert add_up(lines) == (told, [])
    lines, _ = two_checkpoints(2)
    assert add_up(lines)[1] == ["line 2: the checkpoint is not what the lines before it add up to"]
