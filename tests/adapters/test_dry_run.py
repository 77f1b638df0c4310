"""A dry run over real sockets: only GETs ever leave, and the run sees what it would have done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.dry_run import DryRunBroker
from automated_trading.domain.orders import BrokerStatus, Kind
from tests.adapters.scripted_broker import Asked, Reply, says, scripted_broker, talking_to
from tests.adapters.wire_rows import AT, OUR_ID, account_row, activity_row, asset_row, order_row, our_order

REAL_ID = order_row()["id"]


@contextmanager
def dry_run(*replies: Reply) -> Iterator[tuple[DryRunBroker, list[Asked]]]:
    with scripted_broker(*replies) as server, talking_to(server.url) as client:
        yield DryRunBroker(AlpacaBroker(client)), server.asked


def test_reads_are_the_brokers() -> None:
    with dry_run(says(account_row())) as (broker, _):
        assert broker.account().cash == Decimal("98765.43")


def test_what_moved_the_account_and_what_a_symbol_is_are_the_brokers_word_too() -> None:
    with dry_run(says([activity_row()]), says(asset_row())) as (broker, asked):
        assert [told.kind for told in broker.activities(AT)] == ["DIV"]
        told = broker.asset("AAPL")
        assert told is not None
        assert told.tradable
        assert [one.method for one in asked] == ["GET", "GET"]


def test_an_order_is_answered_as_accepted_and_not_sent() -> None:
    with dry_run(says({})) as (broker, asked):
        order = broker.submit(our_order())
        assert (order.client_order_id, order.status, order.qty) == (OUR_ID, BrokerStatus.OPEN, Decimal(34))
        assert asked == []


def test_the_screen_is_told_what_would_have_been_done() -> None:
    with dry_run(says({})) as (broker, _):
        broker.submit(our_order())
        broker.submit(our_order(client_order_id="x", kind=Kind.MARKET, limit_price=None, reason="stop hit"))
        broker.cancel(REAL_ID)
        assert broker.would == [
            "buy 34 AAPL at limit 28.99, day (entry)",
            "buy 34 AAPL at market, day (stop hit)",
            f"cancel the order {REAL_ID}",
        ]


def test_the_same_order_again_is_the_same_order() -> None:
    with dry_run(says({})) as (broker, _):
        assert broker.submit(our_order()) == broker.submit(our_order())
        assert len(broker.would) == 1


def test_an_order_that_was_shown_is_told_by_every_later_read() -> None:
    with dry_run(says([])) as (broker, _):
        order = broker.submit(our_order())
        assert broker.find(OUR_ID) == broker.follow(order.broker_id) == order
        assert broker.orders(AT - timedelta(days=1)) == (order,)
        assert broker.orders(AT) == ()


def test_an_order_that_was_shown_can_be_cancelled() -> None:
    with dry_run(says([])) as (broker, asked):
        broker.cancel(broker.submit(our_order()).broker_id)
        found = broker.find(OUR_ID)
        assert found is not None
        assert found.status is BrokerStatus.CANCELLED
        assert asked == []


def test_a_cancel_of_a_real_order_is_not_sent_and_is_told_as_done() -> None:
    with dry_run(says([order_row()])) as (broker, asked):
        broker.cancel(REAL_ID)
        broker.cancel(REAL_ID)
        assert [order.status for order in broker.orders(AT)] == [BrokerStatus.CANCELLED]
        assert [one.method for one in asked] == ["GET"]
        assert len(broker.would) == 1


@pytest.mark.parametrize("how", ["find", "follow"])
def test_a_real_order_that_filled_meanwhile_stays_filled(how: str) -> None:
    filled = order_row(status="filled", filled_qty="34", filled_avg_price="28.98")
    with dry_run(says(filled)) as (broker, _):
        broker.cancel(REAL_ID)
        order = broker.find(OUR_ID) if how == "find" else broker.follow(REAL_ID)
        assert order is not None
        assert order.status is BrokerStatus.FILLED


def test_an_order_nobody_knows_is_none() -> None:
    with dry_run(says({"code": 40410000, "message": "order not found"}, 404)) as (broker, _):
        assert broker.find("x") is None
        assert broker.follow("x") is None


def test_the_brokers_own_switch_is_only_shown() -> None:
    with dry_run(says({"suspend_trade": False})) as (broker, asked):
        assert broker.suspended() is False
        broker.suspend(True)
        assert (broker.suspended(), broker.would) == (True, ["refuse every new order"])
        assert [one.method for one in asked] == ["GET"]
