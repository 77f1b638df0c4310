"""The wash-trade table, row by row."""

from __future__ import annotations

from decimal import Decimal

import pytest

from automated_trading.simulator.errors import Refused
from automated_trading.simulator.ticket import Ticket
from tests.simulator.conftest import new_exchange

D = Decimal


def ticket(side: str, kind: str) -> Ticket:
    """`market`, `stop@45` or `limit@48`, ten AAA."""
    name, _, price = kind.partition("@")
    limit, stop = (D(price) if name == "limit" else None), (D(price) if name == "stop" else None)
    return Ticket("AAA", side, name, "gtc", D(10), limit, stop)


@pytest.mark.parametrize(
    ("resting", "new", "washed"),
    [
        ("limit@60", "market", True),
        ("limit@60", "limit@60", True),
        ("limit@60", "limit@59.99", False),
        ("limit@60", "stop@55", True),
        ("stop@45", "market", True),
        ("stop@45", "limit@40", True),
        ("stop@45", "stop@55", True),
    ],
)
def test_a_buy_against_a_resting_sell(resting: str, new: str, washed: bool) -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    exchange.place(ticket("sell", resting))
    if washed:
        with pytest.raises(Refused, match="potential wash trade detected"):
            exchange.place(ticket("buy", new))
    else:
        exchange.place(ticket("buy", new))


def test_a_market_sell_against_a_resting_buy_is_refused_and_other_symbols_are_not() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    buy = exchange.place(ticket("buy", "limit@40"))
    with pytest.raises(Refused) as caught:
        exchange.place(ticket("sell", "market"))
    assert caught.value.body["existing_order_id"] == buy.id
    reason = "opposite side limit order exists. use complex/limit/stop_limit orders"
    assert caught.value.body["reject_reason"] == reason
    exchange.place(Ticket("BBB", "buy", "market", "day", D(1)))
