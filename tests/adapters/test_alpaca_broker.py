"""Orders over real sockets: what is sent, what counts as an answer, and what is never sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.domain.errors import (
    BrokerRefused,
    BrokerUnclear,
    BrokerUnreachable,
    ConfigError,
    TradingError,
)
from automated_trading.domain.orders import BrokerOrder, BrokerStatus, Kind, Side, TimeInForce
from tests.adapters.scripted_broker import Asked, Reply, says, scripted_broker, talking_to
from tests.adapters.wire_rows import OUR_ID, order_row, our_order

Ask = Callable[[AlpacaBroker], Any]


TAKEN = says({"code": 42210000, "message": "client_order_id must be unique"}, 422)


NOT_FOUND = says({"code": 40410000, "message": f"order not found for {OUR_ID}"}, 404)


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def ask(question: Ask, *replies: Reply) -> tuple[Any, list[Asked]]:
    """What a broker of those replies is made of, and what it was asked."""
    with scripted_broker(*replies) as server, talking_to(server.url) as client:
        return question(AlpacaBroker(client)), server.asked


def told(question: Ask, answer: object) -> Any:
    return ask(question, says(answer))[0]


def submit(broker: AlpacaBroker) -> BrokerOrder:
    return broker.submit(our_order())


def test_an_order_leaves_as_exact_decimal_strings() -> None:
    _, (asked,) = ask(submit, says(order_row()))
    assert (asked.method, asked.path) == ("POST", "/v2/orders")
    assert json.loads(asked.body) == {
        "client_order_id": OUR_ID,
        "symbol": "AAPL",
        "qty": "34",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "limit_price": "28.99",
    }


@pytest.mark.parametrize("price", ["28.99", "0.0001", "1234567.1", "28.999999999999999999"])
def test_no_digit_of_a_price_is_lost_on_the_way(price: str) -> None:
    order = our_order(limit_price=Decimal(price), qty=Decimal("0.3"))
    _, (asked,) = ask(lambda broker: broker.submit(order), says(order_row()))
    assert f'"limit_price": "{price}"' in asked.body
    assert '"qty": "0.3"' in asked.body


def test_a_stop_carries_its_stop_price_alone() -> None:
    order = our_order(kind=Kind.STOP, time_in_force=TimeInForce.GTC, limit_price=None, stop_price=Decimal("25.50"))
    _, (asked,) = ask(lambda broker: broker.submit(order), says(order_row()))
    body = json.loads(asked.body)
    assert (body["type"], body["time_in_force"], body["stop_price"]) == ("stop", "gtc", "25.5")
    assert "limit_price" not in body


def test_an_accepted_order_is_told_in_our_words() -> None:
    assert told(submit, order_row()) == BrokerOrder(
        broker_id="61e69015-8549-4bfd-b9c3-01e75843f47d",
        client_order_id=OUR_ID,
        symbol="AAPL",
        side=Side.BUY,
        qty=Decimal(34),
        kind="limit",
        status=BrokerStatus.OPEN,
        raw_status="pending_new",
        submitted_at=datetime(2026, 1, 5, 14, 35, 0, 123456, tzinfo=UTC),
        limit_price=Decimal("28.99"),
    )


@pytest.mark.parametrize(
    "answer",
    [
        order_row(client_order_id="another"),
        order_row(client_order_id=None),
        order_row(id=""),
        order_row(qty="NaN"),
        order_row(filled_qty="Infinity"),
        order_row(limit_price="a lot"),
        order_row(submitted_at=None, created_at=None),
        order_row(side="both"),
        order_row(status=None),
        order_row(filled_qty="-3", filled_avg_price="10"),
        {},
        [],
        "ok",
        None,
    ],
)
def test_an_answer_to_an_order_that_is_not_understood_is_unclear(answer: object) -> None:
    with pytest.raises(BrokerUnclear):
        told(submit, answer)


@pytest.mark.parametrize("code", [42210000, 40010001])
def test_an_id_that_is_taken_is_looked_up_and_answered_as_accepted(code: int) -> None:
    taken = says({"code": code, "message": "client_order_id must be unique"}, 422)
    order, asked = ask(submit, taken, says(order_row(status="filled", filled_qty="34", filled_avg_price="28.5")))
    assert (order.status, order.filled_value) == (BrokerStatus.FILLED, Decimal(969))
    assert [one.method for one in asked] == ["POST", "GET"]


@pytest.mark.parametrize("then", [NOT_FOUND, says("", 503), says(order_row(client_order_id="another"))])
def test_an_id_that_is_taken_and_cannot_be_looked_up_is_unclear(then: Reply) -> None:
    with pytest.raises(BrokerUnclear):
        ask(submit, TAKEN, then)


def test_another_422_is_a_refusal() -> None:
    with pytest.raises(BrokerRefused, match="sub-penny"):
        ask(submit, says({"code": 42210000, "message": "invalid limit_price 1.001. sub-penny"}, 422))


def test_an_order_is_found_by_its_id() -> None:
    order, (asked,) = ask(lambda broker: broker.find(OUR_ID), says(order_row(some_new_field={"a": [1]})))
    assert order.client_order_id == OUR_ID
    assert asked.path == f"/v2/orders:by_client_order_id?client_order_id={OUR_ID}"


@pytest.mark.parametrize("question", [lambda b: b.find(OUR_ID), lambda b: b.follow("61e69015")])
def test_an_order_the_broker_does_not_know_is_none(question: Ask) -> None:
    assert ask(question, NOT_FOUND)[0] is None


def test_an_order_is_followed_by_the_brokers_id() -> None:
    order, (asked,) = ask(lambda b: b.follow("61e6-90"), says(order_row(status="replaced", replaced_by="77-a")))
    assert asked.path == "/v2/orders/61e6-90"
    assert (order.status, order.replaced_by) == (BrokerStatus.REPLACED, "77-a")


@pytest.mark.parametrize("status", [204, 404, 422])
def test_a_cancel_that_comes_too_late_is_no_error(status: int) -> None:
    body = "" if status == 204 else {"code": 1, "message": 'order is already in "filled" state'}
    _, (asked,) = ask(lambda broker: broker.cancel("61e6-90"), says(body, status))
    assert (asked.method, asked.path) == ("DELETE", "/v2/orders/61e6-90")


def test_a_cancel_that_is_forbidden_is_a_refusal() -> None:
    with pytest.raises(BrokerRefused):
        ask(lambda broker: broker.cancel("61e6-90"), says({"message": "no"}, 403))


@pytest.mark.parametrize("broker_id", ["", ".", "..", "../orders", "a/b", "a?b", "ä"])
def test_what_is_no_id_never_becomes_a_cancel_of_everything(broker_id: str) -> None:
    with scripted_broker(says("", 207)) as server, talking_to(server.url) as client:
        with pytest.raises(BrokerUnreachable):
            AlpacaBroker(client).cancel(broker_id)
        assert server.asked == []


@pytest.mark.parametrize("question", [AlpacaBroker.account, submit, lambda b: b.cancel("a")])
def test_refused_keys_are_told_as_such_by_every_question(question: Ask) -> None:
    with pytest.raises(ConfigError):
        ask(question, says({"message": "forbidden."}, 403))


def test_an_order_lost_on_the_way_back_is_unclear_and_not_sent_again() -> None:
    with scripted_broker(says("", 504)) as server, talking_to(server.url) as client:
        with pytest.raises(TradingError) as caught:
            submit(AlpacaBroker(client))
        assert (type(caught.value), len(server.asked)) == (BrokerUnclear, 1)


@pytest.mark.parametrize("on", [True, False])
def test_the_brokers_own_switch_is_one_patch_of_a_plain_truth(on: bool) -> None:
    _, (asked,) = ask(lambda broker: broker.suspend(on), says({"suspend_trade": on, "no_shorting": True}))
    assert (asked.method, asked.path) == ("PATCH", "/v2/account/configurations")
    assert json.loads(asked.body) == {"suspend_trade": on}
    assert told(AlpacaBroker.suspended, {"suspend_trade": on}) is on


@pytest.mark.parametrize("answer", [{"suspend_trade": False}, {"suspend_trade": "true"}, {}, []])
def test_an_answer_of_the_switch_that_does_not_say_so_is_unclear(answer: object) -> None:
    with pytest.raises(BrokerUnclear):
        told(lambda broker: broker.suspend(True), answer)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_switch_without_an_answer_is_asked_for_once(status: int) -> None:
    with scripted_broker(says("", status)) as server, talking_to(server.url) as client:
        with pytest.raises(BrokerUnclear):
            AlpacaBroker(client).suspend(True)
        assert len(server.asked) == 1
