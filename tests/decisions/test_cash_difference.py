"""Our books' cash against the broker's: what may go unexplained, and what is explained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.decisions.reconciliation import apart, cash, unconfirmed
from automated_trading.domain.events import ActivityHeard, CashDifferenceSeen, CashDifferenceSettled, Event
from automated_trading.domain.state import Difference, State
from tests.builders import MINUTE, NOW, RULES, D, a_buy, a_fill, a_state, after, an_activity, resting

TOLERANCE = D(100)
BREAKERS = RULES.breakers


def counted(ours: str = "1000", **changes: Any) -> State:
    return a_state(cash=D(ours), cash_since=NOW - MINUTE, **changes)


def read(state: State, theirs: str) -> list[Event]:
    return cash(state, D(theirs), TOLERANCE, NOW)


@pytest.mark.parametrize(
    ("equity", "tolerance"),
    [
        ("0", "5"),
        ("4999.99", "5"),
        ("5000.00", "5.00"),
        ("5000.01", "5.00001"),
        ("100000", "100"),
        ("-100000", "5"),
    ],
)
def test_the_larger_of_five_dollars_and_a_thousandth_of_equity_may_go_unexplained(equity: str, tolerance: str) -> None:
    assert BREAKERS.cash_tolerance(D(equity)) == D(tolerance)


@pytest.mark.parametrize(
    ("theirs", "differs"),
    [
        ("1000", False),
        ("1100.00", False),
        ("1100.01", True),
        ("900.00", False),
        ("899.99", True),
        ("-5000", True),
    ],
)
def test_cash_beyond_the_tolerance_is_a_difference_to_the_cent_on_either_side(theirs: str, differs: bool) -> None:
    seen: list[Event] = [CashDifferenceSeen(D(1000), D(theirs), 1, NOW)] if differs else []
    assert read(counted(), theirs) == seen


@pytest.mark.parametrize(
    ("equity", "theirs", "differs"),
    [
        ("1000", "995.00", False),
        ("1000", "994.99", True),
        ("10000", "990.00", False),
        ("10000", "989.99", True),
    ],
    ids=["$5", "a cent more", "0.1%", "a cent more than 0.1%"],
)
def test_a_small_account_may_miss_five_dollars_and_a_large_one_a_thousandth(
    equity: str, theirs: str, differs: bool
) -> None:
    assert bool(cash(counted(), D(theirs), BREAKERS.cash_tolerance(D(equity)), NOW)) is differs


def test_cash_that_was_never_counted_differs_from_nothing() -> None:
    assert read(a_state(), "0") == []


def test_a_second_reading_confirms_it_and_a_third_says_nothing_new() -> None:
    once = after(counted(), *read(counted(), "800"))
    assert (unconfirmed(once), apart(once)) == (True, [])
    twice = after(once, *read(once, "800"))
    assert (unconfirmed(twice), apart(twice)) == (False, ["cash"])
    assert read(twice, "800") == []


def test_figures_that_moved_confirm_it_all_the_same_and_are_told() -> None:
    once = after(counted(), *read(counted(), "800"))
    assert read(once, "790") == [CashDifferenceSeen(D(1000), D(790), 2, NOW)]
    twice = after(once, *read(once, "790"))
    assert read(twice, "780") == [CashDifferenceSeen(D(1000), D(780), 2, NOW)]


def test_it_is_settled_when_the_books_agree_again_within_the_tolerance() -> None:
    state = counted(cash_difference=Difference(D(1000), D(800), 2, NOW))
    assert read(state, "899.99") == [CashDifferenceSeen(D(1000), D("899.99"), 2, NOW)]
    assert read(state, "900") == [CashDifferenceSettled("explained again")]
    assert after(state, *read(state, "900")).cash_difference is None


@pytest.mark.parametrize(
    ("kind", "amount"), [("FEE", "-300"), ("DIV", "300"), ("INT", "-300"), ("CSD", "300"), ("CSW", "-300")]
)
def test_what_the_broker_put_on_record_explains_cash(kind: str, amount: str) -> None:
    theirs = str(1000 + D(amount))
    assert read(counted(), theirs) != []
    explained = after(counted(), ActivityHeard(an_activity(amount, kind=kind), flow=kind.startswith("CS")))
    assert read(explained, theirs) == []


def test_our_own_fills_explain_cash_to_the_cent() -> None:
    order = resting(a_buy(qty="30"))
    state = after(replace(counted(), orders=a_state(order).orders), a_fill(order, "30", "299.37"))
    assert cash(state, D("700.63"), D(0), NOW) == []
