"""Every way a request to the broker can end, over real sockets."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from urllib3 import Retry

from automated_trading.adapters import alpaca_wire
from automated_trading.domain.errors import (
    BrokerRefused,
    BrokerUnclear,
    BrokerUnreachable,
    ConfigError,
    TradingError,
)
from tests.adapters.scripted_broker import (
    Reply,
    dribbles,
    keeps_silent,
    resets,
    says,
    scripted_broker,
    talking_to,
    truncates,
)

HTML = "<html><h1>502 Bad Gateway</h1></html>"


BODY = {"client_order_id": "A-BUY-20260105-093500-00000000", "qty": "10", "limit_price": "28.99"}


DEEP = b"[" * 200_000


LATE = 0.5


NO_ANSWER = [
    pytest.param(resets, id="reset"),
    pytest.param(truncates, id="truncated body"),
    pytest.param(says(HTML, 502), id="502 in HTML"),
    pytest.param(says("", 500), id="500"),
    pytest.param(says('{"code": 50010000, "message": "internal"}', 500), id="500 in words of the broker's"),
    pytest.param(says("", 503), id="503"),
    pytest.param(says("", 504), id="504"),
    pytest.param(says("", 302, Location="http://127.0.0.1:1/"), id="302"),
    pytest.param(says(HTML), id="200 in HTML"),
    pytest.param(says(""), id="200 and nothing"),
    pytest.param(says('{"qty": NaN}'), id="200 and NaN"),
    pytest.param(says('{"qty": 1e99999999999999999999}'), id="200 and a monstrous exponent"),
    pytest.param(says(b'{"a": "\xff"}'), id="200 and no UTF-8"),
    pytest.param(says(DEEP), id="200 and bottomless"),
    pytest.param(says(b"9" * 10_000), id="200 and an endless number"),
]


TOO_LATE = [
    pytest.param(keeps_silent, id="silence"),
    pytest.param(dribbles(b"HTTP/1.1 200 OK\r\nX: "), id="an endless head"),
    pytest.param(dribbles(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"), id="an endless body"),
]


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "_sleep_backoff", lambda *_: None)


def send_to(reply: Reply, seconds: float = 240) -> tuple[TradingError | None, int]:
    """How a POST ends, and how many requests there were."""
    with scripted_broker(reply) as broker, talking_to(broker.url, seconds=seconds) as client:
        try:
            client.send("/orders", BODY)
        except TradingError as error:
            return error, len(broker.asked)
        return None, len(broker.asked)


@pytest.mark.parametrize("reply", NO_ANSWER)
def test_a_post_without_a_clear_answer_is_unclear_and_was_sent_once(reply: Reply) -> None:
    error, times = send_to(reply)
    assert (type(error), times) == (BrokerUnclear, 1)


@pytest.mark.parametrize("reply", TOO_LATE)
def test_a_post_answered_too_late_is_unclear_and_was_sent_once(reply: Reply) -> None:
    error, times = send_to(reply, LATE)
    assert (type(error), times) == (BrokerUnclear, 1)


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_other_requests_that_change_something_are_sent_once_too(method: str) -> None:
    with scripted_broker(says("", 504)) as broker, talking_to(broker.url) as client:
        with pytest.raises(BrokerUnclear):
            client._request(method, "/orders/a")
        assert [asked.method for asked in broker.asked] == [method]


@pytest.mark.parametrize("reply", NO_ANSWER)
def test_a_read_without_a_clear_answer_is_unreachable(reply: Reply) -> None:
    with scripted_broker(reply) as broker, talking_to(broker.url) as client:
        with pytest.raises(BrokerUnreachable):
            client.read("/account")
        assert 1 <= len(broker.asked) <= 3


@pytest.mark.parametrize("reply", TOO_LATE)
def test_a_read_answered_too_late_is_unreachable(reply: Reply) -> None:
    with scripted_broker(reply) as broker, talking_to(broker.url, seconds=LATE) as client:
        with pytest.raises(BrokerUnreachable):
            client.read("/account")
        assert 1 <= len(broker.asked) <= 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_asked_again_until_it_is_answered(status: int) -> None:
    replies = says("", status), says("", status), says({"id": "a"})
    with scripted_broker(*replies) as broker, talking_to(broker.url) as client:
        assert client.read("/account") == {"id": "a"}
        assert len(broker.asked) == client.requests_made == 3


def test_a_read_is_asked_three_times_at_most() -> None:
    with scripted_broker(says("", 503)) as broker, talking_to(broker.url) as client:
        with pytest.raises(BrokerUnreachable, match="503"):
            client.read("/account")
        assert len(broker.asked) == 3


def test_a_read_does_not_wait_as_long_as_a_server_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep_for_retry", lambda *_: pytest.fail("it waits on the server's word"))
    replies = says("", 429, Retry_After="3600"), says({})
    with scripted_broker(*replies) as broker, talking_to(broker.url) as client:
        assert client.read("/account") == {}


def test_a_reset_read_is_asked_again() -> None:
    with scripted_broker(resets, says([1])) as broker, talking_to(broker.url) as client:
        assert client.read("/positions") == [1]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_refused_port_means_certainly_nothing_was_sent(method: str) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with talking_to(url) as client, pytest.raises(BrokerUnreachable, match="no connection"):
            client._request(method, "/orders")


def test_a_name_that_does_not_resolve_means_certainly_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with talking_to("https://paper-api.alpaca.markets") as client, pytest.raises(BrokerUnreachable):
        client.send("/orders", BODY)


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """A TLS server whose certificate nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    files = [str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")]
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*make, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    with scripted_broker(says({}), tls=context) as broker:
        yield broker.url


def test_a_certificate_nobody_vouches_for_means_nothing_was_sent(stranger: str) -> None:
    with talking_to(stranger) as client, pytest.raises(BrokerUnreachable, match="no connection"):
        client.send("/orders", BODY)


def test_an_earlier_failure_says_nothing_about_this_request() -> None:
    with scripted_broker(resets) as broker, talking_to(broker.url) as client:
        try:
            raise ConnectionRefusedError("another one's")
        except ConnectionRefusedError:
            with pytest.raises(BrokerUnclear):
                client.send("/orders", BODY)


def test_429_means_the_order_was_not_taken() -> None:
    error, times = send_to(says({"code": 42910000, "message": "rate limit exceeded"}, 429))
    assert isinstance(error, BrokerUnreachable)
    assert "asked to wait" in str(error)
    assert times == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"code": 40110000, "message": "request is not authorized"}),
        (401, {"message": "unauthorized."}),
        (401, HTML),
        (403, {"message": "forbidden."}),
        (403, {"code": 40110000, "message": "request is not authorized"}),
    ],
)
def test_refused_keys_are_a_matter_of_configuration(status: int, body: object) -> None:
    error, times = send_to(says(body, status))
    assert isinstance(error, ConfigError)
    assert "does not accept these keys" in str(error)
    assert times == 1


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_any_other_no_is_a_refusal_in_the_brokers_words(status: int) -> None:
    error, times = send_to(says({"code": 40310000, "message": "insufficient buying power"}, status))
    assert isinstance(error, BrokerRefused)
    assert (error.status, error.words, times) == (status, "insufficient buying power", 1)


def test_the_words_of_a_refusal_are_cut_and_printable() -> None:
    error, _ = send_to(says(json.dumps({"message": "<p>\x1b[31mno\x00\n" + "o" * 1000}), 422))
    assert isinstance(error, BrokerRefused)
    assert error.words.startswith("<p> [31mno ooo")
    assert len(error.words) == 300


@pytest.mark.parametrize("body", ["", "<h1>403 Forbidden</h1>", "[]", "{}"])
@pytest.mark.parametrize("status", [400, 403, 404, 408, 422])
def test_a_no_that_is_not_the_brokers_own_leaves_a_sending_unclear(body: str, status: int) -> None:
    error, _ = send_to(says(body, status))
    assert isinstance(error, BrokerUnclear)


def test_a_missing_page_of_somebody_else_does_not_say_the_broker_has_no_such_thing() -> None:
    page = says("<h1>404 Not Found</h1>", 404)
    with scripted_broker(page) as broker, talking_to(broker.url) as client, pytest.raises(BrokerUnreachable):
        client.read("/orders/a")


def test_fractions_are_read_exactly() -> None:
    with scripted_broker(says('{"p": 28.990000000000000001}')) as broker, talking_to(broker.url) as client:
        assert client.read_data("/stocks/snapshots") == {"p": Decimal("28.990000000000000001")}


def test_a_cancel_is_answered_by_nothing_at_all() -> None:
    with scripted_broker(says("", 204)) as broker, talking_to(broker.url) as client:
        assert client.remove("/orders/a") is None


def test_an_answer_beyond_32_megabytes_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automated_trading.adapters.alpaca_wire.MOST_BYTES", 1000)
    large, told = says("[" + "1," * 1000 + "1]"), pytest.raises(BrokerUnreachable, match="Oversized")
    with scripted_broker(large) as broker, talking_to(broker.url) as client, told:
        client.read("/orders")


def test_an_answer_beyond_32_megabytes_is_not_read_in_this_process_either() -> None:
    answer = SimpleNamespace(content=b" " * (alpaca_wire.MOST_BYTES + 1))
    with pytest.raises(alpaca_wire.Oversized):
        alpaca_wire.read_at_once(answer)
