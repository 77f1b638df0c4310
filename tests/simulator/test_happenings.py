"""What happens to the account by seed, and the venue's own clock."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.assembly.in_process import in_process_client
from automated_trading.simulator import happenings
from automated_trading.simulator.api import Api, Request
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.spelling import as_json, moment
from automated_trading.simulator.troubles import OF_A_SESSION, Troubles
from tests.simulator.conftest import MORNING, new_exchange

D = Decimal
MONDAY = MORNING - timedelta(days=1)
WEEK = timedelta(days=6)
KEYS = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}


def lived(seed: int = 1, until: timedelta = WEEK, **rates: str) -> Exchange:
    """A week, from a Monday's 9:35, of an account that holds AAA and BBB."""
    exchange = new_exchange(MONDAY, seed=seed, troubles=Troubles(**{kind: D(rate) for kind, rate in rates.items()}))
    for symbol in ("AAA", "BBB"):
        exchange.trade_by_hand(symbol, "buy", D(50))
    exchange.advance_to(MONDAY + until)
    return exchange


def kinds(exchange: Exchange) -> Counter[str]:
    return Counter(row.kind for row in exchange.ledger.activities)


@pytest.mark.parametrize(
    ("kind", "told"), [("deposit", "CSD"), ("withdrawal", "CSW"), ("fee", "FEE"), ("dividend", "DIV")]
)
def test_money_comes_and_goes_once_a_session(kind: str, told: str) -> None:
    exchange = lived(**{kind: "1"})
    days = [row.data["date"] for row in exchange.ledger.activities if row.kind == told]
    assert len(days) in (4, 5)  # Monday's may have been before we came
    assert len(set(days)) == len(days)


def test_every_cent_of_it_has_its_activity() -> None:
    exchange = lived(deposit="1", withdrawal="1", fee="1", dividend="1")
    moved = sum(Decimal(str(row.data["net_amount"])) for row in exchange.ledger.activities if row.kind != "FILL")
    spent = sum((order.paid for order in exchange.blotter.rows), D(0))
    assert exchange.ledger.cash == D(100_000) - spent + moved


def test_somebody_trades_by_hand_what_is_held() -> None:
    exchange = lived(hand_trade="1")
    assert len(exchange.blotter.rows) > 4
    assert {row.symbol for row in exchange.blotter.rows} <= {"AAA", "BBB"}


@pytest.mark.parametrize("kind", ["split", "reverse_split"])
def test_shares_are_split_and_the_account_is_worth_what_it_was(kind: str) -> None:
    calm, exchange = lived(), lived(**{kind: "1"})
    assert kinds(exchange)["SPLIT"] >= 3
    assert abs(exchange.equity() - calm.equity()) < 40  # prices are rounded to the cent at each split


def test_names_change_and_no_share_is_lost() -> None:
    exchange = lived(rename="1")
    assert not {"AAA", "BBB"} <= set(exchange.ledger.positions)
    assert [held.qty for held in exchange.ledger.positions.values()] == [50, 50]


def test_what_is_held_is_delisted() -> None:
    assert lived(delisting="1").inactive <= {"AAA", "BBB"}
    assert lived(delisting="1").inactive


def test_the_account_is_blocked_for_an_hour_one_way_or_another() -> None:
    exchange, ways = lived(until=timedelta(0), blocked="1"), []
    for n in range(1, 30):
        for happening in happenings.on(MONDAY.date() + timedelta(days=n), 1, exchange.troubles):
            exchange.advance_to(happening.at)
            blocks = (exchange.account_blocked, exchange.trading_blocked, exchange.configurations["suspend_trade"])
            assert sum(map(bool, blocks)) == (happening.kind == "blocked")
            ways.append(blocks)
    assert len(set(ways)) == 4


@pytest.mark.parametrize("step", [timedelta(minutes=7), timedelta(hours=5), WEEK])
def test_how_the_clock_is_moved_changes_nothing(step: timedelta) -> None:
    rates = dict.fromkeys(OF_A_SESSION, "0.7")
    whole, stepped = lived(**rates), lived(until=timedelta(0), **rates)
    while stepped.now < whole.now:
        stepped.advance_to(min(stepped.now + step, whole.now))
    first, second = whole.to_memory(), stepped.to_memory()
    assert as_json(first) == as_json(second)


def test_another_seed_is_another_week() -> None:
    rates: dict[str, str] = dict.fromkeys(OF_A_SESSION, "0.5")
    assert lived(1, **rates).ledger.cash != lived(2, **rates).ledger.cash


def test_at_a_rate_of_a_half_it_happens_on_some_days() -> None:
    troubles = Troubles(deposit=D("0.5"))
    days = [date(2026, 2, 2) + timedelta(days=n) for n in range(60)]
    assert 10 < sum(bool(happenings.on(day, 1, troubles)) for day in days) < 35


def told(exchange: Exchange) -> tuple[Any, Any]:
    """The time of the clock answer and of its Date header."""
    answer = Api(exchange).handle(Request("GET", "/v2/clock", {}, KEYS))
    dated = answer.headers.get("Date")
    at = answer.body.decode().split('"timestamp":"')[1].split('"')[0]
    return moment(at[:19] + at[-6:]), None if dated is None else parsedate_to_datetime(dated)


def test_a_clock_that_is_apart_says_so_in_its_answer_and_its_date() -> None:
    exchange = new_exchange()
    assert told(exchange) == (MORNING, None)
    exchange.set_clock_apart(timedelta(seconds=90))
    wrong = MORNING + timedelta(seconds=90)
    assert told(exchange) == (wrong, wrong)


def test_our_adapter_measures_by_how_much() -> None:
    exchange = new_exchange()
    exchange.set_clock_apart(timedelta(seconds=-90))
    clock = AlpacaBroker(in_process_client(Api(exchange))).clock()
    assert (clock.now, clock.skew) == (MORNING - timedelta(seconds=90), timedelta(seconds=90))


def test_by_seed_the_clock_is_wrong_all_day_by_up_to_two_minutes_before_or_behind() -> None:
    exchange, seen = Exchange(SeededTape(1), start=MONDAY, troubles=Troubles(skew=D(1))), []
    for n in range(30):
        exchange.advance_to(MONDAY + timedelta(days=n))
        seen.append(exchange.told_now() - exchange.now)
    assert all(timedelta(seconds=6) <= abs(apart) <= timedelta(seconds=120) for apart in seen)
    assert {apart > timedelta(0) for apart in seen} == {True, False}
