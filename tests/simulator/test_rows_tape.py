"""Recorded prices: never ahead of the time, never of another day, and one bad row is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from automated_trading.simulator.market import read_csv

D = Decimal
NOON = datetime(2026, 2, 3, 17, 0, tzinfo=UTC)
ROWS = """utc,ticker,price
2026-02-02T20:59:00Z,KO,70.10
2026-02-03T14:31:00Z,KO,70.55
2026-02-03T14:40:00Z,KO,69
2026-02-16T16:00:00Z,KO,99
"""


def test_the_last_row_of_the_day_stands() -> None:
    tape = read_csv(ROWS)
    assert tape.price("KO", NOON) == D(69)
    assert tape.price("KO", datetime(2026, 2, 3, 14, 35, tzinfo=UTC)) == D("70.55")


def test_a_row_of_an_earlier_day_does_not_stand_but_is_the_previous_close() -> None:
    tape = read_csv(ROWS)
    assert tape.price("KO", datetime(2026, 2, 3, 14, 30, tzinfo=UTC)) is None
    assert tape.last_day("KO", date(2026, 2, 3)) == date(2026, 2, 2)


def test_rows_of_a_holiday_are_kept_out() -> None:
    tape = read_csv(ROWS)
    assert tape.price("KO", datetime(2026, 2, 16, 17, 0, tzinfo=UTC)) is None
    assert tape.last_day("KO", date(2026, 2, 18)) == date(2026, 2, 3)


def test_the_span_is_that_of_the_sessions_with_rows() -> None:
    assert read_csv(ROWS).span() == (date(2026, 2, 2), date(2026, 2, 3))
    assert read_csv("utc,ticker,price\n2026-02-16T16:00:00Z,KO,99\n").span() is None


@pytest.mark.parametrize(
    "row", ["x,KO,1", "2026-02-03T14:31:00Z,KO", "2026-02-03T14:31:00Z,KO,NaN", "2026-02-03T14:31:00,KO,1"]
)
def test_a_bad_row_is_named_by_its_line(row: str) -> None:
    with pytest.raises(ValueError, match="line 6: "):
        read_csv(f"{ROWS}{row}\n")


@pytest.mark.parametrize("price", ["0", "-1", "inf", "1e12", ""])
def test_a_price_that_is_none_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="line 2: "):
        read_csv(f"utc,ticker,price\n2026-02-03T14:31:00Z,KO,{price}\n")


def test_a_file_without_its_header_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: the header"):
        read_csv("ticker,price\n")
