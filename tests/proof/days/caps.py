"""Every cap at the moment a buy leaves: what is held, open, under way and unclear is spent.

Law of the file: reckoned from the exchange's own figures; of the desk's books only which symbol is in which book and
sector is believed. I17 is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from automated_trading.domain.rules import Sizing
from automated_trading.simulator.calendar import open_session
from automated_trading.simulator.orders import Order
from tests.proof.days.ledger import CENT, ID, ZERO
from tests.proof.months.market import SECTOR

if TYPE_CHECKING:
    from tests.proof.days.door import Door

NO_SECTOR = ("", "unknown", "N/A")
BREATH, LONG_BREATH = Decimal("1.002"), Decimal("1.03")
"""What equity may have moved between the photograph and the door: at once, and after some waiting."""
DRIFT = Decimal("1.02")
"""How far over its cap an order planned by an earlier run may be."""


class Caps:
    def __init__(self, door: Door) -> None:
        self.door, self.world = door, door.world

    def judge(self, key: str, symbol: str, cost: Decimal, data: Mapping[str, Any]) -> None:
        """Every cap at this moment, what is open, under way and unclear counted as spent."""
        there = self.world.exchange.blotter.by_client_id(key)
        if there is not None and there.created_at >= self.door.began:
            return  # it was under way and came in this very run: the id is taken, and nothing is bought a second time
        world, exchange, ledger, book = self.world, self.world.exchange, self.world.ledger, str(data["book"])
        caps, state = world.rules.caps, world.record.place.state
        waited = self.door.waited() or key in self.door.earlier()
        breath = LONG_BREATH if waited else BREATH
        rows = [one for one in exchange.blotter.open() if one.side == "buy"]
        ours = [one for one in rows if ledger.is_ours(one)]
        mine = [one for one in ours if self.door.books.get(one.client_order_id) == book]
        coming = self.door.coming("buy", key)
        pending = sum((Decimal(one["qty"]) * Decimal(one["limit_price"]) for one in coming), ZERO)
        mine_now = [one for one in state.positions.values() if one.book == book and one.qty > 0]
        held = {one.symbol: one.qty for one in mine_now}
        equity = ledger.equity()
        # of what is murky, only the desk's own books tell whether the owner has said anything
        ignored = (ledger.ignored - ledger.murky) | (ledger.murky & state.ignored.keys())
        own = equity - sum((ledger.theirs[one] * ledger.worth(one) for one in ignored), ZERO)
        share = world.rules.books[book] * min(own, caps.capital_limit or own) * breath
        open_value = sum(map(_value, rows), ZERO) + pending
        worth = sum((qty * self._price(one) for one, qty in held.items()), ZERO)
        everything = sum((qty * self._price(one) for one, qty in ledger.theirs.items() if qty), ZERO)
        score = Decimal(str(data["order"]["terms"]["score"]))
        slot = caps.score_sizes.of(score) if caps.sizing is Sizing.SCORE else caps.max_position
        mine_too = [one["symbol"] for one in coming if self.door.books[one["client_order_id"]] == book]
        slots = {*held, *(one.symbol for one in mine), *mine_too}
        my_value = sum(map(_value, mine), ZERO)
        today = self._entries()
        # one of an earlier session that arrived only today was counted on its own day
        decided = [one for one in today if one.client_order_id.rsplit("-", 3)[1] == key.rsplit("-", 3)[1]]
        sums = f"{everything}, {open_value} and {cost} of {equity}"
        for good, words in (
            (cost <= slot * share * (DRIFT if waited else 1), f"{cost} is more than a position of {slot * share}"),
            (len(slots) < caps.max_positions, f"one position too many: {sorted(slots)}"),
            (worth + my_value + cost <= caps.max_exposure * share, f"{worth}, {my_value}: too much exposure of a book"),
            (everything + open_value + cost <= caps.max_exposure * equity * breath, f"too much of the account: {sums}"),
            (open_value + cost <= exchange.ledger.cash, f"{cost} and {open_value} of {exchange.ledger.cash} in cash"),
            (self._sector(symbol, held, mine) + cost <= caps.max_sector * share, f"too much in {SECTOR.get(symbol)}"),
            (len(decided) < caps.max_entries_per_day, "one entry too many today"),
            (not [one for one in exchange.blotter.open() if one.symbol == symbol], "an order in it is open"),
            (symbol not in ignored and symbol not in state.blocked, "the owner has said no"),
        ):
            self.door.must(good or (self.door.misled() and "cash" not in words), f"{key}: {words}")
        if not self.door.misled():
            self.door.must(not ledger.theirs[symbol], f"{key}: it is held already")
        again = [one for one in today if "-120000-" in one.client_order_id and self._takes(one)]
        self.door.must("-120000-" not in key or not again, f"{key}: a second redeployment in one day")

    def _sector(self, symbol: str, held: Mapping[str, Decimal], mine: list[Order]) -> Decimal:
        world = self.world
        name = _plain(SECTOR.get(symbol, ""))
        named = {one: _plain(position.sector) for one, position in world.record.place.state.positions.items()}
        crowd = sum((qty * self._price(one) for one, qty in held.items() if named[one] == name), ZERO)
        return crowd + sum((_value(one) for one in mine if _plain(SECTOR.get(one.symbol, "")) == name), ZERO)

    def _price(self, symbol: str) -> Decimal:
        """What a share is worth: what is bid for it now, whatever a false print says; without a fresh bid its mark."""
        exchange = self.world.exchange
        quote, mark = exchange.board.quote(symbol, exchange.now), exchange.mark(symbol)
        if quote is None or not quote.sound:
            return mark
        fresh = exchange.now - quote.at <= self.world.rules.exits.price_max_age
        return quote.bid if fresh else min(mark, quote.bid)

    def _entries(self) -> list[Order]:
        """The desk's buys of the exchange's session so far."""
        session = open_session(self.world.exchange.now)
        rows = self.world.exchange.blotter.rows
        return [
            one
            for one in rows
            if session is not None
            and one.created_at >= session.open
            and one.side == "buy"
            and ID.fullmatch(one.client_order_id)
        ]

    def _takes(self, order: Order) -> bool:
        """Whether an order has filled or still may."""
        last = self.world.ledger.last(order)
        return bool(order.filled_qty or last.filled_qty) or not last.status.terminal


def _plain(name: str) -> str:
    return "unknown" if name in NO_SECTOR else name


def _value(order: Order) -> Decimal:
    return (order.rest * (order.limit_price or ZERO)).quantize(CENT)
