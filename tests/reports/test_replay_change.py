"""Two replays of the same days side by side: each figure of both, each signal and position that went another way."""

from __future__ import annotations

from typing import Any

from automated_trading.reports.replay_change import Comparison, End, Moved, Turned, Went, compared
from automated_trading.reports.replay_fates import Fate, Kind, Reach, Tally
from automated_trading.reports.replay_result import Result
from tests.builders import TODAY, D, an_account
from tests.reports.replays import WAITED, a_held, a_result, a_told, a_trade

BOUGHT = Fate(Kind.BOUGHT)


def beside(old: Result, **new: Any) -> Comparison:
    return Comparison({"MAX_POSITIONS": ("10", "3")}, old, a_result(**new))


def bought() -> dict[str, Any]:
    return {"told": (a_told(fate=BOUGHT),), "days": {TODAY: Tally(1, {BOUGHT: 1}, {Reach.DAY: 1})}}


def figure(comparison: Comparison, name: str) -> Moved:
    (found,) = (moved for moved in comparison.figures if moved.name == name)
    return found


def test_a_figure_is_told_before_after_and_by_how_much_it_moved() -> None:
    comparison = beside(a_result(), **bought(), account=an_account("990", "1000"), trades=(a_trade(),))
    assert figure(comparison, "signals bought") == Moved("signals bought", 0, 1)
    assert figure(comparison, "closed profit").difference == D(-10)
    assert figure(comparison, "equity").difference == D(-10)


def test_a_reason_or_a_rule_only_one_side_has_is_zero_on_the_other() -> None:
    comparison = beside(a_result(trades=(a_trade(),)), **bought())
    assert figure(comparison, "not yet: no_quote") == Moved("not yet: no_quote", 1, 0)
    assert figure(comparison, "exit: stop_loss") == Moved("exit: stop_loss", 1, 0)


def test_a_figure_that_did_not_move_is_told_too() -> None:
    assert figure(beside(a_result()), "halts") == Moved("halts", 0, 0)


def test_signals_are_told_by_day_and_ticker_where_their_fate_differs() -> None:
    old = a_result(told=(a_told("BBB"), a_told()))
    assert beside(old, told=(a_told("BBB"), a_told(fate=BOUGHT))).signals == [Turned(TODAY, "AAA", WAITED, BOUGHT)]


def test_positions_are_told_where_they_ended_otherwise() -> None:
    old = a_result(trades=(a_trade("BBB"),), held=(a_held(), a_held("CCC")))
    new = {"trades": (a_trade("BBB"), a_trade("AAA", "4")), "held": (a_held("DDD", None),)}
    assert beside(old, **new).positions == [
        Went("AAA", TODAY, End("held", D(10)), End("stop_loss", D(4))),
        Went("CCC", TODAY, End("held", D(10)), None),
        Went("DDD", TODAY, None, End("held", None)),
    ]


def test_the_same_replay_twice_differs_in_nothing() -> None:
    comparison = beside(a_result())
    assert (comparison.signals, comparison.positions) == ([], [])
    assert not any(moved.difference for moved in comparison.figures)


def test_the_graver_exit_code_counts() -> None:
    assert beside(a_result(proof={"folds": False}), bug=True).exit_code == 8
    assert beside(a_result(), bug=True).exit_code == 1


def test_the_document_carries_both_and_what_differs() -> None:
    told = compared(beside(a_result(), **bought(), trades=(a_trade(),)))
    assert told["rules"] == {"MAX_POSITIONS": {"old": "10", "new": "3"}}
    assert {"name": "closed profit", "old": "0", "new": "-10", "difference": "-10"} in told["figures"]
    assert told["signals"][0]["new"] == {"kind": "bought", "reason": ""}
    assert told["positions"] == [
        {"symbol": "AAA", "bought": "2026-07-15", "old": None, "new": {"how": "stop_loss", "profit": "-10"}}
    ]
    assert [told[side]["signals"]["fates"]["bought"] for side in ("old", "new")] == [{}, {"bought": 1}]
