"""A hand in the log: each kind of change at each line is found, and nothing of it is cut or passed over."""

from __future__ import annotations

import json

import pytest

from automated_trading.adapters.audit_line import FORM, LineError, parse
from automated_trading.adapters.audit_log import AuditLog, MemoryLog, read_lines, tail_from_checkpoint, verify
from automated_trading.domain.errors import AuditError
from tests.adapters.log_builder import FIRST_PROVED, four_runs, log_file, write_run

LINES = range(30)
V = b'"v":%d' % FORM


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    return four_runs(tmp_path_factory.mktemp("pristine"))


def edit(lines, at):
    return [*lines[:at], lines[at].replace(b"AAPL", b"AAPM"), *lines[at + 1 :]]


def delete(lines, at):
    return [*lines[:at], *lines[at + 1 :]]


def duplicate(lines, at):
    return [*lines[: at + 1], *lines[at:]]


def swap(lines, at):
    other = at + 1 if at + 1 < len(lines) else at - 1
    swapped = list(lines)
    swapped[at], swapped[other] = lines[other], lines[at]
    return swapped


def insert_an_old_line(lines, at):
    return [*lines[:at], lines[(at + 11) % 30], *lines[at:]]


def insert_words(lines, at):
    return [*lines[:at], b"a note from the owner\n", *lines[at:]]


def insert_an_empty_line(lines, at):
    return [*lines[:at], b"\n", *lines[at:]]


def respell(lines, at):
    return [*lines[:at], json.dumps(json.loads(lines[at])).encode() + b"\n", *lines[at + 1 :]]


def repeat_a_key(lines, at):
    return [*lines[:at], lines[at].replace(b',"event":', b',"event":"fill","event":', 1), *lines[at + 1 :]]


def join(lines, at):
    return [*lines[:at], lines[at].rstrip(b"\n") + b" ", *lines[at + 1 :]] if at < 29 else edit(lines, at)


def carriage_returns(lines, at):
    return [*lines[:at], lines[at].replace(b"\n", b"\r\n"), *lines[at + 1 :]]


KINDS = [
    *(edit, delete, duplicate, swap, insert_an_old_line, insert_words, insert_an_empty_line),
    *(respell, repeat_a_key, join),
]


@pytest.mark.parametrize("change", KINDS)
@pytest.mark.parametrize("at", LINES)
def test_a_change_is_found_by_all_who_read_and_nothing_is_cut(tmp_path, pristine, change, at):
    if (change, at) == (delete, 29):
        pytest.skip("a missing last line is found against a snapshot or an outside head only")
    changed = b"".join(change(pristine, at))
    log_file(tmp_path).write_bytes(changed)
    verdict = verify(tmp_path)
    assert verdict.problems
    assert not verdict.torn
    with pytest.raises(AuditError, match=r"audit_log\.jsonl:\d+"):
        list(read_lines(tmp_path))
    if at >= FIRST_PROVED:
        for opener in (tail_from_checkpoint, lambda folder: AuditLog.open(folder, mode="paper")):
            with pytest.raises(AuditError):
                opener(tmp_path)
    assert log_file(tmp_path).read_bytes() == changed


@pytest.mark.parametrize("at", range(29))
def test_carriage_returns_are_found_though_no_line_of_ours_can_hold_them(tmp_path, pristine, at):
    log_file(tmp_path).write_bytes(b"".join(carriage_returns(pristine, at)))
    verdict = verify(tmp_path)
    assert verdict.problems or verdict.torn


def test_any_byte_changed_in_any_line_is_found(tmp_path, pristine):
    whole = b"".join(pristine)
    for at in range(0, len(whole) - 1, 23):
        for bit in (1, 2, 16):
            changed = bytearray(whole)
            changed[at] ^= bit
            log_file(tmp_path).write_bytes(changed)
            verdict = verify(tmp_path)
            assert verdict.problems or verdict.torn, (at, bit)


def test_a_problem_names_the_line_and_what_is_wrong(tmp_path, pristine):
    for change, words in (
        (edit, "audit_log.jsonl:12: its hash does not hold"),
        (delete, "audit_log.jsonl:12: seq 13 comes after 11: a line is missing"),
        (duplicate, "audit_log.jsonl:13: seq 12 comes again"),
        (respell, "audit_log.jsonl:12: not canonical"),
    ):
        log_file(tmp_path).write_bytes(b"".join(change(pristine, 11)))
        first, *_ = verify(tmp_path).problems
        assert first.startswith(words)


def test_a_forged_line_with_a_true_hash_breaks_the_chain(tmp_path, pristine):
    write_run(tmp_path, "forged", ["fill"] * 12)
    forged = log_file(tmp_path).read_bytes().splitlines(keepends=True)[11]
    log_file(tmp_path).write_bytes(b"".join([*pristine[:11], forged, *pristine[12:]]))
    assert verify(tmp_path).problems[0].startswith("audit_log.jsonl:12: prev of seq 12")
    with pytest.raises(AuditError, match="prev of seq 12"):
        tail_from_checkpoint(tmp_path)


def test_a_log_whose_beginning_was_taken_away_is_refused(tmp_path, pristine):
    log_file(tmp_path).write_bytes(b"".join(pristine[20:]))
    assert verify(tmp_path).problems
    with pytest.raises(AuditError, match="what stood before is missing"):
        tail_from_checkpoint(tmp_path)


def test_archives_are_read_in_order_and_may_share_lines_with_what_follows(tmp_path, pristine):
    (tmp_path / "audit_log-2025-01.jsonl").write_bytes(b"".join(pristine[:8]))
    (tmp_path / "audit_log-2025-02.jsonl").write_bytes(b"".join(pristine[6:16]))
    log_file(tmp_path).write_bytes(b"".join(pristine[14:]))
    assert (verify(tmp_path).lines, verify(tmp_path).problems) == (30, ())
    assert [line.seq for line in read_lines(tmp_path)] == list(range(1, 31))
    assert AuditLog.open(tmp_path, mode="paper").head[0] == 30


def test_a_changed_archive_is_named(tmp_path, pristine):
    (tmp_path / "audit_log-2025-01.jsonl").write_bytes(b"".join(edit(pristine[:16], 3)))
    log_file(tmp_path).write_bytes(b"".join(pristine[14:]))
    assert verify(tmp_path).problems[0].startswith("audit_log-2025-01.jsonl:4: its hash does not hold")


def test_a_missing_archive_is_found(tmp_path, pristine):
    log_file(tmp_path).write_bytes(b"".join(pristine[14:]))
    assert "a line is missing" in verify(tmp_path).problems[0]
    assert AuditLog.open(tmp_path, mode="paper").tail[0].seq == 15


def test_an_archive_that_is_still_the_log_itself_is_read_once(tmp_path, pristine):
    log_file(tmp_path).write_bytes(b"".join(pristine))
    (tmp_path / "audit_log-2025-01.jsonl").hardlink_to(log_file(tmp_path))
    assert (verify(tmp_path).lines, verify(tmp_path).problems) == (30, ())


def test_archives_without_a_log_are_damage(tmp_path, pristine):
    (tmp_path / "audit_log-2025-01.jsonl").write_bytes(b"".join(pristine))
    assert verify(tmp_path).problems == ("audit_log.jsonl: it is missing, and there are archives",)
    with pytest.raises(AuditError, match="missing"):
        AuditLog.open(tmp_path, mode="paper")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":2', b'"seq":2.0'),
        (b'"seq":2', b'"seq":true'),
        (b'"seq":2', b'"seq":' + b"9" * 5000),
        (b'"qty":"1"', b'"qty":NaN'),
        (b'"qty":"1"', b'"qty":1e400'),
        (b'"qty":"1"', b'"qty":' + b"[" * 100_000 + b"]" * 100_000),
        (b'"account":"PA123"', b'"account":null'),
        (b'"data":{', b'"data":[{'),
        (V, b'"v":0'),
        (V, b'"v":-1'),
        (V, b'"v":true'),
        (V, b'"v":%d' % (FORM - 1)),
        (V, V + b',"w":1'),
        (b'{"account"', b'\xef\xbb\xbf{"account"'),
    ],
)
def test_what_is_not_a_line_of_ours_is_not_parsed(pristine, old, new):
    assert old in pristine[1]
    with pytest.raises(LineError):
        parse(pristine[1].replace(old, new))


def test_nesting_of_any_depth_is_refused_and_never_breaks_the_reader(pristine):
    for depth in range(100, 1100, 3):
        nested = pristine[1].replace(b'"qty":"1"', b'"qty":' + b"[" * depth + b"]" * depth)
        with pytest.raises(LineError):
            parse(nested)


@pytest.mark.parametrize("raw", [b"[]\n", b"null\n", b'"v"\n', b"7\n"])
def test_json_that_is_no_object_is_not_a_line(raw):
    with pytest.raises(LineError, match="not a JSON object"):
        parse(raw)


def test_lines_of_another_mode_are_found(tmp_path, pristine):
    memory = MemoryLog("live", [parse(line) for line in pristine])
    memory.begin_run("monitor")
    memory.append([("run_started", {}, "")])
    log_file(tmp_path).write_bytes(memory.text())
    assert verify(tmp_path).problems == ("audit_log.jsonl:31: seq 31 was written in another mode",)


def test_an_archive_without_a_checkpoint_is_followed_by_the_log(tmp_path, pristine):
    (tmp_path / "audit_log-2025-01.jsonl").write_bytes(b"".join(pristine[:4]))
    log_file(tmp_path).write_bytes(b"".join(pristine[4:]))
    assert (verify(tmp_path).lines, verify(tmp_path).problems) == (30, ())
