"""Runs that did not come, or came late."""

from __future__ import annotations

from automated_trading.reports.letter import Level
from tests.builders import a_state
from tests.reports.letters.scenes import MISSED, one, tell, unwatched, written


def test_each_is_named_with_its_session_and_its_words() -> None:
    letter = one("silence")
    assert letter.level is Level.WARNING
    assert letter.subject == "Missed or late: monitor of 2026-07-14, eod of 2026-07-14, morning of 2026-07-15"
    silent = "monitor was silent on Tue 2026-07-14 from 11:05 to 16:00 New York"
    assert letter.facts["rows"][0] == ["monitor", silent, "2026-07-14"]


def test_only_what_was_not_told_is_told() -> None:
    (first,) = written(unwatched(MISSED[0]), "silence")
    assert written(tell(unwatched(MISSED[0]), first), "silence") == []
    (second,) = written(tell(unwatched(), first), "silence")
    assert [row[0] for row in second.facts["rows"]] == ["eod", "morning"]
    assert not second.correction
    assert written(a_state(), "silence") == []
