"""Which open orders are taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.decisions.cancels import decide, resting_buys, to_send
from automated_trading.domain.events import CancelIntended
from automated_trading.domain.orders import Order, OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Halt, State
from tests.builders import (
    MINUTE,
    NOW,
    RULES,
    SECOND,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_state,
    after,
    ny,
    resting,
    unclear,
)

EARLY = a_market(now=ny("09:40"))
HALTED = {Reason.OWNER: Halt("stop", NOW)}


def reasons(state: State, **changes: Any) -> list[Reason]:
    events = decide(state, replace(EARLY, **changes), RULES)
    return [event.reason for event in events if isinstance(event, CancelIntended)]


@pytest.mark.parametrize(
    ("age", "goes"), [(30 * MINUTE - SECOND, False), (30 * MINUTE, True), (30 * MINUTE + SECOND, True)]
)
def test_an_entry_unfilled_after_thirty_minutes_is_cancelled(age: timedelta, goes: bool) -> None:
    assert reasons(a_state(resting(a_buy())), now=ny("09:35") + age) == ([Reason.ENTRY_TIMEOUT] if goes else [])


def test_the_thirty_minutes_run_from_the_brokers_acceptance() -> None:
    order = replace(resting(a_buy()), accepted_at=ny("09:50"))
    assert reasons(a_state(order), now=ny("10:10")) == []


def test_a_halt_takes_back_every_resting_buy_at_once() -> None:
    state = a_state(resting(a_buy()), resting(a_buy("BBB")), halts=HALTED)
    assert reasons(state) == [Reason.HALTED, Reason.HALTED]


def test_a_halt_leaves_resting_sells_alone() -> None:
    assert reasons(a_state(a_position(), resting(a_sell()), halts=HALTED)) == []


def test_a_symbol_to_be_sold_loses_its_open_buy_first() -> None:
    state = a_state(a_position(), resting(a_buy()), resting(a_buy("BBB")))
    fallen = {"AAA": a_price("9", "9.1", "9")}
    assert reasons(state, prices=fallen, now=NOW, session=EARLY.session) == [Reason.EXIT_FIRST]


@pytest.mark.parametrize("order", [a_buy(), unclear(a_buy()), a_buy(status=OrderStatus.FILLED)])
def test_only_what_rests_at_the_broker_can_be_taken_back(order: Order) -> None:
    state = a_state(order, halts=HALTED)
    assert resting_buys(state) == []
    assert reasons(state) == []


def test_a_cancel_is_given_its_reason_once_and_sent_until_the_order_has_ended() -> None:
    state = a_state(resting(a_buy()), halts=HALTED)
    state = after(state, *decide(state, EARLY, RULES))
    assert reasons(state) == []
    assert [order.symbol for order in to_send(state, EARLY)] == ["AAA"]
    assert to_send(a_state(replace(resting(a_buy()), cancelling="halted", status=OrderStatus.CANCELLED)), EARLY) == []


def test_a_disabled_desk_cancels_nothing_and_sends_what_it_held_back_when_it_is_enabled_again() -> None:
    state = a_state(replace(resting(a_buy()), cancelling="halted"), resting(a_buy("BBB")), halts=HALTED)
    off = replace(EARLY, disabled="switched off")
    assert decide(state, off, RULES) == []
    assert to_send(state, off) == []
    assert [order.symbol for order in to_send(state, EARLY)] == ["AAA"]
