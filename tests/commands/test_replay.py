"""`replay` from outside: what it prints, what it refuses, and that it holds itself to account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.recorded import Replay, replay_in
from tests.recordings import (
    AFTER_IT,
    HOLIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    entry,
    price_file,
    price_rows,
    signal_day,
)


@pytest.fixture
def days(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Monday AAA is signalled at 100 and never moves; Tuesday it falls to 80; BBB never has a price."""
    recorded = replay_in(tmp_path, capsys)
    listed = (entry("AAA", entry_price=100), entry("BBB"), entry("CCC", 3), {"ticker": "nonsense"})
    signal_day(recorded.signals, MONDAY, *listed)
    price_file(recorded.prices, price_rows("AAA", MONDAY, "100"), price_rows("AAA", TUESDAY, "80"))
    return recorded


def test_days_are_replayed_to_their_figures(days: Replay) -> None:
    told = days.document()
    assert (told["schema"], told["days"], told["cycles"]) == (1, 2, 156)
    assert (told["orders"], told["entries_filled"], told["exits"]) == ({"buy": 1, "sell": 1}, 1, {"protective_stop": 1})
    (trade,) = told["trades"]
    assert (trade["symbol"], trade["qty"], trade["realised"]) == ("AAA", "99", "-1988.91")
    assert told["positions"] == []
    assert told["equity"] == told["cash"] == "98011.09"


def test_every_entry_is_counted_once_by_its_fate(days: Replay) -> None:
    told = days.document()["signals_by_day"]["2026-02-02"]
    assert told["entries"] == 4
    fates = {kind: reasons for kind, reasons in told["fates"].items() if reasons}
    assert fates == {"bought": {"bought": 1}, "refused": {"asset_unknown": 1, "low_score": 1, "malformed": 1}}


def test_the_record_is_proved_and_the_money_held_to_the_cent(days: Replay) -> None:
    proof = days.document()["proof"]
    assert (proof["broken"], proof["state_is_fold_of_log"], proof["every_entry_accounted_for"]) == ([], True, True)
    assert proof["money_holds"]
    assert proof["cash_by_fills"] == proof["cash_of_the_books"] == "98011.09"


def test_a_person_reads_a_page(days: Replay) -> None:
    page = days.run()
    assert page.startswith("REPLAY  2 days, 2026-02-02 to 2026-02-03, 156 cycles\n")
    assert "closed -1,988.91 in 1 trades; open +0.00" in page
    assert re.search(r"^  protective_stop +1 +0 +-1,988.91 +-20.1% +-20.1%$", page, re.MULTILINE)
    assert re.search(r"^  8-10 +2 +1 +1 +0 +-1,988.91 +0 +\+0.00$", page, re.MULTILINE)
    assert "asset_unknown 1, low_score 1, malformed 1" in page
    assert "of 4 entries 1 have a recorded price in their session's entry window" in page
    assert len(re.findall("^holds  ", page, re.MULTILINE)) == 4
    assert "DOES NOT HOLD" not in page


def test_the_same_days_give_the_same_log(days: Replay) -> None:
    assert days.document()["proof"]["head"] == days.document()["proof"]["head"]


def test_a_replay_leaves_nothing_behind(days: Replay) -> None:
    before = sorted(days.home.rglob("*"))
    days.run()
    assert sorted(days.home.rglob("*")) == before


def test_what_stands_open_at_the_end_is_shown_at_its_last_price(days: Replay) -> None:
    price_file(days.prices, price_rows("AAA", MONDAY, "100"), price_rows("AAA", TUESDAY, "101"))
    (held,) = days.document()["positions"]
    assert (held["symbol"], held["qty"], held["mark"], held["session"]) == ("AAA", "99", "101", "2026-02-02")


def test_a_signal_of_a_day_without_session_is_counted_as_such(days: Replay) -> None:
    signal_day(days.signals, HOLIDAY, entry("AAA"))
    price_file(days.prices, price_rows("AAA", AFTER_IT, "100"))
    told = days.document()
    assert told["signals_by_day"]["2026-02-16"]["fates"]["no_session"] == {"no_session": 1}
    assert told["proof"]["every_entry_accounted_for"]


def test_a_price_that_comes_after_the_window_is_told_apart(days: Replay) -> None:
    late = price_rows("BBB", MONDAY, "10", first="13:00")
    price_file(days.prices, price_rows("AAA", MONDAY, "100"), late, price_rows("CCC", WEDNESDAY, "5"))
    told = days.document()["signals"]
    reach = [told[f"priced_{name}"] for name in ("in_the_morning_window", "that_day", "ever")]
    assert reach == [1, 2, 3]


def test_an_entry_from_the_future_of_its_day_is_told(days: Replay) -> None:
    assert days.document()["dated_after_their_window"] == 0
    signal_day(days.signals, MONDAY, entry("AAA", date_generated="2026-02-02 19:29:29"))
    assert days.document()["dated_after_their_window"] == 1
    assert "foreknown: 1 entries are dated after their session's entry window" in days.run()


def test_sessions_run_to_the_later_of_the_last_file_and_the_last_price(days: Replay) -> None:
    assert days.document()["days"] == 2
    signal_day(days.signals, WEDNESDAY)
    assert days.document()["days"] == 3


def test_a_rule_can_be_changed_for_a_replay(days: Replay) -> None:
    assert days.document("max_position_pct=0.05")["trades"][0]["qty"] == "49"
    assert days.document("min_signal_score=9.5")["entries_filled"] == 0


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ("replay_cash=50000", "start_cash", "50000"),
        ("replay_spread=0", "realised", "-1980"),
        ("replay_monitor_minutes=60", "cycles", 16),
        ("replay_morning=11:00", "cycles", 122),
    ],
)
def test_the_replays_own_settings_change_it(days: Replay, change: str, key: str, expected: object) -> None:
    assert days.document(change)[key] == expected


def test_an_eod_moves_with_its_setting_and_a_seed_changes_every_id(days: Replay) -> None:
    changes: list[list[str]] = [[], ["replay_eod_minutes=5"], ["replay_seed=7"]]
    heads = {days.document(*change)["proof"]["head"]["hash"] for change in changes}
    assert len(heads) == 3


def test_a_replay_is_simulated_whatever_the_environment_says(days: Replay) -> None:
    elsewhere = {
        "ALPACA_TRADING_MODE": "live",
        "ALLOW_LIVE_TRADING": "true",
        "ALPACA_TRADING_URL": "http://127.0.0.1:9",
        "TRADING_ENABLED": "false",
    }
    assert days.document(environ=elsewhere)["entries_filled"] == 1
    assert days.document(environ=elsewhere)["proof"]["head"] == days.document()["proof"]["head"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("max_positions", "is not key=value"),
        ("=5", "is not key=value"),
        ("max_positions=", "is not key=value"),
        ("max_postions=5", "'max_postions' is not a rule: it is one of"),
        ("alpaca_trading_mode=live", "is not a rule"),
        ("max_positions=0", "MAX_POSITIONS=0 (--set) must be a whole number from 1 to 1000"),
        ("replay_cash=0", "REPLAY_CASH=0 (--set) must be a whole number from 1 to 1000000000"),
        ("replay_spread=0.5", "REPLAY_SPREAD=0.5 (--set) must be a fraction from 0 to 0.1"),
        ("replay_morning=08:00", "REPLAY_MORNING=08:00 (--set) must be a time from 09:35 to 11:55"),
        ("replay_morning=noon", "REPLAY_MORNING=noon (--set) must be a time from 09:35 to 11:55"),
        ("replay_monitor_minutes=0", "must be a whole number from 1 to 390"),
        ("replay_eod_minutes=-1", "must be a whole number from 0 to 240"),
        ("replay_seed=x", "must be a whole number from 0 to"),
    ],
)
def test_an_absurd_setting_is_refused_with_its_range(days: Replay, change: str, words: str) -> None:
    assert words in days.refusal(change)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header must be utc,ticker,price"),
        ("utc,ticker,price\n2026-02-02T14:30:00Z,AAA,ten\n", "line 2: not a time, a ticker and a price"),
        ("utc,ticker,price\n2026-02-02T14:30:00Z,AAA,10\n2026-02-02T14:35:00,AAA,10\n", "line 3: the time"),
        ("utc,ticker,price\n2026-02-02T14:30:00Z,AAA,NaN\n", "line 2: NaN is not a price"),
    ],
)
def test_a_bad_price_row_refuses_the_file_and_is_named(days: Replay, text: str, words: str) -> None:
    days.prices.write_text(text)
    assert words in days.refusal()


def test_prices_that_are_not_there_are_refused(days: Replay) -> None:
    days.prices.unlink()
    assert "prices.csv cannot be read: No such file" in days.refusal()


def test_a_folder_that_is_not_there_or_holds_no_day_is_refused(days: Replay) -> None:
    days.signals = days.home
    assert "has no file named like" in days.refusal()
    days.signals = days.home / "nowhere"
    assert "cannot be read" in days.refusal()


def test_days_beyond_the_calendar_are_refused(days: Replay) -> None:
    signal_day(days.signals, MONDAY.replace(year=1901))
    assert "cannot be replayed" in days.refusal()


def test_a_file_that_is_no_list_is_told_once_and_the_days_go_on(days: Replay) -> None:
    (days.signals / "2026-02-03.json").write_text("[")
    told = days.document()
    assert [problem for problem in told["problems"] if "2026-02-03.json is not JSON" in problem] == told["problems"]
    assert len(told["problems"]) == 1
    assert told["entries_filled"] == 1
