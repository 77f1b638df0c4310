"""Recorded days of approved signals: one file a day, `YYYY-MM-DD.json`.

Law of the room: a day sees its own file and no other; the file counts as written at the moment it is first read, for
its real age says nothing on a replayed clock. A day's file is decoded once.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

from automated_trading.adapters.signal_file import count_entries, read_signal_file
from automated_trading.domain.errors import ConfigError
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.signals import SignalList

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\.json")


class SignalDays:
    """The signals of a folder of days."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: tuple[date, SignalList] | None = None

    def read(self, now: datetime) -> SignalList:
        """The signals of the New York day of `now`. Never raises for what is there."""
        day = new_york_date(now)
        if self._last is None or self._last[0] != day:
            self._last = day, read_signal_file(self._path(day), lambda _modified: now)
        return self._last[1]

    def days(self) -> tuple[date, ...]:
        """The days there are files of, oldest first. Raises ConfigError: no folder, or a name that is no day."""
        try:
            names = sorted(path.name for path in self._folder.iterdir() if _DAY.fullmatch(path.name))
        except OSError as problem:
            raise ConfigError(f"the signals folder {self._folder} cannot be read: {problem.strerror}") from None
        try:
            return tuple(date.fromisoformat(name.removesuffix(".json")) for name in names)
        except ValueError:
            raise ConfigError(f"the signals folder {self._folder} has a file whose name is no day of a year") from None

    def count(self, day: date) -> int:
        """How many entries the file of a day holds, usable or not."""
        return count_entries(self._path(day))

    def _path(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}.json"
