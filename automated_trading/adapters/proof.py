"""Whether a record holds: chain, meaning, and the snapshots beside it.

Law of the file: reads only, from the log's first line on. What does not hold is named, never raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import event_of, from_parts
from automated_trading.adapters.audit_line import FORM, Line
from automated_trading.adapters.audit_reader import read_lines, verify
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import Checkpoint, State

OTHER_SNAPSHOTS = "the snapshots are not what the log adds up to: delete the four .json files beside it"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved. `torn` is a half line at the end that the next run will cut; `state` is what the lines tell."""

    lines: int
    head: tuple[int, str]
    torn: bool
    problems: tuple[str, ...]
    state: State


def prove(folder: Path) -> Proof:
    """The whole proof of a folder: every line's hash, every checkpoint's fold, and the snapshots against both."""
    chain = verify(folder)
    problems, state = list(chain.problems), State()
    if not problems:
        state, problems = add_up(read_lines(folder))
        problems += _snapshots(folder, chain.head, state)
    return Proof(chain.lines, chain.head, chain.torn, tuple(problems), state)


def add_up(lines: Iterable[Line]) -> tuple[State, list[str]]:
    """The state that lines add up to from nothing, and each line or checkpoint that does not fit.

    A checkpoint of an older form is taken as it stands: what lines added up to then is not known any more.
    """
    state, problems = State(), list[str]()
    for line in lines:
        try:
            event = event_of(line)
            if isinstance(event, Checkpoint) and line.v == FORM and event.state != state:
                problems.append(f"line {line.seq}: the checkpoint is not what the lines before it add up to")
            state = evolve(state, event)
        except ValueError as problem:
            problems.append(f"line {line.seq}: {problem}")
    return state, problems


def _snapshots(folder: Path, head: tuple[int, str], state: State) -> list[str]:
    """What the snapshots tell otherwise than the log; none, torn or older ones tell nothing."""
    if snapshots.highest_seq(folder) > head[0]:
        return [f"the snapshots tell of line {snapshots.highest_seq(folder)}, the log ends with line {head[0]}"]
    loaded = snapshots.load(folder)
    if loaded is None or (loaded.seq, loaded.head) != head:
        return []
    try:
        same = from_parts(loaded.parts) == state
    except ValueError:
        same = False
    return [] if same else [OTHER_SNAPSHOTS]
