"""Where keys may go, who may see them, and what the client stands on."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from alpaca.common.rest import RESTClient
from urllib3 import Retry

from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.domain.errors import (
    BrokerUnreachable,
    ConfigError,
    TradingError,
)
from tests.adapters.scripted_broker import (
    KEY,
    SECRET,
    HandClock,
    Reply,
    resets,
    says,
    scripted_broker,
    talking_to,
    truncates,
)

BODY = {"client_order_id": "A-BUY-20260105-093500-00000000", "qty": "10", "limit_price": "28.99"}


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def send_to(reply: Reply, seconds: float = 240) -> tuple[TradingError | None, int]:
    """How a POST ends, and how many requests there were."""
    with scripted_broker(reply) as broker, talking_to(broker.url, seconds=seconds) as client:
        try:
            client.send("/orders", BODY)
        except TradingError as error:
            return error, len(broker.asked)
        return None, len(broker.asked)


def test_the_keys_travel_in_headers_and_the_path_has_its_version() -> None:
    with scripted_broker(says({})) as broker, talking_to(broker.url) as client:
        client.send("/orders", BODY)
    (asked,) = broker.asked
    assert asked.path == "/v2/orders"
    assert (asked.headers["APCA-API-KEY-ID"], asked.headers["APCA-API-SECRET-KEY"]) == (KEY, SECRET)
    assert '"limit_price": "28.99"' in asked.body


def test_a_redirect_takes_no_key_to_another_host() -> None:
    with scripted_broker(says("")) as other:
        away = says("", 302, Location=f"{other.url}/v2/account")
        told = pytest.raises(BrokerUnreachable, match="302")
        with scripted_broker(away) as broker, talking_to(broker.url) as client, told:
            client.read("/account")
        assert other.asked == []


def test_a_proxy_in_the_environment_sees_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_broker(says({"id": "proxy"})) as proxy, scripted_broker(says({"id": "broker"})) as broker:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with talking_to(broker.url) as client:
            assert (client.read("/account"), client.send("/orders", BODY)) == ({"id": "broker"},) * 2
        assert proxy.asked == []


LIVE_SPELLINGS = [
    "https://api.alpaca.markets",
    "https://API.Alpaca.Markets/",
    "https://api.alpaca.markets.",
    "https://api.alpaca.markets:443",
    "http://api.alpaca.markets",
]


@pytest.mark.parametrize("url", LIVE_SPELLINGS)
@pytest.mark.parametrize("place", ["trading_url", "data_url"])
def test_the_live_host_is_refused_unless_it_is_meant(url: str, place: str) -> None:
    urls = {"trading_url": "https://paper-api.alpaca.markets", "data_url": "https://data.alpaca.markets"}
    with pytest.raises(ConfigError):
        AlpacaClient(**{**urls, place: url}, key=KEY, secret=SECRET, clock=HandClock())  # type: ignore[arg-type]


def test_the_live_host_is_accepted_when_it_is_meant() -> None:
    client = AlpacaClient(
        trading_url="https://api.alpaca.markets",
        data_url="https://data.alpaca.markets",
        key=KEY,
        secret=SECRET,
        clock=HandClock(),
        live=True,
    )
    assert "api.alpaca.markets" in repr(client)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("host", ["https://api.alpaca.markets", "https://elsewhere.example", "http://127.0.0.1"])
def test_no_other_host_is_spoken_to_not_even_looked_up(method: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a name was looked up"))
    with talking_to("http://127.0.0.1:1") as client:
        with pytest.raises(ConfigError, match="refused"):
            client._request(method, "/orders", base_url=host)
        assert client.requests_made == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "paper-api.alpaca.markets",
        "https://paper-api.alpaca.markets/v2",
        "https://user@paper-api.alpaca.markets",
        "https://paper-api.alpaca.markets:port",
        "http://paper-api.alpaca.markets",
        "ftp://127.0.0.1",
        "https://[",
    ],
)
def test_a_url_that_is_not_a_plain_safe_origin_is_refused(url: str) -> None:
    with pytest.raises(ConfigError), talking_to(url):
        pass


@pytest.mark.parametrize("bad", ["", "key\n", "a b", "schlüssel", "\x00"])
def test_a_key_unfit_for_a_header_is_refused_and_not_shown(bad: str) -> None:
    for key, secret in ((bad, SECRET), (KEY, bad)):
        with pytest.raises(ConfigError) as caught:
            AlpacaClient(
                trading_url="http://127.0.0.1:1",
                data_url="http://127.0.0.1:1",
                key=key,
                secret=secret,
                clock=HandClock(),
            )
        assert not bad or bad not in str(caught.value)


ECHO = {"message": f"bad key {KEY} and {SECRET}"}


@pytest.mark.parametrize(
    "reply",
    [
        says(ECHO, 401),
        says(ECHO, 422),
        says(f"x {KEY} {SECRET}", 400),
        says({"message": "x" * 295 + SECRET}, 422),
        says({"message": "x" * 295 + SECRET}, 500),
        says(ECHO, 429),
        resets,
        truncates,
    ],
)
def test_no_exception_shows_a_key(reply: Reply) -> None:
    error: BaseException | None = send_to(reply)[0]
    while error is not None:
        for text in (str(error), repr(error)):
            assert KEY not in text
            assert SECRET[:5] not in text
        error = error.__cause__


def test_the_client_does_not_show_its_keys() -> None:
    with talking_to("http://127.0.0.1:1") as client:
        assert KEY not in repr(client)
        assert SECRET not in str(client)


@pytest.mark.parametrize("name", ["_one_request", "_request", "_get_default_headers"])
def test_an_alpaca_py_that_is_made_differently_is_told_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(RESTClient, name)
    with pytest.raises(ConfigError, match=r"alpaca-py 0\.\d+"), talking_to("http://127.0.0.1:1"):
        pass


def test_pandas_is_not_imported() -> None:
    probe = (
        "import sys, automated_trading.adapters.alpaca_broker, automated_trading.adapters.alpaca_data;"
        "sys.exit('pandas' in sys.modules or 'alpaca.trading' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
