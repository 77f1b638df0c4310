"""The windows of each routine, on any session of the calendar: holidays, half days and daylight saving come with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given, strategies as st

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.decisions.routines import Routine, may_open, may_redeploy
from automated_trading.decisions.windows import closing_not_due, entry_window
from automated_trading.domain.sessions import Session, new_york, new_york_date
from tests.builders import MINUTE, RULES, SECOND, a_market, a_state

SESSIONS = bundled_calendar(date(2016, 3, 1), date(2030, 11, 1)).sessions
DAYS = st.integers(1, len(SESSIONS) - 2).map(lambda number: SESSIONS[number])
SECONDS = st.integers(-7_200, 30_000).map(lambda seconds: seconds * SECOND)


def at(session: Session, after_open: timedelta) -> tuple[bool, bool]:
    """Whether `morning` may open and `monitor` may redeploy at a moment of a session."""
    now = session.opens + after_open
    market = replace(a_market(), session=session, now=now, is_open=session.opens <= now < session.closes)
    opens = may_open(Routine.MORNING, a_state(), market, RULES.entries)
    return opens, may_redeploy(Routine.MONITOR, market, RULES.entries, RULES.redeployment)


@given(DAYS)
def test_the_entry_window_is_from_five_minutes_after_the_open_to_noon_in_new_york_on_every_session(
    session: Session,
) -> None:
    begins, ends = entry_window(session, RULES.entries)
    assert (new_york(begins).time(), new_york(ends).time()) == (time(9, 35), time(12, 0))
    assert new_york_date(begins) == new_york_date(ends) == session.date
    assert session.opens < begins < ends <= session.closes


@given(DAYS, SECONDS)
def test_nothing_opens_outside_its_window_on_any_session(session: Session, after_open: timedelta) -> None:
    opens, redeploys = at(session, after_open)
    clock = new_york(session.opens + after_open).time()
    assert opens is (time(9, 35) <= clock < time(12, 0))
    left = session.closes - session.opens - after_open
    assert redeploys is (clock >= time(9, 35) and left >= 30 * MINUTE)


@given(DAYS)
def test_a_session_can_be_closed_from_its_own_close_on_half_days_too(session: Session) -> None:
    assert closing_not_due(session, session.closes - SECOND) is not None
    assert closing_not_due(session, session.closes) is None
