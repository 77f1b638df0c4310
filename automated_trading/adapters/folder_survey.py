"""What lies in a folder and who may read or write it, and how much room its disk has.

Law of the file: it is looked at and not touched; links are not followed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automated_trading.adapters.disk import told

GROUP_AND_OTHERS_WRITE = 0o022
GROUP_AND_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may do what with a file or folder, by its mode."""

    path: Path
    mode: int

    @property
    def open_to_others(self) -> bool:
        return bool(self.mode & GROUP_AND_OTHERS)

    @property
    def writable_by_others(self) -> bool:
        return bool(self.mode & GROUP_AND_OTHERS_WRITE)


def rights_of(path: Path) -> Rights | None:
    """The rights to one file or folder; None for what is not there, and for a link. Raises StateError."""
    with told(path.parent, "look"):
        try:
            about = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
    return None if stat.S_ISLNK(about.st_mode) else Rights(path, stat.S_IMODE(about.st_mode))


def rights_below(folder: Path) -> Iterator[Rights]:
    """The rights to a folder and all in it. Raises StateError."""
    own = rights_of(folder)
    if own is None:
        return
    yield own
    with told(folder, "look"):
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
    for name in names:
        yield from rights_below(folder / name)


def may_write(folder: Path) -> bool:
    """Whether this user may make files in a folder, on a disk that takes any."""
    return os.access(folder, os.W_OK | os.X_OK)


def room_left(folder: Path) -> int:
    """Bytes this user may still write on the disk of a folder, or of the nearest one above it. Raises StateError."""
    with told(folder, "look"):
        while not folder.exists() and folder.parent != folder:
            folder = folder.parent
        return shutil.disk_usage(folder).free
