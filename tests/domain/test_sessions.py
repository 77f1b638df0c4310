"""The exchange's days, held against exchange_calendars for every session of the bundled table."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import exchange_calendars
import pytest
from hypothesis import given, strategies as st

import automated_trading
from automated_trading.domain.sessions import (
    Calendar,
    Session,
    at_new_york,
    new_york,
    new_york_date,
    parse_utc,
    utc_text,
)

TABLE = json.loads(Path(automated_trading.__file__).with_name("nyse_calendar.json").read_text(encoding="ascii"))
FIRST, LAST = date.fromisoformat(TABLE["from"]), date.fromisoformat(TABLE["to"])
WHOLE = Calendar.from_table(TABLE, FIRST, LAST)
THANKSGIVING_WEEK = Calendar.from_table(TABLE, date(2026, 11, 23), date(2026, 12, 1))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_session_agrees_with_exchange_calendars() -> None:
    theirs = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    expected = [
        (day.date(), opens.to_pydatetime(), closes.to_pydatetime())
        for day, opens, closes in zip(theirs.sessions, theirs.opens, theirs.closes, strict=True)
    ]
    assert [(s.date, s.opens, s.closes) for s in WHOLE.sessions] == expected


def test_the_table_is_sorted_and_its_days_are_weekdays() -> None:
    for days in (TABLE["holidays"], TABLE["half_days"]):
        assert days == sorted(set(days))
        assert all(date.fromisoformat(day).weekday() < 5 for day in days)


@pytest.mark.parametrize("mourning", [date(2018, 12, 5), date(2025, 1, 9)])
def test_a_day_of_mourning_has_no_session(mourning: date) -> None:
    assert WHOLE.on(mourning) is None


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 3, 6), "2026-03-06T14:30", "2026-03-06T21:00"),
        (date(2026, 3, 9), "2026-03-09T13:30", "2026-03-09T20:00"),
        (date(2026, 10, 30), "2026-10-30T13:30", "2026-10-30T20:00"),
        (date(2026, 11, 2), "2026-11-02T14:30", "2026-11-02T21:00"),
        (date(2026, 11, 27), "2026-11-27T14:30", "2026-11-27T18:00"),
        (date(2028, 7, 3), "2028-07-03T13:30", "2028-07-03T17:00"),
    ],
)
def test_opening_and_closing_follow_new_yorks_clock(day: date, opens: str, closes: str) -> None:
    assert WHOLE.on(day) == Session(day, utc(opens), utc(closes))


def test_a_holiday_and_a_weekend_have_no_session() -> None:
    assert THANKSGIVING_WEEK.on(date(2026, 11, 26)) is None
    assert THANKSGIVING_WEEK.on(date(2026, 11, 28)) is None


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        ("2026-11-25T04:59:59", date(2026, 11, 24)),
        ("2026-11-25T05:00:00", date(2026, 11, 25)),
        ("2026-11-27T04:00:00", date(2026, 11, 25)),
        ("2026-11-29T12:00:00", date(2026, 11, 27)),
    ],
)
def test_a_session_has_begun_from_new_yorks_midnight_on(now: str, begun: date) -> None:
    assert THANKSGIVING_WEEK.latest_begun(utc(now)).date == begun


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("2026-11-25T14:00:00", date(2026, 11, 25)),
        ("2026-11-25T20:59:59", date(2026, 11, 25)),
        ("2026-11-25T21:00:00", date(2026, 11, 27)),
        ("2026-11-27T18:00:00", date(2026, 11, 30)),
    ],
)
def test_the_next_opening_is_the_session_that_has_not_closed(now: str, following: date) -> None:
    assert THANKSGIVING_WEEK.next_opening(utc(now)).date == following


def test_before_and_after_step_over_the_holiday() -> None:
    wednesday, friday = THANKSGIVING_WEEK.on(date(2026, 11, 25)), THANKSGIVING_WEEK.on(date(2026, 11, 27))
    assert wednesday is not None
    assert friday is not None
    assert THANKSGIVING_WEEK.after(wednesday) == friday
    assert THANKSGIVING_WEEK.before(friday) == wednesday


def test_every_question_that_leaves_the_calendar_is_refused() -> None:
    first, last = THANKSGIVING_WEEK.sessions[0], THANKSGIVING_WEEK.sessions[-1]
    questions: list[Callable[[], object]] = [
        lambda: THANKSGIVING_WEEK.before(first),
        lambda: THANKSGIVING_WEEK.after(last),
        lambda: THANKSGIVING_WEEK.on(date(2026, 11, 22)),
        lambda: THANKSGIVING_WEEK.on(date(2026, 12, 2)),
        lambda: THANKSGIVING_WEEK.latest_begun(utc("2026-11-22T12:00")),
        lambda: THANKSGIVING_WEEK.next_opening(last.closes),
    ]
    for ask in questions:
        with pytest.raises(ValueError, match="outside the calendar"):
            ask()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2015, 12, 31), date(2016, 1, 8)),
        (date(2030, 12, 2), date(2031, 1, 1)),
        (date(2026, 2, 2), date(2026, 2, 1)),
    ],
)
def test_a_span_outside_the_table_is_refused(first: date, last: date) -> None:
    with pytest.raises(ValueError, match="not within"):
        Calendar.from_table(TABLE, first, last)


def test_a_span_without_a_session_is_refused() -> None:
    with pytest.raises(ValueError, match="without sessions"):
        Calendar.from_table(TABLE, date(2026, 11, 28), date(2026, 11, 29))


@pytest.mark.parametrize("damage", [{"from": None}, {"holidays": "none"}, {"half_days": [20261127]}])
def test_a_malformed_table_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"isoformat|list of dates"):
        Calendar.from_table({**TABLE, **damage}, date(2026, 11, 2), date(2026, 11, 30))


def test_a_brokers_rows_make_the_same_calendar() -> None:
    rows = [
        (s.date.isoformat(), new_york(s.opens).strftime("%H:%M"), new_york(s.closes).strftime("%H:%M"))
        for s in reversed(THANKSGIVING_WEEK.sessions)
    ]
    assert Calendar.from_times(rows) == THANKSGIVING_WEEK


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("2026-11-27", "09:30", "13:00")] * 2,
        [("2026-11-27", "16:00", "09:30")],
        [("2026-11-27", "9:30 am", "13:00")],
        [("27.11.2026", "09:30", "13:00")],
        [("2026-11-27", "09:30Z", "13:00Z")],
    ],
)
def test_rows_that_make_no_calendar_are_refused(rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Calendar.from_times(rows)


def test_a_session_is_told_in_utc() -> None:
    local = timezone(timedelta(hours=-5))
    with pytest.raises(ValueError, match="not told in UTC"):
        Session(date(2026, 11, 27), datetime(2026, 11, 27, 9, 30, tzinfo=local), utc("2026-11-27T18:00"))


@pytest.mark.parametrize(
    ("now", "day"), [("2026-07-01T03:59", date(2026, 6, 30)), ("2026-07-01T04:00", date(2026, 7, 1))]
)
def test_the_date_is_new_yorks(now: str, day: date) -> None:
    assert new_york_date(utc(now)) == day


def test_the_skipped_and_the_repeated_hour_are_refused() -> None:
    for day, clock in ((date(2026, 3, 8), time(2, 30)), (date(2026, 11, 1), time(1, 30))):
        with pytest.raises(ValueError, match="exactly once"):
            at_new_york(day, clock)


def test_a_naive_time_is_refused_everywhere() -> None:
    naive = datetime(2026, 11, 27, 9, 30)
    for use in (
        new_york,
        new_york_date,
        utc_text,
        THANKSGIVING_WEEK.latest_begun,
        THANKSGIVING_WEEK.next_opening,
    ):
        with pytest.raises(ValueError, match="without its zone"):
            use(naive)
    with pytest.raises(ValueError, match="shows no zone"):
        at_new_york(naive.date(), time(9, 30, tzinfo=UTC))


@given(instants)
def test_an_instant_is_read_back_as_it_was_written(at: datetime) -> None:
    assert parse_utc(utc_text(at)) == at


@given(instants)
def test_new_york_shows_the_same_instant(at: datetime) -> None:
    assert new_york(at) == at


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-20T14:35:00Z", "2026-11-20T14:35:00Z"),
        ("2026-11-20T09:35:00-05:00", "2026-11-20T14:35:00Z"),
        ("2026-11-20T09:35:00.5-0500", "2026-11-20T14:35:00.500000Z"),
        ("2026-11-20T14:35:00.123456789Z", "2026-11-20T14:35:00.123456Z"),
        ("2026-11-20 14:35+00:00", "2026-11-20T14:35:00Z"),
    ],
)
def test_an_instant_is_read_with_its_zone(text: str, written: str) -> None:
    assert utc_text(parse_utc(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T14:35:00",
        "2026-11-20",
        "",
        "now",
        None,
        1763649300,
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "2026-11-20T14:35:00.Z",
        "2026-11-20T14:35:00Z\n",
        "2026-W47-5T14:35:00Z",
        "2026-11-20T25:00:00Z",
    ],
)
def test_what_names_no_instant_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_utc(text)
