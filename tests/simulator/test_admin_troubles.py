"""Trouble told to the owner's port, by scripts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.simulator.admin import answer_admin
from automated_trading.simulator.admin_troubles import TROUBLES
from automated_trading.simulator.api import Api, Request
from automated_trading.simulator.orders import Status
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.ticket import Ticket
from tests.simulator.conftest import MORNING, new_exchange

D = Decimal
SOON = "2026-02-03T14:45:00Z"


@pytest.fixture
def api() -> Api:
    """A venue that holds ten AAA and has a buy of ours resting."""
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    exchange.place(Ticket("AAA", "buy", "limit", "day", D(10), limit_price=D(45), client_order_id="ours"))
    return Api(exchange)


def tell(api: Api, path: str, **body: Any) -> tuple[int, str]:
    answer = answer_admin(api, Request("POST", f"/_sim/{path}", body=as_json(body).encode()))
    return answer.status, answer.body.decode()


def told(api: Api, path: str, **body: Any) -> None:
    assert tell(api, path, **body)[0] == 200


def ours(api: Api) -> Status:
    api.exchange.match()
    order = api.exchange.blotter.by_client_id("ours")
    assert order is not None
    return order.status


def test_an_order_is_rejected_replaced_set_aside_and_taken_up(api: Api) -> None:
    told(api, "aside", order="ours", status="suspended", until=SOON)
    assert ours(api) is Status.SUSPENDED
    told(api, "take_up", order="ours")
    assert ours(api) is Status.NEW
    told(api, "replace", order="ours", qty="4", limit_price="44")
    assert ours(api) is Status.REPLACED
    successor = api.exchange.blotter.rows[-1]
    assert (successor.qty, successor.limit_price) == (4, 44)
    told(api, "reject", order=successor.id, why="too late")
    assert api.exchange.blotter.rows[-1].status is Status.REJECTED


def test_a_cancel_is_stalled_and_then_lost(api: Api) -> None:
    told(api, "stall_cancel", order="ours", until=SOON)
    told(api, "lose_cancel", order="ours")
    api.exchange.cancel(api.exchange.blotter.rows[-1].id)
    assert ours(api) is Status.PENDING_CANCEL
    told(api, "clock", at=SOON)
    assert ours(api) is Status.FILLED


def test_a_symbol_is_halted_quoted_renamed_and_delisted(api: Api) -> None:
    told(api, "halt", symbol="AAA")
    assert api.exchange.board.halted("AAA", MORNING)
    told(api, "unhalt", symbol="AAA")
    told(api, "quote", symbol="AAA", bid=0, ask=51, last=50)
    quote = api.exchange.board.quote("AAA", MORNING)
    assert quote is not None
    assert (quote.bid, quote.ask) == (0, 51)
    told(api, "bad_print", symbol="AAA", price="5")
    assert api.exchange.mark("AAA") == 5
    told(api, "rename", symbol="AAA", new="NEW")
    told(api, "delist", symbol="NEW")
    assert api.exchange.inactive == {"NEW"}


def test_shares_are_split_with_cash_in_lieu(api: Api) -> None:
    told(api, "split", symbol="AAA", ratio="0.25", cash_in_lieu=True)
    assert api.exchange.ledger.held("AAA") == 2


def test_the_account_is_blocked_and_the_clock_set_wrong(api: Api) -> None:
    told(api, "block", account=True)
    assert (api.exchange.account_blocked, api.exchange.trading_blocked) == (True, False)
    told(api, "skew", seconds=-7.5)
    assert api.exchange.told_now() == MORNING - timedelta(seconds=7.5)


@pytest.mark.parametrize("path", sorted(TROUBLES))
def test_an_empty_body_is_one_line(api: Api, path: str) -> None:
    status, words = tell(api, path.removeprefix("/_sim/"))
    assert (status, "\n" in words) == (400, False)


BAD = [
    ("reject", {"order": "nobody"}),
    ("aside", {"order": "ours", "status": "filled"}),
    ("aside", {"order": "ours", "status": "held", "until": "2026-02-03"}),
    ("replace", {"order": "ours", "qty": 0}),
    ("quote", {"symbol": "AAA", "bid": -1, "ask": 2}),
    ("rename", {"symbol": "AAA", "new": "lower"}),
    ("block", {"account": "yes"}),
    ("skew", {"seconds": 100_000}),
    ("split", {"symbol": "AAA", "ratio": 2, "cash_in_lieu": "yes"}),
]


@pytest.mark.parametrize(("path", "body"), BAD)
def test_what_is_no_trouble_changes_nothing(api: Api, path: str, body: dict[str, Any]) -> None:
    kept = as_json(api.exchange.to_memory())
    assert tell(api, path, **body)[0] == 400
    api.exchange.match()
    assert as_json(api.exchange.blotter.rows[0].status) in kept
