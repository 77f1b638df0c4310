"""The adapters against the embedded exchange, over a loopback socket and in-process: one codec, two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.clock import ExchangeClock
from automated_trading.domain.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable, ConfigError
from automated_trading.domain.market import Asset
from automated_trading.domain.orders import (
    BrokerOrder,
    BrokerStatus,
    Decision,
    Kind,
    Purpose,
    Side,
    TimeInForce,
    looks_like_ours,
)
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.server import serve
from tests.adapters.scripted_broker import KEY, SECRET
from tests.adapters.wire_rows import OUR_ID, our_order

MORNING = datetime(2026, 2, 3, 14, 35, tzinfo=UTC)  # 09:35 in New York, a Tuesday
TEN = Decimal(10)
YESTERDAY = MORNING - timedelta(days=1)


@dataclass
class Desk:
    """The exchange, and the adapters that talk to it."""

    api: Api
    client: AlpacaClient
    broker: AlpacaBroker
    prices: AlpacaPrices

    def buy(self, **changes: Any) -> BrokerOrder:
        """Ten shares of AAPL, which stands at 50, at a limit that fills."""
        return self.broker.submit(our_order(**{"qty": TEN, "limit_price": Decimal("50.75"), **changes}))

    def found(self, client_order_id: str = OUR_ID) -> BrokerOrder:
        order = self.broker.find(client_order_id)
        assert order is not None
        return order

    def lose(self, kind: FaultKind, method: str, path: str = "/v2/orders") -> None:
        self.api.faults.append(Fault(kind, method, path))


@pytest.fixture(params=["socket", "in_process"])
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
    exchange = Exchange(SeededTape(1), start=MORNING)
    exchange.set_price("AAPL", Decimal(50))
    api = Api(exchange, keys=(KEY, SECRET))
    server = serve(api)
    try:
        server.start()
        session = InProcessSession(api) if request.param == "in_process" else None
        yield desk_at(server.url, api, session)
    finally:
        server.stop()


def desk_at(url: str, api: Api, session: object | None, secret: str = SECRET) -> Desk:
    exchange = api.exchange
    clock = ExchangeClock(lambda: exchange.now, lambda span: exchange.advance_to(exchange.now + span))
    client = AlpacaClient(
        trading_url=url,
        data_url=url,
        key=KEY,
        secret=secret,
        clock=clock,
        session=session,
        deadline_seconds=1e9,
    )
    return Desk(api, client, AlpacaBroker(client), AlpacaPrices(client))


def test_the_clock_and_the_calendar_agree(desk: Desk) -> None:
    clock = desk.broker.clock()
    (session,) = desk.broker.calendar(date(2026, 2, 3), date(2026, 2, 3))
    assert (clock.now, clock.is_open, clock.skew) == (MORNING, True, None)
    assert session.opens <= clock.now < session.closes


def test_a_new_account_is_active_and_holds_its_money(desk: Desk) -> None:
    account = desk.broker.account()
    assert (account.equity, account.cash, account.blocked) == (Decimal(100_000), Decimal(100_000), None)
    assert desk.broker.positions() == ()


def test_an_order_is_accepted_then_filled_then_held(desk: Desk) -> None:
    accepted = desk.buy()
    filled = desk.found()
    (holding,) = desk.broker.positions()
    assert (accepted.status, accepted.filled_qty) == (BrokerStatus.OPEN, Decimal(0))
    assert (filled.status, filled.filled_qty) == (BrokerStatus.FILLED, TEN)
    assert (holding.symbol, holding.qty, holding.entry_price) == ("AAPL", TEN, filled.filled_avg_price)
    assert desk.broker.follow(accepted.broker_id) == filled
    assert desk.broker.orders(YESTERDAY) == (filled,)


def test_an_id_that_is_taken_is_answered_with_the_order_that_has_it(desk: Desk) -> None:
    first = desk.buy()
    again = desk.buy(qty=Decimal(20))
    assert (again.broker_id, again.qty) == (first.broker_id, TEN)
    assert len(desk.broker.orders(YESTERDAY)) == 1


def test_a_stop_rests_and_is_cancelled_once_and_again(desk: Desk) -> None:
    desk.buy()
    desk.broker.positions()
    exit_ = Decision("insider", date(2026, 2, 3), "AAPL", Side.SELL, Purpose.EXIT)
    stop = desk.buy(
        client_order_id="stop-1",
        decision=exit_,
        kind=Kind.STOP,
        limit_price=None,
        stop_price=Decimal("45.5"),
        time_in_force=TimeInForce.GTC,
    )
    assert (stop.side, stop.kind, stop.stop_price, stop.time_in_force) == (
        Side.SELL,
        "stop",
        Decimal("45.5"),
        "gtc",
    )
    desk.broker.cancel(stop.broker_id)
    desk.broker.cancel(stop.broker_id)
    assert desk.found("stop-1").status is BrokerStatus.CANCELLED


def test_what_the_exchange_does_not_know_is_none(desk: Desk) -> None:
    assert desk.broker.find("nobody") is None
    assert desk.broker.follow("00000000-0000-0000-0000-000000000000") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limit_price": Decimal("50.123")}, "sub-penny"),
        ({"qty": Decimal(1_000_000)}, "buying power"),
    ],
)
def test_a_refusal_comes_in_the_exchanges_words(desk: Desk, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BrokerRefused, match=words):
        desk.buy(**changes)
    assert desk.broker.find(OUR_ID) is None


@pytest.mark.parametrize(("kind", "arrived"), [(FaultKind.LOST_BEFORE, False), (FaultKind.LOST_AFTER, True)])
def test_a_lost_order_is_unclear_and_sent_once_whether_it_arrived_or_not(
    desk: Desk, kind: FaultKind, arrived: bool
) -> None:
    desk.lose(kind, "POST")
    with pytest.raises(BrokerUnclear):
        desk.buy()
    assert (desk.broker.find(OUR_ID) is not None) is arrived
    assert [method for method, _ in desk.api.requests].count("POST") == 1


def test_a_blocked_account_says_so(desk: Desk) -> None:
    desk.api.exchange.trading_blocked = True
    assert desk.broker.account().blocked == "trading blocked"


def test_prices_come_with_their_times(desk: Desk) -> None:
    found = desk.prices.snapshots(["AAPL", "IBM", "ZZZZ"])
    assert set(found) == {"AAPL", "IBM"}
    quote, trade = found["AAPL"].quote, found["AAPL"].trade
    assert quote is not None
    assert trade is not None
    assert (quote.bid, quote.ask, quote.at) == (Decimal("49.97"), Decimal("50.03"), MORNING)
    assert trade.price == 50


def test_the_closes_of_the_session_before_come_in_one_request(desk: Desk) -> None:
    closes = desk.prices.previous_closes(["IBM", "KO", "ZZZZ"], date(2026, 2, 3))
    monday = datetime(2026, 2, 2, 21, 0, tzinfo=UTC)
    assert closes == {symbol: SeededTape(1).price(symbol, monday) for symbol in ("IBM", "KO")}
    assert [path for _, path in desk.api.requests] == ["/v2/stocks/bars"]


def test_the_previous_close_is_the_same_from_the_early_morning_to_the_night(desk: Desk) -> None:
    wednesday, told = date(2026, 2, 4), set()
    for hour in (6, 14, 16, 22):
        desk.api.exchange.advance_to(datetime(2026, 2, 4, hour, 0, tzinfo=UTC))
        told.add(desk.prices.previous_closes(["IBM"], wednesday)["IBM"])
    assert told == {SeededTape(1).price("IBM", datetime(2026, 2, 3, 21, 0, tzinfo=UTC))}


@pytest.mark.parametrize(
    ("session", "before"),
    [
        (date(2026, 2, 9), date(2026, 2, 6)),
        (date(2026, 7, 6), date(2026, 7, 2)),
        (date(2026, 11, 30), date(2026, 11, 27)),
    ],
    ids=["weekend", "holiday", "half day"],
)
def test_the_session_before_is_the_calendars_own(desk: Desk, session: date, before: date) -> None:
    desk.api.exchange.advance_to(datetime(session.year, session.month, session.day, 15, 0, tzinfo=UTC))
    close = SeededTape(1).price("IBM", datetime(before.year, before.month, before.day, 23, 0, tzinfo=UTC))
    assert desk.prices.previous_closes(["IBM"], session) == {"IBM": close}


def test_a_split_divides_the_close_of_the_session_before(desk: Desk) -> None:
    desk.api.exchange.set_close("AAPL", Decimal(48))
    desk.api.exchange.split("AAPL", Decimal(2))
    assert desk.prices.previous_closes(["AAPL"], date(2026, 2, 3)) == {"AAPL": Decimal(24)}


def test_what_moved_the_account_is_heard_and_trades_are_not(desk: Desk) -> None:
    exchange = desk.api.exchange
    desk.buy()
    desk.broker.positions()
    exchange.pay("DIV", Decimal("2.40"), "AAPL")
    exchange.move_cash(Decimal(-500))
    exchange.split("AAPL", Decimal(2))
    told = desk.broker.activities(YESTERDAY)
    assert [(one.kind, one.amount, one.symbol, one.qty) for one in told] == [
        ("DIV", Decimal("2.4"), "AAPL", TEN),
        ("CSW", Decimal(-500), "", Decimal(0)),
        ("SPLIT", Decimal(0), "AAPL", TEN),
    ]
    assert desk.broker.activities(MORNING + timedelta(seconds=1)) == ()
    assert [one.at for one in told] == sorted({one.at for one in told})


def test_more_than_a_page_of_activities_is_told_whole(desk: Desk) -> None:
    for cents in range(1, 252):
        desk.api.exchange.pay("FEE", -Decimal(cents) / 100)
    told = desk.broker.activities(YESTERDAY)
    assert [one.amount for one in told] == [-Decimal(cents) / 100 for cents in range(1, 252)]


def test_an_asset_is_active_inactive_or_unknown(desk: Desk) -> None:
    desk.api.exchange.inactive.add("IBM")
    desk.api.exchange.untradable.add("KO")
    assert desk.broker.asset("AAPL") == Asset("AAPL", active=True, tradable=True)
    assert desk.broker.asset("IBM") == Asset("IBM", active=False, tradable=False)
    assert desk.broker.asset("KO") == Asset("KO", active=True, tradable=False)
    assert desk.broker.asset("ZZZZ") is None


def test_an_order_of_an_inactive_asset_is_refused(desk: Desk) -> None:
    desk.api.exchange.inactive.add("AAPL")
    with pytest.raises(BrokerRefused, match='asset "AAPL" is not active'):
        desk.buy()


def test_the_owners_resting_order_is_told_under_an_id_that_is_not_of_our_form(desk: Desk) -> None:
    mine = desk.api.exchange.rest_by_hand("AAPL", "buy", TEN, Decimal(40))
    (order,) = desk.broker.orders(YESTERDAY)
    assert (order.broker_id, order.limit_price, order.status) == (mine.id, Decimal(40), BrokerStatus.OPEN)
    assert not looks_like_ours(order.client_order_id)


def test_more_than_a_page_of_orders_is_told_whole(desk: Desk) -> None:
    ids = [f"order-{n}" for n in range(501)]
    for name in ids:
        desk.buy(client_order_id=name, qty=Decimal(1), limit_price=Decimal("1.00"))
    assert [order.client_order_id for order in desk.broker.orders(YESTERDAY)] == ids


def test_wrong_keys_are_a_matter_of_configuration(desk: Desk) -> None:
    session = InProcessSession(desk.api)
    with pytest.raises(ConfigError):
        desk_at("http://127.0.0.1:1", desk.api, session, secret="wrong").broker.account()


def test_the_exchanges_rate_limit_is_not_sent(desk: Desk) -> None:
    api = Api(desk.api.exchange, rate_limit=0)
    with pytest.raises(BrokerUnreachable, match="asked to wait"):
        desk_at("http://127.0.0.1:1", api, InProcessSession(api)).buy()
