"""Every refusal of a new order, word for word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.simulator.errors import Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.ticket import read_ticket
from tests.simulator.conftest import new_exchange

BUY = {"symbol": "AAA", "side": "buy", "qty": "10", "type": "market", "time_in_force": "day"}
LIMIT = {"type": "limit", "limit_price": "40"}


def refusal(exchange: Exchange, **changes: Any) -> tuple[int, int, str]:
    """Status, code and message of a buy of ten AAA, changed so."""
    body = {name: value for name, value in {**BUY, **changes}.items() if value is not None}
    with pytest.raises(Refused) as caught:
        exchange.place(read_ticket(json.dumps(body).encode()))
    code, message = caught.value.body["code"], caught.value.body["message"]
    assert isinstance(code, int)
    return caught.value.status, code, str(message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"qty": None}, "qty or notional is required"),
        ({"notional": "100"}, "only one of qty or notional is accepted"),
        ({"qty": True}, "qty must be a number"),
        ({"qty": "NaN"}, "qty must be a number"),
        ({"qty": "1e99999999"}, "qty must be a number"),
        ({"qty": "0.0000000001"}, "qty must be > 0"),
        ({"qty": -1}, "qty must be > 0"),
        ({"symbol": None}, "symbol is required"),
        ({"side": "hold"}, "invalid side"),
        ({"type": "peg"}, "invalid order type"),
        ({"type": "stop_limit", "limit_price": "40", "stop_price": "41"}, "invalid order type"),
        ({"type": "trailing_stop"}, "invalid order type"),
        ({"order_class": "bracket"}, "invalid order class"),
        ({"time_in_force": "ioc"}, "invalid time_in_force"),
        ({"type": "limit"}, "limit orders require only limit price"),
        ({"limit_price": "40"}, "market orders require no stop or limit price"),
        ({"type": "stop"}, "stop orders require only stop price"),
        ({"client_order_id": "x" * 129}, "client_order_id must be no more than 128 characters"),
    ],
)
def test_what_is_not_well_formed_is_refused(changes: dict[str, Any], message: str) -> None:
    assert refusal(new_exchange(), **changes) == (422, 40010001, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"symbol": "ZZZZ"}, 'asset "ZZZZ" not found'),
        ({"notional": "0.5", "qty": None}, "notional amount must be >= 1.00"),
        ({"qty": "1.5", "time_in_force": "gtc"}, "fractional orders must be DAY orders"),
        ({"qty": "1.5", "order_class": "oco"}, "fractional orders must be simple orders"),
        (
            {"qty": "1.5", "type": "trailing_stop"},
            "fractional orders must be market, limit, stop, or stop_limit orders",
        ),
        ({"qty": "1.5", "side": "sell"}, "fractional orders cannot be sold short"),
        ({"extended_hours": True}, "extended hours order must be DAY or GTC limit orders"),
        ({"type": "stop", "stop_price": "49"}, "stop price must be greater than current price"),
        (
            {**LIMIT, "limit_price": "40.001"},
            "invalid limit_price 40.001. sub-penny increment does not fulfill minimum pricing criteria",
        ),
        (
            {**LIMIT, "limit_price": "0.12345"},
            "invalid limit_price 0.12345. sub-penny increment does not fulfill minimum pricing criteria",
        ),
    ],
)
def test_what_breaks_a_rule_of_the_market_is_refused(changes: dict[str, Any], message: str) -> None:
    assert refusal(new_exchange(), **changes) == (422, 42210000, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": "sell"}, "account is not allowed to short"),
        ({"qty": "0.001"}, "cost basis must be >= minimal amount of order 1"),
        ({"time_in_force": "opg"}, "opg orders must be submitted after 7:00pm and before 9:28am"),
        ({"qty": "90000"}, "insufficient buying power"),
    ],
)
def test_what_the_account_may_not_do_now_is_forbidden(changes: dict[str, Any], message: str) -> None:
    assert refusal(new_exchange(), **changes) == (403, 40310000, message)


def test_late_orders_for_the_closing_auction_are_refused() -> None:
    late = new_exchange(datetime(2026, 2, 3, 20, 51, tzinfo=UTC))
    message = "cls orders must be submitted after 7:00pm and before 3:55pm"
    assert refusal(late, time_in_force="cls") == (403, 40310000, message)


def test_a_sell_stop_over_the_market_is_refused_with_both_prices() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", Decimal(10))
    body = {**BUY, "side": "sell", "type": "stop", "stop_price": "50.10"}
    with pytest.raises(Refused, match="stop price must be less than current price") as caught:
        exchange.place(read_ticket(json.dumps(body).encode()))
    assert (caught.value.body["market_price"], caught.value.body["stop_price"]) == ("50", "50.1")


def test_the_owner_can_take_trading_and_fractions_away() -> None:
    exchange = new_exchange()
    exchange.not_fractionable.add("AAA")
    exchange.untradable.add("BBB")
    assert refusal(exchange, qty="1.5") == (403, 40310000, 'asset "AAA" is not fractionable')
    assert refusal(exchange, symbol="BBB") == (422, 42210000, 'asset "BBB" is not tradable')
    exchange.trading_blocked = True
    assert refusal(exchange)[0] == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_ticket(body)
    assert caught.value.status == 400


def test_a_quantity_is_cut_to_nine_decimals() -> None:
    body = json.dumps({**BUY, "qty": "0.123456789912"}).encode()
    assert read_ticket(body).qty == Decimal("0.123456789")


def test_a_price_given_as_a_json_number_keeps_its_digits() -> None:
    body = json.dumps({**BUY, "type": "limit", "limit_price": 28.1}).encode()
    assert read_ticket(body).limit_price == Decimal("28.1")
