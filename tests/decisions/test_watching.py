"""Highs and stops that only rise, and stops that cannot be judged: counted, and shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.decisions.watching import observe, unjudged
from automated_trading.domain.events import Event, HighRaised, StopDecided, StopRaised, StopUndecided
from automated_trading.domain.market import NO_PRICE, Market, Price, Trade
from automated_trading.domain.positions import Position
from automated_trading.domain.rules import RUNGS, ExitRules, Rung
from automated_trading.domain.state import Difference, State
from tests.builders import (
    MINUTE,
    NOW,
    RULES,
    SECOND,
    D,
    a_holding,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_state,
    after,
)

EXITS = RULES.exits


def seen(position: Position, price: Price, rules: ExitRules = EXITS, **changes: Any) -> list[Event]:
    return observe(a_state(position), a_market(prices={"AAA": price}, **changes), rules)


def at(price: str | Decimal) -> Market:
    """A market in which bid and last trade both stand at a price."""
    return a_market(prices={"AAA": a_price(str(price), str(2 * D(price)), str(price))})


# ---- highs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bid", "last", "high"),
    [("10.01", "10.02", "10.01"), ("10.02", "10.01", "10.01"), ("9.99", "99", None), ("99", "9.99", None)],
)
def test_i15_a_new_high_is_one_that_bid_and_last_trade_both_reached(bid: str, last: str, high: str | None) -> None:
    """Seen red when: `observe` took the greater of bid and last."""
    assert seen(a_position(), a_price(bid, "20", last)) == ([HighRaised("AAA", D(high))] if high else [])


@pytest.mark.parametrize(("mark", "high"), [("10.05", "10.05"), ("11", "10.20"), ("10.10", "10.10"), ("9", "10.01")])
def test_the_brokers_mark_may_be_one_of_the_two(mark: str, high: str) -> None:
    price = a_price("10.01", "20", "10.20")
    assert seen(a_position(), price, holdings={"AAA": a_holding(mark=mark)}) == [HighRaised("AAA", D(high))]


def test_a_closed_market_makes_no_high_and_counts_nothing() -> None:
    assert seen(a_position(), a_price("11", "11.1", "11"), is_open=False) == []
    assert seen(a_position(), a_price("9", "9.1", "10"), is_open=False) == []


@pytest.mark.parametrize("readings", [1, 2])
def test_i16_while_quantities_differ_no_price_raises_a_high_or_a_stop(readings: int) -> None:
    """Seen red when: `observe` did not ask for differences. A reverse split makes any price a new high."""
    apart = a_state(a_position(stop=D(1)), differences={"AAA": Difference(D(10), D(1), readings, NOW)})
    assert observe(apart, at("100"), EXITS) == []


# ---- the rules in force now -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "stop"), [("tier1", "8.80"), ("tier2", "9.00"), ("tier3", "9.20"), ("tier4", "9.20"), ("none", "9.20")]
)
def test_the_rules_in_force_now_raise_a_stop_by_its_tier(tier: str, stop: str) -> None:
    position = a_position(tier=tier, stop=D("8.79"))
    assert seen(position, a_price()) == [StopRaised("AAA", D(stop), "the rules in force now")]


def test_they_raise_it_outside_the_session_too() -> None:
    assert seen(a_position(stop=D(9)), NO_PRICE, is_open=False) == [
        StopRaised("AAA", D("9.20"), "the rules in force now")
    ]


@pytest.mark.parametrize("stop", ["9.20", "9.21"])
def test_a_stop_is_never_lowered_by_the_rules(stop: str) -> None:
    assert seen(a_position(stop=D(stop)), a_price()) == []


def test_an_adopted_position_is_measured_from_where_it_was_taken_over() -> None:
    adopted = a_position(price="20", adopted_at=D(10), stop=D(9), high=D(10))
    assert seen(adopted, a_price()) == [StopRaised("AAA", D("9.20"), "the rules in force now")]
    state = after(a_state(adopted), *observe(a_state(adopted), at("10.30"), EXITS))
    assert state.positions["AAA"].stop == D("9.78")


# ---- trailing ---------------------------------------------------------------------------------------------------


def bought_at_100() -> Position:
    return a_position(price="100")


@pytest.mark.parametrize(
    ("high", "stop"),
    [
        ("102.99", "92.00"),
        ("103.00", "97.85"),
        ("119.99", "113.99"),
        ("120.00", "108.00"),
        ("129.99", "116.99"),
        ("130.00", "120.90"),
        ("200.00", "186.00"),
    ],
    ids=["2.99%", "3%", "19.99%", "20%", "29.99%", "30%", "100%"],
)
def test_each_rung_sets_the_stop_its_share_under_the_high_reached_at_once(high: str, stop: str) -> None:
    state = after(a_state(bought_at_100()), *observe(a_state(bought_at_100()), at(high), EXITS))
    assert state.positions["AAA"].stop == D(stop)


PATH = [
    ("102.99", "92.00"),
    ("103.00", "97.85"),
    ("100.00", "97.85"),
    ("110.00", "104.50"),
    ("119.99", "113.99"),
    ("120.00", "113.99"),
    ("126.65", "113.99"),
    ("126.66", "113.99"),
    ("126.67", "114.00"),
    ("129.99", "116.99"),
    ("130.00", "120.90"),
    ("122.00", "120.90"),
    ("131.00", "121.83"),
]
"""Prices in a row, and where the stop stands after each: the second rung first freezes it, until +26.67%."""


def test_on_its_way_up_a_stop_never_falls_and_the_second_rung_freezes_it() -> None:
    state = a_state(bought_at_100())
    for price, stop in PATH:
        state = after(state, *observe(state, at(price), EXITS))
        assert (price, state.positions["AAA"].stop) == (price, D(stop))


def test_a_price_seen_by_one_witness_alone_trails_nothing() -> None:
    assert seen(bought_at_100(), a_price("100", "200", "150")) == []


def test_a_stop_says_what_raised_it() -> None:
    told = "trailing: 5% under a high 3% or more over entry"
    assert seen(bought_at_100(), a_price("103", "104", "103")) == [
        HighRaised("AAA", D(103)),
        StopRaised("AAA", D("97.85"), told),
    ]


def test_a_trailing_stop_stands_on_a_tick_under_a_dollar_too() -> None:
    position = a_position(price="0.50")
    (_, raised) = seen(position, a_price("0.5151", "1", "0.5151"))
    assert isinstance(raised, StopRaised)
    assert raised.stop == D("0.4893")


def test_a_rung_is_a_row_of_the_table_and_no_code() -> None:
    rungs = (*RUNGS, Rung(D(1), D("0.01")))
    state = a_state(bought_at_100())
    state = after(state, *observe(state, at("200"), replace(EXITS, rungs=rungs)))
    assert state.positions["AAA"].stop == D(198)


def test_without_rungs_nothing_trails() -> None:
    assert seen(bought_at_100(), a_price("150", "151", "150"), replace(EXITS, rungs=())) == [HighRaised("AAA", D(150))]


# ---- what cannot be judged --------------------------------------------------------------------------------------

DIVIDED = a_price("9.19", "9.99", "9.21")
AGREED_ABOVE, AGREED_UNDER = a_price("9.21", "9.99", "9.21"), a_price("9.19", "9.21", "9.20")
STALE = a_price("9.19", "9.21", "9.21", age=15 * MINUTE + SECOND)
ONE_ABOVE = Price(trade=Trade(D("9.21"), NOW))


def counted(state: State, *prices: Price) -> State:
    for price in prices:
        state = after(state, *observe(state, a_market(prices={"AAA": price}), EXITS))
    return state


@pytest.mark.parametrize(
    ("prices", "count"),
    [
        ([DIVIDED], 1),
        ([DIVIDED, DIVIDED], 2),
        ([DIVIDED] * 5, 5),
        ([DIVIDED, AGREED_ABOVE], 0),
        ([DIVIDED, AGREED_UNDER], 0),
        ([DIVIDED, DIVIDED, AGREED_ABOVE, DIVIDED], 1),
        ([DIVIDED, DIVIDED, STALE], 2),
        ([DIVIDED, STALE, NO_PRICE, DIVIDED], 2),
        ([STALE, NO_PRICE], 0),
        ([DIVIDED, ONE_ABOVE], 0),
    ],
    ids=[
        "one", "two", "five", "agreed above", "agreed under", "begun anew", "stale", "stale between", "only stale",
        "one above and none under",
    ],
)  # fmt: skip
def test_undecided_cycles_are_counted_in_a_row_and_the_count_stands_while_nothing_is_fresh(
    prices: list[Price], count: int
) -> None:
    assert counted(a_state(a_position()), *prices).undecided.get("AAA", 0) == count


@pytest.mark.parametrize(("bid", "count"), [("97.86", 0), ("97.85", 1)])
def test_it_is_the_stop_where_the_high_has_taken_it_that_is_judged(bid: str, count: int) -> None:
    trailed = a_state(a_position(price="100", stop=D("97.85"), high=D(103)))
    assert counted(trailed, a_price(bid, "100", "98.50")).undecided.get("AAA", 0) == count


def test_what_is_undecided_is_told_with_its_prices_and_decided_once() -> None:
    state = a_state(a_position())
    (event,) = seen(a_position(), DIVIDED)
    assert event == StopUndecided("AAA", 1, "prices 9.19, 9.21, stop 9.20")
    decided = after(state, event)
    assert observe(decided, a_market(prices={"AAA": AGREED_ABOVE}), EXITS) == [StopDecided("AAA")]
    assert observe(state, a_market(prices={"AAA": AGREED_ABOVE}), EXITS) == []


@pytest.mark.parametrize(
    ("price", "names"),
    [
        (a_price(), []),
        (NO_PRICE, ["AAA"]),
        (Price(quote=a_quote()), ["AAA"]),
        (Price(trade=Trade(D(9), NOW)), ["AAA"]),
        (STALE, ["AAA"]),
    ],
    ids=["two", "none", "a bid alone", "a trade alone", "stale"],
)
def test_i18_a_position_with_fewer_than_two_witnesses_is_named(price: Price, names: list[str]) -> None:
    assert unjudged(a_state(a_position()), a_market(prices={"AAA": price}), EXITS) == names


def test_a_position_sold_out_is_watched_no_more() -> None:
    empty = a_state(replace(a_position(), qty=D(0)))
    assert observe(empty, at("100"), EXITS) == []
    assert unjudged(empty, a_market(prices={}), EXITS) == []
