"""After a run, whatever became of it, letters go; and what the mail does changes nothing else."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from automated_trading.adapters import posting
from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.domain.errors import OutOfTime
from automated_trading.domain.sessions import utc_text
from automated_trading.engine import cycle
from tests.adapters.letters import a_letter, an_outbox, names
from tests.adapters.mail_server import CUT, HANG, MailServer, mail_server
from tests.commands.front_door import REFUSED_PORT, Door, paper


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        monkeypatch.setattr(posting, "STEP_SECONDS", 0.3)
        yield found


@pytest.fixture
def mailing(door: Door, server: MailServer) -> Door:
    """A door whose letters go to the server."""
    door.environ |= server.environ()
    return door


@pytest.fixture(autouse=True)
def _own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "temp"
    own.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(own))


def box(door: Door, mode: str = "simulated") -> Path:
    return door.data / mode / "outbox"


def kinds(server: MailServer) -> list[str]:
    return [subject.partition("] ")[2] for subject in server.subjects]


def test_a_run_posts_its_letters_and_the_next_one_notes_that_they_left(mailing: Door, server: MailServer) -> None:
    assert mailing.run("morning").code == 0
    assert len(server.letters) > 0
    assert (names(box(mailing)), len(names(box(mailing) / "sent"))) == ([], len(server.letters))
    assert mailing.run("monitor").code == 0
    assert mailing.events().count("letter_sent") == len([one for one in mailing.events() if one == "letter_kept"])


def test_letters_are_posted_after_the_lock_is_gone(mailing: Door, server: MailServer) -> None:
    """Seen red when: the post is inside the lock."""
    from automated_trading.adapters.run_lock import RunLock

    free: list[bool] = []
    post = posting.post

    def looking(folder: Path, means: posting.Means) -> posting.Posted:
        free.append(False)
        with RunLock(folder.parent).held():
            free[-1] = True
        return post(folder, means)

    with patch.object(posting, "post", looking):
        assert mailing.run("morning").code == 0
    assert free == [True]


def test_letters_that_waited_go_after_the_orders_of_the_run(mailing: Door, server: MailServer) -> None:
    """Seen red when: the post is before the cycle."""
    an_outbox(box(mailing)).keep(a_letter())
    there: list[int] = []
    post = posting.post

    def looking(folder: Path, means: posting.Means) -> posting.Posted:
        there.append(len(mailing.orders()))
        return post(folder, means)

    with patch.object(posting, "post", looking):
        assert mailing.run("morning").code == 0
    assert there == [1]
    assert len(server.letters) >= 2


@pytest.mark.parametrize("in_the_way", [".lock", "sent"])
def test_an_outbox_that_cannot_be_used_is_one_line_and_a_letter_once_a_day_and_no_exit_code(
    mailing: Door, server: MailServer, in_the_way: str
) -> None:
    """Seen red when: the outbox's trouble is said to nobody but the scheduler's log."""
    an_outbox(box(mailing)).keep(a_letter())
    if in_the_way == "sent":
        (box(mailing) / in_the_way).rmdir()
        (box(mailing) / in_the_way).touch()
    else:
        (box(mailing) / in_the_way).mkdir()
    answer = mailing.run("morning")
    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert "letters: " in answer.err
    assert len(mailing.orders()) == 1
    for _ in range(2):
        assert mailing.run("monitor").code == 0
    assert [kind.partition(" failed")[0] for kind in kinds(server)] == ["CRITICAL: morning", "CRITICAL: monitor"]


def test_without_mail_letters_are_files_and_status_says_so(door: Door) -> None:
    answer = door.run("morning")
    assert (answer.code, answer.err) == (0, "")
    count = len(names(box(door)))
    row = door.run("status", "--json").document["letters"]
    assert (row["waiting"], row["mail"], row["phone"], row["late"]) == (count, "not set", "not set", False)
    assert "mail is not set: letters stay files in" in door.run("status").out


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"GMAIL_USER": "me@x.org", "RECIPIENT_EMAIL": "me@x.org"}, "GMAIL_APP_PASSWORD is not set"),
        ({"GMAIL_USER": "me@x.org", "GMAIL_APP_PASSWORD": "x", "RECIPIENT_EMAIL": "you"}, "RECIPIENT_EMAIL must be"),
        ({"NOTIFY_URLS": "topic"}, "NOTIFY_URLS must be"),
    ],
)
def test_half_a_mail_is_said_and_trades(door: Door, environ: dict[str, str], words: str) -> None:
    door.environ |= environ
    answer = door.run("morning")
    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert words in answer.err
    assert door.orders() == [{"symbol": "ACME", "side": "buy"}]
    assert words in door.run("status").out
    row = door.run("status", "--json").document["letters"]
    assert words in row["mail"] + row["phone"]


@pytest.mark.parametrize(
    ("step", "how"),
    [("connect", CUT), ("banner", HANG), ("AUTH", "535 no"), ("RCPT", "550 no"), ("body", CUT), ("taken", CUT)],
)
def test_mail_that_fails_is_one_line_and_no_exit_code_and_goes_with_the_next_run(
    mailing: Door, server: MailServer, step: str, how: str
) -> None:
    server.troubles[step] = how
    answer = mailing.run("morning")
    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert answer.err.startswith("automated-trading: letters: ")
    waiting = names(box(mailing))
    assert waiting
    server.troubles.clear()
    server.letters.clear()
    answer = mailing.run("monitor")
    assert (answer.code, answer.err) == (0, "")
    assert len(server.letters) >= len(waiting)
    assert len(set(server.ids)) == len(server.ids)
    assert names(box(mailing)) == []


def test_letters_that_wait_for_over_an_hour_are_named_by_status(mailing: Door, server: MailServer) -> None:
    server.troubles["banner"] = CUT
    mailing.run("morning")
    assert mailing.run("status", "--json").document["letters"]["late"] is False
    old = datetime.now(UTC) - timedelta(minutes=61)
    for name in names(box(mailing)):
        letter = KeptLetter.decoded((box(mailing) / name).read_bytes())
        (box(mailing) / name).write_bytes(replace(letter, kept=old).encoded())
    page, row = mailing.run("status").out, mailing.run("status", "--json").document["letters"]
    assert "LETTERS WAIT: " in page
    assert (row["mail"], row["late"], row["oldest"]) == ("set", True, utc_text(old))


def test_a_dry_run_keeps_and_posts_nothing(mailing: Door, server: MailServer) -> None:
    before = mailing.tree()
    assert mailing.run("morning", "--dry-run").code == 0
    assert (mailing.tree(), server.lines) == (before, 0)


def test_nothing_due_still_posts_what_waits(mailing: Door, server: MailServer) -> None:
    server.troubles["banner"] = CUT
    mailing.run("morning")
    server.troubles.clear()
    from automated_trading.commands import trade

    with patch.object(trade, "nothing_due", lambda *_: "it is night"):
        assert mailing.run("monitor").code == 0
    assert (len(server.letters) > 0, names(box(mailing))) == (True, [])


def broken_log(door: Door) -> None:
    door.log.write_bytes(door.log.read_bytes().replace(b'"seq":2', b'"seq":3', 1))


def failing(door: Door, how: str) -> tuple[list[str], int]:
    """The environment's doing: a command that fails, and how it ends."""
    match how:
        case "broken log":
            broken_log(door)
            return ["monitor"], 8
        case "broken log in the evening":
            broken_log(door)
            return ["eod"], 8
        case "no keys":
            door.environ["ALPACA_TRADING_MODE"] = "paper"
            return ["monitor"], 3
        case "a bug":
            return ["monitor"], 1
        case _:
            return ["monitor"], 4


@pytest.mark.parametrize("how", ["broken log", "broken log in the evening", "no keys", "a bug", "out of time"])
def test_a_run_that_failed_beside_the_cycle_is_a_letter_once_a_day(
    mailing: Door, server: MailServer, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red when: the letter is written by the run that failed."""
    mailing.run("morning")
    server.letters.clear()
    words, code = failing(mailing, how)
    if how in ("a bug", "out of time"):
        problem = OutOfTime("the run's time is up") if how == "out of time" else RuntimeError("a slip")

        def ends(*_: object) -> None:
            raise problem

        monkeypatch.setattr(cycle, "make_contact", ends)
    for _ in range(2):
        assert mailing.run(*words).code == code
    told = [subject for subject in server.subjects if "failed" in subject]
    assert len(told) == 1, server.subjects
    assert f"CRITICAL: {words[0]} failed: " in told[0]


def test_a_failure_is_told_though_another_run_holds_the_folder(mailing: Door, server: MailServer) -> None:
    from automated_trading.adapters.run_lock import RunLock

    mailing.environ["ALPACA_TRADING_MODE"] = "paper"
    (mailing.data / "paper").mkdir(parents=True, exist_ok=True)
    with RunLock(mailing.data / "paper").held():
        assert mailing.run("monitor").code == 3
    assert len(server.letters) == 1


def test_another_run_at_work_is_no_failure(mailing: Door, server: MailServer) -> None:
    from automated_trading.adapters.run_lock import RunLock

    mailing.run("morning")
    server.letters.clear()
    with RunLock(mailing.data / "simulated").held():
        assert mailing.run("monitor").code == 7
    assert server.letters == []


def test_where_no_letter_can_be_kept_it_is_sent_from_memory_once_a_day(mailing: Door, server: MailServer) -> None:
    """Seen red when: there is no mark, and each run sends it again."""
    mailing.environ["ALPACA_TRADING_MODE"] = "paper"
    (mailing.data / "paper").mkdir(parents=True, exist_ok=True)
    (mailing.data / "paper" / "outbox").write_text("in the way")
    for _ in range(2):
        assert mailing.run("monitor").code == 3
    assert len(server.letters) == 1


def test_keys_that_the_broker_refuses_are_told_once_and_not_twice(mailing: Door, server: MailServer) -> None:
    mailing.environ |= {**paper(REFUSED_PORT)}
    assert mailing.run("monitor").code == 4
    assert [subject for subject in server.subjects if "failed" in subject] == []
    assert len(server.letters) == 1


def test_a_signals_file_that_is_none_is_a_letter_of_a_failed_run(mailing: Door, server: MailServer) -> None:
    mailing.signals(raw=b"{")
    assert mailing.run("morning").code == 3
    assert any("morning failed" in subject for subject in server.subjects)


def test_settings_that_cannot_be_read_have_no_mail_and_an_exit_code(mailing: Door, server: MailServer) -> None:
    (mailing.home / "trading.toml").write_text("max_positions = 0")
    answer = mailing.run("monitor")
    assert answer.failed(3, "max_positions")
    assert server.lines == 0


def test_an_outbox_without_letters_costs_one_listing(mailing: Door) -> None:
    """Seen red when: the lock is taken, or the folder made, before anything waits."""
    from automated_trading.adapters import outbox
    from automated_trading.commands import trade

    looked: list[str] = []
    really = os.scandir

    def scandir(folder: Path) -> object:
        looked.append(str(folder))
        return really(folder)

    with patch.object(outbox.os, "scandir", scandir), patch.object(trade, "nothing_due", lambda *_: "it is night"):
        assert mailing.run("monitor").code == 0
    assert [Path(folder).name for folder in looked] == ["outbox"]
    assert not box(mailing).exists()


def test_a_run_whose_minutes_end_in_the_post_has_done_its_work(mailing: Door, server: MailServer) -> None:
    """Seen red when: what ends the post is the run's own failure."""
    with patch.object(posting, "post", side_effect=OutOfTime("the run's time is up")):
        answer = mailing.run("morning")
    assert (answer.code, answer.err) == (0, "automated-trading: letters: the run's time is up\n")
    assert mailing.run("monitor").code == 0
    assert names(box(mailing)) == []


def test_a_letter_is_said_to_be_sent_only_with_v(mailing: Door) -> None:
    assert "letters sent" not in mailing.run("morning").out
    assert "letters sent: " in mailing.run("eod", "-v").out


HEAVY = ("smtplib", "jinja2", "css_inline", "apprise", "automated_trading.adapters.posting")


def test_a_run_with_nothing_to_post_loads_nothing_that_posts(mailing: Door) -> None:
    """Seen red when: the mailer is imported at the top of a command."""
    for command in ("morning", "monitor", "monitor"):
        mailing.run(command)
    code = (
        "import sys\nfrom automated_trading import cli\nsys.argv = ['x', 'monitor']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = mailing.process(command=(sys.executable, "-c", code))
    assert "LOADED []" in answer.out, answer
