"""No line to the broker, and that there is one again."""

from __future__ import annotations

from datetime import timedelta

from automated_trading.reports.letter import Level
from tests.builders import NOW, a_state
from tests.reports.letters.scenes import NO_LINE, one, out_of_reach, told, written

DAY = timedelta(days=1)


def test_it_tells_why_since_when_and_what_is_held_by_our_record() -> None:
    letter = one("unreachable")
    assert (letter.level, letter.subject) == (
        Level.CRITICAL,
        "The broker was not reached by monitor; 1 position held",
    )
    assert letter.facts["why"] == "GET /v2/clock: no answer within 10 s"
    assert letter.facts["heard"] == "Last heard Wed 2026-07-15 09:55 New York."
    assert letter.facts["held"] == [["AAA", "10 shares at 10.00", "stop 9.20"]]
    assert letter.facts["orders"] == [["BBB", "buy 4 BBB at 25.00", "accepted"]]


def test_it_is_told_once_a_day_of_new_york_whatever_the_session() -> None:
    """Seen red when: the session names it, which does not move while nobody hears the broker."""
    state = told(out_of_reach(), "unreachable", **NO_LINE)
    assert written(state, "unreachable", **NO_LINE) == []
    assert len(written(state, "unreachable", **NO_LINE, now=NOW + DAY)) == 1


def test_a_desk_that_never_heard_the_broker_says_so() -> None:
    (letter,) = written(a_state(), "unreachable", **NO_LINE)
    assert letter.facts["heard"] == "Never heard."


def test_that_it_is_back_is_told_once_for_however_many_days() -> None:
    state = told(out_of_reach(), "unreachable", **NO_LINE)
    state = told(state, "unreachable", **NO_LINE, now=NOW + DAY)
    assert written(state, "reached", **NO_LINE) == []
    (letter,) = written(state, "reached")
    assert len(letter.matters) == 2
    assert written(told(state, "reached"), "reached") == []
    assert written(out_of_reach(), "reached") == []
