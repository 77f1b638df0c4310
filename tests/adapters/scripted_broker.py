"""A broker on a real loopback socket that answers what it is told to, one reply for each request."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from automated_trading.adapters.alpaca_client import AlpacaClient

KEY, SECRET = "PKTEST0000KEY", "qZ7/+of=XyWv9Tk"
Reply = Callable[["_Talk"], None]


@dataclass
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class ScriptedBroker:
    """`replies` are used up one by one; the last one stays."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    url: str = ""

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    broker: ScriptedBroker

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.broker.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        self.broker.next_reply()(self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    do_GET = do_POST = do_DELETE = do_PATCH = _serve


def says(body: object, status: int = 200, **headers: str) -> Reply:
    """An answer; a str or bytes goes out as it is, anything else as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

    def reply(talk: _Talk) -> None:
        talk.send_response_only(status)
        for name, value in headers.items():
            talk.send_header(name.replace("_", "-"), value)
        if status != 204:
            talk.send_header("Content-Length", str(len(raw)))
        talk.end_headers()
        talk.wfile.write(raw)

    return reply


def resets(talk: _Talk) -> None:
    """The request is read, and the connection reset."""
    talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.rfile.close()
    talk.wfile.close()
    talk.connection.close()
    talk.close_connection = True


def truncates(talk: _Talk) -> None:
    """More is promised than comes."""
    talk.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"id":"a')
    talk.close_connection = True


def keeps_silent(talk: _Talk) -> None:
    talk.broker.over.wait(20)
    talk.close_connection = True


def dribbles(head: bytes) -> Reply:
    """After `head`, a byte now and then, for ever: no pause is long, and the whole is endless."""

    def reply(talk: _Talk) -> None:
        talk.close_connection = True
        try:
            talk.wfile.write(head)
            while not talk.broker.over.wait(0.02):
                talk.wfile.write(b"x")
        except OSError:
            pass

    return reply


@contextmanager
def scripted_broker(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedBroker]:
    broker = ScriptedBroker(list(replies))
    talk = type("Talk", (_Talk,), {"broker": broker})
    with ThreadingHTTPServer(("127.0.0.1", 0), talk) as server:
        server.daemon_threads = True
        server.block_on_close = False
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        broker.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield broker
        finally:
            broker.over.set()
            server.shutdown()
            thread.join()


@dataclass
class HandClock:
    """A clock that stands still until something waits on it."""

    at: datetime = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
    seconds: float = 0
    waited: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


@contextmanager
def talking_to(
    url: str, clock: HandClock | None = None, seconds: float = 240, session: object | None = None
) -> Iterator[AlpacaClient]:
    client = AlpacaClient(
        trading_url=url,
        data_url=url,
        key=KEY,
        secret=SECRET,
        clock=clock or HandClock(),
        session=session,
        deadline_seconds=seconds,
    )
    try:
        yield client
    finally:
        client.close()
