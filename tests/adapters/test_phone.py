"""A phone is told once for each letter; what it does or does not do never reaches the mail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from automated_trading.adapters import posting
from automated_trading.adapters.phone import Phone
from automated_trading.reports.letter import Level
from tests.adapters.letters import NOON, a_letter, a_mailer, an_outbox, names, posted
from tests.adapters.mail_server import CUT, MailServer, mail_server

REPOSITORY = Path(__file__).resolve().parents[2]
GRAVE = a_letter("grave", Level.CRITICAL)
TOKEN = "phonecanary-7Q2-token"


class Service:
    """A web service that takes notes, or does not."""

    def __init__(self) -> None:
        self.notes: list[bytes] = []
        self.status = 200
        self.hangs = threading.Event()
        self.hangs.set()
        self.url = ""


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as found:
        yield found


@contextmanager
def serving() -> Iterator[Service]:
    told = Service()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.notes.append(self.rfile.read(int(self.headers["Content-Length"])))
            told.hangs.wait(20)
            self.send_response(told.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    told.url = f"json://127.0.0.1:{server.server_port}/{TOKEN}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return tmp_path / "outbox"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        yield found


def keep(box: Path, *letters: object, age: timedelta = timedelta(0)) -> None:
    for letter in letters or (GRAVE,):
        an_outbox(box, phone=True, now=NOON - age).keep(letter)  # type: ignore[arg-type]


def a_phone(*urls: str) -> Phone:
    return Phone(SecretStr(" ".join(urls)))


def test_a_phone_is_told_the_short_of_a_letter_once(box: Path, service: Service) -> None:
    """Seen red when: the note is not moved."""
    keep(box)
    done = posted(box, None, a_phone(service.url))
    assert (done.told, done.troubles, len(service.notes)) == (1, [], 1)
    assert b"grave, in short" in service.notes[0]
    assert b"[PAPER] CRITICAL: grave" in service.notes[0]
    assert posted(box, None, a_phone(service.url)).told == 0
    keep(box)
    assert posted(box, None, a_phone(service.url)).told == 0
    assert names(box) == [f"{GRAVE.key}.json"]


@pytest.mark.parametrize(
    ("level", "kind", "rings"),
    [
        (Level.CRITICAL, "fills", True),
        (Level.WARNING, "fills", True),
        (Level.INFO, "fills", False),
        (Level.INFO, "evening", True),
    ],
)
def test_a_phone_rings_for_what_is_grave_and_for_the_evening(box: Path, level: Level, kind: str, rings: bool) -> None:
    keep(box, a_letter("x", level, kind=kind))
    assert len(names(box, ".phone")) == int(rings)


def test_without_a_phone_no_note_is_kept(box: Path) -> None:
    an_outbox(box).keep(GRAVE)
    assert names(box, ".phone") == []


def test_a_phone_that_fails_is_told_again_and_the_mail_is_not_sent_again(
    box: Path, service: Service, server: MailServer
) -> None:
    service.status = 500
    keep(box)
    done = posted(box, a_mailer(server), a_phone(service.url))
    assert (done.mailed, done.told, len(done.troubles)) == (1, 0, 1)
    assert "nobody took it; check NOTIFY_URLS" in done.troubles[0]
    service.status = 200
    done = posted(box, a_mailer(server), a_phone(service.url))
    assert (done.mailed, done.told, len(server.letters)) == (0, 1, 1)


def test_mail_that_fails_does_not_ring_again(box: Path, service: Service, server: MailServer) -> None:
    server.troubles["MAIL"] = CUT
    keep(box)
    for _ in range(2):
        posted(box, a_mailer(server), a_phone(service.url))
    assert (len(service.notes), names(box)) == (1, [f"{GRAVE.key}.json"])


def test_a_service_that_hangs_gets_its_seconds_and_no_more(
    box: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "PHONE_SECONDS", 0.3)
    service.hangs.clear()
    keep(box)
    done = posted(box, None, a_phone(service.url))
    assert (done.told, names(box, ".phone")) == (0, [f"{GRAVE.key}.phone"])
    assert "phone: no answer in time" in done.troubles[0]


def test_one_address_of_several_is_enough(box: Path, service: Service) -> None:
    keep(box)
    assert posted(box, None, a_phone("json://127.0.0.1:9/x", service.url)).told == 1


@pytest.mark.parametrize("url", ["nonsense", "json://", "mailto://", "\u00e9://x", "unknown://token-of-somebody"])
def test_an_address_that_is_none_is_told_without_it(box: Path, url: str) -> None:
    keep(box)
    done = posted(box, None, a_phone(url))
    assert (done.told, len(done.troubles)) == (0, 1)
    assert url not in done.troubles[0]


def test_without_the_package_one_line_says_what_to_install(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "apprise.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'without'}:{REPOSITORY}")
    keep(box)
    done = posted(box, None, a_phone("json://127.0.0.1:9"))
    assert done.troubles == [
        f'{GRAVE.key}.phone waits: phone: NOTIFY_URLS needs a package more: pip install "automated-trading[notify]"'
    ]


def test_the_addresses_are_no_argument_of_the_process_and_nothing_it_says_comes_out(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Seen red when: an address is an argument, or the process shares our output."""
    fake = tmp_path / "fake"
    fake.mkdir()
    seen = tmp_path / "seen"
    (fake / "apprise.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        f"Path({str(seen)!r}).write_bytes(Path('/proc/self/cmdline').read_bytes())\n"
        f"print('{TOKEN}'); print('{TOKEN}', file=sys.stderr)\nraise RuntimeError('{TOKEN}')\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{fake}:{REPOSITORY}")
    keep(box)
    done = posted(box, None, a_phone(f"json://127.0.0.1:9/{TOKEN}"))
    assert TOKEN.encode() not in seen.read_bytes()
    assert TOKEN not in "".join([*capfd.readouterr(), *done.troubles, repr(a_phone(TOKEN))])


def test_a_note_of_yesterday_is_no_news(box: Path, service: Service) -> None:
    keep(box, age=timedelta(days=2))
    posted(box, None, a_phone(service.url))
    assert (service.notes, names(box / "unsent")) == ([], [f"{GRAVE.key}.phone"])
