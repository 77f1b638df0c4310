"""A disk with so many bytes and no more: the real calls on real files, refused where they would not fit.

Law of the file: what a write finds room for is written, as a real disk does it, before the rest is refused.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class SmallDisk:
    """The disk of a folder; `room` bytes are free beside what its files hold. None: as many as you like."""

    folder: Path
    room: int | None = None
    _held: int = 0

    def fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = os.write

        def write(fd: int, data: bytes) -> int:
            if self.room is None or not os.readlink(f"/proc/self/fd/{fd}").startswith(str(self.folder)):
                return real(fd, data)
            left = self.room + self._held - self.used()
            if left <= 0 and len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(fd, data[:left])

        monkeypatch.setattr(os, "write", write)

    def leave(self, room: int | None) -> None:
        """From now on so much is free."""
        self.room, self._held = room, self.used()

    def taken_by_others(self) -> None:
        """Somebody else takes what is free."""
        self.leave(0)

    def used(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
