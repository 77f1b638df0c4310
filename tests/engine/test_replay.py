"""A replay keeps every appointment of every session, in order, and is nothing but the cycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.decisions.routines import Routine
from automated_trading.domain.sessions import Session, new_york
from automated_trading.engine.desk import Outcome
from automated_trading.engine.replay import Schedule, replay
from tests.engine.builders import bench

TUESDAY, WEDNESDAY, HALF_DAY = date(2026, 2, 3), date(2026, 2, 4), date(2026, 11, 27)


def session(day: date) -> Session:
    found = bundled_calendar(day).on(day)
    assert found is not None
    return found


def clock(at: datetime) -> str:
    return f"{new_york(at):%H:%M}"


def test_a_session_is_a_morning_monitors_until_the_close_and_an_eod_half_an_hour_after_it() -> None:
    kept = [(clock(at), routine) for at, routine in Schedule().appointments(session(TUESDAY))]
    assert kept[:2] == [("09:35", Routine.MORNING), ("09:40", Routine.MONITOR)]
    assert kept[-2:] == [("15:55", Routine.MONITOR), ("16:30", Routine.EOD)]
    assert len(kept) == 78


def test_a_half_day_ends_early() -> None:
    kept = [clock(at) for at, _ in Schedule().appointments(session(HALF_DAY))]
    assert kept[-2:] == ["12:55", "13:30"]


def test_the_appointments_can_be_set() -> None:
    schedule = Schedule(time(10, 0), timedelta(hours=2), timedelta(minutes=5))
    assert [clock(at) for at, _ in schedule.appointments(session(TUESDAY))] == ["10:00", "12:00", "14:00", "16:05"]


def test_a_schedule_that_would_never_end_is_refused() -> None:
    with pytest.raises(ValueError, match="never ends"):
        Schedule(every=timedelta(0))


def test_new_york_keeps_its_hours_when_the_clocks_change() -> None:
    before, after = date(2026, 3, 6), date(2026, 3, 9)
    first = [next(Schedule().appointments(session(day)))[0] for day in (before, after)]
    assert [clock(at) for at in first] == ["09:35", "09:35"]
    assert [at.hour for at in first] == [14, 13]


def test_every_appointment_is_one_run_of_the_cycle_at_its_time(tmp_path: Path) -> None:
    place = bench(tmp_path, "AAA")
    seen: list[tuple[str, str, int]] = []

    def note(outcome: Outcome) -> None:
        seen.append((clock(place.exchange.now), outcome.command, outcome.exit_code))

    replay(
        place.desk(),
        [session(TUESDAY), session(WEDNESDAY)],
        place.exchange.advance_to,
        replace(Schedule(), every=timedelta(hours=3)),
        note,
    )
    day = [("09:35", "morning", 0), ("12:35", "monitor", 0), ("15:35", "monitor", 0), ("16:30", "eod", 0)]
    assert seen == day + day
    assert place.state().positions["AAA"].qty == 99
    assert place.state().day.session == WEDNESDAY


def test_no_session_is_no_run(tmp_path: Path) -> None:
    place = bench(tmp_path, "AAA")
    replay(place.desk(), [], place.exchange.advance_to, Schedule(), lambda outcome: pytest.fail(outcome.said))
    assert place.orders() == []
