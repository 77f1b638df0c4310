"""What befalls an order by no wish of its owner, by hand and by seed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.assembly.in_process import in_process_client
from automated_trading.domain.orders import BrokerOrder, BrokerStatus
from automated_trading.simulator.api import Api
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.orders import ASIDE, Order, Status
from automated_trading.simulator.ticket import Ticket
from automated_trading.simulator.troubles import Troubles
from tests.simulator.conftest import MORNING, Venue, new_exchange

D = Decimal
MINUTE = timedelta(minutes=1)
LOW = D(45)


def resting(exchange: Exchange, side: str = "buy", limit: Decimal = LOW, **more: Any) -> str:
    """The id of a DAY limit order of ten AAA that nothing meets."""
    return exchange.place(Ticket("AAA", side, "limit", "day", D(10), limit_price=limit, **more)).id


def order(exchange: Exchange, order_id: str) -> Order:
    found = exchange.blotter.by_id(order_id)
    assert found is not None
    return found


def heard(exchange: Exchange, order_id: str) -> BrokerOrder:
    """The order as our own adapter understands the venue's answer."""
    told = AlpacaBroker(in_process_client(Api(exchange))).follow(order_id)
    assert told is not None
    return told


def test_an_accepted_order_can_be_rejected_by_the_market(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45")
    venue.exchange.reject(sent["id"], "no such day")
    told = venue.get(f"/orders/{sent['id']}")
    assert (sent["status"], told["status"], told["filled_qty"]) == ("pending_new", "rejected", "0")
    assert told["failed_at"] == told["updated_at"]


def test_our_adapter_hears_a_rejection_as_an_end() -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    exchange.reject(sent)
    assert heard(exchange, sent).status is BrokerStatus.REJECTED


def test_what_has_ended_cannot_be_rejected_any_more() -> None:
    exchange = new_exchange()
    sent = exchange.place(Ticket("AAA", "buy", "market", "day", D(1))).id
    with pytest.raises(Refused, match='already in "filled" state'):
        exchange.reject(sent)


def test_a_replaced_order_points_to_a_successor_with_other_ids_and_the_client_s_too(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45", client_order_id="ours")
    successor = venue.exchange.replace_order("ours", D(7))
    old, new = venue.get(f"/orders/{sent['id']}"), venue.get(f"/orders/{successor.id}")
    assert (old["status"], old["replaced_by"], new["replaces"]) == ("replaced", new["id"], old["id"])
    assert new["client_order_id"] not in {"ours", None}
    assert (new["qty"], new["limit_price"], new["status"]) == ("7", "45", "new")
    assert venue.get("/orders:by_client_order_id", client_order_id="ours")["id"] == sent["id"]


def test_a_successor_takes_over_what_was_not_filled_and_the_shares_it_holds() -> None:
    exchange = new_exchange(partial_fill_rate=D(1))
    exchange.trade_by_hand("AAA", "buy", D(10))
    sent = exchange.place(Ticket("AAA", "sell", "market", "day", D(10))).id
    exchange.match()
    filled = order(exchange, sent).filled_qty
    successor = exchange.replace_order(sent)
    assert 0 < filled < 10
    assert (order(exchange, sent).status, successor.qty) == (Status.REPLACED, 10 - filled)
    exchange.advance_to(MORNING + 2 * MINUTE)
    assert exchange.ledger.held("AAA") == 0


def test_our_adapter_hears_who_the_successor_is() -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    successor = exchange.replace_order(sent)
    told = heard(exchange, sent)
    assert (told.status, told.replaced_by) == (BrokerStatus.REPLACED, successor.id)


def test_a_cancel_is_answered_and_the_order_fills_all_the_same(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45")
    venue.exchange.lose_cancel(sent["id"])
    venue.client.delete(f"/orders/{sent['id']}")
    told = venue.get(f"/orders/{sent['id']}")
    assert (told["status"], told["filled_qty"], told["filled_avg_price"]) == ("filled", "10", "45")
    assert venue.get("/positions/AAA")["qty"] == "10"


def test_a_cancel_can_lose_to_a_part_and_take_the_rest() -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    exchange.lose_cancel(sent, D(4))
    exchange.cancel(sent)
    exchange.match()
    assert (order(exchange, sent).status, order(exchange, sent).filled_qty) == (Status.CANCELED, 4)


def test_while_the_market_is_shut_no_cancel_loses() -> None:
    exchange = new_exchange(MORNING - timedelta(hours=2))
    sent = resting(exchange)
    exchange.lose_cancel(sent)
    exchange.cancel(sent)
    exchange.match()
    assert (order(exchange, sent).status, order(exchange, sent).filled_qty) == (Status.CANCELED, 0)


def test_a_cancel_that_lasts_stays_pending_and_takes_no_second_one(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45")
    venue.exchange.stall_cancel(sent["id"], MORNING + 5 * MINUTE)
    venue.client.delete(f"/orders/{sent['id']}")
    venue.exchange.advance_to(MORNING + 4 * MINUTE)
    assert venue.get(f"/orders/{sent['id']}")["status"] == "pending_cancel"
    with pytest.raises(Refused, match='already in "pending_cancel" state'):
        venue.exchange.cancel(sent["id"])
    venue.exchange.advance_to(MORNING + 5 * MINUTE)
    assert venue.get(f"/orders/{sent['id']}")["status"] == "canceled"


def test_a_cancel_that_lasts_ends_with_its_order() -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    exchange.stall_cancel(sent, MORNING + timedelta(days=30))
    exchange.cancel(sent)
    exchange.advance_to(MORNING + timedelta(hours=8))
    assert order(exchange, sent).status is Status.CANCELED


@pytest.mark.parametrize("rare", ASIDE)
def test_a_rare_status_passes_by_and_nothing_trades_meanwhile(rare: Status) -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    exchange.set_aside(sent, rare, MORNING + 5 * MINUTE)
    exchange.set_price("AAA", D(40))
    exchange.advance_to(MORNING + 4 * MINUTE)
    assert (order(exchange, sent).status, heard(exchange, sent).status) == (rare, BrokerStatus.OPEN)
    exchange.advance_to(MORNING + 6 * MINUTE)
    expected = Status.DONE_FOR_DAY if rare is Status.DONE_FOR_DAY else Status.FILLED
    assert order(exchange, sent).status is expected


def test_done_for_the_day_a_day_order_expires_and_another_goes_on_in_the_morning() -> None:
    exchange = new_exchange()
    day = resting(exchange)
    lasting = exchange.place(Ticket("AAA", "buy", "limit", "gtc", D(1), limit_price=D(44))).id
    for sent in (day, lasting):
        exchange.set_aside(sent, "done_for_day")
    exchange.advance_to(MORNING + timedelta(days=1))
    assert (order(exchange, day).status, order(exchange, lasting).status) == (Status.EXPIRED, Status.NEW)


def test_an_order_set_aside_waits_until_it_is_taken_up() -> None:
    exchange = new_exchange()
    sent = resting(exchange)
    exchange.set_aside(sent, "suspended")
    exchange.set_price("AAA", D(40))
    exchange.advance_to(MORNING + timedelta(hours=1))
    assert order(exchange, sent).status is Status.SUSPENDED
    exchange.take_up(sent)
    exchange.match()
    assert order(exchange, sent).status is Status.FILLED


def test_a_status_that_is_no_rare_one_does_not_pass_by() -> None:
    exchange = new_exchange()
    with pytest.raises(ValueError, match="filled"):
        exchange.set_aside(resting(exchange), "filled")


def test_an_order_waiting_to_be_replaced_takes_no_cancel(venue: Venue) -> None:
    sent = venue.order(type="limit", limit_price="45")
    venue.exchange.set_aside(sent["id"], "pending_replace")
    with pytest.raises(Refused, match="pending_replace"):
        venue.exchange.cancel(sent["id"])


SURE = {
    "rejected": Status.REJECTED,
    "replaced": Status.REPLACED,
    "cancel_loses": Status.FILLED,
    "cancel_lasts": Status.PENDING_CANCEL,
}


@pytest.mark.parametrize("kind", SURE)
def test_at_a_rate_of_one_it_befalls_every_order_once(kind: str) -> None:
    exchange = new_exchange(troubles=Troubles(**{kind: D(1)}), seed=3)
    sent = resting(exchange)
    if kind.startswith("cancel"):
        exchange.cancel(sent)
    exchange.match()
    assert order(exchange, sent).status is SURE[kind]
    exchange.advance_to(MORNING + timedelta(days=1))
    assert len(exchange.blotter.rows) == (2 if kind == "replaced" else 1)
    assert not exchange.blotter.any_open()


def test_by_seed_every_rare_status_passes_by_some_order() -> None:
    exchange = new_exchange(troubles=Troubles(aside=D(1)))
    for _ in range(60):
        resting(exchange)
    exchange.match()
    assert {row.status for row in exchange.blotter.rows} == set(ASIDE)


def test_a_marketable_order_the_broker_will_replace_fills_as_its_successor() -> None:
    exchange = new_exchange(troubles=Troubles(replaced=D(1)))
    exchange.place(Ticket("AAA", "buy", "market", "day", D(10), client_order_id="ours"))
    exchange.advance_to(MORNING + MINUTE)
    assert [row.status for row in exchange.blotter.rows] == [Status.REPLACED, Status.FILLED]
    assert exchange.ledger.held("AAA") == 10


def test_places_ascend_in_submission_time_whatever_is_replaced() -> None:
    exchange = new_exchange(troubles=Troubles(replaced=D("0.5"), aside=D("0.3")), seed=4)
    for _ in range(20):
        resting(exchange)
    exchange.advance_to(MORNING + 3 * MINUTE)
    stamps = [row.submitted_at for row in exchange.blotter.rows]
    assert len(stamps) > 20
    assert stamps == sorted(stamps)


def test_at_half_a_rate_some_are_befallen_and_the_same_seed_befalls_the_same() -> None:
    def fates(seed: int) -> list[Status]:
        exchange = new_exchange(troubles=Troubles(rejected=D("0.5")), seed=seed)
        for _ in range(30):
            resting(exchange)
        exchange.match()
        return [row.status for row in exchange.blotter.rows]

    assert set(fates(1)) == {Status.NEW, Status.REJECTED}
    assert fates(1) == fates(1) != fates(2)


@pytest.mark.parametrize("rate", ["-0.1", "1.1", "NaN"])
def test_a_rate_is_a_chance(rate: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Troubles(stale=D(rate))
