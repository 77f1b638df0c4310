"""A queued signal is bought as strictly as a new one, and asked about only when it may be bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.decisions.redeployment import candidates, decide
from automated_trading.domain.events import OrderIntended, SignalRemarked
from automated_trading.domain.market import Price
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import Difference, Halt
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_position,
    a_price,
    a_quote,
    a_sell,
    a_signal,
    an_account,
    an_asset,
    resting,
    unclear,
)
from tests.decisions.freed_room import MARKET, OTHER, SHARED, bought, desk, queue, sale


def capped(**changes: Any) -> Rules:
    return replace(RULES, caps=replace(RULES.caps, **changes))


AGAINST: list[tuple[str, dict[str, Any], dict[str, Any], Rules]] = [
    ("score", {"waits": queue(a_signal(score="5.9"))}, {}, RULES),
    ("account blocked", {}, {"account": an_account(blocked="blocked")}, RULES),
    ("blocked by the owner", {"blocked": {"AAA": "by hand"}}, {}, RULES),
    ("the owner's own", {"ignored": {"AAA": NOW}}, {}, RULES),
    ("asset", {}, {"assets": {"AAA": an_asset(tradable=False)}}, RULES),
    ("not asked", {}, {"assets": {}}, RULES),
    ("cool-down", {"sold": {"AAA": TODAY - timedelta(days=6)}}, {}, RULES),
    ("halted", {"halts": {Reason.OWNER: Halt("stop", NOW)}}, {}, RULES),
    ("disabled", {}, {"disabled": "TRADING_ENABLED=false"}, RULES),
    ("frozen", {"differences": {"AAA": Difference(ZERO, D(5), 1, NOW)}}, {}, RULES),
    ("no quote", {}, {"prices": {}}, RULES),
    ("stale quote", {}, {"prices": {"AAA": Price(a_quote(age=timedelta(seconds=121)))}}, RULES),
    ("wide spread", {}, {"prices": {"AAA": a_price("9.70", "10.00")}}, RULES),
    ("no close", {}, {"closes": {}}, RULES),
    ("gap up", {}, {"closes": {"AAA": D("9.70")}}, RULES),
    ("gap down", {}, {"closes": {"AAA": D("10.90")}}, RULES),
    ("sector", {"waits": queue(a_signal(sector="Tech"))}, {}, capped(max_sector=D("0.0999974"))),
    ("positions", {}, {}, capped(max_positions=0)),
    ("exposure", {}, {}, capped(max_exposure=D("0.0999974"))),
    ("cash", {}, {"account": an_account(cash="9999.74")}, RULES),
    ("daily entries", {}, {}, capped(max_entries_per_day=0)),
    ("one share", {}, {}, capped(max_position=D("0.0001"))),
]


@pytest.mark.parametrize(("state", "market", "rules"), [row[1:] for row in AGAINST], ids=[row[0] for row in AGAINST])
def test_a_queued_signal_is_bought_as_strictly_as_a_new_one(
    state: dict[str, Any], market: dict[str, Any], rules: Rules
) -> None:
    assert bought(desk(**state), replace(MARKET, **market), rules) == []


@pytest.mark.parametrize(
    "rules", [capped(max_sector=D("0.0999975")), capped(max_exposure=D("0.0999975"))], ids=["sector", "exposure"]
)
def test_the_room_may_be_used_to_the_cent(rules: Rules) -> None:
    assert bought(desk(), replace(MARKET, account=an_account(cash="9999.75")), rules) == ["AAA"]


@pytest.mark.parametrize(
    "row", [a_position(), resting(a_sell()), unclear(a_buy(day=YESTERDAY)), a_position(book=OTHER)]
)
def test_what_is_held_or_on_order_is_not_bought_from_the_queue(row: Position | Order) -> None:
    assert bought(desk(sale(), row)) == []


def test_a_book_redeploys_its_own_queue_with_its_own_room_alone() -> None:
    state = desk(sale(), waits={**queue(a_signal("AAA"), book=OTHER), **queue(a_signal("BBB"))})
    assert bought(state, MARKET, SHARED) == ["BBB"]
    assert bought(state, MARKET, SHARED, OTHER) == []


# ---- what is asked about -------------------------------------------------------------------------------------------


def test_only_what_may_be_bought_now_is_asked_about_best_first() -> None:
    state = desk(waits=queue(a_signal("AAA", "7"), a_signal("BBB", "9"), a_signal("CCC")), blocked={"CCC": "by hand"})
    unknown = replace(MARKET, assets={}, closes={}, prices={})
    assert candidates(state, unknown, RULES) == ["BBB", "AAA"]
    assert candidates(state, replace(unknown, redeploying=False), RULES) == []
    assert candidates(replace(state, failures=5), unknown, RULES) == []
    assert candidates(replace(state, orders={}), unknown, RULES) == []


def test_what_would_be_remarked_of_a_new_signal_is_remarked_of_a_queued_one() -> None:
    far = replace(RULES, redeployment=replace(RULES.redeployment, price_tolerance=D("0.3")))
    remark, order = decide(desk(waits=queue(a_signal(entry_price=D(8)))), MARKET, far, BOOK)
    assert isinstance(remark, SignalRemarked)
    assert remark.reason is Reason.FAR_FROM_SIGNAL
    assert isinstance(order, OrderIntended)
