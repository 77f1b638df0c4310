"""The log in memory is proved as the file is: from the bytes it would be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.adapters.memory_log import MemoryLog
from automated_trading.adapters.proof import add_up
from automated_trading.domain.codec import encode_event
from automated_trading.domain.events import AccountPinned
from automated_trading.domain.state import Checkpoint, State

AT = "2026-02-03T14:35:00Z"


def four_lines() -> MemoryLog:
    log = MemoryLog("simulated")
    log.begin_run("morning")
    log.append([(name, {"n": n}, AT) for n, name in enumerate(("run_started", "fill", "fill", "run_finished"))])
    return log


def test_a_log_as_it_was_written_is_sound() -> None:
    assert four_lines().verify() == []
    assert MemoryLog("simulated").verify() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"n": 9}}, "line 2: its hash does not hold"),
        ({"at": "2026-02-03T14:36:00Z"}, "line 2: its hash does not hold"),
        ({"seq": 9}, "line 2: its hash does not hold"),
    ],
)
def test_an_edited_line_is_found(change: dict[str, Any], words: str) -> None:
    log = four_lines()
    log.lines[1] = replace(log.lines[1], **change)
    assert log.verify()[0].startswith(words)


def test_a_missing_a_swapped_and_a_cut_line_are_found() -> None:
    missing, swapped, cut = four_lines(), four_lines(), four_lines()
    del missing.lines[1]
    swapped.lines[1:3] = swapped.lines[2], swapped.lines[1]
    del cut.lines[3]
    assert "line 2: seq 3 comes after 1" in missing.verify()[0]
    assert "line 2: seq 3 comes after 1" in swapped.verify()[0]
    assert cut.verify() == ["the lines end with 3, the log says 4"]


def test_lines_add_up_to_their_state_and_a_false_checkpoint_is_named() -> None:
    log = MemoryLog("simulated")
    pinned = AccountPinned("a1", "simulated")
    for event in (pinned, Checkpoint(State(account="a1", mode="simulated")), Checkpoint(State(account="a2"))):
        log.append([(*encode_event(event), AT)])
    state, problems = add_up(log.lines)
    assert state == State(account="a2")
    assert problems == ["line 3: the checkpoint is not what the lines before it add up to"]
