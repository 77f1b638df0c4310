"""The owner's hand: the latch of `halt`, and the kill switch.

Law of the room: what cannot be read counts as set. Setting needs no lock; lifting takes away the one token
it was told and no other, and at no instant between does the latch read as open while another token stands.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automated_trading.adapters.canonical_json import read, spell
from automated_trading.adapters.disk import make_folder, read_whole, replace, sync_folder, told
from automated_trading.adapters.reserve import Reserve

FILE = "halted"
SWITCH = ".trading_disabled"
_LARGEST = 64 * 1024
_KEYS = {"at", "reason", "token"}


@dataclass(frozen=True, slots=True)
class LatchReading:
    """A standing latch: its token, the owner's words, when it was set (UTC text, "" if unreadable)."""

    token: str
    reason: str
    at: str


class Latch:
    """The file `halted` of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._aside = folder / f".{FILE}.lifting"

    def set(self, token: str, reason: str, at: str) -> None:
        """Set the latch, durably; an earlier token is replaced. Raises StateError."""
        with told(self._folder, "write the halt"):
            make_folder(self._folder)
            text = spell({"at": at, "reason": reason, "token": token}) + "\n"
            write = partial(replace, self._path, text.encode("ascii"), flush=True)
            Reserve(self._folder).room_for(write)  # a full disk must not keep the owner from saying stop

    def read(self) -> LatchReading | None:
        """The standing latch, None if there is none."""
        # A lift in progress, or one that was killed, has the file aside; it may come back while we look.
        for path in (self._path, self._aside, self._path):
            if (found := _reading(path)) is not None:
                return found
        return None

    def lift(self, token: str) -> bool:
        """Take the latch away if it still holds `token`; False if another token stands. True if none stands.

        One lifter at a time (the run lock); setters need not wait. Raises StateError.
        """
        with told(self._folder, "lift the halt"):
            self._put_back()
            standing = self.read()
            if standing is None or standing.token != token:
                return standing is None
            with suppress(FileNotFoundError):
                os.replace(self._path, self._aside)
            taken = _reading(self._aside)
            if taken is None or taken.token != token:
                self._put_back()
                return self.read() is None
            os.unlink(self._aside)
            sync_folder(self._folder)
            return True

    def _put_back(self) -> None:
        """Undo a lift that took the wrong token, or was killed; a latch set since then stays."""
        try:
            os.link(self._aside, self._path, follow_symlinks=False)
        except FileNotFoundError:
            return
        except FileExistsError:
            pass
        os.unlink(self._aside)
        sync_folder(self._folder)


class KillSwitch:
    """Trading switched off altogether, by setting or by a file `.trading_disabled` in one of the folders."""

    def __init__(self, enabled: bool, folders: Sequence[Path]) -> None:
        self._enabled = enabled
        self._files = tuple(folder / SWITCH for folder in folders)

    def engaged(self) -> str | None:
        """Why trading is disabled, None if it is not. Looks afresh at each call."""
        if not self._enabled:
            return "TRADING_ENABLED is off"
        for file in self._files:
            try:
                os.stat(file, follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as problem:
                return f"{file} cannot be looked at ({problem.strerror})"
            return f"{file} exists"
        return None


def _reading(path: Path) -> LatchReading | None:
    try:
        raw = read_whole(path, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        why = os.strerror(problem.errno or errno.EIO)
        return LatchReading("unreadable", f"the file {path.name} cannot be read ({why})", "")
    with suppress(ValueError):
        fields = read(raw.decode("ascii"))
        ours = isinstance(fields, dict) and fields.keys() == _KEYS
        if ours and all(isinstance(value, str) for value in fields.values()):
            return LatchReading(**fields)
    return LatchReading(
        f"unreadable:{hashlib.sha256(raw).hexdigest()[:12]}", f"the file {path.name} is not one of ours", ""
    )
