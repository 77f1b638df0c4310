"""I1, I2, I5, I9, I19: what may be sent, once, and when nothing may."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.clock import WallClock
from automated_trading.assembly.in_process import in_process_client
from automated_trading.domain.errors import BrokerUnclear, BrokerUnreachable
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, Rules
from automated_trading.simulator.api import Lost, Request
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, bench, signal
from tests.engine.wire import answering
from tests.proof.cuts.fuse import Fuse

POST = ("POST", "/v2/orders")


def during_the_post(b: Bench, do: Callable[[], object]) -> None:
    """Something happens while the first order is on its way."""

    def act(request: Request, handle: Any) -> Any:
        b.wire.acts = ()
        do()
        return handle(request)

    b.wire.on(*POST, act)


@pytest.mark.parametrize("fate", ["answered", "answer lost", "request lost", "arrives late", "refused for now"])
def test_i1_one_decision_is_at_most_one_order_whatever_became_of_its_request(tmp_path: Path, fate: str) -> None:
    """Seen red when: "must be unique" is taken for a refusal and a refusal of an earlier run's intent is believed."""
    b = bench(tmp_path, "AAA")
    held: list[Callable[[], object]] = []

    def late(request: Request, handle: Any) -> Any:
        held.append(lambda: handle(request))
        raise Lost("held back on the way")

    match fate:
        case "answer lost":
            b.wire.faults.append(Fault(FaultKind.LOST_AFTER, *POST))
        case "request lost":
            b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, *POST))
        case "arrives late":
            b.wire.on(*POST, late)
        case "refused for now":
            b.wire.on(*POST, answering(429, {}))
    first = b.run(MORNING, "09:35").state.orders
    b.wire.acts = ()
    during_the_post(b, lambda: [arrive() for arrive in held])
    for routine, at in ((MORNING, "09:36"), (MONITOR, "09:40"), (MORNING, "09:45"), (EOD, "16:30")):
        b.run(routine, at)
    assert [row.client_order_id for row in b.orders()] == list(first) == list(b.state().orders)
    assert [order.status for order in b.state().orders.values()] == [OrderStatus.FILLED]


def test_i1_the_same_decision_after_a_restart_has_the_same_id(tmp_path: Path) -> None:
    """Seen red when: the id holds the minute of the run."""
    runs = [bench(tmp_path / at[:2], "AAA").run(MORNING, at) for at in ("09:35", "11:59")]
    ids = [list(told.state.orders) for told in runs]
    assert ids[0] == ids[1] != []


def test_i2_at_the_moment_of_acceptance_the_intent_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red when: `send` asks the broker before `journal.durable()`, or a flush does nothing."""
    b = bench(tmp_path, "AAA", "BBB")
    fuse = Fuse(b.folder)
    fuse.fit(monkeypatch)
    seen: list[bool] = []

    def witness(row: Any) -> None:
        ink = fuse.durable_bytes(b.folder / "audit_log.jsonl").splitlines()
        seen.append(any(b'"order_intended"' in line and row["client_order_id"].encode() in line for line in ink))

    b.exchange.witness = witness
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    b.run(MONITOR, "10:00")
    assert seen == [True, True, True]


def test_i2_what_a_run_reads_back_is_durable_before_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red when: a flush does nothing."""
    b = bench(tmp_path, "AAA")
    fuse = Fuse(b.folder)
    fuse.fit(monkeypatch)
    b.wire.on(*POST, answering(429, {}))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    fuse.durable.clear()  # as if the run before had been killed ahead of its flushes
    seen: list[bool] = []
    log = b.folder / "audit_log.jsonl"
    b.exchange.witness = lambda row: seen.append(b'"order_intended"' in fuse.durable_bytes(log))
    b.run(MONITOR, "09:40")
    assert seen == [True]


HALTS: dict[str, Callable[[Bench], object]] = {
    "halt": lambda b: b.halt(),
    "day loss": lambda b: b.exchange.pay("FEE", Decimal(-6_000)),
    "kill switch": lambda b: b.switch_off(),
}


@pytest.mark.parametrize("halt", HALTS)
@pytest.mark.parametrize("path", ["morning", "monitor", "an intent of before"])
def test_i5_halted_no_path_opens(tmp_path: Path, halt: str, path: str) -> None:
    """Seen red when: `opening` is sent without asking `why_nothing_opens`."""
    b = bench(tmp_path, "AAA")
    if path == "monitor":
        b.signals.entries = []
        b.run(MORNING, "09:35")
        b.signals.entries = [signal("AAA")]
    if path == "an intent of before":
        b.wire.on(*POST, answering(429, {}))
        b.run(MORNING, "09:35")
        b.wire.acts = ()
    HALTS[halt](b)
    b.run(MORNING if path == "morning" else MONITOR, "09:40")
    assert b.orders() == []


@pytest.mark.parametrize("halt", ["halt", "kill switch"])
def test_i5_a_halt_between_the_decision_and_the_next_post_stops_it(tmp_path: Path, halt: str) -> None:
    """Seen red when: `may_go` looks at the state alone, not at the latch."""
    b = bench(tmp_path, "AAA", "BBB", "CCC")
    during_the_post(b, lambda: HALTS[halt](b))
    told = b.run(MORNING, "09:35")
    assert [row.symbol for row in b.orders()] == ["AAA"]
    assert [order.status for order in told.state.open_orders()] == [OrderStatus.INTENDED] * 2


def test_i9_an_unclear_order_is_exposure_and_blocks_its_signal(tmp_path: Path) -> None:
    """Seen red when: an unclear order counts as ended."""
    b = bench(tmp_path, "AAA", "BBB", rules=Rules(caps=Caps(max_positions=1)))
    b.wire.on(*POST, answering(502, {}))
    told = b.run(MORNING, "09:35")
    assert [(order.symbol, order.status) for order in told.state.orders.values()] == [("AAA", OrderStatus.UNCLEAR)]
    assert told.state.day.verdicts["insider/BBB"].reason is Reason.MAX_POSITIONS
    b.signals.entries = [signal("BBB")]
    b.run(MONITOR, "11:00")
    assert [order.symbol for order in b.state().open_orders()] == ["AAA"]


class Silent(BaseHTTPRequestHandler):
    """A broker that takes every request and hangs up."""

    def do_GET(self) -> None:
        self.server.seen[self.command] += 1  # type: ignore[attr-defined]
        self.close_connection = True

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def silent() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.seen = Counter()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_i19_a_post_and_a_delete_go_out_once_and_a_read_three_times(
    tmp_path: Path, silent: ThreadingHTTPServer
) -> None:
    """Seen red when: the sending session has the reading session's `Retry`."""
    url = f"http://127.0.0.1:{silent.server_address[1]}"
    client = AlpacaClient(trading_url=url, data_url=url, key="key", secret="secret", clock=WallClock())
    broker = AlpacaBroker(client)
    b = bench(tmp_path, "AAA")
    order = next(iter(b.run(MORNING, "09:35").state.orders.values()))
    with pytest.raises(BrokerUnclear):
        broker.submit(order)
    with pytest.raises(BrokerUnclear):
        broker.cancel("5d8a4a52-5b3a-4c4b-9d1f-1f6c1a2b3c4d")
    with pytest.raises(BrokerUnreachable):
        broker.find(order.client_order_id)
    client.close()
    assert silent.seen == {"POST": 1, "DELETE": 1, "GET": 3}  # type: ignore[attr-defined]


def test_i19_requests_of_a_command_stay_under_150_a_minute(tmp_path: Path) -> None:
    """Seen red when: the window holds 151."""
    b = bench(tmp_path, "AAA")
    client = in_process_client(b.wire)
    at = []
    for _ in range(400):
        client.read("/clock")
        at.append(b.exchange.now)
    assert max(sum(1 for other in at if timedelta(0) <= other - one < timedelta(minutes=1)) for one in at) < 150


def test_i19_five_order_failures_in_a_row_stop_opening(tmp_path: Path) -> None:
    """Seen red when: `why_nothing_opens` does not look at the failures."""
    tickers = [f"A{letter}" for letter in "ABCDEFGH"]
    b = bench(tmp_path, *tickers)
    b.wire.on(*POST, answering(500, {}))
    b.run(MORNING, "09:35")
    assert b.asked("POST") == 0  # the wire answered all of them
    assert sum(order.attempts for order in b.state().orders.values()) == 5
    b.run(MONITOR, "09:40")
    assert sum(order.attempts for order in b.state().orders.values()) == 5


def test_i19_after_no_line_one_request_is_not_followed_by_others(tmp_path: Path) -> None:
    """Seen red when: `send` goes on after an order that had no line."""
    b = bench(tmp_path, "AAA", "BBB", "CCC")
    asked: list[Request] = []
    b.wire.on(*POST, lambda request, handle: (asked.append(request), answering(429, {})(request, handle))[1])
    b.run(MORNING, "09:35")
    assert len(asked) == 1


def test_i19_an_exit_is_still_sent_after_five_failures(tmp_path: Path) -> None:
    """Seen red when: closing asks the breakers."""
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.rules = replace(b.rules, breakers=replace(b.rules.breakers, order_failures=1))
    b.exchange.set_price("AAA", Decimal(50))
    b.wire.on(*POST, answering(500, {}))
    b.run(MONITOR, "10:00")
    b.wire.acts = ()
    b.run(MONITOR, "10:05")
    assert [row.side for row in b.orders()] == ["buy", "sell"]
