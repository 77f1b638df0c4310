"""Positions that nothing would sell."""

from __future__ import annotations

from automated_trading.reports.letter import Level
from tests.builders import TOMORROW, a_position, a_state
from tests.reports.letters.scenes import BARE_MARKET, bare, disputed, one, told, written

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


def test_a_position_without_a_stop_at_the_broker_is_told_once_a_session_with_why() -> None:
    letter = one("unguarded")
    assert (letter.level, letter.subject) == (Level.WARNING, "No stop at the broker: AAA, HHH")
    assert [row[0] for row in letter.facts["rows"]] == ["AAA", "HHH"]
    assert "Part of a share is left over" in letter.facts["rows"][0][1]
    assert "asset HHH is not tradable" in letter.facts["rows"][1][1]
    state = told(bare(), "unguarded", market=BARE_MARKET)
    assert written(state, "unguarded", market=BARE_MARKET) == []
    assert len(written(state, "unguarded", market=BARE_MARKET, session=TOMORROW)) == 1


def test_a_stop_that_is_only_not_placed_yet_is_no_letter() -> None:
    assert written(a_state(a_position("AAA")), "unguarded", market=BARE_MARKET) == []
