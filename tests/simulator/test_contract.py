"""What a client may rely on, whichever way it reaches the exchange."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from alpaca.common.exceptions import APIError

from automated_trading.simulator.faults import Fault, FaultKind
from tests.simulator.conftest import MORNING, Venue, new_exchange

HALF_DAY = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_submit_is_answered_before_it_is_matched(venue: Venue) -> None:
    answer = venue.order(client_order_id="one")
    assert (answer["status"], answer["filled_qty"], answer["order_class"]) == ("pending_new", "0", "")
    after = venue.get(f"/orders/{answer['id']}")
    assert (after["status"], after["filled_qty"], after["filled_avg_price"]) == ("filled", "10", "50.03")


def test_the_same_id_twice_is_one_order_even_after_it_has_filled(venue: Venue) -> None:
    venue.order(client_order_id="one")
    assert venue.get("/positions/AAA")["qty"] == "10"
    refused = venue.refusal(client_order_id="one", qty="0.5")
    assert refused == (422, {"code": 40010001, "message": "client_order_id must be unique"})
    assert len(venue.get("/orders", status="all")) == 1


def test_an_id_stays_taken_after_a_cancel(venue: Venue) -> None:
    order = venue.order(type="limit", limit_price="40", client_order_id="one")
    venue.client.delete(f"/orders/{order['id']}")
    assert venue.get(f"/orders/{order['id']}")["status"] == "canceled"
    assert venue.refusal(client_order_id="one")[0] == 422


def test_a_request_lost_before_left_nothing(venue: Venue) -> None:
    venue.api.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders"))
    with pytest.raises(requests.exceptions.ConnectionError):
        venue.order(client_order_id="one")
    with pytest.raises(APIError, match="order not found for one"):
        venue.get("/orders:by_client_order_id", client_order_id="one")
    assert venue.order(client_order_id="one")["status"] == "pending_new"


def test_an_order_whose_answer_was_lost_is_found_by_its_id(venue: Venue) -> None:
    venue.api.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    with pytest.raises(requests.exceptions.ConnectionError):
        venue.order(client_order_id="one")
    assert venue.get("/orders:by_client_order_id", client_order_id="one")["status"] == "filled"
    assert venue.refusal(client_order_id="one")[0] == 422


def test_selling_more_than_is_free_is_refused_with_what_is_held(venue: Venue) -> None:
    venue.hold()
    stop = venue.order(side="sell", qty="7", type="stop", stop_price="45", time_in_force="gtc")
    assert venue.get("/positions/AAA")["qty_available"] == "3"
    status, body = venue.refusal(side="sell", qty="4")
    assert status == 403
    assert body == {
        "available": "3",
        "code": 40310000,
        "existing_qty": "10",
        "held_for_orders": "7",
        "message": "insufficient qty available for order (requested: 4, available: 3)",
        "related_orders": [stop["id"]],
        "symbol": "AAA",
    }


def test_selling_what_is_not_held_is_refused(venue: Venue) -> None:
    assert venue.refusal(side="sell") == (403, {"code": 40310000, "message": "account is not allowed to short"})


def test_a_buy_that_could_meet_an_own_sell_is_a_wash_trade(venue: Venue) -> None:
    venue.hold()
    stop = venue.order(side="sell", type="stop", stop_price="45", time_in_force="gtc")
    status, body = venue.refusal(qty="1")
    assert (status, body["code"], body["existing_order_id"]) == (403, 40310000, stop["id"])
    assert body["message"] == "potential wash trade detected. use complex orders"


def test_a_price_in_fractions_of_a_cent_is_refused(venue: Venue) -> None:
    status, body = venue.refusal(type="limit", limit_price="290.123")
    message = "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria"
    assert (status, body) == (422, {"code": 42210000, "message": message})


def test_buying_beyond_the_account_is_refused(venue: Venue) -> None:
    status, body = venue.refusal(qty="100000", type="limit", limit_price="50")
    assert (status, body["message"]) == (403, "insufficient buying power")
    assert (body["buying_power"], body["cost_basis"]) == ("400000", "5000000")


def test_a_resting_buy_reserves_its_limit(venue: Venue) -> None:
    venue.order(type="limit", limit_price="40", qty="100")
    assert venue.get("/account")["buying_power"] == "396000"
    assert venue.get("/account")["cash"] == "100000"


def test_a_day_order_expires_at_the_close_of_a_half_day(open_venue: Callable[..., Venue]) -> None:
    venue = open_venue(new_exchange(HALF_DAY))
    order = venue.order(type="limit", limit_price="40")
    assert order["expires_at"] == "2026-11-27T18:00:00.000000000Z"
    venue.exchange.advance_to(HALF_DAY + timedelta(hours=3))
    assert venue.get(f"/orders/{order['id']}")["status"] == "expired"
    assert venue.get("/clock")["is_open"] is False


def test_a_canceled_order_cannot_be_canceled_again(venue: Venue) -> None:
    order = venue.order(type="limit", limit_price="40")
    venue.client.delete(f"/orders/{order['id']}")
    with pytest.raises(APIError, match='order is already in \\\\"canceled\\\\" state'):
        venue.client.delete(f"/orders/{order['id']}")


def test_what_the_venue_does_not_do_is_answered_in_its_own_words(venue: Venue) -> None:
    for path in ("/watchlists", "/account/portfolio/history"):
        with pytest.raises(APIError, match="endpoint not found"):
            venue.get(path)
    with pytest.raises(APIError, match="endpoint not found"):
        venue.client.delete("/positions/AAA")
    with pytest.raises(APIError, match="order_id is missing"):
        venue.get("/orders/not-an-id")


def test_a_suspended_account_takes_no_orders(venue: Venue) -> None:
    venue.client.patch("/account/configurations", {"suspend_trade": True})
    assert venue.refusal() == (403, {"code": 40310000, "message": "new orders are rejected by user request"})


def test_wrong_keys_are_refused(open_venue: Callable[..., Venue]) -> None:
    venue = open_venue(keys=("another", "pair"))
    with pytest.raises(APIError, match="request is not authorized") as caught:
        venue.get("/account")
    assert caught.value.status_code == 401


def test_a_restart_in_the_middle_of_a_day_changes_no_answer(venue: Venue) -> None:
    venue.hold()
    venue.order(side="sell", type="stop", stop_price="45", client_order_id="stop")
    venue.exchange.move_cash(Decimal("12.5"))
    paths = ("/account", "/positions", "/account/activities", "/clock", "/stocks/snapshots?symbols=AAA,KO")
    before = [venue.get(path) for path in paths] + [venue.get("/orders", status="all")]
    again = venue.restart()
    assert [again.get(path) for path in paths] + [again.get("/orders", status="all")] == before
    assert again.refusal(side="sell", client_order_id="stop")[0] == 422
    assert UUID.fullmatch(again.order("BBB")["id"])


def test_the_clock_and_calendar_speak_new_york_time(venue: Venue) -> None:
    clock = venue.get("/clock")
    assert (clock["is_open"], clock["timestamp"]) == (True, "2026-02-03T09:35:00.000000000-05:00")
    assert clock["next_close"] == "2026-02-03T16:00:00-05:00"
    days = venue.get("/calendar", start="2026-11-26", end="2026-11-27")
    assert [(day["date"], day["open"], day["close"]) for day in days] == [("2026-11-27", "09:30", "13:00")]


def test_the_account_never_sends_day_trading_fields(venue: Venue) -> None:
    account = venue.get("/account")
    assert not {"daytrade_count", "daytrading_buying_power", "pattern_day_trader"} & account.keys()
    assert account["multiplier"] == "4"
    assert (account["equity"], account["last_equity"]) == ("100000", "100000")


def test_snapshots_hold_what_there_is_and_leave_out_what_there_is_not(venue: Venue) -> None:
    venue.exchange.set_price("KO", None)
    found = venue.get("/stocks/snapshots", symbols="AAA,KO,ZZNO")
    assert sorted(found) == ["AAA", "KO"]
    assert (found["AAA"]["latestQuote"]["bp"], found["AAA"]["latestQuote"]["ap"]) == (49.97, 50.03)
    assert "latestQuote" not in found["KO"]
    assert found["KO"]["prevDailyBar"]["t"] == "2026-02-02T05:00:00Z"


def test_cancel_all_answers_for_every_open_order(venue: Venue) -> None:
    ids = [venue.order(symbol, type="limit", limit_price="10")["id"] for symbol in ("AAA", "BBB")]
    answers: Any = venue.client.delete("/orders")
    assert answers == [{"id": name, "status": 200} for name in ids]
    assert venue.get("/orders") == []


def test_pages_of_orders_are_cut_by_time_and_by_five_hundred(venue: Venue) -> None:
    for n in range(4):
        venue.order(type="limit", limit_price="10", client_order_id=f"o{n}")
    newest = venue.get("/orders", limit=3)
    assert [order["client_order_id"] for order in newest] == ["o3", "o2", "o1"]
    rest = venue.get("/orders", status="all", until=newest[-1]["submitted_at"])
    assert [order["client_order_id"] for order in rest] == ["o0"]


def test_a_session_has_one_activity_for_every_fill(venue: Venue) -> None:
    venue.hold()
    venue.order(side="sell")
    rows = venue.get("/account/activities/FILL", after=MORNING.isoformat(), direction="asc")
    assert [(row["side"], row["qty"], row["price"], row["type"]) for row in rows] == [
        ("buy", "10", "50.03", "fill"),
        ("sell", "10", "49.97", "fill"),
    ]
    assert venue.get("/account")["cash"] == "99999.4"
