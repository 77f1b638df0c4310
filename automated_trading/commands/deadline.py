"""No command outlives its time.

Law of the file: a run cut off here is taken up by the next, as after any crash; a platform without alarms has none.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from automated_trading.domain.errors import OutOfTime


@contextmanager
def deadline(seconds: int | None) -> Iterator[None]:
    """The block ends within so many seconds, or OutOfTime is raised in it; None: it takes what it takes."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime("the run's time is up; the next run goes on where it stopped")

    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
