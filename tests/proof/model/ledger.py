"""What the desk's books ought to say, kept by a stranger from the exchange's own records and the owner's acts.

Law of the file: nothing of the desk is used here, neither its rooms nor its record. The exchange tells its orders and
activities, the machine tells what it did by hand; everything else follows by arithmetic in Decimal.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.orders import Order

ZERO, CENT = Decimal(0), Decimal("0.01")
ID = re.compile(r"([A-Z]{1,5})-(BUY|SELL)-(\d{8})-(093500|120000|150000|153000)-[0-9A-F]{8}")
LOOK_BACK = timedelta(days=90)
LEAST_STOP = Decimal("0.88")
"""No tier's stop is further under its entry than this."""
PURPOSES = {"093500": "entry", "120000": "redeploy", "150000": "exit", "153000": "protect"}


def digest(kin: str, account: str, number: int) -> str:
    """The end of an id, for the n-th of its kind: kin is `TICKER-SIDE-DAY-CLOCK`."""
    ticker, side, day, clock = kin.split("-")
    session = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    words = (account, "simulated", "insider", session, ticker, side, PURPOSES[clock], str(number))
    return hashlib.sha256("|".join(words).encode()).hexdigest()[:8].upper()


class Ledger:
    """Shares and cash of the account, whose doing they are, and the owner's standing word."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.start = exchange.ledger.cash
        self.theirs: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.ours: dict[str, Decimal] = {}
        self.cost: dict[str, Decimal] = {}
        self.moved = self.unexplained = ZERO
        self.plain: set[str] = set()  # lots that fills alone have made
        self.other_shares: set[str] = set()  # symbols split while somebody held them
        self.ignored: set[str] = set()
        self.blocked: set[str] = set()
        self.payments: set[str] = set()
        self.flows: list[tuple[datetime, Decimal]] = []
        self.silent: list[tuple[datetime, Decimal]] = []
        self.pinned = self.counted = False
        self._seen = 0
        self._filled: dict[str, tuple[Decimal, Decimal]] = {}

    # --- the exchange's records

    def read(self) -> None:
        """Take in what the exchange has recorded since the last reading."""
        rows = self.exchange.ledger.activities
        for row in rows[self._seen :]:
            if row.kind == "FILL":
                self._fill(row.data)
                continue
            self.moved += Decimal(str(row.data["net_amount"]))
            self.payments.add(row.id)
            if row.kind in ("CSD", "CSW"):
                self.flows.append((row.at, Decimal(str(row.data["net_amount"]))))
            if row.kind == "SPLIT":
                self.theirs[str(row.data["symbol"])] += Decimal(str(row.data["qty"]))
                self.other_shares.add(str(row.data["symbol"]))
        self._seen = len(rows)
        self._book()

    def _fill(self, row: dict[str, object]) -> None:
        order = self.exchange.blotter.by_id(str(row["order_id"]))
        assert order is not None
        qty, price = Decimal(str(row["qty"])), Decimal(str(row["price"]))
        sign = 1 if order.side == "buy" else -1
        self.theirs[order.symbol] += sign * qty
        self.moved -= sign * (qty * price).quantize(CENT)

    def _book(self) -> None:
        """Whatever the desk's own orders have filled since the last time, in the order they were accepted."""
        for order in self.exchange.blotter.rows:
            before = self._filled.get(order.id, (ZERO, ZERO))
            if order.filled_qty == before[0] or not self.is_ours(order):
                continue
            self._filled[order.id] = (order.filled_qty, order.paid)
            qty, money = order.filled_qty - before[0], order.paid - before[1]
            held = self.ours.get(order.symbol)
            if order.side == "buy":
                if held is None:
                    self.plain.add(order.symbol)
                self._hold(order.symbol, (held or ZERO) + qty, self.cost.get(order.symbol, ZERO) + money)
            elif held is not None:
                self._hold(order.symbol, held - qty, self.cost[order.symbol] * (held - qty) / held if held else ZERO)

    def _hold(self, symbol: str, qty: Decimal, cost: Decimal) -> None:
        if qty:
            self.ours[symbol], self.cost[symbol] = qty, cost
        else:
            self._drop(symbol)

    def _drop(self, symbol: str) -> None:
        self.ours.pop(symbol, None)
        self.cost.pop(symbol, None)
        self.plain.discard(symbol)

    def is_ours(self, order: Order) -> bool:
        """By the form of its id, or because the venue put it in the place of one of ours."""
        seen: set[str] = set()
        while ID.fullmatch(order.client_order_id) is None:
            before = getattr(order, "replaces", None)
            kept = self.exchange.blotter.by_id(before) if before else None
            if kept is None or kept.id in seen:
                return False
            seen.add(kept.id)
            order = kept
        return True

    # --- the owner's hand and word

    def move_silently(self, amount: Decimal) -> None:
        """Cash comes or goes and no record says why."""
        self.exchange.ledger.cash += amount
        self.exchange.version += 1
        self.moved += amount
        self.unexplained += amount
        self.silent.append((self.exchange.now, amount))

    def adopted(self, symbol: str) -> None:
        """What the broker holds is the desk's from here on."""
        self.other_shares.discard(symbol)
        self.ignored.discard(symbol)
        self.plain.discard(symbol)
        if self.theirs[symbol]:
            self.ours[symbol] = self.theirs[symbol]
            self.cost.setdefault(symbol, ZERO)
        else:
            self._drop(symbol)

    def forgotten(self, symbol: str) -> None:
        """Struck from the books; or, not on them, minded again."""
        if symbol not in self.ours:
            self.ignored.discard(symbol)
        self.other_shares.discard(symbol)
        self._drop(symbol)

    def recounted(self) -> None:
        """The owner has the cash counted anew: what nothing explained counts as moved by him."""
        self.unexplained = ZERO

    def lost(self) -> None:
        """The folder is gone: what the desk can know again is what its orders of ninety days tell."""
        for words in (self.ours, self.cost, self.plain, self.ignored, self.blocked):
            words.clear()
        self.pinned = self.counted = False
        self._filled = {
            order.id: (order.filled_qty, order.paid)
            for order in self.exchange.blotter.rows
            if order.submitted_at <= self.exchange.now - LOOK_BACK
        }
        self._book()

    def heard(self, pinned: bool, counted: bool) -> None:
        """What the desk said of itself: pinned to the account, and its cash counted. From then on it must know."""
        if counted and not self.counted:
            self.recounted()
        self.pinned, self.counted = self.pinned or pinned, self.counted or counted

    # --- what must be so

    @property
    def meets_its_own(self) -> bool:
        """Whether the desk, not pinned yet, will find orders of its own at the broker, and so begins halted."""
        return not self.pinned and any(map(self.is_ours, self.exchange.blotter.rows))

    def cash(self) -> Decimal:
        """What the desk's books must have: the broker's, without what nothing explains."""
        return self.start + self.moved - self.unexplained

    def differences(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Symbol by symbol ours and theirs where they are not the same; what is ignored is the owner's."""
        pairs = {one: (self.ours.get(one, ZERO), self.theirs[one]) for one in {*self.theirs, *self.ours}}
        return {
            one: pair
            for one, pair in pairs.items()
            if pair[0] != pair[1] and not (one in self.ignored and pair[0] == ZERO)
        }

    def agreed(self) -> set[str]:
        """Symbols the desk holds and nobody disputes."""
        return set(self.ours) - set(self.differences()) - self.other_shares

    def strangers(self) -> set[str]:
        """Open orders that are not the desk's, by the exchange's id."""
        return {order.id for order in self.exchange.blotter.open() if not self.is_ours(order)}

    def stop(self, symbol: str) -> Decimal:
        """The least a stop of that position may be; a cent where others than fills had a hand in it."""
        if symbol not in self.plain:
            return CENT
        return (self.cost[symbol] / self.ours[symbol] * LEAST_STOP).quantize(CENT, ROUND_FLOOR)

    def change_since(self, close: datetime) -> Decimal:
        """Equity since the last close as a fraction of it, without what came and went unearned since."""
        last = self.exchange.ledger.last_equity
        flows = sum((amount for at, amount in [*self.flows, *self.silent] if at >= close), ZERO)
        return (self.exchange.equity() - last - flows) / (last + min(flows, ZERO))

    def misfits(self) -> list[str]:
        """Where the exchange itself does not add up: then nothing else here means anything."""
        held = {symbol: row.qty for symbol, row in self.exchange.ledger.positions.items()}
        mine = {symbol: qty for symbol, qty in self.theirs.items() if qty}
        found = [f"the exchange holds {held}, its activities say {mine}"] if held != mine else []
        if self.exchange.ledger.cash != self.start + self.moved:
            found.append(f"the exchange has {self.exchange.ledger.cash}, its activities say {self.start + self.moved}")
        return found
