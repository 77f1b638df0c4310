"""What a company does to its shares behind everyone's back: splits, cash in lieu, another name, a delisting.

Law of the file: the account's worth does not change by any of it but for shares too small to be told, and what does
change leaves its activity. Resting orders of the symbol are cancelled: orders in old shares must not meet new ones; the
venue adjusts some GTC orders instead, which is kinder.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from automated_trading.simulator.account import Position
from automated_trading.simulator.orders import Status
from automated_trading.simulator.owners_hand import note
from automated_trading.simulator.spelling import money
from automated_trading.simulator.tape import ASSET, CENT

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue


def split(exchange: Venue, symbol: str, ratio: Decimal, cash_in_lieu: bool = False) -> None:
    """One share becomes `ratio` of them (2: two for one; 0.1: one for ten), at the price divided by it.

    Shares beyond the ninth decimal are lost; with `cash_in_lieu` what is left of a share is paid out at the new price.
    The activity tells by how many shares the holding changed; without a holding there is none. A symbol whose price
    the tape makes is laid at its divided price and stands there. Raises ValueError.
    """
    if not ratio.is_finite() or ratio <= 0 or ratio == 1:
        raise ValueError("ratio must be a number above zero, and not one")
    _known(exchange, symbol)
    exchange.match()
    _cancel_all(exchange, symbol)
    exchange.board.split(symbol, ratio, exchange.now)
    exchange.version += 1
    if not exchange.ledger.held(symbol):
        return
    exchange.past.books_change(exchange.now, exchange.ledger)
    change = exchange.ledger.split(symbol, ratio)
    note(exchange, "SPLIT", {"net_amount": "0", "qty": money(change), "symbol": symbol})
    held = exchange.ledger.held(symbol)
    rest = held - held.to_integral_value(ROUND_DOWN)
    if cash_in_lieu and rest:
        _pay_out(exchange, symbol, rest)


def rename(exchange: Venue, symbol: str, new: str) -> None:
    """The asset, its id unchanged, and the position go on under `new`; nobody knows the old name any more.

    A price laid for `new` before is lost. Raises ValueError on a name that is none, or is held or ordered.
    """
    _known(exchange, symbol)
    ledger = exchange.ledger
    if not ASSET.fullmatch(new) or new == symbol:
        raise ValueError(f"{new[:20]!r} is not another ticker")
    if ledger.held(new) or any(order.symbol == new for order in exchange.blotter.open()):
        raise ValueError(f"{new} is held or ordered")
    exchange.match()
    _cancel_all(exchange, symbol)
    exchange.board.rename(symbol, new)
    for names in (exchange.untradable, exchange.inactive, exchange.not_fractionable):
        names.discard(new)
        if symbol in names:
            names.remove(symbol)
            names.add(new)
    exchange.version += 1
    if not ledger.held(symbol):
        return
    exchange.past.books_change(exchange.now, ledger)
    old = ledger.positions.pop(symbol)
    ledger.positions[new] = Position(new, old.qty, old.avg_entry_price)
    # As the venue tells it: one row takes the old name's shares away, one brings the new name's.
    note(exchange, "NC", {"net_amount": "0", "qty": money(-old.qty), "symbol": symbol})
    note(exchange, "NC", {"net_amount": "0", "qty": money(old.qty), "symbol": new})


def delist(exchange: Venue, symbol: str) -> None:
    """It trades no more: the asset is inactive, orders are refused, a position stays at the last price shown."""
    _known(exchange, symbol)
    exchange.match()
    _cancel_all(exchange, symbol)
    exchange.inactive.add(symbol)
    exchange.board.halt(symbol, exchange.now)
    exchange.version += 1


def _known(exchange: Venue, symbol: str) -> None:
    if not exchange.board.knows(symbol):
        raise ValueError(f"nobody knows {symbol[:20]!r}")


def _cancel_all(exchange: Venue, symbol: str) -> None:
    for order in exchange.blotter.open():
        if order.symbol == symbol:
            at = exchange.tick()
            exchange.put(replace(order, status=Status.CANCELED, canceled_at=at, updated_at=at))


def _pay_out(exchange: Venue, symbol: str, rest: Decimal) -> None:
    price = exchange.mark(symbol)
    exchange.ledger.sell(symbol, rest, price)
    paid = (rest * price).quantize(CENT)
    note(exchange, "CIL", {"net_amount": money(paid), "qty": money(-rest), "symbol": symbol})
