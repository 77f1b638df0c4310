"""The desk as it stood on the day of a failure: its date, its tickers, its prices.

Law of the file: numbers come from the case; nothing of the desk is replaced.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from automated_trading.domain.rules import Rules
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from tests.engine.builders import MORNING, Bench, Signals, moment, watched

SNAPSHOTS = ("live_positions", "pending_orders", "queued_signals", "daily_state")


def desk(home: Path, day: date, prices: Mapping[str, str], rules: Rules | None = None, **options: Any) -> Bench:
    """A desk at eight in the morning of a session, every ticker standing at its last close, no signal yet."""
    exchange = Exchange(SeededTape(1), start=moment("08:00", day), **options)
    for ticker, price in prices.items():
        exchange.set_close(ticker, Decimal(price))
        exchange.set_price(ticker, Decimal(price))
    return Bench(home, exchange, Signals([]), watched(rules))


def listed(b: Bench, *entries: tuple[str, str, str], **more: object) -> None:
    """The day's file: ticker, score and price of each entry."""
    b.signals.entries = [
        {"ticker": ticker, "signal_score": Decimal(score), "entry_price": Decimal(price), "sector": ticker, **more}
        for ticker, score, price in entries
    ]


def bought(home: Path, day: date, **prices: str) -> Bench:
    """A desk that holds each of these since the morning of the day."""
    b = desk(home, day, prices)
    listed(b, *[(ticker, "9", price) for ticker, price in prices.items()])
    b.run(MORNING, "09:36", day)
    assert set(books(b)) == set(prices)
    return b


def lose_the_folder(b: Bench) -> None:
    """A runner of the day before, and everything on it, is gone."""
    shutil.rmtree(b.folder)


def shares(b: Bench) -> dict[str, Decimal]:
    """What the broker holds."""
    return {symbol: held.qty for symbol, held in b.exchange.ledger.positions.items()}


def books(b: Bench) -> dict[str, Decimal]:
    """What our books hold."""
    return {symbol: held.qty for symbol, held in b.state().positions.items()}
