"""Our books against the broker's: quantities and orders. Nothing is put right by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automated_trading.decisions.reconciliation import apart, decide, strangers, unconfirmed
from automated_trading.domain.events import DifferenceSeen, DifferenceSettled
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import OutsideOrder
from automated_trading.domain.state import Difference, State
from tests.builders import MINUTE, NOW, D, a_market, a_position, a_state, after, an_outside_order


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


def test_f8_a_position_that_vanished_at_the_broker_stays_on_our_books_until_the_owner_settles_it() -> None:
    state = read(read(a_state(a_position())))
    assert (state.positions["AAA"].qty, state.differences["AAA"].theirs) == (10, 0)
    assert (state.day.closed, apart(state)) == ((), ["AAA"])


# ---- the owner's own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theirs", ["5", "7", "-3"])
def test_what_the_owner_ignores_is_no_difference_however_much_he_holds(theirs: str) -> None:
    assert decide(a_state(ignored={"AAA": NOW}), a_market(held={"AAA": theirs}).holdings, NOW) == []


def test_a_symbol_ignored_while_it_differed_is_settled() -> None:
    state = replace(read(a_state(), AAA="5"), ignored={"AAA": NOW})
    assert read(state, AAA="5").differences == {}


def test_shares_of_ours_in_an_ignored_symbol_are_compared_all_the_same() -> None:
    state = a_state(a_position(), ignored={"AAA": NOW})
    assert decide(state, a_market(held={"AAA": "9"}).holdings, NOW) != []


# ---- what is uncertain, and what is certain ---------------------------------------------------------------------

ONCE, TWICE = an_outside_order(), an_outside_order(readings=2)


@pytest.mark.parametrize(
    ("orders", "again", "names"),
    [
        ([], False, []),
        ([ONCE], True, []),
        ([TWICE], False, ["an order in AAA"]),
        ([an_outside_order(is_open=False)], False, []),
        ([an_outside_order(is_open=False, readings=2)], False, []),
        ([TWICE, an_outside_order(broker_id="b", readings=2)], False, ["an order in AAA"]),
        ([TWICE, an_outside_order(broker_id="b", symbol="BBB")], True, ["an order in AAA"]),
    ],
    ids=["none", "seen once", "seen twice", "ended", "ended, seen twice", "two in one symbol", "one new"],
)
def test_an_order_that_is_not_ours_counts_once_a_second_reading_shows_it_open(
    orders: list[OutsideOrder], again: bool, names: list[str]
) -> None:
    state = a_state(outside={order.broker_id: order for order in orders})
    assert (unconfirmed(state), apart(state)) == (again, names)


def test_an_order_in_a_symbol_the_owner_keeps_for_himself_is_no_difference() -> None:
    assert strangers(a_state(outside={"theirs": TWICE}, ignored={"AAA": NOW})) == []


def test_whatever_differs_for_certain_is_named_and_what_was_seen_once_is_looked_at_again() -> None:
    seen = {"AAA": Difference(D(1), D(2), 2, NOW), "BBB": Difference(D(1), D(2), 1, NOW)}
    state = a_state(differences=seen, outside={"theirs": TWICE}, cash_difference=Difference(D(1), D(99), 2, NOW))
    assert (unconfirmed(state), apart(state)) == (True, ["AAA", "an order in AAA", "cash"])
    assert apart(replace(state, cash_difference=Difference(D(1), D(99), 1, NOW))) == ["AAA", "an order in AAA"]
