"""One run at a time in one data folder.

Law of the room: the kernel holds the lock, so a dead holder holds nothing. Who does not get it does nothing. The file
`.lock` is where others wait; the folder itself is locked too, for a file that is deleted or moved away under its holder
leaves its name free for another's.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from automated_trading.adapters.disk import make_folder, told
from automated_trading.domain.errors import RunInProgress, StateError

_HELD = (errno.EAGAIN, errno.EACCES)
_KERNELS_LIST = Path("/proc/locks")


class RunLock:
    """The lock of a data folder: the file `.lock` in it, and the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the folder for the block; it is not reentrant.

        Raises RunInProgress if another run still holds it after `wait_seconds`, StateError if the folder
        cannot be used or its disk knows no locks.
        """
        lock = self._acquired(wait_seconds)
        folder: int | None = None
        try:
            folder = self._lock_folder()
            yield
        finally:
            with told(self._folder, "unlock"):
                if folder is not None:
                    os.close(folder)
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

    def _lock_folder(self) -> int:
        """A descriptor that holds the folder. A disk that locks files and no folders leaves it at the file."""
        with told(self._folder, "take the lock"):
            fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                if problem.errno in _HELD:
                    os.close(fd)
                    held = f"another run holds {self._folder}, and its file .lock was taken away"
                    raise RunInProgress(f"{held}; try again when it has ended") from None
        return fd

    def _no_locks(self) -> str:
        return f"the disk of {self._folder} knows no locks; put the data folder on a local disk"


def is_held(folder: Path) -> bool | None:
    """Whether a run holds a folder now, by the kernel's own list; None where there is no such list.

    Trying would be no looking: a lock taken for an instant turns away the run that comes in that instant.
    """
    try:
        rows = _KERNELS_LIST.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return None
    locked = {field for row in rows if "FLOCK" in row for field in row.split()}
    return any(_listed(path) in locked for path in (folder, folder / ".lock") if path.exists())


def _listed(path: Path) -> str:
    """How the kernel's list names a file."""
    about = os.stat(path)
    return f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
