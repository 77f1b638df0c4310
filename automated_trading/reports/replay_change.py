"""What other rules made of the same days.

Law of the file: old is under the rules as they are set, new under those changed for the replay; both are told in full,
and a figure that did not move is told too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from automated_trading.domain.codec import encode
from automated_trading.domain.money import cents
from automated_trading.domain.positions import Origin
from automated_trading.domain.sessions import new_york_date
from automated_trading.reports.replay_document import SCHEMA, document
from automated_trading.reports.replay_fates import Fate, Kind
from automated_trading.reports.replay_result import Result

Amount = int | Decimal
"""A count, or dollars."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure before and after."""

    name: str
    old: Amount
    new: Amount

    @property
    def difference(self) -> Amount:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Turned:
    """A signal that met another fate."""

    day: date
    signal: str
    old: Fate
    new: Fate


@dataclass(frozen=True, slots=True)
class End:
    """How a position ended, `held` where it did not, and what it brought."""

    how: str
    profit: Decimal | None


@dataclass(frozen=True, slots=True)
class Went:
    """A position that ended otherwise; None where it was never bought."""

    symbol: str
    bought: date
    old: End | None
    new: End | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two replays of the same days; `rules` are the changed ones by name, old value and new."""

    rules: Mapping[str, tuple[str, str]]
    old: Result
    new: Result

    @property
    def exit_code(self) -> int:
        """The graver of the two."""
        return max(self.old.exit_code, self.new.exit_code)

    @property
    def figures(self) -> list[Moved]:
        """Every figure of either."""
        return list(_moved(self.old, self.new))

    @property
    def signals(self) -> list[Turned]:
        """Entries whose fate differs, by day as the files list them."""
        pairs = zip(self.old.told, self.new.told, strict=True)
        return [
            Turned(was.entry.day, was.entry.label, was.fate, now.fate) for was, now in pairs if was.fate != now.fate
        ]

    @property
    def positions(self) -> list[Went]:
        """Positions that ended otherwise, oldest first."""
        old, new = _ends(self.old), _ends(self.new)
        return [
            Went(symbol, day, old.get((day, symbol)), new.get((day, symbol)))
            for day, symbol in sorted({*old, *new})
            if old.get((day, symbol)) != new.get((day, symbol))
        ]


def _moved(old: Result, new: Result) -> Iterator[Moved]:
    for told in FIGURES:
        was, now = told(old), told(new)
        yield from (Moved(name, was.get(name, 0), now.get(name, 0)) for name in dict.fromkeys([*was, *now]))


def _bought(result: Result) -> Mapping[str, Amount]:
    again = result.figures.placed(Origin.REDEPLOYMENT)[1]
    return {"signals bought": result.total.of(Kind.BOUGHT), "of them redeployed": again}


def _answers(result: Result, kind: Kind) -> Mapping[str, Amount]:
    fates = result.total.fates.items()
    return dict(sorted((f"{kind.value}: {fate.reason}", count) for fate, count in fates if fate.kind is kind))


def _exits(result: Result) -> Mapping[str, Amount]:
    return dict(sorted((f"exit: {reason}", count) for reason, count in result.figures.exits.items()))


def _outcome(result: Result) -> Mapping[str, Amount]:
    figures = result.figures
    return {
        "closed trades": len(figures.trades),
        "of them at a profit": sum(trade.realised > 0 for trade in figures.trades),
        "closed profit": cents(figures.realised),
        "positions held": len(result.held),
        "open profit": result.open_profit,
        "equity": result.account.equity,
        "halts": figures.halts,
        "warnings": figures.warnings,
    }


FIGURES: tuple[Callable[[Result], Mapping[str, Amount]], ...] = (
    _bought,
    *(partial(_answers, kind=kind) for kind in (Kind.REFUSED, Kind.NOT_YET, Kind.QUEUED, Kind.UNFILLED)),
    _exits,
    _outcome,
)
"""The figures of a comparison, in the order they are told; one that only one side has is zero on the other."""


def _ends(result: Result) -> dict[tuple[date, str], End]:
    """Every position's end by the day it was bought and its symbol."""
    closed = {
        (new_york_date(trade.opened), trade.symbol): End(trade.reason, cents(trade.realised))
        for trade in result.figures.trades
    }
    held = {
        (new_york_date(held.position.opened), held.position.symbol): End("held", held.open_profit)
        for held in result.held
    }
    return {**closed, **held}


def compared(comparison: Comparison) -> dict[str, Any]:
    """`replay --compare --json`."""
    return {
        "schema": SCHEMA,
        "exit_code": comparison.exit_code,
        "rules": {name: {"old": old, "new": new} for name, (old, new) in comparison.rules.items()},
        "figures": [
            {
                "name": moved.name,
                "old": encode(moved.old),
                "new": encode(moved.new),
                "difference": encode(moved.difference),
            }
            for moved in comparison.figures
        ],
        "signals": encode(tuple(comparison.signals)),
        "positions": encode(tuple(comparison.positions)),
        "old": document(comparison.old),
        "new": document(comparison.new),
    }
