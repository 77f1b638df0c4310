"""The embedded exchange in the broker's place: no socket, its own clock, and its memory in the data folder.

Law of the file: the real client speaks to it, and nothing of the desk knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.clock import ExchangeClock
from automated_trading.adapters.disk import told
from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import RunInProgress, StateError
from automated_trading.domain.sessions import at_new_york, new_york_date
from automated_trading.settings import Settings
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.market import SeededTape, Tape
from automated_trading.simulator.memory import Memory, MemoryBusy, MemoryDamaged

IN_PROCESS_URL = "http://127.0.0.1:1"
"""The address an exchange in this process is spoken to by; no socket is ever opened for it."""


def in_process_client(api: Api) -> AlpacaClient:
    """The real client in front of an exchange in this process."""
    return AlpacaClient(
        trading_url=IN_PROCESS_URL,
        data_url=IN_PROCESS_URL,
        key="simulated",
        secret="simulated",  # noqa: S106 - the exchange in this process takes any
        clock=exchange_clock(api),
        session=InProcessSession(api),
        deadline_seconds=math.inf,  # virtual time runs as it is moved
    )


def exchange_clock(api: Api) -> ExchangeClock:
    """The exchange's clock; waiting on it moves it, and what happened meanwhile is kept."""

    def advance(span: timedelta) -> None:
        api.advance_to(api.exchange.now + span)

    return ExchangeClock(lambda: api.exchange.now, advance)


@contextmanager
def local_exchange(
    settings: Settings, now: datetime, *, keep: bool = True, tape: Tape | None = None, wait_seconds: float = 0
) -> Iterator[Api]:
    """The simulated exchange of a data folder, under its own lock while it may be changed.

    `tape` is where prices come from, if not from the seed; `now` is when an exchange without a memory begins. Raises
    RunInProgress if another process still has it after `wait_seconds`, StateError if its memory is damaged.
    """
    folder = settings.folder / "exchange"
    exchange = fresh_exchange(tape or SeededTape(settings.simulated_seed), settings, now)
    if not keep and not folder.exists():
        yield Api(exchange)
        return
    try:
        with told(folder, "open the simulated exchange"):
            memory = Memory(folder)
            if keep:
                memory.acquire(wait_seconds)
    except MemoryBusy as busy:
        raise RunInProgress(f"{busy}: a run or `simulator serve` has it; try again when it is done") from None
    try:
        with told(folder, "read the simulated exchange"):
            known = memory.load()
        if known is not None:
            exchange.restore(known)
        yield Api(exchange, memory=_OnDisk(memory, folder) if keep else None)
    except MemoryDamaged as damage:
        raise StateError(f"{damage}: move {folder} away to begin a new exchange") from None
    finally:
        if keep:
            memory.release()


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """An exchange's memory on a disk that may be full: the owner is told in one line."""

    memory: Memory
    folder: Path

    def save(self, memory: Mapping[str, object]) -> None:
        with told(self.folder, "keep the simulated exchange"):
            self.memory.save(memory)


def fresh_exchange(tape: Tape, settings: Settings, now: datetime) -> Exchange:
    """A new exchange at eight in the morning of the next session."""
    session = bundled_calendar(now.date()).next_opening(now)
    start = at_new_york(session.date, time(8))
    return Exchange(tape, start=start, cash=settings.simulated_cash, seed=settings.simulated_seed)


def next_simulated_time(routine: Routine, now: datetime) -> datetime:
    """Where the simulated clock goes for a command typed without `--at`; never backwards.

    `morning`: 09:35 of the next session not yet begun; `monitor`: five minutes on; `eod`: half an hour after the close.
    """
    calendar = bundled_calendar(new_york_date(now))
    if routine is Routine.MONITOR:
        return now + timedelta(minutes=5)
    session = calendar.latest_begun(now)
    if routine is Routine.EOD:
        return max(now, session.closes + timedelta(minutes=30))
    morning = at_new_york(session.date, time(9, 35))
    return morning if now < morning else at_new_york(calendar.after(session).date, time(9, 35))
