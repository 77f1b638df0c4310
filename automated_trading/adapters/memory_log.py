"""The audit log without a disk, for replay and for a dry run.

Law of the room: the same rows give the same lines, byte for byte, as in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automated_trading.adapters.audit_line import (
    EMPTY,
    Line,
    LineError,
    Row,
    Stamp,
    break_in_chain,
    parse,
    serialise,
    write_lines,
)
from automated_trading.adapters.audit_rotation import check_rotation
from automated_trading.adapters.audit_survey import extend_tail


class MemoryLog:
    """A log that keeps its lines in `lines` and counts in `flushes` the flushes a file would have made."""

    account: str
    head: tuple[int, str]
    tail: list[Line]
    lines: list[Line]
    cut: None
    cramped: None
    flushes: int

    def __init__(self, mode: str, lines: Iterable[Line] = ()) -> None:
        """`lines`: what stands in the log already, trusted as it is."""
        self._mode, self._run = mode, ""
        self.lines = list(lines)
        self.tail = extend_tail([], self.lines)
        self.head = (self.lines[-1].seq, self.lines[-1].hash) if self.lines else EMPTY
        self.account = self.lines[-1].account if self.lines else ""
        self.cut, self.cramped, self.flushes = None, None, 0
        self._unflushed = bool(self.lines)

    def begin_run(self, command: str) -> str:
        """Name the run that writes from here on; returns the name."""
        self._run = f"{self.head[0] + 1}-{command}"
        return self._run

    def append(self, rows: Sequence[Row]) -> None:
        """Keep the rows as lines behind the head."""
        if not rows:
            return
        lines, _ = write_lines(rows, self.head, Stamp(self.account, self._mode, self._run))
        self.lines.extend(lines)
        self.head = (lines[-1].seq, lines[-1].hash)
        self.tail = extend_tail(self.tail, lines)
        self._unflushed = True

    def append_where_room(self, rows: Sequence[Row]) -> bool:
        """The same: memory has room."""
        self.append(rows)
        return True

    def rotate(self, month: str) -> None:
        """All lines stay; ValueError where the file would raise it."""
        check_rotation(self.tail, month)

    def flush(self) -> None:
        """Count a flush if a file would have needed one."""
        self.flushes += self._unflushed
        self._unflushed = False

    def close(self) -> None:
        """Nothing to let go of."""

    def text(self) -> bytes:
        """The bytes of the file these lines would be."""
        return serialise(self.lines)

    def verify(self) -> list[str]:
        """Prove the whole chain from the bytes a file would hold; returns each problem, by line."""
        problems: list[str] = []
        head = EMPTY
        for number, piece in enumerate(self.text().splitlines(keepends=True), start=1):
            try:
                line = parse(piece)
            except LineError as problem:
                problems.append(f"line {number}: {problem}")
                continue
            broken = break_in_chain(line, head)
            if broken is not None:
                problems.append(f"line {number}: {broken}")
            head = line.seq, line.hash
        if head != self.head:
            problems.append(f"the lines end with {head[0]}, the log says {self.head[0]}")
        return problems
