"""What may be done when, in New York time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from automated_trading.decisions.routines import (
    Routine,
    closing_not_due,
    entry_window,
    in_entry_window,
    may_open,
    may_redeploy,
    next_due,
    not_due,
    tidy_queue,
)
from automated_trading.domain.events import MorningBegan, SessionClosed, SignalDropped
from automated_trading.domain.reasons import Reason
from automated_trading.domain.sessions import at_new_york
from automated_trading.domain.state import Day, QueuedSignal
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    SECOND,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_market,
    a_session,
    a_signal,
    a_state,
    after,
    ny,
)

ENTRIES = RULES.entries
EDGES = [("09:34:59", False), ("09:35", True), ("11:59:59", True), ("12:00", False), ("09:30", False), ("15:59", False)]


@pytest.mark.parametrize(("clock", "inside"), EDGES)
@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (TODAY, "16:00"),
        (date(2026, 3, 6), "16:00"),
        (date(2026, 3, 9), "16:00"),
        (date(2026, 10, 30), "16:00"),
        (date(2026, 11, 2), "16:00"),
        (date(2026, 11, 27), "13:00"),
    ],
    ids=["summer", "before spring forward", "after it", "before fall back", "after it again", "half day"],
)
def test_signals_are_bought_from_five_past_the_open_until_noon_new_york(
    day: date, closes: str, clock: str, inside: bool
) -> None:
    market = a_market(session=a_session(day, closes), now=ny(clock, day))
    assert in_entry_window(market, ENTRIES) is inside
    assert may_open(Routine.MORNING, a_state(), market, ENTRIES) is inside
    assert (not_due(Routine.MORNING, market, ENTRIES) is None) is inside


def test_the_window_never_outlives_the_session() -> None:
    short = a_session(closes="11:00")
    assert entry_window(short, ENTRIES) == (ny("09:35"), ny("11:00"))


WEEKS = [
    (date(2026, 3, 6), "14:35", "17:00", "20:30"),
    (date(2026, 3, 9), "13:35", "16:00", "19:30"),
    (date(2026, 3, 13), "13:35", "16:00", "19:30"),
    (date(2026, 10, 30), "13:35", "16:00", "19:30"),
    (date(2026, 11, 2), "14:35", "17:00", "20:30"),
    (date(2026, 11, 6), "14:35", "17:00", "20:30"),
]
CLOCKS = ["before it", "the monday after", "the friday after", "before it again", "monday again", "friday again"]


@pytest.mark.parametrize(("day", "begins", "ends", "last"), WEEKS, ids=CLOCKS)
def test_f17_both_windows_move_with_new_yorks_clock_and_not_with_utc_to_the_second(
    day: date, begins: str, ends: str, last: str
) -> None:
    def utc(clock: str) -> datetime:
        return datetime.fromisoformat(f"{day}T{clock}:00+00:00")

    def windows(now: datetime) -> tuple[bool, bool]:
        market = a_market(session=a_session(day), now=now)
        return in_entry_window(market, ENTRIES), may_redeploy(Routine.MONITOR, market, ENTRIES, RULES.redeployment)

    assert (windows(utc(begins) - SECOND), windows(utc(begins))) == ((False, False), (True, True))
    assert (windows(utc(ends) - SECOND), windows(utc(ends))) == ((True, True), (False, True))
    assert (windows(utc(last)), windows(utc(last) + SECOND)) == ((False, True), (False, False))


@pytest.mark.parametrize(
    ("closes", "clock", "may"),
    [
        ("16:00", "09:34:59", False),
        ("16:00", "09:35:00", True),
        ("16:00", "15:29:59", True),
        ("16:00", "15:30:00", True),
        ("16:00", "15:30:01", False),
        ("16:00", "16:00:00", False),
        ("13:00", "12:30:00", True),
        ("13:00", "12:30:01", False),
        ("13:00", "15:30:00", False),
    ],
)
def test_monitor_redeploys_from_five_past_the_open_until_half_an_hour_before_the_close_half_days_too(
    closes: str, clock: str, may: bool
) -> None:
    market = a_market(session=a_session(closes=closes), now=ny(clock))
    assert may_redeploy(Routine.MONITOR, market, ENTRIES, RULES.redeployment) is may


def test_nothing_but_an_open_markets_monitor_redeploys_and_only_while_it_is_switched_on() -> None:
    off = replace(RULES.redeployment, enabled=False)
    assert may_redeploy(Routine.MONITOR, a_market(), ENTRIES, RULES.redeployment)
    assert not may_redeploy(Routine.MONITOR, a_market(), ENTRIES, off)
    assert not may_redeploy(Routine.MONITOR, a_market(is_open=False), ENTRIES, RULES.redeployment)
    assert not may_redeploy(Routine.MORNING, a_market(), ENTRIES, RULES.redeployment)
    assert not may_redeploy(Routine.EOD, a_market(), ENTRIES, RULES.redeployment)


def test_monitor_opens_only_once_a_morning_of_the_session_has_run() -> None:
    assert not may_open(Routine.MONITOR, a_state(), a_market(), ENTRIES)
    assert may_open(Routine.MONITOR, after(a_state(), MorningBegan(TODAY)), a_market(), ENTRIES)


def test_eod_never_opens_and_a_closed_market_opens_nothing() -> None:
    state = after(a_state(), MorningBegan(TODAY))
    assert not may_open(Routine.EOD, state, a_market(), ENTRIES)
    assert not may_open(Routine.MORNING, state, a_market(is_open=False), ENTRIES)


def test_a_morning_out_of_its_window_says_when_it_is_due() -> None:
    line = not_due(Routine.MORNING, a_market(now=ny("13:30")), ENTRIES)
    assert line == "morning is due from 09:35 to 12:00 New York on a session day; it is Wed 2026-07-15 13:30"


def test_a_monitor_of_a_closed_market_says_so_and_of_an_open_one_is_due() -> None:
    assert not_due(Routine.MONITOR, a_market(is_open=False), ENTRIES) == (
        "the market is closed (Wed 2026-07-15 10:00 New York)"
    )
    assert not_due(Routine.MONITOR, a_market(now=ny("15:59")), ENTRIES) is None
    assert not_due(Routine.EOD, a_market(is_open=False), ENTRIES) is None


@pytest.mark.parametrize(("closes", "at"), [("16:00", "16:00"), ("13:00", "13:00")])
def test_eod_is_due_from_the_close_on_even_of_a_half_day(closes: str, at: str) -> None:
    session = a_session(closes=closes)
    assert closing_not_due(session, ny(at) - SECOND) == f"eod is due after the close at {at} New York"
    assert closing_not_due(session, ny(at)) is None


@pytest.mark.parametrize(
    ("queued", "dropped"), [(TODAY, False), (YESTERDAY, False), (date(2026, 7, 13), True), (date(2026, 6, 1), True)]
)
def test_a_queued_signal_older_than_one_session_is_dropped(queued: date, dropped: bool) -> None:
    waiting = QueuedSignal(BOOK, a_signal(), queued, Reason.NO_CASH, NOW)
    events = tidy_queue(a_state(queue={f"{BOOK}/AAA": waiting}), a_market())
    assert events == ([SignalDropped(BOOK, "AAA", Reason.AGED)] if dropped else [])


def test_on_monday_fridays_signals_still_wait() -> None:
    monday, friday = date(2026, 7, 13), date(2026, 7, 10)
    waiting = QueuedSignal(BOOK, a_signal(), friday, Reason.NO_CASH, NOW)
    market = replace(a_market(), session=a_session(monday), previous=a_session(friday))
    assert tidy_queue(a_state(queue={f"{BOOK}/AAA": waiting}), market) == []


def test_a_moment_is_judged_by_new_yorks_clock_and_not_by_utcs() -> None:
    winter, summer = date(2026, 1, 14), TODAY
    assert entry_window(a_session(winter), ENTRIES)[0] == datetime.fromisoformat("2026-01-14T14:35:00+00:00")
    assert entry_window(a_session(summer), ENTRIES)[0] == datetime.fromisoformat("2026-07-15T13:35:00+00:00")


def at(clock: str) -> datetime:
    return at_new_york(TODAY, time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("clock", "began", "routine", "due"),
    [
        ("08:00", False, Routine.MORNING, "09:35"),
        ("10:00", False, Routine.MORNING, "10:00"),
        ("10:00", True, Routine.MONITOR, "10:00"),
        ("12:00", False, Routine.MONITOR, "12:00"),
        ("16:00", True, Routine.EOD, "16:00"),
    ],
)
def test_what_is_due_next_follows_the_clock(clock: str, began: bool, routine: Routine, due: str) -> None:
    state = a_state(day=Day(session=TODAY, morning_began=began))
    assert next_due(state, a_market(now=at(clock)), RULES.entries) == (routine, at(due))


def test_after_a_closed_session_the_next_ones_morning_is_due() -> None:
    closed = SessionClosed(TODAY, NOW, D(1), D(1), D(1), D(0), D(0))
    state = a_state(day=Day(session=TODAY, figures=closed))
    market = a_market(now=at("16:30"), following=a_session(TOMORROW))
    due = at_new_york(TOMORROW, time(9, 35))
    assert next_due(state, market, RULES.entries) == (Routine.MORNING, due)
    assert next_due(state, replace(market, following=None), RULES.entries) is None
