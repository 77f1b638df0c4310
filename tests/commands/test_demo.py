"""`demo`: the whole story, told and kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.front_door import Answer, Door

TOLD = {
    "a refusal for its age": "refused: HULL: stale",
    "a refusal for its score": "refused: GALE: low_score",
    "a refusal for its form": r"refused: entry 10 \(IRIS\): malformed",
    "a gap": r"not yet: JADE: gap_up \(ask 74.94 is \+9.6%",
    "a gap that has closed": "ordered: JADE",
    "a wait": "not yet: FERN: no_quote",
    "a queue": "queued: ECHO: max_positions",
    "a lost answer": "no answer: BOLT may or may not be at the broker",
    "the lost order found again": "ordered: BOLT, found at the broker: it had arrived",
    "a fill": r"filled: ACME \d+ in all",
    "an entry given up": r"cancels: DUSK \(entry_timeout\)",
    "a quote that came late": "queued: FERN: max_positions",
    "a bad print": "stop UNDECIDED: CRUX, 1 in a row",
    "a stop that follows the high": "stop raised: ACME to 50.70",
    "a redeployment": r"intends: buy \d+ ECHO at 61.39 \(redeployment\)",
    "a stop at the broker": r"stop at the broker: CRUX \d+ at 21\.31",
    "one raised there": r"cancels: ACME \(stop_raised\)",
    "a stop that followed the high": r"closed: ACME \d+ \(protective_stop\), \+",
    "redeployments apart": "redeployments 1 ordered, 1 filled",
    "a stop that is hit": r"closed: CRUX \d+ \(protective_stop\), -",
    "the evening's page": "The evening's page:",
    "the figures": r"equity [\d,.]+, -[\d,.]+ \(-\d\.\d\d%\) on the day",
    "the proof": r"The log verifies: \d+ lines",
    "the place": "Everything was written to data/demo/",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Door, Answer]:
    door = Door(tmp_path_factory.mktemp("demo"))
    return door, door.run("demo", "--fast")


def folder(answer: Answer) -> str:
    found = re.search(r"Everything was written to (\S+):", answer.out)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("words", TOLD.values(), ids=TOLD)
def test_the_demo_tells_of(told: tuple[Door, Answer], words: str) -> None:
    _, answer = told
    assert (answer.code, answer.err) == (0, "")
    assert re.search(words, answer.out)


def test_every_command_the_demo_names_works_on_its_folder(told: tuple[Door, Answer]) -> None:
    door, answer = told
    named = re.findall(r"automated-trading (.+?)(?:  +\(.*\))?$", answer.out, re.MULTILINE)
    assert len(named) >= 3
    assert {door.run(*words.split()).code for words in named} == {0}
    assert door.run("audit", "verify", "--data-dir", folder(answer)).code == 0


def test_two_demos_in_the_same_second_live_in_folders_of_their_own(empty: Door) -> None:
    answers = [empty.run("demo", "--fast") for _ in range(3)]
    assert [answer.code for answer in answers] == [0, 0, 0]
    assert len({folder(answer) for answer in answers}) == 3


def test_the_demo_keeps_to_a_data_folder_it_is_given(empty: Door, tmp_path: Path) -> None:
    answer = empty.run("demo", "--fast", "--data-dir", str(tmp_path / "else where"))
    assert (answer.code, empty.tree()) == (0, {})
    assert (tmp_path / "else where" / "demo").is_dir()


def test_the_demo_asks_for_no_keys_and_heeds_no_rule_of_the_owners(empty: Door) -> None:
    (empty.home / "trading.toml").write_text("min_signal_score = 50\n")
    (empty.home / ".env").write_text("TRADING_ENABLED=false\nALPACA_TRADING_URL=http://127.0.0.1:9\n")
    answer = empty.run("demo", "--fast", ALPACA_TRADING_MODE="paper")
    assert (answer.code, "closed: CRUX" in answer.out) == (0, True)


def test_a_demo_that_finds_no_room_is_one_line(empty: Door) -> None:
    assert empty.run("demo", "--fast", "--data-dir", "/dev/null/x").failed(3, "name a folder, not a file")


def test_the_leaps_of_the_demo_are_no_missed_runs_to_the_reader(empty: Door) -> None:
    assert "MISSED" not in empty.run("demo", "--fast").out
