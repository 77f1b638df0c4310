"""Lines of an older form are read for ever, and the log goes on behind them in the form of today."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import event_of, rebuilt
from automated_trading.adapters.audit_line import FORM, LineError, Stamp, parse, serialise, write_lines
from automated_trading.adapters.audit_log import read_lines, tail_from_checkpoint, verify
from automated_trading.adapters.canonical_json import spell
from automated_trading.adapters.memory_log import MemoryLog
from automated_trading.adapters.proof import add_up, prove
from automated_trading.domain.codec import encode_event
from automated_trading.domain.errors import AuditError
from automated_trading.domain.events import AccountPinned
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import Checkpoint, State
from tests.adapters.log_builder import log_file
from tests.adapters.record_builder import AT, FORM_2, WRITTEN, Written, one_run


@pytest.fixture(params=WRITTEN, ids=lambda written: f"form {written.form}")
def written(request):
    """What an older version wrote."""
    return request.param


@pytest.fixture
def store(written, tmp_path):
    return written.copied(tmp_path / "simulated")


def forms(folder):
    return [line.v for line in read_lines(folder)]


def test_there_is_a_record_of_every_older_form():
    assert [written.form for written in WRITTEN] == list(range(1, FORM))


def test_the_record_is_what_the_older_version_wrote(written):
    lines = log_file(written.folder).read_bytes().splitlines(keepends=True)
    assert (len(lines), {json.loads(line)["v"] for line in lines}) == (written.seq, {written.form})
    assert json.loads(lines[-1])["hash"] == written.hash
    told = [json.loads((written.folder / f"{name}.json").read_text()) for name in snapshots.NAMES]
    assert {(one["schema"], one["seq"], one["head"]) for one in told} == {(written.form, *written.head)}


def test_an_older_record_is_proved_and_read(written, store):
    proof = prove(store.folder)
    assert (proof.lines, proof.head, proof.torn, proof.problems) == (written.seq, written.head, False, ())
    assert forms(store.folder) == [written.form] * written.seq
    assert store.damage() is None


def test_an_older_record_is_opened_with_the_state_its_lines_tell(written, store):
    opened, (peeked, head) = store.open(), store.peek()
    opened.log.close()
    assert opened.state == peeked == prove(store.folder).state == rebuilt(tail_from_checkpoint(store.folder))
    assert (opened.log.head, head, opened.cut) == (written.head, written.head, None)
    told = {name: json.loads((written.folder / f"{name}.json").read_text())["data"] for name in snapshots.NAMES}
    assert set(opened.state.positions) == set(told["live_positions"]) != set()
    assert {order.client_order_id for order in opened.state.open_orders()} == set(told["pending_orders"])


def test_older_snapshots_hold_the_log_to_their_line_and_tell_no_state(written, store):
    last = written.seq
    assert (snapshots.load(store.folder), snapshots.heads(store.folder)) == (None, {written.head})
    whole = log_file(store.folder).read_bytes()
    log_file(store.folder).write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    for reader in (store.open, store.peek):
        with pytest.raises(AuditError, match=f"ends with line {last - 1}, a snapshot beside it tells of line {last}"):
            reader()
    assert prove(store.folder).problems == (f"the snapshots tell of line {last}, the log ends with line {last - 1}",)


def test_a_last_line_sealed_anew_is_held_against_older_snapshots(store):
    *before, last = log_file(store.folder).read_bytes().splitlines(keepends=True)
    log_file(store.folder).write_bytes(b"".join([*before, sealed_as(replace(parse(last), at=AT), parse(last).v)]))
    assert verify(store.folder).problems == ()
    for reader in (store.open, store.peek):
        with pytest.raises(AuditError, match="tells of another line"):
            reader()


def test_an_older_log_goes_on_in_the_form_of_today_and_is_proved(written, store):
    one_run(store)
    assert forms(store.folder) == [written.form] * written.seq + [FORM] * 2
    state = one_run(store)
    proof = prove(store.folder)
    assert (proof.lines, proof.problems, proof.state) == (written.seq + 4, (), state)
    assert snapshots.load(store.folder).seq == written.seq + 4
    assert store.peek()[0] == store.open().state == state


def test_an_older_log_is_rotated_and_is_proved(written, store):
    state = one_run(store, "2026-02")
    proof = prove(store.folder)
    assert (proof.lines, proof.problems, proof.state) == (written.seq + 3, (), state)
    assert [line.v for line in tail_from_checkpoint(store.folder)] == [FORM, FORM]
    assert one_run(store) == prove(store.folder).state


def test_a_change_in_an_older_line_is_found(written, store):
    one_run(store)
    whole = log_file(store.folder).read_bytes()
    for number, line in enumerate(whole.splitlines(keepends=True)[: written.seq], start=1):
        log_file(store.folder).write_bytes(whole.replace(line, line.replace(b"2026", b"2025")))
        assert verify(store.folder).problems[0].startswith(f"audit_log.jsonl:{number}: its hash does not hold")


def failures_at_checkpoint(written: Written):
    """What the first checkpoint tells of failures, and what today's rules make of the lines before it."""
    before = State()
    for line in read_lines(written.folder):
        event = event_of(line)
        if isinstance(event, Checkpoint):
            return event.state.failures, before.failures
        before = evolve(before, event)
    raise AssertionError("no checkpoint")


def test_a_form_2_checkpoint_tells_fewer_failures_than_today_and_is_taken_and_the_lines_behind_it_count():
    assert failures_at_checkpoint(FORM_2) == (0, 1)
    assert rebuilt(tail_from_checkpoint(FORM_2.folder)).failures == 1


def test_a_line_of_an_older_form_behind_a_newer_one_is_found(written, store):
    one_run(store)
    last = list(read_lines(store.folder))[-1]
    seq = last.seq + 1
    [line], _ = write_lines(
        [("run_started", {}, AT)], (last.seq, last.hash), Stamp(last.account, last.mode, f"{seq}-eod")
    )
    older = sealed_as(line, written.form)
    with log_file(store.folder).open("ab") as log:
        log.write(older)
    words = f"seq {seq} is of an older form than the line before it"
    assert verify(store.folder).problems == (f"audit_log.jsonl:{seq}: {words}",)
    with pytest.raises(AuditError, match=words):
        store.open()


def sealed_as(line, version):
    """The bytes of a line as if an older version had written it."""
    fields = {**asdict(line), "v": version}
    del fields["hash"]
    sealed = {**fields, "hash": hashlib.sha256(spell(fields).encode()).hexdigest()}
    return spell(sealed).encode() + b"\n"


@pytest.mark.parametrize("version", range(1, FORM + 1))
def test_a_line_is_spelled_back_in_its_own_form(version):
    [line], _ = write_lines([("run_started", {}, AT)], (0, "0" * 64), Stamp("", "paper", "1-eod"))
    raw = sealed_as(line, version)
    assert serialise([parse(raw)]) == raw


@pytest.mark.parametrize("version", [0, -1, FORM + 1])
def test_other_forms_are_not_read(version):
    _, raw = write_lines([("run_started", {}, AT)], (0, "0" * 64), Stamp("", "paper", "1-eod"))
    with pytest.raises(LineError, match="newer version" if version > FORM else "wrong type"):
        parse(raw.replace(b'"v":%d' % FORM, b'"v":%d' % version))


def two_checkpoints(version):
    """A log of that form whose checkpoint tells another state than its lines, and one of today that tells this one."""
    log = MemoryLog("simulated")
    other = State(account="a1", mode="simulated", failures=3)
    for event in (AccountPinned("a1", "simulated"), Checkpoint(other), Checkpoint(other)):
        log.append([(*encode_event(event), AT)])
    older = [parse(sealed_as(line, version)) for line in log.lines[:2]]
    return [*older, log.lines[2]], other


@pytest.mark.parametrize("version", range(1, FORM))
def test_a_checkpoint_of_an_older_form_is_taken_as_it_stands(version):
    lines, told = two_checkpoints(version)
    assert add_up(lines) == (told, [])


def test_a_checkpoint_of_today_is_compared():
    lines, _ = two_checkpoints(FORM)
    assert add_up(lines)[1] == ["line 2: the checkpoint is not what the lines before it add up to"]
