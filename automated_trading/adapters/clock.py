"""The clocks: the host's, and one that an exchange of ours carries.

Law of the file: besides the front door, only here is the wall clock read. Whoever needs the time, or needs
to wait, is handed one of these; waiting on the exchange's clock moves the exchange.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class WallClock:
    """The host's clock."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep; not at all for a negative number of seconds."""
        time.sleep(max(0, seconds))


class ExchangeClock:
    """The clock of an exchange that stands still until it is moved.

    `now` tells the exchange's time (aware UTC), `advance` moves it on by a span.
    """

    def __init__(self, now: Callable[[], datetime], advance: Callable[[timedelta], object]) -> None:
        self._now = now
        self._advance = advance
        self._start = now()

    def now(self) -> datetime:
        """The exchange's time, aware, in UTC."""
        return self._now().astimezone(UTC)

    def monotonic(self) -> float:
        """Seconds of exchange time since this clock was made; a jump of the exchange is a jump here."""
        return (self._now() - self._start).total_seconds()

    def wait(self, seconds: float) -> None:
        """Move the exchange on by that much; not at all for a negative number of seconds."""
        if seconds > 0:
            self._advance(timedelta(seconds=seconds))
