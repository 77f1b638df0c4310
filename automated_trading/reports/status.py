"""How things stand, as one document.

Law of the room: read only. What the broker told stands beside what the books hold; where the broker could not be asked
the records are shown and marked stale.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from automated_trading.decisions import breakers as rules_of_halting
from automated_trading.decisions.equity import soundly
from automated_trading.decisions.reconciliation import apart
from automated_trading.decisions.routines import next_due
from automated_trading.decisions.watching import unjudged
from automated_trading.decisions.watchkeeping import SILENCE
from automated_trading.domain.codec import encode
from automated_trading.domain.market import Account, Market
from automated_trading.domain.money import spell
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State
from automated_trading.reports.differences import difference_rows
from automated_trading.reports.held import position_row, promised
from automated_trading.reports.protection import guarded

SCHEMA = 1


def exit_code(state: State, stale: bool, halted: bool) -> int:
    """4 broker not reached, 6 books and broker differ, 5 halted (the owner's unseen latch too), else 0."""
    if stale:
        return 4
    if apart(state):
        return 6
    return 5 if halted else 0


def document(
    state: State, mode: str, market: Market | None, rules: Rules, disabled: str | None, head: tuple[int, str]
) -> dict[str, Any]:
    """`status --json`: money and quantities as text, times UTC. `market` is None when the broker was not reached."""
    account = market.account if market is not None else state.marked
    at = market.now if market is not None else state.marked_at
    return {
        "schema": SCHEMA,
        "mode": mode,
        "at": encode(at),
        "stale": market is None,
        "account_id": state.account,
        "session": encode(market.session.date if market is not None else state.day.session),
        "market_open": market.is_open if market is not None else None,
        "halted": state.halted,
        "halt_reasons": {reason.value: halt.detail for reason, halt in state.halts.items()},
        "trading_disabled": disabled,
        "account_blocked": account.blocked if account is not None else None,
        "account": {"equity": spell(account.equity), "cash": spell(account.cash)} if account is not None else None,
        "cash": cash_row(state, account),
        "positions": [position_row(state, market, rules.exits, symbol) for symbol in sorted(state.positions)],
        "orders": [order_row(state, key) for key, order in state.orders.items() if not order.status.ended],
        "queue": queue_rows(state),
        "differences": difference_rows(state),
        "unprotected": unprotected(state, market, rules, disabled),
        "undecided": dict(sorted(state.undecided.items())),
        "leaving": encode(state.leaving),
        "blocked": dict(sorted(state.blocked.items())),
        "ignored": encode(state.ignored),
        "breakers": breakers(state, market, rules),
        "runs": {command: encode(run) for command, run in state.runs.items()},
        "missed": [encode(row) for row in state.day.missed],
        "next_due": due_row(state, market, rules),
        "log": {"seq": head[0], "hash": head[1]},
    }


def cash_row(state: State, account: Account | None) -> dict[str, Any]:
    """Our books' cash beside the broker's; both None before the first count."""
    ours, theirs = state.cash, account.cash if account is not None else None
    gap = theirs - ours if ours is not None and theirs is not None else None
    return {"ours": encode(ours), "theirs": encode(theirs), "unexplained": encode(gap)}


def order_row(state: State, key: str) -> dict[str, Any]:
    """An open order of ours."""
    order = state.orders[key]
    return {
        "client_order_id": key,
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": spell(order.qty),
        "filled": spell(order.filled_qty),
        "limit_price": encode(order.limit_price),
        "stop_price": encode(order.stop_price),
        "purpose": order.decision.purpose.value,
        "status": order.status.value,
        "book": order.book,
        "reason": order.reason,
        "cancelling": order.cancelling,
    }


def queue_rows(state: State) -> list[dict[str, Any]]:
    """Signals that wait for room, best score first."""
    waiting = sorted(state.queue.values(), key=lambda queued: (-queued.signal.score, queued.signal.ticker))
    return [
        {
            "ticker": queued.signal.ticker,
            "book": queued.book,
            "score": spell(queued.signal.score),
            "reason": queued.reason.value,
            "session": encode(queued.session),
        }
        for queued in waiting
    ]


def unprotected(state: State, market: Market | None, rules: Rules, disabled: str | None) -> list[dict[str, str]]:
    """Positions whose stop nobody watches, or could not sell, each with why; the broker watches its own."""
    rows: list[dict[str, str]] = []
    quiet = (
        market is not None and market.is_open and state.marked_at is not None and market.now - state.marked_at > SILENCE
    )
    blind = unjudged(state, market, rules.exits) if market is not None and market.is_open else []
    for symbol, position in sorted(state.positions.items()):
        if position.qty <= 0 or guarded(state, symbol):
            continue
        if disabled is not None:
            rows.append({"symbol": symbol, "why": "trading is disabled"})
        elif market is not None and market.account.blocked is not None:
            rows.append({"symbol": symbol, "why": f"the broker takes no order ({market.account.blocked})"})
        elif state.frozen(symbol):
            rows.append({"symbol": symbol, "why": "frozen by a difference"})
        elif market is not None and promised(state, market, symbol):
            rows.append({"symbol": symbol, "why": "an order that is not ours has its shares"})
        elif symbol in blind:
            rows.append({"symbol": symbol, "why": "no two fresh prices to judge its stop by"})
        elif quiet:
            rows.append({"symbol": symbol, "why": "no run has looked at it for 15 minutes"})
    return rows


def due_row(state: State, market: Market | None, rules: Rules) -> dict[str, Any] | None:
    """What a scheduler should run next, and from when on."""
    due = next_due(state, market, rules.entries) if market is not None else None
    return {"command": due[0].value, "at": encode(due[1])} if due is not None else None


def breakers(state: State, market: Market | None, rules: Rules) -> dict[str, Any]:
    """What the breakers read: changes as fractions, losing closes and order failures in a row, money in and out."""
    sound = soundly(market, rules.exits.price_max_age) if market is not None else None
    change = rules_of_halting.day_change(state, sound.account) if sound is not None else None
    fallen = rules_of_halting.drawdown(state, sound) if sound is not None else None
    return {
        "day_change": _rounded(change),
        "losing_streak": rules_of_halting.losing_streak(state, rules.breakers),
        "drawdown": _rounded(fallen),
        "high_water": encode(state.high_water),
        "order_failures": state.failures,
        "flows": spell(state.day.flows),
    }


def _rounded(fraction: Decimal | None) -> str | None:
    return spell(round(fraction, 4)) if fraction is not None else None
