"""A hand in a rotated record: archives, and the seams where each file tells again how the one before it ended."""

from __future__ import annotations

import shutil

import pytest

from automated_trading.adapters.audit_line import serialise, write_lines
from automated_trading.adapters.audit_log import AuditLog, read_lines, tail_from_checkpoint, verify
from automated_trading.domain.errors import AuditError
from tests.adapters.log_builder import AT, STAMP, archive, log_file, rows, three_months, write_run

JAN, FEB = "2025-01", "2025-02"


@pytest.fixture
def whole(tmp_path):
    """The eighteen lines of the record in tmp_path: January holds 1 to 6, February 5 to 14, the log 13 to 18."""
    return three_months(tmp_path)


def change(path, act):
    path.write_bytes(b"".join(act(path.read_bytes().splitlines(keepends=True))))


def is_found(folder, words=""):
    """All who read everything say so, and change nothing."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert any(words in problem for problem in verify(folder).problems), verify(folder).problems
    with pytest.raises(AuditError):
        list(read_lines(folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    return True


def refused_at_the_door(folder):
    for act in (tail_from_checkpoint, lambda at: AuditLog.open(at, mode="paper")):
        with pytest.raises(AuditError):
            act(folder)
    return True


@pytest.mark.parametrize(("month", "lines"), [(JAN, 6), (FEB, 10)])
def test_each_kind_of_change_at_each_line_of_an_archive_is_found(tmp_path, whole, month, lines):
    path = archive(tmp_path, month)
    pristine = path.read_bytes()
    for at in range(lines):
        last_of_shared = at == lines - 1
        kinds = [
            lambda found, at=at: [*found[:at], found[at].replace(b"AAPL", b"AAPM"), *found[at + 1 :]],
            lambda found, at=at: [*found[: at + 1], *found[at:]],
            lambda found, at=at: [*found[:at], b"a note from the owner\n", *found[at:]],
            lambda found, at=at: [*found[:at], b"\0" * len(found[at]), *found[at + 1 :]],
        ]
        if not last_of_shared:
            kinds += [lambda found, at=at: [*found[:at], *found[at + 1 :]]]
            kinds += [lambda found, at=at: [*found[:at], found[at + 1], found[at], *found[at + 2 :]]]
        for kind in kinds:
            path.write_bytes(pristine)
            change(path, kind)
            assert is_found(tmp_path, f"{path.name}")


def test_an_archive_cut_short_is_found_unless_the_next_file_tells_all_that_is_gone(tmp_path, whole):
    path = archive(tmp_path, FEB)
    pristine = path.read_bytes()
    ends = [sum(map(len, whole[4:end])) for end in range(4, 14)]
    for size in sorted({*range(0, len(pristine), 7), *ends, *(end - 1 for end in ends[1:])}):
        path.write_bytes(pristine[:size])
        if size in ends[-2:]:
            # The log begins with 13 and 14: nothing is missing.
            assert [line.seq for line in read_lines(tmp_path)] == list(range(1, 19))
        else:
            assert is_found(tmp_path), size


@pytest.mark.parametrize("month", [JAN, FEB])
def test_an_archive_taken_away_is_found(tmp_path, whole, month):
    archive(tmp_path, month).unlink()
    assert is_found(tmp_path, "a line is missing")


def test_an_archive_emptied_is_found(tmp_path, whole):
    archive(tmp_path, JAN).write_bytes(b"")
    assert is_found(tmp_path, "a line is missing")


def test_archives_under_each_others_names_are_found(tmp_path, whole):
    jan, feb = archive(tmp_path, JAN), archive(tmp_path, FEB)
    jan.rename(tmp_path / "aside")
    feb.rename(jan)
    (tmp_path / "aside").rename(feb)
    assert is_found(tmp_path, "audit_log-2025-01.jsonl:1: seq 5 comes after 0")


def test_an_archive_in_the_place_of_the_log_is_found(tmp_path, whole):
    log_file(tmp_path).rename(tmp_path / "aside")
    archive(tmp_path, FEB).rename(log_file(tmp_path))
    (tmp_path / "aside").rename(archive(tmp_path, FEB))
    assert is_found(tmp_path, "a line is missing")
    with pytest.raises(AuditError, match="ends with line 14, a snapshot beside it tells of line 18"):
        AuditLog.open(tmp_path, mode="paper", beside={(18, "a" * 64)})


def test_an_archive_put_in_under_a_month_between_is_found(tmp_path, whole):
    archive(tmp_path, FEB).rename(archive(tmp_path, "2025-03"))
    archive(tmp_path, FEB).write_bytes(b"".join(whole[1:6]))
    assert is_found(tmp_path, "seq 2 comes again")


@pytest.mark.parametrize("left", [b"", b"{", b"\0" * 300])
def test_a_log_without_a_line_beside_archives_is_damage_and_no_new_log(tmp_path, whole, left):
    log_file(tmp_path).write_bytes(left)
    assert is_found(tmp_path, "it holds no line, and there are archives")
    assert refused_at_the_door(tmp_path)


def test_a_log_begun_anew_beside_archives_is_found(tmp_path, whole):
    log_file(tmp_path).unlink()
    write_run(tmp_path / "new", "morning")
    (tmp_path / "new" / "audit_log.jsonl").rename(log_file(tmp_path))
    shutil.rmtree(tmp_path / "new")
    assert is_found(tmp_path, "audit_log.jsonl:1: seq 1 comes again")


def test_a_checkpoint_that_went_bad_at_the_beginning_of_the_log_is_no_torn_end(tmp_path, whole):
    change(log_file(tmp_path), lambda found: [b"\0" * len(found[0]), *found[1:]])
    assert is_found(tmp_path)
    assert refused_at_the_door(tmp_path)


def test_a_log_without_its_first_checkpoint_is_found(tmp_path, whole):
    change(log_file(tmp_path), lambda found: found[1:])
    assert is_found(tmp_path, "audit_log.jsonl:1: seq 14 comes again")
    assert refused_at_the_door(tmp_path)


def test_a_line_missing_among_those_told_again_is_found(tmp_path, whole):
    change(log_file(tmp_path), lambda found: [found[0], *found[2:]])
    assert is_found(tmp_path, "audit_log.jsonl:2: seq 15 comes after 13: a line is missing")
    assert refused_at_the_door(tmp_path)


def test_a_log_that_ends_before_its_archive_does_is_found(tmp_path, whole):
    change(log_file(tmp_path), lambda found: found[:1])
    assert is_found(tmp_path, "it ends without seq 14, which the archive before it holds")


def test_another_story_told_from_the_seam_on_is_found(tmp_path, whole):
    checkpoint = tail_from_checkpoint(tmp_path)[0]
    forged, _ = write_lines(rows("order_intended", "run_finished"), (checkpoint.seq, checkpoint.hash), STAMP)
    log_file(tmp_path).write_bytes(serialise([checkpoint, *forged]))
    assert AuditLog.open(tmp_path, mode="paper").head[0] == 15
    assert is_found(tmp_path, "seq 14 is not the line of the archive before it")


def test_another_checkpoint_in_the_place_of_the_first_one_is_found(tmp_path, whole):
    genuine = tail_from_checkpoint(tmp_path)[0]
    forged, _ = write_lines([("checkpoint", {"state": "mine"}, AT)], (genuine.seq - 1, genuine.prev), STAMP)
    log_file(tmp_path).write_bytes(serialise(forged))
    assert AuditLog.open(tmp_path, mode="paper").head[0] == 13
    assert is_found(tmp_path, "audit_log.jsonl:1: seq 13 comes again")
