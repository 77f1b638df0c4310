"""Books and broker: what differs for certain, and that it agrees again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from automated_trading.domain.state import Difference
from automated_trading.reports.letter import Level
from tests.builders import NOW, TOMORROW, D, a_position, a_state, an_outside_order
from tests.reports.letters.scenes import agreeing, differing, one, told, written

APART = {"AAA": Difference(D(10), D(7), 2, NOW)}


def test_it_tells_what_differs_what_could_explain_it_and_what_would_settle_it() -> None:
    letter = one("difference")
    assert (letter.level, letter.subject) == (Level.CRITICAL, "Books and broker differ: AAA, an order in AAA, cash")
    assert "nothing opens" in letter.facts["said"]
    commands = [row[0] for row in letter.facts["remedies"]]
    assert commands == ["automated-trading reconcile --adopt AAA", "By hand", "automated-trading reconcile --cash"]


def test_one_reading_alone_is_no_letter() -> None:
    once = {"AAA": Difference(D(10), D(7), 1, NOW)}
    state = a_state(a_position(), differences=once, outside={"theirs": an_outside_order()})
    assert written(state, "difference") == []


def test_a_lasting_difference_is_told_once_a_session() -> None:
    state = told(differing(), "difference")
    assert written(state, "difference") == []
    (again,) = written(state, "difference", session=TOMORROW)
    assert again.subject.startswith("Books and broker still differ")


def test_other_figures_in_the_same_session_are_a_correction() -> None:
    state = told(a_state(a_position(), differences=APART), "difference")
    (again,) = written(replace(state, differences={"AAA": Difference(D(10), D(5), 2, NOW)}), "difference")
    assert again.correction


def test_cash_that_moves_with_trades_while_the_same_gap_stands_is_not_told_again() -> None:
    gap = Difference(D(500), D(420), 2, NOW)
    state = told(a_state(cash_difference=gap), "difference")
    assert written(replace(state, cash_difference=replace(gap, ours=D(300), theirs=D(220))), "difference") == []


def test_what_agrees_again_is_told_once_if_it_was_told_to_differ() -> None:
    letter = one("settled")
    assert letter.level is Level.INFO
    assert {row[0] for row in letter.facts["rows"]} == {"AAA", "cash", "an order that is not ours"}
    assert written(told(agreeing(), "settled"), "settled") == []
    assert written(replace(differing(), differences={}), "settled") == []


def test_a_difference_that_comes_and_goes_is_no_stream_of_letters() -> None:
    """Seen red when: each return is another matter, and cash at the edge of the tolerance mails every five minutes."""
    state, told_of = a_state(cash=D(500)), []
    for look in range(12):
        gap = Difference(D(500), D(420), 2, NOW + timedelta(minutes=5 * look))
        state = replace(state, cash_difference=gap if look % 2 == 0 else None)
        for kind in ("difference", "settled"):
            told_of += [letter.subject for letter in written(state, kind)]
            state = told(state, kind)
    assert told_of == ["Books and broker differ: cash", "Settled: cash", "Books and broker still differ: cash"]
    (again,) = written(replace(state, cash_difference=gap), "difference", session=TOMORROW)
    assert again.subject == "Books and broker still differ: cash"


def test_another_difference_long_after_is_not_called_the_same() -> None:
    state = told(differing(), "difference")
    later = Difference(D(10), D(7), 2, NOW + timedelta(days=10))
    state = replace(state, differences={"AAA": later}, outside={}, cash_difference=None)
    (letter,) = written(state, "difference", session=later.since.date())
    assert letter.subject == "Books and broker differ: AAA"
