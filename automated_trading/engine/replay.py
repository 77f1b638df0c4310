"""Days of trading, one after another: a loop over `run_cycle`.

Law of the room: a replay decides nothing and skips nothing. It moves the clock to the next appointment, runs the very
cycle a scheduler would have started there, and hands on what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from automated_trading.decisions.routines import Routine
from automated_trading.domain.sessions import Session, at_new_york
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome


@dataclass(frozen=True, slots=True)
class Schedule:
    """A session's appointments: `morning` on New York's clock, `monitor` at each step, `eod` after the close."""

    morning: time = time(9, 35)
    every: timedelta = timedelta(minutes=5)
    eod_after: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if self.every <= timedelta(0):
            raise ValueError(f"a monitor every {self.every} never ends")

    def appointments(self, session: Session) -> Iterator[tuple[datetime, Routine]]:
        """When (UTC) which routine runs in a session, in order; the last monitor is before the close."""
        at = at_new_york(session.date, self.morning)
        yield at, Routine.MORNING
        while (at := at + self.every) < session.closes:
            yield at, Routine.MONITOR
        yield session.closes + self.eod_after, Routine.EOD


def replay(
    desk: Desk,
    sessions: Sequence[Session],
    move_to: Callable[[datetime], None],
    schedule: Schedule,
    seen: Callable[[Outcome], None],
) -> None:
    """Run every appointment of every session, oldest first; `seen` is told of each run. Raises as `run_cycle`."""
    for session in sessions:
        for at, routine in schedule.appointments(session):
            move_to(at)
            seen(run_cycle(desk, routine))
