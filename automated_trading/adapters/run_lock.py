"""One run at a time in one data folder.

Law of the room: the kernel holds the lock, so a dead holder holds nothing. Who does not get it does
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from automated_trading.adapters.disk import make_folder, told
from automated_trading.domain.errors import RunInProgress, StateError


class RunLock:
    """The lock of a data folder: the file `.lock` in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the folder for the block; it is not reentrant.

        Raises RunInProgress if another run still holds it after `wait_seconds`, StateError if the folder
        cannot be used or its disk knows no locks.
        """
        lock = self._acquired(wait_seconds)
        try:
            yield
        finally:
            with told(self._folder, "unlock"):
                lock.release()

    def _acquired(self, wait_seconds: float) -> filelock.BaseFileLock:
        lock = filelock.FileLock(self._folder / ".lock", timeout=max(wait_seconds, 0), mode=0o600)
        with told(self._folder, "take the lock"):
            make_folder(self._folder)
            try:
                lock.acquire()
            except filelock.Timeout:
                raise RunInProgress(f"another run holds {self._folder}; try again when it has ended") from None
            except NotImplementedError:
                raise StateError(self._no_locks()) from None
        if type(lock) is not filelock.FileLock:
            # filelock fell back to a lock that is a mere file, which a dead holder would keep.
            lock.release()
            raise StateError(self._no_locks())
        return lock

    def _no_locks(self) -> str:
        return f"the disk of {self._folder} knows no locks; put the data folder on a local disk"
