"""The record that is tampered with: five sessions over the end of a month, made by real runs.

Law of the file: every line is written by the desk itself; the tampering hand finds a folder like any other, with the
exchange's memory in it, so that the real commands can be run on it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.audit_log import read_lines
from automated_trading.domain.rules import Rules
from automated_trading.engine import settling
from automated_trading.engine.settling import Wish
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.memory import Memory
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, bench, moment, signal

LOG, ARCHIVE = "audit_log.jsonl", "audit_log-2026-02.jsonl"
ASIDE = (".lock", ".reserve")
DAYS = [date(2026, 2, 26), date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 3)]
MUST_HOLD = {"checkpoint", "log_cut", "halt_seen", "resumed", "difference_settled", "fill", "order_intended"}


@dataclass(frozen=True)
class Record:
    """A folder as it lies: its files by name, its lines by file, its head, and the exchange's memory."""

    folder: Path
    files: dict[str, bytes]
    head: tuple[int, str]
    proved_from: int
    memory: dict[str, object]

    def lines(self, name: str) -> list[bytes]:
        return self.files[name].splitlines(keepends=True)

    def put_back(self) -> None:
        """The folder as it was, whatever was done to it."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in (*self.files, *ASIDE):
                path.unlink()
        for name, data in self.files.items():
            (self.folder / name).write_bytes(data)
        self.remember()

    def remember(self) -> None:
        """The exchange's memory, for a command that opens it."""
        Memory(self.folder / "exchange").save(self.memory)

    def bench(self) -> Bench:
        """A desk on this folder and an exchange that remembers."""
        exchange = Exchange(SeededTape(1), start=moment("08:00", DAYS[0]))
        exchange.restore(self.memory)
        return Bench(self.folder.parent, exchange, Signals(None), Rules())


def recorded(home: Path, b: Bench) -> Record:
    """The folder of a bench as a record."""
    files = {path.name: path.read_bytes() for path in b.folder.iterdir() if path.is_file() and path.name not in ASIDE}
    every = list(read_lines(b.folder))
    point = [line for line in every if line.event == "checkpoint"]
    head = (every[-1].seq, every[-1].hash)
    return Record(b.folder, files, head, point[-1].run_start if point else 1, b.exchange.to_memory())


def long_record(home: Path, price: str = "100") -> Record:
    """Checkpoints, a month's archive, a tail that was cut, a position adopted, a halt and its lifting."""
    b = bench(home, "AAA", "BBB", "CCC", "DDD", price=price)
    first, second, third, fourth = DAYS
    b.signals.entries = [signal("AAA"), signal("BBB")]
    b.run(MORNING, "09:35", first)
    b.exchange.trade_by_hand("DDD", "buy", Decimal(10))
    for at in ("10:00", "10:05"):
        b.run(MONITOR, at, first)
    settling.reconcile(b.desk(), Wish(adopt=("DDD",)))
    b.run(EOD, "16:30", first)
    b.halt()
    b.run(MORNING, "09:35", second)
    b.resume()
    b.run(EOD, "16:30", second)
    b.exchange.set_price("AAA", Decimal(price) * Decimal("1.06"))
    b.run(MORNING, "09:35", third)
    _tear(b)
    b.run(MONITOR, "10:00", third)
    b.run(EOD, "16:30", third)
    b.signals.entries = [signal("CCC")]
    b.run(MORNING, "09:35", fourth)
    b.run(MONITOR, "10:00", fourth)
    record = recorded(home, b)
    events = {line.event for line in read_lines(b.folder)}
    assert (MUST_HOLD - events, set(record.files) >= {LOG, ARCHIVE}) == (set(), True)
    return record


def short_record(home: Path) -> Record:
    """Two runs of one session."""
    b = bench(home, "AAA")
    b.run(MORNING, "09:35")
    b.run(MONITOR, "10:00")
    return recorded(home, b)


def _tear(b: Bench) -> None:
    """Half a line behind the last, as a crash leaves it."""
    log = b.folder / LOG
    log.write_bytes(log.read_bytes() + log.read_bytes().splitlines()[-1][:40])
