"""A power cut at the n-th thing a run does to the disk or to the exchange.

Law of the file: after the cut nothing works any more, so that no `finally` tidies up. What was not flushed is at
the cut's mercy: kept, lost, half there, zeroes, or zeroes before what was kept; or every name is undone that no flush
of its folder covered.
Flushes are only noted, which also makes thousands of cuts cheap.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from automated_trading.simulator.api import Request, Response

DISK_CALLS = ("write", "fsync", "replace", "link", "unlink", "ftruncate")
NEVER = 10**9


class PowerCut(BaseException):
    """The lights are out. Not an Exception: nobody may live through it."""


@dataclass
class Fuse:
    """Counts steps while `armed` and cuts before step `at`, or (`torn`) in the middle of it if it is a write.

    `durable` tells for each file (by inode) how many bytes a flush has covered; `named` for each folder, also those in
    it, the names a flush has covered, each file with a link that outlives every rename.
    """

    folder: Path
    at: int = NEVER
    torn: bool = False
    armed: bool = False
    dead: bool = False
    steps: list[str] = field(default_factory=list)
    durable: dict[int, int] = field(default_factory=dict)
    named: dict[Path, dict[str, Path]] = field(default_factory=dict)
    calls: tuple[str, ...] = DISK_CALLS
    real: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the fuse into the `os` module."""
        for name in self.calls:
            self.real[name] = getattr(os, name)
            monkeypatch.setattr(os, name, getattr(self, f"_{name}", self._passing(name)))

    def insert(self, folder: Path, at: int, torn: bool) -> None:
        """A new fuse for a folder as it lies, all of it durable."""
        self.folder, self.at, self.torn = folder, at, torn
        self.armed = self.dead = False
        self.steps = []
        self.durable = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*")}
        self.named = {}
        shutil.rmtree(self._attic, ignore_errors=True)
        self._make(self._attic)
        for one in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            self._note_names(one)

    def go_on(self, at: int, torn: bool) -> None:
        """The process died and the power did not fail: what was not flushed still is not, and the next cut comes."""
        self.at, self.torn, self.steps = at, torn, []
        self.armed = self.dead = False

    def step(self, what: str) -> None:
        """One more thing is about to happen; not any more at or after the cut."""
        if not self.armed:
            return
        if self.dead or len(self.steps) + 1 >= self.at:
            self.dead = True
            raise PowerCut(f"before step {self.at}: {what}")
        self.steps.append(what)

    def wire(self, request: Request, handle: Callable[[Request], Response]) -> Response:
        """An act for the wire: cut before a request arrives, and between its processing and its answer."""
        self.step(f"{request.method} leaves")
        answer = handle(request)
        self.step(f"{request.method} is answered")
        return answer

    def durable_bytes(self, path: Path) -> bytes:
        """As much of a file as a power cut at this moment could not take away."""
        if not path.exists():
            return b""
        return path.read_bytes()[: self.durable.get(path.stat().st_ino, 0)]

    def burn(self, disk: str) -> None:
        """What the disk holds after the cut: unflushed bytes are "kept", "lost", "half" there or "zeroes".

        "holed": the first half of them is zeroes and the rest is there, for no disk writes in order. "undone": they
        are lost, and every folder names what it named at its last flush.
        """
        self.armed = self.dead = False
        if disk == "kept":
            return
        if disk == "undone":
            self._undo(self.folder)
            return
        self._burn(self.folder, disk)

    def _burn(self, folder: Path, disk: str) -> None:
        names = self.named.get(folder, {})
        for path in folder.iterdir():
            if path.name not in names:
                shutil.rmtree(path) if path.is_dir() else self.real["unlink"](path)
                continue
            if path.is_dir():
                self._burn(path, disk)
                continue
            data = path.read_bytes()
            safe = self.durable.get(path.stat().st_ino, 0)
            loose = data[safe:]
            half = len(loose) // 2
            left = {
                "lost": b"",
                "half": loose[:half],
                "zeroes": bytes(len(loose)),
                "holed": bytes(half) + loose[half:],
            }[disk]
            path.write_bytes(data[:safe] + left)

    def _note_names(self, folder: Path) -> None:
        attic = self._attic / str(len(os.listdir(self._attic)))
        self._make(attic)
        self.named[folder] = {}
        for path in folder.iterdir():
            self.named[folder][path.name] = path if path.is_dir() else attic / path.name
            if not path.is_dir():
                self.real["link"](path, attic / path.name)

    def _undo(self, folder: Path) -> None:
        names = self.named.get(folder, {})
        for path in folder.iterdir():
            if not path.is_dir():
                self.real["unlink"](path)
            elif path.name not in names:
                shutil.rmtree(path)
        for name, kept in names.items():
            if kept.is_dir():
                self._undo(kept)
                continue
            self.real["link"](kept, folder / name)
            os.truncate(kept, min(kept.stat().st_size, self.durable.get(kept.stat().st_ino, 0)))

    def _make(self, folder: Path) -> None:
        self.real.get("mkdir", os.mkdir)(folder)

    @property
    def _attic(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.attic")

    def _passing(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.step(name)
            return self.real[name](*args, **options)

        return call

    def _write(self, fd: int, data: Any) -> int:
        if self.armed and self.torn and not self.dead and len(self.steps) + 1 == self.at:
            self.real["write"](fd, bytes(data)[: len(data) // 2])
        self.step("write")
        return int(self.real["write"](fd, data))

    def _fsync(self, fd: int) -> None:
        self.step("fsync")
        about = os.fstat(fd)
        if os.path.isdir(f"/proc/self/fd/{fd}"):
            folder = Path(os.readlink(f"/proc/self/fd/{fd}"))
            if self.armed and folder.is_relative_to(self.folder):
                self._note_names(folder)
            return
        self.durable[about.st_ino] = about.st_size
