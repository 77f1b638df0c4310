"""A letter is handed over on a verified secret line, or it stays; whatever the server does, it is one clean line."""

from __future__ import annotations

import base64
import datetime as dt
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from automated_trading.adapters import mail_line, posting
from automated_trading.adapters.mailer import LetterRefused, LineLost
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.domain.errors import AlertError
from automated_trading.reports.letter import Letter
from tests.adapters.letters import PNG, Counter, a_letter, a_mailer, an_outbox
from tests.adapters.mail_server import CUT, DRIP, HANG, OWNER, PASSWORD, USER, MailServer, mail_server

SOON = 0.2
"""Seconds a server that hangs is given here."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        yield found


def watch(step: float = 5, by: float = 0) -> Stopwatch:
    return Stopwatch(posting.SECONDS, step, Counter(by))


def sent(
    server: MailServer, letter: Letter | None = None, *, step: float = 5, by: float = 0, **said: str
) -> tuple[str, ...]:
    """Send a letter, whatever the file it was kept in says."""
    line = a_mailer(server).connect(watch(step, by))
    try:
        return line.send(replace(an_outbox(Path("outbox")).written(letter or a_letter()), **said))
    finally:
        line.close()


def test_a_letter_arrives_as_text_as_html_and_with_its_picture(server: MailServer) -> None:
    assert sent(server) == ()
    (message,) = server.messages
    assert (message["From"], message["To"], message["Subject"]) == (USER, OWNER, "[PAPER] WARNING: ACME sold")
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    text, html, picture = (part for part in message.walk() if not part.is_multipart())
    assert text.get_content().strip() == "text ACME sold"
    assert html.get_content().strip() == '<p>html ACME sold</p><img src="cid:curve">'
    assert (picture.get_content(), picture["Content-ID"]) == (PNG, "<curve>")


def test_the_same_letter_has_the_same_message_id_and_date_in_every_try(server: MailServer) -> None:
    """Seen red when: the Message-ID is made anew by the library."""
    for _ in range(2):
        sent(server)
    sent(server, a_letter("BOLT sold"))
    assert server.ids[0] == server.ids[1] != server.ids[2]
    assert server.messages[0]["Date"] == server.messages[1]["Date"]


def test_several_letters_go_over_one_line(server: MailServer) -> None:
    line = a_mailer(server).connect(watch())
    for name in ("A", "B", "C"):
        line.send(an_outbox(Path("outbox")).written(a_letter(name)))
    line.close()
    assert (server.lines, len(server.letters)) == (1, 3)


def test_every_recipient_of_the_settings_gets_it_and_no_other(server: MailServer) -> None:
    line = a_mailer(server, recipients=["a@example.com", "b@example.com"]).connect(watch())
    said = replace(an_outbox(Path("outbox")).written(a_letter()), subject="x\r\nBcc: thief@x.org\n\nTo: thief@x.org")
    line.send(said)
    line.close()
    assert [words for words in server.heard if words.startswith(b"rcpt")] == [
        b"rcpt TO:<a@example.com>",
        b"rcpt TO:<b@example.com>",
    ]


HOSTILE = (
    "a\r\nBcc: thief@example.com",
    "a\nSubject: other\n\nbody",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "a\x00b\x1b[31m",
    "a\u202eevil\u200b",
    "\ud800 half a character",
    "{{ 7*7 }} <script>",
    "x" * 10_000,
    "=?utf-8?q?=0D=0ABcc:_thief?=",
    "é" * 400,
    "",
)


@pytest.mark.parametrize("name", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
def test_whatever_a_letter_is_called_it_is_one_header_and_still_sent(server: MailServer, name: str) -> None:
    """Seen red when: the subject goes into the message as it came (ValueError: the alert would be lost)."""
    sent(server, subject=name, text=name, html=name)
    (message,) = server.messages
    assert sorted(message.keys()) == sorted({*message.keys()})
    assert (message["Bcc"], message["To"]) == (None, OWNER)
    assert len(message["Subject"]) <= 150
    assert message["Subject"].isprintable()
    assert max(map(len, server.letters[0].split(b"\r\n"))) < 998
    assert server.letters[0].isascii()


@pytest.mark.parametrize("port", ["implicit", "starttls"])
def test_nothing_that_matters_is_said_before_the_line_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    with mail_server(tmp_path, implicit=port == "implicit") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        if port == "starttls":
            monkeypatch.setattr(mail_line, "STARTTLS_PORT", server.port)
        sent(server)
        assert len(server.letters) == 1
        plain = [] if port == "implicit" else [b"ehlo [127.0.0.1]", b"STARTTLS"]
        assert server.plain == plain


@pytest.mark.parametrize("answer", ["250 AUTH PLAIN LOGIN", "HANG", "502 what?", "454 not now"])
def test_a_server_whose_starttls_was_stripped_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Seen red when: the error of STARTTLS is suppressed."""
    with mail_server(tmp_path, implicit=False) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        monkeypatch.setattr(mail_line, "STARTTLS_PORT", server.port)
        server.troubles["EHLO" if answer.startswith("250") else "STARTTLS"] = (
            HANG if answer == "HANG" else answer.replace("250 ", "250-here\r\n250 ")
        )
        with pytest.raises(AlertError, match=r"TLS|no answer|50\d|454"):
            sent(server, step=SOON)
        assert b"AUTH" not in b" ".join(server.heard).upper()
        assert server.letters == []


@pytest.mark.parametrize("port", ["implicit", "starttls"])
@pytest.mark.parametrize("bad", ["of another authority", "of another name", "expired"])
def test_a_certificate_that_cannot_be_trusted_is_shown_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str, port: str
) -> None:
    """Seen red when: the context does not verify, or not the name."""
    expires = dt.datetime(2021, 1, 1, tzinfo=dt.UTC) if bad == "expired" else None
    name = "mail.example.com" if bad == "of another name" else "localhost"
    trusted = bad != "of another authority"
    with mail_server(tmp_path, implicit=port == "implicit", name=name, trusted=trusted, expires=expires) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        if port == "starttls":
            monkeypatch.setattr(mail_line, "STARTTLS_PORT", server.port)
        with pytest.raises(AlertError, match="certificate cannot be trusted"):
            sent(server)
        assert b"AUTH" not in b" ".join(server.heard).upper()


def test_without_the_private_authority_its_server_is_not_trusted(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(AlertError, match="certificate cannot be trusted"):
        sent(server)


def test_a_plain_server_on_the_secret_port_gets_no_word(tmp_path: Path) -> None:
    with mail_server(tmp_path, implicit=False) as server, pytest.raises(AlertError):
        sent(server, step=SOON)
    assert [words for words in server.plain if words.isascii()] == []


BEFORE = ("connect", "banner", "EHLO", "AUTH")
DURING = ("MAIL", "RCPT", "DATA", "body", "taken")


@pytest.mark.parametrize("how", [HANG, CUT, DRIP])
@pytest.mark.parametrize("step", BEFORE)
def test_a_server_that_fails_before_a_letter_is_on_the_line(server: MailServer, step: str, how: str) -> None:
    server.troubles[step] = how
    with pytest.raises(AlertError) as caught:
        sent(server, step=SOON, by=1 if how == DRIP else 0)
    assert not isinstance(caught.value, LetterRefused | LineLost)
    assert str(caught.value).startswith(f"mail server localhost:{server.port}: ")
    assert server.letters == []


@pytest.mark.parametrize("how", [HANG, CUT, DRIP])
@pytest.mark.parametrize("step", DURING)
def test_a_server_that_fails_with_a_letter_on_the_line(server: MailServer, step: str, how: str) -> None:
    """Seen red when: the stopwatch is not asked before each read (the dripping rows never end)."""
    server.troubles[step] = how
    with pytest.raises(LineLost, match=r"no answer in time|hung up|reset|EOF|pipe"):
        sent(server, step=SOON, by=1 if how == DRIP else 0)


@pytest.mark.parametrize("how", [HANG, CUT])
def test_a_goodbye_that_fails_is_no_failure(server: MailServer, how: str) -> None:
    server.troubles["QUIT"] = how
    assert sent(server, step=SOON) == ()
    assert len(server.letters) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "body"])
def test_a_letter_that_is_refused_leaves_the_line_to_the_next(server: MailServer, step: str) -> None:
    line = a_mailer(server).connect(watch())
    server.troubles[step] = "550 not this one"
    with pytest.raises(LetterRefused, match="not this one"):
        line.send(an_outbox(Path("outbox")).written(a_letter()))
    del server.troubles[step]
    assert line.send(an_outbox(Path("outbox")).written(a_letter())) == ()
    line.close()
    assert (server.lines, len(server.letters)) == (1, 1)


def test_a_server_that_says_421_has_closed_the_line(server: MailServer) -> None:
    server.troubles["MAIL"] = "421 going down"
    with pytest.raises(LineLost, match="421 going down"):
        sent(server)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(AlertError, match=f"localhost:{port}: Connection refused"):
        a_mailer(port).check_login(watch())


@pytest.mark.parametrize("host", ["no.such.host.invalid", "..", "x" * 70])
def test_a_host_that_is_none(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AlertError, match="mail server"):
        a_mailer(465, host=host).check_login(watch())


def test_a_right_login_is_checked_without_a_letter(server: MailServer) -> None:
    a_mailer(server).check_login(watch())
    assert (server.lines, server.letters) == (1, [])
    assert b"QUIT" in b" ".join(server.heard).upper()


@pytest.mark.parametrize("echo", ["{}", "535-5.7.8 refused\r\n535 {}", "500 {}", "334 {}", "junk {}"])
def test_no_form_of_the_password_is_in_what_a_refused_login_says(server: MailServer, echo: str) -> None:
    """Seen red when: the server's words are not masked."""
    pair = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    alone = base64.b64encode(PASSWORD.encode()).decode()
    server.troubles["AUTH"] = echo.format(f"{PASSWORD} {pair} {alone}")
    with pytest.raises(AlertError) as caught:
        a_mailer(server).check_login(watch())
    said = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__suppress_context__}"
    for form in (PASSWORD, pair, alone, alone[:-4], base64.b64encode(b"xy" + PASSWORD.encode()).decode()[4:-4]):
        assert form not in said
    assert said.endswith("True")


def test_a_wrong_password_is_told_with_the_settings_names(server: MailServer) -> None:
    from pydantic import SecretStr

    with pytest.raises(AlertError, match="refuses the login: check GMAIL_USER and GMAIL_APP_PASSWORD"):
        a_mailer(server, password=SecretStr("another-word")).check_login(watch())


def test_a_mailer_shows_no_password_of_itself(server: MailServer) -> None:
    mailer = a_mailer(server)
    line = mailer.connect(watch())
    assert PASSWORD not in f"{mailer!r} {line!r}"
    line.close()


@pytest.mark.parametrize("challenge", [b"334 A", b"334 abc"])
def test_a_challenge_that_is_none_is_a_failure_like_any_other(server: MailServer, challenge: bytes) -> None:
    """Seen red when: what the library raises beside its own errors is let through, and is a bug of the run's."""
    server.troubles |= {"EHLO": b"250-here\r\n250 AUTH CRAM-MD5", "AUTH": challenge}
    with pytest.raises(AlertError, match="mail server localhost"):
        sent(server)


def test_a_host_of_many_addresses_has_no_more_time_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red when: each address is given the seconds of a step, whatever is left of them."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    looks = Counter(6)
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [address] * 10)
    with pytest.raises(AlertError, match="no answer in time"):
        a_mailer(port).connect(Stopwatch(posting.SECONDS, 5, looks))
    assert looks.looks == 11


def test_a_mail_server_is_found_behind_an_address_that_does_not_answer(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", one)) for one in (port, server.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert sent(server) == ()
