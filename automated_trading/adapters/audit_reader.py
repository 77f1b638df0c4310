"""Reading the audit log whole: archives first, then the log, one line at a time.

Law of the room: readers need no lock and never change a byte. What a crash left at the very end is passed
over; any other damage is named by file and line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from automated_trading.adapters.audit_line import CHECKPOINT, EMPTY, Line, LineError, break_in_chain, parse
from automated_trading.adapters.audit_survey import FILE, REMEDY, archives, open_log, pieces
from automated_trading.adapters.audit_tail import speaks_against_a_crash
from automated_trading.adapters.disk import told
from automated_trading.domain.errors import AuditError


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: sound lines, the head, whether a crash tore the end, problems by file and line."""

    lines: int
    head: tuple[int, str]
    torn: bool
    problems: tuple[str, ...]


def read_lines(folder: Path) -> Iterator[Line]:
    """Every line there is, one at a time. Raises AuditError at the first damage, StateError."""
    for step in _walk(folder):
        if step.problem is not None:
            raise AuditError(f"the audit log in {folder} is damaged: {step.where}: {step.problem}; {REMEDY}")
        if step.line is not None:
            yield step.line


def verify(folder: Path) -> Verdict:
    """Prove the whole chain. Raises StateError if the files cannot be read."""
    count, head, torn = 0, EMPTY, False
    problems: list[str] = []
    for step in _walk(folder):
        if step.problem is not None:
            problems.append(f"{step.where}: {step.problem}")
        if step.line is not None:
            count, head = count + 1, (step.line.seq, step.line.hash)
        torn = torn or (step.line is None and step.problem is None)
    return Verdict(count, head, torn, tuple(problems))


@dataclass(frozen=True, slots=True)
class _Step:
    """One step through the files: a line, a problem, both, or (neither) the torn end."""

    where: str
    line: Line | None = None
    problem: str | None = None


@dataclass(slots=True)
class _Chain:
    """How far the chain has been followed."""

    last: Line | None = None
    lost: bool = False
    at_seam: bool = False
    since_checkpoint: dict[int, str] = field(default_factory=dict)

    def repeats(self, line: Line) -> bool:
        """True for the lines a new file has in common with the end of the archive before it."""
        self.at_seam = self.at_seam and self.since_checkpoint.get(line.seq) == line.hash
        return self.at_seam

    def follow(self, line: Line) -> str | None:
        """Take the next line; what is wrong with its place, None if nothing."""
        head = (self.last.seq, self.last.hash) if self.last is not None else EMPTY
        problem = None if self.lost else break_in_chain(line, head)
        if problem is None and self.last is not None and line.mode != self.last.mode:
            problem = f"seq {line.seq} was written in another mode"
        if line.event == CHECKPOINT:
            self.since_checkpoint = {}
        if line.event == CHECKPOINT or self.since_checkpoint:
            self.since_checkpoint[line.seq] = line.hash
        self.last, self.lost = line, False
        return problem


def _walk(folder: Path) -> Iterator[_Step]:
    with told(folder, "read"):
        current = folder / FILE
        older = archives(folder)
        try:
            os.stat(current)
        except FileNotFoundError:
            if older:
                yield _Step(FILE, problem="it is missing, and there are archives")
            return
        chain = _Chain()
        for path in older:
            # Killed between the two steps of a rotation, the archive is still the log itself.
            if not path.samefile(current):
                yield from _walk_file(path, chain, may_be_torn=False)
                chain.at_seam = True
        yield from _walk_file(current, chain, may_be_torn=True)


def _walk_file(path: Path, chain: _Chain, *, may_be_torn: bool) -> Iterator[_Step]:
    with open_log(path) as file:
        offset = 0
        for number, piece in enumerate(pieces(file, 0), start=1):
            where = f"{path.name}:{number}"
            offset += len(piece)
            try:
                line = parse(piece)
            except LineError as problem:
                rest = pieces(file, offset - len(piece))
                if may_be_torn and speaks_against_a_crash(rest, chain.last) is None:
                    yield _Step(where)
                    return
                may_be_torn, chain.lost = False, True
                file.seek(offset)
                yield _Step(where, problem=str(problem))
                continue
            if not chain.repeats(line):
                yield _Step(where, line, chain.follow(line))
