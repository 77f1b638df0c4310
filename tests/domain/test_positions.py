"""Positions: made by fills, their stop under the entry."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.domain.positions import stop_for
from tests.builders import D, a_position


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
