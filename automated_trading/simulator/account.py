"""The money: cash in whole cents, positions, and one activity for every cent or share that moved.

Nothing changes cash or a position but a fill, a payment and a split, and each leaves its activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from automated_trading.simulator.orders import ZERO
from automated_trading.simulator.tape import CENT

_SIX = Decimal("0.000001")
_NINTH = Decimal("0.000000001")
FILL = "FILL"
"""The one kind of activity that is a trade."""


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held, long only, and their average price to six places."""

    symbol: str
    qty: Decimal
    avg_entry_price: Decimal


@dataclass(frozen=True, slots=True)
class Activity:
    """One FILL, CSD, DIV or other; `data` is the row as it is answered."""

    at: datetime
    id: str
    kind: str
    data: dict[str, object]


class Ledger:
    """Cash, positions and what moved them."""

    def __init__(self, cash: Decimal) -> None:
        self.cash = cash
        self.last_equity = cash
        self.last_market_value = ZERO
        self.balance_asof: date | None = None
        self.positions: dict[str, Position] = {}
        self.activities: list[Activity] = []

    def held(self, symbol: str) -> Decimal:
        """Shares of a symbol."""
        position = self.positions.get(symbol)
        return ZERO if position is None else position.qty

    def buy(self, symbol: str, qty: Decimal, price: Decimal) -> None:
        """Book bought shares; cash is rounded to the cent, half to even."""
        old = self.positions.get(symbol) or Position(symbol, ZERO, ZERO)
        total = old.qty + qty
        average = ((old.qty * old.avg_entry_price + qty * price) / total).quantize(_SIX)
        self.cash -= (qty * price).quantize(CENT)
        self.positions[symbol] = Position(symbol, total, average)

    def sell(self, symbol: str, qty: Decimal, price: Decimal) -> None:
        """Book sold shares; raises ValueError rather than go short."""
        old = self.positions.get(symbol)
        if old is None or qty > old.qty:
            raise ValueError(f"{qty} {symbol} sold with {self.held(symbol)} held")
        self.cash += (qty * price).quantize(CENT)
        if qty == old.qty:
            del self.positions[symbol]
        else:
            self.positions[symbol] = Position(symbol, old.qty - qty, old.avg_entry_price)

    def split(self, symbol: str, ratio: Decimal) -> Decimal:
        """One share becomes `ratio` of them, their cost unchanged; by how many shares the holding changed."""
        old = self.positions[symbol]
        qty = (old.qty * ratio).quantize(_NINTH, ROUND_DOWN)
        if qty:
            average = (old.qty * old.avg_entry_price / qty).quantize(_SIX)
            self.positions[symbol] = Position(symbol, qty, average)
        else:
            del self.positions[symbol]
        return qty - old.qty
