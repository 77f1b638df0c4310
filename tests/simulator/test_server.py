"""The sockets: loopback only, an owner's port apart, nothing alive after stop()."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from automated_trading.simulator.api import Api
from automated_trading.simulator.server import Server, serve
from tests.simulator.conftest import new_exchange

KEYS = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}


@pytest.fixture
def api() -> Api:
    return Api(new_exchange())


@pytest.fixture
def server(api: Api) -> Iterator[Server]:
    server = serve(api)
    server.start()
    yield server
    server.stop()


def tell(server: Server, path: str, body: Any) -> requests.Response:
    return requests.post(server.admin_url + path, json=body, timeout=5)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.org"])
def test_it_refuses_to_listen_beyond_loopback(api: Api, host: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        serve(api, host=host)


def test_both_ports_are_on_loopback(server: Server) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert server.admin_url.startswith("http://127.0.0.1:")
    assert server.url != server.admin_url


def test_the_front_knows_nothing_of_the_owners_port(server: Server) -> None:
    assert requests.get(f"{server.url}/_sim/state", headers=KEYS, timeout=5).status_code == 404


def test_a_page_under_another_name_is_refused(server: Server) -> None:
    answer = requests.get(f"{server.admin_url}/_sim/state", headers={"Host": "evil.example:80"}, timeout=5)
    assert answer.status_code == 403


def test_without_keys_nothing_is_told(server: Server) -> None:
    answer = requests.get(f"{server.url}/v2/account", timeout=5)
    assert (answer.status_code, answer.json()) == (401, {"code": 40110000, "message": "request is not authorized"})


def test_answers_carry_a_request_id_and_no_date_of_the_host(server: Server) -> None:
    headers = requests.get(f"{server.url}/v2/clock", headers=KEYS, timeout=5).headers
    assert {"X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(headers)
    assert "Date" not in headers


def test_the_owner_moves_the_clock_forward_only(server: Server) -> None:
    assert tell(server, "/_sim/clock", {"at": "2026-02-03T16:00:00Z"}).status_code == 200
    assert tell(server, "/_sim/clock", {"advance_seconds": 90}).json()["now"] == "2026-02-03T16:01:30.000000000Z"
    assert tell(server, "/_sim/clock", {"at": "2026-01-01T00:00:00Z"}).json()["now"].startswith("2026-02-03T16:01")


def test_the_owner_lays_prices_cash_and_faults(server: Server, api: Api) -> None:
    assert tell(server, "/_sim/price", {"symbol": "AAA", "price": "61.5"}).status_code == 200
    assert tell(server, "/_sim/cash", {"amount": "-100"}).status_code == 200
    fault = {"kind": "lost_after", "method": "GET", "path": "/v2/clock"}
    assert tell(server, "/_sim/fault", fault).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/v2/clock", headers=KEYS, timeout=5)
    account = requests.get(f"{server.url}/v2/account", headers=KEYS, timeout=5).json()
    assert account["cash"] == "99900"
    assert str(api.exchange.mark("AAA")) == "61.5"


def test_the_owner_trades_pays_and_splits(server: Server, api: Api) -> None:
    assert tell(server, "/_sim/trade", {"symbol": "AAA", "side": "buy", "qty": "10"}).status_code == 200
    assert tell(server, "/_sim/activity", {"kind": "DIV", "amount": "2.4", "symbol": "AAA"}).status_code == 200
    assert tell(server, "/_sim/activity", {"kind": "FEE", "amount": -0.01}).status_code == 200
    assert tell(server, "/_sim/close", {"symbol": "AAA", "price": 48}).status_code == 200
    assert tell(server, "/_sim/split", {"symbol": "AAA", "ratio": "2"}).status_code == 200
    rows = requests.get(f"{server.url}/v2/account/activities", headers=KEYS, timeout=5).json()
    assert [row["activity_type"] for row in rows] == ["SPLIT", "FEE", "DIV", "FILL"]
    assert (api.exchange.ledger.held("AAA"), api.exchange.mark("AAA")) == (Decimal(20), Decimal(25))
    assert api.exchange.board.previous_close("AAA", api.exchange.now) == 24


def test_what_the_owner_may_not_trade_either_is_told_in_the_exchanges_words(server: Server) -> None:
    answer = tell(server, "/_sim/trade", {"symbol": "AAA", "side": "sell", "qty": 1})
    assert (answer.status_code, answer.json()["message"]) == (400, "account is not allowed to short")


def test_the_owner_sees_every_order_and_how_often_was_asked(server: Server) -> None:
    body = {"symbol": "AAA", "side": "buy", "qty": "1", "type": "market", "time_in_force": "day"}
    requests.post(f"{server.url}/v2/orders", json=body, headers=KEYS, timeout=5)
    state = requests.get(f"{server.admin_url}/_sim/state", timeout=5).json()
    assert ([order["status"] for order in state["orders"]], state["requests"]) == (["filled"], 1)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sim/clock", {}),
        ("/_sim/clock", {"at": "soon"}),
        ("/_sim/clock", {"at": "2026-02-03T16:00:00"}),
        ("/_sim/clock", {"at": "9999-01-01T00:00:00Z"}),
        ("/_sim/clock", {"advance_seconds": -1}),
        ("/_sim/price", {"symbol": "AAA", "price": "0"}),
        ("/_sim/price", {"price": "1"}),
        ("/_sim/fault", []),
        ("/_sim/cash", {"amount": "much"}),
        ("/_sim/cash", []),
        ("/_sim/close", {"symbol": "AAA", "price": None}),
        ("/_sim/activity", {"amount": 1}),
        ("/_sim/activity", {"kind": "DIV", "amount": "much"}),
        ("/_sim/activity", {"kind": "FILL", "amount": 1}),
        ("/_sim/activity", {"kind": "DIV", "amount": 1, "symbol": 5}),
        ("/_sim/trade", {"symbol": "AAA", "side": "hold", "qty": 1}),
        ("/_sim/trade", {"symbol": "AAA", "side": "buy", "qty": -1}),
        ("/_sim/trade", {"side": "buy", "qty": 1}),
        ("/_sim/split", {"symbol": "AAA", "ratio": 0}),
        ("/_sim/split", {"symbol": "AAA", "ratio": 1}),
        ("/_sim/split", {"ratio": 2}),
    ],
)
def test_bad_words_from_the_owner_are_one_line_and_400(server: Server, path: str, body: Any) -> None:
    answer = tell(server, path, body)
    assert answer.status_code == 400
    assert "\n" not in answer.json()["message"]


def test_a_stopped_server_answers_not_even_on_a_connection_it_kept(server: Server) -> None:
    with requests.Session() as session:
        session.get(f"{server.url}/v2/clock", headers=KEYS, timeout=5)
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/v2/clock", headers=KEYS, timeout=5)


def test_a_body_too_large_is_refused(server: Server) -> None:
    answer = requests.post(f"{server.url}/v2/orders", data=b" " * 1_000_001, headers=KEYS, timeout=5)
    assert answer.status_code == 413
