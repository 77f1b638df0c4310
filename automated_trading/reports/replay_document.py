"""A replay's result as one document.

Law of the room: a result that does not hold says so in `exit_code`, not only in words. Money and quantities are text,
as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from automated_trading.domain.codec import encode
from automated_trading.domain.market import Account, Holding
from automated_trading.domain.money import spell
from automated_trading.domain.positions import Position
from automated_trading.reports.replay_report import Fate, Figures, Kind, Reach, Tally, in_all

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Result:
    """Everything a replay has to say. `broken` and `folds` judge its record, `cash_by_fills` its money."""

    start: Decimal
    account: Account
    figures: Figures
    days: Mapping[date, Tally]
    foreknown: int
    positions: tuple[Position, ...]
    holdings: Mapping[str, Holding]
    lines: int
    head: tuple[int, str]
    broken: tuple[str, ...]
    folds: bool
    cash_by_fills: Decimal
    problems: tuple[str, ...]
    bug: bool

    @property
    def total(self) -> Tally:
        return in_all(self.days.values())

    @property
    def accounted(self) -> bool:
        """Whether every entry of every day is counted once."""
        return all(tally.accounted for tally in self.days.values())

    @property
    def money_holds(self) -> bool:
        """Whether the exchange's cash is the start and the desk's own fills, to the cent."""
        return self.account.cash == self.cash_by_fills

    @property
    def exit_code(self) -> int:
        """8 where the record does not hold; 1 where an entry, the money or a run is not in order; else 0."""
        if self.broken or not self.folds:
            return 8
        return 0 if self.accounted and self.money_holds and not self.bug else 1


def document(result: Result) -> dict[str, Any]:
    """`replay --json`."""
    figures = result.figures
    return {
        "schema": SCHEMA,
        "exit_code": result.exit_code,
        "days": len(figures.sessions),
        "first": encode(min(figures.sessions, default=None)),
        "last": encode(max(figures.sessions, default=None)),
        "cycles": figures.cycles,
        "orders": {"buy": figures.buys, "sell": figures.sells},
        "entries_filled": figures.entries_filled,
        "exits": dict(sorted(figures.exits.items())),
        "realised": spell(figures.realised),
        "trades": encode(figures.trades),
        "halts": encode(figures.halts),
        "start_cash": spell(result.start),
        "equity": spell(result.account.equity),
        "cash": spell(result.account.cash),
        "positions": [_position(result, position) for position in result.positions],
        "signals": _tally(result.total),
        "dated_after_their_window": result.foreknown,
        "signals_by_day": {day.isoformat(): _tally(tally) for day, tally in result.days.items()},
        "proof": {
            "lines": result.lines,
            "head": {"seq": result.head[0], "hash": result.head[1]},
            "broken": list(result.broken),
            "state_is_fold_of_log": result.folds,
            "every_entry_accounted_for": result.accounted,
            "cash_by_fills": spell(result.cash_by_fills),
            "money_holds": result.money_holds,
        },
        "problems": list(result.problems),
    }


def _position(result: Result, position: Position) -> dict[str, Any]:
    holding = result.holdings.get(position.symbol)
    mark = holding.mark if holding is not None else None
    return {
        "symbol": position.symbol,
        "book": position.book,
        "qty": spell(position.qty),
        "entry_price": spell(round(position.entry_price, 6)),
        "stop": spell(position.stop),
        "mark": encode(mark),
        "open_profit": spell(round(position.qty * mark - position.cost, 2)) if mark is not None else None,
        "session": encode(position.session),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "entries": tally.entries,
        "accounted": tally.accounted,
        "fates": {kind.name.lower(): _reasons(tally, kind) for kind in Kind},
        "priced_in_the_morning_window": tally.within(Reach.MORNING),
        "priced_that_day": tally.within(Reach.MORNING, Reach.DAY),
        "priced_ever": tally.within(Reach.MORNING, Reach.DAY, Reach.EVER),
    }


def _reasons(tally: Tally, kind: Kind) -> dict[str, int]:
    found = {fate: count for fate, count in tally.fates.items() if fate.kind is kind}
    return {fate.reason or fate.kind.name.lower(): found[fate] for fate in sorted(found, key=_reason)}


def _reason(fate: Fate) -> str:
    return fate.reason
