"""The audit log: the record of what was decided and heard, and the write-ahead log of what will be sent.

Law of the room: append only. A batch is one write; what a run reads back counts as unflushed until it
flushes; after a write or a flush that failed nothing more is written by this run. Only what a crash left at
the end is ever cut, and its bytes are kept beside; what a full disk left half written is taken back at once.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from automated_trading.adapters.audit_line import EMPTY, Line, Row, Stamp, write_lines
from automated_trading.adapters.audit_reader import Verdict, read_lines, verify
from automated_trading.adapters.audit_rotation import check_rotation, rotate
from automated_trading.adapters.audit_survey import (
    FILE,
    REMEDY,
    Survey,
    extend_tail,
    survey,
    tail_from_checkpoint,
)
from automated_trading.adapters.disk import create, make_folder, open_regular, sync_folder, told, write_all
from automated_trading.adapters.memory_log import MemoryLog
from automated_trading.adapters.reserve import Reserve, fits, full
from automated_trading.domain.errors import AuditError, StateError

__all__ = [
    "AuditLog",
    "Cut",
    "Line",
    "MemoryLog",
    "Row",
    "Verdict",
    "read_lines",
    "tail_from_checkpoint",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut off a torn log: behind which line, how many bytes, and the file they are kept in."""

    after_seq: int
    bytes_kept: int
    kept_as: str


class AuditLog:
    """The writer, used under the run lock. Made by `open`."""

    account: str
    head: tuple[int, str]
    tail: list[Line]
    cut: Cut | None

    def __init__(self, folder: Path, mode: str, found: Survey) -> None:
        self._folder, self._mode = folder, mode
        self._run = ""
        self._fd: int | None = None
        self._unflushed = found.head != EMPTY
        self._failed = False
        self._reserve, self._prepared, self._full = Reserve(folder), False, False
        self.head, self.tail, self.cut = found.head, found.tail, None
        self.account = found.tail[-1].account if found.tail else ""

    @classmethod
    def open(cls, folder: Path, *, mode: str, beside: Collection[tuple[int, str]] = ()) -> AuditLog:
        """Open the log of a folder; `beside` are the lines, number and hash, that snapshots tell of.

        Proves the chain from the last checkpoint on and cuts what a crash left at the end; nothing is created
        before the first append. Raises AuditError on any other damage or a log that holds no such line, StateError.
        """
        with told(folder, "open the audit log"):
            found = survey(folder / FILE, mode)
            if (against := speaks_against(folder, found.tail, beside)) is not None:
                raise AuditError(against)
            log = cls(folder, mode, found)
            with suppress(FileNotFoundError):
                log._fd = open_regular(folder / FILE, os.O_RDWR | os.O_APPEND)
            try:
                if log._fd is not None and found.torn:
                    log.cut = log._reserve.room_for(partial(_cut, folder, log._fd, found))
            except OSError:
                log.close()
                raise
        return log

    def begin_run(self, command: str) -> str:
        """Name the run that writes from here on; returns the name."""
        self._run = f"{self.head[0] + 1}-{command}"
        return self._run

    @property
    def cramped(self) -> str | None:
        """Why there is no room to spare, in words, once this run has written; None while the reserve is whole."""
        if not self._prepared:
            return None
        return full(self._folder) if self._full else self._reserve.lacking

    def append(self, rows: Sequence[Row]) -> None:
        """Write the rows behind the head, in one write, unflushed; out of the reserve if need be. Raises StateError."""
        self._append(rows, spare=True)

    def append_where_room(self, rows: Sequence[Row]) -> bool:
        """The same without the reserve; False, and nothing is written, on a full disk. Raises StateError."""
        return self._append(rows, spare=False)

    def _append(self, rows: Sequence[Row], *, spare: bool) -> bool:
        if not rows:
            return True
        lines, data = write_lines(rows, self.head, Stamp(self.account, self._mode, self._run))
        with self._for_good("write the audit log"):
            fd = self._file()
            self._prepare()
            write = partial(_write_at, fd, os.fstat(fd).st_size, data)
            if spare:
                self._reserve.room_for(write)
            elif not fits(write):
                self._full = True
                return False
        self._unflushed = True
        self.head = (lines[-1].seq, lines[-1].hash)
        self.tail = extend_tail(self.tail, lines)
        return True

    def rotate(self, month: str) -> None:
        """Archive the log as that of a month ("2026-02"), go on behind the checkpoint. Raises StateError, ValueError.

        Where that name or a later month's is another file's, or the disk knows no links, the log stays as it is.
        """
        check_rotation(self.tail, month)
        self.flush()
        with self._for_good("rotate the audit log"):
            if rotate(self._folder, month, self.tail):
                self.close()
                self._fd = open_regular(self._folder / FILE, os.O_RDWR | os.O_APPEND)

    def flush(self) -> None:
        """Make durable what was written or read back; nothing to do costs nothing. Raises StateError."""
        if self._fd is None or not self._unflushed:
            return
        with self._for_good("flush the audit log"):
            os.fsync(self._fd)
        self._unflushed = False

    def close(self) -> None:
        """Let go of the file; what was not flushed may be lost to a power cut."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _file(self) -> int:
        if self._fd is not None and self.head != EMPTY:
            return self._fd
        make_folder(self._folder)
        if self._fd is None:
            self._fd = create(self._folder / FILE, os.O_RDWR | os.O_APPEND)
        # Before the first line, so that a log that holds a line has a durable name.
        sync_folder(self._folder)
        sync_folder(self._folder.parent)
        return self._fd

    def _prepare(self) -> None:
        if not self._prepared:
            self._reserve.fill()
            self._prepared = True

    @contextmanager
    def _for_good(self, doing: str) -> Iterator[None]:
        """A step after whose failure nobody knows what the disk holds: this run writes nothing more."""
        if self._failed:
            raise StateError(f"the audit log in {self._folder} failed earlier in this run; run again")
        self._failed = True
        with told(self._folder, doing):
            yield
        self._failed = False


def speaks_against(folder: Path, tail: Sequence[Line], beside: Collection[tuple[int, str]]) -> str | None:
    """What snapshots tell otherwise than the log's tail: a line it does not reach, or holds with another hash."""
    known = {line.seq: line.hash for line in tail}
    last = tail[-1].seq if tail else 0
    for seq, head in sorted(beside, reverse=True):
        if seq > last:
            ends = f"the audit log in {folder} ends with line {last}"
            return f"{ends}, a snapshot beside it tells of line {seq}; {REMEDY}"
        if known.get(seq, head) != head:
            return f"a snapshot in {folder} tells of another line {seq} than the audit log holds; {REMEDY}"
    return None


def _cut(folder: Path, fd: int, found: Survey) -> Cut:
    """Keep the torn bytes in a file of their own, durably, and only then cut them off."""
    after_seq, _ = found.head
    torn = _bytes_from(fd, found.good_bytes)
    kept_as = _keep(folder, f"audit_log.torn-{after_seq}", torn)
    os.ftruncate(fd, found.good_bytes)
    os.fsync(fd)
    return Cut(after_seq, len(torn), kept_as)


def _write_at(fd: int, end: int, data: bytes) -> None:
    """Append, from `end` on; where that fails nothing of it stays, or the failure to take it back is the error."""
    try:
        write_all(fd, data)
    except OSError:
        os.ftruncate(fd, end)
        raise


def _bytes_from(fd: int, start: int) -> bytes:
    os.lseek(fd, start, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(fd, 1 << 20), b""))


def _keep(folder: Path, name: str, data: bytes) -> str:
    """Write a new file, never over an older one; returns the name it got."""
    for number in count(1):
        kept_as = name if number == 1 else f"{name}-{number}"
        with suppress(FileExistsError):
            fd = create(folder / kept_as)
            break
    try:
        write_all(fd, data)
        os.fsync(fd)
    except OSError:
        with suppress(OSError):
            os.unlink(folder / kept_as)
        raise
    finally:
        os.close(fd)
    sync_folder(folder)
    return kept_as
