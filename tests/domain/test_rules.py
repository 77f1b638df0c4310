"""The rules as they are documented."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
