"""Sessions in New York time, daylight saving and half days included."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from automated_trading.simulator.calendar import latest_session, next_close, next_open, open_session, session_on


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [(date(2026, 3, 6), 14, 21), (date(2026, 3, 9), 13, 20), (date(2026, 11, 27), 14, 18)],
)
def test_a_session_opens_and_closes_by_the_wall_clock(day: date, opens: int, closes: int) -> None:
    session = session_on(day)
    assert session is not None
    assert (session.open.hour, session.open.minute, session.close.hour) == (opens, 30, closes)


@pytest.mark.parametrize("day", [date(2026, 2, 16), date(2026, 2, 14), date(2026, 12, 25)])
def test_weekends_and_holidays_have_none(day: date) -> None:
    assert session_on(day) is None


def test_the_open_belongs_to_the_session_and_the_close_does_not() -> None:
    opened, closed = datetime(2026, 2, 3, 14, 30, tzinfo=UTC), datetime(2026, 2, 3, 21, 0, tzinfo=UTC)
    assert open_session(opened) is not None
    assert open_session(closed) is None
    assert latest_session(closed) == session_on(date(2026, 2, 3))


def test_the_next_open_and_close_are_strictly_ahead() -> None:
    friday_close = datetime(2026, 2, 13, 21, 0, tzinfo=UTC)
    assert next_open(friday_close) == datetime(2026, 2, 17, 14, 30, tzinfo=UTC)
    assert next_close(friday_close) == datetime(2026, 2, 17, 21, 0, tzinfo=UTC)


def test_the_end_of_the_table_is_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="calendar ends"):
        next_open(datetime(2031, 1, 2, 15, 0, tzinfo=UTC))
