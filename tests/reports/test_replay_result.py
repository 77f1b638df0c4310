"""What a replay says of itself: an exit code for what does not hold, and how old its last prices are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.reports.replay_fates import Fate, Kind, Tally
from tests.builders import TODAY, YESTERDAY, D
from tests.reports.replays import a_held, a_result, a_told


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"proof": {"broken": ("line 2: changed",)}}, 8),
        ({"proof": {"folds": False}}, 8),
        ({"proof": {"by_fills": D("999.99")}}, 1),
        ({"proof": {"books": D("999.99")}}, 1),
        ({"proof": {"books": None}}, 0),
        ({"days": {TODAY: Tally(2, {Fate(Kind.BOUGHT): 1}, {})}}, 1),
        ({"days": {TODAY: Tally(1, {Fate(Kind.UNTOLD): 1}, {})}}, 1),
        ({"bug": True}, 1),
    ],
)
def test_what_does_not_hold_is_an_exit_code(changes: dict[str, Any], code: int) -> None:
    assert a_result(**changes).exit_code == code


def test_open_profit_is_what_the_marks_bring_over_cost() -> None:
    assert a_result(held=(a_held(), a_held("BBB", "9.5"), a_held("CCC", None))).open_profit == D(5)


def test_a_last_price_from_before_the_last_session_is_an_old_price() -> None:
    old = replace(a_held("BBB"), priced=YESTERDAY)
    assert a_result(held=(a_held(), old)).old_prices == (old,)


def test_an_entry_the_log_is_silent_about_is_not_counted() -> None:
    days = {TODAY: Tally(3, {Fate(Kind.UNTOLD): 1, Fate(Kind.BOUGHT): 2}, {})}
    assert a_result(days=days).counted == 2


def test_entries_from_the_future_of_their_day_are_counted() -> None:
    assert a_result(told=(a_told(), a_told("BBB", foreknown=True))).foreknown == 1
