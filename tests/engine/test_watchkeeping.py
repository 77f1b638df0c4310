"""Runs that did not come are on record once, found by the next run whatever it is, and shown to who only looks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from automated_trading.domain.events import RunLate, RunMissed
from automated_trading.engine import settling
from automated_trading.engine.desk import Outcome
from automated_trading.engine.look import look
from automated_trading.engine.settling import Wish
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, names
from tests.engine.wire import answering

THURSDAY = date(2026, 2, 5)


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """Command and beginning of what a run found missed."""
    return [(event.command, f"{event.since:%d %H:%M}") for event in outcome.events if isinstance(event, RunMissed)]


def a_day(home: Path) -> Bench:
    """A desk whose Tuesday was run from morning to eod, but for its monitors."""
    b = bench(home, "AAA")
    b.run(MORNING, "09:35")
    b.run(EOD, "16:30")
    return b


def test_a_silent_monitor_is_found_by_whatever_runs_next_and_told_once(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    assert told(b.run(EOD, "16:30")) == [("monitor", "03 14:35")]
    assert told(b.run(EOD, "16:31")) == told(b.run(MONITOR, "17:00")) == []
    assert [row.command for row in b.state().day.missed] == ["monitor"]


def test_reconcile_finds_it_too(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    b.exchange.advance_to(moment("10:30", WEDNESDAY))
    outcome, _ = settling.reconcile(b.desk(), Wish())
    assert told(outcome) == [("monitor", "04 14:30")]


def test_a_run_that_does_not_reach_the_broker_neither_watches_nor_tells(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    b.wire.on("GET", "/v2/clock", answering(500, {}))
    assert [told(b.run(MONITOR, clock, WEDNESDAY)) for clock in ("10:00", "10:05", "12:30")] == [[], [], []]
    b.wire.acts = ()
    assert told(b.run(MONITOR, "12:35", WEDNESDAY)) == [("morning", "04 14:35"), ("monitor", "04 14:30")]


def test_whole_days_are_told_before_the_session_begins_that_would_forget_them(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    found = b.run(MORNING, "09:35", THURSDAY)
    rows = ["RunMissed", "RunMissed", "RunMissed"]
    assert [name for name in names(found) if name in {"RunMissed", "SessionBegan"}] == [*rows, "SessionBegan"]
    assert [row.command for row in b.state().day.missed] == ["morning", "monitor", "eod"]
    assert [row.session for row in b.state().day.missed] == [WEDNESDAY] * 3


def test_a_late_morning_says_how_late(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    b.run(MONITOR, "09:40", WEDNESDAY)
    found = b.run(MORNING, "09:54", WEDNESDAY)
    assert [event.minutes for event in found.events if isinstance(event, RunLate)] == [19]
    again = b.run(MORNING, "09:59", WEDNESDAY)
    assert [event for event in again.events if isinstance(event, RunLate)] == []


def test_a_desk_that_may_not_buy_is_watched_all_the_same(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    b.halt()
    b.run(MORNING, "09:35", WEDNESDAY)
    b.resume()
    b.switch_off()
    assert [told(b.run(MONITOR, clock, WEDNESDAY)) for clock in ("09:50", "10:05", "10:20")] == [[], [], []]


def test_who_only_looks_sees_it_and_leaves_it_for_the_next_run(tmp_path: Path) -> None:
    b = a_day(tmp_path)
    b.exchange.advance_to(moment("12:30", WEDNESDAY))
    for _ in range(2):
        seen = look(b.desk(), b.state())
        assert [row.command for row in seen.state.day.missed] == ["morning", "monitor"]
    assert told(b.run(MONITOR)) == [("morning", "04 14:35"), ("monitor", "04 14:30")]
