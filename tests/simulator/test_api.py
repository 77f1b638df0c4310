"""Routes, listings and market data, as a client without a socket sees them."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.simulator.api import Api, Lost, Request
from automated_trading.simulator.faults import Fault, FaultKind
from tests.simulator.conftest import MORNING, new_exchange

KEYS = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}


def ask(api: Api, path: str, method: str = "GET", body: Any = None, **query: str) -> tuple[int, Any]:
    raw = b"" if body is None else json.dumps(body).encode()
    response = api.handle(Request(method, f"/v2{path}", query, KEYS, raw))
    return response.status, json.loads(response.body or b"null", parse_float=Decimal)


def resting(api: Api, count: int) -> None:
    for n in range(count):
        order = {"symbol": "AAA", "side": "buy", "qty": "1", "type": "limit", "limit_price": "10"}
        ask(api, "/orders", "POST", {**order, "time_in_force": "gtc", "client_order_id": f"o{n}"})


@pytest.fixture
def api() -> Api:
    return Api(new_exchange())


def test_the_two_runs_of_a_seed_are_the_same_to_the_byte() -> None:
    def run() -> list[bytes]:
        api = Api(new_exchange(seed=3, partial_fill_rate=Decimal("0.5")))
        body = b'{"symbol":"AAA","side":"buy","qty":"100","type":"market","time_in_force":"day"}'
        paths = ["/v2/orders", "/v2/account", "/v2/positions", "/v2/account/activities"]
        answers = [api.handle(Request("POST", "/v2/orders", {}, KEYS, body))]
        api.exchange.advance_to(MORNING + timedelta(minutes=7))
        answers += [api.handle(Request("GET", path, {"status": "all"}, KEYS)) for path in paths]
        return [answer.body for answer in answers]

    assert run() == run()


def test_fifty_orders_are_listed_unless_more_are_asked_for(api: Api) -> None:
    resting(api, 60)
    assert len(ask(api, "/orders")[1]) == 50
    assert len(ask(api, "/orders", limit="500")[1]) == 60
    oldest = ask(api, "/orders", status="all", direction="asc", limit="1")[1]
    assert oldest[0]["client_order_id"] == "o0"


def test_a_listing_is_cut_by_symbol_side_and_status(api: Api) -> None:
    resting(api, 2)
    assert len(ask(api, "/orders", symbols="BBB,CCC")[1]) == 0
    assert len(ask(api, "/orders", symbols="AAA", side="buy")[1]) == 2
    assert ask(api, "/orders", status="closed")[1] == []


@pytest.mark.parametrize("query", [{"limit": "many"}, {"after": "soon"}])
def test_an_unreadable_filter_is_refused(api: Api, query: dict[str, str]) -> None:
    assert ask(api, "/orders", **query)[0] == 422


def test_activities_come_in_pages_without_gap_or_double(api: Api) -> None:
    for amount in range(1, 8):
        api.exchange.move_cash(Decimal(amount))
    seen: list[str] = []
    page = ask(api, "/account/activities/CSD", page_size="3")[1]
    while page:
        seen += [row["net_amount"] for row in page]
        page = ask(api, "/account/activities/CSD", page_size="3", page_token=page[-1]["id"])[1]
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


def test_trades_and_other_activities_are_asked_for_by_category(api: Api) -> None:
    api.exchange.trade_by_hand("AAA", "buy", Decimal(1))
    api.exchange.pay("DIV", Decimal(1), "AAA")
    api.exchange.move_cash(Decimal(1))
    kinds = {
        category: [row["activity_type"] for row in ask(api, "/account/activities", category=category)[1]]
        for category in ("trade_activity", "non_trade_activity", "")
    }
    assert kinds == {"trade_activity": ["FILL"], "non_trade_activity": ["CSD", "DIV"], "": ["CSD", "DIV", "FILL"]}


@pytest.mark.parametrize("query", [{"category": "all"}, {"category": "trade_activity", "activity_types": "FILL"}])
def test_a_category_that_is_none_or_meets_a_list_of_kinds_is_refused(api: Api, query: dict[str, str]) -> None:
    assert ask(api, "/account/activities", **query)[0] == 422


def test_bars_are_raw_unless_asked_for_in_shares_of_today(api: Api) -> None:
    api.exchange.set_close("AAA", Decimal(48))
    api.exchange.split("AAA", Decimal(2))
    query = {"symbols": "AAA", "timeframe": "1Day", "start": "2026-02-02", "end": "2026-02-03T04:59:59Z"}
    closes = [
        ask(api, "/stocks/bars", **query, adjustment=how)[1]["bars"]["AAA"][0]["c"] for how in ("raw", "split", "all")
    ]
    assert closes == [48, 24, 24]
    assert ask(api, "/stocks/bars", **query, adjustment="some")[0] == 422


def test_bars_come_in_pages_by_symbol_and_time(api: Api) -> None:
    query = {"symbols": "KO,GE", "timeframe": "1Day", "start": "2026-01-05", "end": "2026-02-01"}
    whole = ask(api, "/stocks/bars", **query)[1]["bars"]
    seen: dict[str, list[Any]] = {}
    token = ""
    while token is not None:
        answer = ask(api, "/stocks/bars", **query, limit="7", page_token=token)[1]
        for symbol, rows in answer["bars"].items():
            seen.setdefault(symbol, []).extend(rows)
        token = answer["next_page_token"]
    assert seen == whole
    assert [len(rows) for rows in whole.values()] == [19, 19]


def test_history_of_the_last_quarter_of_an_hour_is_not_for_the_free_plan(api: Api) -> None:
    query = {"symbols": "KO", "timeframe": "1Min", "start": "2026-02-03T14:30:00Z", "end": "2026-02-03T14:35:00Z"}
    status, body = ask(api, "/stocks/bars", **query)
    assert (status, body) == (403, {"message": "subscription does not permit querying recent SIP data"})
    assert len(ask(api, "/stocks/bars", **query, feed="iex")[1]["bars"]["KO"]) == 6


def test_a_price_leaves_with_its_exact_digits(api: Api) -> None:
    api.exchange.set_quote("AAA", Decimal("0.1001"), Decimal("0.1002"))
    assert str(ask(api, "/stocks/quotes/latest", symbols="AAA")[1]["quotes"]["AAA"]["ap"]) == "0.1002"
    assert str(ask(api, "/stocks/trades/latest", symbols="AAA")[1]["trades"]["AAA"]["p"]) == "0.10015"


def test_a_quote_laid_with_an_old_stamp_keeps_it(api: Api) -> None:
    api.exchange.set_quote("AAA", Decimal(1), Decimal(2), at=MORNING - timedelta(hours=1))
    quote = ask(api, "/stocks/snapshots", symbols="AAA")[1]["AAA"]["latestQuote"]
    assert quote["t"] == "2026-02-03T13:35:00.000000000Z"


def test_assets_are_known_by_symbol_and_by_id(api: Api) -> None:
    status, asset = ask(api, "/assets/AAA")
    assert (status, asset["tradable"], asset["shortable"]) == (200, True, False)
    assert ask(api, f"/assets/{asset['id']}")[1] == asset
    assert asset in ask(api, "/assets", status="active")[1]
    assert ask(api, "/assets/ZZZZQX") == (404, {"code": 40410000, "message": "asset not found for ZZZZQX"})


def test_an_inactive_asset_is_listed_as_such_and_takes_no_orders(api: Api) -> None:
    api.exchange.inactive.add("AAA")
    status, asset = ask(api, "/assets/AAA")
    assert (status, asset["status"], asset["tradable"]) == (200, "inactive", False)
    assert asset in ask(api, "/assets", status="inactive")[1]
    assert asset not in ask(api, "/assets", status="active")[1]
    order = {"symbol": "AAA", "side": "buy", "qty": "1", "type": "market", "time_in_force": "day"}
    refusal = {"code": 42210000, "message": 'asset "AAA" is not active'}
    assert ask(api, "/orders", "POST", order) == (422, refusal)


def test_a_position_that_is_not_there(api: Api) -> None:
    assert ask(api, "/positions/AAA") == (404, {"code": 40410000, "message": "position does not exist"})


@pytest.mark.parametrize("change", [{"suspend_trade": "yes"}, {"max_margin_multiplier": "8"}, {"what": True}])
def test_a_configuration_that_is_none_is_refused(api: Api, change: dict[str, object]) -> None:
    assert ask(api, "/account/configurations", "PATCH", change)[0] == 422


def test_a_lower_multiplier_lowers_the_buying_power(api: Api) -> None:
    ask(api, "/account/configurations", "PATCH", {"max_margin_multiplier": "1"})
    assert ask(api, "/account")[1]["buying_power"] == "100000"


def test_the_rate_limit_counts_by_the_virtual_minute() -> None:
    api = Api(new_exchange(), rate_limit=2)
    assert [ask(api, "/clock")[0] for _ in range(3)] == [200, 200, 429]
    api.exchange.advance_to(MORNING + timedelta(minutes=1))
    assert ask(api, "/clock")[0] == 200


def test_a_fault_strikes_once_and_on_its_turn(api: Api) -> None:
    api.faults.append(Fault(FaultKind.LOST_BEFORE, "GET", "/v2/clock", nth=2))
    assert ask(api, "/clock")[0] == 200
    assert ask(api, "/account")[0] == 200
    with pytest.raises(Lost):
        ask(api, "/clock")
    assert ask(api, "/clock")[0] == 200
    assert api.requests.count(("GET", "/v2/clock")) == 3


def test_the_witness_sees_the_order_before_anyone_else(api: Api) -> None:
    seen: list[object] = []
    api.exchange.witness = lambda order: seen.append((order["client_order_id"], len(api.exchange.blotter.rows)))
    resting(api, 1)
    assert seen == [("o0", 0)]
