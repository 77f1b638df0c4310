"""`replay` with redeployments, with closes from signals, and beside the same days under the unchanged rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from automated_trading.commands.asked import Asked
from automated_trading.commands.replay import replay
from automated_trading.domain.errors import UsageError
from tests.commands.recorded import NOW, Replay, replay_in
from tests.recordings import MONDAY, TUESDAY, entry, price_file, price_rows, signal_day

ONE = "max_positions=1"


@pytest.fixture
def days(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Monday AAA at 100 and BBB at 50 are signalled; Tuesday AAA falls to 80 and BBB stands."""
    recorded = replay_in(tmp_path, capsys)
    signal_day(recorded.signals, MONDAY, entry("AAA", 9, entry_price=100), entry("BBB", 7, entry_price=50))
    prices = [("AAA", MONDAY, "100"), ("AAA", TUESDAY, "80"), ("BBB", MONDAY, "50"), ("BBB", TUESDAY, "50")]
    price_file(recorded.prices, *(price_rows(*row) for row in prices))
    return recorded


def test_a_queued_entry_redeployed_a_day_later_is_counted_once_in_the_day_that_listed_it(days: Replay) -> None:
    told = days.document(ONE)
    assert told["signals_by_day"]["2026-02-02"]["fates"]["bought"] == {"bought": 1, "redeployed": 1}
    assert told["signals"]["entries"] == 2
    assert told["proof"]["every_entry_accounted_for"]
    assert told["proof"]["money_holds"]


def test_a_redeployment_is_told_apart_in_every_table(days: Replay) -> None:
    told = days.document(ONE)
    (again,) = told["redeployments"]
    assert (again["day"], again["ticker"], again["queued"], again["filled"]) == (
        "2026-02-03", "BBB", "2026-02-02", "194"
    )  # fmt: skip
    signal, redeployment = told["by_origin"]
    assert (signal["bought"], signal["profit"], signal["held"]) == (1, "-1988.91", 0)
    assert (redeployment["bought"], redeployment["profit"], redeployment["held"]) == (1, "0", 1)
    assert told["positions"][0]["origin"] == "redeployment"


def test_a_page_shows_redeployments_and_the_sums(days: Replay) -> None:
    page = days.run(ONE)
    assert re.search(r"^  2026-02-03  BBB +2026-02-02  194 +194$", page, re.MULTILINE)
    assert re.search(r"^  redeployment +1 +1 +0 +0 +\+0.00 +1 +-5.82$", page, re.MULTILINE)
    assert "no halt, no warning" in page


def test_stops_that_rise_are_counted(days: Replay) -> None:
    price_file(days.prices, price_rows("AAA", MONDAY, "100"), price_rows("AAA", TUESDAY, "104"))
    (raised,) = days.document()["stops_raised"]
    assert (raised["symbols"], raised["why"][:8]) == (1, "trailing")


def test_a_halt_and_its_warning_are_told(days: Replay) -> None:
    told = days.document("daily_loss_limit_pct=1.5")
    assert [(row["day"], row["why"]) for row in told["halts"]] == [("2026-02-03", "day_loss")]
    assert re.search(r"^halted 2026-02-03: day_loss: equity", days.run("daily_loss_limit_pct=1.5"), re.MULTILINE)
    told = days.document("daily_loss_limit_pct=3")
    assert (told["halts"], [row["day"] for row in told["warnings"]]) == ([], ["2026-02-03"])


def test_closes_taken_from_signals_are_counted_and_said(days: Replay) -> None:
    assert days.document()["closes_from_signals"] == 2
    assert "closes: 2 closes of the session before are signals' own prices" in days.run()


def test_without_closes_from_signals_the_days_are_as_recorded(days: Replay) -> None:
    told = days.document("replay_signal_closes=false")
    assert (told["closes_from_signals"], told["entries_filled"]) == (0, 0)
    assert told["signals"]["fates"]["not_yet"] == {"no_previous_close": 2}
    assert "closes:" not in days.run("replay_signal_closes=false")


def test_an_open_profit_at_an_old_price_is_said(days: Replay) -> None:
    price_file(days.prices, price_rows("AAA", MONDAY, "100"), price_rows("BBB", TUESDAY, "50"))
    assert "1 of 1 have no recorded price of the last session" in days.run()
    assert days.document()["positions"][0]["last_priced"] == "2026-02-02"


def test_a_comparison_tells_the_changed_rules_and_every_figure_of_both(days: Replay) -> None:
    told = days.document(ONE, "sizing=score", compare=True)
    assert told["rules"] == {
        "MAX_POSITIONS": {"old": "10", "new": "1"},
        "SIZING": {"old": "equal", "new": "score"},
    }
    figures = {row["name"]: (row["old"], row["new"], row["difference"]) for row in told["figures"]}
    assert figures["of them redeployed"] == (0, 1, 1)
    assert figures["exit: protective_stop"] == (1, 1, 0)
    assert figures["equity"][:2] == (told["old"]["equity"], told["new"]["equity"])


def test_each_side_of_a_comparison_is_the_replay_it_would_be_alone(days: Replay) -> None:
    told = days.document(ONE, compare=True)
    assert told["old"] == days.document()
    assert told["new"] == days.document(ONE)


def test_a_comparison_names_the_signals_and_positions_that_went_another_way(days: Replay) -> None:
    told = days.document(ONE, compare=True)
    (turned,) = told["signals"]
    assert (turned["day"], turned["signal"]) == ("2026-02-02", "BBB")
    assert (turned["old"]["reason"], turned["new"]["reason"]) == ("", "redeployed")
    assert [(went["bought"], went["symbol"]) for went in told["positions"]] == [
        ("2026-02-02", "BBB"),
        ("2026-02-03", "BBB"),
    ]


def test_a_person_reads_what_changed(days: Replay) -> None:
    page = days.run(ONE, compare=True)
    assert page.startswith("REPLAY  2 days")
    assert "MAX_POSITIONS: 10 -> 1\n" in page
    assert re.search(r"^  of them redeployed +0 +1 +\+1$", page, re.MULTILINE)
    assert re.search(r"^  equity +98,005.15 +98,005.27 +\+0.12$", page, re.MULTILINE)
    assert re.search(r"^  2026-02-02  BBB +bought  bought \(redeployed\)$", page, re.MULTILINE)
    assert page.endswith("holds  the replay of the unchanged rules: entries, money, log and state\n")


def test_a_rule_set_to_what_it_is_changes_nothing_and_says_so(days: Replay) -> None:
    page = days.run("max_positions=10", compare=True)
    assert "no rule has another value" in page
    assert "every signal met the same fate\nevery position ended the same\n" in page


def test_the_replays_own_settings_hold_on_both_sides(days: Replay) -> None:
    told = days.document(ONE, "replay_cash=50000", compare=True)
    assert [told[side]["start_cash"] for side in ("old", "new")] == ["50000", "50000"]


@pytest.mark.parametrize("changes", [[], ["replay_cash=50000"]])
def test_a_comparison_without_a_changed_rule_is_refused(days: Replay, changes: list[str]) -> None:
    with pytest.raises(UsageError, match="--compare needs a rule to change"):
        replay(Asked({}, days.home, NOW), days.signals, days.prices, changes, True)
