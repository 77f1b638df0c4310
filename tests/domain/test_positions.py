"""Positions: made by fills, their stop under the entry."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.domain.positions import ClosedTrade, stop_for
from tests.builders import BOOK, NOW, D, a_position


@pytest.mark.parametrize(
    ("entry", "fraction", "stop"),
    [
        ("100", "0.12", "88.00"),
        ("100", "0.10", "90.00"),
        ("100", "0.08", "92.00"),
        ("10.01", "0.08", "9.20"),
        ("1.10", "0.08", "1.01"),
        ("1.08", "0.08", "0.9936"),
        ("0.5", "0.08", "0.46"),
    ],
)
def test_a_stop_stands_its_fraction_under_the_entry_on_a_tick(entry: str, fraction: str, stop: str) -> None:
    assert stop_for(D(entry), D(fraction)) == D(stop)


def test_the_entry_price_is_the_average_of_every_share_bought_even_after_some_are_sold() -> None:
    position = replace(a_position(), bought_qty=D(30), bought_value=D(330), qty=D(5), cost=D(55))
    assert position.entry_price == Decimal(11)


def test_gains_are_measured_from_the_entry_or_from_where_a_position_was_taken_over() -> None:
    assert a_position(price="10").base == 10
    assert a_position(price="10", adopted_at=D(7)).base == 7


@pytest.mark.parametrize(
    ("realised", "loss"), [("-10", "0.1"), ("-0.01", "0.0001"), ("0", "0"), ("0.01", "0"), ("-100", "1")]
)
def test_a_loss_is_a_fraction_of_what_the_shares_had_cost_and_never_below_zero(realised: str, loss: str) -> None:
    trade = ClosedTrade("AAA", BOOK, D(10), D(10), D(9), D(realised), "", NOW, NOW)
    assert trade.loss == D(loss)


def test_what_cost_nothing_lost_nothing() -> None:
    assert ClosedTrade("AAA", BOOK, D(10), D(0), D(0), D(-1), "", NOW, NOW).loss == 0
