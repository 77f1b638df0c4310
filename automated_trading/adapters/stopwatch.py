"""The time a piece of work has, in all and for each of its steps.

Law of the file: whoever waits asks here first how long he may; there is no waiting beside it.
"""

from __future__ import annotations

from collections.abc import Callable


class Stopwatch:
    """So many seconds from now on, of which no step may take more than `step`."""

    def __init__(self, seconds: float, step: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._step = step

    def left(self) -> float:
        """Seconds the next step may take. Raises TimeoutError when all are used up."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return min(left, self._step)
