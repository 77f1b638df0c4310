"""Settings become a desk: the one place that knows which parts a world is made of.

Law of the room: simulated, paper, live and dry run differ here and nowhere below. Whatever is opened here is closed
here. Nothing is decided.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from automated_trading import __version__
from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.clock import ExchangeClock, WallClock
from automated_trading.adapters.disk import told
from automated_trading.adapters.dry_run import DryRunBroker
from automated_trading.adapters.folder_store import FolderStore, MemoryStore
from automated_trading.adapters.latch import KillSwitch, Latch
from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.adapters.outbox import FOLDER, FolderOutbox, Sheet
from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.adapters.signal_days import SignalDays
from automated_trading.adapters.signal_file import SignalFile
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import AlertError, ConfigError, RunInProgress, StateError
from automated_trading.domain.sessions import at_new_york, new_york_date
from automated_trading.engine.desk import Desk
from automated_trading.engine.ports import Store
from automated_trading.reports.letter import Letter
from automated_trading.settings import Settings
from automated_trading.settings.replay_keys import ReplayKeys
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.market import SeededTape, Tape
from automated_trading.simulator.memory import Memory, MemoryBusy, MemoryDamaged

IN_PROCESS_URL = "http://127.0.0.1:1"
"""The address an exchange in this process is spoken to by; no socket is ever opened for it."""

SIGNALS = "approved_signals.json"


@dataclass(frozen=True, slots=True)
class World:
    """A desk, and what the command line may ask beside it. `api` is set for an exchange in this process."""

    desk: Desk
    folder: FolderStore
    hand: OwnersHand
    client: AlpacaClient
    api: Api | None = None

    @property
    def exchange(self) -> Exchange | None:
        return self.api.exchange if self.api is not None else None

    def move_clock(self, at: datetime) -> None:
        """Move a simulated exchange of this process to a time; never backwards."""
        if self.exchange is not None and at > self.exchange.now:
            self.desk.clock.wait((at - self.exchange.now).total_seconds())


def mode_folder(settings: Settings) -> Path:
    """Where this mode keeps its files."""
    return settings.folder


def owners_hand(settings: Settings, cwd: Path) -> OwnersHand:
    switch = KillSwitch(settings.trading_enabled, [cwd, settings.data_dir])
    return OwnersHand(switch, Latch(mode_folder(settings)))


@contextmanager
def assembled(
    settings: Settings, cwd: Path, *, now: datetime, dry_run: bool = False, keep: bool = True, wait_seconds: float = 0
) -> Iterator[World]:
    """The world these settings describe. `now` is the host's clock, where a new simulation begins.

    `keep=False` opens a simulated exchange to look only: nothing of it is written; otherwise one that another process
    holds is waited for. Raises ConfigError, StateError, RunInProgress.
    """
    endpoint = settings.endpoint()
    if endpoint is None:
        with local_exchange(settings, now, keep=keep and not dry_run, wait_seconds=wait_seconds) as api:
            clock = exchange_clock(api)
            client = in_process_client(api)
            yield _world(settings, cwd, client, clock, api, dry_run)
        return
    wall = WallClock()
    client = AlpacaClient(
        trading_url=endpoint.trading_url,
        data_url=endpoint.data_url,
        key=endpoint.key.get_secret_value(),
        secret=endpoint.secret.get_secret_value(),
        clock=wall,
        live=endpoint.live,
    )
    yield _world(settings, cwd, client, wall, None, dry_run)


def _world(
    settings: Settings,
    cwd: Path,
    client: AlpacaClient,
    clock: WallClock | ExchangeClock,
    api: Api | None,
    dry_run: bool,
) -> World:
    folder = FolderStore(mode_folder(settings), settings.mode.value)
    hand = owners_hand(settings, cwd)
    broker = AlpacaBroker(client)
    desk = Desk(
        mode=settings.mode.value,
        store=folder,
        broker=broker,
        prices=AlpacaPrices(client, feed=settings.data_feed),
        signals=SignalFile(settings.data_dir / SIGNALS, WallClock().now),
        clock=clock,
        gate=hand,
        rules=settings.rules,
        rules_hash=settings.rules_hash(),
        version=__version__,
        outbox=folder_outbox(settings),
    )
    if dry_run:
        state, _ = folder.peek()
        store: Store = MemoryStore(settings.mode.value, state=state)
        desk = replace(desk, store=store, broker=DryRunBroker(broker), outbox=None)
    return World(desk, folder, hand, client, api)


def folder_outbox(settings: Settings) -> FolderOutbox:
    """Where this mode's letters are kept; what lays them out is loaded with the first one."""

    def lay_out(letter: Letter) -> Sheet:
        from automated_trading.adapters.letter_paper import Paper

        try:
            return Paper(settings.mode.value).lay_out(letter)
        except ImportError as problem:
            raise AlertError(f"letters cannot be laid out: {problem}; install the package anew") from None

    try:
        phone = settings.phone() is not None
    except ConfigError:
        phone = False
    return FolderOutbox(mode_folder(settings) / FOLDER, lay_out=lay_out, now=WallClock().now, phone=phone)


@dataclass(frozen=True, slots=True)
class ReplayWorld:
    """A desk in front of an exchange of this process, its record in memory, and no owner's hand on it."""

    desk: Desk
    store: MemoryStore
    exchange: Exchange


def replay_desk(settings: Settings, keys: ReplayKeys, tape: Tape, signals: SignalDays, start: datetime) -> ReplayWorld:
    """The desk of a replay: the parts of simulated mode, without a file of its own and without a deadline."""
    exchange = Exchange(tape, start=start, cash=keys.replay_cash, seed=int(keys.replay_seed), spread=keys.replay_spread)
    api = Api(exchange)
    client = in_process_client(api)
    store = MemoryStore(settings.mode.value)
    desk = Desk(
        mode=settings.mode.value,
        store=store,
        broker=AlpacaBroker(client),
        prices=AlpacaPrices(client, feed=settings.data_feed),
        signals=signals,
        clock=exchange_clock(api),
        gate=OwnersHand(KillSwitch(True, ()), None),
        rules=settings.rules,
        rules_hash=settings.rules_hash(),
        version=__version__,
    )
    return ReplayWorld(desk, store, exchange)


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
    folder = mode_folder(settings) / "exchange"
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
