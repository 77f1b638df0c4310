"""The doctor on the books: who would sell each position at its stop, as a function of records and market."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.commands.doctor_books import guarded
from automated_trading.domain.market import Price
from automated_trading.domain.orders import Kind, Order, TimeInForce
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import Difference, State
from automated_trading.reports.finding import Finding, Verdict
from tests.builders import NOW, D, a_market, a_position, a_sell, a_state, resting, unclear

ALL_HELD = {"AAA": "10", "BBB": "10"}


def a_stop(symbol: str = "AAA", qty: str = "10") -> Order:
    return a_sell(symbol, qty, kind=Kind.STOP, stop_price=D("9.20"), time_in_force=TimeInForce.GTC)


def judged(state: State, disabled: str | None = None, **market: Any) -> Finding:
    return guarded(state, a_market(held=ALL_HELD, **market), Rules(), disabled)


def test_a_stop_that_rests_at_the_broker_guards_whatever_else_goes_on() -> None:
    state = a_state(a_position(), resting(a_stop()))
    for found in (judged(state), judged(state, prices={})):
        assert (found.verdict, found.said) == (Verdict.GOOD, "AAA: at the broker")


@pytest.mark.parametrize("order", [a_stop(), unclear(a_stop()), resting(a_stop(qty="9")), resting(a_sell())])
def test_a_stop_that_is_not_there_or_too_small_guards_nothing(order: Order) -> None:
    assert judged(a_state(a_position(), order)).said == "AAA: looked at by `monitor`"


def test_positions_are_told_by_who_guards_them_the_bare_ones_first() -> None:
    state = a_state(a_position(), a_position("BBB"), a_position("CCC"), resting(a_stop()))
    assert judged(state).said == "AAA: at the broker; BBB, CCC: looked at by `monitor`"
    frozen = replace(state, differences={"CCC": Difference(D(10), D(9), 2, NOW)})
    assert judged(frozen).said == "CCC: frozen by a difference; AAA: at the broker; BBB: looked at by `monitor`"


DIFFERS = {"AAA": Difference(D(10), D(9), 2, NOW)}


@pytest.mark.parametrize(
    ("differences", "prices", "disabled", "code", "remedy"),
    [
        (DIFFERS, None, None, 6, "`automated-trading reconcile`"),
        ({}, {}, None, 4, "wait for prices"),
        ({}, None, "a file exists", 3, "TRADING_ENABLED"),
        (DIFFERS, {}, "a file exists", 3, "TRADING_ENABLED"),
    ],
)
def test_a_bare_position_ends_with_the_code_of_its_cause(
    differences: dict[str, Difference], prices: dict[str, Price] | None, disabled: str | None, code: int, remedy: str
) -> None:
    found = judged(replace(a_state(a_position()), differences=differences), disabled, prices=prices)
    assert (found.verdict, found.code) == (Verdict.BAD, code)
    assert remedy in found.remedy


def test_without_positions_nothing_is_to_be_guarded() -> None:
    assert judged(a_state(), "a file exists").verdict is Verdict.GOOD
