"""Which open orders are taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.decisions import cancels
from automated_trading.decisions.cancels import resting as resting_orders, to_send
from automated_trading.decisions.exits import to_exit
from automated_trading.domain.events import CancelIntended, Event
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Kind, Order, OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    MINUTE,
    NOW,
    RULES,
    SECOND,
    TODAY,
    D,
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


def decide(state: State, market: Market, rules: Rules = RULES) -> list[Event]:
    return cancels.decide(state, market, rules, to_exit(state, market, rules.exits))


def reasons(state: State, **changes: Any) -> list[Reason]:
    events = decide(state, replace(EARLY, **changes))
    return [event.reason for event in events if isinstance(event, CancelIntended)]


@pytest.mark.parametrize(
    ("age", "goes"), [(30 * MINUTE - SECOND, False), (30 * MINUTE, True), (30 * MINUTE + SECOND, True)]
)
def test_an_entry_unfilled_after_thirty_minutes_is_cancelled(age: timedelta, goes: bool) -> None:
    assert reasons(a_state(resting(a_buy())), now=ny("09:35") + age) == ([Reason.ENTRY_TIMEOUT] if goes else [])


def test_a_redeployment_has_the_same_thirty_minutes() -> None:
    state = a_state(resting(a_buy(purpose=Purpose.REDEPLOY)))
    assert [reasons(state, now=ny(clock)) for clock in ("10:04:59", "10:05")] == [[], [Reason.ENTRY_TIMEOUT]]


def test_the_thirty_minutes_run_from_the_brokers_acceptance() -> None:
    order = replace(resting(a_buy()), accepted_at=ny("09:50"))
    assert reasons(a_state(order), now=ny("10:10")) == []


def test_a_halt_takes_back_every_resting_buy_at_once() -> None:
    state = a_state(resting(a_buy()), resting(a_buy("BBB")), halts=HALTED)
    assert reasons(state) == [Reason.HALTED, Reason.HALTED]


@pytest.mark.parametrize("kind", [Kind.MARKET, Kind.LIMIT])
def test_i5_a_halt_leaves_resting_sells_alone(kind: Kind) -> None:
    """Seen red when: `decide` asked for the halt before the side."""
    limit = D(9) if kind is Kind.LIMIT else None
    sell = resting(a_sell(kind=kind, limit_price=limit))
    assert reasons(a_state(a_position(), sell, halts=HALTED, undecided={"AAA": 3})) == []


FALLEN = {"AAA": a_price("9", "9.1", "9")}


def test_a_symbol_to_be_sold_loses_its_open_buy_first() -> None:
    state = a_state(a_position(), resting(a_buy()), resting(a_buy("BBB")))
    assert reasons(state, prices=FALLEN, now=NOW, session=EARLY.session) == [Reason.EXIT_FIRST]


@pytest.mark.parametrize(
    ("age", "goes"), [(30 * MINUTE - SECOND, False), (30 * MINUTE, True), (30 * MINUTE + SECOND, True)]
)
def test_a_limit_sell_unfilled_after_thirty_minutes_is_taken_back_and_a_market_sell_never(
    age: timedelta, goes: bool
) -> None:
    limit = resting(a_sell(kind=Kind.LIMIT, limit_price=D("9.40")))
    state = a_state(a_position(), limit, undecided={"AAA": 3})
    assert reasons(state, now=ny("09:35") + age) == ([Reason.EXIT_TIMEOUT] if goes else [])
    assert reasons(a_state(a_position(), resting(a_sell())), now=ny("09:35") + age) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [({}, [Reason.STOP_DECIDED]), ({"differences": {"AAA": Difference(D(10), D(9), 1, NOW)}}, [])],
    ids=["decided", "quantities differ"],
)
def test_a_limit_sell_goes_as_soon_as_the_symbol_is_to_be_sold_at_the_market(
    changes: dict[str, Any], why: list[Reason]
) -> None:
    limit = resting(a_sell(kind=Kind.LIMIT, limit_price=D("9.40")))
    assert reasons(a_state(a_position(), limit, **changes), prices=FALLEN, now=NOW) == why
    assert reasons(a_state(a_position(), resting(a_sell()), **changes), prices=FALLEN, now=NOW) == []


def test_a_limit_sell_goes_as_soon_as_the_prices_agree_to_hold() -> None:
    limit = resting(a_sell(kind=Kind.LIMIT, limit_price=D("9.40")))
    assert reasons(a_state(a_position(), limit)) == [Reason.STOP_DECIDED]
    assert reasons(a_state(a_position(), limit, undecided={"AAA": 3})) == []


def test_the_owners_exit_takes_the_place_of_a_limit_sell_in_its_own_name() -> None:
    limit = resting(a_sell(kind=Kind.LIMIT, limit_price=D("9.40")))
    assert reasons(a_state(a_position(), limit, leaving={"AAA": NOW})) == [Reason.OWNER_EXIT]


def test_age_takes_the_place_of_a_limit_sell_in_its_own_name() -> None:
    tired = a_state(a_position(session=TODAY - timedelta(days=30)), resting(a_sell(kind=Kind.LIMIT, limit_price=D(9))))
    assert reasons(tired, now=NOW) == [Reason.AGE]


def test_a_symbol_that_is_blocked_loses_its_open_buy() -> None:
    assert reasons(a_state(resting(a_buy()), resting(a_buy("BBB")), blocked={"AAA": "no"})) == [Reason.BLOCKED]


@pytest.mark.parametrize(("minutes", "entry"), [(9, []), (10, [Reason.ENTRY_TIMEOUT])])
def test_each_side_has_its_own_time(minutes: int, entry: list[Reason]) -> None:
    rules = replace(RULES, entries=replace(RULES.entries, timeout=10 * MINUTE))
    sell = resting(a_sell("BBB", kind=Kind.LIMIT, limit_price=D(9)))
    state = a_state(a_position("BBB"), resting(a_buy()), sell, undecided={"BBB": 3})
    events = decide(state, replace(EARLY, now=ny("09:35") + minutes * MINUTE), rules)
    assert [event.reason for event in events if isinstance(event, CancelIntended)] == entry


@pytest.mark.parametrize("order", [a_buy(), unclear(a_buy()), a_buy(status=OrderStatus.FILLED)])
def test_only_what_rests_at_the_broker_can_be_taken_back(order: Order) -> None:
    state = a_state(order, halts=HALTED)
    assert resting_orders(state) == []
    assert reasons(state) == []


def test_a_cancel_is_given_its_reason_once_and_sent_until_the_order_has_ended() -> None:
    state = a_state(resting(a_buy()), halts=HALTED)
    state = after(state, *decide(state, EARLY))
    assert reasons(state) == []
    assert [order.symbol for order in to_send(state, EARLY)] == ["AAA"]
    assert to_send(a_state(replace(resting(a_buy()), cancelling="halted", status=OrderStatus.CANCELLED)), EARLY) == []


def test_a_cancel_of_what_the_broker_never_named_cannot_be_sent() -> None:
    assert to_send(a_state(replace(a_buy(), cancelling="halted")), EARLY) == []


def test_a_disabled_desk_cancels_nothing_and_sends_what_it_held_back_when_it_is_enabled_again() -> None:
    state = a_state(replace(resting(a_buy()), cancelling="halted"), resting(a_buy("BBB")), halts=HALTED)
    off = replace(EARLY, disabled="switched off")
    assert decide(state, off) == []
    assert to_send(state, off) == []
    assert [order.symbol for order in to_send(state, EARLY)] == ["AAA"]
