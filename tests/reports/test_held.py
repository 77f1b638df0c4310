"""A position as its owner asks about it: what would sell it, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from automated_trading.domain.positions import Origin, Position
from automated_trading.domain.rules import ExitRules
from automated_trading.reports.held import age_in_days, next_age, position_row, stop_rule, target, would_sell
from tests.builders import TODAY, D, a_market, a_position, a_price, a_state

RULES = ExitRules()


def row(position: Position, last: str = "11") -> dict[str, object]:
    market = a_market(prices={"AAA": a_price(last=last)})
    return position_row(a_state(position), market, RULES, "AAA")


@pytest.mark.parametrize(("age", "days", "away"), [(0, 21, 21), (20, 21, 1), (21, 30, 9), (44, 45, 1), (60, 45, 0)])
def test_the_age_rule_that_comes_next_is_counted_in_days(age: int, days: int, away: int) -> None:
    coming = next_age(age, RULES)
    assert coming is not None
    assert (coming.rule.days, coming.in_days) == (days, away)


def test_without_age_rules_none_comes_next() -> None:
    rules = replace(RULES, ages=())
    assert next_age(3, rules) is None
    assert position_row(a_state(a_position()), None, rules, "AAA")["next_age_rule"] is None


def test_age_is_counted_from_the_session_it_was_bought_in() -> None:
    position = a_position(session=TODAY - timedelta(days=9))
    assert (age_in_days(position, TODAY), age_in_days(position, None)) == (9, 0)
    assert row(position)["age_days"] == 9


@pytest.mark.parametrize(("stop", "rule"), [("9.2", "stop_loss"), ("9.21", "trailing_stop"), ("8", "stop_loss")])
def test_a_stop_over_the_tiers_own_is_a_trailing_one(stop: str, rule: str) -> None:
    assert stop_rule(a_position(stop=D(stop)), RULES).value == rule


def test_the_gain_of_an_adopted_position_counts_from_where_it_was_taken_over() -> None:
    told = row(a_position(price="5", origin=Origin.ADOPTED, adopted_at=D(10)))
    assert (told["gain"], told["entry_price"], told["origin"]) == ("0.1", "5", "adopted")


@pytest.mark.parametrize(("on", "goal"), [(False, None), (True, Decimal("11.20"))])
def test_a_target_is_told_only_where_gains_are_taken(on: bool, goal: Decimal | None) -> None:
    assert target(a_position(), replace(RULES, take_profit=on)) == goal


def test_everything_that_would_sell_it_is_told_in_words() -> None:
    assert would_sell(a_position(), replace(RULES, take_profit=True), 25) == [
        "stop_loss at or under 9.20",
        "take_profit at or over 11.20",
        "age now if its gain is under 0%",
        "age in 5 days if its gain is under 3%",
        "age in 20 days if its gain is under 15%",
    ]
