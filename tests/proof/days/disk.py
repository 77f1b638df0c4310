"""The folder's disk of a simulated desk: it forgets, it fills up, it breaks, and it may be cut off at any step.

Law of the file: what a run has flushed stays flushed in the runs after it, and what it has not stays at the mercy of
a later cut; flushes are only noted, which makes millions of runs cheap. Only what a run does is counted or cut.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.proof.cuts.fuse import NEVER, PowerCut

CALLS = ("write", "fsync", "replace", "link", "unlink", "ftruncate")
FATES = ("kept", "lost", "half", "zeroes", "undone")
"""What becomes of bytes and names that no flush has covered: a killed process keeps them, a power cut does not."""


class Disk:
    """One folder and what of it is durable.

    `free` is how many bytes still fit, None for plenty; `failing` names the calls that fail with EIO.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.attic = folder.with_name(f".{folder.name}.attic")
        self.armed = self.dead = self.torn = False
        self.steps, self.cut_at = 0, NEVER
        self.free: int | None = None
        self.failing: frozenset[str] = frozenset()
        self.struck: Counter[str] = Counter()
        self.durable: dict[int, int] = {}
        self.names: dict[str, int] = {}
        self.real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}
        self.attic.mkdir(parents=True)

    @contextmanager
    def fitted(self) -> Iterator[None]:
        """Stand between Python and the disk; outside it nothing is noted."""
        for name in CALLS:
            setattr(os, name, getattr(self, f"_{name}"))
        try:
            yield
        finally:
            for name, real in self.real.items():
                setattr(os, name, real)

    def begin(self, cut_at: int = NEVER, torn: bool = False) -> None:
        """A run begins; it is cut before that step, or (`torn`) in the middle of it if it is a write."""
        self.armed, self.dead, self.steps, self.cut_at, self.torn = True, False, 0, cut_at, torn

    def end(self) -> None:
        self.armed = self.dead = False

    def step(self) -> None:
        """One more thing is about to happen to the disk or to the exchange."""
        if not self.armed:
            return
        if self.dead or self.steps + 1 >= self.cut_at:
            self.dead = True
            raise PowerCut
        self.steps += 1

    @property
    def sick(self) -> bool:
        return self.free is not None or bool(self.failing)

    def covers(self, inode: int, end: int) -> bool:
        """Whether a file's first `end` bytes would outlive a power cut at this moment."""
        return self.durable.get(inode, 0) >= end

    # --- what a cut leaves

    def burn(self, fate: str) -> None:
        """The disk as it is found after a cut; all that is found is durable, unless the process alone died."""
        self.end()
        if fate == "kept" or not self.folder.exists():
            return
        if fate == "undone":
            self._undo()
        else:
            self._lose(fate)
        self._all_durable()

    def lose_folder(self) -> None:
        """Somebody took it away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._empty_attic()
        self.durable, self.names = {}, {}

    def _lose(self, fate: str) -> None:
        for entry in list(os.scandir(self.folder)):
            if entry.name not in self.names:
                self.real["unlink"](entry.path)
                continue
            about = entry.stat()
            safe = self.durable.get(about.st_ino, 0)
            if about.st_size <= safe:
                continue
            loose = about.st_size - safe
            os.truncate(entry.path, safe + (loose // 2 if fate == "half" else 0))
            if fate == "zeroes":
                os.truncate(entry.path, safe + loose)

    def _undo(self) -> None:
        """Every folder names what it named at its last flush."""
        there = {entry.name: entry.inode() for entry in os.scandir(self.folder)}
        for name in there.keys() - {name for name, inode in self.names.items() if there.get(name) == inode}:
            self.real["unlink"](self.folder / name)
        for name, inode in self.names.items():
            path = self.folder / name
            if there.get(name) != inode and (self.attic / name).exists():
                self.real["link"](self.attic / name, path)
            with suppress(FileNotFoundError):
                if path.stat().st_size > self.durable.get(inode, 0):
                    os.truncate(path, self.durable.get(inode, 0))

    def _all_durable(self) -> None:
        self._empty_attic()
        found = [(entry.name, entry.stat()) for entry in os.scandir(self.folder)]
        self.names = {name: about.st_ino for name, about in found}
        self.durable = {about.st_ino: about.st_size for _, about in found}

    def _empty_attic(self) -> None:
        for entry in list(os.scandir(self.attic)):
            self._forget(entry.path)
            self.real["unlink"](entry.path)

    # --- the calls

    def _write(self, fd: int, data: Any) -> int:
        if not self.armed:
            return int(self.real["write"](fd, data))
        if self.torn and not self.dead and self.steps + 1 == self.cut_at:
            self.real["write"](fd, bytes(data)[: len(data) // 2])
        self.step()
        self._fail("write")
        if self.free is not None:
            if self.free <= 0:
                self.struck["ENOSPC"] += 1
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = bytes(data)[: self.free]
            self.free -= len(data)
        return int(self.real["write"](fd, data))

    def _fsync(self, fd: int) -> None:
        if not self.armed:
            return
        self.step()
        self._fail("fsync")
        about = os.fstat(fd)
        if not os.path.isdir(f"/proc/self/fd/{fd}"):
            self.durable[about.st_ino] = about.st_size
        elif os.path.samestat(about, os.stat(self.folder)):
            self.names = {entry.name: entry.inode() for entry in os.scandir(self.folder)}
            self._empty_attic()

    def _replace(self, source: Any, target: Any, **options: Any) -> None:
        if self.armed:
            self.step()
            self._fail("replace")
            self._keep(source, gone=False)
            self._keep(target)
        else:
            self._forget(target)
        self.real["replace"](source, target, **options)

    def _link(self, source: Any, target: Any, **options: Any) -> None:
        self.step()
        self.real["link"](source, target, **options)

    def _unlink(self, path: Any, **options: Any) -> None:
        if self.armed:
            self.step()
            self._keep(path)
        else:
            self._forget(path)
        self.real["unlink"](path, **options)

    def _ftruncate(self, fd: int, size: int) -> None:
        if self.armed:
            self.step()
            if self.free is not None:
                self.free += max(0, os.fstat(fd).st_size - size)
        self.real["ftruncate"](fd, size)

    def _fail(self, call: str) -> None:
        if call in self.failing:
            self.struck[f"EIO at {call}"] += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _forget(self, path: Any) -> None:
        """A file's last name goes: the next file may get its number, and has flushed nothing."""
        with suppress(FileNotFoundError):
            about = os.stat(path, follow_symlinks=False)
            if about.st_nlink == 1:
                self.durable.pop(about.st_ino, None)

    def _keep(self, path: Any, gone: bool = True) -> None:
        """A name is about to be taken away: what a cut may bring back is kept in the attic, what is gone is room."""
        try:
            about = os.stat(path, follow_symlinks=False)
        except FileNotFoundError:
            return
        name = os.path.basename(path)
        if self.names.get(name) == about.st_ino:
            with suppress(FileExistsError):
                self.real["link"](path, self.attic / name)
        elif gone and about.st_nlink == 1:
            self.durable.pop(about.st_ino, None)
            if self.free is not None:
                self.free += about.st_size
