"""Where an exchange outlives its process: one JSON file in one folder, under a lock of its own.

Written whole beside the old one and renamed over it, so that a reader finds the old state or the new, never half.
Files are 0600 and the folder 0700.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from automated_trading.simulator.errors import MemoryDamaged

__all__ = ["Memory", "MemoryBusy", "MemoryDamaged"]


class MemoryBusy(RuntimeError):
    """Another process holds this exchange."""


class Memory:
    """The folder of one exchange."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = FileLock(folder / "exchange.lock", mode=0o600)
        self._file = folder / "exchange.json"
        self._next = folder / "exchange.json.next"

    def acquire(self, timeout: float = 0) -> None:
        """Take the lock, waiting at most `timeout` seconds; raises MemoryBusy."""
        try:
            self.lock.acquire(timeout=timeout)
        except Timeout:
            raise MemoryBusy(f"another process holds the exchange in {self._file.parent}") from None

    def release(self) -> None:
        """Let the lock go."""
        self.lock.release()

    def save(self, memory: Mapping[str, object]) -> None:
        """Keep this state instead of the last."""
        raw = json.dumps(memory, sort_keys=True, separators=(",", ":")).encode("ascii")
        handle = os.open(self._next, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            while raw:
                raw = raw[os.write(handle, raw) :]
        finally:
            os.close(handle)
        os.replace(self._next, self._file)

    def load(self) -> dict[str, object] | None:
        """The last state kept, None when there is none; raises MemoryDamaged on anything unreadable."""
        try:
            value = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            raise MemoryDamaged(f"{self._file} is not an exchange's memory: {error}") from None
        if not isinstance(value, dict):
            raise MemoryDamaged(f"{self._file} is not an exchange's memory")
        return value
