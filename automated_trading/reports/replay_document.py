"""A replay's result as one document.

Law of the file: money, prices and fractions are text, as everywhere; every table of the page is here too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from automated_trading.domain.codec import encode
from automated_trading.domain.money import spell
from automated_trading.reports.replay_fates import Fate, Kind, Reach, Tally
from automated_trading.reports.replay_report import Figures, Turn
from automated_trading.reports.replay_result import Held, Proof, Result, profit_of
from automated_trading.reports.replay_tables import Closed, Row, by_origin, by_rule, by_score

SCHEMA = 1


def document(result: Result) -> dict[str, Any]:
    """`replay --json`."""
    return {
        "schema": SCHEMA,
        "exit_code": result.exit_code,
        **_figures(result.figures),
        "start_cash": spell(result.start),
        "equity": spell(result.account.equity),
        "cash": spell(result.account.cash),
        "open_profit": spell(result.open_profit),
        "open_profit_on_old_prices": spell(profit_of(result.old_prices)),
        "positions": [_held(held) for held in result.held],
        "by_rule": {rule: _closed(found) for rule, found in by_rule(result.figures.trades).items()},
        "by_score": [_row(row, "listed") for row in by_score(result)],
        "by_origin": [_row(row, "ordered") for row in by_origin(result)],
        "signals": _tally(result.total),
        "closes_from_signals": result.signal_closes,
        "dated_after_their_window": result.foreknown,
        "signals_by_day": {day.isoformat(): _tally(tally) for day, tally in result.days.items()},
        "proof": {
            **_proof(result.proof),
            "every_entry_accounted_for": result.accounted,
            "money_holds": result.money_holds,
        },
        "problems": list(result.problems),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "days": len(figures.sessions),
        "first": encode(min(figures.sessions, default=None)),
        "last": encode(max(figures.sessions, default=None)),
        "cycles": figures.cycles,
        "orders": {"buy": figures.buys, "sell": figures.sells},
        "entries_filled": figures.entries_filled,
        "exits": dict(sorted(figures.exits.items())),
        "realised": spell(figures.realised),
        "trades": encode(figures.trades),
        "halts": encode(tuple(alarm for alarm in figures.alarms if alarm.turn is not Turn.WARNED)),
        "warnings": encode(tuple(alarm for alarm in figures.alarms if alarm.turn is Turn.WARNED)),
        "redeployments": encode(figures.redeployments),
        "stops_raised": encode(figures.raises),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "lines": proof.lines,
        "head": {"seq": proof.head[0], "hash": proof.head[1]},
        "broken": list(proof.broken),
        "state_is_fold_of_log": proof.folds,
        "cash_by_fills": spell(proof.by_fills),
        "cash_of_the_books": encode(proof.books),
    }


def _held(held: Held) -> dict[str, Any]:
    position = held.position
    return {
        "symbol": position.symbol,
        "book": position.book,
        "origin": position.origin.value,
        "score": encode(position.score),
        "qty": spell(position.qty),
        "entry_price": spell(round(position.entry_price, 6)),
        "stop": spell(position.stop),
        "mark": encode(held.mark),
        "last_priced": encode(held.priced),
        "open_profit": encode(held.open_profit),
        "session": encode(position.session),
    }


def _row(row: Row, asked: str) -> dict[str, Any]:
    return {
        "name": row.name,
        asked: row.asked,
        "bought": row.bought,
        **_closed(row.closed),
        "held": row.held,
        "open_profit": spell(row.open_profit),
    }


def _closed(found: Closed) -> dict[str, Any]:
    return {
        "closed": found.count,
        "wins": found.wins,
        "profit": spell(found.profit),
        "average": _fraction(found.average),
        "worst": _fraction(found.worst),
    }


def _fraction(value: Decimal | None) -> str | None:
    return spell(round(value, 6)) if value is not None else None


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
