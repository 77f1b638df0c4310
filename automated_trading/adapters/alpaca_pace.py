"""How fast and how long a command may ask: the run's budget of time and the account's of requests.

Law of the file: every request passes `enter` first, and none starts after the run's time is up. Our own
window starts empty with each process; the broker's rate headers are what makes the limit the account's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from automated_trading.domain.errors import BrokerUnreachable

WINDOW_SECONDS: Final = 60
MOST_IN_A_WINDOW: Final = 149
"""Alpaca allows an account 200 requests a minute; ours stay under 150."""

FEWEST_LEFT: Final = 50


class ClientClock(Protocol):
    """What the client needs of a clock: the time, a stopwatch, and a way to wait."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def wait(self, seconds: float) -> None: ...


class Pace:
    """One command's way through its requests; `deadline_seconds` may be infinite."""

    def __init__(self, clock: ClientClock, deadline_seconds: float) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + deadline_seconds
        self._sent: deque[float] = deque(maxlen=MOST_IN_A_WINDOW)
        self._hold_until = float("-inf")

    def enter(self) -> float:
        """Wait until a request may go, count it, and tell how many seconds the run has left.

        Raises BrokerUnreachable when the run's time is up, or would be before the request may go.
        """
        now = self._clock.monotonic()
        sent = self._sent
        go_at = self._hold_until
        if len(sent) == MOST_IN_A_WINDOW:
            go_at = max(go_at, sent[0] + WINDOW_SECONDS)
        if now < go_at < self._ends:
            self._clock.wait(go_at - now)
            now = self._clock.monotonic()
        if max(now, go_at) >= self._ends:
            raise BrokerUnreachable("the run's time is up: nothing more is asked; the next run goes on")
        sent.append(now)
        return self._ends - now

    def count(self, more: int) -> None:
        """Requests that went out beyond the one entered: repeated reads."""
        self._sent.extend([self._clock.monotonic()] * more)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Keep off until the broker's window turns, 60 s at most, when it has fewer than 50 requests left."""
        told = headers.get("X-RateLimit-Remaining")
        if told is None:
            return
        try:
            if int(told) >= FEWEST_LEFT:
                self._hold_until = float("-inf")
                return
            reset = int(headers.get("X-RateLimit-Reset", ""))
        except ValueError:
            return
        at = date_of(headers) or self._clock.now()
        seconds = min(max(reset - at.timestamp(), 0), WINDOW_SECONDS)
        self._hold_until = self._clock.monotonic() + seconds


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The moment an answer was made, by its Date header (whole seconds, aware); None where it tells none."""
    try:
        at = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError, OverflowError):
        return None
    return at if at.tzinfo is not None else None
