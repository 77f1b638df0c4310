"""Runs whose disk flushes are counted: what went before each, the run itself, and how many it may make.

Law of the file: real folders and real flushes; `os.fsync` is counted, never replaced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from automated_trading.domain.rules import Caps, ExitRules, Rules
from automated_trading.engine.desk import Outcome
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, signal
from tests.engine.stage import holding, stands
from tests.engine.wire import then

MOST = 5
"""Start, cancels, closing, opening, end; or the four of a rotation and the end."""

TEN = tuple(f"A{letter}" for letter in "ABCDEFGHIJ")
ROOM_FOR_TEN = Rules(caps=Caps(max_positions=10, max_entries_per_day=10, max_position=Decimal("0.05")))
AGELESS = Rules(exits=ExitRules(ages=()))
MARCH = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Counted:
    """A run, the flushes it may make, and the orders and cancels it sends if it is the run it is called."""

    most: int
    before: Callable[[Path], Bench]
    run: Callable[[Bench], Outcome]
    posts: int = 0
    deletes: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """What a run made of each, and what it said."""

    flushes: int
    posts: int
    deletes: int
    said: str


def count(row: Counted, home: Path) -> Count:
    """Live up to the run in a folder, then count every flush of it, whatever it flushes."""
    b = row.before(home)
    posts, deletes = b.asked("POST"), b.asked("DELETE")
    with patch.object(os, "fsync", wraps=os.fsync) as flush:
        told = row.run(b)
    return Count(flush.call_count, b.asked("POST") - posts, b.asked("DELETE") - deletes, told.said)


def idle(home: Path) -> Bench:
    b = holding(home, "AAA", "BBB", rules=AGELESS)
    b.run(MONITOR, "10:00")
    return b


def closed(home: Path) -> Bench:
    b = idle(home)
    b.run(EOD, "16:30")
    return b


def awaiting(home: Path, *tickers: str) -> Bench:
    b = bench(home, *tickers, rules=ROOM_FOR_TEN)
    b.run(MONITOR, "09:31")
    return b


def moving(home: Path) -> Bench:
    """AAA is held and has fallen under its stop, BBB rests and its time is up at 10:05, CCC waits for room."""
    b = bench(home, "AAA", "BBB", "CCC", rules=Rules(caps=Caps(max_positions=2)))
    b.signals.entries = [signal("AAA", 11), signal("BBB", 10), signal("CCC", 9)]
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, "BBB", "150")))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    stands(b, "AAA", "90")
    return b


RUNS: Mapping[str, Counted] = {
    "the first run of all, its folder not there yet": Counted(MOST, bench, lambda b: b.run(MONITOR, "09:40")),
    "a monitor with nothing to send": Counted(1, idle, lambda b: b.run(MONITOR, "10:05")),
    "the first monitor of a day": Counted(1, closed, lambda b: b.run(MONITOR, "09:40", WEDNESDAY)),
    "a morning with 1 signal": Counted(2, lambda home: awaiting(home, "AA"), lambda b: b.run(MORNING, "09:35"), 1),
    "a morning with 10 signals": Counted(2, lambda home: awaiting(home, *TEN), lambda b: b.run(MORNING, "09:35"), 10),
    "a monitor that cancels, sells and redeploys": Counted(MOST, moving, lambda b: b.run(MONITOR, "10:05"), 2, 1),
    "eod": Counted(1, idle, lambda b: b.run(EOD, "16:30")),
    "eod once more": Counted(1, closed, lambda b: b.run(EOD, "17:00")),
    "a month's first monitor, which rotates the log": Counted(MOST, closed, lambda b: b.run(MONITOR, "09:40", MARCH)),
}
