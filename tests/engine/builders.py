"""A desk on the exchange in this process: real adapters, a real folder, a wire that can be bent by hand.

Law of the file: only the signals and the wire are ours; everything else is what `assembly` would put together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.audit_log import read_lines, verify
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.latch import SWITCH, KillSwitch, Latch
from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.adapters.proof import add_up
from automated_trading.assembly.in_process import exchange_clock, in_process_client
from automated_trading.decisions.routines import Routine
from automated_trading.domain.rules import Protection, Rules
from automated_trading.domain.sessions import at_new_york
from automated_trading.domain.signals import SignalList, read_signals
from automated_trading.domain.state import State
from automated_trading.engine import owner
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.ports import Outbox
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.orders import Order as ExchangeOrder
from tests.engine.wire import Wire

MORNING, MONITOR, EOD = Routine.MORNING, Routine.MONITOR, Routine.EOD
TUESDAY, WEDNESDAY = date(2026, 2, 3), date(2026, 2, 4)


def moment(clock: str, day: date = TUESDAY) -> datetime:
    """A New York time of day ("09:35") as an aware UTC time."""
    return at_new_york(day, time.fromisoformat(clock))


def signal(ticker: str, score: int = 9, **more: object) -> dict[str, object]:
    return {"ticker": ticker, "signal_score": score, "entry_price": 100, "sector": f"all of {ticker}", **more}


@dataclass
class Signals:
    """Approved signals as a list; None: there is no file."""

    entries: list[dict[str, object]] | None

    def read(self, now: datetime) -> SignalList:
        return SignalList() if self.entries is None else read_signals(self.entries, now, "digest")


@dataclass
class Bench:
    """One exchange, one data folder, and a fresh desk for every run."""

    home: Path
    exchange: Exchange
    signals: Signals
    rules: Rules = field(default_factory=Rules)
    enabled: bool = True
    mode: str = "simulated"
    outbox: Outbox | None = None
    rules_hash: str = "rules"

    def __post_init__(self) -> None:
        self.folder, self.wire = self.home / self.mode, Wire(self.exchange)
        self.latch = Latch(self.folder)

    def desk(self) -> Desk:
        client = in_process_client(self.wire)
        return Desk(
            mode=self.mode,
            store=FolderStore(self.folder, self.mode),
            broker=AlpacaBroker(client),
            prices=AlpacaPrices(client),
            signals=self.signals,
            clock=exchange_clock(self.wire),
            gate=OwnersHand(KillSwitch(self.enabled, [self.home]), self.latch),
            rules=self.rules,
            rules_hash=self.rules_hash,
            version="0",
            outbox=self.outbox,
        )

    def run(self, routine: Routine, at: str | None = None, day: date = TUESDAY) -> Outcome:
        """One command, as a process of its own would run it."""
        if at is not None:
            self.exchange.advance_to(moment(at, day))
        return run_cycle(self.desk(), routine)

    def resume(self) -> Outcome:
        return owner.resume(self.desk())

    def halt(self, token: str = "t1") -> None:
        self.latch.set(token, "by hand", "2026-02-03T14:00:00Z")

    def switch_off(self, off: bool = True) -> None:
        (self.home / SWITCH).touch() if off else (self.home / SWITCH).unlink(missing_ok=True)

    def orders(self, symbol: str | None = None) -> list[ExchangeOrder]:
        """What the exchange has on its books."""
        return [row for row in self.exchange.blotter.rows if symbol in (None, row.symbol)]

    def asked(self, method: str) -> int:
        """How many requests of a method reached the exchange's door."""
        return sum(1 for one, _ in self.wire.requests if one == method)

    def state(self) -> State:
        """The folder's state, proved: the log is sound and its whole fold is what the snapshots tell."""
        assert verify(self.folder).problems == ()
        told, problems = add_up(read_lines(self.folder))
        assert problems == []
        assert FolderStore(self.folder, self.mode).peek()[0] == told
        return told


def watched(rules: Rules | None = None) -> Rules:
    """The rules with no stop resting at the broker: each `monitor` looks at the price."""
    rules = rules or Rules()
    return replace(rules, exits=replace(rules.exits, protection=Protection.MONITOR))


def bench(
    home: Path, *tickers: str, price: str = "100", rules: Rules | None = None, guarded: bool = False, **options: Any
) -> Bench:
    """A bench at eight in the morning of a Tuesday with one good signal for each ticker, all standing at `price`.

    Stops rest at the broker only where a test asks for them: most are about something else.
    """
    exchange = Exchange(SeededTape(1), start=moment("08:00"), **options)
    for ticker in tickers:
        exchange.set_close(ticker, Decimal(price))
        exchange.set_price(ticker, Decimal(price))
    rules = rules or Rules()
    return Bench(home, exchange, Signals([signal(ticker) for ticker in tickers]), rules if guarded else watched(rules))


def names(outcome: Outcome) -> list[str]:
    """The events of a run by class name."""
    return [type(event).__name__ for event in outcome.events]
