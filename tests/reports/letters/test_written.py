"""All letters together: told once, told again only where it changed, the gravest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.state import State
from automated_trading.reports.letter import Level
from automated_trading.reports.letters.occasion import MOST_ROWS, capped, digest, named
from automated_trading.reports.letters.written import letters
from tests.builders import D, a_position, a_state, after
from tests.reports.letters.scenes import (
    AT_THE_CLOSE,
    FIGURES,
    NO_LINE,
    a_morning,
    changed,
    differing,
    evening,
    halted,
    losing,
    occasion,
    out_of_reach,
    some_fills,
    tell,
)

STATES = [a_morning(), some_fills(), halted(), differing(), changed(), losing(), evening()]


def test_a_quiet_desk_writes_nothing() -> None:
    assert letters(a_state(), occasion()) == []


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_what_was_told_is_not_told_again(state: State) -> None:
    told = letters(state, occasion(**AT_THE_CLOSE))
    assert told != []
    assert letters(tell(state, *told), occasion(**AT_THE_CLOSE)) == []


def test_what_was_told_otherwise_goes_as_a_correction() -> None:
    first = letters(evening(), occasion(**AT_THE_CLOSE))
    assert not any(letter.correction for letter in first)
    state = tell(evening(), *first)
    later = replace(state, day=replace(state.day, figures=replace(FIGURES, equity=D(100_500))))
    (again,) = letters(later, occasion(**AT_THE_CLOSE))
    assert (again.kind, again.correction) == ("evening", True)
    assert again.key not in {letter.key for letter in first}


def test_the_gravest_come_first() -> None:
    state = replace(some_fills(), halts=halted().halts, rules_change=changed().rules_change, day=losing().day)
    levels = [letter.level for letter in letters(state, occasion())]
    assert levels == sorted(levels, key=[Level.CRITICAL, Level.WARNING, Level.INFO].index)
    assert {Level.CRITICAL, Level.WARNING} <= set(levels)


def test_no_two_letters_of_a_run_tell_one_matter() -> None:
    """Seen red when: each family sees the state without what the families before it told."""
    told = [name for letter in letters(a_morning(), occasion(command="morning")) for name in letter.matters]
    assert any(name.startswith("refused:") for name in told)
    assert len(told) == len(set(told))


def test_letters_of_the_record_are_written_without_the_broker_too() -> None:
    state = replace(out_of_reach(), halts=halted().halts)
    assert [letter.kind for letter in letters(state, occasion(**NO_LINE))] == ["unreachable", "halt"]


def test_a_letter_that_was_lost_is_written_again() -> None:
    state = after(a_state(a_position()), e.Halted(next(iter(halted().halts)), "", occasion().now))
    (letter,) = letters(state, occasion())
    lost = after(tell(state, letter), e.LetterLost(letter.key))
    assert letters(lost, occasion()) == [letter]


def test_a_number_has_one_digest_however_it_is_written() -> None:
    assert digest(D("1.50")) == digest(D("1.5")) != digest(D("1.51"))


def test_few_are_named_and_many_are_counted() -> None:
    assert named(["A", "B", "A"]) == "A, B"
    assert named("ABCDEF") == "A, B, C, D, 2 more"
    rows = [[str(number), "", ""] for number in range(MOST_ROWS + 3)]
    assert len(capped(rows)) == MOST_ROWS + 1
    assert capped(rows)[-1][0] == "and 3 more"
    assert capped(rows[:MOST_ROWS]) == rows[:MOST_ROWS]
