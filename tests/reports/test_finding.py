"""A finding, and which of several ends the command."""

from __future__ import annotations

import pytest

from automated_trading.reports.finding import ORDER, Finding, Verdict, bad, good, row, warn, worst


def test_the_order_of_the_codes_is_the_one_of_every_command() -> None:
    assert ORDER == (3, 8, 4, 6, 5)


@pytest.mark.parametrize(("codes", "told"), [((6, 4), 4), ((4, 8), 8), ((8, 3, 6), 3), ((7, 6), 6), ((7,), 7)])
def test_the_worst_is_told_wherever_it_stands(codes: tuple[int, ...], told: int) -> None:
    for given in (codes, codes[::-1]):
        found = worst([warn("a", "said", "do"), *(bad("b", "said", "do", code) for code in given), good("c", "said")])
        assert found is not None
        assert found.code == told


def test_warnings_and_what_is_good_end_nothing() -> None:
    assert worst([good("a", "said"), warn("b", "said", "do")]) is None
    assert worst([]) is None


def test_what_no_code_names_is_a_matter_of_configuration() -> None:
    assert bad("a", "said", "do").code == 3


@pytest.mark.parametrize(
    ("verdict", "remedy", "code"),
    [
        (Verdict.GOOD, "do", 0),
        (Verdict.GOOD, "", 3),
        (Verdict.WARN, "", 0),
        (Verdict.WARN, "do", 3),
        (Verdict.BAD, "", 3),
        (Verdict.BAD, "do", 0),
    ],
)
def test_what_is_not_good_has_a_remedy_and_what_is_bad_a_code(verdict: Verdict, remedy: str, code: int) -> None:
    with pytest.raises(ValueError, match="remedy"):
        Finding("a", verdict, "said", remedy, code)


def test_a_row_has_what_is_promised_and_no_more() -> None:
    assert row(bad("a", "said", "do", 8)) == {"check": "a", "verdict": "bad", "said": "said", "remedy": "do"}
