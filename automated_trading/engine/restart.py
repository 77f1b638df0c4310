"""A new log in the place of a damaged one, begun from the broker's records.

Law of the room: the first line carries the old log's head, the second halts; only then is the broker heard. Whatever is
not heard here is heard by the next run, for until its pin a folder counts as lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from automated_trading.domain.errors import BrokerError, ConfigError
from automated_trading.domain.events import Halted, LogRestarted
from automated_trading.domain.reasons import Reason
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.journal import Journal
from automated_trading.engine.look import heard
from automated_trading.engine.owner import LOCK_WAIT_SECONDS

COMMAND = "restart"
HALTED = "the log was begun anew; `resume` once you have looked"


class PutAside(Protocol):
    """A damaged log that was put aside: its last sound line, and where it lies."""

    @property
    def after_seq(self) -> int: ...

    @property
    def after_hash(self) -> str: ...

    @property
    def kept_as(self) -> str: ...


def restart(desk: Desk, put_aside: Callable[[], PutAside]) -> tuple[Outcome, PutAside]:
    """Begin anew, halted; exit code 4 where the broker could not be heard: the next run goes on.

    `put_aside` is called under the lock and raises StateError where the log is sound. Raises RunInProgress and, for
    refused keys, ConfigError.
    """
    with desk.store.lock(LOCK_WAIT_SECONDS):
        aside = put_aside()
        opened = desk.store.open()
        opened.log.begin_run(COMMAND)
        journal = Journal(opened, desk, COMMAND)
        try:
            began = LogRestarted(aside.after_seq, aside.after_hash, aside.kept_as)
            journal.note([began, Halted(Reason.LOST_FOLDER, HALTED, journal.now)])
            journal.durable()
            code, said = _hear(desk, journal)
        finally:
            journal.close()
    return _outcome(journal, code, said), aside


def _hear(desk: Desk, journal: Journal) -> tuple[int, str]:
    try:
        heard(desk, journal)
    except BrokerError as problem:
        said = f"the broker was not heard: {problem}"
        journal.finish("unreachable", said)
        return 4, said
    except ConfigError as problem:
        journal.finish("keys", str(problem))
        raise
    orders, held = len(journal.state.orders), sorted(journal.state.positions)
    said = f"taken back from the broker's records: orders {orders}, positions {', '.join(held) or 'none'}"
    journal.finish("done", said)
    return 0, said


def _outcome(journal: Journal, code: int, said: str) -> Outcome:
    return Outcome(
        command=COMMAND,
        exit_code=code,
        said=said,
        at=journal.now,
        state=journal.state,
        head=journal.head,
        events=tuple(journal.events),
        problems=tuple(journal.problems),
    )
