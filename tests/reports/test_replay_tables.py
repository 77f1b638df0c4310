"""A replay summed up: every trade and every entry stands in exactly one row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from automated_trading.domain.positions import Origin
from automated_trading.reports.replay_fates import Fate, Kind
from automated_trading.reports.replay_tables import BANDS, Closed, by_origin, by_rule, by_score
from tests.builders import D
from tests.reports.replays import a_held, a_result, a_told, a_trade


def test_exits_are_summed_by_rule_with_the_share_of_what_each_had_cost() -> None:
    trades = [a_trade(), a_trade("BBB", "5"), a_trade("CCC", "30", reason="age")]
    assert by_rule(trades) == {
        "stop_loss": Closed(2, 1, D(-5), average=D("-0.025"), worst=D("-0.1")),
        "age": Closed(1, 1, D(30), average=D("0.3"), worst=D("0.3")),
    }


def test_the_rule_that_sold_most_comes_first() -> None:
    assert list(by_rule([a_trade(reason="age"), a_trade("BBB"), a_trade("CCC")])) == ["stop_loss", "age"]


def test_no_trade_is_no_rule() -> None:
    assert by_rule([]) == {}


@pytest.mark.parametrize(
    ("score", "band"),
    [("5.999", "under 6"), ("6", "6-8"), ("7.99", "6-8"), ("8", "8-10"), ("12", "12-15"), ("15", "15+"), ("99", "15+")],
)
def test_a_score_on_a_bound_belongs_above_it(score: str, band: str) -> None:
    rows = by_score(a_result(told=(a_told(score=D(score)),)))
    assert [row.name for row in rows if row.asked] == [band]


@given(st.decimals("0.0001", "1000", places=4))
def test_every_score_has_one_band(score: Decimal) -> None:
    assert sum(band.holds(score) for band in BANDS) == 1


def test_a_band_tells_what_was_listed_bought_closed_and_held() -> None:
    told = (a_told(fate=Fate(Kind.BOUGHT)), a_told("BBB"), a_told("CCC", score=D(9), fate=Fate(Kind.BOUGHT)))
    result = a_result(told=told, trades=(a_trade(),), held=(a_held("CCC", score=D(9)),))
    rows = {row.name: row for row in by_score(result)}
    assert [(row.asked, row.bought) for row in (rows["6-8"], rows["8-10"])] == [(2, 1), (1, 1)]
    assert (rows["6-8"].closed.count, rows["6-8"].closed.profit, rows["6-8"].held) == (1, D(-10), 0)
    assert (rows["8-10"].closed.count, rows["8-10"].held, rows["8-10"].open_profit) == (0, 1, D(10))


def test_what_has_no_score_has_a_row_of_its_own() -> None:
    assert [row.name for row in by_score(a_result())][-1] == "15+"
    assert by_score(a_result(told=(a_told("entry 2", score=None),)))[-1].name == "none"


def test_redeployments_stand_apart_from_signals() -> None:
    trades = (a_trade(), a_trade("BBB", "5", origin=Origin.REDEPLOYMENT))
    held = (a_held("CCC", origin=Origin.REDEPLOYMENT),)
    signal, again = by_origin(a_result(trades=trades, held=held))
    assert (signal.name, signal.closed.profit, signal.held) == ("signal", D(-10), 0)
    assert (again.name, again.closed.profit, again.held, again.open_profit) == ("redeployment", D(5), 1, D(10))
