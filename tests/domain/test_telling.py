"""What letters make of the state, and how long it keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from automated_trading.domain import events as e
from automated_trading.domain.state import Closing, LetterRow, Told
from automated_trading.domain.telling import CLOSINGS_KEPT
from tests.builders import NOW, TODAY, TOMORROW, D, a_state, after
from tests.domain.histories import FIGURES, KEPT, SOLD_OUT, TRADE

NEXT = e.SessionBegan(TOMORROW, NOW)
FINISHED = e.RunFinished("monitor", NOW, "done", "")


def test_a_letter_kept_has_told_its_matters_and_waits() -> None:
    state = after(a_state(), KEPT)
    assert state.told == {next(iter(KEPT.matters)): Told("a1", TODAY)}
    assert state.letters == {KEPT.key: LetterRow("fills", TODAY)}


def test_a_letter_lost_while_its_run_was_keeping_it_has_told_nothing() -> None:
    state = after(a_state(), KEPT, e.LetterLost(KEPT.key))
    assert (state.told, state.letters, state.keeping) == ({}, {}, {})


def test_once_its_run_has_finished_a_letter_can_no_longer_be_lost() -> None:
    state = after(a_state(), KEPT, FINISHED)
    assert state.keeping == {}
    assert after(state, e.LetterLost(KEPT.key)).told == state.told


def test_a_letter_sent_is_sent_and_one_nobody_knows_changes_nothing() -> None:
    state = after(a_state(), KEPT, e.LetterSent(KEPT.key), e.LetterSent("another"))
    assert state.letters == {KEPT.key: LetterRow("fills", TODAY, sent=True)}


def test_what_was_told_is_let_go_after_thirty_days() -> None:
    later = e.SessionBegan(TODAY + timedelta(days=60), NOW)
    kept = after(a_state(), KEPT, e.SessionBegan(TODAY + timedelta(days=30), NOW), later)
    assert (len(kept.told), len(kept.letters)) == (1, 1)
    gone = after(a_state(), KEPT, e.SessionBegan(TODAY + timedelta(days=31), NOW), later)
    assert (gone.told, gone.letters) == ({}, {})


def test_a_desk_that_lay_idle_has_still_told_what_it_told_last() -> None:
    """Seen red when: thirty days count while no session is lived, and the orders of the last one are told again."""
    state = after(a_state(), KEPT, e.SessionBegan(TODAY + timedelta(days=50), NOW))
    assert (len(state.told), len(state.letters)) == (1, 1)


def test_a_closed_position_is_kept_for_a_letter_for_a_week() -> None:
    state = after(a_state(SOLD_OUT), e.PositionClosed(replace(TRADE, session=TODAY)))
    assert len(after(state, e.SessionBegan(TODAY + timedelta(days=7), NOW)).trades) == 1
    assert after(state, e.SessionBegan(TODAY + timedelta(days=8), NOW)).trades == ()


def test_the_curve_keeps_a_quarter_of_a_year_of_closings_and_each_session_once() -> None:
    older = tuple(Closing(TODAY - timedelta(days=number), D(number)) for number in range(CLOSINGS_KEPT, 0, -1))
    state = after(a_state(closings=older), FIGURES, FIGURES)
    assert len(state.closings) == CLOSINGS_KEPT
    assert state.closings[-1] == Closing(FIGURES.session, FIGURES.equity)
    assert state.closings[0] == older[1]


def test_a_day_whose_evening_was_not_told_is_owed_through_the_next_and_no_longer() -> None:
    owed = after(a_state(), FIGURES, NEXT).owed
    assert owed is not None
    assert owed.figures == FIGURES
    told = e.LetterKept("k", "evening", TODAY, {f"evening:{FIGURES.session}": "d"})
    assert after(a_state(), FIGURES, told, NEXT).owed is None
    assert after(a_state(), NEXT).owed is None
    assert after(a_state(), FIGURES, NEXT, e.SessionBegan(TOMORROW + timedelta(days=1), NOW)).owed is None


def test_a_day_that_is_owed_outlives_the_letter_that_told_it_for_that_may_be_lost() -> None:
    """Seen red when: keeping the letter lets the day go."""
    told = e.LetterKept("k", "evening", TODAY, {f"evening:{FIGURES.session}": "d"})
    state = after(a_state(), FIGURES, NEXT, told)
    assert state.owed is not None
    lost = after(state, e.LetterLost("k"))
    assert (lost.told, lost.owed) == ({}, state.owed)
