"""At the exchange's door: what may be asked for, and what may be accepted.

Law of the file: judged from the exchange's own figures and the ledger at the moment of speaking, lost or not; nothing
is raised here, for the desk could swallow it: it is said, and the step ends on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.calendar import NEW_YORK, new_york_date, open_session, session_before
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.holdings import account_view
from automated_trading.simulator.orders import Order
from tests.proof.model.ledger import ID, ZERO, Ledger, digest

Handle = Callable[[Request], Response]
BREATH, DRIFT = Decimal("1.002"), Decimal("1.02")
"""What equity may have moved since the photograph; and since an order was planned that goes again."""
LOSS = Decimal("-0.052")
ALLOWED = (b"must be unique", b"not tradable", b"not active", b"wash trade", b"asset", b"halted", b"restricted")
THROUGH = b"stop price must be less"
"""Refusals no care could avoid: the venue changed its mind about a symbol or an account, or the owner's order rests."""


@dataclass(frozen=True)
class Limits:
    """The caps of the desk under test, as numbers."""

    positions: int = 10
    entries: int = 20
    position: Decimal = Decimal("0.10")
    exposure: Decimal = Decimal("0.70")


class Door:
    """Hears every POST and DELETE before the wire has its way with it, and every acceptance as it happens."""

    def __init__(self, exchange: Exchange, ledger: Ledger, limits: Limits) -> None:
        self.exchange, self.ledger, self.limits = exchange, ledger, limits
        self.account = str(account_view(exchange)["id"])
        self.found: list[str] = []
        self.silence: str | None = None  # why nothing at all may be said
        self.halts: dict[str, date | None] = {}  # standing halts and the last session they stand in
        self.odd: set[str] = set()  # symbols whose price of the moment is not to be relied on
        self.unclear: dict[str, tuple[str, date]] = {}  # asked for, not answered: what for, and its session
        self.behind = False  # an answer of this run was of the past
        self.ink: Callable[[], bytes] = bytes
        self.written: Callable[[str], set[str]] = lambda kin: set()
        self.intent: Callable[[str, bytes], dict[str, Any] | None] = lambda key, ink: None

    def must(self, good: bool, words: str) -> None:
        if not good:
            self.found.append(words)

    def speaks(self, request: Request, handle: Handle) -> Response:
        """One POST, judged as it leaves; then answered."""
        asked = json.loads(request.body)
        key, symbol, qty = asked["client_order_id"], asked["symbol"], Decimal(asked["qty"])
        self.must(self.silence is None, f"{key} was sent: {self.silence}")
        self._named(key)
        about = key[:-9], new_york_date(self.exchange.now)
        for other, known in self._still_unclear().items():
            again = other != key and known == about
            self.must(not again, f"{key} was asked for while {other} is unclear")
        if self.exchange.blotter.by_client_id(key) is None:
            if asked["side"] == "buy":
                self._buys(key, symbol, qty * Decimal(asked["limit_price"]))
            else:
                self._sells(key, symbol, qty)
        self.unclear[key] = about
        answer = handle(request)  # a loss on the way is raised here
        if answer.status < 500:
            del self.unclear[key]
        refused = 400 <= answer.status < 500 and answer.status != 429
        allowed = (*ALLOWED, THROUGH) if asked["type"] == "stop" else ALLOWED
        if refused and not self.behind and not any(words in answer.body for words in allowed):
            self.found.append(f"asked for too much: {request.body!r} -> {answer.body!r}")
        return answer

    def _named(self, key: str) -> None:
        """An id is made of the decision and of how often it was made before, and of nothing else."""
        rows = (one.client_order_id for one in self.exchange.blotter.rows)
        before = {one for one in rows if one[:-8] == key[:-8]} | self.written(key[:-8])
        due = [digest(key[:-9], self.account, number) for number in range(len(before - {key}) + 1)]
        self.must(key[-8:] in due, f"{key} is no id of this decision, made {len(before - {key})} times before")

    def _still_unclear(self) -> dict[str, tuple[str, date]]:
        """What was asked for without an answer, and is not at the exchange yet."""
        rows = self.exchange.blotter
        self.unclear = {key: about for key, about in self.unclear.items() if rows.by_client_id(key) is None}
        return self.unclear

    def takes_back(self, request: Request, handle: Handle) -> Response:
        self.must(self.silence is None, f"a cancel was sent: {self.silence}")
        return handle(request)

    def accepts(self, row: Mapping[str, object]) -> None:
        """Called by the exchange just before it takes an order down: the ink is dry, and no twin is there."""
        key = str(row["client_order_id"])
        found = ID.fullmatch(key)
        self.must(found is not None, f"{key} is no id of the desk's")
        if found is None:
            return
        ink = self.ink()
        intent = self.intent(key, ink)
        self.must(intent is not None, f"{key} was accepted before its ink was durable")
        kin = [one for one in self.exchange.blotter.rows if one.client_order_id[:-9] == key[:-9]]
        if found.group(4) == "093500":
            self.must(not kin, f"{key}: a second order for one signal")
        elif found.group(4) == "120000":
            self.must(not [one for one in kin if one.filled_qty], f"{key}: redeployed twice")
        self.must(not [one for one in kin if not one.status.terminal], f"{key}: the one before it has not ended")
        if intent is not None and intent["reason"] == "stop_loss":
            self._stopped(key, str(row["symbol"]))

    def _stopped(self, key: str, symbol: str) -> None:
        """A stop under entry fires when the bid is there too: the last trade alone is one witness."""
        quote = self.exchange.board.quote(symbol, self.exchange.now)
        if symbol not in self.ledger.plain or quote is None or not quote.sound:
            return
        highest = self.ledger.cost[symbol] / self.ledger.ours[symbol] * Decimal("0.92")
        self.must(quote.bid <= highest, f"{key}: sold at a stop under {highest} with a bid of {quote.bid}")

    def _sells(self, key: str, symbol: str, qty: Decimal) -> None:
        promised = sum((one.rest for one in self.exchange.blotter.open_in(symbol, "sell")), ZERO)
        held, ours = self.ledger.theirs[symbol], self.ledger.ours.get(symbol, ZERO)
        if not self.behind:
            self.must(qty + promised <= held, f"{key}: {qty} to sell, {promised} promised, of {held} {symbol}")
            self.must(symbol not in self.ledger.differences(), f"{key}: sold while the books differ")
        self.must(qty <= ours, f"{key}: {qty} to sell of {ours} the desk bought")

    def _buys(self, key: str, symbol: str, cost: Decimal) -> None:
        exchange, ledger, limits = self.exchange, self.ledger, self.limits
        today = new_york_date(exchange.now)
        for reason, until in self.halts.items():
            self.must(until is not None and until < today, f"{key}: bought while halted: {reason}")
        buys = [one for one in exchange.blotter.open() if one.side == "buy"]
        on_the_way = sum((one.rest * (one.limit_price or ZERO) for one in buys), ZERO)
        equity = exchange.equity()
        own = equity - sum((ledger.theirs[one] * exchange.mark(one) for one in ledger.ignored), ZERO)
        worth = sum((qty * exchange.mark(one) for one, qty in ledger.theirs.items()), ZERO)
        names = {*(one for one, qty in ledger.ours.items() if qty > 0), *(o.symbol for o in buys if ledger.is_ours(o))}
        self.must(symbol not in ledger.ignored, f"{key}: the owner ignores it")
        self.must(symbol not in ledger.blocked, f"{key}: the owner has blocked it")
        self.must(not exchange.account_blocked and not exchange.trading_blocked, f"{key}: the account is blocked")
        self.must(self._entries() < limits.entries, f"{key}: one entry too many")
        if not self.behind:
            self.must(on_the_way + cost <= exchange.ledger.cash, f"{key}: {cost} and {on_the_way} beyond the cash")
            self.must(not ledger.theirs[symbol] and symbol not in ledger.ours, f"{key}: it is held")
            self.must(not [o for o in exchange.blotter.open() if o.symbol == symbol], f"{key}: an order in it is open")
            self.must(len(names) < limits.positions, f"{key}: one position too many")
            if not self.odd & {*ledger.theirs, symbol}:
                self.must(cost <= limits.position * own * DRIFT, f"{key}: {cost} is more than a position of {own}")
                all_in = worth + on_the_way + cost
                self.must(all_in <= limits.exposure * equity * BREATH, f"{key}: {all_in} of {equity} exposed")
        self._moment(key, symbol)

    def _moment(self, key: str, symbol: str) -> None:
        """The hour, the quote, the day's loss and the missing cash."""
        exchange, ledger, now = self.exchange, self.ledger, self.exchange.now
        session, before = open_session(now), session_before(new_york_date(now))
        self.must(session is not None and now >= session.open + timedelta(minutes=5), f"{key}: bought at {now}")
        if "-093500-" in key:
            self.must(now.astimezone(NEW_YORK).hour < 12, f"{key}: an entry at {now}")
        elif session is not None:
            self.must(now <= session.close - timedelta(minutes=30), f"{key}: redeployed at {now}")
        quote = exchange.board.quote(symbol, now)
        sound = quote is not None and quote.sound and quote.ask <= quote.bid * Decimal("1.021")
        self.must(sound or self.behind, f"{key}: bought on {quote}")
        close = exchange.board.previous_close(symbol, now)
        gap = quote is None or close is None or quote.ask <= close * Decimal("1.031")
        self.must(gap or self.behind, f"{key}: bought on {quote}, the close was {close}")
        if before is not None and not self.behind:
            change = ledger.change_since(before.close)
            self.must(change > LOSS, f"{key}: bought after a day's loss of {change:.2%}")
        if ledger.counted and not self.behind:
            self.must(ledger.unexplained > -self.tolerance(), f"{key}: {ledger.unexplained} of cash is missing")

    def tolerance(self) -> Decimal:
        """What of the cash may stay unexplained."""
        return max(Decimal(5), self.exchange.equity() / 1000)

    def _entries(self) -> int:
        session = open_session(self.exchange.now)
        buys: list[Order] = [
            one for one in self.exchange.blotter.rows if one.side == "buy" and self.ledger.is_ours(one)
        ]
        return sum(session is not None and one.created_at >= session.open for one in buys)
