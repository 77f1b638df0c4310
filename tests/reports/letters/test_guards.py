"""Positions that nothing would sell."""

from __future__ import annotations

from automated_trading.reports.letter import Level
from tests.builders import TOMORROW, a_position, a_state
from tests.reports.letters.scenes import disputed, one, told, written

OFF = "TRADING_ENABLED is off"


def test_each_is_told_with_why() -> None:
    letter = one("unprotected")
    assert (letter.level, letter.subject) == (Level.CRITICAL, "2 positions unprotected: AAA, HHH")
    assert letter.facts["rows"] == [
        ["AAA", "10 shares, stop 9.20: frozen by a difference", ""],
        ["HHH", "10 shares, stop 9.20: no two fresh prices to judge its stop by", ""],
    ]


def test_it_is_told_once_a_session_and_again_for_another_why() -> None:
    state = told(disputed(), "unprotected")
    assert written(state, "unprotected") == []
    assert len(written(state, "unprotected", session=TOMORROW)) == 1
    (other,) = written(state, "unprotected", disabled=OFF)
    assert not other.correction


def test_a_desk_that_is_switched_off_protects_nothing() -> None:
    (letter,) = written(a_state(a_position()), "unprotected", disabled=OFF)
    assert letter.facts["rows"][0][1].endswith("trading is disabled")
