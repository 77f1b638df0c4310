"""How the post stands, for `status`.

Law of the file: read only; an outbox that cannot be looked at is told as the mail's trouble.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from automated_trading.adapters.outbox import LETTER, UNSENT, listed
from automated_trading.commands.ways_out import outbox_folder
from automated_trading.domain.errors import ConfigError, StateError
from automated_trading.domain.sessions import utc_text
from automated_trading.settings import Settings

LATE = timedelta(hours=1)
SET, NOT_SET = "set", "not set"


def letters_row(settings: Settings, now: datetime) -> dict[str, Any]:
    """Letters that wait, since when, how many of them for over an hour, and whether there is mail and a phone."""
    folder, mail = outbox_folder(settings), _told(settings.mail)
    try:
        waiting = [at for at, name in listed(folder) if name.endswith(LETTER)]
        unsent = sum(name.endswith(LETTER) for _, name in listed(folder / UNSENT))
    except StateError as problem:
        waiting, unsent, mail = [], 0, str(problem)
    return {
        "waiting": len(waiting),
        "oldest": utc_text(waiting[0]) if waiting else None,
        "late": sum(now - at > LATE for at in waiting),
        "unsent": unsent,
        "mail": mail,
        "phone": _told(settings.phone),
        "folder": str(folder),
    }


def _told(asked: Callable[[], object]) -> str:
    try:
        return SET if asked() is not None else NOT_SET
    except ConfigError as problem:
        return str(problem)
