"""The invented market: the same for every reader, lively and sane."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from automated_trading.simulator.calendar import sessions
from automated_trading.simulator.market import SeededTape

D = Decimal
NOON = datetime(2026, 2, 3, 17, 0, tzinfo=UTC)


def test_a_seeded_price_does_not_depend_on_what_was_asked_before() -> None:
    first, second = SeededTape(7), SeededTape(7)
    times = [NOON + timedelta(hours=7 * n) for n in range(200)]
    forward = [first.price("KO", at) for at in times]
    assert forward == [second.price("KO", at) for at in reversed(times)][::-1]
    assert forward != [SeededTape(8).price("KO", at) for at in times]


def test_a_seeded_day_ends_where_its_bar_says_and_stays_there_until_the_next_open() -> None:
    tape = SeededTape(7)
    for session in sessions(date(2026, 1, 2), date(2026, 12, 31)):
        bar = tape.day_bar("KO", session.day, session.close)
        assert bar is not None
        assert bar.close == tape.price("KO", session.close) == tape.price("KO", session.close + timedelta(hours=9))
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high


def test_a_seeded_year_is_lively_but_sane() -> None:
    tape = SeededTape(7)
    bars = [tape.day_bar("KO", s.day, s.close) for s in sessions(date(2026, 1, 2), date(2026, 12, 31))]
    closes = [bar.close for bar in bars if bar is not None]
    moves = [abs(b / a - 1) for a, b in pairwise(closes)]
    assert D("0.005") < sum(moves) / len(moves) < D("0.03")
    assert max(moves) < D("0.1")


@pytest.mark.parametrize(("symbol", "known"), [("KO", True), ("BRK.B", True), ("ZZTOP", False), ("ko", False)])
def test_what_is_an_asset(symbol: str, known: bool) -> None:
    assert SeededTape(1).knows(symbol) is known
