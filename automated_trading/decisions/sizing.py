"""How much to buy, and whether there is room for it.

Law of the room: room is reckoned for the whole batch: what is open or unclear is already spent, and each order planned
takes its part before the next is looked at. What does not fit whole is not shrunk. Cash is cash, never buying power.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from automated_trading.decisions.equity import sound_equity
from automated_trading.decisions.witnesses import offered
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO, whole_shares
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State

NO_SECTOR = frozenset({"", "unknown", "none", "n/a"})


def sector_name(sector: str) -> str:
    """A sector as it is counted; all that name none count as one."""
    plain = sector.strip().lower()
    return "unknown" if plain in NO_SECTOR else plain


def whole_equity(state: State, market: Market, rules: Rules) -> Decimal:
    """The account's equity, the desk's own holdings in it at no more than sound prices vouch for.

    Where no fresh price does: at no more than the highest that two ever vouched for; shares nobody has settled, which
    are not priced, at no more than they cost. What the owner holds for himself stays as the broker marks it.
    """
    ours = {symbol: holding for symbol, holding in market.holdings.items() if symbol not in state.ignored}
    known = {symbol: holding.entry_price for symbol, holding in ours.items()}
    known |= {symbol: position.high for symbol, position in state.positions.items()}
    return sound_equity(replace(market, holdings=ours), rules.exits.price_max_age, known)


def own_equity(state: State, market: Market, rules: Rules) -> Decimal:
    """That equity without what the owner holds for himself: a false mark of it is taken out as it came in."""
    return whole_equity(state, market, rules) - sum((_his(market, symbol) for symbol in state.ignored), ZERO)


def book_equity(state: State, market: Market, rules: Rules, book: str) -> Decimal:
    """What a book works with, in dollars; never below zero."""
    return max(ZERO, rules.book_equity(book, own_equity(state, market, rules)))


def slot(state: State, market: Market, rules: Rules, book: str, score: Decimal) -> Decimal:
    """The dollars one full position of this score may cost."""
    return rules.caps.position(score) * book_equity(state, market, rules, book)


def shares_for(slot_dollars: Decimal, limit: Decimal) -> Decimal:
    """Whole shares of a full position: floor(slot / limit)."""
    return whole_shares(slot_dollars, limit)


@dataclass(frozen=True, slots=True)
class Room:
    """What a book may still open. Any part below zero means it is over that cap already."""

    slots: int
    exposure: Decimal
    cash: Decimal
    entries: int
    sector_cap: Decimal
    sectors: Mapping[str, Decimal] = field(default_factory=dict)

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

    def in_sector(self, sector: str) -> Decimal:
        """What of a sector is held and on its way, in dollars."""
        return self.sectors.get(sector_name(sector), ZERO)

    def without(self, cost: Decimal, sector: str) -> Room:
        """The room left beside one more order."""
        return replace(
            self,
            slots=self.slots - 1,
            exposure=self.exposure - cost,
            cash=self.cash - cost,
            entries=self.entries - 1,
            sectors={**self.sectors, sector_name(sector): self.in_sector(sector) + cost},
        )

    @property
    def overdrawn(self) -> bool:
        return self.slots < 0 or self.exposure < 0 or self.cash < 0 or self.entries < 0


def bought(state: State) -> Decimal:
    """What the buys on our books have cost; its growth since the account was read is cash that is gone."""
    return sum((order.filled_value for order in state.orders.values() if order.side is Side.BUY), ZERO)


def room(state: State, market: Market, rules: Rules, book: str) -> Room:
    """The room of a book, after everything held, open and unclear.

    Positions count at their last known price (their cost where there is none), but for no less than somebody offers
    now: one false low print makes no room. Open buys count at their limits; those of other books take cash, account
    exposure and daily entries, but not this book's slots. Everything the account holds, the owner's own too, counts
    against the exposure of the whole account.
    """
    buys = state.open_orders(side=Side.BUY)
    mine = [order for order in buys if order.book == book]
    held = [position for position in state.positions.values() if position.book == book and position.qty > 0]
    equity, caps = book_equity(state, market, rules, book), rules.caps
    whole = whole_equity(state, market, rules)
    on_the_way = sum((order.open_value for order in buys), ZERO)
    invested = sum((_ours(state, market, position.symbol, rules) for position in held), ZERO)
    pending = sum((order.open_value for order in mine), ZERO)
    theirs = sum((order.open_value for order in state.outside.values()), ZERO)
    whole_account = caps.max_exposure * whole - _invested(state, market, rules) - on_the_way - theirs
    return Room(
        slots=caps.max_positions - len({position.symbol for position in held} | {order.symbol for order in mine}),
        exposure=min(caps.max_exposure * equity - invested - pending, whole_account),
        cash=market.account.cash - (bought(state) - market.bought) - on_the_way - theirs,
        entries=caps.max_entries_per_day - len(state.entries_of(market.session.date)),
        sector_cap=caps.max_sector * equity,
        sectors=_sectors(state, market, rules, book),
    )


def _sectors(state: State, market: Market, rules: Rules, book: str) -> dict[str, Decimal]:
    """What a book has in each sector, held and on its way, in dollars."""
    found: dict[str, Decimal] = {}
    for position in state.positions.values():
        if position.book == book:
            name = sector_name(position.sector)
            found[name] = found.get(name, ZERO) + _ours(state, market, position.symbol, rules)
    for order in state.open_orders(side=Side.BUY):
        if order.book == book:
            name = sector_name(order.terms.sector if order.terms is not None else "")
            found[name] = found.get(name, ZERO) + order.open_value
    return found


def _invested(state: State, market: Market, rules: Rules) -> Decimal:
    """What the account has invested: of each symbol the more of our books and the broker's."""
    symbols = {*state.positions, *market.holdings}
    parts = (max(_ours(state, market, symbol, rules), _worth(market, symbol, rules)) for symbol in symbols)
    return sum(parts, ZERO)


def _ours(state: State, market: Market, symbol: str, rules: Rules) -> Decimal:
    position = state.positions.get(symbol)
    if position is None or position.qty <= 0:
        return ZERO
    return position.qty * _price(market, symbol, rules, position.entry_price)


def _price(market: Market, symbol: str, rules: Rules, cost: Decimal) -> Decimal:
    """What a share counts for where it takes room."""
    return max(market.last_price(symbol) or cost, offered(market, symbol, rules.exits.price_max_age) or ZERO)


def _his(market: Market, symbol: str) -> Decimal:
    """What the owner's own holding is worth in the broker's equity."""
    holding = market.holdings.get(symbol)
    if holding is None:
        return ZERO
    return abs(holding.qty) * (holding.mark or market.last_price(symbol) or holding.entry_price)


def _worth(market: Market, symbol: str, rules: Rules) -> Decimal:
    """What the broker holds of a symbol, in dollars; a short counts as much as a long."""
    holding = market.holdings.get(symbol)
    if holding is None:
        return ZERO
    return abs(holding.qty) * _price(market, symbol, rules, holding.entry_price)
