"""The folder of letters: those that wait, and in `sent` those that have left.

Law of the file: a letter is rendered and on the disk before the record says it was kept. Its name is its key, so that
the same letter kept again takes the place of the one that waits, and one that has left is not written a second time. A
note for the phone waits beside its letter, by itself: neither way out waits for the other.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from automated_trading.adapters.disk import make_folder, replace, sync_folder, told
from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.domain.errors import AlertError, StateError
from automated_trading.reports.letter import Letter, Level

FOLDER: Final = "outbox"
SENT: Final = "sent"
UNSENT: Final = "unsent"
"""What waited too long to be news."""
LETTER: Final = ".json"
NOTE: Final = ".phone"
RINGS: Final = (Level.CRITICAL, Level.WARNING)
"""What a phone is told; of the rest only the kinds in RINGING_KINDS."""
RINGING_KINDS: Final = frozenset({"evening"})
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,150}")


class Sheet(Protocol):
    """A letter laid out."""

    @property
    def subject(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def html(self) -> str: ...

    @property
    def pictures(self) -> Mapping[str, bytes]: ...


class FolderOutbox:
    """The outbox of one data folder. `now` is the wall's clock, `phone` whether anybody's phone is to be told."""

    def __init__(
        self, folder: Path, *, lay_out: Callable[[Letter], Sheet], now: Callable[[], datetime], phone: bool = False
    ) -> None:
        self._folder = folder
        self._lay_out = lay_out
        self._now = now
        self._phone = phone

    def written(self, letter: Letter) -> KeptLetter:
        """The letter rendered, as it would be kept. Raises AlertError."""
        if _KEY.fullmatch(letter.key) is None:
            raise AlertError(f"{ascii(letter.key)[:60]} is no name for a letter")
        sheet = self._lay_out(letter)
        place = f"{self._folder.absolute()}\n{letter.key}"
        return KeptLetter(
            key=letter.key,
            ident=hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:24],
            kind=letter.kind,
            level=letter.level.value,
            session=letter.session.isoformat(),
            kept=self._now(),
            subject=sheet.subject,
            short=letter.short,
            text=sheet.text,
            html=sheet.html,
            pictures=dict(sheet.pictures),
        )

    def keep(self, letter: Letter) -> None:
        """Render a letter and keep it, durably. Raises AlertError where either cannot be done."""
        kept = self.written(letter)
        name, sent = f"{kept.key}{LETTER}", self._folder / SENT
        try:
            with told(self._folder, "keep a letter"):
                self._make(sent)
                if os.path.lexists(sent / name):
                    return
                if self._phone and rings(letter) and not os.path.lexists(sent / f"{kept.key}{NOTE}"):
                    replace(self._folder / f"{kept.key}{NOTE}", kept.encoded(), flush=True)
                replace(self._folder / name, kept.encoded(), flush=True)
        except StateError as problem:
            raise AlertError(str(problem)) from problem

    def _make(self, sent: Path) -> None:
        """The folders; `sent` is made last, so that where it is the outbox itself has a durable name."""
        if self._folder.is_dir() and not sent.is_dir():
            sync_folder(self._folder.parent)  # a run was killed that had made the one
        make_folder(sent)

    def kept(self, *, durably: bool = False) -> frozenset[str]:
        """Keys of all letters that are here, waiting or sent or put by; what cannot be looked at is not.

        `durably`: a run that was cut off may have left names that were not flushed; what cannot be is not here.
        """
        try:
            if durably:
                sync_folder(self._folder)
        except OSError:
            return frozenset()
        return _keys(self._folder) | _keys(self._folder / SENT) | _keys(self._folder / UNSENT)

    def sent(self) -> frozenset[str]:
        """Keys of letters that have left the house; what cannot be looked at has not."""
        return _keys(self._folder / SENT)


def _keys(folder: Path) -> frozenset[str]:
    try:
        return frozenset(name.removesuffix(LETTER) for name in os.listdir(folder) if name.endswith(LETTER))
    except OSError:
        return frozenset()


def listed(folder: Path) -> list[tuple[datetime, str]]:
    """The names in a folder with the moment each was written, oldest first; none where there is no folder.

    Raises StateError.
    """
    try:
        with os.scandir(folder) as found:
            names = sorted((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name) for entry in found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise StateError(f"the letters in {folder} cannot be looked at: {problem.strerror}") from problem
    return [(datetime.fromtimestamp(at / 10**9, UTC), name) for at, name in names]


def rings(letter: Letter) -> bool:
    """Whether a letter is also for the phone."""
    return letter.level in RINGS or letter.kind in RINGING_KINDS
