"""I13: whatever the mail does, the broker hears the same, and each letter leaves or waits to be seen."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from automated_trading.adapters import posting
from automated_trading.assembly.in_process import local_exchange
from tests.adapters.letters import names
from tests.adapters.mail_server import CUT, DRIP, HANG, OWNER, PASSWORD, USER, mail_server
from tests.commands.front_door import PRICES, TUESDAY, Door

BOX = Path("simulated") / "outbox"


@dataclass
class History:
    """What the broker saw in a session, what the record says of trading, and how each command ended."""

    orders: str
    requests: list[str]
    codes: list[int]


def a_door(home: Path) -> Door:
    home.mkdir(parents=True)
    door = Door(home)
    with door.exchange() as exchange:
        for symbol, price in PRICES.items():
            exchange.set_close(symbol, price)
            exchange.set_price(symbol, price)
    door.signals("ACME", "BOLT")
    return door


def a_session(home: Path, environ: Mapping[str, str], *more: str) -> tuple[Door, History]:
    """A bought and a stopped position: what each of the commands does, with this mail."""
    door = a_door(home)
    door.environ |= environ
    codes = [door.run("morning").code, door.run("monitor").code]
    with door.exchange() as exchange:
        exchange.set_price("ACME", PRICES["ACME"] * 8 / 10)
    codes += [door.run(command).code for command in ("monitor", "monitor", "eod", *more)]
    with local_exchange(door.settings(), TUESDAY, keep=False) as api:
        orders = "\n".join(map(repr, api.exchange.blotter.rows))
    events = [event for event in door.events() if not event.startswith("letter_")]
    return door, History(orders, events, codes)


@pytest.fixture(scope="module")
def without_mail(tmp_path_factory: pytest.TempPathFactory) -> History:
    _, history = a_session(tmp_path_factory.mktemp("quiet") / "home", {})
    assert history.orders.count("sell") >= 1
    return history


TROUBLES = {
    "nothing": {},
    "the line cut at once": {"connect": CUT},
    "no greeting": {"banner": HANG},
    "a greeting without end": {"banner": DRIP},
    "the login refused": {"AUTH": "535 no"},
    "the login hanging": {"AUTH": HANG},
    "the recipient refused": {"RCPT": "550 nobody"},
    "the letter refused": {"body": "554 spam"},
    "cut off in mid-letter": {"body": CUT},
    "hanging behind the letter": {"body": HANG},
    "taken, and the answer lost": {"taken": CUT},
    "busy": {"MAIL": "451 later"},
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_i13_whatever_the_mail_server_does_the_broker_hears_the_same_and_no_letter_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_mail: History, trouble: dict[str, str | bytes]
) -> None:
    """Seen red when: a letter's failure becomes an exit code; a failure deletes the letter."""
    monkeypatch.setattr(posting, "STEP_SECONDS", 0.2)
    monkeypatch.setattr(posting, "SECONDS", 2)
    with mail_server(tmp_path) as server:
        server.troubles |= trouble
        door, history = a_session(tmp_path / "home", server.environ())
        assert history == without_mail
        server.troubles.clear()
        assert door.run("monitor").code == 0
        kept = {
            line.split('"key":"')[1].split('"')[0]
            for line in door.log.read_text().splitlines()
            if "letter_kept" in line
        }
        sent = {name.removesuffix(".json") for name in names(door.data / BOX / "sent")}
        assert (names(door.data / BOX), kept - sent) == ([], set())
        assert len(set(server.ids)) == len(sent)
        twice = len(server.ids) - len(set(server.ids))
        assert twice == 0 or trouble == {"taken": CUT}


@pytest.mark.parametrize("bad", ["untrusted", "another name", "expired", "stripped", "refused", "not there"])
def test_i13_a_server_that_cannot_be_trusted_or_reached_changes_nothing_and_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_mail: History, bad: str
) -> None:
    """Seen red when: the certificate is not verified; there is a way round TLS."""
    monkeypatch.setattr(posting, "STEP_SECONDS", 0.2)
    expires = datetime(2021, 1, 1, tzinfo=UTC) if bad == "expired" else None
    name = "mail.example.com" if bad == "another name" else "localhost"
    with mail_server(
        tmp_path, trusted=bad != "untrusted", name=name, expires=expires, implicit=bad != "stripped"
    ) as server:
        environ = server.environ()
        if bad == "stripped":
            monkeypatch.setattr("automated_trading.adapters.mail_line.STARTTLS_PORT", server.port)
            server.troubles["EHLO"] = "250-here\r\n250 AUTH PLAIN LOGIN"
        if bad == "refused":
            with socket.create_server(("127.0.0.1", 0)) as free:
                environ["SMTP_PORT"] = str(free.getsockname()[1])
        if bad == "not there":
            environ["SMTP_HOST"] = "no-such-host"
            monkeypatch.setattr(socket, "getaddrinfo", _nobody)
        door, history = a_session(tmp_path / "home", environ)
        assert history == without_mail
        assert server.letters == []
        assert b"AUTH" not in b" ".join([*server.heard, *server.plain]).upper()
        assert len(names(door.data / BOX)) >= 3


def _nobody(*_: object, **__: object) -> Any:
    raise socket.gaierror(-2, "Name or service not known")


@dataclass
class Ear:
    """What a mail server of somebody else's making heard."""

    letters: list[bytes] = field(default_factory=list)
    port: int = 0
    authority: Path = Path()

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.letters.append(envelope.original_content)
        return "250 OK"


@contextmanager
def another_server(folder: Path) -> Iterator[Ear]:
    """aiosmtpd behind TLS from the first byte, with a login."""
    authority, ear = trustme.CA(), Ear()
    ear.authority = folder / "another.pem"
    authority.cert_pem.write_to_path(str(ear.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context(cafile=str(ear.authority))
    with socket.create_server(("127.0.0.1", 0)) as free:
        ear.port = free.getsockname()[1]

    def right(_server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    class Behind(Controller):
        def _trigger_server(self) -> None:
            with socket.create_connection(("127.0.0.1", ear.port), 5) as sock:
                trusting.wrap_socket(sock, server_hostname="localhost").close()

    server = Behind(
        ear,
        hostname="127.0.0.1",
        port=ear.port,
        ssl_context=context,
        authenticator=right,
        auth_required=True,
        auth_require_tls=False,
    )
    server.start()
    try:
        yield ear
    finally:
        server.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # it does not count TLS from the first byte
def test_i13_through_a_server_of_somebody_elses_making_every_letter_arrives_once(
    tmp_path: Path, without_mail: History
) -> None:
    with another_server(tmp_path) as ear:
        environ = {
            "GMAIL_USER": USER,
            "GMAIL_APP_PASSWORD": PASSWORD,
            "RECIPIENT_EMAIL": OWNER,
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(ear.port),
            "SSL_CERT_FILE": str(ear.authority),
        }
        door, history = a_session(tmp_path / "home", environ)
    assert history == without_mail
    mail = [message_from_bytes(raw, policy=policy.default) for raw in ear.letters]
    assert len(mail) == len({one["Message-ID"] for one in mail}) == len(names(door.data / BOX / "sent"))
    assert all(one["Subject"].startswith("[SIMULATED] ") and one["To"] == OWNER for one in mail)
    assert any("ACME" in one["Subject"] for one in mail)
