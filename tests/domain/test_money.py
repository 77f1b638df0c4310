"""The rounding door: what goes through it is exact, and what cannot be written down never enters."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given, strategies as st

from automated_trading.domain.money import (
    amount,
    cents,
    floor_to_tick,
    spell,
    tick_size,
    whole_shares,
)

values = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=9)
prices = st.decimals(min_value="0.0001", max_value=10**6, allow_nan=False, allow_infinity=False, places=6)
any_decimal = st.decimals(allow_nan=True, allow_infinity=True)


@given(values)
def test_a_spelled_value_is_read_back_unchanged(value: Decimal) -> None:
    assert amount(spell(value)) == value


@given(any_decimal)
def test_whatever_can_be_spelled_can_be_read_back(value: Decimal) -> None:
    try:
        text = spell(value)
    except ValueError:
        return
    assert amount(text) == value
    assert spell(amount(text)) == text


@given(values, st.integers(0, 6))
def test_equal_values_are_spelled_alike(value: Decimal, places: int) -> None:
    assert spell(value) == spell(Decimal(f"{value:f}" + "0" * places))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0E-9", "0"),
        ("-0.00", "0"),
        ("1E+2", "100"),
        ("1.500", "1.5"),
        ("-12.10", "-12.1"),
        ("100", "100"),
        ("100.00", "100"),
        ("1E-7", "0.0000001"),
        ("0.1", "0.1"),
    ],
)
def test_there_is_one_spelling(value: str, text: str) -> None:
    assert spell(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+40", "1E-61", "9" * 41])
def test_what_could_not_be_read_back_is_not_spelled(value: str) -> None:
    with pytest.raises(ValueError, match="number"):
        spell(Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", "10"), ("10.50", "10.5"), ("+1", "1"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000"), (7, "7")],
)
def test_strings_and_whole_numbers_are_read_exactly(text: object, value: str) -> None:
    assert amount(text) == Decimal(value)


@pytest.mark.parametrize("zero", ["-0", "-0.00", 0, Decimal("-0")])
def test_zero_has_no_sign(zero: object) -> None:
    assert str(amount(zero)) == "0"


@pytest.mark.parametrize("other", [1.5, True, None, [], b"1", float("nan"), "", " 1", "1 ", "1_000", "1,5", "1\n", "٣"])
def test_what_is_not_an_exact_number_is_refused(other: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        amount(other)


@pytest.mark.parametrize(
    "hostile",
    ["1e400", "1e-999999", "1e999999999999", "0e999", "9" * 41, "NaN", "inf", 10**41, Decimal("1e99")],
)
def test_hostile_numbers_are_refused(hostile: object) -> None:
    with pytest.raises(ValueError, match="number"):
        amount(hostile)


def test_a_number_of_a_million_digits_is_refused_unread() -> None:
    for hostile in ("9" * 1_000_000, "0." + "0" * 1_000_000 + "1", 1 << 10_000_000):
        with pytest.raises(ValueError, match="number"):
            amount(hostile)


@given(st.text(max_size=100))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert amount(text).is_finite()


def test_a_json_number_read_as_decimal_stays_exact() -> None:
    assert amount(json.loads("0.1", parse_float=Decimal)) == Decimal("0.1")


@pytest.mark.parametrize(("price", "tick"), [("1", "0.01"), ("0.9999", "0.0001"), ("0", "0.0001"), ("5000", "0.01")])
def test_a_tick_is_a_cent_from_one_dollar_up(price: str, tick: str) -> None:
    assert tick_size(Decimal(price)) == Decimal(tick)


@given(prices)
def test_a_price_lies_between_its_ticks(price: Decimal) -> None:
    low = floor_to_tick(price)
    assert low <= price < low + tick_size(price)
    assert low % tick_size(price) == 0


@given(prices)
def test_a_rounded_price_is_already_on_its_tick(price: Decimal) -> None:
    assert floor_to_tick(floor_to_tick(price)) == floor_to_tick(price)


def test_just_above_one_dollar_a_price_falls_back_to_it() -> None:
    assert floor_to_tick(Decimal("1.009")) == 1


@pytest.mark.parametrize("rounded", [tick_size, floor_to_tick])
@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1"])
def test_an_impossible_price_has_no_tick(rounded: object, price: str) -> None:
    assert callable(rounded)
    with pytest.raises(ValueError, match=r"number|negative"):
        rounded(Decimal(price))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.00"), ("0.015", "0.02"), ("-0.015", "-0.02"), ("2.675", "2.68"), ("1e30", "1e30")],
)
def test_half_a_cent_goes_to_the_even_cent(value: str, rounded: str) -> None:
    assert cents(Decimal(value)) == Decimal(rounded)


@given(values)
def test_cents_are_the_nearest(value: Decimal) -> None:
    assert abs(cents(value) - value) <= Decimal("0.005")
    floor, ceiling = (value.quantize(Decimal("0.01"), rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING))
    assert cents(value) in (floor, ceiling)


@given(st.decimals(0, 10**9, places=2), prices)
def test_whole_shares_are_the_most_the_money_buys(money: Decimal, price: Decimal) -> None:
    shares = whole_shares(money, price)
    assert shares == shares.to_integral_value()
    assert shares * price <= money < (shares + 1) * price


def test_a_huge_quotient_is_still_exact() -> None:
    assert whole_shares(Decimal("9" * 38), Decimal("0.0001")) == Decimal("9" * 38 + "0000")


@pytest.mark.parametrize("money", ["0", "-5", "9.99"])
def test_too_little_money_buys_nothing(money: str) -> None:
    assert whole_shares(Decimal(money), Decimal(10)) == 0


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_shares_need_a_price(price: str) -> None:
    with pytest.raises(ValueError, match=r"price|number"):
        whole_shares(Decimal(100), Decimal(price))
