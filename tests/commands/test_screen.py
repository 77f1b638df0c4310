"""Words for a person, lines for a scheduler, one document for a program."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import TONES, Screen


def screen(*, terminal: bool = False, as_json: bool = False, color: bool = True) -> Screen:
    now = datetime(2026, 2, 3, tzinfo=UTC)
    return Screen(Asked(environ={}, cwd=Path(), now=now, terminal=terminal, json=as_json, color=color))


def test_words_go_to_stdout_and_with_json_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    screen().say("to stdout")
    screen(as_json=True).say("to stderr")
    assert capsys.readouterr() == ("to stdout\n", "to stderr\n")


def test_what_is_wrong_goes_to_stderr_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    screen().wrong("something")
    assert capsys.readouterr() == ("", "automated-trading: something\n")


@pytest.mark.parametrize("tone", TONES)
def test_away_from_a_terminal_no_tone_makes_an_escape_code(capsys: pytest.CaptureFixture[str], tone: str) -> None:
    screen().say("word", tone)
    screen(terminal=True, color=False).say("word", tone)
    assert capsys.readouterr().out == "word\nword\n"


def test_a_table_is_aligned_lines_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    screen().table("orders", ["symbol", "qty"], [["ACME", "5"], ["B", "12"]])
    assert capsys.readouterr().out == "orders\n  symbol  qty\n  ACME    5\n  B       12\n"


def test_a_table_without_rows_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    screen().table("orders", ["symbol"], [])
    screen(terminal=True).table("orders", ["symbol"], [])
    assert capsys.readouterr().out == ""


def test_no_word_of_a_stranger_is_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "[bold]x[/bold] [link=http://x]"
    screen(terminal=True).say(hostile, "bad")
    screen(terminal=True).table("t", ["c"], [[hostile]])
    assert capsys.readouterr().out.count(hostile) == 2


def test_a_document_is_ascii_json(capsys: pytest.CaptureFixture[str]) -> None:
    screen(as_json=True).document({"schema": 1, "said": "caf\u00e9"})
    out = capsys.readouterr().out
    assert (out.isascii(), json.loads(out)) == (True, {"schema": 1, "said": "caf\u00e9"})
