"""One deadline over many steps."""

from __future__ import annotations

import pytest

from automated_trading.adapters.stopwatch import Stopwatch


def test_a_step_gets_its_own_time_or_what_is_left_and_none_after_the_last_second() -> None:
    now = [0.0]
    watch = Stopwatch(20, 10, lambda: now[0])
    assert watch.left() == 10
    now[0] = 15.0
    assert watch.left() == 5
    for now[0] in (20.0, 21.0):
        with pytest.raises(TimeoutError):
            watch.left()
