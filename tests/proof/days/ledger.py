"""The account as a stranger keeps it, from the exchange's own blotter and activities alone.

Law of the file: no line of the desk is used here. It knows what the account must hold, what of it the desk ought to
have on its books, and what moved without anybody's word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.orders import Order

ZERO = Decimal(0)
CENT = Decimal("0.01")
FRESH = timedelta(minutes=15)
"""How long a quote tells what a share may be worth."""
ID = re.compile(r"([A-Z]{1,5}(?:[.-][A-Z]{1,3})?)-(BUY|SELL)-(\d{8})-(\d{6})-[0-9A-F]{8}")


class Ledger:
    """What has moved cash and shares so far.

    `ours` is what the desk ought to have; of a symbol in `murky` only the desk itself can tell, since its folder was
    lost after somebody's hand was in it, or the owner's word about it was cut off.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.start = exchange.ledger.cash
        self.theirs: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.ours: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.traded: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.handled: set[str] = set()
        self.murky: set[str] = set()
        self.ignored: set[str] = set()
        self.moved = self.silent = self.unexplained = ZERO
        self.silently: list[tuple[datetime, Decimal]] = []
        self.lost = False
        self.payments: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.flows: list[tuple[datetime, Decimal]] = []
        self._read = 0

    def read(self) -> None:
        """Take in every activity since the last reading."""
        rows = self.exchange.ledger.activities
        for activity in rows[self._read :]:
            self.kinds[activity.kind] += 1
            if activity.kind == "FILL":
                self._fill(activity.data)
                continue
            self.payments.add(activity.id)
            money = Decimal(str(activity.data.get("net_amount", "0")))
            self.moved += money
            if activity.kind in ("CSD", "CSW"):
                self.flows.append((activity.at, money))
            elif activity.kind not in ("FEE", "DIV", "INT") and "qty" in activity.data:
                symbol = str(activity.data["symbol"])
                self.theirs[symbol] += Decimal(str(activity.data["qty"]))
                self.handled.add(symbol)
        self._read = len(rows)

    def _fill(self, row: dict[str, object]) -> None:
        order = self.exchange.blotter.by_id(str(row["order_id"]))
        assert order is not None
        qty, price = Decimal(str(row["qty"])), Decimal(str(row["price"]))
        sign = 1 if order.side == "buy" else -1
        self.theirs[order.symbol] += sign * qty
        self.moved -= sign * (qty * price).quantize(CENT)
        if self.is_ours(order):
            self.traded[order.symbol] += sign * qty
            self.ours[order.symbol] += sign * qty
            if self.lost and order.symbol in self.handled:
                self.murky.add(order.symbol)  # an order from before the loss, of what the new books do not hold
        else:
            self.handled.add(order.symbol)

    def is_ours(self, order: Order) -> bool:
        """By the form of its id, or of the id of the order it replaces."""
        while ID.fullmatch(order.client_order_id) is None:
            before = self.exchange.blotter.by_id(order.replaces or "")
            if before is None:
                return False
            order = before
        return True

    def last(self, order: Order) -> Order:
        """The order, or what the broker has put in its place."""
        while order.replaced_by is not None:
            successor = self.exchange.blotter.by_id(order.replaced_by)
            assert successor is not None
            order = successor
        return order

    # --- what nobody says, and what the owner says

    def move_silently(self, amount: Decimal) -> None:
        """Cash that comes or goes without a word."""
        self.exchange.ledger.cash += amount
        self.exchange.version += 1
        self.silent += amount
        self.unexplained += amount
        self.silently.append((self.exchange.now, amount))

    def adopted(self, symbol: str, qty: Decimal) -> None:
        self.ours[symbol] = qty
        self.handled.add(symbol)
        self.murky.discard(symbol)

    def forgotten(self, symbol: str) -> None:
        self.adopted(symbol, ZERO)

    def folder_lost(self) -> None:
        """The desk's books are made again of its own orders, and its cash is counted anew."""
        self.read()
        self.ours = defaultdict(Decimal, self.traded)
        self.murky = set(self.handled)
        self.ignored, self.unexplained, self.lost = set(), ZERO, True

    # --- what must be so

    def cash(self) -> Decimal:
        return self.start + self.moved + self.silent

    def differences(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Symbol by symbol what the desk ought to have and what the account has, where that is not the same."""
        pairs = {one: (self.ours[one], self.theirs[one]) for one in sorted({*self.theirs, *self.ours})}
        return {
            one: pair
            for one, pair in pairs.items()
            if pair[0] != pair[1] and not (one in self.ignored and pair[0] == ZERO)
        }

    def held(self) -> list[str]:
        """Symbols the desk ought to have, in order."""
        return sorted(symbol for symbol, qty in self.ours.items() if qty)

    def misfits(self) -> list[str]:
        """Where the exchange itself does not add up."""
        held = {symbol: row.qty for symbol, row in self.exchange.ledger.positions.items()}
        mine = {symbol: qty for symbol, qty in self.theirs.items() if qty}
        found = [f"the exchange holds {held}, its activities say {mine}"] if held != mine else []
        if self.exchange.ledger.cash != self.cash():
            found.append(f"the exchange has {self.exchange.ledger.cash} in cash, its activities say {self.cash()}")
        return found

    def worth(self, symbol: str) -> Decimal:
        """What a share counts for: its mark, but no more than a sound quote asks where a false print stands over it."""
        quote, mark = self.exchange.board.quote(symbol, self.exchange.now), self.exchange.mark(symbol)
        fresh = quote is not None and quote.sound and self.exchange.now - quote.at <= FRESH
        return min(mark, quote.ask) if quote is not None and fresh else mark

    def equity(self) -> Decimal:
        """Cash and what the shares are worth."""
        positions = self.exchange.ledger.positions
        return self.exchange.ledger.cash + sum((held.qty * self.worth(one) for one, held in positions.items()), ZERO)

    def day_change(self, since: datetime) -> Decimal:
        """Equity since the last close, as a fraction of it, without what came and went unearned.

        A false print counts neither over an ask nor under a bid: it may stand over what was bought a moment ago.
        """
        equity = self.exchange.ledger.cash
        for symbol, held in self.exchange.ledger.positions.items():
            quote, worth = self.exchange.board.quote(symbol, self.exchange.now), self.worth(symbol)
            equity += held.qty * (max(worth, quote.bid) if quote is not None else worth)
        came = sum((amount for at, amount in (*self.flows, *self.silently) if at > since), ZERO)
        return (equity - came) / self.exchange.ledger.last_equity - 1
