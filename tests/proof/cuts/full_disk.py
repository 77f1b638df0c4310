"""A disk with so many blocks and no more.

Law of the file: a write that does not fit is cut where the room ends, and the next one is told ENOSPC; what is given
back, by truncation, by a last name unlinked or renamed over, is there to be had again. Names cost nothing unless
`nameless`, as on a disk that has run out of inodes too.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.proof.cuts.fuse import NEVER

BLOCK = 4096
PLENTY = 10**6
CALLS = ("open", "mkdir", "link", "write", "fsync", "ftruncate", "replace", "unlink")


def blocks(size: int) -> int:
    return -(-size // BLOCK)


@dataclass
class FullDisk:
    """`free` blocks under one folder, all of them gone `at` a step; `refused` is the step that was first refused."""

    folder: Path
    free: int = PLENTY
    at: int = NEVER
    nameless: bool = False
    armed: bool = False
    steps: list[str] = field(default_factory=list)
    refused: int | None = None
    real: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the disk into the `os` module, above whatever stands there."""
        for name in CALLS:
            self.real[name] = getattr(os, name)
            monkeypatch.setattr(os, name, self._counting(name, getattr(self, f"_{name}", self.real[name])))

    def insert(self, folder: Path, at: int = NEVER, *, nameless: bool = False) -> None:
        """Plenty of room under this folder, until a step."""
        self.folder, self.free, self.at, self.nameless = folder, PLENTY, at, nameless
        self.steps, self.refused, self.armed = [], None, True

    def _counting(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if not self.armed or not self._here(name, args):
                return self.real[name](*args, **options)
            self.steps.append(name)
            if len(self.steps) == self.at:
                self.free = 0
            return call(*args, **options)

        return counted

    def _here(self, name: str, args: tuple[Any, ...]) -> bool:
        if name in ("write", "fsync", "ftruncate"):
            path = Path(os.readlink(f"/proc/self/fd/{args[0]}"))
        else:
            path = Path(args[1] if name in ("replace", "link") else args[0])
        new = name not in ("open", "mkdir") or (not path.exists() and (name == "mkdir" or args[1] & os.O_CREAT != 0))
        return new and path.is_relative_to(self.folder)

    def _no_room(self) -> OSError:
        self.refused = self.refused or len(self.steps)
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _write(self, fd: int, data: Any) -> int:
        size = os.fstat(fd).st_size
        appends = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND
        begins = size if appends else os.lseek(fd, 0, os.SEEK_CUR)
        fits = (blocks(size) + self.free) * BLOCK - begins
        if fits <= 0 < len(data):
            raise self._no_room()
        written = int(self.real["write"](fd, bytes(data)[:fits]))
        self.free -= blocks(max(size, begins + written)) - blocks(size)
        return written

    def _ftruncate(self, fd: int, length: int) -> None:
        size = os.fstat(fd).st_size
        self.real["ftruncate"](fd, length)
        self.free += max(0, blocks(size) - blocks(length))

    def _unlink(self, path: Any, **options: Any) -> None:
        back = self._goes(Path(path))
        self.real["unlink"](path, **options)
        self.free += back

    def _replace(self, old: Any, new: Any, **options: Any) -> None:
        back = self._goes(Path(new))
        self.real["replace"](old, new, **options)
        self.free += back

    def _goes(self, path: Path) -> int:
        """Blocks set free when this name goes."""
        if not os.path.lexists(path):
            return 0
        about = os.lstat(path)
        return blocks(about.st_size) if about.st_nlink <= 1 + self._kept(path) else 0

    def _kept(self, path: Path) -> int:
        """Names the fuse keeps of a file, which no real disk has."""
        attic = self.folder.with_name(f".{self.folder.name}.attic")
        return sum(1 for kept in attic.glob(f"*/{path.name}") if os.path.samestat(os.lstat(kept), os.lstat(path)))

    def _named(self, name: str, *args: Any, **options: Any) -> Any:
        if self.nameless and self.free == 0:
            raise self._no_room()
        return self.real[name](*args, **options)

    def _open(self, *args: Any, **options: Any) -> Any:
        return self._named("open", *args, **options)

    def _mkdir(self, *args: Any, **options: Any) -> Any:
        return self._named("mkdir", *args, **options)

    def _link(self, *args: Any, **options: Any) -> Any:
        return self._named("link", *args, **options)
