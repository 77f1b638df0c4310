"""The log from its last checkpoint on, found from the end, so that opening costs a day and not a life.

Law of the room: nothing is changed on the disk. Each line from the checkpoint on is proved; what a crash
left at the very end is passed over; any other damage is an AuditError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from automated_trading.adapters.audit_line import (
    CHECKPOINT,
    EMPTY,
    GENESIS,
    Line,
    LineError,
    misfit,
    parse,
)
from automated_trading.adapters.audit_tail import speaks_against_a_crash
from automated_trading.adapters.disk import open_regular, told
from automated_trading.domain.errors import AuditError

FILE = "audit_log.jsonl"
REMEDY = "nothing is sent; `automated-trading audit verify` lists the damage"
_BLOCK = 64 * 1024
_ARCHIVE = re.compile(r"audit_log-\d{4}-(0[1-9]|1[0-2])\.jsonl")
_NEEDLE = b'"event":"checkpoint"'


@dataclass(frozen=True, slots=True)
class Survey:
    """The end of a log file: lines from the last checkpoint, how many bytes are good, whether more follow."""

    tail: list[Line]
    good_bytes: int
    torn: bool

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the last good line."""
        return (self.tail[-1].seq, self.tail[-1].hash) if self.tail else EMPTY


def tail_from_checkpoint(folder: Path) -> list[Line]:
    """The lines from the last checkpoint (or the first line) to the end, in order; a torn end is passed over.

    Raises AuditError on other damage among them, StateError if the log cannot be read.
    """
    with told(folder, "read"):
        return survey(folder / FILE).tail


def survey(path: Path, mode: str | None = None) -> Survey:
    """Read the end of a log file, checking each line from the last checkpoint on. Raises AuditError, OSError.

    Begins where the run that wrote the checkpoint began, for that run may be the one that crashed.
    """
    try:
        file = open_log(path)
    except FileNotFoundError:
        if archives(path.parent):
            raise AuditError(f"the audit log {path} is missing, and there are archives; {REMEDY}") from None
        return Survey([], 0, torn=False)
    with file:
        start = _start_of_checkpoint(file)
        lines, good = _good_lines(file, start, mode)
        file.seek(good)
        torn = file.read(1) != b""
        if torn:
            last = lines[-1] if lines else None
            if why := speaks_against_a_crash(pieces(file, good), last):
                place = f"behind seq {last.seq}" if last else "at its first line"
                raise AuditError(f"the audit log {path} is damaged {place}: {why}; {REMEDY}")
    if not lines and archives(path.parent):
        # A rotation leaves a whole checkpoint here before it takes the old file's name.
        raise AuditError(f"the audit log {path} holds no line, and there are archives; {REMEDY}")
    return Survey(extend_tail([], lines), good, torn)


def extend_tail(tail: list[Line], lines: list[Line]) -> list[Line]:
    """The tail with lines added behind: it begins anew at the last checkpoint among them."""
    for index in reversed(range(len(lines))):
        if lines[index].event == CHECKPOINT:
            return lines[index:]
    tail.extend(lines)
    return tail


def _good_lines(file: BinaryIO, start: int, mode: str | None) -> tuple[list[Line], int]:
    """The lines from `start` on up to the first that does not parse, and where they end."""
    lines: list[Line] = []
    good = start
    for piece in pieces(file, start):
        try:
            line = parse(piece)
        except LineError:
            break
        problem = misfit(line, lines[-1]) if lines else None
        if start == 0 and not lines:
            problem = _false_beginning(line)
        if problem is None and mode is not None and line.mode != mode:
            problem = f"seq {line.seq} was written in mode {line.mode[:20]}, not {mode}"
        if problem is not None:
            raise AuditError(f"the audit log is damaged: {problem}; {REMEDY}")
        lines.append(line)
        good += len(piece)
    return lines, good


def _false_beginning(line: Line) -> str | None:
    if line.event == CHECKPOINT or (line.seq, line.prev) == (1, GENESIS):
        return None
    return f"it begins with seq {line.seq}: what stood before is missing"


def _start_of_checkpoint(file: BinaryIO) -> int:
    """Where the run begins that wrote the last sound checkpoint; 0 if there is none."""
    wanted: int | None = None
    for offset, piece in pieces_backwards(file):
        if wanted is None and _NEEDLE not in piece:
            continue
        try:
            line = parse(piece)
        except LineError:
            wanted = None
            continue
        if wanted is None and line.event == CHECKPOINT:
            wanted = line.run_start
        if wanted is not None and line.seq <= wanted:
            return offset
    return 0


def archives(folder: Path) -> list[Path]:
    """The rotated files of a folder, oldest first."""
    return sorted(path for path in folder.glob("audit_log-*.jsonl") if _ARCHIVE.fullmatch(path.name))


def archive_of(folder: Path, month: str) -> Path:
    """The rotated file of a month ("2026-02"). Raises ValueError for what is no month."""
    path = folder / f"audit_log-{month}.jsonl"
    if not _ARCHIVE.fullmatch(path.name):
        raise ValueError(f"{month[:20]!r} is not a month")
    return path


def open_log(path: Path) -> BinaryIO:
    """A log file for reading; OSError if there is none or it is not a plain file."""
    return os.fdopen(open_regular(path, os.O_RDONLY), "rb")


def pieces(file: BinaryIO, start: int) -> Iterator[bytes]:
    """The file from `start` on, cut behind each newline; follows the file's position."""
    file.seek(start)
    return iter(file.readline, b"")


def pieces_backwards(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The file's pieces, each with its offset, from the last to the first, read in blocks."""
    position = file.seek(0, os.SEEK_END)
    carried: list[bytes] = []
    while position > 0:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        block = file.read(size)
        first_end = block.find(b"\n") + 1
        if first_end:
            carried.append(block[first_end:])
            yield from _split_backwards(b"".join(reversed(carried)), position + first_end)
            carried = [block[:first_end]]
        else:
            carried.append(block)
    yield from _split_backwards(b"".join(reversed(carried)), 0)


def _split_backwards(text: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    end = len(text)
    while end > 0:
        begin = text.rfind(b"\n", 0, end - 1) + 1
        yield offset + begin, text[begin:end]
        end = begin
