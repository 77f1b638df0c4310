"""Our books against the broker's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automated_trading.decisions.reconciliation import decide
from automated_trading.domain.events import DifferenceSeen, DifferenceSettled
from automated_trading.domain.money import ZERO
from automated_trading.domain.state import State
from tests.builders import MINUTE, NOW, D, a_market, a_position, a_state, after


def read(state: State, **held: str) -> State:
    return after(state, *decide(state, a_market(held=held).holdings, NOW))


def test_books_that_agree_say_nothing() -> None:
    assert decide(a_state(a_position()), a_market(held={"AAA": "10"}).holdings, NOW) == []


@pytest.mark.parametrize("theirs", ["0", "9", "11", "-10"])
def test_any_other_quantity_is_a_difference(theirs: str) -> None:
    events = decide(a_state(a_position()), a_market(held={"AAA": theirs}).holdings, NOW)
    assert events == [DifferenceSeen("AAA", D(10), D(theirs), 1, NOW)]


def test_what_only_one_side_holds_is_a_difference() -> None:
    events = decide(a_state(a_position()), a_market(held={"BBB": "5"}).holdings, NOW)
    assert events == [DifferenceSeen("AAA", D(10), ZERO, 1, NOW), DifferenceSeen("BBB", ZERO, D(5), 1, NOW)]


def test_a_difference_freezes_its_symbol_once_a_second_reading_shows_it() -> None:
    once = read(a_state(a_position()), AAA="9")
    assert not once.frozen("AAA")
    assert read(once, AAA="9").frozen("AAA")
    assert not read(once, AAA="9").frozen("BBB")


def test_a_difference_gone_at_the_second_reading_is_settled() -> None:
    state = read(read(a_state(a_position()), AAA="9"), AAA="10")
    assert state.differences == {}


def test_a_frozen_symbol_thaws_when_the_books_agree_again() -> None:
    state = read(read(a_state(a_position()), AAA="9"), AAA="9")
    events = decide(state, a_market(held={"AAA": "10"}).holdings, NOW)
    assert events == [DifferenceSettled("AAA", "books and broker agree again")]


def test_a_standing_difference_is_told_again_only_when_its_figures_change() -> None:
    state = read(read(a_state(a_position()), AAA="9"), AAA="9")
    assert decide(state, a_market(held={"AAA": "9"}).holdings, NOW) == []
    assert decide(state, a_market(held={"AAA": "8"}).holdings, NOW) == [DifferenceSeen("AAA", D(10), D(8), 2, NOW)]


def test_a_difference_remembers_since_when_it_stands() -> None:
    once = read(a_state(a_position()), AAA="9")
    twice = after(once, *decide(once, a_market(held={"AAA": "9"}).holdings, NOW + MINUTE))
    assert twice.differences["AAA"].since == NOW


def test_a_position_sold_out_and_gone_at_the_broker_is_no_difference() -> None:
    sold_out = replace(a_position(), qty=ZERO, cost=ZERO)
    assert decide(a_state(sold_out), {}, NOW) == []


def test_a_difference_that_moves_between_two_readings_is_confirmed_all_the_same() -> None:
    state = read(read(a_state(a_position()), AAA="9"), AAA="8")
    assert state.frozen("AAA")


def test_a_frozen_symbol_stays_frozen_when_the_figures_move() -> None:
    state = read(read(read(a_state(a_position()), AAA="9"), AAA="9"), AAA="8")
    assert state.frozen("AAA")
