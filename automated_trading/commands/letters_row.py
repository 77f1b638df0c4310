"""How the post stands, for `status`.

Law of the file: read only; an outbox that cannot be looked at is told as the mail's trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from automated_trading.adapters.disk import read_whole
from automated_trading.adapters.kept_letter import LARGEST, KeptLetter
from automated_trading.adapters.outbox import LETTER, UNSENT, listed
from automated_trading.commands.ways_out import outbox_folder
from automated_trading.domain.errors import ConfigError, StateError
from automated_trading.domain.sessions import utc_text
from automated_trading.settings import Settings

LATE = timedelta(hours=1)
MOST_READ = 40
SESSION = len("2026-02-03")
SET, NOT_SET = "set", "not set"


def letters_row(settings: Settings, now: datetime) -> dict[str, Any]:
    """Letters that wait, since when, whether that is over an hour, and whether there is mail and a phone."""
    folder, mail = outbox_folder(settings), _told(settings.mail)
    try:
        waiting = sorted(name for _, name in listed(folder) if name.endswith(LETTER))
        unsent = sum(name.endswith(LETTER) for _, name in listed(folder / UNSENT))
    except StateError as problem:
        waiting, unsent, mail = [], 0, str(problem)
    oldest = min(_kept(folder, waiting), default=None)
    return {
        "waiting": len(waiting),
        "oldest": utc_text(oldest) if oldest is not None else None,
        "late": oldest is not None and now - oldest > LATE,
        "unsent": unsent,
        "mail": mail,
        "phone": _told(settings.phone),
        "folder": str(folder),
    }


def _kept(folder: Path, names: Sequence[str]) -> Iterator[datetime]:
    """When the letters of the earliest session were kept; their names begin with it."""
    for name in names[:MOST_READ]:
        if name[:SESSION] == names[0][:SESSION]:
            with suppress(OSError, ValueError):
                yield KeptLetter.decoded(read_whole(folder / name, LARGEST)).kept


def _told(asked: Callable[[], object]) -> str:
    try:
        return SET if asked() is not None else NOT_SET
    except ConfigError as problem:
        return str(problem)
