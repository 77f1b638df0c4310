"""Every rule that sells, at its boundary: one tick, one cent, one day either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from automated_trading.decisions.exits import to_exit, why_exit
from automated_trading.domain.market import NO_PRICE, Market, Price, Trade
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import AGES, AgeRule, ExitRule, ExitRules
from tests.builders import (
    MINUTE,
    NOW,
    RULES,
    SECOND,
    TODAY,
    D,
    a_holding,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_session,
    a_state,
)

EXITS = RULES.exits
WITH_TARGETS = replace(EXITS, take_profit=True)
STOP, TRAILING, PROFIT, AGE = Reason.STOP_LOSS, Reason.TRAILING_STOP, Reason.TAKE_PROFIT, Reason.AGE


def at(price: str | Decimal) -> Market:
    """A market in which bid and last trade both stand at a price."""
    return a_market(prices={"AAA": a_price(str(price), str(2 * D(price)), str(price))})


def why(position: Position, price: str | Decimal, rules: ExitRules = EXITS) -> Reason | None:
    return why_exit(position, at(price), rules)


# ---- the stop under entry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "entry", "above", "stop", "under"),
    [
        ("tier1", "10", "8.81", "8.80", "8.79"),
        ("tier2", "10", "9.01", "9.00", "8.99"),
        ("tier3", "10", "9.21", "9.20", "9.19"),
        ("tier4", "10", "9.21", "9.20", "9.19"),
        ("none", "10", "9.21", "9.20", "9.19"),
        ("none", "10.01", "9.21", "9.20", "9.19"),
        ("none", "1.08", "0.9937", "0.9936", "0.9935"),
        ("tier1", "0.50", "0.4401", "0.44", "0.4399"),
    ],
)
def test_a_stop_fires_at_its_tick_and_under_it_and_not_one_tick_above(
    tier: str, entry: str, above: str, stop: str, under: str
) -> None:
    fraction = EXITS.stop_fraction(tier)
    position = a_position(price=entry, tier=tier, stop_fraction=fraction, stop=D(stop))
    assert [why(position, price) for price in (above, stop, under)] == [None, STOP, STOP]


def test_f22_a_price_far_through_the_stop_is_the_same_stop() -> None:
    assert why(a_position(), "0.01") is STOP


@pytest.mark.parametrize(
    ("bought_with", "now", "stop"),
    [("0.10", "0.05", "9.50"), ("0.05", "0.10", "9.50"), ("0.08", "0.08", "9.20")],
    ids=["tighter now", "looser now", "the same"],
)
def test_of_the_rule_bought_with_and_the_one_in_force_the_tighter_is_the_stop(
    bought_with: str, now: str, stop: str
) -> None:
    rules = replace(EXITS, stop_tiers={}, default_stop=D(now))
    position = a_position(stop_fraction=D(bought_with), stop=D(stop))
    assert [why(position, price, rules) for price in (D(stop) + D("0.01"), stop)] == [None, STOP]


def test_an_adopted_position_has_its_stop_under_where_it_was_taken_over() -> None:
    adopted = a_position(price="20", adopted_at=D(10), stop=D("9.20"))
    assert [why(adopted, price) for price in ("9.21", "9.20")] == [None, STOP]


def test_a_stop_is_judged_where_it_stands_and_not_where_the_rules_would_raise_it() -> None:
    assert [why(a_position(stop=D("9.00")), price) for price in ("9.01", "9.00")] == [None, STOP]


# ---- the stop that followed the high ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "reason"),
    [("97.86", None), ("97.85", TRAILING), ("97.84", TRAILING), ("92.01", TRAILING), ("92.00", STOP), ("91.99", STOP)],
)
def test_between_the_tiers_stop_and_where_the_high_took_it_the_reason_is_trailing(
    price: str, reason: Reason | None
) -> None:
    assert why(a_position(price="100", stop=D("97.85"), high=D(103)), price) is reason


def test_a_stop_that_never_left_the_entrys_is_no_trailing_stop() -> None:
    only = replace(EXITS, order=(ExitRule.TRAILING,))
    assert why(a_position(), "9.20", only) is None


# ---- take-profit ------------------------------------------------------------------------------------------------

TARGETS = [("tier1", "12.40"), ("tier2", "12.00"), ("tier3", "11.60"), ("tier4", "11.20"), ("none", "11.20")]


@pytest.mark.parametrize(("tier", "target"), TARGETS)
def test_take_profit_is_off_by_default_however_far_the_price(tier: str, target: str) -> None:
    assert why(a_position(tier=tier), target) is None
    assert why(a_position(tier=tier), "1000") is None


@pytest.mark.parametrize(("tier", "target"), TARGETS)
def test_switched_on_it_sells_at_the_tiers_target_and_over_it_and_not_one_tick_under(tier: str, target: str) -> None:
    prices = [D(target) - D("0.01"), D(target), D(target) + D("0.01")]
    assert [why(a_position(tier=tier), price, WITH_TARGETS) for price in prices] == [None, PROFIT, PROFIT]


def test_the_target_of_an_adopted_position_stands_over_where_it_was_taken_over() -> None:
    adopted = a_position(price="20", adopted_at=D(10), stop=D("9.20"))
    assert [why(adopted, price, WITH_TARGETS) for price in ("11.19", "11.20")] == [None, PROFIT]


def test_one_witness_alone_is_no_profit() -> None:
    for price in (a_price("11.20", "19", "11.19"), a_price("11.19", "19", "11.20"), a_price("0", "99", "50")):
        assert why_exit(a_position(), a_market(prices={"AAA": price}), WITH_TARGETS) is None


# ---- age --------------------------------------------------------------------------------------------------------


def aged(days: int, **changes: Any) -> Position:
    """Bought at 100 so many days ago; its stop out of the way."""
    return a_position(price="100", session=TODAY - timedelta(days=days), **changes)


@pytest.mark.parametrize(
    ("days", "price", "reason"),
    [
        (20, "99.99", None),
        (21, "99.99", AGE),
        (21, "100.00", None),
        (21, "100.01", None),
        (22, "99.99", AGE),
        (29, "102.99", None),
        (30, "102.99", AGE),
        (30, "103.00", None),
        (31, "102.99", AGE),
        (44, "114.99", None),
        (44, "102.99", AGE),
        (45, "114.99", AGE),
        (45, "115.00", None),
        (46, "114.99", AGE),
        (1000, "115.00", None),
        (1000, "114.99", AGE),
        (0, "92.01", None),
    ],
)
def test_age_sells_what_has_gained_too_little_for_its_days_and_a_winner_stays(
    days: int, price: str, reason: Reason | None
) -> None:
    assert why(aged(days), price) is reason


def test_the_gain_of_an_adopted_position_is_measured_from_where_it_was_taken_over() -> None:
    adopted = replace(aged(21), bought_value=D(2000), adopted_at=D(100))
    assert [why(adopted, price) for price in ("99.99", "100.00")] == [AGE, None]


@pytest.mark.parametrize(
    ("bought", "today"),
    [
        (date(2026, 2, 20), date(2026, 3, 13)),
        (date(2026, 10, 16), date(2026, 11, 6)),
        (date(2026, 6, 24), date(2026, 7, 15)),
    ],
    ids=["the clocks go forward", "the clocks go back", "summer"],
)
def test_f17_days_are_counted_by_new_yorks_dates_whatever_the_clocks_do(bought: date, today: date) -> None:
    for day, reason in ((today - timedelta(days=1), None), (today, AGE)):
        session = a_session(day)
        market = replace(at("99.99"), session=session, now=session.opens)
        quoted = {"AAA": Price(a_quote("99.99", "101", now=session.opens), Trade(D("99.99"), session.opens))}
        assert why_exit(a_position(price="100", session=bought), replace(market, prices=quoted), EXITS) is reason


def test_age_asks_no_second_witness() -> None:
    alone = a_market(prices={"AAA": Price(trade=Trade(D("99.99"), NOW))})
    assert why_exit(aged(21), alone, EXITS) is AGE


@pytest.mark.parametrize(("age", "reason"), [(15 * MINUTE, AGE), (15 * MINUTE + SECOND, None)], ids=["15:00", "15:01"])
def test_a_halted_stock_waits_however_old_the_position(age: timedelta, reason: Reason | None) -> None:
    assert why_exit(aged(100), a_market(prices={"AAA": a_price("99", "101", "99", age=age)}), EXITS) is reason
    assert why_exit(aged(100), a_market(prices={"AAA": NO_PRICE}), EXITS) is None


@pytest.mark.parametrize(
    ("price", "mark", "reason"),
    [
        (a_price("95", "110", "100"), "95", None),
        (a_price("110", "111", "99.99"), "110", AGE),
        (Price(a_quote("99.99", "101")), "110", AGE),
        (Price(a_quote("100", "101")), "95", None),
        (Price(a_quote("120", "121"), Trade(D("99"), NOW - timedelta(days=3))), "99", None),
        (Price(a_quote("0", "121")), "99", None),
    ],
    ids=[
        "last, level",
        "last, under",
        "bid, under",
        "bid, level",
        "bid, and a trade of three days ago",
        "a mark alone",
    ],
)
def test_the_gain_is_told_by_the_last_trade_while_it_is_fresh_and_else_by_the_bid(
    price: Price, mark: str, reason: Reason | None
) -> None:
    """Seen red when: the last trade told it however old it was."""
    market = a_market(prices={"AAA": price}, holdings={"AAA": a_holding(mark=mark)})
    assert why_exit(aged(21), market, EXITS) is reason


def test_an_age_rule_is_a_row_of_the_table_and_no_code() -> None:
    rules = replace(EXITS, ages=(*AGES, AgeRule(3, D("0.01"))))
    assert [why(aged(days), "100.99", rules) for days in (2, 3)] == [None, AGE]
    assert why(aged(3), "101", rules) is None
    assert why(aged(1000), "100", replace(EXITS, ages=())) is None


# ---- the order of rules -----------------------------------------------------------------------------------------

CASES = {
    "under everything, old": (aged(50, stop=D("97.85")), "91.00"),
    "under the trailing stop, old": (aged(50, stop=D("97.85")), "97.00"),
    "old and losing": (aged(50), "99.00"),
    "over its target, too old for its gain": (aged(50), "112.00"),
    "a winner": (aged(50), "115.00"),
    "young and level": (aged(0), "100.00"),
}
REASONS = {ExitRule.STOP: STOP, ExitRule.TRAILING: TRAILING, ExitRule.TAKE_PROFIT: PROFIT, ExitRule.AGE: AGE}
FIRE = {
    "under everything, old": {ExitRule.STOP, ExitRule.TRAILING, ExitRule.AGE},
    "under the trailing stop, old": {ExitRule.TRAILING, ExitRule.AGE},
    "old and losing": {ExitRule.AGE},
    "over its target, too old for its gain": {ExitRule.TAKE_PROFIT, ExitRule.AGE},
    "a winner": {ExitRule.TAKE_PROFIT},
    "young and level": set[ExitRule](),
}


@pytest.mark.parametrize(
    "order", list(permutations(ExitRule)), ids=lambda order: "-".join(rule.value for rule in order)
)
def test_the_first_rule_in_the_order_of_the_table_gives_the_reason_and_the_order_nothing_else(
    order: tuple[ExitRule, ...],
) -> None:
    rules = replace(WITH_TARGETS, order=order)
    for name, (position, price) in CASES.items():
        first = next((REASONS[rule] for rule in order if rule in FIRE[name]), None)
        assert (name, why(position, price, rules)) == (name, first)
        sold = to_exit(a_state(position), at(price), rules)
        assert sold.keys() == to_exit(a_state(position), at(price), WITH_TARGETS).keys()
        assert all(sale.limit is None for sale in sold.values())


def test_a_rule_that_is_not_in_the_order_sells_nothing() -> None:
    for name, (position, price) in CASES.items():
        rules = replace(WITH_TARGETS, order=tuple(rule for rule in ExitRule if rule not in FIRE[name]))
        assert (name, why(position, price, rules)) == (name, None)


@pytest.mark.parametrize(
    ("price", "reason"),
    [("91.00", STOP), ("97.00", TRAILING), ("99.00", AGE), ("112.00", PROFIT)],
)
def test_by_default_the_stop_is_asked_first_then_trailing_then_profit_then_age(price: str, reason: Reason) -> None:
    assert why(aged(50, stop=D("97.85")), price, WITH_TARGETS) is reason
