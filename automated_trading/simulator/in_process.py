"""A requests.Session without a socket: it hands each request straight to an Api in this process.

It stands where alpaca-py keeps its session, so that simulated days run through the very codec of live ones;
a lost answer is the ConnectionError a reset socket would give.
"""

from __future__ import annotations

import json as codec
from collections.abc import Iterator, Mapping
from http.client import RemoteDisconnected, responses
from typing import Any
from urllib.parse import parse_qsl, unquote

from requests.exceptions import ConnectionError as Disconnected, HTTPError
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ProtocolError

from automated_trading.simulator.api import Api, Lost, Request, Response


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
            cause = RemoteDisconnected("Remote end closed connection without response")
            raise Disconnected(ProtocolError("Connection aborted.", cause)) from lost
        return InProcessAnswer(response, url)

    def mount(self, prefix: str, adapter: object) -> None:
        """Adapters belong to sockets; accepted and left alone."""

    def close(self) -> None:
        """Nothing is held."""
