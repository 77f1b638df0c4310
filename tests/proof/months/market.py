"""The month's weather: a seeded tape with moves laid over it, and the files of signals that somebody writes.

Law of the file: everything follows from the seed; a move changes no price that was told before it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from automated_trading.simulator.calendar import in_new_york, session_before, session_on
from automated_trading.simulator.seeded_tape import SeededTape
from automated_trading.simulator.tape import CENT, Bar

SECTORS = ("Energy", "Energy", "", "Energy", "Energy", "unknown", "Energy", "Health", "N/A")
TIERS = ("tier1", "tier2", "tier3", "tier4", "none", "")
TICKERS = tuple(f"{one}{two}" for one in "ABCDEF" for two in "KLMNO")
SECTOR = {ticker: SECTORS[number % len(SECTORS)] for number, ticker in enumerate(TICKERS)}
INACTIVE, UNTRADABLE, UNKNOWN = "GK", "GL", "ZZQ"
BAD: tuple[object, ...] = (
    {"ticker": "not one", "signal_score": 9, "entry_price": 10},
    {"ticker": "AK", "signal_score": 9},
    {"ticker": "AL", "signal_score": "9", "entry_price": 10},
    {"ticker": INACTIVE, "signal_score": 9, "entry_price": 10},
    {"ticker": UNTRADABLE, "signal_score": 9, "entry_price": 10},
    {"ticker": UNKNOWN, "signal_score": 9, "entry_price": 10},
    {"ticker": "AM", "signal_score": 5.99, "entry_price": 10},
    [],
)


@dataclass
class MovedTape:
    """The seeded tape, each price multiplied by every move of its symbol that has begun."""

    seed: int
    moves: dict[str, list[tuple[datetime, Decimal]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plain = SeededTape(self.seed)

    def move(self, symbol: str, at: datetime, factor: Decimal, steps: int = 1, every: timedelta = timedelta(0)) -> None:
        """From `at` on the price is so many times what it would be; in several steps it gets there by equal parts."""
        for number in range(1, steps + 1):
            before, after = (1 + (factor - 1) * n / steps for n in (number - 1, number))
            self.moves.setdefault(symbol, []).append((at + every * (number - 1), after / before))

    def price(self, symbol: str, at: datetime) -> Decimal | None:
        plain = self.plain.price(symbol, at)
        return None if plain is None else self._moved(symbol, plain, at)

    def knows(self, symbol: str) -> bool:
        return self.plain.knows(symbol)

    def symbols(self) -> list[str]:
        return self.plain.symbols()

    def last_day(self, symbol: str, before: date) -> date | None:
        return self.plain.last_day(symbol, before)

    def day_bar(self, symbol: str, day: date, until: datetime) -> Bar | None:
        bar, session = self.plain.day_bar(symbol, day, until), session_on(day)
        if bar is None or session is None or not self.moves.get(symbol):
            return bar
        first = self._moved(symbol, bar.open, session.open)
        last = self._moved(symbol, bar.close, min(until, session.close))
        return Bar(bar.at, first, max(first, last), min(first, last), last)

    def _moved(self, symbol: str, price: Decimal, at: datetime) -> Decimal:
        for begins, factor in self.moves.get(symbol, ()):
            if begins <= at:
                price *= factor
        return max(price.quantize(CENT), CENT)


def write_signals(path: Path, rng: Random, tape: MovedTape, day: date, now: datetime) -> list[str]:
    """Six to ten entries for a session, some of them unusable; the tickers of the usable ones."""
    before = session_before(day)
    assert before is not None
    chosen = rng.sample(TICKERS, rng.randint(5, 8))
    entries: list[object] = [_entry(rng, ticker, tape.price(ticker, before.close), day) for ticker in chosen]
    good = list(chosen)
    stale = rng.choice([one for one in TICKERS if one not in chosen])
    old = f"{before.day - timedelta(days=3)} 12:00:00"
    entries.append({**_entry(rng, stale, Decimal(10), day), "date_generated": old})
    entries.append(rng.choice(BAD))
    if rng.random() < 0.5:
        twice = _entry(rng, rng.choice(TICKERS), Decimal(10), day)
        entries[rng.randrange(len(entries))] = {**twice, "signal_score": float("nan")}
    text = json.dumps({"signals": entries} if rng.random() < 0.5 else entries)
    path.write_text(text)
    os.utime(path, (now.timestamp(), now.timestamp()))
    return good


def _entry(rng: Random, ticker: str, price: Decimal | None, day: date) -> dict[str, object]:
    told = float(price or 10) * rng.choice([0.98, 0.99, 1.0, 1.0, 1.0, 1.01, 1.02, 0.8])
    entry: dict[str, object] = {
        "ticker": ticker,
        "signal_score": round(rng.uniform(6, 22), 2),
        "entry_price": round(told, 2),
        "multi_signal_tier": rng.choice(TIERS),
        "sector": SECTOR[ticker],
        "insider_count": rng.randint(1, 9),
    }
    if rng.random() < 0.7:
        evening = in_new_york(day - timedelta(days=1), time(20, 30)).astimezone(UTC)
        entry["date_generated"] = f"{evening:%Y-%m-%d %H:%M:%S}"
    return entry


def spread_over(opens: datetime, closes: datetime, count: int) -> Sequence[datetime]:
    """So many moments from ten minutes after the open to five before the close, evenly."""
    first, last = opens + timedelta(minutes=10), closes - timedelta(minutes=5)
    return [(first + (last - first) * n / (count - 1)).replace(second=0, microsecond=0) for n in range(count)]
