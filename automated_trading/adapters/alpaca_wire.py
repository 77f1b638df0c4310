"""The wire to the broker: sessions that keep a deadline, and bytes read to their end or not at all.

Law of the file: the read timeout is a budget for the whole answer, from the first byte of its head to the
last of its body, not for each pause between bytes. A read may be repeated by urllib3; nothing else is.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http.client import HTTPResponse
from typing import Any, Final, NoReturn, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from automated_trading.adapters.clock import WallClock

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 10
MOST_BYTES: Final = 32 * 2**20
READ_AGAIN: Final = 2
"""How often a read is repeated, so that it is asked three times at most."""

WIRE_FAULTS: Final = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What a session raises when no whole answer came."""

_NO_CONNECTION: Final = (
    NewConnectionError,
    ConnectTimeoutError,
    ConnectionRefusedError,
    ssl.SSLCertVerificationError,
)
_CHUNK: Final = 65536
_stopwatch: Final = WallClock().monotonic


class Answered(Protocol):
    """As much of a `requests.Response` as is read here."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def content(self) -> bytes: ...

    def iter_content(self, chunk_size: int) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Oversized(OSError):
    """The answer is larger than any the broker gives."""


def reading_session() -> requests.Session:
    """A session for GET only: asked again, with jitter, on a lost line, 429 and 5xx."""
    retry = urllib3.Retry(
        total=READ_AGAIN,
        allowed_methods={"GET"},
        status_forcelist={429, 500, 502, 503, 504},
        backoff_factor=0.2,
        backoff_jitter=0.3,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    return _session(retry)


def sending_session() -> requests.Session:
    """A session that asks once."""
    return _session(urllib3.Retry(0, read=False))


def _session(retry: urllib3.Retry) -> requests.Session:
    session = requests.Session()
    # Proxies and ~/.netrc of whoever runs this have no say in where keys are sent.
    session.trust_env = False
    adapter = HTTPAdapter(max_retries=retry)
    adapter.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def read_whole(response: Answered) -> bytes:
    """The whole body, at most 32 MB of it. Raises one of WIRE_FAULTS."""
    body = bytearray()
    try:
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise Oversized("the answer is larger than 32 MB")
    finally:
        response.close()
    return bytes(body)


def read_at_once(response: Answered) -> bytes:
    """The body of an answer made in this process, at most 32 MB too. Raises one of WIRE_FAULTS."""
    if len(response.content) > MOST_BYTES:
        raise Oversized("the answer is larger than 32 MB")
    return response.content


def repeats(response: Answered) -> int:
    """How many requests of urllib3's own went before the one that was answered."""
    retries = getattr(getattr(response, "raw", None), "retries", None)
    return len(retries.history) if retries is not None else 0


def never_sent(fault: BaseException) -> bool:
    """Whether the fault proves that no connection was made, so that nothing can have been sent.

    Follows only what a fault wraps, not `__context__`: that may be some earlier request's.
    """
    inner: object = fault
    for _ in range(8):
        if isinstance(inner, _NO_CONNECTION):
            return True
        if not isinstance(inner, BaseException):
            return False
        inner = getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)
    return False


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def from_json(body: bytes) -> Any:
    """The value of a JSON text, its fractions as Decimal. Raises ValueError on anything else."""
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ArithmeticError, RecursionError) as error:
        raise ValueError(f"not readable as JSON: {type(error).__name__}") from error


class _BudgetedReader(io.RawIOBase):
    """A socket's bytes, all of them within one stretch of time."""

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        super().__init__()
        self._sock = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._until = None if seconds is None else _stopwatch() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            left = self._until - _stopwatch()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left)
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _BudgetedSocket:
    """What http.client reads an answer from: it asks its socket for a file and for nothing else."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BudgetedReader(self._sock, self._sock.gettimeout()))


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_BudgetedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
