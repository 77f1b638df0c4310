"""Which runs did not come, on any sessions of the calendar: holidays, half days and daylight saving come with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.decisions.watchkeeping import LATE, SILENCE, decide, late
from automated_trading.decisions.windows import entry_window
from automated_trading.domain import events as e
from automated_trading.domain.evolve import fold
from automated_trading.domain.sessions import Calendar, Session, at_new_york, new_york_date
from automated_trading.domain.state import Run, State
from tests.builders import MINUTE, RULES, SECOND, D, an_account, ny

CALENDAR = bundled_calendar(date(2025, 12, 1), date(2027, 2, 1))
SPAN = timedelta(days=10)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 2, day) for day in (2, 3, 4, 5, 6))


@dataclass(frozen=True)
class Visit:
    """A run that heard the broker out."""

    command: str
    now: datetime


@cache
def around(today: date) -> Calendar:
    """As much of the calendar as a broker is asked for."""
    return Calendar(tuple(one for one in CALENDAR.sessions if today - SPAN <= one.date <= today + SPAN))


def visit(state: State, run: Visit) -> tuple[State, list[e.Event]]:
    """What a run tells of missed ones, and the state it leaves, as the cycle would."""
    calendar, now = around(new_york_date(run.now)), run.now
    session = calendar.latest_begun(now)
    begins, ends = entry_window(session, RULES.entries)
    is_open = session.opens <= now < session.closes
    told = decide(state, calendar, now, RULES.entries)
    if is_open and run.command == "morning":
        told += late(state, session, now, RULES.entries)
    state = fold([*told, e.SessionBegan(session.date, now, calendar.before(session).closes)], state)
    if run.command == "morning" and begins <= now < ends:
        state = fold([e.MorningBegan(session.date)], state)
    if run.command == "eod" and now >= session.closes:
        state = fold([e.SessionClosed(session.date, now, D(1), D(1), D(1), D(0), D(0))], state)
    return fold([e.EquityMarked(session.date, an_account(), now)], state), told


def story(runs: Sequence[Visit]) -> Iterator[tuple[Visit, list[e.Event], State]]:
    state = State()
    for run in runs:
        state, told = visit(state, run)
        yield run, told, state


def words(*runs: Visit) -> list[str]:
    """What the last of these runs tells."""
    return [row.words for row in list(story(runs))[-1][1] if isinstance(row, e.RunMissed | e.RunLate)]


def at(command: str, clock: str, day: date = TUESDAY) -> Visit:
    return Visit(command, ny(clock, day))


def watched(day: date, until: str = "16:00") -> list[Visit]:
    """A session as a good scheduler runs it: morning, a monitor every five minutes, and after the close an eod."""
    last = ny(until, day)
    monitors, now = [], ny("09:40", day)
    while now < last:
        monitors.append(Visit("monitor", now))
        now += 5 * MINUTE
    return [at("morning", "09:35", day), *monitors, *([at("eod", "16:30", day)] if until == "16:00" else [])]


BEFORE = watched(MONDAY)


def test_a_desk_that_is_run_as_it_should_be_hears_nothing() -> None:
    assert {len(told) for _, told, _ in story([*watched(MONDAY), *watched(TUESDAY), *watched(WEDNESDAY)])} == {0}


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (at("monitor", "09:45"), []),
        (at("monitor", "09:45:01"), ["monitor was silent on Tue 2026-02-03 from 09:30 to 09:45 New York"]),
        (at("morning", "09:50"), ["monitor was silent on Tue 2026-02-03 from 09:30 to 09:50 New York"]),
        (at("eod", "21:00"), ["monitor was silent on Tue 2026-02-03 from 09:30 to 16:00 New York"]),
        (at("monitor", "09:00", WEDNESDAY), ["monitor was silent on Tue 2026-02-03 from 09:30 to 16:00 New York"]),
        (
            at("monitor", "10:00", FRIDAY),
            ["monitor was silent in 4 sessions, from Tue 2026-02-03 09:30 to Fri 2026-02-06 10:00 New York"],
        ),
    ],
    ids=lambda case: f"{case.now:%d %H:%M}" if isinstance(case, Visit) else "",
)
def test_a_silence_in_session_is_told_from_when_to_when(run: Visit, told: list[str]) -> None:
    assert [row for row in words(*BEFORE, run) if "monitor" in row] == told


def test_a_night_a_weekend_and_a_holiday_are_no_silence() -> None:
    friday, tuesday = date(2026, 2, 13), date(2026, 2, 17)  # Presidents' Day between
    assert words(*watched(date(2026, 2, 12)), *watched(friday), at("monitor", "09:40", tuesday)) == []


def test_a_half_day_ends_at_one() -> None:
    half, before = date(2026, 11, 27), date(2026, 11, 25)
    runs = [*watched(before), *watched(half, "13:00"), at("eod", "13:30", half)]
    assert {len(told) for _, told, _ in story(runs)} == {0}


def test_a_morning_is_missed_once_its_window_is_over_and_told_once() -> None:
    runs = [*BEFORE, *(run for run in watched(TUESDAY) if run.command != "morning")]
    rows = [(run.now, row) for run, told, _ in story(runs) for row in told]
    ((now, row),) = rows
    assert now == ny("12:00", TUESDAY)
    assert isinstance(row, e.RunMissed)
    assert row.words == "no morning got through to the broker on Tue 2026-02-03 between 09:35 and 12:00 New York"
    assert (row.command, row.session, row.found) == ("morning", TUESDAY, TUESDAY)
    assert (row.since, row.until) == (ny("09:35", TUESDAY), ny("12:00", TUESDAY))


def test_whole_days_without_a_run_are_one_row_a_command() -> None:
    told = words(*BEFORE, *watched(TUESDAY, "11:05"), at("monitor", "10:00", FRIDAY))
    assert told == [
        "no morning got through to the broker in 2 sessions, Wed 2026-02-04 to Thu 2026-02-05",
        "monitor was silent in 4 sessions, from Tue 2026-02-03 11:00 to Fri 2026-02-06 10:00 New York",
        "eod has not closed 3 sessions, Tue 2026-02-03 to Thu 2026-02-05",
    ]


def test_weeks_without_a_run_are_told_as_far_as_the_calendar_reaches() -> None:
    told = words(*BEFORE, at("monitor", "10:00", date(2026, 3, 6)))
    assert told[1].startswith("monitor was silent in 9 sessions and more, from Tue 2026-02-24 09:30 to Fri 2026-03-06")
    assert told[2] == "eod has not closed 8 sessions and more, Tue 2026-02-24 to Thu 2026-03-05"


def test_a_session_that_was_never_closed_is_told_by_the_next_sessions_first_run() -> None:
    tuesday = [run for run in watched(TUESDAY) if run.command != "eod"]
    assert words(*BEFORE, *tuesday, at("monitor", "23:00")) == []
    assert words(*BEFORE, *tuesday, at("monitor", "08:00", WEDNESDAY)) == [
        "eod has not closed the session of Tue 2026-02-03"
    ]
    assert words(*BEFORE, *tuesday, at("monitor", "08:00", WEDNESDAY), at("monitor", "08:05", WEDNESDAY)) == []


@pytest.mark.parametrize(("clock", "minutes"), [("09:50", None), ("09:50:01", 15), ("10:31", 56), ("11:59", 144)])
def test_the_first_morning_of_a_session_is_late_after_a_quarter_of_an_hour(clock: str, minutes: int | None) -> None:
    *_, (_, told, state) = story([*BEFORE, at("monitor", "09:30"), at("monitor", "09:45"), at("morning", clock)])
    late_ones = [row for row in told if isinstance(row, e.RunLate)]
    assert [row.minutes for row in late_ones] == ([] if minutes is None else [minutes])
    assert [row.command for row in state.day.missed if row.late] == ["morning"] * len(late_ones)


def test_a_morning_that_found_the_exchange_shut_has_come() -> None:
    *_, (_, _, state) = story([*BEFORE, at("monitor", "09:35"), at("monitor", "09:50"), at("monitor", "11:50")])
    for outcome, missed in (("done", []), ("problem", []), ("unreachable", ["morning"]), ("keys", ["morning"])):
        ran = replace(state, runs={"morning": Run(ny("09:40", TUESDAY), ny("09:41", TUESDAY), outcome)})
        told = decide(ran, around(TUESDAY), ny("12:00", TUESDAY), RULES.entries)
        assert [row.command for row in told if isinstance(row, e.RunMissed)] == missed


def test_lateness_is_told_in_words_and_a_second_morning_is_not_late() -> None:
    runs = [*BEFORE, at("monitor", "09:40"), at("monitor", "09:55"), at("morning", "10:05")]
    assert words(*runs) == ["morning came at 10:05 on Tue 2026-02-03, 30 minutes after 09:35"]
    assert words(*runs, at("morning", "10:10")) == []
    assert words(*BEFORE, at("monitor", "11:55"), at("morning", "12:00"))[:1] == [
        "no morning got through to the broker on Tue 2026-02-03 between 09:35 and 12:00 New York"
    ]


@pytest.mark.parametrize("command", ["morning", "monitor", "eod"])
@pytest.mark.parametrize("clock", ["08:00", "11:00", "14:00", "17:00"])
def test_a_desks_first_day_does_not_cry_wolf(command: str, clock: str) -> None:
    first = at(command, clock)
    assert words(first) == []
    assert words(first, Visit("monitor", first.now + 10 * MINUTE)) == []
    later = [Visit("monitor", first.now + n * 10 * MINUTE) for n in range(1, 90)]
    told = [row for _, rows, _ in story([first, *later]) for row in rows if isinstance(row, e.RunMissed)]
    assert [row.command for row in told] == (["eod"] if (command, clock) == ("morning", "11:00") else [])


def test_on_its_second_day_the_desk_is_held_to_everything() -> None:
    first = [at("monitor", "14:00", MONDAY), *(at("monitor", f"14:{n}", MONDAY) for n in (10, 20, 30, 40, 50))]
    told = words(*first, at("monitor", "12:30"))
    assert told == [
        "no morning got through to the broker on Tue 2026-02-03 between 09:35 and 12:00 New York",
        "monitor was silent in 2 sessions, from Mon 2026-02-02 14:50 to Tue 2026-02-03 12:30 New York",
    ]
    assert words(at("morning", "10:00", MONDAY), at("monitor", "08:00"))[-1].startswith("eod has not closed")


def test_a_folder_that_begins_anew_has_no_past_to_miss() -> None:
    assert decide(State(), around(TUESDAY), ny("15:00"), RULES.entries) == []


def test_a_run_killed_before_it_was_heard_out_tells_the_same_again_and_it_stands_once() -> None:
    *_, (_, _, state) = story([*BEFORE, at("monitor", "09:31")])
    now, calendar = ny("14:00", TUESDAY), around(TUESDAY)
    once = fold(decide(state, calendar, now, RULES.entries), state)
    assert [row.command for row in once.day.missed] == ["morning", "monitor"]
    assert decide(once, calendar, now, RULES.entries) == []
    later = fold(decide(once, calendar, now + MINUTE, RULES.entries), once)
    assert [(row.command, row.until) for row in later.day.missed] == [
        ("morning", ny("12:00", TUESDAY)),
        ("monitor", now + MINUTE),
    ]


def test_what_was_found_is_kept_through_its_session_and_no_longer() -> None:
    *_, (_, _, state) = story([*BEFORE, at("monitor", "10:00", WEDNESDAY)])
    assert {row.command for row in state.day.missed} == {"morning", "monitor", "eod"}
    state, _ = visit(state, at("monitor", "15:00", WEDNESDAY))
    assert len(state.day.missed) == 5  # and the morning and the silence of Wednesday
    state, _ = visit(state, at("monitor", "09:35", THURSDAY))
    assert {row.found for row in state.day.missed} == {THURSDAY}


# ---- Any runs at any times, held against what a second look at the same history says ------------------------------

STARTS = st.sampled_from(
    [date(2026, 3, 5), date(2026, 10, 28), date(2026, 11, 24), date(2026, 2, 11), date(2026, 7, 1), date(2026, 12, 22)]
)
RUNS = st.lists(
    st.tuples(st.sampled_from(["morning", "monitor", "eod", "reconcile"]), st.integers(0, 9 * 24 * 60)),
    min_size=2,
    max_size=40,
)


def sessions_between(first: datetime, last: datetime) -> list[Session]:
    return [one for one in CALENDAR.sessions if new_york_date(first) <= one.date <= new_york_date(last)]


@settings(max_examples=100)
@given(STARTS, RUNS)
def test_each_gap_of_any_history_is_told_once_and_nothing_else(start: date, drawn: list[tuple[str, int]]) -> None:
    midnight = at_new_york(start, time(0))
    runs = [Visit(command, midnight + minutes * MINUTE) for command, minutes in sorted(drawn, key=lambda row: row[1])]
    first = CALENDAR.latest_begun(runs[0].now)
    missed = [(row, state) for _, rows, state in story(runs) for row in rows if isinstance(row, e.RunMissed)]
    assert all(row.found == state.day.session for row, state in missed)
    assert _told(missed, "morning") == len(_no_morning(runs, first))
    assert _told(missed, "eod") == len(_not_closed(runs, first))
    assert [(row.since, row.until) for row, _ in missed if row.command == "monitor"] == _silences(runs)


def _told(missed: Sequence[tuple[e.RunMissed, State]], command: str) -> int:
    """In how many sessions a command is said to have been missed."""
    said = (row.words.split(" sessions")[0].split()[-1] for row, _ in missed if row.command == command)
    return sum(int(count) if count.isdigit() else 1 for count in said)


def _silences(runs: Sequence[Visit]) -> list[tuple[datetime, datetime]]:
    found = []
    for before, after in pairwise(runs):
        parts = [
            (max(before.now, one.opens), min(after.now, one.closes)) for one in sessions_between(before.now, after.now)
        ]
        long = [(since, until) for since, until in parts if until - since > SILENCE]
        found += [(long[0][0], long[-1][1])] if long else []
    return found


def _no_morning(runs: Sequence[Visit], first: Session) -> list[Session]:
    found = []
    for one in sessions_between(runs[0].now, runs[-1].now):
        begins, ends = entry_window(one, RULES.entries)
        ran = any(run.command == "morning" and begins <= run.now < ends for run in runs)
        if one.date > first.date and ends <= runs[-1].now and not ran:
            found.append(one)
    return found


def _not_closed(runs: Sequence[Visit], first: Session) -> list[Session]:
    """The first day's too, if it was traded in."""
    begins, ends = entry_window(first, RULES.entries)
    traded = any(run.command == "morning" and begins <= run.now < ends for run in runs)
    last = CALENDAR.latest_begun(runs[-1].now)
    closed = {
        CALENDAR.latest_begun(run.now).date
        for run in runs
        if run.command == "eod" and run.now >= CALENDAR.latest_begun(run.now).closes
    }
    past = [one for one in CALENDAR.sessions if first.date <= one.date < last.date and one.date not in closed]
    return [one for one in past if one is not first or traded]


def test_the_limits_are_a_quarter_of_an_hour() -> None:
    assert (SILENCE, LATE) == (15 * MINUTE, 900 * SECOND)
