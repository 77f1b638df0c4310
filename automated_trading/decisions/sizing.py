"""How much to buy, and whether there is room for it.

Law of the room: room is reckoned for the whole batch: what is open or unclear is already spent, and each order planned
takes its part before the next is looked at. What does not fit whole is not shrunk. Cash is cash, never buying power.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from automated_trading.domain.market import Market, Price
from automated_trading.domain.money import ZERO, floor_to_tick, whole_shares
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules, Rules
from automated_trading.domain.state import State


def entry_limit(price: Price, rules: EntryRules) -> Decimal:
    """The ask plus the premium, rounded down to the tick. Raises ValueError without a quote."""
    if price.quote is None:
        raise ValueError("no quote to set a limit from")
    return floor_to_tick(price.quote.ask * (1 + rules.limit_premium))


def shares_for(book_equity: Decimal, limit: Decimal, rules: Rules) -> Decimal:
    """Whole shares of a full position: floor(max_position x book equity / limit)."""
    return whole_shares(rules.caps.max_position * book_equity, limit)


@dataclass(frozen=True, slots=True)
class Room:
    """What a book may still open. Any part below zero means the book is over its cap already."""

    slots: int
    exposure: Decimal
    cash: Decimal
    entries: int

    def lacks(self, cost: Decimal) -> Reason | None:
        """Which cap one more order of this cost would break, the first in the order of the rule book."""
        if self.slots < 1:
            return Reason.MAX_POSITIONS
        if cost > self.exposure:
            return Reason.MAX_EXPOSURE
        if cost > self.cash:
            return Reason.NO_CASH
        if self.entries < 1:
            return Reason.DAILY_ORDERS
        return None

    def without(self, cost: Decimal) -> Room:
        return replace(
            self,
            slots=self.slots - 1,
            exposure=self.exposure - cost,
            cash=self.cash - cost,
            entries=self.entries - 1,
        )

    @property
    def overdrawn(self) -> bool:
        return self.slots < 0 or self.exposure < 0 or self.cash < 0 or self.entries < 0


def bought(state: State) -> Decimal:
    """What the buys on our books have cost; its growth since the account was read is cash that is gone."""
    return sum((order.filled_value for order in state.orders.values() if order.side is Side.BUY), ZERO)


def room(state: State, market: Market, rules: Rules, book: str) -> Room:
    """The room of a book, after everything held, open and unclear.

    Positions count at their last known price (their cost where there is none), open buys at their limits;
    open buys of other books take cash and daily entries, but not this book's slots.
    """
    buys = state.open_orders(side=Side.BUY)
    mine = [order for order in buys if order.book == book]
    held = [position for position in state.positions.values() if position.book == book and position.qty > 0]
    since = bought(state) - market.bought
    value = sum((p.qty * (market.last_price(p.symbol) or p.entry_price) for p in held), ZERO)
    pending = sum((order.open_value for order in mine), ZERO)
    names = {position.symbol for position in held} | {order.symbol for order in mine}
    return Room(
        slots=rules.caps.max_positions - len(names),
        exposure=rules.caps.max_exposure * rules.book_equity(book, market.account.equity) - value - pending,
        cash=market.account.cash - since - sum((order.open_value for order in buys), ZERO),
        entries=rules.caps.max_entries_per_day - len(state.entries_of(market.session.date)),
    )
