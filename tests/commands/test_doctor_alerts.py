"""The doctor on mail, phone and heartbeat: a real server, and a letter only where one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from automated_trading.reports.letters.trial import SUBJECT
from tests.adapters.mail_server import CUT, HANG, OWNER, PASSWORD, MailServer, mail_server
from tests.adapters.test_phone import TOKEN, serving
from tests.commands.doctors_page import seen
from tests.commands.front_door import REFUSED_PORT, Door, paper

SEND = "--send-test"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        yield found


def test_a_login_that_is_taken_is_good_and_nothing_is_sent(empty: Door, server: MailServer) -> None:
    assert seen(empty, **server.environ()).shows("mail", "good", f"localhost:{server.port} takes the login")
    assert (server.lines, server.letters) == (1, [])


def test_a_letter_that_is_asked_for_is_sent_once_and_kept_nowhere(empty: Door, server: MailServer) -> None:
    assert seen(empty, SEND, **server.environ()).shows("mail", "good", "took a letter: see that it arrives")
    (letter,) = server.messages
    assert (letter["To"], SUBJECT in letter["Subject"], "SIMULATED" in letter["Subject"]) == (OWNER, True, True)
    assert "Nothing has happened at the desk" in letter.as_string()
    assert empty.tree() == {}


def test_a_letter_is_sent_though_the_broker_is_not_reached(empty: Door, server: MailServer) -> None:
    page = seen(empty, SEND, **server.environ(), **paper(REFUSED_PORT))
    assert page.shows("mail", "good", "took a letter", code=4)
    assert "PAPER" in server.subjects[0]


def test_without_mail_a_letter_that_is_asked_for_is_bad(empty: Door) -> None:
    assert seen(empty).shows("mail", "warn", "letters stay files", "write GMAIL_USER")
    assert seen(empty, SEND).shows("mail", "bad", "no letter was sent: mail is not set", "write GMAIL_USER", code=3)


def test_mail_that_is_half_set_is_bad(empty: Door) -> None:
    page = seen(empty, GMAIL_USER="me@example.com")
    assert page.shows("mail", "bad", "GMAIL_APP_PASSWORD is not set", "mend GMAIL_USER", code=3)


def test_a_password_that_is_refused_is_bad_and_is_not_said(empty: Door, server: MailServer) -> None:
    page = seen(empty, **server.environ(GMAIL_APP_PASSWORD="another-canary"))
    assert page.shows("mail", "bad", "it refuses the login", "mend GMAIL_USER", code=3)
    assert "another-canary" not in page.answer.out + page.answer.err


@pytest.mark.parametrize("options", [(), (SEND,)])
def test_a_server_nobody_answers_at_is_bad_and_hides_no_other_line(empty: Door, options: tuple[str, ...]) -> None:
    told = {"GMAIL_USER": "me@example.com", "GMAIL_APP_PASSWORD": PASSWORD, "RECIPIENT_EMAIL": OWNER}
    page = seen(empty, *options, SMTP_HOST="127.0.0.1", SMTP_PORT="9", **told)
    assert page.shows("mail", "bad", "mail server 127.0.0.1:9", "SMTP_HOST", code=3)
    assert page.shows("halts", "good", "none", code=3)


@pytest.mark.parametrize("step", ["banner", "AUTH", "DATA"])
def test_a_server_that_hangs_up_is_bad(empty: Door, server: MailServer, step: str) -> None:
    server.troubles[step] = CUT
    page = seen(empty, SEND, **server.environ())
    assert page.shows("mail", "bad", "it hung up", "mend GMAIL_USER", code=3)
    assert server.letters == []


def test_a_server_that_says_nothing_ends_at_its_deadline(
    empty: Door, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automated_trading.commands.doctor_alerts.STEP_SECONDS", 0.2)
    server.troubles["banner"] = HANG
    assert seen(empty, **server.environ()).shows("mail", "bad", "no answer in time", "mend GMAIL_USER", code=3)


def test_a_server_that_cannot_prove_its_name_hears_no_password(empty: Door, tmp_path: Path) -> None:
    (tmp_path / "untrusted").mkdir()
    with mail_server(tmp_path / "untrusted", trusted=False) as stranger:
        page = seen(empty, SEND, **stranger.environ())
        assert page.shows("mail", "bad", "its certificate cannot be trusted", "mend GMAIL_USER", code=3)
        assert stranger.heard == []


def test_a_recipient_that_is_refused_is_bad(empty: Door, server: MailServer) -> None:
    server.troubles["RCPT"] = "550 nobody of that name"
    page = seen(empty, SEND, **server.environ())
    assert page.shows("mail", "bad", "it refuses the recipients", "mend GMAIL_USER", code=3)


def test_a_phone_is_told_only_where_a_letter_is_asked_for(empty: Door, server: MailServer) -> None:
    with serving() as service:
        page = seen(empty, NOTIFY_URLS=service.url, **server.environ())
        assert page.shows("phone", "good", "set; --send-test tells it")
        assert service.notes == []
        page = seen(empty, SEND, NOTIFY_URLS=service.url, **server.environ())
        assert page.shows("phone", "good", "told: see that it arrives")
        assert len(service.notes) == 1
        assert TOKEN not in page.answer.out + page.answer.err


def test_a_phone_nobody_answers_at_is_bad(empty: Door, server: MailServer) -> None:
    page = seen(empty, SEND, NOTIFY_URLS=f"json://127.0.0.1:9/{TOKEN}", **server.environ())
    assert page.shows("phone", "bad", "nobody took it", "mend NOTIFY_URLS", code=3)
    assert TOKEN not in page.answer.out + page.answer.err


def test_phones_that_cannot_be_any_are_bad(empty: Door) -> None:
    assert seen(empty, NOTIFY_URLS="my phone").shows("phone", "bad", "NOTIFY_URLS must be", "mend NOTIFY", code=3)


def test_a_heartbeat_is_set_or_not_and_is_not_sent(empty: Door) -> None:
    assert seen(empty).shows("heartbeat", "good", "not set (HEARTBEAT_URL)")
    page = seen(empty, HEARTBEAT_URL=f"https://hc-ping.com/{TOKEN}")
    assert page.shows("heartbeat", "good", "set, to hc-ping.com")
    assert TOKEN not in page.answer.out + page.answer.err


def test_an_address_that_cannot_be_a_heartbeats_is_bad_and_not_shown(empty: Door) -> None:
    page = seen(empty, HEARTBEAT_URL=f"http://example.com/{TOKEN}")
    assert page.shows("settings", "bad", "HEARTBEAT_URL", "mend it where it stands", code=3)
    assert TOKEN not in page.answer.out + page.answer.err
