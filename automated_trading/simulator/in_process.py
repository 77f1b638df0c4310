"""A requests.Session without a socket: it hands each request straight to an Api in this process.

It stands where alpaca-py keeps its session, so that simulated days run through the very codec of live ones;
an answer that is lost, late or cut off is the error a socket would give, and waiting for one moves the exchange's
clock.
"""

from __future__ import annotations

import json as codec
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.client import RemoteDisconnected, responses
from typing import Any
from urllib.parse import parse_qsl, unquote

from requests.exceptions import ChunkedEncodingError, ConnectionError as Disconnected, HTTPError, ReadTimeout
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import IncompleteRead, ProtocolError

from automated_trading.simulator.api import Api, Lost, Request, Response
from automated_trading.simulator.bent_answers import Delivery
from automated_trading.simulator.faults import FaultKind

PATIENCE = timedelta(seconds=10)
"""How long a client waits for an answer that does not come."""

_SILENT = frozenset({FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER})
_RESET = frozenset({FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER})


class InProcessAnswer:
    """What callers read of a requests.Response."""

    def __init__(self, response: Response, url: str) -> None:
        self.status_code, self.content, self.url = response.status, response.body, url
        self.reason = responses.get(response.status, "")
        self.ok = response.status < 400
        self._headers = response.headers

    @property
    def headers(self) -> CaseInsensitiveDict[str]:
        """The answer's headers."""
        return CaseInsensitiveDict(self._headers)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8")

    def json(self) -> Any:
        """The body as JSON."""
        return codec.loads(self.content)

    def iter_content(self, size: int = 65536) -> Iterator[bytes]:
        """The body in pieces."""
        for start in range(0, len(self.content), size):
            yield self.content[start : start + size]

    def raise_for_status(self) -> None:
        """Raise HTTPError on a refusal."""
        if not self.ok:
            raise HTTPError(f"{self.status_code} {self.reason} for url: {self.url}", response=self)  # type: ignore[arg-type]

    def close(self) -> None:
        """Nothing is held."""


class InProcessSession:
    """The session alpaca-py uses, in front of an Api."""

    def __init__(self, api: Api) -> None:
        self.trust_env = False
        self._api = api

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        **_options: object,
    ) -> InProcessAnswer:
        """One request; host, timeout and the other options of a socket mean nothing here."""
        target, _, tail = url.partition("?")
        query = dict(parse_qsl(tail, keep_blank_values=True)) if tail else {}
        if params:
            query.update((name, str(value)) for name, value in params.items() if value is not None)
        path = "/" + target.split("/", 3)[3]
        body = b"" if json is None else codec.dumps(json).encode()
        try:
            response = self._api.handle(Request(method, unquote(path), query, headers or {}, body))
        except Lost as lost:
            raise self._no_answer(lost.kind) from lost
        if response.delivery is Delivery.TRICKLE:
            raise self._no_answer(FaultKind.SILENT_AFTER)
        if response.delivery is Delivery.CUT_OFF:
            half = len(response.body) // 2
            raise ChunkedEncodingError(ProtocolError(IncompleteRead(half, len(response.body) - half)))
        return InProcessAnswer(response, url)

    def _no_answer(self, kind: FaultKind) -> Exception:
        """The error a socket would give; where a client would have waited, the clock has moved on."""
        if kind in _SILENT:
            self._api.advance_to(self._api.exchange.now + PATIENCE)
            return ReadTimeout("Read timed out.")
        closed = ConnectionResetError(104, "Connection reset by peer")
        cause = closed if kind in _RESET else RemoteDisconnected("Remote end closed connection without response")
        return Disconnected(ProtocolError("Connection aborted.", cause))

    def mount(self, prefix: str, adapter: object) -> None:
        """Adapters belong to sockets; accepted and left alone."""

    def close(self) -> None:
        """Nothing is held."""
