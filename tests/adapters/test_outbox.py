"""A letter kept is there until it has left, once; whatever the server, the disk or another run does to the folder."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from automated_trading.adapters import disk, posting
from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.adapters.outbox import SENT
from automated_trading.adapters.run_lock import RunLock
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.domain.errors import AlertError, StateError
from automated_trading.reports.letter import Level
from tests.adapters.letters import NOON, PNG, Counter, PlainSheet, a_letter, a_mailer, an_outbox, names, posted
from tests.adapters.mail_server import CUT, DRIP, HANG, MailServer, mail_server

ONE, TWO, THREE = (a_letter(name) for name in ("one", "two", "three"))


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        monkeypatch.setattr(posting, "STEP_SECONDS", 0.2)
        yield found


def keep(box: Path, *letters: object, phone: bool = False, since: datetime | None = None) -> None:
    """Keep letters, each a second after the one before."""
    for number, letter in enumerate(letters or (ONE, TWO, THREE)):
        at = (since or NOON - timedelta(minutes=1)) + timedelta(seconds=number)
        an_outbox(box, phone=phone, now=at).keep(letter)  # type: ignore[arg-type]
        for name in names(box, f"{letter.key}.json", f"{letter.key}.phone"):  # type: ignore[attr-defined]
            os.utime(box / name, (at.timestamp(), at.timestamp()))


def test_a_kept_letter_is_a_private_file_that_reads_back_as_it_was_rendered(box: Path) -> None:
    keep(box, ONE)
    (name,) = names(box)
    letter = KeptLetter.decoded((box / name).read_bytes())
    assert (name, letter.key) == (f"{ONE.key}.json", ONE.key)
    assert (letter.subject, letter.text, letter.pictures) == ("[PAPER] WARNING: one", "text one\n", {"curve": PNG})
    assert (letter.kind, letter.level, letter.session, letter.short) == (
        *("fills", "warning", "2026-02-03"),
        "one, in short",
    )
    assert stat.S_IMODE((box / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(box.stat().st_mode) == 0o700


def test_a_letter_is_on_the_disk_when_it_counts_as_kept(box: Path) -> None:
    """Seen red when: the file or the name in its folder is not flushed."""
    flushed: list[str] = []

    def fsync(fd: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{fd}"))

    box.joinpath("sent").mkdir(parents=True)
    with patch.object(disk.os, "fsync", fsync):
        an_outbox(box).keep(ONE)
    assert [Path(path).name.startswith(f".{ONE.key}") for path in flushed] == [True, False]
    assert flushed[-1] == str(box)


def test_the_same_letter_kept_again_takes_the_place_of_the_one_that_waits(box: Path, server: MailServer) -> None:
    keep(box, ONE, ONE)
    assert names(box) == [f"{ONE.key}.json"]
    posted(box, a_mailer(server))
    assert len(server.letters) == 1


def test_a_letter_that_has_left_is_not_written_again(box: Path, server: MailServer) -> None:
    """Seen red when: keep does not look into `sent`."""
    keep(box, ONE)
    posted(box, a_mailer(server))
    keep(box, ONE)
    assert names(box) == []
    assert posted(box, a_mailer(server)).mailed == 0
    assert an_outbox(box).sent() == {ONE.key}


def test_a_letter_kept_again_while_it_was_on_its_way_does_not_go_twice(box: Path, server: MailServer) -> None:
    """Seen red when: posting does not look into `sent`."""
    keep(box, ONE)
    raw = (box / f"{ONE.key}.json").read_bytes()
    posted(box, a_mailer(server))
    (box / f"{ONE.key}.json").write_bytes(raw)
    assert posted(box, a_mailer(server)).mailed == 0
    assert (len(server.letters), names(box)) == (1, [])


def test_letters_go_oldest_first_over_one_line_and_are_moved(box: Path, server: MailServer) -> None:
    keep(box, TWO, THREE, ONE)
    done = posted(box, a_mailer(server))
    assert (done.mailed, done.troubles) == (3, [])
    assert [subject.split()[-1] for subject in server.subjects] == ["two", "three", "one"]
    assert (server.lines, names(box), len(names(box / "sent"))) == (1, [], 3)
    assert an_outbox(box).sent() == {ONE.key, TWO.key, THREE.key}


def test_a_folder_that_was_fetched_from_elsewhere_keeps_the_order_of_its_letters(box: Path, server: MailServer) -> None:
    """Seen red when: the time of a file is taken for its letter's."""
    keep(box, TWO, THREE, ONE)
    for number, letter in enumerate((ONE, THREE, TWO)):
        os.utime(box / f"{letter.key}.json", (number, number))
    assert posted(box, a_mailer(server)).mailed == 3
    assert [subject.split()[-1] for subject in server.subjects] == ["two", "three", "one"]


def test_an_outbox_that_is_not_there_holds_nothing(box: Path) -> None:
    assert an_outbox(box).sent() == frozenset()


def test_a_letter_that_cannot_be_rendered_leaves_nothing(box: Path) -> None:
    outbox = an_outbox(box)
    outbox._lay_out = lambda _: (_ for _ in ()).throw(AlertError("no template"))  # type: ignore[assignment]
    with pytest.raises(AlertError, match="no template"):
        outbox.keep(ONE)
    assert not box.exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["replace", "fsync", "write"])
def test_a_disk_that_does_not_take_a_letter_is_told_and_the_one_before_stays(box: Path, code: int, call: str) -> None:
    keep(box, ONE)
    before = (box / f"{ONE.key}.json").read_bytes()

    def sick(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with patch.object(disk.os, call, sick), pytest.raises(AlertError, match="cannot keep a letter"):
        an_outbox(box).keep(ONE)
    assert ((box / f"{ONE.key}.json").read_bytes(), len(list(box.iterdir()))) == (before, 2)


WAITING = [
    *((step, how) for step in ("connect", "banner", "EHLO", "AUTH") for how in (HANG, CUT, DRIP)),
    *((step, how) for step in ("MAIL", "RCPT", "DATA", "body") for how in (HANG, CUT, DRIP)),
    *((step, "550 no") for step in ("AUTH", "MAIL", "RCPT", "DATA", "body")),
]


@pytest.mark.parametrize(("step", "how"), WAITING)
def test_what_did_not_leave_stays_and_goes_with_the_next_run_once(
    box: Path, server: MailServer, step: str, how: str
) -> None:
    """Seen red when: a failure deletes the letter, or moves it."""
    keep(box)
    server.troubles[step] = how
    done = posted(box, a_mailer(server), by=0.2 if how == DRIP else 0)
    assert (done.mailed, len(names(box)), server.letters) == (0, 3, [])
    assert done.troubles
    assert all("\n" not in words and "mail server localhost" in words for words in done.troubles)
    server.troubles.clear()
    assert posted(box, a_mailer(server)).mailed == 3
    assert (len(set(server.ids)), len(server.ids), names(box)) == (3, 3, [])


@pytest.mark.parametrize("how", [HANG, CUT])
def test_a_letter_taken_without_a_word_goes_again_under_the_same_id(box: Path, server: MailServer, how: str) -> None:
    keep(box, ONE)
    server.troubles["taken"] = how
    assert posted(box, a_mailer(server)).mailed == 0
    assert len(server.letters) == 1
    server.troubles.clear()
    assert posted(box, a_mailer(server)).mailed == 1
    assert (len(server.ids), len(set(server.ids))) == (2, 1)


def test_a_letter_the_server_hangs_up_on_holds_back_none_behind_it(box: Path, server: MailServer) -> None:
    keep(box)
    mailer = a_mailer(server)
    hand_over = mailer.hand_over

    def poisoned(line: object, letter: KeptLetter) -> tuple[str, ...]:
        if letter.key == ONE.key:
            line.close()  # type: ignore[attr-defined]
            raise ConnectionResetError
        return hand_over(line, letter)  # type: ignore[arg-type]

    mailer.hand_over = poisoned  # type: ignore[method-assign]
    assert posted(box, mailer).mailed == 2
    assert names(box) == [f"{ONE.key}.json"]


def test_a_letter_that_is_refused_holds_back_none_behind_it(box: Path, server: MailServer) -> None:
    keep(box)
    server.troubles["MAIL"] = "550 no"
    mailer = a_mailer(server)
    hand_over = mailer.hand_over

    def once(line: object, letter: KeptLetter) -> tuple[str, ...]:
        try:
            return hand_over(line, letter)  # type: ignore[arg-type]
        finally:
            server.troubles.clear()

    mailer.hand_over = once  # type: ignore[assignment, method-assign]
    assert posted(box, mailer).mailed == 2
    assert (names(box), server.lines) == ([f"{ONE.key}.json"], 1)


def test_a_server_that_always_hangs_up_is_left_alone_after_three_letters(box: Path, server: MailServer) -> None:
    keep(box, *(a_letter(str(number)) for number in range(9)))
    server.troubles["body"] = CUT
    posted(box, a_mailer(server))
    assert (server.lines, len(names(box))) == (posting.MOST_LOST_LINES, 9)


def test_a_batch_ends_with_its_seconds_however_many_letters_wait(box: Path, server: MailServer) -> None:
    """Seen red when: the batch has no stopwatch of its own, only each step."""
    keep(box, *(a_letter(str(number)) for number in range(40)))
    done = posted(box, a_mailer(server), by=0.05)
    assert 0 < done.mailed < 40
    assert len(names(box)) == 40 - done.mailed
    assert any("no answer in time" in words for words in done.troubles)


def test_one_recipient_refused_is_told_and_the_others_have_it(box: Path, server: MailServer) -> None:
    keep(box, ONE)
    mailer = a_mailer(server, recipients=["gone@example.com", "here@example.com"])
    hand_over = mailer.hand_over
    mailer.hand_over = lambda line, letter: hand_over(line, letter) or ("gone@example.com",)  # type: ignore[method-assign]
    done = posted(box, mailer)
    assert (done.mailed, names(box)) == (1, [])
    assert "refuses gone@example.com" in done.troubles[0]


BAD = {
    "no json": b"{",
    "empty": b"",
    "other json": b"[]",
    "not ascii": "é".encode(),
    "deep": b"[" * 100_000,
    "a float": b'{"schema":1.0}',
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
def test_a_file_that_is_no_letter_is_put_aside_by_name_and_stops_no_other(
    box: Path, server: MailServer, raw: bytes
) -> None:
    keep(box)
    (box / "0.json").write_bytes(raw)
    os.utime(box / "0.json", (1, NOON.timestamp() - 3600))
    done = posted(box, a_mailer(server))
    assert done.mailed == 3
    assert done.troubles == ["'0.json' is no letter and was put aside as '0.json.unreadable'"]
    assert (box / "0.json.unreadable").read_bytes() == raw
    assert posted(box, a_mailer(server)).troubles == []


def test_a_link_a_folder_a_pipe_and_another_letters_name_are_no_letters(box: Path, server: MailServer) -> None:
    keep(box)
    (box / "secret").write_text("of somebody")
    (box / "link.json").symlink_to(box / "secret")
    (box / "folder.json").mkdir()
    os.mkfifo(box / "pipe.json")
    (box / "other.json").write_bytes((box / f"{ONE.key}.json").read_bytes())
    done = posted(box, a_mailer(server))
    assert (done.mailed, len(done.troubles)) == (3, 4)
    assert len(server.letters) == 3


def test_whoever_else_is_posting_is_let_be(box: Path, server: MailServer) -> None:
    keep(box)
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with RunLock(box).held():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(10)
    try:
        mine = posted(box, a_mailer(server))
    finally:
        done.set()
        thread.join()
    assert (mine.mailed, mine.troubles, server.lines) == (0, [], 0)


def test_a_folder_that_cannot_be_written_posts_nothing_and_is_told(box: Path, server: MailServer) -> None:
    """A letter that could not be moved would go again with every run."""
    keep(box)
    with (
        patch.object(disk.os, "open", side_effect=OSError(errno.EROFS, "read-only")),
        pytest.raises(StateError, match="read-only"),
    ):
        posted(box, a_mailer(server))
    assert server.letters == []


class Bell:
    """A phone that takes everything."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, letter: KeptLetter, watch: Stopwatch) -> None:
        self.told.append(letter.key)


def test_a_letter_no_disk_would_keep_goes_by_each_way_there_is_and_once(
    box: Path, server: MailServer, tmp_path: Path
) -> None:
    """Seen red when: a mail server that refuses keeps it from the phone; no mark is left."""
    bell, letter = Bell(), an_outbox(box).written(ONE)
    means = posting.Means(a_mailer(server), bell, lambda: NOON, Counter())  # type: ignore[arg-type]
    server.troubles["AUTH"] = "535 no"
    first = posting.post_unkept(letter, means, tmp_path)
    assert (first.mailed, first.told, len(first.troubles)) == (0, 1, 1)
    server.troubles.clear()
    assert posting.post_unkept(letter, means, tmp_path).troubles == []
    assert (bell.told, server.letters) == ([ONE.key], [])
    other = an_outbox(box).written(TWO)
    for place in (tmp_path, tmp_path, None):
        posting.post_unkept(other, means, place)
    assert (len(server.letters), bell.told) == (2, [ONE.key, TWO.key, TWO.key])


def test_a_mark_of_somebody_else_keeps_no_letter_back(box: Path, server: MailServer, tmp_path: Path) -> None:
    letter = an_outbox(box).written(ONE)
    (tmp_path / f".automated-trading-{letter.ident}").touch()
    with patch.object(posting.os, "geteuid", lambda: 4_000_000_000):
        posting.post_unkept(letter, posting.Means(a_mailer(server), None, lambda: NOON, Counter()), tmp_path)
    assert len(server.letters) == 1


def test_what_has_waited_a_week_is_put_by_and_not_sent(box: Path, server: MailServer) -> None:
    keep(box, ONE, since=NOON - timedelta(days=8))
    keep(box, TWO)
    done = posted(box, a_mailer(server))
    assert (done.mailed, names(box / "unsent")) == (1, [f"{ONE.key}.json"])
    assert "older than 7 days" in done.troubles[0]
    assert an_outbox(box).sent() == {TWO.key}


def test_letters_that_left_long_ago_and_halves_of_letters_are_deleted(box: Path, server: MailServer) -> None:
    keep(box, ONE)
    posted(box, a_mailer(server))
    (box / ".half.json.123.tmp").write_bytes(b"x")
    keep(box, TWO, since=NOON + timedelta(days=89))
    posted(box, a_mailer(server), now=NOON + timedelta(days=89))
    assert names(box / "sent") == sorted([f"{ONE.key}.json", f"{TWO.key}.json"])
    assert names(box, ".tmp") == []
    keep(box, THREE, since=NOON + timedelta(days=91))
    posted(box, a_mailer(server), now=NOON + timedelta(days=91))
    assert names(box / "sent") == sorted([f"{TWO.key}.json", f"{THREE.key}.json"])


def test_halves_of_characters_and_of_surrogates_do_not_keep_a_letter_back(box: Path, server: MailServer) -> None:
    outbox = an_outbox(box)
    outbox._lay_out = lambda letter: PlainSheet("\ud800", "\udfff\x00", "\ud800\x07", {"curve": PNG})
    outbox.keep(ONE)
    assert posted(box, a_mailer(server), now=NOON).mailed == 1


def test_a_note_for_the_phone_waits_by_itself(box: Path, server: MailServer) -> None:
    keep(box, a_letter("grave", Level.CRITICAL), a_letter("mild", Level.INFO), phone=True)
    assert len(names(box, ".phone")) == 1
    posted(box, a_mailer(server))
    assert (names(box, ".json"), len(names(box, ".phone"))) == ([], 1)


def test_nothing_leaves_while_it_could_not_be_known_to_have_left(server: MailServer, box: Path) -> None:
    """Seen red when: a letter is sent first, and the same one again by every run."""
    an_outbox(box).keep(a_letter())
    (box / SENT).rmdir()
    (box / SENT).write_text("in the way")
    for _ in range(2):
        with pytest.raises(StateError, match="post letters"):
            posted(box, a_mailer(server))
    assert server.letters == []
    (box / SENT).unlink()
    assert posted(box, a_mailer(server)).mailed == 1


def test_a_folder_of_sent_letters_that_takes_none_holds_them(
    server: MailServer, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another user made it."""
    an_outbox(box).keep(a_letter())
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != box / SENT)
    with pytest.raises(StateError, match="let this user read and write it"):
        posted(box, a_mailer(server))
    assert server.letters == []


def test_a_letter_kept_before_the_wall_clock_was_set_is_news_by_its_session(server: MailServer, box: Path) -> None:
    """Seen red when: a machine without a battery keeps a letter in 1970, and the next run puts it by as old."""
    unset = datetime.fromtimestamp(60, NOON.tzinfo)
    an_outbox(box, now=unset).keep(a_letter(session=NOON.date()))
    assert posted(box, a_mailer(server)).mailed == 1
