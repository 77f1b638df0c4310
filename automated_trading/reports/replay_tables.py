"""A replay summed up: by the rule that sold, by the signal's score, by how a position came about.

Law of the file: every trade and every listed entry is in exactly one row of a table; a band of scores is a row of
data, never code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from automated_trading.domain.money import ZERO
from automated_trading.domain.positions import ClosedTrade, Origin
from automated_trading.reports.replay_fates import Kind
from automated_trading.reports.replay_result import Held, Result, profit_of

BOUNDS = (6, 8, 10, 12, 15)
"""Where one band of scores ends and the next begins; a score on a bound belongs above it."""


@dataclass(frozen=True, slots=True)
class Band:
    """Scores from `low` up to, not including, `high`; the last band has no end."""

    name: str
    low: Decimal
    high: Decimal | None

    def holds(self, score: Decimal | None) -> bool:
        return score is not None and self.low <= score and (self.high is None or score < self.high)


BANDS = (
    Band(f"under {BOUNDS[0]}", ZERO, Decimal(BOUNDS[0])),
    *(Band(f"{low}-{high}", Decimal(low), Decimal(high)) for low, high in pairwise(BOUNDS)),
    Band(f"{BOUNDS[-1]}+", Decimal(BOUNDS[-1]), None),
)
NO_SCORE = "none"
"""The row of entries without a usable score."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed trades together; `average` and `worst` are fractions of what each had cost, None without a trade."""

    count: int
    wins: int
    profit: Decimal
    average: Decimal | None
    worst: Decimal | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: entries listed, or orders placed; what was bought, closed, and is still held, with its open profit."""

    name: str
    asked: int
    bought: int
    closed: Closed
    held: int
    open_profit: Decimal


def by_rule(trades: Sequence[ClosedTrade]) -> dict[str, Closed]:
    """Closed trades by the reason of their sale, most trades first."""
    sums = {why: closed(trade for trade in trades if trade.reason == why) for why in {trade.reason for trade in trades}}
    return dict(sorted(sums.items(), key=lambda row: (-row[1].count, row[0])))


def by_score(result: Result) -> list[Row]:
    """Every band, and a row for what has no score where there is any."""
    rows = [_scored(result, band.name, band.holds) for band in BANDS]
    rest = _scored(result, NO_SCORE, lambda score: score is None)
    return [*rows, rest] if rest.asked or rest.closed.count or rest.held else rows


def _scored(result: Result, name: str, holds: Callable[[Decimal | None], bool]) -> Row:
    mine = [one for one in result.told if holds(one.entry.score)]
    bought = sum(one.fate.kind is Kind.BOUGHT for one in mine)
    trades = (trade for trade in result.figures.trades if holds(trade.score))
    held = [held for held in result.held if holds(held.position.score)]
    return _row(name, (len(mine), bought), trades, held)


def by_origin(result: Result) -> list[Row]:
    """What was bought on its signal's morning, and apart from it what was bought with room that came free."""
    return [
        _row(
            origin.value,
            result.figures.placed(origin),
            (trade for trade in result.figures.trades if trade.origin is origin),
            [held for held in result.held if held.position.origin is origin],
        )
        for origin in (Origin.SIGNAL, Origin.REDEPLOYMENT)
    ]


def _row(name: str, counts: tuple[int, int], trades: Iterable[ClosedTrade], held: Sequence[Held]) -> Row:
    return Row(name, *counts, closed(trades), len(held), profit_of(held))


def closed(trades: Iterable[ClosedTrade]) -> Closed:
    """These trades together."""
    all_of_them = list(trades)
    gains = [trade.realised / (trade.qty * trade.entry_price) for trade in all_of_them]
    return Closed(
        count=len(all_of_them),
        wins=sum(trade.realised > 0 for trade in all_of_them),
        profit=sum((trade.realised for trade in all_of_them), ZERO),
        average=sum(gains, ZERO) / len(gains) if gains else None,
        worst=min(gains, default=None),
    )
