"""How letters leave this desk: its mail server, its phones, and the folder they wait in.

Law of the file: made from the settings, and only when something is to be sent: a run without letters loads none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from automated_trading.adapters.clock import WallClock
from automated_trading.adapters.outbox import FOLDER, LETTER, NOTE, listed
from automated_trading.domain.errors import ConfigError
from automated_trading.settings import Settings

if TYPE_CHECKING:
    from automated_trading.adapters.mailer import Mailer
    from automated_trading.adapters.posting import Means


def outbox_folder(settings: Settings) -> Path:
    """Where this mode's letters lie."""
    return settings.folder / FOLDER


def letters_wait(settings: Settings) -> bool:
    """Whether there is something to send and a way for it. Raises StateError."""
    ways = [LETTER] * _usable(settings.mail) + [NOTE] * _usable(settings.phone)
    return bool(ways) and any(name.endswith(tuple(ways)) for _, name in listed(outbox_folder(settings)))


def any_way(settings: Settings) -> bool:
    """Whether a letter can reach anybody."""
    return _usable(settings.mail) or _usable(settings.phone)


def mailer_of(settings: Settings) -> Mailer | None:
    """The mail server of the settings, None where none is set. Raises ConfigError."""
    from automated_trading.adapters.mailer import Mailer

    keys = settings.mail()
    return Mailer(keys.host, keys.port, keys.user, keys.password, keys.recipients) if keys is not None else None


def ways_out(settings: Settings) -> Means:
    """Every way that is set up whole."""
    from automated_trading.adapters.phone import Phone
    from automated_trading.adapters.posting import Means

    urls = settings.phone() if _usable(settings.phone) else None
    return Means(
        mailer=mailer_of(settings) if _usable(settings.mail) else None,
        phone=Phone(urls) if urls is not None else None,
        now=WallClock().now,
        monotonic=WallClock().monotonic,
    )


def unusable(settings: Settings) -> list[str]:
    """What is told of mail or phone and cannot be used, a line each."""
    found = []
    for asked in (settings.mail, settings.phone):
        try:
            asked()
        except ConfigError as problem:
            found.append(str(problem))
    return found


def _usable(asked: Callable[[], object]) -> bool:
    try:
        return asked() is not None
    except ConfigError:
        return False
