"""The desk of a replay.

Law of the file: the parts of simulated mode, but for the files: the record is in memory, signals and prices are the
recording's, and no owner's hand is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from automated_trading import __version__
from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.folder_store import MemoryStore
from automated_trading.adapters.latch import KillSwitch
from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.adapters.signal_days import SignalDays
from automated_trading.assembly.in_process import exchange_clock, in_process_client
from automated_trading.engine.desk import Desk
from automated_trading.settings import Settings
from automated_trading.settings.replay_keys import ReplayKeys
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import Tape


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
