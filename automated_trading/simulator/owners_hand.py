"""What reaches the account by no order of the client under test: the owner's own trades, and money.

Law of the file: nothing moves cash or shares without its activity, and the account's worth changes by what was
paid and by nothing else. The witness of the client's orders sees none of this.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from automated_trading.simulator.acceptance import accepted
from automated_trading.simulator.account import FILL
from automated_trading.simulator.calendar import new_york_date, open_session
from automated_trading.simulator.checks import check
from automated_trading.simulator.errors import rule
from automated_trading.simulator.orders import Order, Status
from automated_trading.simulator.spelling import money, stamp
from automated_trading.simulator.tape import CENT
from automated_trading.simulator.ticket import Ticket

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue

_KIND: Final = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_SIX: Final = Decimal("0.000001")


def trade(exchange: Venue, symbol: str, side: str, qty: Decimal) -> None:
    """An order filled at once: at the quote or, shut, at the mark. Raises Refused as any order."""
    exchange.match()
    ticket = Ticket(symbol, side, "market", "day", qty)
    check(exchange, ticket)
    if exchange.board.halted(symbol, exchange.now):
        raise rule(f'asset "{symbol}" is halted')
    quote, mark = exchange.board.quote(symbol, exchange.now), exchange.mark(symbol)
    price = mark if quote is None or not quote.sound else quote.ask if side == "buy" else quote.bid
    if price <= 0:
        raise rule(f'asset "{symbol}" is not tradable')
    order = accepted(exchange, ticket, Status.NEW)
    exchange.fill(order, order.qty, price)


def rest(exchange: Venue, symbol: str, side: str, qty: Decimal, limit: Decimal) -> Order:
    """A DAY limit order under an id the venue makes up; a marketable one trades at the next match. Raises Refused."""
    exchange.match()
    ticket = Ticket(symbol, side, "limit", "day", qty, limit_price=limit)
    check(exchange, ticket)
    opened = open_session(exchange.now) is not None
    order = accepted(exchange, ticket, Status.PENDING_NEW if opened else Status.ACCEPTED)
    exchange.put(order)
    return order


def pay(exchange: Venue, kind: str, amount: Decimal, symbol: str = "") -> None:
    """Cash in or, negative, out, under any kind of activity but FILL. Raises ValueError on a kind that is none."""
    if not _KIND.fullmatch(kind) or kind == FILL:
        raise ValueError(f"{kind[:20]!r} is not a kind of activity that moves cash")
    amount = amount.quantize(CENT)
    exchange.past.books_change(exchange.now, exchange.ledger)
    exchange.ledger.cash += amount
    row: dict[str, object] = {"net_amount": money(amount)}
    held = exchange.ledger.held(symbol)
    if symbol:
        row["symbol"] = symbol
    if kind.startswith("DIV") and held:
        # As the venue has it: the shares that were paid for, which are no change of what is held.
        row |= {"per_share_amount": money((amount / held).quantize(_SIX)), "qty": money(held)}
    note(exchange, kind, row)


def note(exchange: Venue, kind: str, row: dict[str, object]) -> None:
    """The activity of what was no trade."""
    at = exchange.tick()
    told = {
        "created_at": stamp(at),
        "currency": "USD",
        "date": new_york_date(exchange.now).isoformat(),
        "status": "executed",
    }
    exchange.record(kind, at, {**told, **row})
