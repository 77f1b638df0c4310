"""F6, F14, F16, F17, F18: what ran too late, an hour off, on a holiday, twice, or not at all.

As in `test_orders`: each failure with its own numbers, each test named after what must not happen. Of F6 two parts come
with the letters and with stops that rest at the broker: the mail about a run that failed, and protection without runs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.domain.sessions import at_new_york, new_york
from tests.commands.front_door import Door, posts, served
from tests.engine.builders import EOD, MONITOR, MORNING, Bench
from tests.engine.stage import sides, stands
from tests.proof.failures.scene import bought, desk, listed

WRONG_KEYS = {"ALPACA_PAPER_API_KEY": "PKOFTHEOTHERACCOUNT"}


def test_f06_no_day_without_monitoring_looks_like_a_quiet_one(tmp_path: Path) -> None:
    """F6: 156 of 156 runs died `unauthorized` over two days; the health check saw the log grow and said OK.

    Seen red when: `unprotected` asks when a run last wrote, not when one last heard the broker; keys that are refused
    end with code 0.
    """
    door = Door(tmp_path)
    door.signals("ACME")
    with served(door) as api:
        assert door.run("morning").code == 0
        for _ in range(6):
            api.exchange.advance_to(api.exchange.now + timedelta(minutes=5))
            assert door.run("monitor", **WRONG_KEYS).failed(3, "keys")
        api.exchange.set_price("ACME", Decimal("42.50"))  # 15% down
        told = door.run("status", "--json").document
        assert told["unprotected"] == [{"symbol": "ACME", "why": "no run has looked at it for 15 minutes"}]
        assert told["runs"]["monitor"]["outcome"] == "keys"
        assert len(posts(api)) == 1
        after = door.run("monitor")
        assert (after.code, "sell" in after.out, api.exchange.ledger.positions) == (0, True, {})


def test_f14_no_session_is_closed_twice_on_a_holiday_or_under_another_date(tmp_path: Path) -> None:
    """F14: 43 summaries for 30 days, each run with other numbers; one on 02-16, a holiday; one at 04:19 UTC misdated.

    Seen red when: `close_session` does not ask whether the figures are on record; New York's date is taken in UTC.
    """
    thursday, friday, holiday = date(2026, 2, 12), date(2026, 2, 13), date(2026, 2, 16)
    b = bought(tmp_path, thursday, MMS="75.07")
    figures = []
    for at, price in (("16:30", "76"), ("21:08", "77"), ("23:19", "78")):
        stands(b, "MMS", price)
        figures.append(b.run(EOD, at, thursday).state.day.figures)
    assert figures[0] is not None
    assert figures == [figures[0]] * 3
    b.run(EOD, "16:30", friday)
    assert b.run(EOD, "16:30", holiday).exit_code == 0
    closed = [line for line in read_lines(b.folder) if line.event == "session_closed"]
    assert [line.data["session"] for line in closed] == ["2026-02-12", "2026-02-13"]


def test_f14_no_record_of_one_signal_ends_the_run_of_all(tmp_path: Path) -> None:
    """F14: one queued signal without `queued_at` ended an evening, and a cycle that had just sold.

    Seen red when: `read_signal` raises for an entry that is no object.
    """
    b = bought(tmp_path, date(2026, 2, 3), LIFE="15.05")
    b.signals.entries = [None, 7, [], {}, {"ticker": None}, {"ticker": "AAA"}, {"ticker": "AAA", "signal_score": {}}]  # type: ignore[list-item]
    stands(b, "LIFE", "13")
    told = b.run(MONITOR, "09:41", date(2026, 2, 3))
    assert (told.exit_code, sides(b, "LIFE")) == (0, ["buy filled", "sell filled"])
    assert b.run(EOD, "16:30", date(2026, 2, 3)).exit_code == 0


LATE = {"01-27": ("10:00:07", 17), "01-28": ("09:59:34", 13), "01-29": ("10:07:50", 24), "01-30": ("10:05:20", 22)}


@pytest.mark.parametrize("day", LATE)
def test_f16_no_run_half_an_hour_late_loses_its_day(tmp_path: Path, day: str) -> None:
    """F16: scheduled at 9:36, the mornings of four days began 24, 24, 32 and 29 minutes late, the evenings up to 24.

    Seen red when: the entry window closes fifteen minutes after it opens.
    """
    began, evening = LATE[day]
    on = date.fromisoformat(f"2026-{day}")
    b = desk(tmp_path, on, {"ALLY": "41.11"})
    listed(b, ("ALLY", "10.44", "41.11"))
    b.run(MORNING, began, on)
    assert sides(b, "ALLY") == ["buy filled"]
    stands(b, "ALLY", "36")
    b.run(MONITOR, "12:24", on)
    assert sides(b, "ALLY") == ["buy filled", "sell filled"]
    told = b.run(EOD, f"16:{30 + evening}", on)
    assert (told.exit_code, told.state.day.figures is not None) == (0, True)


def test_f16_no_morning_too_late_buys_and_none_is_silent_about_it(tmp_path: Path) -> None:
    """F16: nothing said how late a run was.

    Seen red when: `entry_window` has no end.
    """
    day = date(2026, 1, 29)
    b = desk(tmp_path, day, {"ALLY": "41.11"})
    listed(b, ("ALLY", "10.44", "41.11"))
    told = b.run(MORNING, "12:00", day)
    assert (b.orders(), "morning is due from 09:35 to 12:00 New York" in told.said) == ([], True)


def utc(b: Bench, day: date, hour: int, minute: int) -> None:
    b.exchange.advance_to(datetime.combine(day, time(hour, minute), UTC))


WEEKS = {
    "spring, before": date(2026, 3, 6),
    "spring, after": date(2026, 3, 9),
    "autumn, before": date(2026, 10, 30),
    "autumn, after": date(2026, 11, 2),
}


@pytest.mark.parametrize("week", WEEKS)
def test_f17_no_run_is_an_hour_late_in_the_weeks_of_daylight_saving(tmp_path: Path, week: str) -> None:
    """F17: crons fixed in UTC: on 03-09 the first monitor ran at 10:35, after 65 minutes without, the morning at 10:36.

    A scheduler that knows no New York calls at both hours; the desk itself knows which is the right one.
    Seen red when: `at_new_york` keeps winter's five hours all the year.
    """
    day = WEEKS[week]
    before = day - timedelta(days=3 if day.weekday() == 0 else 1)
    b = desk(tmp_path, before, {"HELD": "100", "NEW": "100"})
    listed(b, ("HELD", "9", "100"))
    b.run(MORNING, "10:00", before)
    listed(b, ("NEW", "9", "100"))
    stands(b, "HELD", "90")
    for hour, minute in ((13, 30), (13, 35), (14, 30), (14, 35)):
        utc(b, day, hour, minute)
        b.run(MONITOR if minute == 30 else MORNING)
    sold, entered = b.orders("HELD")[-1], b.orders("NEW")[0]
    assert [f"{new_york(row.created_at):%H:%M}" for row in (sold, entered)] == ["09:30", "09:35"]
    for hour in (20, 21, 22):
        utc(b, day, hour, 5)
        b.run(EOD)
    closed = [line.at for line in read_lines(b.folder) if line.event == "session_closed"]
    assert [f"{new_york(datetime.fromisoformat(at)):%H:%M}" for at in closed] == ["16:05"]


LAST = {
    "the last of a day": (date(2026, 2, 3), "15:55:02"),
    "seconds before the bell": (date(2026, 2, 3), "15:59:50"),
    "the last of a half day": (date(2026, 11, 27), "12:55:02"),
    "the first second": (date(2026, 2, 3), "09:30:00"),
}


@pytest.mark.parametrize("case", LAST)
def test_f18_the_last_cycle_before_the_close_still_sells(tmp_path: Path, case: str) -> None:
    """F18: the run of 16:00 began at 16:00:02 and was skipped every day; half days were wrong by three hours.

    Seen red when: a session counts as over ten minutes before its bell.
    """
    day, at = LAST[case]
    b = desk(tmp_path, date(2026, 2, 2) if day.month == 2 else date(2026, 11, 25), {"LIFE": "15.05"})
    listed(b, ("LIFE", "9", "15.05"))
    b.run(MORNING, "09:36", b.exchange.now.date())
    listed(b)
    b.exchange.advance_to(at_new_york(day, time(9, 29)))
    stands(b, "LIFE", "13")
    told = b.run(MONITOR, at, day)
    assert (sides(b, "LIFE"), told.exit_code) == (["buy filled", "sell filled"], 0)


def test_f18_no_run_behind_the_bell_sends_what_would_be_tomorrow_s_and_none_hides_that(tmp_path: Path) -> None:
    """F18: 23 of 27 logs say "market closed" once a day, and nobody knew that it was the stop's last chance.

    Seen red when: nobody asks whether the market is open (the cycle, the photograph, exits and sending all do).
    """
    day = date(2026, 2, 3)
    b = bought(tmp_path, day, LIFE="15.05")
    stands(b, "LIFE", "13")
    for at in ("16:00:00", "16:00:02"):
        told = b.run(MONITOR, at, day)
        assert (sides(b, "LIFE"), "the market is closed" in told.said) == (["buy filled"], True)


def test_f18_no_half_day_is_closed_three_hours_late(tmp_path: Path) -> None:
    """F18: the calendar kept no more than "a trading day"; every close was at 16:00.

    Seen red when: a half day closes at 16:00.
    """
    day = date(2026, 11, 27)
    b = bought(tmp_path, day, LIFE="15.05")
    assert "eod is due after the close at 13:00" in b.run(EOD, "12:59", day).said
    assert b.run(EOD, "13:00", day).state.day.figures is not None


@pytest.mark.parametrize("at", ["19:30", "20:30", "23:59"])
def test_f18_no_day_rolls_over_in_the_evening(tmp_path: Path, at: str) -> None:
    """F18: 89 naive clocks on a machine in UTC: days rolled over at 19:00 or 20:00 New York.

    Seen red when: New York's date is taken in UTC.
    """
    day = date(2026, 2, 3)
    b = bought(tmp_path, day, LIFE="15.05")
    told = b.run(EOD, at, day)
    assert (told.state.day.session, told.state.day.figures is not None and told.state.day.figures.session) == (day, day)
