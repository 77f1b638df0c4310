"""Foreign text for the eye: one line, visible, in order, and not endless."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from automated_trading.reports.plain_text import plain, plain_all

CLEANED = [
    ("ACME", "ACME"),
    ("one\r\nBcc: two", "one Bcc: two"),
    ("tab\tand\x0bvertical", "tab and vertical"),
    ("nul\x00byte\x1b[31m", "nul byte [31m"),
    ("right\u202eot\u2066left\u200f", "rightotleft"),
    ("zero\u200bwidth\ufeff", "zerowidth"),
    ("line\u2028and\u2029paragraph", "line and paragraph"),
    ("\uff21\uff23\uff2d\uff25 \u2460", "ACME 1"),
    ("lone\ud800surrogate\ue000private", "lonesurrogateprivate"),
    ("z" + "\u0335" * 40, "z\u0335\u0335"),
    ("<b>{{7*7}}</b> {0.__class__} %s", "<b>{{7*7}}</b> {0.__class__} %s"),
    ("   ", ""),
]


@pytest.mark.parametrize(("text", "shown"), CLEANED, ids=[ascii(text)[:30] for text, _ in CLEANED])
def test_what_is_unseen_goes_and_what_is_seen_stays(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_endless_text_is_cut_and_says_so() -> None:
    shown = plain("x" * 10_000)
    assert (len(shown), shown[-2:]) == (400, "x…")
    assert plain("a b c d", 4) == "a b…"


def test_lists_and_mappings_are_cleaned_through_and_nothing_else_is_text() -> None:
    assert plain_all({"rows": [["a\n", "b"], ("c",)]}) == {"rows": [["a", "b"], ["c"]]}
    with pytest.raises(ValueError, match="text only, not int"):
        plain_all({"rows": [1]})


@given(st.text())
def test_any_text_becomes_one_printable_line_and_stays_what_it_became(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 400
    assert "\n" not in shown
    assert not {unicodedata.category(one) for one in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    shown.encode("utf-8")
    assert plain(shown) == shown
