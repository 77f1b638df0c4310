"""A disk that goes bad at the n-th thing a run asks of it, while the run lives on.

Law of the file: it stands between the program and the fuse, so that what failed never counts as durable. A failed
write may leave half its bytes; what is told by a failed call is an OSError and nothing else.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.proof.cuts.fuse import NEVER

ASKED = ("open", "mkdir", "write", "fsync", "replace", "link", "unlink", "ftruncate")
TAKES_ROOM = ("open", "mkdir", "write", "fsync", "replace", "link")
SICKNESSES = {
    "ENOSPC": (errno.ENOSPC, TAKES_ROOM),
    "EDQUOT": (errno.EDQUOT, TAKES_ROOM),
    "EIO": (errno.EIO, ASKED),
    "EROFS": (errno.EROFS, ASKED),
}
"""What each error is told for. `open` is the making of a file."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
LOG = "audit_log.jsonl"


@dataclass
class FailingDisk:
    """Counts what is asked of one folder while `armed`; from `at` on (`for_good`) or there alone it fails.

    `half`: a write that fails leaves half its bytes. `violations` are the words a run wrote into its log, or the
    flushes it asked for, after one of them had failed; what a full disk refused may be taken back and written anew.
    """

    folder: Path
    sickness: str = "EIO"
    at: int = NEVER
    for_good: bool = False
    half: bool = False
    armed: bool = False
    steps: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    wounded: str = ""
    real: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the disk into the `os` module, above whatever stands there."""
        for name in ASKED:
            self.real[name] = getattr(os, name)
            monkeypatch.setattr(os, name, self._asked(name))

    def insert(self, folder: Path, sickness: str, at: int, *, for_good: bool, half: bool) -> None:
        """Another case: a sound disk under this folder that is to go bad."""
        self.folder, self.sickness, self.at, self.for_good, self.half = folder, sickness, at, for_good, half
        self.steps, self.struck, self.violations, self.wounded = [], [], [], ""

    def _asked(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            path = self._path(name, args)
            if not self.armed or path is None:
                return self.real[name](*args, **options)
            self.steps.append(name)
            if path.name == LOG:
                self._watch(name)
            if not self._fails(name):
                return self.real[name](*args, **options)
            self._strike(name, path, args)

        return call

    def _fails(self, name: str) -> bool:
        here = len(self.steps) == self.at or (self.for_good and len(self.steps) > self.at)
        return here and (len(self.steps) == self.at or name in SICKNESSES[self.sickness][1])

    def _strike(self, name: str, path: Path, args: tuple[Any, ...]) -> None:
        code, _ = SICKNESSES[self.sickness]
        self.struck.append(f"{name} {path.name}")
        if name == "write" and self.half:
            self.real["write"](args[0], bytes(args[1])[: len(args[1]) // 2])
        if path.name == LOG and name in ("write", "fsync") and not self.wounded:
            self.wounded = "write refused" if name == "write" and code in NO_ROOM else name
        raise OSError(code, os.strerror(code), str(path))

    def _watch(self, name: str) -> None:
        """Nothing is written or flushed after a failed write or flush, unless the full disk's half was taken back."""
        if self.wounded == "write refused" and name == "ftruncate":
            self.wounded = ""
        if self.wounded and name in ("write", "fsync"):
            self.violations.append(f"{name} of the log after a failed {self.wounded}")

    def _path(self, name: str, args: tuple[Any, ...]) -> Path | None:
        """What is asked about, None if it is none of our business."""
        if (name == "open" and not args[1] & os.O_CREAT) or (name == "mkdir" and Path(args[0]).exists()):
            return None
        if name in ("write", "fsync", "ftruncate"):
            path = Path(os.readlink(f"/proc/self/fd/{args[0]}"))
        else:
            path = Path(args[1] if name in ("replace", "link") else args[0])
        return path if path.is_relative_to(self.folder) else None
