"""Settings become a desk: the one place that knows which parts a world is made of.

Law of the room: simulated, paper, live, dry run and replay differ here and nowhere below. Whatever is opened here is
closed here. Nothing is decided. What only some of them need is loaded where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from automated_trading import __version__
from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.clock import ExchangeClock, WallClock
from automated_trading.adapters.folder_store import FolderStore, MemoryStore
from automated_trading.adapters.latch import KillSwitch, Latch
from automated_trading.adapters.outbox import FOLDER, FolderOutbox, Sheet
from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.adapters.signal_file import SignalFile
from automated_trading.domain.errors import AlertError, ConfigError
from automated_trading.engine.desk import Desk
from automated_trading.engine.ports import Store
from automated_trading.reports.letter import Letter
from automated_trading.settings import Settings

if TYPE_CHECKING:
    from automated_trading.simulator.api import Api
    from automated_trading.simulator.exchange import Exchange

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
        from automated_trading.assembly.in_process import exchange_clock, in_process_client, local_exchange

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
        from automated_trading.adapters.dry_run import DryRunBroker

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
