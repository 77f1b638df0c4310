"""One client for Alpaca: alpaca-py's REST client with deadlines, one host list, and answers of our own.

Law of the file: nothing but a GET is ever sent twice; only the two hosts it was built for are spoken to; no
key leaves but in the headers to them. `alpaca.trading` is never imported: it brings pandas with it.
"""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from importlib import metadata
from typing import Any, Final, NoReturn, cast
from urllib.parse import urlsplit

import requests
from alpaca.common.rest import RESTClient

from automated_trading.adapters import alpaca_wire as wire
from automated_trading.adapters.alpaca_answers import READ, judge, unanswered
from automated_trading.adapters.alpaca_pace import ClientClock, Pace, date_of
from automated_trading.domain.errors import BrokerError, BrokerUnreachable, ConfigError

LIVE_HOST: Final = "api.alpaca.markets"
_VERSION: Final = "v2"
_TRIES: Final = wire.READ_AGAIN + 1
_METHODS: Final = ("_one_request", "_request", "_get_default_headers")
_PARTS: Final = ("_session", "_retry")
_ONE_REQUEST: Final = ["self", "method", "url", "opts", "retry"]


class AlpacaClient(RESTClient):
    """Requests to one account's trading host and to the data host, answered with plain JSON values.

    Every request raises BrokerUnreachable (certainly nothing done), BrokerUnclear (sent, no answer; never a
    GET), BrokerRefused (the broker's words) or ConfigError (keys not accepted, or a host not ours).
    """

    def __init__(
        self,
        *,
        trading_url: str,
        data_url: str,
        key: str,
        secret: str,
        clock: ClientClock,
        session: object | None = None,
        live: bool = False,
        deadline_seconds: float = 240,
    ) -> None:
        """`session` takes the place of both HTTP sessions; `deadline_seconds` is the whole command's.

        URLs come without a path. Raises ConfigError.
        """
        self.requests_made = 0
        self.skew: timedelta | None = None
        _check_keys(key, secret)
        gates = {LIVE_HOST: live}
        hosts = (_origin(url, gates, wired=session is None) for url in (trading_url, data_url))
        self._trading, self._data = hosts
        self._allowed = (f"{self._trading}/", f"{self._data}/")
        check_library()
        super().__init__(self._trading, key, secret, api_version=_VERSION, raw_data=True)
        _check_parts(self)
        self._retry = 0
        self._secrets = (secret, key)
        self._own_headers = RESTClient._get_default_headers(self)
        self.clock = clock
        self._pace = Pace(clock, deadline_seconds)
        self._session = cast(requests.Session, session) if session is not None else wire.reading_session()
        self._sending = self._session if session is not None else wire.sending_session()
        self._body = wire.read_at_once if session is not None else wire.read_whole

    def __repr__(self) -> str:
        return f"AlpacaClient({self._trading})"

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """GET from the trading host."""
        return self._request("GET", path, cast(Any, query))

    def read_data(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """GET from the data host."""
        return self._request("GET", path, cast(Any, query), base_url=self._data)

    def send(self, path: str, body: Mapping[str, str]) -> Any:
        """POST to the trading host, once."""
        return self._request("POST", path, cast(Any, body))

    def change(self, path: str, body: Mapping[str, bool]) -> Any:
        """PATCH at the trading host, once."""
        return self._request("PATCH", path, cast(Any, body))

    def remove(self, path: str) -> Any:
        """DELETE at the trading host, once."""
        return self._request("DELETE", path)

    def close(self) -> None:
        """Let go of the connections; the client may still be used."""
        self._session.close()
        self._sending.close()

    def _get_default_headers(self) -> dict[str, str]:
        return self._own_headers

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> Any:
        """One request and its answer, in the place of alpaca-py's own; `retry` is always zero."""
        if not url.startswith(self._allowed):
            raise ConfigError(f"refused: {urlsplit(url).hostname} is not the broker this desk was set up for")
        left = self._pace.enter()
        self.requests_made += 1
        reading = method == READ
        session = self._session if reading else self._sending
        # So that a read which times out at every try still ends within the run.
        share = left / (2 * _TRIES) if reading else left
        timeout = (min(wire.CONNECT_SECONDS, share), min(wire.READ_SECONDS, share))
        opts["allow_redirects"] = False
        try:
            response = session.request(method, url, timeout=timeout, stream=True, **opts)
            body = self._body(response)
        except wire.WIRE_FAULTS as fault:
            raise _lost(method, self._path(url), fault) from fault
        headers = response.headers
        self._pace.heed(headers)
        if reading:
            self._hear(url, headers, wire.repeats(response))
        return judge(method, self._path(url), response.status_code, body, self._secrets)

    def _hear(self, url: str, headers: Mapping[str, str], repeats: int) -> None:
        """Count what urllib3 asked again; from the clock's answer tell how far our own clock is off."""
        if repeats:
            self.requests_made += repeats
            self._pace.count(repeats)
        if url.endswith("/clock"):
            told = date_of(headers)
            self.skew = self.clock.now() - told if told is not None else None

    def _path(self, url: str) -> str:
        return urlsplit(url).path.removeprefix(f"/{_VERSION}")


def _lost(method: str, path: str, fault: BaseException) -> BrokerError:
    kind = type(fault).__name__
    if wire.never_sent(fault):
        return BrokerUnreachable(f"{method} {path}: no connection ({kind}); the next run asks again")
    return unanswered(method, path, f"no whole answer ({kind})")


def _origin(url: str, gates: Mapping[str, bool], wired: bool) -> str:
    """Scheme and host of a base URL, checked; `wired` means real keys would travel there."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError as error:
        raise ConfigError("a broker URL cannot be read; give it as https://host") from error
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if not host or not plain:
        raise ConfigError("a broker URL must be scheme and host alone, without /v2; give it as https://host")
    if not gates.get(host, True):
        raise ConfigError(f"refused: {host} is the live host, and live trading is not switched on")
    if wired and parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise ConfigError(f"refused: keys for {host} travel over https only")
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_keys(key: str, secret: str) -> None:
    """Keys fit for a header; a stray newline would otherwise come back in somebody's error message."""
    for name, value in (("key", key), ("secret", secret)):
        if not value:
            raise ConfigError(f"the broker {name} is missing")
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ConfigError(f"the broker {name} holds a character that no key has; copy it again")


def check_library() -> None:
    """What is overridden and relied on in alpaca-py has no promise of staying, so it is looked at first.

    Raises ConfigError.
    """
    for name in _METHODS:
        if not hasattr(RESTClient, name):
            _not_as_expected(name)
    if list(inspect.signature(RESTClient._one_request).parameters) != _ONE_REQUEST:
        _not_as_expected("_one_request")


def _check_parts(client: RESTClient) -> None:
    for name in _PARTS:
        if not hasattr(client, name):
            _not_as_expected(name)


def _not_as_expected(name: str) -> NoReturn:
    version = metadata.version("alpaca-py")
    raise ConfigError(f"alpaca-py {version} has no {name} as this program needs it; install alpaca-py 0.44")
