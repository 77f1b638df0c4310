"""The heartbeat over real HTTP: what is told, and what becomes of a watchman who is ill."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from automated_trading.adapters import heartbeat
from automated_trading.adapters.heartbeat import beat

TOKEN = "3f2c-canary-token"
SOON = 0.3


@dataclass
class Watchman:
    """A loopback server that notes each request and answers with one status."""

    status: int = 200
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def watchman(status: int = 200, **headers: str) -> Iterator[Watchman]:
    told = Watchman(status)

    class Ear(BaseHTTPRequestHandler):
        def _note(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told.heard.append((self.command, self.path, body.decode()))
            self.send_response(told.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET = _note

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mute(*says: bytes) -> Iterator[str]:
    """A listener that takes the connection, says this much for ever and ends nothing."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        with line, suppress(OSError):
            while says and not over.wait(0.05):
                line.sendall(says[0])
            over.wait()

    def listen() -> None:
        while not over.is_set():
            try:
                line, _ = ear.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as ear:
        threading.Thread(target=listen, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{ear.getsockname()[1]}"
        finally:
            over.set()


@pytest.mark.parametrize(("code", "ending"), [(0, ""), (4, "/4"), (1, "/1"), (8, "/8"), (7, "/log"), (None, "/fail")])
def test_the_outcome_is_in_the_address_and_the_line_in_the_body(code: int | None, ending: str) -> None:
    with watchman() as told:
        assert beat(f"{told.url}/{TOKEN}", code, "PAPER monitor: nothing traded") is None
    assert told.heard == [("POST", f"/{TOKEN}{ending}", "PAPER monitor: nothing traded")]


def test_a_question_at_the_end_of_the_address_stays_there() -> None:
    with watchman() as told:
        beat(f"{told.url}/key/desk/?create=1", 4, "")
    assert told.heard == [("POST", "/key/desk/4?create=1", "")]


def test_a_long_line_is_cut() -> None:
    with watchman() as told:
        beat(told.url, 0, "\u00e4" * 9000)
    assert told.heard == [("POST", "/", "\u00e4" * 2000)]


@pytest.mark.parametrize("status", [300, 301, 404, 429, 500, 503])
def test_what_is_not_taken_is_said_and_not_asked_again(status: int) -> None:
    with watchman(status) as told:
        assert beat(f"{told.url}/{TOKEN}", 0, "") == f"it answered {status}"
        assert len(told.heard) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(status: int) -> None:
    with watchman() as other, watchman(status, Location=f"{other.url}/{TOKEN}") as told:
        assert beat(f"{told.url}/{TOKEN}", 0, "") == f"it answered {status}"
        assert (len(told.heard), other.heard) == (1, [])


@pytest.mark.parametrize(
    "says", [(), (b"H",), (b"HTTP/1.1 200 OK\r\nA: ",)], ids=["silent", "dripping", "endless head"]
)
def test_a_watchman_who_never_ends_is_left_behind(says: tuple[bytes, ...]) -> None:
    with mute(*says) as url:
        told = beat(f"{url}/{TOKEN}", 0, "", seconds=SOON)
    assert told is not None
    assert TOKEN not in told


def test_five_seconds_are_all_there_is() -> None:
    assert heartbeat.SECONDS == 5


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "http://[::1]:9/x", f"https://{'a' * 70}.example/x", "https://127.0.0.1:9/x", "x://"],
)
def test_nobody_there_is_one_word_without_the_address(url: str) -> None:
    told = beat(url, 0, "", seconds=SOON)
    assert told
    assert "/x" not in told
    assert "aaaa" not in told


def test_a_thread_that_is_never_done_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(heartbeat, "_asked", lambda *_: over.wait(2) and None)  # as a name that is never resolved
    assert beat("http://127.0.0.1:9", 0, "", seconds=0.01) == "no answer within 0.01 seconds"
    over.set()
