"""The exchange on a loopback socket, and its owner's hand on a second port.

It listens on 127.0.0.1 and nowhere else. One lock stands round the exchange, and is let go before an answer leaves:
what a fault does to its bytes holds up nobody else, and ends when the client hangs up.
No Date header: the exchange's clock is not the host's, and a client must not compare the two.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, unquote, urlsplit

from automated_trading.simulator.admin import answer_admin
from automated_trading.simulator.api import Api, Lost, Request, Response
from automated_trading.simulator.bent_answers import Delivery
from automated_trading.simulator.faults import FaultKind

_LOOPBACK = "127.0.0.1"
_LONGEST_BODY = 1_000_000
_TOO_LONG = Response(413, {"Content-Type": "application/json"}, b'{"code":41310000,"message":"request too large"}')
_TRICKLE_SECONDS = 0.25
_AT_ONCE = struct.pack("ii", 1, 0)  # linger on, for no time: closing tears the connection down
_WRONG_HOST = Response(403, {"Content-Type": "application/json"}, b'{"message":"forbidden."}')

Answer = Callable[[Request], Response]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        self.connections: set[socket.socket] = set()
        super().__init__((_LOOPBACK, port), _Conversation)

    @property
    def url(self) -> str:
        return f"http://{_LOOPBACK}:{self.server_address[1]}"

    def hang_up(self) -> None:
        """Stop listening and cut every open connection, so that nothing talks to a stopped server."""
        self.shutdown()
        self.server_close()
        self.drop_all()

    def drop_all(self) -> None:
        """Cut every open connection."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that tears its line down is no fault of ours
            super().handle()

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the desk's own log is the record."""

    def _serve(self) -> None:
        try:
            self._send(self._answer())
        except Lost as lost:
            self.close_connection = True
            self._lose(lost.kind)
        except OSError:
            self.close_connection = True

    def _lose(self, kind: FaultKind) -> None:
        """No answer: silence until the client hangs up, or a connection torn down, or (the rest) one that is closed."""
        match kind:
            case FaultKind.SILENT_BEFORE | FaultKind.SILENT_AFTER:
                self._hung_up(None)
            case FaultKind.RESET_BEFORE | FaultKind.RESET_AFTER:
                self._tear_down()
            case FaultKind.CRASH:
                self.server.drop_all()

    def _tear_down(self) -> None:
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.server.connections.discard(self.connection)
            socket.close(self.connection.detach())

    def _hung_up(self, seconds: float | None) -> bool:
        """Whether the client hangs up within that time (None: waits until it does)."""
        while select.select([self.connection], [], [], seconds)[0]:
            if not self.connection.recv(4096):
                return True
        return False

    def _answer(self) -> Response:
        # A page in a browser can reach loopback under a name of its own; such a name is refused.
        if self.headers.get("Host", "").rpartition(":")[0] not in {_LOOPBACK, "localhost"}:
            return _WRONG_HOST
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > _LONGEST_BODY:
            self.close_connection = True
            return _TOO_LONG
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = "/" + unquote(parts.path).lstrip("/")
        return self.server.answer(Request(self.command, path, query, dict(_headers(self)), body))

    def _send(self, response: Response) -> None:
        lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.status != 204:
            lines.append(f"Content-Length: {len(response.body)}")
        self.close_connection = self.close_connection or response.delivery is not Delivery.WHOLE
        if self.close_connection:
            lines.append("Connection: close")
        self._deliver("\r\n".join([*lines, "", ""]).encode("latin-1"), response)

    def _deliver(self, head: bytes, response: Response) -> None:
        match response.delivery:
            case Delivery.WHOLE:
                self.wfile.write(head + response.body)
            case Delivery.CUT_OFF:
                self.wfile.write(head + response.body[: len(response.body) // 2])
            case Delivery.TRICKLE:
                for at in range(len(head + response.body)):
                    self.wfile.write((head + response.body)[at : at + 1])
                    if self._hung_up(_TRICKLE_SECONDS):
                        break

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve


def _headers(handler: BaseHTTPRequestHandler) -> list[tuple[str, str]]:
    return [(name.upper(), value) for name, value in handler.headers.items()]


class Server:
    """An Api and its admin port, each in a thread of its own between start() and stop()."""

    def __init__(self, api: Api, port: int, admin_port: int) -> None:
        self._api, self._lock = api, Lock()
        self._front = _Listener(port, self._ask)
        try:
            self._admin = _Listener(admin_port, self._ask_admin)
        except OSError:
            self._front.server_close()
            raise
        self._threads: list[Thread] = []

    @property
    def url(self) -> str:
        """Where clients talk to it, without /v2."""
        return self._front.url

    @property
    def admin_url(self) -> str:
        """Where its owner talks to it."""
        return self._admin.url

    def start(self) -> None:
        """Begin to answer."""
        for listener in (self._front, self._admin):
            thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop, and cut what is connected; safe to call twice."""
        if self._threads:
            for listener in (self._front, self._admin):
                listener.hang_up()
            for thread in self._threads:
                thread.join()
            self._threads.clear()
        self._front.server_close()
        self._admin.server_close()

    def _ask(self, request: Request) -> Response:
        with self._lock:
            return self._api.handle(request)

    def _ask_admin(self, request: Request) -> Response:
        with self._lock:
            return answer_admin(self._api, request)


def serve(api: Api, *, port: int = 0, admin_port: int = 0, host: str = _LOOPBACK) -> Server:
    """A server bound to 127.0.0.1 (port 0: any free one), not yet started. Raises ValueError for another host."""
    if host != _LOOPBACK:
        raise ValueError(f"the simulator listens on {_LOOPBACK} only, not on {host}")
    return Server(api, port, admin_port)
