"""How things stand, as one document.

Law of the room: read only. What the broker told stands beside what the books hold; where the broker could not be asked
the records are shown and marked stale.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from automated_trading.decisions.exits import undecided
from automated_trading.decisions.routines import next_due
from automated_trading.domain.codec import encode
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO, spell
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State

SCHEMA = 1
SILENCE = timedelta(minutes=15)
"""In session, positions whose last cycle is longer ago than this count as unprotected."""


def exit_code(state: State, stale: bool, halted: bool) -> int:
    """4 broker not reached, 6 books and broker differ, 5 halted (the owner's unseen latch too), else 0."""
    if stale:
        return 4
    if any(seen.confirmed for seen in state.differences.values()):
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
        "account": {"equity": spell(account.equity), "cash": spell(account.cash)} if account is not None else None,
        "positions": [position_row(state, market, symbol) for symbol in sorted(state.positions)],
        "orders": [order_row(state, key) for key, order in state.orders.items() if not order.status.ended],
        "queue": [
            {
                "ticker": queued.signal.ticker,
                "book": queued.book,
                "score": spell(queued.signal.score),
                "reason": queued.reason.value,
                "session": encode(queued.session),
            }
            for queued in state.queue.values()
        ],
        "differences": [
            {
                "symbol": symbol,
                "ours": spell(seen.ours),
                "theirs": spell(seen.theirs),
                "confirmed": seen.confirmed,
            }
            for symbol, seen in state.differences.items()
        ],
        "unprotected": unprotected(state, market, rules, disabled),
        "breakers": breakers(state, market),
        "runs": {command: encode(run) for command, run in state.runs.items()},
        "next_due": due_row(state, market, rules),
        "log": {"seq": head[0], "hash": head[1]},
    }


def position_row(state: State, market: Market | None, symbol: str) -> dict[str, Any]:
    position = state.positions[symbol]
    last = market.last_price(symbol) if market is not None else None
    distance = (last - position.stop) / last if last is not None and last > 0 else None
    return {
        "symbol": symbol,
        "book": position.book,
        "qty": spell(position.qty),
        "entry_price": spell(round(position.entry_price, 6)),
        "stop": spell(position.stop),
        "high": spell(round(position.high, 6)),
        "last_price": encode(last),
        "distance_to_stop": spell(round(distance, 4)) if distance is not None else None,
        "open_profit": spell(round(position.qty * last - position.cost, 2)) if last is not None else None,
        "opened": encode(position.opened),
        "tier": position.tier,
    }


def order_row(state: State, key: str) -> dict[str, Any]:
    order = state.orders[key]
    return {
        "client_order_id": key,
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": spell(order.qty),
        "filled": spell(order.filled_qty),
        "limit_price": encode(order.limit_price),
        "status": order.status.value,
        "book": order.book,
        "reason": order.reason,
        "cancelling": order.cancelling,
    }


def unprotected(state: State, market: Market | None, rules: Rules, disabled: str | None) -> list[dict[str, str]]:
    """Positions whose stop nobody watches, each with why."""
    rows: list[dict[str, str]] = []
    quiet = (
        market is not None and market.is_open and state.marked_at is not None and market.now - state.marked_at > SILENCE
    )
    blind = undecided(state, market, rules.exits) if market is not None and market.is_open else []
    for symbol, position in sorted(state.positions.items()):
        if position.qty <= 0:
            continue
        if disabled is not None:
            rows.append({"symbol": symbol, "why": "trading is disabled"})
        elif state.frozen(symbol):
            rows.append({"symbol": symbol, "why": "frozen by a difference"})
        elif symbol in blind:
            rows.append({"symbol": symbol, "why": "no fresh bid and last trade to judge its stop by"})
        elif quiet:
            rows.append({"symbol": symbol, "why": "no run has looked at it for 15 minutes"})
    return rows


def due_row(state: State, market: Market | None, rules: Rules) -> dict[str, Any] | None:
    """What a scheduler should run next, and from when on."""
    due = next_due(state, market, rules.entries) if market is not None else None
    return {"command": due[0].value, "at": encode(due[1])} if due is not None else None


def breakers(state: State, market: Market | None) -> dict[str, Any]:
    """What the breakers read: the day's change as a fraction, and order failures in a row."""
    change: Decimal | None = None
    base = state.day.last_equity
    if market is not None and base is not None and base > ZERO:
        change = round(market.account.equity / base - 1, 4)
    return {"day_change": encode(change), "order_failures": state.failures}
