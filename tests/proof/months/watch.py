"""A watchman at the exchange's door and over every run: what may never be is said with its seed and step.

Law of the file: the desk's word is laid beside the stranger's ledger; caps are reckoned anew at the moment of each
acceptance, from the exchange's own figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from automated_trading.adapters.latch import SWITCH
from automated_trading.decisions import reconciliation
from automated_trading.decisions.sending import EQUITY_DRIFT
from automated_trading.domain import events as e
from automated_trading.domain.money import floor_to_tick
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules, Sizing
from automated_trading.domain.sessions import utc_text
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.calendar import NEW_YORK, new_york_date, open_session, session_before
from automated_trading.simulator.orders import Order as Row
from tests.engine.builders import Bench
from tests.proof.months.ledger import ID, ZERO, Ledger, is_ours
from tests.proof.months.market import SECTOR

NO_SECTOR = ("", "unknown", "N/A")
BREATH = Decimal("1.002")
"""What equity may have moved between the photograph and an acceptance: spreads of orders just filled."""
CASH_TOLERANCE = Decimal("0.001")
ENTRY, REDEPLOY = "093500", "120000"


class Watch:
    """What was found wrong, and what came of the desk's own trades."""

    def __init__(self, bench: Bench, ledger: Ledger, rules: Rules) -> None:
        self.bench, self.ledger, self.rules = bench, ledger, rules
        self.where = ""
        self.found: list[str] = []
        self.state = State()
        self.adopted_cost = self.realised = ZERO
        self.sound: dict[str, Decimal] = {}
        self.apart: set[str] = set()
        self.heard: set[str] = set()
        self.prices: dict[str, tuple[Decimal, Decimal]] = {}
        self.cash_apart = False
        bench.exchange.witness = self.accepts
        bench.wire.on("POST", "/v2/orders", self.overhears)

    def say(self, words: str) -> None:
        self.found.append(f"{self.where}: {words}")

    def must(self, good: bool, words: str) -> None:
        if not good:
            self.say(words)

    # --- at the exchange's door

    def overhears(self, request: Request, handle: Any) -> Response:
        """A desk that asks for what it may not have has lost count of something."""
        answer: Response = handle(request)
        known = b"must be unique" in answer.body or b"stop price must be less" in answer.body
        if answer.status >= 400 and not known:
            self.say(f"asked for too much: {request.body!r} -> {answer.body!r}")
        return answer

    def accepts(self, row: Mapping[str, object]) -> None:
        """Called by the exchange for each order just before it is taken down."""
        found = ID.fullmatch(str(row["client_order_id"]))
        if found is None:
            return
        self.ledger.read()
        intent = self.intent(found.group())
        self.ledger.books[found.group()] = intent["book"]
        self.must(not (self.bench.home / SWITCH).exists(), f"{found.group()} was sent with trading switched off")
        if row["side"] == "sell":
            self.sale(str(row["symbol"]), Decimal(str(row["qty"])), intent, found.group())
        else:
            self.purchase(row, intent, found.group(4))

    def intent(self, key: str) -> dict[str, Any]:
        """The intent of an order as the log tells it."""
        for line in reversed((self.bench.folder / "audit_log.jsonl").read_bytes().splitlines()):
            if key.encode() in line and b'"event":"order_intended"' in line:
                return json.loads(line)["data"]  # type: ignore[no-any-return]
        raise AssertionError(f"{self.where}: {key} was accepted and is not in the log")

    def sale(self, symbol: str, qty: Decimal, intent: Mapping[str, Any], key: str) -> None:
        """Only shares of the book, promised to nobody else; by no price rule on one bad print."""
        exchange, book = self.bench.exchange, intent["book"]
        promised = sum((row.rest for row in exchange.blotter.open_in(symbol, "sell") if is_ours(row)), ZERO)
        held = self.ledger.ours[book][symbol]
        self.must(qty + promised <= held, f"{key}: {qty} to sell and {promised} promised of {held} {symbol} of {book}")
        self.must(symbol not in self.ledger.differences(), f"{key}: {symbol} is sold while the books differ")
        timed = intent["reason"] in ("age", "owner_exit", "protective_stop", "through_stop")
        self.must(timed or symbol not in self.sound, f"{key}: {symbol} is sold on one bad print")
        quote = exchange.board.quote(symbol, exchange.now)
        last = exchange.board.last(symbol, exchange.now)
        self.prices[key] = (quote.bid if quote is not None else ZERO, last or ZERO)

    def purchase(self, row: Mapping[str, object], intent: Mapping[str, Any], purpose: str) -> None:
        """Every gate and cap at the moment of acceptance."""
        exchange, ledger, caps = self.bench.exchange, self.ledger, self.rules.caps
        key, symbol, book = str(row["client_order_id"]), str(row["symbol"]), str(intent["book"])
        cost = Decimal(str(row["qty"])) * Decimal(str(row["limit_price"]))
        buys = [one for one in exchange.blotter.open() if one.side == "buy" and is_ours(one)]
        mine = [one for one in buys if ledger.books[one.client_order_id] == book]
        held = {one: qty for one, qty in ledger.ours[book].items() if qty}
        equity = exchange.equity()
        own = equity - sum((ledger.theirs[one] * exchange.mark(one) for one in ledger.ignored), ZERO)
        share = self.rules.books[book] * min(own, caps.capital_limit or own) * BREATH
        others = [one for one in exchange.blotter.open() if one.side == "buy" and not is_ours(one)]
        open_value = sum((_value(one) for one in [*buys, *others]), ZERO)
        worth = sum((qty * exchange.mark(one) for one, qty in held.items()), ZERO)
        everything = sum((qty * exchange.mark(one) for one, qty in ledger.theirs.items()), ZERO)
        name = _plain(SECTOR[symbol])
        crowd = [one for one in {*held, *(row.symbol for row in mine)} if sector(one, self.state) == name]
        sectors = sum((held.get(one, ZERO) * exchange.mark(one) for one in crowd), ZERO)
        sectors += sum((_value(one) for one in mine if one.symbol in crowd), ZERO)
        score = Decimal(str(intent["order"]["terms"]["score"]))
        drift = EQUITY_DRIFT if intent["order"]["intended_at"] != utc_text(exchange.now) else Decimal(1)
        slot = caps.score_sizes.of(score) if caps.sizing is Sizing.SCORE else caps.max_position
        for good, words in (
            (cost <= slot * share * drift, f"{cost} is more than a position of {slot * share}"),
            (len({*held, *(one.symbol for one in mine)}) < caps.max_positions, "one position too many"),
            (worth + sum(map(_value, mine), ZERO) + cost <= caps.max_exposure * share, "too much exposure of a book"),
            (everything + open_value + cost <= caps.max_exposure * equity * BREATH, "too much exposure of the account"),
            (open_value + cost <= exchange.ledger.cash, f"{cost} and {open_value} of {exchange.ledger.cash} in cash"),
            (sectors + cost <= caps.max_sector * share, f"{sectors + cost} in sector {name}"),
            (len(self.entries()) < caps.max_entries_per_day, "one entry too many today"),
            (not ledger.theirs[symbol] and not ledger.held(symbol), "it is held already"),
            (not [one for one in exchange.blotter.open() if one.symbol == symbol], "an order in it is open"),
            (symbol not in ledger.ignored and symbol not in self.state.blocked, "the owner has said no"),
            (self.bench.latch.read() is None, "the owner's halt stands"),
            (self.change() > -self.rules.breakers.daily_loss - CASH_TOLERANCE, f"the day has lost {self.change():.2%}"),
            (ledger.unexplained > -CASH_TOLERANCE * equity, f"cash is missing: {ledger.unexplained}"),
        ):
            self.must(good, f"{key}: {words}")
        self.hour(key, purpose)

    def change(self) -> Decimal:
        before = session_before(new_york_date(self.bench.exchange.now))
        assert before is not None
        return self.ledger.day_change(before.close)

    def entries(self) -> list[Row]:
        """The desk's buys of the exchange's session so far."""
        session = open_session(self.bench.exchange.now)
        buys = [one for one in self.bench.exchange.blotter.rows if one.side == "buy" and is_ours(one)]
        return [one for one in buys if session is not None and one.created_at >= session.open]

    def hour(self, key: str, purpose: str) -> None:
        now, session = self.bench.exchange.now, open_session(self.bench.exchange.now)
        assert session is not None, f"{self.where}: {key}: sent while the exchange was shut"
        clock = now.astimezone(NEW_YORK).time()
        again = [one for one in self.entries() if f"-{REDEPLOY}-" in one.client_order_id]
        again = [one for one in again if one.filled_qty or not one.status.terminal]
        self.must(now >= session.open + timedelta(minutes=5), f"{key}: bought before 09:35")
        if purpose == ENTRY:
            self.must(clock < time(12), f"{key}: an entry at {clock}")
        else:
            self.must(now <= session.close - timedelta(minutes=30), f"{key}: redeployed at {clock}")
            self.must(not again, f"{key}: a second redeployment in one day")

    # --- after a run

    def after(self, outcome: Outcome) -> None:
        """Everything that must hold after a run that heard the broker."""
        before, state = self.state, outcome.state
        unclear = any(order.status.unanswered for order in state.open_orders())
        wanted = 4 if unclear else 0
        if outcome.command == "reconcile":
            wanted = 6 if reconciliation.apart(state) else 0
        self.must(outcome.exit_code == wanted, f"exit {outcome.exit_code}: {outcome.said} {outcome.problems}")
        self.ledger.read()
        for words in self.ledger.misfits():
            self.say(words)
        self.facts(outcome, before)
        self.differences(state)
        self.stops(before, state, outcome)
        self.state = state

    def unheard(self, outcome: Outcome) -> None:
        """After a run the broker did not answer: it says so, and did nothing."""
        self.must(outcome.exit_code == 4, f"exit {outcome.exit_code} though the broker was silent")
        acts = e.OrderIntended | e.DifferenceSeen | e.CashDifferenceSeen
        did = [one for one in outcome.events if isinstance(one, acts)]
        self.must(not did, f"without the broker: {did}")
        self.state = outcome.state

    def differences(self, state: State) -> None:
        """What the ledger knows of is seen, twice where it was seen before, and nothing else is."""
        wanted = self.ledger.differences()
        told = {symbol: (one.ours, one.theirs) for symbol, one in state.differences.items()}
        self.must(told == wanted, f"differences {told}, the ledger's {wanted}")
        late = [one for one in {*wanted} & self.apart if one in told and not state.differences[one].confirmed]
        self.must(not late, f"not confirmed by the second run: {late}")
        self.apart = {*wanted}
        found, tolerance = state.cash_difference, max(Decimal(5), CASH_TOLERANCE * self.bench.exchange.equity())
        missing = abs(self.ledger.unexplained) > tolerance
        self.must((found is not None) == missing, f"cash difference {found}, the ledger's {self.ledger.unexplained}")
        if found is not None:
            gap, known = found.theirs - found.ours, self.ledger.unexplained
            self.must(gap == known, f"cash differs by {gap}, by {known} in the ledger")
            self.must(found.confirmed or not self.cash_apart, "the cash difference is not confirmed by the second run")
        self.cash_apart = missing
        strangers = {key for key, one in state.outside.items() if one.is_open}
        self.must(strangers == self.ledger.strangers(), f"outside orders {strangers}: {self.ledger.strangers()}")
        positions = {symbol: (one.qty, one.book) for symbol, one in state.positions.items()}
        mine = {symbol: (qty, self.ledger.book_of(symbol)) for symbol, qty in self.ledger.all_held().items()}
        self.must(positions == mine, f"our books {positions}, the ledger's {mine}")
        self.heard |= set(state.activities)
        silent = self.ledger.payments - self.heard
        self.must(not silent, f"activities not in the log: {silent}")

    def stops(self, before: State, state: State, outcome: Outcome) -> None:
        """No stop falls, but with the price in a split; none fires on one witness; no bad print makes a high."""
        adopted = {one.position.symbol: one.words for one in outcome.events if isinstance(one, e.PositionAdopted)}
        for symbol, now in state.positions.items():
            was = before.positions.get(symbol)
            if was is None or was.opened != now.opened:
                continue
            split = adopted.get(symbol, "").startswith("a split")
            least = floor_to_tick(was.stop * was.qty / now.qty) if split else was.stop
            self.must(now.stop >= least, f"the stop of {symbol} fell from {least} to {now.stop}")
            self.must(now.stop > 0, f"{symbol} has no stop")
            if self.sound.get(symbol, ZERO) > was.high:
                self.must(now.high < self.sound[symbol], f"one bad print made a high of {symbol}")
        raised = {one.symbol: one.stop for one in outcome.events if isinstance(one, e.StopRaised)}
        for event in outcome.events:
            if isinstance(event, e.OrderIntended) and event.order.reason in ("stop_loss", "trailing_stop"):
                key, symbol = event.order.client_order_id, event.order.symbol
                stop = raised.get(symbol) or before.positions[symbol].stop
                for price in self.prices.get(key, ()):
                    self.must(ZERO < price <= stop, f"{key}: sold at a stop of {stop} with prices {self.prices[key]}")

    def facts(self, outcome: Outcome, before: State) -> None:
        """Nothing is accepted for a buy while a halt stands; profit and the owner's word are added up."""
        standing = set(before.halts)
        for event in outcome.events:
            match event:
                case e.Halted():
                    standing.add(event.reason)
                case e.HaltSeen():
                    standing.add(Reason.OWNER)
                case e.Resumed():
                    standing.discard(event.reason)
                case e.OrderAccepted(found=False) if outcome.state.orders[event.client_order_id].side is Side.BUY:
                    self.must(not standing, f"{event.client_order_id} opened while halted: {standing}")
                case e.PositionClosed():
                    self.realised += event.trade.realised
                case e.PositionAdopted():
                    old = before.positions.get(event.position.symbol)
                    self.adopted_cost += event.position.cost - (old.cost if old is not None else ZERO)
                case e.PositionForgotten():
                    self.adopted_cost -= before.positions[event.symbol].cost
                    self.realised += before.positions[event.symbol].realised
                case _:
                    pass


def sector(symbol: str, state: State) -> str:
    """The sector a symbol counts in; what the owner gave a book has none."""
    held = state.positions.get(symbol)
    return _plain("" if held is not None and held.adopted_at is not None else SECTOR.get(symbol, ""))


def _plain(name: str) -> str:
    return "unknown" if name in NO_SECTOR else name


def _value(order: Row) -> Decimal:
    return order.rest * (order.limit_price or ZERO)
