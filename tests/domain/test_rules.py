"""The rules as they are documented."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automated_trading.domain.rules import Caps, Rung, ScoreSizes, Sizing
from tests.builders import BOOK, RULES, D


@pytest.mark.parametrize(
    ("tier", "fraction"),
    [("tier1", "0.12"), ("tier2", "0.10"), ("tier3", "0.08"), ("tier4", "0.08"), ("none", "0.08"), ("TIER1", "0.08")],
)
def test_a_tier_has_its_stop_and_any_other_word_the_default(tier: str, fraction: str) -> None:
    assert RULES.exits.stop_fraction(tier) == D(fraction)


def test_a_new_tier_is_a_row_and_no_code() -> None:
    exits = replace(RULES.exits, stop_tiers={**RULES.exits.stop_tiers, "tier9": D("0.2")})
    assert exits.stop_fraction("tier9") == D("0.2")


def test_one_book_has_all_the_equity_and_a_book_nobody_named_none() -> None:
    assert RULES.book_equity(BOOK, D(1000)) == 1000
    assert RULES.book_equity("nobody", D(1000)) == 0


def test_books_share_equity_by_their_fractions() -> None:
    rules = replace(RULES, books={"a": D("0.6"), "b": D("0.4")})
    assert [rules.book_equity(book, D(1000)) for book in "ab"] == [600, 400]


@pytest.mark.parametrize(
    ("limit", "works_with"),
    [(None, 1000), ("1000.01", 1000), ("1000", 1000), ("999.99", D("999.99")), ("0", 0)],
)
def test_capital_limit_is_the_most_equity_there_is_to_share(limit: str | None, works_with: object) -> None:
    caps = replace(RULES.caps, capital_limit=None if limit is None else D(limit))
    assert replace(RULES, caps=caps).book_equity(BOOK, D(1000)) == works_with


@pytest.mark.parametrize(
    ("score", "share"),
    [("0", "0.05"), ("5.9", "0.05"), ("6", "0.05"), ("8", "0.06"), ("13", "0.085"), ("19.9", "0.1195"), ("20", "0.12"),
     ("25", "0.12")],
)  # fmt: skip
def test_a_position_sized_by_score_grows_evenly_from_six_to_twenty(score: str, share: str) -> None:
    assert ScoreSizes().of(D(score)) == D(share)
    assert Caps(sizing=Sizing.SCORE).position(D(score)) == D(share)
    assert Caps().position(D(score)) == D("0.10")


@pytest.mark.parametrize(
    ("gain", "trail"),
    [("0.0299", None), ("0.03", "0.05"), ("0.1999", "0.05"), ("0.20", "0.10"), ("0.2999", "0.10"), ("0.30", "0.07"),
     ("5", "0.07")],
)  # fmt: skip
def test_a_gain_stands_on_the_highest_rung_it_has_reached(gain: str, trail: str | None) -> None:
    rung = RULES.exits.rung(D(gain))
    assert (rung.trail if rung is not None else None) == (D(trail) if trail is not None else None)


def test_a_new_rung_is_a_row_wherever_it_stands_in_the_table() -> None:
    exits = replace(RULES.exits, rungs=(Rung(D("0.5"), D("0.04")), *RULES.exits.rungs))
    assert [exits.rung(D(gain)) for gain in ("0.5", "0.03")] == [exits.rungs[0], exits.rungs[1]]


@pytest.mark.parametrize(
    ("tier", "fraction"), [("tier1", "0.24"), ("tier2", "0.20"), ("tier3", "0.16"), ("tier4", "0.12"), ("none", "0.12")]
)
def test_a_tier_has_its_target_and_any_other_word_the_default(tier: str, fraction: str) -> None:
    assert RULES.exits.target_fraction(tier) == D(fraction)
    assert not RULES.exits.take_profit


@pytest.mark.parametrize(
    ("equity", "dollars"), [("0", "5"), ("4999", "5"), ("5000", "5"), ("5001", "5.001"), ("100000", "100")]
)
def test_cash_may_go_unexplained_up_to_five_dollars_or_a_thousandth_of_equity(equity: str, dollars: str) -> None:
    assert RULES.breakers.cash_tolerance(D(equity)) == D(dollars)


def test_the_age_rules_are_those_documented() -> None:
    assert [(rule.days, rule.gain) for rule in RULES.exits.ages] == [(21, 0), (30, D("0.03")), (45, D("0.15"))]
