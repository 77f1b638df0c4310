"""Runs that did not come, or came late."""

from __future__ import annotations

from automated_trading.reports.letter import Level
from automated_trading.reports.letters.silence import silence
from tests.builders import a_state
from tests.reports.letters.scenes import MISSED, occasion, one, tell


def test_each_is_named_with_its_session_and_its_words() -> None:
    letter = one("silence")
    assert letter.level is Level.WARNING
    assert letter.subject == "Missed or late: monitor of 2026-07-14, eod of 2026-07-14, morning of 2026-07-15"
    assert letter.facts["rows"][0] == ["monitor", "no monitor from 11:05 to the close", "2026-07-14"]


def test_only_what_was_not_told_is_told() -> None:
    (first,) = silence(a_state(), occasion(), MISSED[:1])
    state = tell(a_state(), first)
    assert list(silence(state, occasion(), MISSED[:1])) == []
    (second,) = silence(state, occasion(), MISSED)
    assert len(second.facts["rows"]) == 2
    assert list(silence(a_state(), occasion(), [])) == []
