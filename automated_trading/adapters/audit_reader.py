"""Reading the audit log whole: archives first, then the log, one line at a time.

Law of the room: readers need no lock and never change a byte. What a crash left at the very end is passed
over; any other damage is named by file and line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from automated_trading.adapters.audit_line import CHECKPOINT, EMPTY, Line, LineError, misfit, parse
from automated_trading.adapters.audit_survey import FILE, REMEDY, archives, open_log, pieces
from automated_trading.adapters.audit_tail import speaks_against_a_crash
from automated_trading.adapters.disk import told
from automated_trading.domain.errors import AuditError

_BLOCK = 64 * 1024


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
    """How far the chain has been followed; `shared` is what the file being read has yet to tell again."""

    last: Line | None = None
    lost: bool = False
    begun: bool = False
    since_checkpoint: dict[int, str] = field(default_factory=dict)
    shared: dict[int, str] = field(default_factory=dict)

    def next_file(self) -> None:
        """Another file begins: it may tell again what the one before it holds from its last checkpoint on."""
        self.begun, self.shared = False, {}

    def follow(self, line: Line) -> tuple[bool, str | None]:
        """Take the next line: whether it is told again, and what is wrong with its place, None if nothing."""
        if not self.begun and [(line.seq, line.hash)] == [*self.since_checkpoint.items()][:1]:
            # Back to the checkpoint: what comes again must come whole and in order.
            self.shared, problem = self.since_checkpoint, None
        else:
            problem = None if self.lost else misfit(line, self.last)
        known = self.shared.pop(line.seq, None)
        if problem is None and known not in (None, line.hash):
            problem = f"seq {line.seq} is not the line of the archive before it"
        if line.event == CHECKPOINT:
            self.since_checkpoint = {}
        if line.event == CHECKPOINT or self.since_checkpoint:
            self.since_checkpoint[line.seq] = line.hash
        self.last, self.lost, self.begun = line, False, True
        return known == line.hash, problem


def _walk(folder: Path) -> Iterator[_Step]:
    with told(folder, "read"), ExitStack() as stack:
        try:
            # Opened before the archives are listed: a rotation meanwhile hides no line.
            current = stack.enter_context(open_log(folder / FILE))
        except FileNotFoundError:
            if archives(folder):
                yield _Step(FILE, problem="it is missing, and there are archives")
            return
        older = [(path.name, stack.enter_context(open_log(path))) for path in archives(folder)]
        chain = _Chain()
        for (name, file), (_, behind) in pairwise([*older, (FILE, current)]):
            # Killed between the two steps of a rotation, the archive is still the log itself, or once was.
            if not _is_beginning(file, behind):
                yield from _walk_file(name, file, chain, may_be_torn=False)
        yield from _walk_file(FILE, current, chain, may_be_torn=True)
        if older and not chain.begun:
            yield _Step(FILE, problem="it holds no line, and there are archives")


def _is_beginning(file: BinaryIO, behind: BinaryIO) -> bool:
    """Whether all of a file stands at the beginning of the next one too."""
    if os.path.sameopenfile(file.fileno(), behind.fileno()):
        return True
    file.seek(0)
    behind.seek(0)
    return all(behind.read(len(block)) == block for block in iter(lambda: file.read(_BLOCK), b""))


def _walk_file(name: str, file: BinaryIO, chain: _Chain, *, may_be_torn: bool) -> Iterator[_Step]:
    chain.next_file()
    offset = 0
    for number, piece in enumerate(pieces(file, 0), start=1):
        where = f"{name}:{number}"
        offset += len(piece)
        try:
            line = parse(piece)
        except LineError as problem:
            rest = pieces(file, offset - len(piece))
            if may_be_torn and speaks_against_a_crash(rest, chain.last) is None:
                yield _Step(where)
                break
            may_be_torn, chain.lost = False, True
            file.seek(offset)
            yield _Step(where, problem=str(problem))
            continue
        again, misplaced = chain.follow(line)
        if misplaced is not None or not again:
            yield _Step(where, line, misplaced)
    if chain.shared:
        yield _Step(name, problem=f"it ends without seq {next(iter(chain.shared))}, which the archive before it holds")
