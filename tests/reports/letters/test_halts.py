"""What stopped opening, and that it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.reports.letter import Level
from tests.builders import NOW, TODAY, TOMORROW, D, a_state, after, an_account
from tests.reports.letters.scenes import halted, losing, one, over, told, written

BY_HAND = e.HaltSeen("one", "going away", NOW)


def test_a_breaker_is_critical_and_says_what_goes_on_and_how_it_ends() -> None:
    letter = one("halt")
    assert (letter.level, letter.subject) == (Level.CRITICAL, "Halted, nothing opens: day_loss")
    assert "Exits, stops and cancels go on" in letter.facts["said"]
    assert letter.facts["todo"] == "day_loss ends by itself with its last session."


def test_the_owners_own_halt_is_a_warning_and_names_the_command_that_lifts_it() -> None:
    (letter,) = written(after(a_state(), BY_HAND), "halt")
    assert letter.level is Level.WARNING
    assert letter.facts["halts"][0][1] == "The owner said halt. going away"
    assert "automated-trading resume (lifts owner)" in letter.facts["todo"]


def test_where_the_broker_takes_no_order_the_letter_says_that_exits_do_not_go_and_how_to_lift_it() -> None:
    """Seen red when: a desk suspended at the broker said that exits and stops go on, and named `resume` alone."""
    state = a_state(marked=replace(an_account(), blocked="trade suspended by user"))
    (letter,) = written(after(state, BY_HAND), "halt")
    assert letter.facts["said"].startswith(
        "Nothing opens, and the broker takes no order of this account, sells and stops"
    )
    assert "automated-trading resume --at-broker (lifts owner)" in letter.facts["todo"]
    state = a_state(marked=replace(an_account(), blocked="account blocked"))
    (letter,) = written(after(state, BY_HAND), "halt")
    assert "(account blocked)" in letter.facts["said"]
    assert "automated-trading resume (lifts owner)" in letter.facts["todo"]


def test_a_lasting_halt_is_told_once_a_session() -> None:
    state = told(halted(), "halt")
    assert written(state, "halt") == []
    (again,) = written(state, "halt", session=TOMORROW)
    assert again.subject == "Still halted, nothing opens: day_loss"


def test_a_second_halt_is_told_at_once_together_with_the_first() -> None:
    (letter,) = written(after(told(halted(), "halt"), BY_HAND), "halt")
    assert letter.subject == "Halted, nothing opens: day_loss, owner"
    assert letter.level is Level.CRITICAL


def test_a_halt_lifted_and_set_again_in_one_session_is_told_again() -> None:
    """Seen red when: the moment it began is no part of its name."""
    lifted = after(told(after(a_state(), BY_HAND), "halt"), e.Resumed(Reason.OWNER, Reason.OWNER, NOW, "one"))
    again = after(lifted, e.HaltSeen("two", "again", NOW + timedelta(minutes=5)))
    (letter,) = written(again, "halt")
    assert letter.subject == "Halted, nothing opens: owner"
    assert len(written(again, "resume")) == 1


def test_the_end_of_a_halt_is_told_once_to_whom_its_beginning_was() -> None:
    (letter,) = written(over(), "resume", session=TOMORROW)
    assert letter.subject == "Opening again: halt day_loss is over"
    assert letter.facts["lifted"][0][2] == "its session is over"
    assert written(told(over(), "resume"), "resume") == []
    never_told = after(halted(), e.Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, NOW))
    assert written(never_told, "resume") == []


def test_one_halt_lifted_of_two_does_not_say_that_opening_goes_on() -> None:
    state = told(after(halted(), BY_HAND), "halt")
    (letter,) = written(after(state, e.Resumed(Reason.OWNER, Reason.OWNER, NOW, "one")), "resume")
    assert letter.subject == "Over: halt owner"
    assert letter.facts["said"] == "Still halted by day_loss: nothing opens."


def test_half_of_the_days_loss_limit_is_a_warning_once_a_session() -> None:
    letter = one("warning")
    assert letter.subject == "Half of the day's loss limit is gone: equity -2.6%"
    assert letter.facts["figures"][2] == ["Daily loss limit", "-5%", ""]
    assert written(told(losing(), "warning"), "warning") == []
    state = losing()
    assert written(replace(state, day=replace(state.day, warned=False)), "warning") == []
    assert state.day.session == TODAY


def test_a_warning_leaves_out_what_the_owner_took_out() -> None:
    """Seen red when: a withdrawal was told as a loss, beside a limit it has nothing to do with."""
    state = losing()
    state = replace(state, day=replace(state.day, flows=D(-50_000)), marked=an_account(equity="48500"))
    (letter,) = written(state, "warning")
    assert letter.subject == "Half of the day's loss limit is gone: equity -3.0%"
    assert letter.facts["figures"][2] == ["Paid in and taken out", "-50,000.00", "no profit and no loss"]
