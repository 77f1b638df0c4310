"""What reaches the account by no order of the client: the owner's trades, money in and out, splits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from automated_trading.simulator.account import Position
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.orders import Status
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.ticket import Ticket
from tests.simulator.conftest import MORNING, new_exchange

D = Decimal
EVENING = datetime(2026, 2, 3, 22, 0, tzinfo=UTC)


def holding(qty: str = "10") -> Exchange:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(qty))
    return exchange


def newest(exchange: Exchange) -> dict[str, Any]:
    return exchange.ledger.activities[-1].data


def test_the_owners_own_order_has_a_uuid_and_is_filled_at_once() -> None:
    order = holding().blotter.rows[0]
    assert (order.status, len(order.client_order_id)) == (Status.FILLED, 36)


def test_the_owner_too_must_wait_for_shares_a_stop_holds() -> None:
    exchange = holding()
    exchange.place(Ticket("AAA", "sell", "stop", "day", D(10), stop_price=D(45)))
    with pytest.raises(Refused, match="insufficient qty"):
        exchange.trade_by_hand("AAA", "sell", D(1))


def test_the_owners_resting_order_rests_until_a_price_meets_it() -> None:
    exchange = new_exchange()
    order = exchange.rest_by_hand("AAA", "buy", D(10), D(45))
    assert (order.status, len(order.client_order_id)) == (Status.PENDING_NEW, 36)
    exchange.set_price("AAA", D(44))
    exchange.match()
    assert exchange.blotter.rows[-1].status is Status.FILLED
    assert exchange.ledger.held("AAA") == 10


def test_the_owners_resting_order_of_the_night_waits_and_ends_with_its_session() -> None:
    exchange = new_exchange(EVENING)
    assert exchange.rest_by_hand("AAA", "buy", D(10), D(45)).status is Status.ACCEPTED
    exchange.advance_to(EVENING + timedelta(days=1))
    assert exchange.blotter.rows[-1].status is Status.EXPIRED


def test_the_witness_of_the_clients_orders_sees_none_of_the_owners() -> None:
    exchange, seen = new_exchange(), list[object]()
    exchange.witness = seen.append
    exchange.rest_by_hand("AAA", "buy", D(10), D(45))
    assert seen == []


def test_the_owners_resting_order_is_refused_as_any() -> None:
    exchange = new_exchange()
    exchange.inactive.add("AAA")
    with pytest.raises(Refused, match="is not active"):
        exchange.rest_by_hand("AAA", "buy", D(10), D(45))


@pytest.mark.parametrize("kind", ["DIV", "INT", "FEE", "JNLC", "OCT", "BRANDNEW"])
def test_a_payment_of_any_kind_moves_cash_to_the_cent_and_leaves_its_activity(kind: str) -> None:
    exchange = new_exchange()
    exchange.pay(kind, D("-12.345"))
    row = newest(exchange)
    assert exchange.ledger.cash == D(100_000) - D("12.34")
    assert {name: row[name] for name in row if name != "id"} == {
        "activity_type": kind,
        "created_at": "2026-02-03T14:35:00.000000000Z",
        "currency": "USD",
        "date": "2026-02-03",
        "net_amount": "-12.34",
        "status": "executed",
    }


def test_a_dividend_names_the_shares_it_was_paid_for() -> None:
    exchange = holding()
    exchange.pay("DIV", D("2.40"), "AAA")
    row = newest(exchange)
    assert (row["symbol"], row["qty"], row["per_share_amount"]) == ("AAA", "10", "0.24")
    assert exchange.ledger.held("AAA") == 10


@pytest.mark.parametrize("kind", ["FILL", "", "div", "D V", "A" * 20, "DIV\n"])
def test_what_is_no_kind_of_payment_moves_nothing(kind: str) -> None:
    exchange = new_exchange()
    with pytest.raises(ValueError, match="not a kind of activity"):
        exchange.pay(kind, D(1))
    assert (exchange.ledger.cash, exchange.ledger.activities) == (D(100_000), [])


@pytest.mark.parametrize(("amount", "kind"), [("5", "CSD"), ("-5", "CSW"), ("0", "CSD")])
def test_cash_moved_is_a_deposit_or_a_withdrawal(amount: str, kind: str) -> None:
    exchange = new_exchange()
    exchange.move_cash(D(amount))
    assert (newest(exchange)["activity_type"], newest(exchange)["net_amount"]) == (kind, amount)


@pytest.mark.parametrize(
    ("ratio", "held", "price", "change"),
    [("2", "20", "25", "10"), ("0.1", "1", "500", "-9"), ("1.5", "15", "33.33", "5")],
)
def test_a_split_changes_shares_and_price_and_says_by_how_many(ratio: str, held: str, price: str, change: str) -> None:
    exchange = holding()
    exchange.split("AAA", D(ratio))
    assert (exchange.ledger.held("AAA"), exchange.mark("AAA")) == (D(held), D(price))
    row = newest(exchange)
    assert (row["activity_type"], row["symbol"], row["qty"], row["net_amount"]) == ("SPLIT", "AAA", change, "0")


@pytest.mark.parametrize("now", [MORNING, EVENING, MORNING + timedelta(hours=22)], ids=["open", "night", "before open"])
@pytest.mark.parametrize("symbol", ["AAA", "KO"], ids=["laid", "of the tape"])
def test_a_split_of_two_for_one_keeps_what_everything_is_worth(symbol: str, now: datetime) -> None:
    exchange = Exchange(SeededTape(1), start=MORNING)
    exchange.set_price("AAA", D(50))
    exchange.trade_by_hand(symbol, "buy", D(10))
    exchange.advance_to(now)
    cost, worth = exchange.ledger.positions[symbol].avg_entry_price, exchange.equity()
    before = exchange.board.previous_close(symbol, exchange.now)
    exchange.split(symbol, D(2))
    after = exchange.board.previous_close(symbol, exchange.now)
    assert exchange.ledger.positions[symbol] == Position(symbol, D(20), cost / 2)
    assert abs(exchange.equity() - worth) <= D("0.1")  # half a cent a share
    assert before is not None
    assert after is not None
    assert abs(after - before / 2) <= D("0.005")


def test_a_split_after_the_close_makes_that_close_one_of_the_old_shares() -> None:
    exchange = Exchange(SeededTape(1), start=EVENING)
    close = exchange.mark("KO")
    exchange.split("KO", D(2))
    exchange.advance_to(MORNING + timedelta(days=1))
    previous = exchange.board.previous_close("KO", exchange.now)
    assert previous is not None
    assert abs(previous - close / 2) <= D("0.005")


def test_the_close_of_the_day_of_a_split_is_one_of_the_new_shares() -> None:
    exchange = new_exchange()
    exchange.split("AAA", D(2))
    exchange.advance_to(MORNING + timedelta(days=1))
    assert exchange.board.previous_close("AAA", exchange.now) == 25


def test_a_quote_laid_by_hand_is_divided_whole() -> None:
    exchange = new_exchange()
    exchange.set_quote("AAA", D("49.9"), D("50.1"), last=D(19), at=MORNING)
    exchange.split("AAA", D(2))
    quote = exchange.board.quote("AAA", exchange.now)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.at) == (D("24.95"), D("25.05"), MORNING)
    assert exchange.board.last("AAA", exchange.now) == D("9.5")


@pytest.mark.parametrize("tif", ["day", "gtc"])
def test_a_split_cancels_the_resting_orders_of_its_symbol_alone(tif: str) -> None:
    exchange = holding()
    for symbol, price in (("AAA", 40), ("BBB", 15)):
        exchange.place(Ticket(symbol, "buy", "limit", tif, D(1), limit_price=D(price)))
    exchange.split("AAA", D(2))
    assert [order.status for order in exchange.blotter.rows[1:]] == [Status.CANCELED, Status.NEW]


def test_a_protective_stop_is_cancelled_by_a_split_and_not_triggered() -> None:
    exchange = holding()
    exchange.place(Ticket("AAA", "sell", "stop", "gtc", D(10), stop_price=D(45)))
    exchange.split("AAA", D(2))
    exchange.advance_to(EVENING)
    assert exchange.blotter.rows[-1].status is Status.CANCELED
    assert exchange.ledger.held("AAA") == 20


def test_a_split_of_what_is_not_held_leaves_no_activity() -> None:
    exchange = new_exchange()
    exchange.split("AAA", D(2))
    assert exchange.mark("AAA") == 25
    assert exchange.ledger.activities == []


@pytest.mark.parametrize(
    ("symbol", "ratio"), [("AAA", "0"), ("AAA", "-2"), ("AAA", "1"), ("AAA", "NaN"), ("ZZNO", "2")]
)
def test_what_is_no_split_is_refused_and_changes_nothing(symbol: str, ratio: str) -> None:
    exchange = holding()
    before = exchange.to_memory()
    with pytest.raises(ValueError, match=r"ratio|nobody knows"):
        exchange.split(symbol, D(ratio))
    assert exchange.to_memory() == before


@given(ratio=st.sampled_from(["2", "3", "0.1", "0.3333", "1.5", "20"]), qty=st.integers(1, 999))
def test_no_split_makes_money(ratio: str, qty: int) -> None:
    exchange = holding(str(qty))
    position = exchange.ledger.positions["AAA"]
    exchange.split("AAA", D(ratio))
    after = exchange.ledger.positions["AAA"]
    cost = position.qty * position.avg_entry_price
    assert exchange.ledger.cash == 100_000 - cost
    assert abs(after.qty * after.avg_entry_price - cost) <= after.qty * D("0.0000005") + D("0.000001")


def test_everything_done_by_hand_is_remembered() -> None:
    exchange = holding()
    exchange.rest_by_hand("BBB", "buy", D(1), D(10))
    exchange.pay("DIV", D("2.40"), "AAA")
    exchange.set_close("AAA", D(48))
    exchange.split("AAA", D(2))
    exchange.inactive.add("CCC")
    again = Exchange(SeededTape(1), start=MORNING)
    again.restore(exchange.to_memory())
    assert as_json(again.to_memory()) == as_json(exchange.to_memory())
    assert again.board.previous_close("AAA", again.now) == 24
    assert again.inactive == {"CCC"}


def test_a_memory_from_before_there_were_splits_is_read() -> None:
    memory = holding().to_memory()
    del memory["splits"], memory["inactive"]
    again = Exchange(SeededTape(1), start=MORNING)
    again.restore(memory)
    assert again.ledger.held("AAA") == 10
    assert again.board.splits == {}
    assert again.inactive == set()
