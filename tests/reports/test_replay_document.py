"""A replay's document tells what its page tells."""

from __future__ import annotations

from dataclasses import replace

from automated_trading.reports.replay_document import document
from automated_trading.reports.replay_report import Alarm, Turn
from tests.builders import TODAY, YESTERDAY
from tests.reports.replays import a_held, a_result, a_trade


def test_it_tells_fates_by_reason_and_reach_by_day() -> None:
    told = document(a_result())["signals_by_day"][TODAY.isoformat()]
    assert told["fates"]["not_yet"] == {"no_quote": 1}
    reach = [told[f"priced_{name}"] for name in ("in_the_morning_window", "that_day", "ever")]
    assert reach == [0, 1, 1]


def test_it_tells_the_sums_by_rule_score_and_origin() -> None:
    told = document(a_result(trades=(a_trade(),)))
    closed = {"closed": 1, "wins": 0, "profit": "-10", "average": "-0.1", "worst": "-0.1"}
    assert told["by_rule"] == {"stop_loss": closed}
    empty = {"held": 0, "open_profit": "0"}
    assert told["by_score"][1] == {"name": "6-8", "listed": 1, "bought": 0, **closed, **empty}
    assert told["by_origin"][0] == {"name": "signal", "ordered": 0, "bought": 0, **closed, **empty}


def test_it_tells_how_old_a_held_positions_price_is() -> None:
    told = document(a_result(held=(replace(a_held(), priced=YESTERDAY),)))
    assert (told["positions"][0]["last_priced"], told["positions"][0]["open_profit"]) == ("2026-07-14", "10")
    assert told["open_profit"] == told["open_profit_on_old_prices"] == "10"


def test_it_tells_halts_and_warnings_apart() -> None:
    alarms = tuple(Alarm(TODAY, turn, "day_loss", "") for turn in (Turn.WARNED, Turn.HALTED, Turn.LIFTED))
    result = a_result()
    told = document(replace(result, figures=replace(result.figures, alarms=alarms)))
    assert [row["turn"] for row in told["halts"]] == ["halted", "lifted"]
    assert [row["turn"] for row in told["warnings"]] == ["warned"]


def test_it_carries_its_exit_code() -> None:
    assert [document(a_result(bug=bug))["exit_code"] for bug in (False, True)] == [0, 1]
