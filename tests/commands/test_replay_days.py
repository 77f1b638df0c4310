"""What a replay runs over, and the closes it takes from signals where no price tells one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.commands.replay_days import Days, counts, entries, recorded_days, signal_closes
from automated_trading.domain.rules import EntryRules
from tests.recordings import HOLIDAY, MONDAY, TUESDAY, WEDNESDAY, entry, price_file, price_rows, signal_day

D = Decimal


def days_of(folder: Path, *prices: list[str]) -> Days:
    return recorded_days(folder / "signals", price_file(folder / "prices.csv", *prices))


def listed(folder: Path, **signal: object) -> Path:
    """A signal of AAA at 41.25 on Tuesday."""
    return signal_day(folder / "signals", TUESDAY, {**entry("AAA", entry_price=41.25), **signal})


def test_a_close_no_price_tells_is_the_signals_own_price(tmp_path: Path) -> None:
    listed(tmp_path)
    assert signal_closes(days_of(tmp_path, price_rows("AAA", TUESDAY, "42"))) == {TUESDAY: {"AAA": D("41.25")}}


def test_a_recorded_close_of_the_session_before_stands(tmp_path: Path) -> None:
    listed(tmp_path)
    prices = price_rows("AAA", MONDAY, "40"), price_rows("AAA", TUESDAY, "42")
    assert signal_closes(days_of(tmp_path, *prices)) == {}


def test_a_price_of_an_earlier_session_is_not_the_close_of_the_session_before(tmp_path: Path) -> None:
    signal_day(tmp_path / "signals", WEDNESDAY, entry("AAA", entry_price=41.25))
    prices = price_rows("AAA", MONDAY, "40"), price_rows("AAA", WEDNESDAY, "42")
    assert signal_closes(days_of(tmp_path, *prices)) == {WEDNESDAY: {"AAA": D("41.25")}}


def test_a_ticker_without_a_price_that_day_needs_no_close(tmp_path: Path) -> None:
    listed(tmp_path)
    assert signal_closes(days_of(tmp_path, price_rows("AAA", WEDNESDAY, "42"))) == {}


@pytest.mark.parametrize(
    ("generated", "told"),
    [
        ("2026-02-02 20:59:59", 0),  # before Monday's close: another day's price
        ("2026-02-02 21:00:00", 1),
        ("2026-02-03 14:29:59", 1),
        ("2026-02-03 14:30:00", 0),  # Tuesday has opened: a price from the future of its close
    ],
)
def test_only_a_signal_from_between_the_close_and_the_open_tells_a_close(
    tmp_path: Path, generated: str, told: int
) -> None:
    listed(tmp_path, date_generated=generated)
    assert len(signal_closes(days_of(tmp_path, price_rows("AAA", TUESDAY, "42")))) == told


def test_after_a_holiday_the_close_is_fridays(tmp_path: Path) -> None:
    tuesday = HOLIDAY.replace(day=17)
    signal_day(tmp_path / "signals", tuesday, entry("AAA", entry_price=41.25, date_generated="2026-02-13 21:00:00"))
    prices = price_rows("AAA", tuesday, "42")
    assert signal_closes(days_of(tmp_path, prices)) == {tuesday: {"AAA": D("41.25")}}


def test_a_second_reading_of_the_days_is_the_same_as_the_first(tmp_path: Path) -> None:
    listed(tmp_path)
    days = days_of(tmp_path, price_rows("AAA", TUESDAY, "42"))
    first = signal_closes(days)
    list(entries(days, EntryRules()))
    assert signal_closes(days) == first != {}


def test_entries_carry_the_score_of_what_can_be_used(tmp_path: Path) -> None:
    signal_day(tmp_path / "signals", TUESDAY, entry("AAA", 7.5), {"ticker": "BBB"})
    days = days_of(tmp_path)
    assert [one.score for one in entries(days, EntryRules())] == [D("7.5"), None]
    assert counts(days) == {TUESDAY: 2}
