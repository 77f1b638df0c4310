"""A value with some of its fields changed."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from automated_trading.domain.replacing import replace
from automated_trading.domain.state import Day, State


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("the wrong way round")


def test_only_what_was_named_is_changed_and_the_old_value_stands() -> None:
    state = State(account="A", failures=3, cash=Decimal(5))
    changed = replace(state, failures=0, day=Day(warned=True))
    assert changed == dataclasses.replace(state, failures=0, day=Day(warned=True))
    assert (state.failures, state.day) == (3, Day())


def test_a_changed_value_is_checked_like_a_new_one() -> None:
    with pytest.raises(ValueError, match="wrong way round"):
        replace(Pair(1, 2), low=3)


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(KeyError):
        replace(Pair(1, 2), middle=3)
