"""Whether a record holds: chain, meaning, and the snapshots beside it.

Law of the file: reads only, from the log's first line on. What does not hold is named, never raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import event_of, to_parts
from automated_trading.adapters.audit_line import FORM, Line
from automated_trading.adapters.audit_reader import read_lines, verify
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import Checkpoint, State

Head = tuple[int, str]
"""Number and hash of a line."""

OTHER_SNAPSHOTS = "the snapshots are not what the log adds up to: delete the four .json files beside it"


_HEAD = re.compile(r"(?:(?:log )?head )?([1-9][0-9]{0,17})[: ]([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved. `torn` is a half line at the end that the next run will cut; `state` is what the lines tell.

    `outside` is what speaks against the head that was given from outside, None if the log still holds that line.
    """

    lines: int
    head: Head
    torn: bool
    problems: tuple[str, ...]
    state: State
    outside: str | None = None


def read_head(text: str) -> Head:
    """A head as `eod` prints it ("57 9f2c..."), or with a colon. Raises ValueError."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{ascii(text)[:90]} is not a line's number and its hash of 64 digits, like 57:9f2c...")
    return int(found[1]), found[2]


def prove(folder: Path, outside: Head | None = None) -> Proof:
    """The whole proof of a folder: every line's hash, every checkpoint's fold, and the snapshots against both.

    `outside` is a head that was put down elsewhere: a log whose tail was cut, or that was written anew from end to
    end, is sound in itself and is found against it only.
    """
    # Read before the log: a run that ends meanwhile leaves snapshots of lines this reading would not know.
    beside, loaded = snapshots.heads(folder), snapshots.load(folder)
    chain = verify(folder)
    problems, state, hashes = list(chain.problems), State(), dict[int, str]()
    if not problems:
        wanted = {seq for seq, _ in (*beside, *([outside] if outside else []))}
        state, problems = add_up(_noted(read_lines(folder), chain.head[0], wanted, hashes))
        problems += _snapshots(beside, loaded, chain.head, state, hashes)
    told = None if outside is None else _against(outside, chain.head, hashes, damaged=bool(chain.problems))
    return Proof(chain.lines, chain.head, chain.torn, tuple(problems), state, told)


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


def _noted(lines: Iterable[Line], last: int, wanted: set[int], hashes: dict[int, str]) -> Iterator[Line]:
    """The lines up to `last`, the hashes of those wanted noted on the way."""
    for line in lines:
        if line.seq > last:
            return
        if line.seq in wanted:
            hashes[line.seq] = line.hash
        yield line


def _snapshots(
    beside: set[Head], loaded: snapshots.Loaded | None, head: Head, state: State, hashes: dict[int, str]
) -> list[str]:
    """What the snapshots tell otherwise than the log; none, torn or older ones tell nothing."""
    reach = max((seq for seq, _ in beside), default=0)
    if reach > head[0]:
        return [f"the snapshots tell of line {reach}, the log ends with line {head[0]}"]
    for seq, found in sorted(beside):
        if hashes.get(seq) != found:
            return [f"the snapshots tell of another line {seq} than the log holds: one of them was made elsewhere"]
    if loaded is None or loaded.seq != head[0] or loaded.parts == to_parts(state):
        return []
    return [OTHER_SNAPSHOTS]


def _against(outside: Head, head: Head, hashes: dict[int, str], *, damaged: bool) -> str | None:
    seq, wanted = outside
    if damaged:
        return f"the log is damaged: nothing vouches for line {seq}"
    if seq > head[0]:
        return f"the log ends with line {head[0]} and does not hold line {seq}: its end was cut off"
    found = hashes.get(seq, "no hash")
    return None if found == wanted else f"line {seq} has the hash {found}, not the one given: the log was written anew"
