"""A mail server for tests: TLS by an authority of its own, and whatever trouble is asked for, at whatever step.

Law of the file: a real socket and real TLS; nothing sleeps. A server that hangs waits until the other side hangs up.
"""

from __future__ import annotations

import base64
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme

USER, PASSWORD, OWNER = "desk@example.com", "mailcanary/Pw+42", "owner@example.com"

HANG, CUT, DRIP = "hang", "cut", "drip"
"""Say nothing more; hang up; never come to an end."""

OLD = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass
class MailServer:
    """One on a loopback port. `troubles` are by step: connect, banner, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, body
    (before the letter is taken), taken (after), QUIT; each HANG, CUT, DRIP, or an answer of its own."""

    authority: Path
    port: int = 0
    implicit: bool = True
    troubles: dict[str, str | bytes] = field(default_factory=dict)
    letters: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    plain: list[bytes] = field(default_factory=list)
    lines: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.letters]  # type: ignore[misc]

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.messages]

    @property
    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.messages]

    def environ(self, **more: str) -> dict[str, str]:
        """The settings of a desk that mails here."""
        return {
            "GMAIL_USER": USER,
            "GMAIL_APP_PASSWORD": PASSWORD,
            "RECIPIENT_EMAIL": OWNER,
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(self.port),
            "SSL_CERT_FILE": str(self.authority),
            **more,
        }


@contextmanager
def mail_server(
    folder: Path,
    *,
    implicit: bool = True,
    name: str = "localhost",
    trusted: bool = True,
    expires: dt.datetime | None = None,
) -> Iterator[MailServer]:
    """A server whose certificate is for `name`, by the authority it names or, not `trusted`, by another."""
    authority, other = trustme.CA(), trustme.CA()
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    given = (authority if trusted else other).issue_cert(name, not_before=expires and OLD, not_after=expires)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    given.configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    server = MailServer(pem, listener.getsockname()[1], implicit)
    threads: list[threading.Thread] = []
    open_lines: list[socket.socket] = []

    def listen() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            server.lines += 1
            open_lines.append(sock)
            threads.append(threading.Thread(target=_answer, args=(server, sock, context), daemon=True))
            threads[-1].start()

    ear = threading.Thread(target=listen, daemon=True)
    ear.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in open_lines:
            with suppress(OSError):
                sock.close()
        for thread in (ear, *threads):
            thread.join(5)


class _Over(Exception):
    """The line has ended."""


class _Line:
    def __init__(self, server: MailServer, sock: socket.socket) -> None:
        self.server, self.sock, self.rest = server, sock, b""

    def read(self, end: bytes) -> bytes:
        while end not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                raise _Over
            self.rest += more
        words, _, self.rest = self.rest.partition(end)
        if not isinstance(self.sock, ssl.SSLSocket):
            self.server.plain.append(words)
        return words

    def say(self, words: bytes) -> None:
        self.sock.sendall(words + b"\r\n")

    def trouble(self, step: str) -> bool:
        """Act out the step's trouble; whether it has answered in the server's place."""
        match self.server.troubles.get(step):
            case None:
                return False
            case "hang":
                while self.sock.recv(65536):
                    pass
                raise _Over
            case "cut":
                raise _Over
            case "drip":
                while True:
                    self.say(b"220-and so on")
            case words:
                self.say(words if isinstance(words, bytes) else words.encode())
                return True


def _answer(server: MailServer, sock: socket.socket, context: ssl.SSLContext) -> None:
    line = _Line(server, sock)
    with suppress(_Over, OSError):
        line.trouble("connect")
        if server.implicit:
            line.sock = context.wrap_socket(sock, server_side=True)
        if not line.trouble("banner"):
            line.say(b"220 ready")
        while True:
            _command(line, context)
    line.sock.close()


def _command(line: _Line, context: ssl.SSLContext) -> None:
    server, words = line.server, line.read(b"\r\n")
    server.heard.append(words)
    verb = words.split(b" ")[0].upper().decode()
    if line.trouble(verb):
        return
    match verb:
        case "EHLO":
            more = b"" if isinstance(line.sock, ssl.SSLSocket) else b"250-STARTTLS\r\n"
            line.say(b"250-here\r\n" + more + b"250 AUTH PLAIN LOGIN")
        case "STARTTLS":
            line.say(b"220 go")
            line.sock = context.wrap_socket(line.sock, server_side=True)
        case "AUTH":
            right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
            line.say(b"235 yes" if words.endswith(right) else b"535 not with " + words)
        case "DATA":
            line.say(b"354 go")
            _letter(line)
        case "QUIT":
            line.say(b"221 bye")
            raise _Over
        case _:
            line.say(b"250 fine")


def _letter(line: _Line) -> None:
    if line.server.troubles.get("body") == CUT:
        line.sock.recv(100)
        raise _Over
    body = line.read(b"\r\n.\r\n")
    if line.trouble("body"):
        return
    line.server.letters.append(body)
    if not line.trouble("taken"):
        line.say(b"250 taken")
