"""Room on the disk kept for a bad day: what closes positions is on record even when the disk is full.

Law of the room: the reserve is real bytes, so that the room is not there on paper only, and it is given up a slice at
a time, so that a neighbour who takes what was set free takes one slice and not all. A run whose reserve is not whole
opens nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from automated_trading.adapters.disk import open_regular, write_all

FILE = ".reserve"
SIZE = 512 * 1024
"""Five days of quiet runs every five minutes (1.3 KB a run as measured), or some 130 sales (4 KB each)."""

SLICE = 32 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

T = TypeVar("T")


class Reserve:
    """The file `.reserve` of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def fill(self) -> None:
        """Make it whole, as far as the disk allows; what cannot be had is missing, and no error."""
        missing = SIZE - self._size()
        if missing <= 0:
            return
        with suppress(OSError):
            fd = os.open(
                self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
            )
            try:
                write_all(fd, hashlib.shake_256(b"no file system can press this together").digest(missing))
            finally:
                os.close(fd)

    @property
    def lacking(self) -> str | None:
        """Why it is not whole, in words for the owner; None if it is."""
        with suppress(OSError):
            if not stat.S_ISREG(os.stat(self._path, follow_symlinks=False).st_mode):
                return f"{self._path} is no plain file and keeps no room: nothing opens until it is taken away"
        return None if self._size() >= SIZE else full(self._path.parent)

    def room_for(self, write: Callable[[], T]) -> T:
        """What `write` returns; where the disk has no room for it, slices are given up until it has.

        `write` is called anew each time, so it must leave nothing half done where it fails. Raises its OSError.
        """
        while True:
            try:
                return write()
            except OSError as problem:
                if problem.errno not in _NO_ROOM or not self._give():
                    raise

    def _give(self) -> bool:
        """Set one slice free; False where none is left."""
        left = self._size() - SLICE
        if left < 0:
            return False
        try:
            fd = open_regular(self._path, os.O_WRONLY)
        except OSError:
            return False
        try:
            os.ftruncate(fd, left)
        finally:
            os.close(fd)
        return True

    def _size(self) -> int:
        try:
            about = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return 0
        return about.st_size


def fits(write: Callable[[], object]) -> bool:
    """Whether `write` found room without the reserve; it must leave nothing half done. Raises other OSErrors."""
    try:
        write()
    except OSError as problem:
        if problem.errno not in _NO_ROOM:
            raise
        return False
    return True


def full(folder: Path) -> str:
    """What an owner is told whose disk has no room to spare."""
    return f"the disk of {folder} is full: nothing opens until it has room again; free some space"
