"""`signals check FILE`: what each entry is, and what would be done with it now."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.commands.front_door import OPEN, REFUSED_PORT, Door, paper, served

GOOD = {"ticker": "ACME", "signal_score": 9, "entry_price": 50, "multi_signal_tier": "tier2", "sector": "Energy"}
ENTRIES = [GOOD, {**GOOD, "ticker": "BOLT", "signal_score": 5}, {**GOOD, "signal_score": 7}, 17]


@pytest.fixture
def file(door: Door) -> str:
    (door.home / "signals.json").write_text(json.dumps(ENTRIES))
    return "signals.json"


def to_ten(door: Door) -> None:
    with door.exchange() as exchange:
        exchange.advance_to(OPEN)


def test_in_session_each_entry_is_judged_by_the_very_rules(door: Door, file: str) -> None:
    to_ten(door)
    assert door.run("signals", "check", file).out.splitlines() == [
        "SIMULATED signals.json, Tue 2026-02-03 09:40 New York",
        "2 signals",
        "  entry  score  tier   sector  price  age  what would be done",
        "  ACME   9      tier2  Energy  50.00  0 h  order 198 at 50.28",
        "  BOLT   5      tier2  Energy  50.00  0 h  refuse: low_score (5 < 6.0)",
        "not usable: 2",
        "  entry                  why",
        "  entry 4                refuse: malformed (not an object)",
        "  ACME (again, score 7)  refuse: duplicate (a better entry of the same ticker stands in the file)",
    ]


def test_before_the_open_the_file_and_the_records_judge_alone(door: Door, file: str) -> None:
    answer = door.run("signals", "check", file)
    assert (answer.code, "the market is closed" in answer.out) == (0, True)
    assert "by file and records: would be judged at the open" in answer.out
    assert "by file and records: refuse: low_score (5 < 6.0)" in answer.out


def test_outside_the_entry_window_it_says_that_it_judges_as_if_inside(door: Door, file: str) -> None:
    with door.exchange() as exchange:
        exchange.advance_to(OPEN.replace(hour=19))
    shown = door.run("signals", "check", file).out
    assert "as if inside the entry window, 09:35 to 12:00" in shown
    assert "order 198 at 50.28" in shown


def test_what_was_ordered_is_told_as_ordered(door: Door, file: str) -> None:
    door.run("morning")
    assert "ordered already: 198 at 50.28, filled" in door.run("signals", "check", file).out


def test_a_gap_is_told_with_its_figures(door: Door, file: str) -> None:
    to_ten(door)
    with door.exchange() as exchange:
        exchange.set_price("ACME", Decimal(52))
    assert "not yet: gap_up (ask 52.03 is +4.1% from the close 50)" in door.run("signals", "check", file).out


def test_json_has_a_row_for_each_entry(door: Door, file: str) -> None:
    to_ten(door)
    document = door.run("signals", "check", file, "--json").document
    told = [(row["label"], row["what"], row["would"], row["reason"]) for row in document["entries"]]
    assert (document["file"], document["at"], document["schema"]) == ("signals.json", "2026-02-03T14:40:00Z", 1)
    assert told == [
        ("ACME", "signal", "order", "entry"),
        ("BOLT", "signal", "refuse", "low_score"),
        ("entry 4", "malformed", "refuse", "malformed"),
        ("ACME (again, score 7)", "duplicate", "refuse", "duplicate"),
    ]


def test_with_the_broker_down_the_file_and_the_records_judge_alone(door: Door, file: str) -> None:
    answer = door.run("signals", "check", file, **paper(REFUSED_PORT))
    assert (answer.code, "the broker could not be asked" in answer.out) == (0, True)
    assert "by file and records: would be judged at the open" in answer.out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_nothing_is_written_and_nothing_is_sent(door: Door, file: str, options: tuple[str, ...]) -> None:
    to_ten(door)
    before = door.tree()
    assert door.run("signals", "check", file, *options).code == 0
    assert door.tree() == before
    with served(door) as api:
        assert door.run("signals", "check", file, *options).code == 0
        assert {method for method, _ in api.requests} == {"GET"}


def test_it_waits_for_nobody_and_makes_no_folder(empty: Door) -> None:
    (empty.home / "signals.json").write_text(json.dumps(ENTRIES))
    before = empty.tree()
    assert empty.run("signals", "check", "signals.json").code == 0
    assert empty.tree() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no file"),
        ("{", "is not JSON"),
        ('{"a": 1}', "neither a list nor"),
        ("17", "neither a list nor"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_is_no_list_of_signals_is_exit_3(
    door: Door, text: str | None, words: str, options: tuple[str, ...]
) -> None:
    path = Path(door.home / "other.json")
    if text is not None:
        path.write_text(text)
    assert door.run("signals", "check", "other.json", *options).failed(3, "other.json", words)


def test_an_empty_list_is_no_error(door: Door) -> None:
    (door.home / "other.json").write_text("[]")
    answer = door.run("signals", "check", "other.json")
    assert (answer.code, "the file holds no entry" in answer.out) == (0, True)


def test_a_file_must_be_named(door: Door) -> None:
    assert door.run("signals", "check").code == 2
