"""What the market, the venue, the owner's hand and time do in the model, none of it through the desk.

Law of the file: each happening is told to the ledger only where no record of the exchange tells it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.signals import SignalList
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.orders import Order
from tests.proof.model.bench import Model
from tests.proof.model.ledger import CENT, ZERO

UP = {
    "morning": ("09:35", 1),
    "noon": ("12:30", 0),
    "late": ("15:50", 0),
    "evening": ("16:30", 0),
    "week": ("09:40", 5),
}
"""Leaps of the clock: to a time of day, so many sessions on."""

QUOTES = ("none", "empty", "crossed", "wide", "stale")
VENUE = ("account", "tradable", "cancel", "reject", "replace", "replace less")


def price(model: Model, symbol: str) -> Decimal:
    """What the symbol stands at; its own price of old where nobody says."""
    return model.exchange.mark(symbol) or Decimal(50)


def move(model: Model, symbol: str, factor: Decimal) -> None:
    model.stand(symbol, price(model, symbol) * factor)


def crash(model: Model, factor: Decimal) -> None:
    """All prices move at once."""
    for symbol in model.symbols:
        move(model, symbol, factor)


def bad_print(model: Model, symbol: str, factor: Decimal) -> None:
    """The quote stays, the last trade is nonsense."""
    plain = price(model, symbol)
    wrong = max((plain * factor).quantize(CENT), CENT)
    model.exchange.set_quote(symbol, (plain - CENT).quantize(CENT), (plain + CENT).quantize(CENT), last=wrong)
    model.door.odd.add(symbol)


def bad_quote(model: Model, symbol: str, kind: str) -> None:
    """No quote, an empty one, a crossed, a wide or a stale one; the last trade stays where it was."""
    plain = price(model, symbol).quantize(CENT)
    now, exchange = model.exchange.now, model.exchange
    model.door.odd.add(symbol)
    match kind:
        case "none":
            exchange.set_price(symbol, None)
        case "empty":
            exchange.set_quote(symbol, ZERO, ZERO, last=plain, at=now)
        case "crossed":
            exchange.set_quote(symbol, plain + 1, plain - 1, last=plain)
        case "wide":
            exchange.set_quote(symbol, plain * Decimal("0.8"), plain * Decimal("1.3"), last=plain)
        case "stale":
            exchange.set_quote(symbol, plain - CENT, plain + CENT, last=plain, at=now - timedelta(hours=1))


def fill_in_part(model: Model, number: int, share: Decimal) -> bool:
    """An open order of ours fills in part, at its limit or the bid."""
    resting = [one for one in model.exchange.blotter.open() if model.ledger.is_ours(one) and one.rest >= 2]
    if not resting or not model.is_open:
        return False
    order = resting[number % len(resting)]
    qty = max(Decimal(1), (order.rest * share).to_integral_value())
    at = order.limit_price or price(model, order.symbol)
    if qty >= order.rest or str(order.status) == "pending_cancel":
        return False
    model.exchange.fill(order, qty, at.quantize(CENT))
    return True


def by_hand(model: Model, symbol: str, side: str, qty: Decimal) -> None:
    """The owner trades; what the venue refuses him did not happen."""
    qty = min(qty, model.ledger.theirs[symbol]) if side == "sell" else qty
    try:
        if qty > 0:
            model.exchange.trade_by_hand(symbol, side, qty)
    except (Refused, ValueError):
        return


def rests_by_hand(model: Model, symbol: str, side: str, qty: Decimal) -> None:
    away = Decimal("0.8") if side == "buy" else Decimal("1.3")
    limit = (price(model, symbol) * away).quantize(CENT)
    try:
        model.exchange.rest_by_hand(symbol, side, qty, limit)
    except (Refused, ValueError):
        return


def split(model: Model, symbol: str, ratio: Decimal) -> None:
    """Two for one; or one for two where that leaves whole shares."""
    if model.ledger.theirs[symbol] * ratio % 1:
        return
    if symbol in model.ledger.agreed():
        model.splits[symbol] = ratio
    else:
        model.splits.pop(symbol, None)
    model.exchange.split(symbol, ratio)
    if price(model, symbol) < 5:
        model.stand(symbol, price(model, symbol))


def cash(model: Model, kind: str, amount: Decimal) -> None:
    """Money comes or goes with its record, or silently."""
    if model.exchange.ledger.cash + amount < 1000:
        return
    match kind:
        case "flow":
            model.exchange.move_cash(amount)
        case "silent":
            model.ledger.move_silently(amount)
        case _:
            model.exchange.pay(kind, amount)


def behind_our_back(model: Model, kind: str, number: int) -> bool:
    """The venue cancels, rejects or replaces an open order of ours."""
    exchange = model.exchange
    open_ones = [one for one in exchange.blotter.open() if model.ledger.is_ours(one)]
    if not open_ones:
        return False
    order: Order = open_ones[number % len(open_ones)]
    try:
        match kind:
            case "cancel":
                exchange.cancel(order.id)
            case "reject":
                exchange.reject(order.id, "by the venue")
            case "replace":
                exchange.replace_order(order.id)
            case "replace less" if order.rest >= 2:
                exchange.replace_order(order.id, qty=order.qty - 1)
            case _:
                return False
    except (Refused, ValueError):
        return False
    return True


def damage(model: Model, name: int, kind: str) -> None:
    """A snapshot is deleted, emptied, cut in half, or becomes something else."""
    path = model.folder / f"{NAMES[name % len(NAMES)]}.json"
    if not path.exists():
        return
    raw = path.read_bytes()
    match kind:
        case "deleted":
            path.unlink()
        case "all deleted":
            for one in NAMES:
                (model.folder / f"{one}.json").unlink(missing_ok=True)
        case "empty":
            path.write_bytes(b"")
        case "half":
            path.write_bytes(raw[: len(raw) // 2])
        case "zeroes":
            path.write_bytes(bytes(len(raw)))
        case "changed":
            path.write_bytes(raw.replace(b'"1', b'"2', 1))
        case _:
            path.write_bytes(json.dumps([]).encode())


def garbage(model: Model) -> None:
    """The file of signals is no JSON at all."""
    model.bench.signals = Unreadable()  # type: ignore[assignment]
    model.garbage = True


class Unreadable:
    """What a source of signals says of a file that is not JSON."""

    def read(self, now: object) -> SignalList:
        return SignalList(broken="not JSON")
