"""One account's folder: the lock, the log, and the snapshots beside it.

Law of the room: the log is the truth, and the state is folded from its last checkpoint, every time. The snapshots only
speak against a log that is shorter than they know, or another one. A reader takes no lock and cuts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import event_of, rebuilt, to_parts
from automated_trading.adapters.audit_line import EMPTY, Line
from automated_trading.adapters.audit_log import AuditLog, Cut, speaks_against, tail_from_checkpoint
from automated_trading.adapters.audit_restart import Restarted, put_record_aside
from automated_trading.adapters.memory_log import MemoryLog
from automated_trading.adapters.proof import OTHER_SNAPSHOTS, prove
from automated_trading.adapters.reserve import full
from automated_trading.adapters.run_lock import RunLock
from automated_trading.domain.errors import AuditError, StateError
from automated_trading.domain.state import State

__all__ = ["FolderStore", "MemoryStore", "OpenedFolder", "Restarted", "event_of"]


@dataclass(frozen=True, slots=True)
class OpenedFolder:
    log: AuditLog | MemoryLog
    state: State
    cut: Cut | None


class FolderStore:
    """The record of one account in one folder."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.folder = folder
        self._mode = mode
        self._lock = RunLock(folder)

    def lock(self, wait_seconds: float = 0) -> AbstractContextManager[None]:
        return self._lock.held(wait_seconds)

    def open(self) -> OpenedFolder:
        """Raises AuditError on damage that no crash explains, StateError on a folder that cannot be used."""
        beside = snapshots.heads(self.folder)
        log = AuditLog.open(self.folder, mode=self._mode, beside=beside)
        if log.head not in beside:
            # A crash must never find unflushed lines of two runs at the end. Snapshots are written behind the flush of
            # the line they tell of; a last line without, finished or not, may still be the disk's to lose.
            log.flush()
        return OpenedFolder(log, rebuilt(log.tail), log.cut)

    def save(self, state: State, head: tuple[int, str]) -> str | None:
        """Raises StateError where the folder cannot be used; on a full disk the snapshots stay as they were."""
        saved = snapshots.save(self.folder, *head, parts=to_parts(state))
        return None if saved else full(self.folder)

    def peek(self) -> tuple[State, tuple[int, str]]:
        """State and head as a reader finds them, without the lock. Raises AuditError on a damaged or cut log."""
        tail = tail_from_checkpoint(self.folder)
        head = (tail[-1].seq, tail[-1].hash) if tail else EMPTY
        beside = snapshots.heads(self.folder)
        if head[0] < max((seq for seq, _ in beside), default=0):
            # a run may have written between the two readings
            tail = tail_from_checkpoint(self.folder)
            head = (tail[-1].seq, tail[-1].hash) if tail else EMPTY
        if (against := speaks_against(self.folder, tail, beside)) is not None:
            raise AuditError(against)
        return rebuilt(tail), head

    def damage(self) -> str | None:
        """The first thing that is wrong with the record, None if all of it can be proved. Raises StateError."""
        return next(iter(prove(self.folder).problems), None)

    def restart(self) -> Restarted:
        """Put a damaged record aside, under the lock; `open` gives an empty one then. Raises StateError on a sound log.

        What the new log begins with is the caller's to write; without it the folder is a lost one.
        """
        damage = self.damage()
        if damage is None:
            raise StateError("the audit log is sound: there is nothing to restart")
        if damage == OTHER_SNAPSHOTS:
            raise StateError(f"the audit log is sound, but {damage}")
        return put_record_aside(self.folder)


class MemoryStore:
    """A record in memory, for replay and for dry runs that begin from a real one."""

    def __init__(self, mode: str, lines: Iterable[Line] = (), state: State | None = None) -> None:
        self.log = MemoryLog(mode, lines)
        self.state = state if state is not None else rebuilt(self.log.tail)

    def lock(self, wait_seconds: float = 0) -> AbstractContextManager[None]:
        return _Unlocked()

    def open(self) -> OpenedFolder:
        return OpenedFolder(self.log, self.state, None)

    def save(self, state: State, head: tuple[int, str]) -> None:
        """Keep the state."""
        self.state = state


class _Unlocked(AbstractContextManager[None]):
    def __exit__(self, *_: object) -> None:
        return None
