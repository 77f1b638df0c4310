"""`replay` over days that were really recorded: what the rules make of them, and what other rules would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.commands.recorded import Document, Replay, replay_in


@pytest.fixture
def days(real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    recorded = replay_in(tmp_path, capsys)
    recorded.signals, recorded.prices = real_data / "insider_signals", real_data / "insider_prices_5min.csv"
    return recorded


def holds(told: Document) -> bool:
    """Whether the record, the money and every entry hold, and no run had a problem."""
    proof = told["proof"]
    named = ("state_is_fold_of_log", "every_entry_accounted_for", "money_holds")
    return all(proof[name] for name in named) and (proof["broken"], told["problems"]) == ([], [])


def difference(told: Document, name: str) -> Any:
    (moved,) = (row["difference"] for row in told["figures"] if row["name"] == name)
    return moved


def test_the_recorded_days_are_replayed_proved_and_accounted_for(days: Replay) -> None:
    told = days.document()
    assert holds(told)
    assert (told["days"], told["cycles"], told["closes_from_signals"]) == (20, 1560, 20)
    fates = told["signals"]["fates"]
    assert (told["signals"]["entries"], fates["bought"]) == (116, {"bought": 7})
    assert fates["queued"] == {"max_exposure": 8}
    assert fates["refused"] == {"asset_unknown": 31, "low_score": 42, "malformed": 5, "max_sector": 2, "stale": 3}
    assert (fates["not_yet"], fates["no_session"]) == ({"no_quote": 14}, {"no_session": 4})
    assert sum(row["listed"] for row in told["by_score"]) == 116
    assert sum(row["bought"] for row in told["by_score"]) == 7


def test_without_closes_from_signals_the_recorded_days_hardly_know_a_close(days: Replay) -> None:
    told = days.document("replay_signal_closes=false")
    assert holds(told)
    assert (told["entries_filled"], told["closes_from_signals"]) == (1, 0)
    assert told["signals"]["fates"]["not_yet"]["no_previous_close"] == 16


def test_three_positions_would_have_queued_what_ten_bought(days: Replay) -> None:
    told = days.document("max_positions=3", compare=True)
    assert holds(told["old"])
    assert holds(told["new"])
    assert told["rules"] == {"MAX_POSITIONS": {"old": "10", "new": "3"}}
    assert (difference(told, "signals bought"), difference(told, "queued: max_positions")) == (-4, 14)
    never = {went["symbol"] for went in told["positions"] if went["new"] is None}
    assert never == {"ALXO", "CVCO", "PMN", "YSS"}


def test_sizing_by_score_would_have_bought_two_more_and_every_one_smaller(days: Replay) -> None:
    told = days.document("sizing=score", compare=True)
    assert holds(told["new"])
    assert difference(told, "signals bought") == 2
    bought = [(row["day"], row["signal"]) for row in told["signals"] if row["new"]["kind"] == "bought"]
    assert bought == [("2026-02-09", "EIKN"), ("2026-02-09", "FEAM")]


def test_a_target_would_have_sold_one_and_used_its_room_again(days: Replay) -> None:
    told = days.document("enable_take_profit=true", compare=True)
    assert holds(told["new"])
    assert difference(told, "of them redeployed") == 2
    assert difference(told, "exit: take_profit") == difference(told, "exit: trailing_stop") == 1
    again = {row["signal"]: row["new"]["reason"] for row in told["signals"] if row["new"]["kind"] == "bought"}
    assert again == {"EIKN": "redeployed", "ARCC": "redeployed"}
    assert told["new"]["by_rule"]["take_profit"]["wins"] == 1
