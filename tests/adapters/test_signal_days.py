"""A folder of recorded days: each day sees its own file, read as the desk reads the owner's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from automated_trading.adapters.signal_days import SignalDays
from automated_trading.domain.errors import ConfigError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList
from tests.recordings import MONDAY, TUESDAY, entry, signal_day

NOW = datetime(2026, 2, 2, 14, 35, tzinfo=UTC)


def test_a_day_sees_its_own_file_and_no_other(tmp_path: Path) -> None:
    days = SignalDays(signal_day(signal_day(tmp_path, MONDAY, entry("AAA")), TUESDAY, entry("BBB")))
    read = [days.read(NOW + timedelta(days=n)) for n in (0, 1, 0)]
    assert [[signal.ticker for signal in one.signals] for one in read] == [["AAA"], ["BBB"], ["AAA"]]


def test_the_day_is_new_yorks(tmp_path: Path) -> None:
    days = SignalDays(signal_day(tmp_path, MONDAY, entry("AAA")))
    assert days.read(datetime(2026, 2, 3, 4, 59, tzinfo=UTC)).signals
    assert days.read(datetime(2026, 2, 3, 5, 0, tzinfo=UTC)) == SignalList(missing=Reason.NO_FILE)


def test_a_day_without_a_file_is_not_yet(tmp_path: Path) -> None:
    assert SignalDays(tmp_path).read(NOW) == SignalList(missing=Reason.NO_FILE)


def test_the_file_is_as_old_as_its_reading(tmp_path: Path) -> None:
    dated = entry("BBB", date_generated="2026-02-01 10:00:00")
    found = SignalDays(signal_day(tmp_path, MONDAY, entry("AAA"), dated)).read(NOW)
    assert {signal.ticker: signal.generated for signal in found.signals} == {
        "AAA": NOW,
        "BBB": datetime(2026, 2, 1, 10, tzinfo=UTC),
    }


def test_a_days_file_is_decoded_once(tmp_path: Path) -> None:
    days = SignalDays(signal_day(tmp_path, MONDAY, entry("AAA")))
    first = days.read(NOW)
    signal_day(tmp_path, MONDAY, entry("CCC"))
    assert days.read(NOW + timedelta(minutes=5)) is first


def test_one_bad_entry_is_named_and_counted_and_the_rest_go_on(tmp_path: Path) -> None:
    days = SignalDays(signal_day(tmp_path, MONDAY, {"ticker": "aapl"}, entry("AAA")))
    found = days.read(NOW)
    assert (len(found.signals), len(found.malformed), days.count(MONDAY)) == (1, 1, 2)


def test_a_file_that_is_no_list_is_told_and_holds_no_entry(tmp_path: Path) -> None:
    (tmp_path / "2026-02-02.json").write_text("[")
    days = SignalDays(tmp_path)
    assert (days.read(NOW).broken or "").startswith("2026-02-02.json is not JSON")
    assert days.count(MONDAY) == 0


def test_the_days_are_those_there_are_files_of(tmp_path: Path) -> None:
    signal_day(tmp_path, TUESDAY)
    signal_day(tmp_path, MONDAY)
    (tmp_path / "README.md").touch()
    assert SignalDays(tmp_path).days() == (date(2026, 2, 2), date(2026, 2, 3))


def test_a_folder_that_is_not_there_is_an_error_of_the_owners(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere cannot be read"):
        SignalDays(tmp_path / "nowhere").days()


def test_a_name_that_is_no_day_is_an_error_of_the_owners(tmp_path: Path) -> None:
    (tmp_path / "2026-02-30.json").touch()
    with pytest.raises(ConfigError, match="no day"):
        SignalDays(tmp_path).days()
