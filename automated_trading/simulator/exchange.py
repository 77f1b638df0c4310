"""The exchange: a virtual clock, the orders' life, and the account they move.

Pure: it reads no clock, no file and no network; the same calls with the same seed give the same bytes. An order
is accepted first and matched later, so that an answer to a submit never tells of a fill. Where the real venue
is known to be harsh it is harsh, and it is never kinder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from automated_trading.simulator import corporate, happenings, mishaps, owners_hand, recall
from automated_trading.simulator.acceptance import accepted
from automated_trading.simulator.account import FILL, Activity, Ledger
from automated_trading.simulator.board import Board, Laid
from automated_trading.simulator.calendar import (
    NEW_YORK,
    latest_session,
    next_close,
    next_open,
    open_session,
)
from automated_trading.simulator.checks import check
from automated_trading.simulator.errors import not_found
from automated_trading.simulator.orders import ZERO, Blotter, Order, Status
from automated_trading.simulator.past import Past
from automated_trading.simulator.tape import CENT, Tape
from automated_trading.simulator.ticket import Ticket
from automated_trading.simulator.troubles import CALM, Troubles
from automated_trading.simulator.views import fill_view, order_view
from automated_trading.simulator.weather import Weather
from automated_trading.simulator.working import settle

_TICK = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


class Exchange:
    """One account at one venue. `now` only moves through `advance_to`."""

    def __init__(
        self,
        tape: Tape,
        *,
        start: datetime,
        cash: Decimal = Decimal(100_000),
        seed: int = 0,
        spread: Decimal = Decimal("0.001"),
        partial_fill_rate: Decimal = ZERO,
        troubles: Troubles = CALM,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("the exchange's clock needs a time with a zone")
        self.now = self.opened = start.astimezone(UTC)
        self.seed = seed
        self.troubles = troubles
        self.partial_fill_rate = partial_fill_rate or troubles.partial
        self.past = Past()
        self.apart = timedelta(0)
        self._lively = troubles.lively
        self.board = Board(tape, spread, Weather(seed, troubles))
        self.blotter = Blotter()
        self.ledger = Ledger(cash.quantize(CENT))
        self.configurations: dict[str, object] = {
            "disable_overnight_trading": False,
            "fractional_trading": True,
            "max_margin_multiplier": "4",
            "no_shorting": True,
            "ptp_no_exception_entry": False,
            "suspend_trade": False,
            "trade_confirm_email": "all",
        }
        self.trading_blocked = self.account_blocked = False
        self.untradable: set[str] = set()
        self.inactive: set[str] = set()
        self.not_fractionable: set[str] = set()
        self.witness: Callable[[Mapping[str, object]], None] | None = None
        self.version = 0  # grows with every change worth remembering
        self.counter = 0
        self.stamped = self.now - _TICK
        self._matched: tuple[datetime, int] | None = None
        self._marked: tuple[datetime, int] | None = None
        self._marks: dict[str, Decimal] = {}

    # --- the clock

    def advance_to(self, at: datetime) -> None:
        """Live until `at`: match each minute while orders rest, expire, mark each close. Earlier: nothing."""
        self.match()
        while self.now < at:
            self.now = min(at.astimezone(UTC), self._next_stop())
            self.version += 1
            if self._lively:
                happenings.live_through(self)
            session = latest_session(self.now)
            if session is not None and session.close == self.now:
                self.ledger.last_equity = self.equity()
                self.ledger.last_market_value = self.market_value()
                self.ledger.balance_asof = session.day
                self.board.close(session.day)
            self.match()

    def _next_stop(self) -> datetime:
        stop = happenings.next_at(self.now, self.seed, self.troubles) if self._lively else next_close(self.now)
        if not self.blotter.any_open():
            return stop
        if open_session(self.now) is not None:
            return min(stop, self.now.replace(second=0, microsecond=0) + _MINUTE)
        ends = (order.expires_at for order in self.blotter.open() if order.expires_at > self.now)
        return min(stop, next_open(self.now), *ends)

    def told_now(self) -> datetime:
        """What the venue takes for the time: `now`, or apart from it by hand or by seed."""
        return self.now + (self.apart or happenings.apart(self.now, self.seed, self.troubles))

    def tick(self) -> datetime:
        """A stamp: `now`, or a microsecond after the stamp before, so that no two events share one."""
        self.stamped = max(self.now, self.stamped + _TICK)
        return self.stamped

    def new_id(self, kind: str) -> str:
        """The next identifier; the counter is remembered, so none ever comes twice."""
        self.counter += 1
        return str(uuid5(NAMESPACE_URL, f"exchange/{self.seed}/{kind}/{self.counter}"))

    # --- orders

    def place(self, ticket: Ticket) -> Order:
        """Accept an order or raise Refused; nothing is matched yet."""
        check(self, ticket)
        opened = open_session(self.now) is not None
        order = accepted(self, ticket, Status.PENDING_NEW if opened else Status.ACCEPTED)
        if self.witness is not None:
            self.witness(order_view(order))
        self.put(order)
        return order

    def cancel(self, order_id: str) -> None:
        """Ask for a cancel; it happens at the next match. Raises Refused when unknown or at its end."""
        order = self.blotter.by_id(order_id)
        if order is None:
            raise not_found(f"order not found for {order_id}")
        mishaps.begin_cancel(self, order)

    def match(self) -> None:
        """Let every open order trade, end or rest as of `now`."""
        if self._matched == (self.now, self.version):
            return
        for order in self.blotter.open():
            settle(self, order)
        if self.troubles.replaced:
            mishaps.replace_some(self)
        self._matched = (self.now, self.version)

    def fill(self, order: Order, qty: Decimal, price: Decimal) -> None:
        """Trade so much of an order at that price and book it."""
        at, filled = self.tick(), order.filled_qty + qty
        whole = filled == order.qty
        order = replace(
            order,
            status=Status.FILLED if whole else Status.PARTIALLY_FILLED,
            filled_qty=filled,
            paid=order.paid + qty * price,
            worked_at=self.now,
            filled_at=at if whole else None,
            updated_at=at,
        )
        self.past.books_change(self.now, self.ledger)
        (self.ledger.buy if order.side == "buy" else self.ledger.sell)(order.symbol, qty, price)
        self.put(order)
        self.record(FILL, at, fill_view(order, qty, price))

    def put(self, order: Order) -> None:
        """Record an order, or what has become of it."""
        self.past.order_changes(self.now, self.blotter, order)
        self.blotter.put(order)
        self.version += 1

    def record(self, kind: str, at: datetime, row: Mapping[str, object]) -> None:
        """One more activity of the account."""
        name = f"{at.astimezone(NEW_YORK):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}::{self.new_id('activity')}"
        self.ledger.activities.append(Activity(at, name, kind, {"activity_type": kind, "id": name, **row}))
        self.version += 1

    # --- the account

    def mark(self, symbol: str) -> Decimal:
        """What one share counts for now; a holding nothing quotes counts at its own price."""
        if self._marked != (self.now, self.version):
            self._marked = (self.now, self.version)
            self._marks.clear()
        price = self._marks.get(symbol)
        if price is None:
            held = self.ledger.positions.get(symbol)
            price = self.board.mark(symbol, self.now)
            if price is None:
                price = ZERO if held is None else held.avg_entry_price
            self._marks[symbol] = price
        return price

    def market_value(self) -> Decimal:
        """All positions at their marks."""
        return sum((held.qty * self.mark(name) for name, held in self.ledger.positions.items()), ZERO)

    def equity(self) -> Decimal:
        """Cash and positions."""
        return self.ledger.cash + self.market_value()

    def buying_power(self) -> Decimal:
        """Multiplier x equity, less what is held and what open buys reserve; never below zero."""
        value = self.market_value()
        reserved = sum((order.rest * order.hold_price for order in self.blotter.open() if order.side == "buy"), ZERO)
        multiplier = Decimal(str(self.configurations["max_margin_multiplier"]))
        return max(ZERO, (multiplier * (self.ledger.cash + value) - value - reserved).quantize(CENT))

    def configure(self, changes: Mapping[str, object]) -> None:
        """Change account configurations already known to be valid."""
        self.configurations.update(changes)
        self.version += 1

    # --- the owner's hand

    def set_price(self, symbol: str, price: Decimal | None) -> None:
        """From now on the symbol stands at this price; None: no quote."""
        self.board.lay(symbol, Laid(price))
        self.version += 1

    def set_quote(
        self, symbol: str, bid: Decimal, ask: Decimal, last: Decimal | None = None, at: datetime | None = None
    ) -> None:
        """From now on the symbol shows this quote, sound or not; without `last`, a sound one's middle was traded."""
        if last is None and 0 < bid <= ask:
            last = (bid + ask) / 2
        self.board.lay(symbol, Laid(last, bid, ask, at))
        self.version += 1

    def set_close(self, symbol: str, price: Decimal, at: datetime | None = None) -> None:
        """The last session that has ended, by now or by `at`, closed at this price."""
        self.board.set_close(symbol, price, self.now if at is None else at)
        self.version += 1

    def trade_by_hand(self, symbol: str, side: str, qty: Decimal) -> None:
        """The owner's own order, filled at once at the quote or, shut, at the mark. Raises Refused as any order."""
        owners_hand.trade(self, symbol, side, qty)

    def rest_by_hand(self, symbol: str, side: str, qty: Decimal, limit: Decimal) -> Order:
        """The owner's own DAY limit order, left to rest under an id of its own. Raises Refused as any order."""
        return owners_hand.rest(self, symbol, side, qty, limit)

    def pay(self, kind: str, amount: Decimal, symbol: str = "") -> None:
        """Any activity that is no trade (DIV, INT, FEE, JNLC, a kind nobody knows), and its cash. Raises ValueError."""
        owners_hand.pay(self, kind, amount, symbol)

    def move_cash(self, amount: Decimal) -> None:
        """A deposit (CSD) or, negative, a withdrawal (CSW)."""
        self.pay("CSD" if amount >= 0 else "CSW", amount)

    def split(self, symbol: str, ratio: Decimal, cash_in_lieu: bool = False) -> None:
        """One share becomes `ratio` of them; resting orders of the symbol are cancelled. Raises ValueError."""
        corporate.split(self, symbol, ratio, cash_in_lieu)

    # --- trouble by hand; an order is named by the venue's id or by the client's. Raises Refused when it has ended

    def reject(self, order_id: str, why: str = "") -> None:
        """The market rejects an accepted order."""
        mishaps.reject(self, mishaps.matched(self, order_id), why)

    def replace_order(self, order_id: str, qty: Decimal | None = None, limit: Decimal | None = None) -> Order:
        """The broker replaces an order; its successor, under other ids, the client's too."""
        return mishaps.succeed(self, mishaps.matched(self, order_id), qty, limit)

    def set_aside(self, order_id: str, status: str, until: datetime | None = None) -> None:
        """A rare status (`orders.ASIDE`) passes by, until then or `take_up`. Raises ValueError on any other."""
        mishaps.set_aside(self, mishaps.matched(self, order_id), Status(status), until)

    def take_up(self, order_id: str) -> None:
        """An order set aside trades again."""
        self.put(replace(mishaps.the_open_order(self, order_id), back_at=self.now))

    def lose_cancel(self, order_id: str, qty: Decimal | None = None) -> None:
        """The cancel of an order, asked for or yet to come, loses to a fill of so much, or of all that is left."""
        order = mishaps.the_open_order(self, order_id)
        self.put(replace(order, loses_to=order.rest if qty is None else qty))

    def stall_cancel(self, order_id: str, until: datetime) -> None:
        """The cancel of an order, asked for or yet to come, is not done before then, or the order's own end."""
        self.put(replace(mishaps.the_open_order(self, order_id), cancels_at=until))

    def halt_symbol(self, symbol: str) -> None:
        """Nothing in it trades and its prices stand still and grow old; orders are still accepted."""
        self.board.halt(symbol, self.now)
        self.version += 1

    def unhalt(self, symbol: str) -> None:
        """It trades again."""
        self.board.unhalt(symbol)
        self.version += 1

    def bad_print(self, symbol: str, price: Decimal) -> None:
        """For the rest of this minute the last trade shows a price that never was."""
        self.board.bad_print(symbol, price, self.now)
        self.version += 1

    def rename(self, symbol: str, new: str) -> None:
        """The asset and its position go on under another name. Raises ValueError."""
        corporate.rename(self, symbol, new)

    def delist(self, symbol: str) -> None:
        """It trades no more; a position stays. Raises ValueError."""
        corporate.delist(self, symbol)

    def block(self, *, account: bool | None = None, trading: bool | None = None) -> None:
        """The broker blocks the account, or its trading, or lets go of it."""
        self.account_blocked = self.account_blocked if account is None else account
        self.trading_blocked = self.trading_blocked if trading is None else trading
        self.version += 1

    def set_clock_apart(self, apart: timedelta) -> None:
        """From now on the venue's clock is wrong by so much, in its answers and their Date."""
        self.apart = apart
        self.version += 1

    # --- memory

    def as_of(self, moment: datetime) -> Exchange:
        """The exchange as it was then, for reading: what is done to it is lost. A crash forgets the past."""
        then = copy(self)
        then.now = min(self.now, moment.astimezone(UTC))
        then.blotter, then.ledger = self.past.blotter(self.blotter, moment), self.past.ledger(self.ledger, moment)
        then.witness, then._marked, then._marks = None, None, {}
        then._matched = (then.now, then.version)
        return then

    def to_memory(self) -> dict[str, object]:
        """Everything but the tape, as JSON values."""
        return recall.to_memory(self)

    def restore(self, memory: Mapping[str, object]) -> None:
        """Become what was remembered; raises MemoryDamaged and stays unchanged where that cannot be read."""
        recall.restore(self, memory)
        self._matched = self._marked = None
