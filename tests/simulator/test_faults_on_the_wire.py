"""Every fault as a client meets it: over a loopback socket, and in this process, where it must look the same."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import requests

from automated_trading.simulator.api import Api
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.server import Server, serve
from tests.simulator.conftest import MORNING, new_exchange
from tests.simulator.faulty import ORDERED

KEYS = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}
ORDER = {"symbol": "AAA", "side": "buy", "qty": "1", "type": "market", "time_in_force": "day", "client_order_id": "o"}
PATIENCE = 0.2
"""Seconds a client of these tests waits for a byte; only what never comes makes it wait."""

Ask = Callable[..., Any]


@pytest.fixture
def api() -> Api:
    return Api(new_exchange())


@pytest.fixture
def server(api: Api) -> Iterator[Server]:
    server = serve(api)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["socket", "in process"])
def ask(request: pytest.FixtureRequest, api: Api) -> Ask:
    """One request by either way; the trickle is read with a deadline for the whole, as the desk's client has."""
    if request.param == "in process":
        session: Any = InProcessSession(api)
        return lambda method, path, **more: session.request(method, f"http://x{path}", headers=KEYS, **more)
    server: Server = request.getfixturevalue("server")

    def over_a_socket(method: str, path: str, **more: Any) -> requests.Response:
        url, asked = server.url + path, {"headers": KEYS, "allow_redirects": False, **more}
        if api.faults and api.faults[0].kind is FaultKind.TRICKLE:
            raise requests.ReadTimeout(_first_byte(url, method, **more))
        silent = bool(api.faults) and "silent" in api.faults[0].kind.value
        return requests.request(method, url, timeout=PATIENCE if silent else 30, **asked)

    return over_a_socket


def _first_byte(url: str, method: str, **more: Any) -> bytes:
    """The one byte a trickle gives at once; who wants the rest must wait."""
    host, _, path = url.removeprefix("http://").partition("/")
    body = json.dumps(more.get("json")).encode() if "json" in more else b""
    lines = [f"{method} /{path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in KEYS.items()]
    with socket.create_connection((host.split(":")[0], int(host.split(":")[1])), timeout=5) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        first = line.recv(4096)
    assert first == b"H"
    return first


@pytest.mark.parametrize("kind", FaultKind, ids=lambda kind: kind.value)
def test_an_order_meets_the_fault_and_the_venue_acts_or_does_not(api: Api, ask: Ask, kind: FaultKind) -> None:
    fault = Fault(kind, "POST", "/v2/orders")
    api.faults.append(fault)
    told, orders = ORDERED[kind]
    try:
        seen: int | str = ask("POST", "/v2/orders", json=ORDER).status_code
    except requests.RequestException as error:
        seen = type(error).__name__
    assert (seen, len(api.exchange.blotter.rows)) == (told, orders)
    assert (kind.processed, api.struck, api.faults) == (bool(orders), [fault], [])


def test_the_table_of_faults_is_whole() -> None:
    assert set(ORDERED) == set(FaultKind)


def test_a_late_order_arrives_once_the_clock_has_moved_on(api: Api, ask: Ask) -> None:
    api.faults.append(Fault(FaultKind.LATE, "POST", "/v2/orders", delay=timedelta(minutes=2)))
    with pytest.raises(requests.ConnectionError):
        ask("POST", "/v2/orders", json=ORDER)
    found = "/v2/orders:by_client_order_id?client_order_id=o"
    api.exchange.advance_to(MORNING + timedelta(seconds=119))
    assert ask("GET", found).status_code == 404
    api.exchange.advance_to(MORNING + timedelta(seconds=120))
    assert ask("GET", found).json()["client_order_id"] == "o"


def test_a_late_order_arrives_at_its_own_time_when_the_clock_jumps(api: Api, ask: Ask) -> None:
    api.faults.append(Fault(FaultKind.LATE, "POST", "/v2/orders", delay=timedelta(days=1)))
    with pytest.raises(requests.ConnectionError):
        ask("POST", "/v2/orders", json=ORDER)
    api.advance_to(MORNING + timedelta(days=3))
    assert [row.created_at for row in api.exchange.blotter.rows] == [MORNING + timedelta(days=1)]


def test_an_order_delivered_twice_is_refused_the_second_time(api: Api, ask: Ask) -> None:
    api.faults.append(Fault(FaultKind.TWICE, "POST", "/v2/orders"))
    assert ask("POST", "/v2/orders", json=ORDER).json()["status"] == "pending_new"
    nameless = {name: value for name, value in ORDER.items() if name != "client_order_id"}
    api.faults.append(Fault(FaultKind.TWICE, "POST", "/v2/orders"))
    ask("POST", "/v2/orders", json=nameless)
    assert len(api.exchange.blotter.rows) == 3


def test_429_tells_how_long_to_wait_or_nothing_at_all(api: Api, ask: Ask) -> None:
    api.faults += [Fault(FaultKind.TOO_MANY, "GET", "/v2/clock"), Fault(FaultKind.TOO_MANY_BARE, "GET", "/v2/clock")]
    told, bare = ask("GET", "/v2/clock"), ask("GET", "/v2/clock")
    assert told.headers["Retry-After"] == "30"
    assert (told.headers["X-RateLimit-Remaining"], int(told.headers["X-RateLimit-Reset"]) % 60) == ("0", 0)
    assert told.json()["message"] == "rate limit exceeded"
    assert not {"Retry-After", "X-RateLimit-Remaining"} & set(bare.headers)


def test_a_redirect_names_the_other_host(api: Api, ask: Ask) -> None:
    api.elsewhere = "http://127.0.0.1:9999"
    api.faults.append(Fault(FaultKind.REDIRECT, "GET", "/v2/account"))
    assert ask("GET", "/v2/account").headers["Location"] == "http://127.0.0.1:9999/v2/account"


def test_a_lagging_list_tells_the_past_and_an_unseen_order_is_nowhere(api: Api, ask: Ask) -> None:
    order = ask("POST", "/v2/orders", json=ORDER).json()["id"]
    api.exchange.advance_to(MORNING + timedelta(seconds=9))
    for kind in (FaultKind.LAGGING, FaultKind.UNSEEN):
        paths = ("/v2/orders?status=all", f"/v2/orders/{order}", "/v2/orders:by_client_order_id?client_order_id=o")
        told = []
        for path in paths:
            api.faults.append(Fault(kind, "GET", "/v2/orders", delay=timedelta(seconds=10)))
            told.append(ask("GET", path))
        assert (told[0].json(), told[1].status_code, told[2].status_code) == ([], 404, 404)
    assert ask("GET", f"/v2/orders/{order}").json()["status"] == "filled"


def test_positions_lag_while_orders_do_not(api: Api, ask: Ask) -> None:
    ask("POST", "/v2/orders", json=ORDER)
    api.exchange.advance_to(MORNING + timedelta(seconds=9))
    api.faults.append(Fault(FaultKind.LAGGING, "GET", "/v2/positions"))
    assert ask("GET", "/v2/positions").json() == []
    assert len(ask("GET", "/v2/positions").json()) == 1


def test_a_skewed_clock_shows_in_the_date(api: Api, ask: Ask) -> None:
    api.faults.append(Fault(FaultKind.SKEWED, "GET", "/v2/clock", delay=timedelta(seconds=90)))
    assert ask("GET", "/v2/clock").headers["Date"] == "Tue, 03 Feb 2026 14:33:30 GMT"


def _asks_for_the_clock(server: Server) -> socket.socket:
    """A connection on which the clock has been asked for."""
    host, port = server.url.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)), timeout=5)
    lines = ["GET /v2/clock HTTP/1.1", f"Host: {host}:{port}", *(f"{name}: {value}" for name, value in KEYS.items())]
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return line


def test_a_crash_cuts_every_connection_and_the_next_one_is_answered(server: Server, api: Api) -> None:
    with _asks_for_the_clock(server) as other:
        assert other.recv(4096).startswith(b"HTTP/1.1 200")
        api.faults.append(Fault(FaultKind.CRASH, "POST", "/v2/orders"))
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{server.url}/v2/orders", json=ORDER, headers=KEYS, timeout=5)
        assert other.recv(4096) == b""
    told = requests.get(f"{server.url}/v2/orders?status=all", headers=KEYS, timeout=5).json()
    assert [row["client_order_id"] for row in told] == ["o"]


def test_a_client_that_waits_holds_up_nobody_else(server: Server, api: Api) -> None:
    api.faults.append(Fault(FaultKind.SILENT_AFTER, "GET", "/v2/clock"))
    with _asks_for_the_clock(server):
        while not api.struck:
            requests.get(f"{server.url}/v2/account", headers=KEYS, timeout=5)
        assert requests.get(f"{server.url}/v2/clock", headers=KEYS, timeout=5).status_code == 200


def test_a_server_stops_though_a_client_still_waits(server: Server, api: Api) -> None:
    api.faults.append(Fault(FaultKind.TRICKLE, "GET", "/v2/clock"))
    with _asks_for_the_clock(server) as waiting:
        assert waiting.recv(1) == b"H"
        stopping = Thread(target=server.stop)
        stopping.start()
        while waiting.recv(4096):
            pass
        stopping.join()


def test_waiting_for_an_answer_in_process_moves_the_clock(api: Api) -> None:
    api.faults.append(Fault(FaultKind.SILENT_BEFORE, "GET", "/v2/clock"))
    with pytest.raises(requests.ReadTimeout):
        InProcessSession(api).request("GET", "http://x/v2/clock", headers=KEYS)
    assert api.exchange.now == MORNING + timedelta(seconds=10)
