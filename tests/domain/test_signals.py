"""Signals as real files hold them: NaN, empty strings, missing fields."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain.signals import Malformed, Signal, generated_at, ranked, read_signal, read_signals
from tests.builders import NOW, D, a_signal

GOOD = {"ticker": "AAA", "signal_score": D("8.5"), "entry_price": D("12.34")}


def entry(**changes: object) -> dict[str, object]:
    return {**GOOD, **changes}


def test_an_entry_with_its_three_required_fields_is_a_signal() -> None:
    assert read_signal(GOOD, 1, NOW) == Signal("AAA", D("8.5"), D("12.34"), NOW)


def test_the_fields_that_may_be_there_are_kept() -> None:
    told = entry(multi_signal_tier="tier1", sector="Tech", company="A Co", date_generated="2026-07-14 21:05:00")
    assert read_signal(told, 1, NOW) == Signal(
        "AAA", D("8.5"), D("12.34"), datetime(2026, 7, 14, 21, 5, tzinfo=UTC), "tier1", "Tech", "A Co"
    )


def test_the_company_has_two_names() -> None:
    signal = read_signal(entry(company="", company_name="B Co"), 1, NOW)
    assert isinstance(signal, Signal)
    assert signal.company == "B Co"


@pytest.mark.parametrize(
    ("bad", "detail"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({}, "is not a plain US ticker"),
        (entry(ticker=5), "is not a plain US ticker"),
        (entry(ticker="aaa"), "is not a plain US ticker"),
        (entry(ticker="\u0410AA"), "is not a plain US ticker"),
        (entry(signal_score=None), "signal_score"),
        (entry(signal_score=""), "signal_score is text"),
        (entry(signal_score="8"), "signal_score is text"),
        (entry(signal_score=True), "signal_score"),
        (entry(signal_score=D("NaN")), "signal_score"),
        (entry(signal_score=float("nan")), "signal_score"),
        (entry(signal_score=D(0)), "between 0 and 1000"),
        (entry(signal_score=D("1000.01")), "between 0 and 1000"),
        (entry(entry_price=D("Infinity")), "entry_price"),
        (entry(entry_price=-1), "entry_price"),
        (entry(entry_price=D("1000000.01")), "entry_price"),
        (entry(date_generated="yesterday"), "date_generated"),
        (entry(date_generated=20260714), "date_generated"),
        (entry(date_generated="2026-07-14 " + " " * 50), "date_generated"),
    ],
)
def test_an_unusable_entry_is_named_with_its_reason(bad: object, detail: str) -> None:
    found = read_signal(bad, 7, NOW)
    assert isinstance(found, Malformed)
    assert found.label.startswith("entry 7")
    assert detail in found.detail


@pytest.mark.parametrize(("score", "price"), [(1000, 1_000_000), ("0.01", "0.0001")])
def test_the_ends_of_the_sane_range_are_inside_it(score: Any, price: Any) -> None:
    assert isinstance(read_signal(entry(signal_score=D(score), entry_price=D(price)), 1, NOW), Signal)


def test_one_bad_entry_costs_the_others_nothing() -> None:
    listed = read_signals([entry(signal_score=None), GOOD, "?"], NOW, "d1")
    assert [signal.ticker for signal in listed.signals] == ["AAA"]
    assert [bad.label for bad in listed.malformed] == ["entry 1 (AAA)", "entry 3"]
    assert listed.digest == "d1"


def test_of_two_entries_of_one_ticker_the_better_stays_wherever_it_stands() -> None:
    listed = read_signals([GOOD, entry(signal_score=9)], NOW, "")
    assert [signal.score for signal in listed.signals] == [9]
    assert [bad.label for bad in listed.malformed] == ["AAA (again, score 8.5)"]


def test_the_best_score_comes_first_and_equal_scores_go_by_ticker() -> None:
    found = ranked([a_signal("BBB", "8"), a_signal("CCC", "9"), a_signal("AAA", "8")])
    assert [signal.ticker for signal in found] == ["CCC", "AAA", "BBB"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (None, NOW),
        ("", NOW),
        ("2026-07-14 21:05:00", datetime(2026, 7, 14, 21, 5, tzinfo=UTC)),
        ("2026-07-14T21:05:00Z", datetime(2026, 7, 14, 21, 5, tzinfo=UTC)),
        ("2026-07-14T17:05:00-04:00", datetime(2026, 7, 14, 21, 5, tzinfo=UTC)),
        ("2026-07-14", datetime(2026, 7, 14, tzinfo=UTC)),
    ],
)
def test_a_date_is_naive_utc_unless_it_says_otherwise(text: object, at: datetime) -> None:
    assert generated_at(text, NOW) == at


@pytest.mark.parametrize("company", ["A\x1b[31mB", "A\nB", "A\u202eB"])
def test_words_from_outside_cannot_steer_a_terminal(company: str) -> None:
    signal = read_signal(entry(company=company), 1, NOW)
    assert isinstance(signal, Signal)
    assert signal.company.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(GOOD)), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.lists(JSON | st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)), max_size=6))
def test_no_entry_whatever_it_holds_stops_the_reading(entries: list[object]) -> None:
    listed = read_signals([*entries, GOOD], NOW, "")
    assert "AAA" in [signal.ticker for signal in listed.signals]
    assert len(listed.signals) + len(listed.malformed) == len(entries) + 1
    assert all(bad.label.isascii() and bad.detail.isascii() for bad in listed.malformed)


def test_a_file_with_literal_nan_is_read_around_it() -> None:
    text = '[{"ticker": "AAA", "signal_score": NaN, "entry_price": 5}, {"ticker": "BBB", "signal_score": 8.25, '
    entries = json.loads(text + '"entry_price": 5.5}]', parse_float=Decimal, parse_constant=str)
    assert [signal.ticker for signal in read_signals(entries, NOW, "").signals] == ["BBB"]
