"""An exchange as JSON values and back, whole or not at all.

Everything that could change an answer is in it; what cannot be read back raises MemoryDamaged before
anything of the exchange has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from automated_trading.simulator.account import Activity, Ledger, Position
from automated_trading.simulator.board import Laid
from automated_trading.simulator.errors import MemoryDamaged
from automated_trading.simulator.orders import Blotter, Order, Status
from automated_trading.simulator.weather import Halt

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue

_FORM = 1
_AMOUNTS = frozenset({"qty", "limit_price", "stop_price", "hold_price", "filled_qty", "paid", "loses_to"})
_TIMES = frozenset(field.name for field in fields(Order) if field.name.endswith("_at"))


def to_memory(exchange: Venue) -> dict[str, object]:
    """The exchange's whole state but the tape."""
    ledger, board = exchange.ledger, exchange.board
    return {
        "form": _FORM,
        "now": exchange.now.isoformat(),
        "opened": exchange.opened.isoformat(),
        "seed": exchange.seed,
        "counter": exchange.counter,
        "stamped": exchange.stamped.isoformat(),
        "configurations": dict(exchange.configurations),
        "trading_blocked": exchange.trading_blocked,
        "account_blocked": exchange.account_blocked,
        "untradable": sorted(exchange.untradable),
        "inactive": sorted(exchange.inactive),
        "not_fractionable": sorted(exchange.not_fractionable),
        "cash": str(ledger.cash),
        "last_equity": str(ledger.last_equity),
        "last_market_value": str(ledger.last_market_value),
        "balance_asof": _text(ledger.balance_asof),
        "positions": [[held.symbol, str(held.qty), str(held.avg_entry_price)] for held in ledger.positions.values()],
        "activities": [[row.at.isoformat(), row.id, row.kind, row.data] for row in ledger.activities],
        "orders": [_order_row(order) for order in exchange.blotter.rows],
        "laid": {name: _laid_row(laid) for name, laid in board.laid.items()},
        "closes": {name: _closes_row(closes) for name, closes in board.closes.items()},
        "splits": {name: _splits_row(splits) for name, splits in board.splits.items()},
        "names": dict(board.names),
        "gone": sorted(board.gone),
        "halts": {
            name: [halt.since.isoformat(), _laid_or_none(halt.laid)] for name, halt in board.weather.halts.items()
        },
        "prints": {name: [at.isoformat(), str(price)] for name, (at, price) in board.weather.prints.items()},
        "apart": str(exchange.apart.total_seconds()),
    }


def restore(exchange: Venue, memory: Mapping[str, Any]) -> None:
    """Make the exchange what `memory` says. Raises MemoryDamaged, the exchange then unchanged."""
    try:
        if memory["form"] != _FORM:
            raise MemoryDamaged(f"the exchange's memory has form {memory['form']}, not {_FORM}")
        parts = _parts(memory)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise MemoryDamaged(f"the exchange's memory cannot be read: {error!r}") from error
    board = exchange.board
    for name in ("laid", "closes", "splits", "names", "gone"):
        setattr(board, name, parts.pop(name))
    board.weather.halts, board.weather.prints = parts.pop("halts"), parts.pop("prints")
    board.weather.seed = parts["seed"]
    board.weather.settle()
    board.see_names()
    for name, value in parts.items():
        setattr(exchange, name, value)
    exchange.version += 1


def _parts(memory: Mapping[str, Any]) -> dict[str, Any]:
    blotter = Blotter()
    for row in memory["orders"]:
        blotter.put(_order(row))
    return {
        "now": datetime.fromisoformat(memory["now"]),
        "opened": datetime.fromisoformat(memory["opened"]),
        "seed": int(memory["seed"]),
        "counter": int(memory["counter"]),
        "stamped": datetime.fromisoformat(memory["stamped"]),
        "configurations": dict(memory["configurations"]),
        "trading_blocked": bool(memory["trading_blocked"]),
        "account_blocked": bool(memory["account_blocked"]),
        "untradable": set(memory["untradable"]),
        "inactive": set(memory.get("inactive", ())),
        "not_fractionable": set(memory["not_fractionable"]),
        "ledger": _ledger(memory),
        "blotter": blotter,
        "laid": {name: _laid(row) for name, row in memory["laid"].items()},
        "closes": {name: _closes(row) for name, row in memory["closes"].items()},
        "splits": {name: _splits(row) for name, row in memory.get("splits", {}).items()},
        "names": dict(memory.get("names", {})),
        "gone": set(memory.get("gone", ())),
        "halts": {name: _halt(row) for name, row in memory.get("halts", {}).items()},
        "prints": {name: _print(row) for name, row in memory.get("prints", {}).items()},
        "apart": timedelta(microseconds=int(Decimal(memory.get("apart", "0")) * 1_000_000)),
    }


def _ledger(memory: Mapping[str, Any]) -> Ledger:
    ledger = Ledger(Decimal(memory["cash"]))
    ledger.last_equity = Decimal(memory["last_equity"])
    ledger.last_market_value = Decimal(memory["last_market_value"])
    asof = memory["balance_asof"]
    ledger.balance_asof = None if asof is None else date.fromisoformat(asof)
    for symbol, qty, average in memory["positions"]:
        ledger.positions[symbol] = Position(symbol, Decimal(qty), Decimal(average))
    for at, name, kind, data in memory["activities"]:
        ledger.activities.append(Activity(datetime.fromisoformat(at), name, kind, dict(data)))
    return ledger


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _closes_row(closes: Mapping[date, Decimal]) -> dict[str, str]:
    return {day.isoformat(): str(price) for day, price in closes.items()}


def _closes(row: Mapping[str, str]) -> dict[date, Decimal]:
    return {date.fromisoformat(day): Decimal(price) for day, price in row.items()}


def _splits_row(splits: list[tuple[date, Decimal]]) -> list[list[str]]:
    return [[day.isoformat(), str(ratio)] for day, ratio in splits]


def _splits(row: list[list[str]]) -> list[tuple[date, Decimal]]:
    return [(date.fromisoformat(day), Decimal(ratio)) for day, ratio in row]


def _laid_row(laid: Laid) -> list[str | None]:
    return [_text(part) for part in (laid.last, laid.bid, laid.ask, laid.at)]


def _laid(row: list[str | None]) -> Laid:
    last, bid, ask = (None if part is None else Decimal(part) for part in row[:3])
    return Laid(last, bid, ask, None if row[3] is None else datetime.fromisoformat(row[3]))


def _laid_or_none(laid: Laid | None) -> list[str | None] | None:
    return None if laid is None else _laid_row(laid)


def _halt(row: list[Any]) -> Halt:
    return Halt(datetime.fromisoformat(row[0]), None if row[1] is None else _laid(row[1]))


def _print(row: list[str]) -> tuple[datetime, Decimal]:
    return datetime.fromisoformat(row[0]), Decimal(row[1])


def _order_row(order: Order) -> dict[str, object]:
    row: dict[str, object] = {}
    for field in fields(Order):
        value = getattr(order, field.name)
        row[field.name] = value if value is None or isinstance(value, bool | int) else _text(value)
    return row


def _order(row: Mapping[str, Any]) -> Order:
    values: dict[str, Any] = dict(row)
    for name, value in row.items():
        if value is None:
            continue
        if name in _AMOUNTS:
            values[name] = Decimal(value)
        elif name in _TIMES:
            values[name] = datetime.fromisoformat(value)
    values["status"] = Status(row["status"])
    return Order(**values)
