"""What a company does to its shares: cash in lieu, another name, a delisting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from alpaca.common.exceptions import APIError

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.assembly.in_process import in_process_client
from automated_trading.domain.sessions import parse_utc
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.orders import Status
from automated_trading.simulator.ticket import Ticket
from tests.simulator.conftest import MORNING, Venue, new_exchange

D = Decimal


def holding(symbol: str = "AAA", qty: str = "10", **options: Any) -> Exchange:
    exchange = new_exchange(**options)
    exchange.trade_by_hand(symbol, "buy", D(qty))
    return exchange


def newest(exchange: Exchange, count: int = 1) -> list[tuple[object, ...]]:
    rows = [row.data for row in exchange.ledger.activities[-count:]]
    return [(row["activity_type"], row["symbol"], row["qty"], row["net_amount"]) for row in rows]


def test_a_reverse_split_with_cash_in_lieu_pays_the_part_of_a_share_out() -> None:
    exchange = holding(qty="99")
    cash, equity = exchange.ledger.cash, exchange.equity()
    exchange.split("AAA", D("0.1"), cash_in_lieu=True)
    assert exchange.ledger.held("AAA") == 9
    assert exchange.ledger.cash - cash == D("450.00")
    assert exchange.equity() == equity
    assert newest(exchange, 2) == [("SPLIT", "AAA", "-89.1", "0"), ("CIL", "AAA", "-0.9", "450")]


def test_less_than_a_share_is_paid_out_whole() -> None:
    exchange = holding(qty="4")
    exchange.split("AAA", D("0.1"), cash_in_lieu=True)
    assert exchange.ledger.positions == {}
    assert newest(exchange) == [("CIL", "AAA", "-0.4", "200")]


def test_a_position_goes_on_under_another_name_and_the_same_asset_id(venue: Venue) -> None:
    venue.hold("AAA", "10")
    before, asset = venue.get("/positions/AAA"), venue.get("/assets/AAA")
    venue.exchange.rename("AAA", "NEW")
    after = venue.get("/positions")
    assert [row["symbol"] for row in after] == ["NEW"]
    assert after[0] == {**before, "symbol": "NEW"}
    assert venue.get("/assets/NEW")["id"] == venue.get(f"/assets/{asset['id']}")["id"] == asset["id"]
    assert newest(venue.exchange, 2) == [("NC", "AAA", "-10", "0"), ("NC", "NEW", "10", "0")]


@pytest.mark.parametrize("path", ["/positions/AAPL", "/assets/AAPL"])
def test_nobody_knows_the_old_name_any_more(venue: Venue, path: str) -> None:
    venue.hold("AAPL", "10")
    venue.exchange.rename("AAPL", "NEW")
    with pytest.raises(APIError) as caught:
        venue.get(path)
    assert caught.value.status_code == 404
    assert venue.get("/stocks/snapshots", symbols="AAPL") == {}
    assert venue.refusal("AAPL") == (422, {"code": 42210000, "message": 'asset "AAPL" not found'})


def test_the_new_name_is_traded_where_the_old_one_stood() -> None:
    exchange = Exchange(SeededTape(1), start=MORNING)
    calm = Exchange(SeededTape(1), start=MORNING)
    exchange.rename("AAPL", "NEW")
    assert exchange.board.quote("NEW", MORNING) == calm.board.quote("AAPL", MORNING)
    assert exchange.board.previous_close("NEW", MORNING) == calm.board.previous_close("AAPL", MORNING)
    assert "NEW" in exchange.board.tape.symbols()
    exchange.trade_by_hand("NEW", "buy", D(1))
    exchange.trade_by_hand("NEW", "sell", D(1))


def test_an_order_in_the_old_name_is_cancelled_and_keeps_its_name_and_asset(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45")
    venue.exchange.rename("AAA", "NEW")
    told = venue.get(f"/orders/{sent['id']}")
    assert (told["status"], told["symbol"], told["asset_id"]) == ("canceled", "AAA", sent["asset_id"])
    assert venue.order("NEW", type="limit", limit_price="45")["asset_id"] == sent["asset_id"]


def test_a_name_can_change_twice_and_back() -> None:
    exchange = holding()
    for old, new in (("AAA", "NEW"), ("NEW", "NEWER"), ("NEWER", "AAA")):
        exchange.rename(old, new)
    assert exchange.ledger.held("AAA") == 10
    assert exchange.board.first_name("AAA") == "AAA"
    assert not exchange.board.knows("NEW")


def test_a_name_given_to_another_company_is_another_asset(venue: Venue) -> None:
    first = venue.get("/assets/AAA")["id"]
    venue.exchange.rename("AAA", "NEW")
    venue.exchange.set_price("AAA", D(7))
    assert venue.get("/assets/NEW")["id"] == first != venue.get("/assets/AAA")["id"]
    venue.order("AAA")
    assert venue.get("/positions/AAA")["avg_entry_price"] == "7.01"


@pytest.mark.parametrize("new", ["AAA", "new", "BBB", ""])
def test_a_name_that_is_none_or_is_held_is_not_taken(new: str) -> None:
    exchange = holding()
    exchange.trade_by_hand("BBB", "buy", D(1))
    with pytest.raises(ValueError, match=r"ticker|held"):
        exchange.rename("AAA", new)


def test_our_adapter_hears_the_new_name_and_what_moved() -> None:
    exchange = holding()
    exchange.rename("AAA", "NEW")
    broker = AlpacaBroker(in_process_client(Api(exchange)))
    assert [(row.symbol, row.qty) for row in broker.positions()] == [("NEW", D(10))]
    moved = broker.activities(parse_utc("2026-02-01T00:00:00Z"))
    assert [(row.kind, row.symbol, row.qty, row.amount) for row in moved] == [
        ("NC", "AAA", D(-10), D(0)),
        ("NC", "NEW", D(10), D(0)),
    ]
    assert broker.asset("AAA") is None


def test_delisted_it_is_inactive_its_orders_are_refused_and_the_position_stays(venue: Venue) -> None:
    venue.hold("AAA", "10")
    sent = venue.order(side="sell", type="stop", stop_price="45", time_in_force="gtc")
    venue.exchange.delist("AAA")
    asset, told = venue.get("/assets/AAA"), venue.get(f"/orders/{sent['id']}")
    assert (asset["status"], asset["tradable"], told["status"]) == ("inactive", False, "canceled")
    assert venue.refusal("AAA", "sell")[0] == 422
    venue.exchange.advance_to(MORNING + timedelta(days=2))
    assert [(row["symbol"], row["current_price"]) for row in venue.get("/positions")] == [("AAA", "50")]


@pytest.mark.parametrize(
    "act",
    [
        lambda exchange: exchange.rename("ZZTOP", "NEW"),
        lambda exchange: exchange.delist("ZZTOP"),
        lambda exchange: exchange.split("ZZTOP", D(2)),
    ],
)
def test_what_nobody_knows_cannot_change(act: Callable[[Exchange], None]) -> None:
    with pytest.raises(ValueError, match="nobody knows"):
        act(new_exchange())


def test_blocked_and_let_go_again(venue: Venue) -> None:
    venue.exchange.block(account=True, trading=True)
    told = venue.get("/account")
    assert (told["account_blocked"], told["trading_blocked"], venue.refusal()[0]) == (True, True, 403)
    venue.exchange.block(account=False, trading=False)
    venue.order()
    venue.exchange.match()
    assert venue.exchange.blotter.rows[0].status is Status.FILLED


def test_a_sell_in_the_new_name_sells_the_old_shares() -> None:
    exchange = holding()
    exchange.rename("AAA", "NEW")
    exchange.place(Ticket("NEW", "sell", "market", "day", D(10)))
    exchange.match()
    assert exchange.ledger.positions == {}
