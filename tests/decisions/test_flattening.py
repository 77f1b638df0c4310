"""Closing everything, as decisions: what is asked for, what is left, what moves, and how it ended."""

from __future__ import annotations

import pytest

from automated_trading.decisions.flattening import decide, exit_code, left, moves
from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference
from tests.builders import (
    NOW,
    D,
    a_buy,
    a_market,
    a_position,
    a_sell,
    a_state,
    after,
    an_outside_order,
    resting,
    unclear,
)

MARKET = a_market(held={"AAA": "10"})
APART = {"AAA": Difference(D(10), D(9), 1, NOW)}


def test_all_that_is_held_or_may_be_bought_is_asked_for_once() -> None:
    state = a_state(a_position("AAA"), resting(a_buy("BBB")), unclear(a_buy("CCC")), leaving={"AAA": NOW})
    assert decide(state, NOW) == [e.ExitAsked("BBB", NOW), e.ExitAsked("CCC", NOW)]
    assert decide(after(state, *decide(state, NOW)), NOW) == []


def test_an_open_sell_alone_is_left_but_asks_for_nothing() -> None:
    state = a_state(resting(a_sell("AAA")))
    assert (decide(state, NOW), left(state)) == ([], ["AAA"])


def test_a_position_of_no_shares_is_nothing() -> None:
    assert (left(a_state(a_position(qty="0"))), decide(a_state(a_position(qty="0")), NOW)) == ([], [])


@pytest.mark.parametrize(
    ("state", "market", "refused", "moving"),
    [
        (a_state(a_position()), MARKET, (), True),
        (a_state(a_position()), a_market(held={"AAA": "10"}, is_open=False), (), False),
        (a_state(a_position()), a_market(held={"AAA": "10"}, disabled="off"), (), False),
        (a_state(a_position(), differences=APART), MARKET, (), False),
        (a_state(a_position()), MARKET, ("AAA",), False),
        (a_state(a_position(), resting(a_sell())), MARKET, ("AAA",), True),
        (a_state(a_position(), outside={"theirs": an_outside_order("10")}), MARKET, (), False),
        (a_state(a_position(), outside={"theirs": an_outside_order("4")}), MARKET, (), True),
        (a_state(a_position(), resting(a_sell(qty="6")), outside={"x": an_outside_order("10")}), MARKET, (), True),
        (a_state(resting(a_buy())), MARKET, (), True),
        (a_state(unclear(a_buy())), MARKET, (), False),
        (a_state(unclear(a_sell())), MARKET, (), True),
        (a_state(a_position(), unclear(a_buy())), MARKET, (), False),
        (a_state(a_position()), a_market(), (), True),  # bought since the photograph was taken
    ],
)
def test_what_waiting_may_change_is_waited_for(state: object, market: object, refused: object, moving: bool) -> None:
    assert moves(state, market, "AAA", refused) is moving  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "market", "run", "code"),
    [
        (a_state(), MARKET, 0, 0),
        (a_state(), None, 4, 4),
        (a_state(), None, 0, 4),
        (a_state(), MARKET, 1, 1),
        (a_state(), MARKET, 3, 3),
        (a_state(a_position(), differences=APART), a_market(disabled="off"), 4, 3),
        (a_state(a_position(), unclear(a_sell()), differences=APART), MARKET, 0, 4),
        (a_state(a_position(), differences=APART), MARKET, 4, 4),
        (a_state(a_position(), differences=APART), MARKET, 0, 6),
        (a_state(a_position("BBB"), differences=APART), a_market(is_open=False), 0, 0),
        (a_state(a_position()), a_market(is_open=False), 0, 0),
        (a_state(a_position(), resting(a_sell())), MARKET, 0, 4),
    ],
)
def test_the_gravest_of_what_is_left_is_the_code(state: object, market: object, run: int, code: int) -> None:
    assert exit_code(state, market, run) == code  # type: ignore[arg-type]


def test_a_wish_for_what_a_buy_may_bring_ends_with_the_last_buy_that_brought_nothing() -> None:
    first, second = resting(a_buy()), resting(a_buy(generation=1))
    asked = after(a_state(first, second), e.ExitAsked("AAA", NOW))
    one = after(asked, e.OrderEnded(first.client_order_id, OrderStatus.CANCELLED))
    assert set(one.leaving) == {"AAA"}
    assert after(one, e.OrderEnded(second.client_order_id, OrderStatus.CANCELLED)).leaving == {}
    held = after(one, e.Fill(second.client_order_id, D(3), D(30), NOW))
    assert set(after(held, e.OrderEnded(second.client_order_id, OrderStatus.CANCELLED)).leaving) == {"AAA"}


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_a_buy_that_never_was_ends_it_too(end: str) -> None:
    buy = a_buy()
    asked = after(a_state(buy), e.ExitAsked("AAA", NOW))
    told = {
        "refused": e.OrderRefused(buy.client_order_id, 403, "no"),
        "withdrawn": e.OrderWithdrawn(buy.client_order_id, Reason.NEVER_ARRIVED),
    }
    assert (set(asked.leaving), after(asked, told[end]).leaving) == ({"AAA"}, {})


def test_a_symbol_neither_held_nor_bought_cannot_be_asked_for() -> None:
    assert after(a_state(resting(a_sell())), e.ExitAsked("AAA", NOW)).leaving == {}
