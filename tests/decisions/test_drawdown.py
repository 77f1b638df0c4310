"""How far equity may fall under its best close: to the cent, whatever the owner moved, until he says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from automated_trading.decisions.breakers import decide, drawdown, lifted
from automated_trading.domain.events import ActivityHeard, EquityMarked, Halted, Resumed, SessionBegan
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Day, Difference, State
from tests.builders import (
    NOW,
    RULES,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_market,
    a_state,
    after,
    an_account,
    an_activity,
    ny,
)

BREAKERS = RULES.breakers


def quiet(high: str | None = "100000", equity: str = "100000", **changes: Any) -> State:
    """A mark, and a last close so low that no loss of the day ever speaks."""
    state = a_state(high_water=D(high) if high else None, marked=an_account(equity), **changes)
    return replace(state, day=replace(state.day, last_equity=D(1), high_counted=True))


def halts(state: State, equity: str) -> bool:
    found = decide(state, a_market(account=an_account(equity)), BREAKERS)
    return Reason.DRAWDOWN in [event.reason for event in found if isinstance(event, Halted)]


@pytest.mark.parametrize(
    ("high", "equity", "halted"),
    [
        ("100000", "85000.01", False),
        ("100000", "85000.00", True),
        ("100000", "84999.99", True),
        ("123456.78", "104938.27", False),
        ("123456.78", "104938.26", True),
        ("100000", "200000", False),
    ],
)
def test_f29_fifteen_per_cent_under_the_mark_halts_to_the_cent(high: str, equity: str, halted: bool) -> None:
    assert halts(quiet(high), equity) is halted


@pytest.mark.parametrize("high", [None, "0"])
def test_without_a_mark_no_drawdown_is_claimed(high: str | None) -> None:
    assert drawdown(quiet(high), a_market(account=an_account("1"))) is None
    assert not halts(quiet(high), "1")


def test_it_has_no_session_so_that_no_night_lifts_it() -> None:
    state = after(quiet(), *decide(quiet(), a_market(account=an_account("85000")), BREAKERS))
    assert state.halts[Reason.DRAWDOWN].session is None
    assert lifted(state, date(2027, 1, 4), NOW) == []
    assert Reason.DRAWDOWN in after(state, SessionBegan(TOMORROW, NOW)).halts


def test_it_is_written_once() -> None:
    market = a_market(account=an_account("85000"))
    assert decide(after(quiet(), *decide(quiet(), market, BREAKERS)), market, BREAKERS) == []


@pytest.mark.parametrize(
    ("amount", "kept", "falls"),
    [("100000", "170000.01", "170000.00"), ("-50000", "42500.01", "42500.00"), ("0.04", "85000.04", "85000.03")],
    ids=["a deposit doubles it", "a withdrawal halves it", "cents"],
)
def test_deposits_and_withdrawals_move_the_mark_in_proportion(amount: str, kept: str, falls: str) -> None:
    state = quiet(cash=D(0), cash_since=ny("09:35", YESTERDAY))
    state = after(state, ActivityHeard(an_activity(amount), flow=True))
    assert (halts(state, kept), halts(state, falls)) == (False, True)


@pytest.mark.parametrize(
    ("amount", "equity"), [("10000", "91000"), ("-10000", "71000")], ids=["a deposit", "a withdrawal"]
)
def test_money_moved_while_under_water_leaves_the_drawdown_as_it_was(amount: str, equity: str) -> None:
    """Equity is 81,000 of 90,000: ten per cent under its mark, and so it stays, to the mark's own cent."""
    state = quiet("90000", "81000", cash=D(0), cash_since=ny("09:35", YESTERDAY))
    state = after(state, ActivityHeard(an_activity(amount), flow=True))
    fallen = drawdown(state, a_market(account=an_account(equity)))
    assert fallen is not None
    assert abs(fallen - D("0.1")) < D("0.0000001")


@pytest.mark.parametrize(
    ("theirs", "readings", "equity", "halted"),
    [
        ("900", 1, "84900.01", False),
        ("900", 1, "84900.00", True),
        ("900", 2, "84900.01", False),
        ("900", 2, "84900.00", True),
        ("1100", 1, "85000.01", False),
        ("1100", 1, "85000.00", True),
        ("1100", 2, "85100.01", False),
        ("1100", 2, "85100.00", True),
    ],
)
def test_missing_cash_is_no_fall_and_more_cash_seen_twice_hides_none(
    theirs: str, readings: int, equity: str, halted: bool
) -> None:
    state = quiet(cash_difference=Difference(D(1000), D(theirs), readings, NOW))
    assert halts(state, equity) is halted


def test_resume_begins_the_mark_anew_and_the_next_fifteen_per_cent_are_measured_from_there() -> None:
    state = after(quiet(equity="85000"), *decide(quiet(), a_market(account=an_account("85000")), BREAKERS))
    state = after(state, Resumed(Reason.DRAWDOWN, Reason.OWNER, NOW))
    assert (state.high_water, state.halted) == (85_000, False)
    assert [halts(state, equity) for equity in ("85000", "72250.01", "72250")] == [False, False, True]


def test_the_close_of_the_day_of_the_resume_is_a_mark_again_the_next_session() -> None:
    state = after(quiet(equity="85000"), *decide(quiet(), a_market(account=an_account("85000")), BREAKERS))
    state = after(state, Resumed(Reason.DRAWDOWN, Reason.OWNER, NOW), EquityMarked(TODAY, an_account("86000"), NOW))
    assert state.high_water == 85_000
    close = EquityMarked(TOMORROW, an_account("87000", last_equity="86500"), NOW)
    assert after(state, SessionBegan(TOMORROW, NOW), close).high_water == 86_500


def test_a_withdrawal_over_night_is_no_drawdown_in_the_morning() -> None:
    state = quiet(cash=D(100_000), cash_since=ny("09:35", YESTERDAY))
    state = after(replace(state, day=Day(session=YESTERDAY)), SessionBegan(TODAY, NOW, ny("16:00", YESTERDAY)))
    state = after(state, ActivityHeard(an_activity("-50000", ny("18:00", YESTERDAY)), flow=True))
    morning = an_account("50000", cash="50000")
    state = after(state, EquityMarked(TODAY, morning, NOW))
    assert decide(state, a_market(account=morning), BREAKERS) == []
