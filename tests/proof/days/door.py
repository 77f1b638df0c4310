"""The watchman at the door: what leaves the desk is judged before anybody else has seen it.

Law of the file: every rule is reckoned anew from the exchange's own figures, the ledger beside it and the bytes of the
log; nothing is asked of the desk's decisions. I1, I2, I5, I6, I14, I15, I16 and I19 are judged here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from automated_trading.simulator.calendar import NEW_YORK, new_york_date, open_session, session_before
from automated_trading.simulator.orders import Order
from tests.proof.days.caps import Caps
from tests.proof.days.ledger import ID, ZERO
from tests.proof.days.wire import BENDING

if TYPE_CHECKING:
    from tests.proof.days.world import World

PURPOSES = {"093500": "entry", "120000": "redeploy", "150000": "exit", "153000": "protect"}
TOLERANCE = Decimal("0.001")
LAST_SECONDS = timedelta(seconds=4)
"""What is sent later may arrive behind the bell, and would be the next session's; a second is the stopwatch's own."""
RESERVE = 256 * 1024
"""Bytes that must be kept for a bad day before anything opens."""


class Door:
    """Judges each POST and DELETE; `sent` counts the POSTs of a run by id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent: Counter[str] = Counter()
        self.began = world.exchange.now
        self.books: dict[str, str] = {}
        self.caps = Caps(self)

    def begin(self) -> None:
        """A run begins."""
        self.sent.clear()
        self.began = self.world.exchange.now

    def must(self, good: bool, words: str) -> None:
        if not good:
            self.world.say(words)

    def departs(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """Something that acts is on its way out."""
        self.must(not self.world.off, f"{method} {path} left with trading switched off")
        if method == "POST":
            self._post(body)

    def answered(self, body: Mapping[str, Any], status: int, answer: bytes) -> None:
        """A desk that asks for what it may not have has lost count of something."""
        exchange = self.world.exchange
        if exchange.trading_blocked or exchange.account_blocked or body.get("symbol") in exchange.inactive:
            return
        asked_twice = b"must be unique" in answer
        through = body.get("type") == "stop" and b"stop price must be less" in answer
        if body and status in (403, 422) and not (asked_twice or through) and not self.world.wire.dice.here:
            self.must(False, f"asked for too much: {dict(body)} -> {answer[:200]!r}")

    def accepts(self, row: Mapping[str, object]) -> None:
        """The exchange takes an order down."""
        self.must(
            ID.fullmatch(str(row["client_order_id"])) is None or str(row["client_order_id"]) in self.books,
            f"{row['client_order_id']} was accepted and never left",
        )

    # --- a POST

    def _post(self, body: Mapping[str, Any]) -> None:
        world, key = self.world, str(body["client_order_id"])
        self.sent[key] += 1
        self.must(self.sent[key] == 1, f"{key} was sent twice in one run")
        found = ID.fullmatch(key)
        if found is None:
            world.say(f"{key} is no id of ours")
            return
        world.record.read()
        world.ledger.read()
        intent = world.record.intents.get(key)
        if intent is None:
            world.say(f"{key} left and is not in the log")
            return
        covered = intent.inode != world.record.place.inode or world.disk.covers(intent.inode, intent.end)
        self.must(covered, f"{key} left before its ink was durable")
        data = intent.data
        self.books[key] = data["book"]
        same = (data["symbol"], data["side"], Decimal(data["order"]["qty"]))
        told = (body["symbol"], body["side"], Decimal(body["qty"]))
        self.must(same == told, f"{key}: intended {same}, sent {told}")
        self._one(key, found.groups(), data)
        if world.session is None or open_session(world.exchange.now) is None:
            clock, waited = world.wire.clock_told, world.exchange.now - self.began
            behind = clock is not None and open_session(clock + waited) is not None
            self.must(behind, f"{key} was sent while the exchange was shut")
            return  # the broker's own clock, which decides, said that it was open
        left = world.session.close - world.exchange.now
        self.must(left > LAST_SECONDS, f"{key} was sent {left.total_seconds():.0f} s before the close")
        if body["side"] == "sell":
            self._sale(key, body, data)
        else:
            self._purchase(key, body, data, found.group(4))

    def _one(self, key: str, parts: tuple[str, ...], data: Mapping[str, Any]) -> None:
        """One order for one decision: the id is the decision's, and no kin of it is open or has used it up."""
        symbol, side, day, clock = parts
        kin = [one for one in self._kin(parts) if one.client_order_id != key]
        mine = [one for one in kin if self.books.get(one.client_order_id) == data["book"]]
        generation = Decimal(data["order"]["decision"]["generation"])
        words = (self.world.account, self.world.mode, data["book"], f"{day[:4]}-{day[4:6]}-{day[6:]}", symbol, side)
        fact = "|".join((*words, PURPOSES[clock], str(generation)))
        hashed = hashlib.sha256(fact.encode()).hexdigest()[:8].upper()
        self.must(key.endswith(f"-{hashed}"), f"{key} is not the id of {fact}")
        self.must(len(mine) <= generation, f"{key}: generation {generation} after {len(mine)} orders")
        still = [one for one in kin if not self.world.ledger.last(one).status.terminal]
        self.must(not still, f"{key}: another for the same decision is open")
        if clock == "093500":
            self.must(not mine, f"{key}: a second order for one signal")
        coming = [one for one in self.world.wire.late() if one["client_order_id"] != key]
        again = [one for one in coming if one["client_order_id"].startswith(f"{symbol}-{side}-{day}-{clock}")]
        self.must(not again, f"{key}: another for the same decision is under way")

    def _kin(self, parts: tuple[str, ...]) -> list[Order]:
        begin = "-".join(parts)
        rows = self.world.exchange.blotter.rows
        named = (one for one in rows if one.client_order_id.startswith(begin))
        return [one for one in named if len(one.client_order_id) == len(begin) + 9]

    # --- what closes

    def _sale(self, key: str, body: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Only what we hold and have promised to nobody; by no rule of prices on one bad print, by no split."""
        world, symbol, reason = self.world, str(body["symbol"]), data["reason"]
        exchange, ledger = world.exchange, world.ledger
        qty = Decimal(body["qty"])
        promised = sum((one.rest for one in exchange.blotter.open_in(symbol, "sell") if ledger.is_ours(one)), ZERO)
        promised += sum((Decimal(one["qty"]) for one in self.coming("sell", key) if one["symbol"] == symbol), ZERO)
        held = min(ledger.ours[symbol], ledger.theirs[symbol]) if symbol not in ledger.murky else ledger.theirs[symbol]
        if not self.misled():
            self.must(qty + promised <= held, f"{key}: {qty} to sell, {promised} promised, of {held} {symbol}")
            apart = symbol in ledger.differences() and symbol not in ledger.murky
            self.must(not apart, f"{key}: {symbol} is sold while the books differ")
        self.must(not exchange.blotter.open_in(symbol, "buy"), f"{key}: a buy is open in what is sold")
        if reason == "protective_stop":
            self._stop(key, body, qty)
        if reason not in ("stop_loss", "trailing_stop") or self.misled() or self.waited() or key in self.earlier():
            return
        quote, last = exchange.board.quote(symbol, exchange.now), exchange.board.last(symbol, exchange.now)
        position = world.record.place.state.positions.get(symbol)
        stop = position.stop if position is not None else ZERO
        bid = quote.bid if quote is not None else ZERO
        told = [bid, last or ZERO, *({exchange.mark(symbol)} - {last})]
        under = [price for price in told if ZERO < price <= stop]
        self.must(len(under) >= 2, f"{key}: {reason} with bid, last trade and mark {told}, stop {stop}")
        true = world.hand.sound.get(symbol, ZERO)
        self.must(true <= stop, f"{key}: {reason} on one bad print, the true price is {true}")

    def _stop(self, key: str, body: Mapping[str, Any], qty: Decimal) -> None:
        """A stop rests for whole shares, where the desk's own stop stands and no higher, until it is taken back."""
        position = self.world.record.place.state.positions.get(str(body["symbol"]))
        self.must(position is not None and qty == qty // 1 > 0, f"{key}: a stop for {qty}, held {position}")
        self.must((body["type"], body["time_in_force"]) == ("stop", "gtc"), f"{key}: a stop that does not rest: {body}")
        if position is not None and key not in self.earlier():
            due = position.stop, Decimal(body["stop_price"])
            self.must(due[0] == due[1], f"{key}: the desk's own stop is {due[0]}, the broker's {due[1]}")

    def earlier(self) -> set[str]:
        """Intents of earlier runs that are asked for again."""
        return {key for key, one in self.world.record.intents.items() if one.end <= self.world.run_offset}

    def coming(self, side: str, key: str) -> list[dict[str, Any]]:
        """Orders of this session that have left and not arrived; one of an earlier session the desk has given up.

        One that left before the folder was lost can be known to nobody.
        """
        today = key.rsplit("-", 3)[1]
        late = [one for one in self.world.wire.late() if one["client_order_id"] in self.world.record.intents]
        coming = [one for one in late if one["side"] == side and one["client_order_id"] != key]
        state = self.world.record.place.state
        # a stop that was refused as through when it was sent again: the venue refuses it once more, or the sale has it
        given_up = {one.client_order_id for one in state.orders.values() if one.protects and one.status.ended}
        mine = [one for one in coming if one["client_order_id"] not in given_up]
        return [one for one in mine if f"-{today}-" in one["client_order_id"]]

    # --- what opens

    def _purchase(self, key: str, body: Mapping[str, Any], data: Mapping[str, Any], clock: str) -> None:
        world, symbol = self.world, str(body["symbol"])
        limit, qty = Decimal(body["limit_price"]), Decimal(body["qty"])
        halted = [name for name in ("halted", ".halted.lifting") if (world.folder / name).exists()]
        self.must(not halted, f"{key} opened while the owner's halt stands")
        self.must(not world.record.halts, f"{key} opened while halted: {world.record.halts}")
        reserve = world.folder / ".reserve"
        self.must(reserve.exists() and reserve.stat().st_size >= RESERVE, f"{key} opened on a full disk")
        self._window(key, clock)
        self.caps.judge(key, symbol, qty * limit, data)
        if self.misled():
            return
        off = world.wire.skew_told
        self.must(abs(off) < timedelta(seconds=62), f"{key} opened with a clock {off} off")
        self._quote(key, symbol, limit)
        if world.cash_murky:
            return
        change = self._day_change()
        limit_of_day = -world.rules.breakers.daily_loss - TOLERANCE
        self.must(change > limit_of_day, f"{key} opened after a day's loss of {change:.2%}")
        missing = world.ledger.unexplained
        self.must(missing > -max(Decimal(5), TOLERANCE * world.exchange.equity()), f"{key}: cash is missing: {missing}")

    def _window(self, key: str, clock: str) -> None:
        began, session = self.began, open_session(self.world.exchange.now)
        assert session is not None
        noon = datetime.combine(session.day, time(12), NEW_YORK)
        self.must(began >= session.open + timedelta(minutes=5), f"{key}: bought before 09:35")
        self.must(f"-{session.day:%Y%m%d}-" in key, f"{key}: bought in the session of {session.day}")
        if clock == "093500":
            self.must(began < noon, f"{key}: an entry at {began.astimezone(NEW_YORK):%H:%M:%S}")
        else:
            self.must(began <= session.close - timedelta(minutes=30), f"{key}: redeployed late, at {began}")

    def _quote(self, key: str, symbol: str, limit: Decimal) -> None:
        exchange, rules = self.world.exchange, self.world.rules.entries
        quote, last = exchange.board.quote(symbol, exchange.now), exchange.board.last(symbol, exchange.now)
        if quote is None or not quote.sound:
            self.must(self.waited(), f"{key}: bought on the quote {quote}")
            return
        if self.waited():  # one photograph a cycle: what the venue shows since is not what was bought on
            quote = exchange.board.quote(symbol, self.world.wire.photographed) or quote
        age = exchange.now - quote.at
        wide = (quote.ask - quote.bid) / (quote.ask + quote.bid) * 2
        waited = exchange.now - self.began + timedelta(seconds=1)
        self.must(age <= rules.quote_max_age + waited, f"{key}: bought on a quote {age} old")
        self.must(wide <= rules.max_spread, f"{key}: bought on a spread of {wide:.2%}")
        if key not in self.earlier() and not self.waited():
            most = quote.ask * (1 + rules.limit_over_ask)
            self.must(limit <= most, f"{key}: limit {limit}, ask {quote.ask}")
            self.must(last is not None and limit <= last * (1 + rules.limit_over_last), f"{key}: limit {limit}, {last}")

    def _day_change(self) -> Decimal:
        before = session_before(new_york_date(self.world.exchange.now))
        assert before is not None
        return self.world.ledger.day_change(before.close)

    def misled(self) -> bool:
        """Whether an answer of this run told what is not so, or could not be had."""
        return any(kind in BENDING for kind in self.world.wire.dice.here)

    def waited(self) -> bool:
        return self.world.exchange.now != self.began
