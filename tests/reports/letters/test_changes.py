"""The rules are others than before."""

from __future__ import annotations

from datetime import timedelta

from automated_trading.domain import events as e
from automated_trading.domain.telling import TOLD_KEPT
from automated_trading.reports.letter import Level
from automated_trading.reports.letters.changes import TOLD_OF
from tests.builders import NOW, a_state, after
from tests.reports.letters.scenes import changed, one, told, written


def test_both_hashes_are_told_and_where_to_look() -> None:
    letter = one("settings")
    assert (letter.level, letter.subject) == (Level.WARNING, "Settings changed: rules 3f1c9a20 became b7704e11")
    assert "automated-trading config show" in letter.facts["todo"]
    assert written(told(changed(), "settings"), "settings") == []


def test_a_change_is_not_told_again_when_its_telling_is_forgotten() -> None:
    """Seen red when: a change is told however old it is."""
    assert TOLD_OF < TOLD_KEPT
    assert written(changed(), "settings", now=NOW + TOLD_OF + timedelta(days=1)) == []


def test_a_run_with_other_rules_is_a_change_and_the_first_run_is_none() -> None:
    first = after(a_state(rules=""), e.RunStarted("monitor", NOW, "r1", "1"))
    assert first.rules_change is None
    second = after(first, e.RunStarted("monitor", NOW, "r1", "1"), e.RunStarted("monitor", NOW, "r2", "1"))
    assert second.rules_change is not None
    assert (second.rules_change.old, second.rules_change.new) == ("r1", "r2")
