"""Closing at a loss again and again: which closes count, how long the halt stands, what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from automated_trading.decisions.breakers import decide, lifted, losing_streak, why_nothing_opens
from automated_trading.domain.events import Halted, PositionClosed, Resumed, SessionBegan
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.state import Halt, State
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    TOMORROW,
    D,
    a_market,
    a_position,
    a_session,
    a_state,
    after,
)

BREAKERS = RULES.breakers
IGNORING = replace(BREAKERS, ignore_loss=D("0.01"))
AFTER_TOMORROW, FRIDAY, MONDAY, TUESDAY = date(2026, 7, 17), date(2026, 7, 17), date(2026, 7, 20), date(2026, 7, 21)


def closed(*per_cent: str) -> State:
    """The state after positions of 100 dollars were closed one after another with these results."""
    state = a_state()
    for result in per_cent:
        gone = replace(a_position(), qty=ZERO, cost=ZERO)
        trade = ClosedTrade("AAA", BOOK, D(10), D(10), D(10) + D(result) / 10, D(result), "", NOW, NOW)
        state = after(replace(state, positions={"AAA": gone}), PositionClosed(trade))
    return state


def halts(state: State, rules: BreakerRules = BREAKERS, market: Market | None = None) -> bool:
    found = decide(state, market or a_market(following=a_session(TOMORROW)), rules)
    return Reason.LOSING_STREAK in [event.reason for event in found if isinstance(event, Halted)]


@pytest.mark.parametrize(
    ("results", "halted"),
    [
        (["-1"] * 4, False),
        (["-1"] * 5, True),
        (["-1"] * 6, True),
        (["-0.01"] * 5, True),
        (["-1", "-1", "1", "-1", "-1", "-1"], False),
        (["-1", "-1", "1", *["-1"] * 5], True),
        (["-1"] * 4 + ["0"] + ["-1"], False),
        (["-1"] * 4 + ["0.01"], False),
    ],
    ids=[
        "four", "five", "six", "five of a cent", "a gain in between", "five after a gain", "a draw in between",
        "the fifth gains a cent",
    ],
)  # fmt: skip
def test_five_losing_closes_in_a_row_halt(results: list[str], halted: bool) -> None:
    assert halts(closed(*results)) is halted


@pytest.mark.parametrize(
    ("results", "counted"),
    [
        (["-1"] * 5, 5),
        (["-0.99"] * 5, 0),
        (["-1", "-0.99", "-1", "-1", "-0.5", "-1"], 4),
        (["-1", "-0.99", "-1", "-1", "-0.5", "-1", "-1"], 5),
        (["-1", "-1", "-1", "-1", "0.5", "-1"], 1),
    ],
    ids=["exactly one per cent", "a hundredth under", "two small ones among four", "among five", "a small gain"],
)
def test_a_loss_under_the_ignored_share_neither_counts_nor_ends_the_row(results: list[str], counted: int) -> None:
    state = closed(*results)
    assert losing_streak(state, IGNORING) == counted
    assert halts(state, IGNORING) is (counted >= 5)


def test_how_many_is_a_rule() -> None:
    rules = replace(BREAKERS, losing_streak=2)
    assert [halts(closed(*["-1"] * count), rules) for count in (1, 2)] == [False, True]


# ---- how long it stands -----------------------------------------------------------------------------------------


def halted_on(day: date, following: date) -> State:
    state = after(closed(*["-1"] * 5), SessionBegan(day, NOW)) if day != TODAY else closed(*["-1"] * 5)
    market = a_market(session=a_session(day), following=a_session(following))
    return after(state, *decide(state, market, BREAKERS))


@pytest.mark.parametrize(
    ("begun", "following", "stands", "lifts"),
    [
        (TODAY, TOMORROW, [TODAY, TOMORROW], AFTER_TOMORROW),
        (TOMORROW, FRIDAY, [TOMORROW, FRIDAY], MONDAY),
        (FRIDAY, MONDAY, [FRIDAY, MONDAY], TUESDAY),
    ],
    ids=["midweek", "before a weekend", "over a weekend"],
)
def test_it_stands_through_the_next_session_and_no_longer(
    begun: date, following: date, stands: list[date], lifts: date
) -> None:
    state = halted_on(begun, following)
    assert [lifted(state, day, NOW) for day in stands] == [[], []]
    assert lifted(state, lifts, NOW) == [Resumed(Reason.LOSING_STREAK, Reason.NEXT_SESSION, NOW)]


def test_it_is_written_once_and_bars_opening_in_the_session_after() -> None:
    state = after(halted_on(TODAY, TOMORROW), SessionBegan(TOMORROW, NOW))
    assert decide(state, a_market(session=a_session(TOMORROW)), BREAKERS) == []
    assert why_nothing_opens(state, a_market(), BREAKERS) == (Reason.HALTED, "losing_streak")


def test_time_that_lifts_it_ends_the_row_so_that_it_does_not_halt_again() -> None:
    state = halted_on(TODAY, TOMORROW)
    state = after(state, *lifted(state, AFTER_TOMORROW, NOW))
    assert (state.losses, state.halted) == ((), False)
    assert not halts(state)


def test_the_owner_lifts_it_at_once_and_ends_the_row() -> None:
    state = after(halted_on(TODAY, TOMORROW), Resumed(Reason.LOSING_STREAK, Reason.OWNER, NOW))
    assert (state.losses, state.halted) == ((), False)
    assert not halts(state)


def test_time_that_lifts_another_halt_leaves_the_row() -> None:
    state = replace(closed(*["-1"] * 4), halts={Reason.DAY_LOSS: Halt("", NOW, TODAY)})
    assert len(after(state, *lifted(state, TOMORROW, NOW)).losses) == 4


def test_where_the_next_session_is_not_known_it_stands_until_the_owner_lifts_it() -> None:
    state = closed(*["-1"] * 5)
    state = after(state, *decide(state, a_market(), BREAKERS))
    assert lifted(state, date(2027, 1, 4), NOW) == []


def test_i21_the_row_outlives_the_night_and_the_log() -> None:
    """Seen red when: `_session_began` cleared `losses`."""
    assert halts(after(closed(*["-1"] * 5), SessionBegan(TOMORROW, NOW)))
