"""What must hold after a run: the books against the broker's, every fill once, every cent, and the record itself.

Law of the file: what the record says is told by its own bytes, what is true by the exchange and the ledger beside it.
I10, I11, I12, I16, I18, I22 and I25 are judged here, and the promise that what was to be done gets done.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import to_parts
from automated_trading.domain.events import OrderWithdrawn
from automated_trading.domain.orders import Order, OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Protection
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.orders import Order as Row, Status
from tests.proof.days.ledger import ZERO

if TYPE_CHECKING:
    from tests.proof.days.world import World

CENTS_OF_AN_AVERAGE = Decimal("0.0001")
ENDS = {
    Status.FILLED: OrderStatus.FILLED,
    Status.CANCELED: OrderStatus.CANCELLED,
    Status.EXPIRED: OrderStatus.EXPIRED,
    Status.REJECTED: OrderStatus.REJECTED,
}


class Judge:
    def __init__(self, world: World) -> None:
        self.world = world
        self.stops: dict[str, tuple[object, Decimal, Decimal]] = {}
        self.undated: set[str] = set()

    def must(self, good: bool, words: str) -> None:
        if not good:
            self.world.say(words)

    def any_run(self, outcome: Outcome) -> None:
        """After every run that came to its end, whatever struck."""
        world = self.world
        self.chain()
        self.must(outcome.state == world.record.place.state, "the state is not the fold of the log")
        self.must(outcome.head == (world.record.place.seq, world.record.place.hash), "the head is not the log's end")
        self.must(outcome.exit_code in (0, 3, 4, 6), f"exit {outcome.exit_code}: {outcome.problems}")
        excused = world.disk_struck or world.disk.sick or world.broken_file
        self.must(outcome.exit_code != 3 or bool(excused), f"exit 3: {outcome.said}")
        self._stops(outcome.state)

    def chain(self) -> None:
        """The log holds line by line, whatever befell the run that wrote it."""
        self.world.record.read()
        self.must(not self.world.record.problems, f"the log is damaged: {self.world.record.problems[:2]}")

    def clean_run(self, outcome: Outcome) -> None:
        """After a run that heard the broker and met no fault: nothing may be left to explain."""
        world, state = self.world, outcome.state
        world.ledger.read()
        for words in world.ledger.misfits():
            world.say(words)
        unanswered = [one.client_order_id for one in state.open_orders() if one.status.unanswered]
        if outcome.command != "reconcile":
            resting = outcome.command == "eod" and any(map(world.ledger.is_ours, world.exchange.blotter.open()))
            slow = bool(outcome.problems) and all("cancel is not confirmed yet" in one for one in outcome.problems)
            fine = outcome.exit_code == 0 or bool(unanswered) or world.broken_file or resting or slow
            self.must(fine, f"exit {outcome.exit_code}: {outcome.said} {outcome.problems}")
        self._books(state)
        self._orders(state)
        self._undated(state)
        self._cash(state)
        self._averages(state)
        silent = world.ledger.payments - world.record.heard.keys() - world.unheard
        self.must(not silent or world.cash_murky, f"payments not heard: {sorted(silent)}")

    # --- the parts

    def _books(self, state: State) -> None:
        ledger = self.world.ledger
        for symbol in sorted(ledger.murky):
            held = state.positions.get(symbol)
            ledger.ours[symbol] = held.qty if held is not None else ZERO
            ledger.ignored.discard(symbol)
            ledger.ignored |= {symbol} & state.ignored.keys()
        ledger.murky = set()
        ours = {symbol: position.qty for symbol, position in state.positions.items() if position.qty}
        mine = {symbol: qty for symbol, qty in ledger.ours.items() if qty}
        self.must(ours == mine, f"our books {_apart(ours, mine)}, the ledger's {_apart(mine, ours)}")
        wanted = ledger.differences()
        told = {symbol: (one.ours, one.theirs) for symbol, one in state.differences.items()}
        told = {symbol: pair for symbol, pair in told.items() if pair[0] != pair[1] or symbol not in state.disturbed}
        self.must(told == wanted, f"differences {told}, the ledger's {wanted}")
        loose = [symbol for symbol, one in state.differences.items() if not one.confirmed]
        self.must(not loose, f"not looked at twice: {loose}")

    def _orders(self, state: State) -> None:
        """Every order of ours at the exchange is known with its fills, once; what has ended there has ended here."""
        exchange = self.world.exchange
        for row in exchange.blotter.rows:
            if not self.world.ledger.is_ours(row) or row.replaces is not None:
                continue
            known = state.orders.get(row.client_order_id)
            if known is None:
                day = row.client_order_id.rsplit("-", 3)[1]
                forgotten = state.forgotten is not None and day <= f"{state.forgotten:%Y%m%d}"
                self.must(forgotten, f"{row.client_order_id} is at the broker and not on our books")
                continue
            self._order(known, row)

    def _order(self, known: Order, row: Row) -> None:
        filled, paid, last = row.filled_qty, row.paid, row
        while last.replaced_by is not None:
            successor = self.world.exchange.blotter.by_id(last.replaced_by)
            assert successor is not None
            last, filled, paid = successor, filled + successor.filled_qty, paid + successor.paid
        key = row.client_order_id
        self.must(known.filled_qty == filled, f"{key}: {known.filled_qty} booked, {filled} filled")
        self.must(abs(known.filled_value - paid) <= 1, f"{key}: {known.filled_value} booked, {paid} paid")
        if last.status in ENDS:
            self.must(known.status is ENDS[last.status], f"{key}: {known.status.value}, at the broker {last.status}")
        else:
            self.must(not known.status.ended, f"{key}: {known.status.value}, open at the broker")

    def _undated(self, state: State) -> None:
        """What an answer without its hour dated to before our cash was first counted is taken for counted already."""
        if state.cash_since is None:
            return
        came = {row.id: row.at for row in self.world.exchange.ledger.activities if row.at > state.cash_since}
        early = {key for key, told in state.activities.items() if key in came and told.at <= state.cash_since}
        self.world.cash_murky = self.world.cash_murky or bool(early - self.undated)
        self.undated |= early

    def _cash(self, state: State) -> None:
        world, ledger = self.world, self.world.ledger
        if world.cash_murky and state.cash is not None:
            ledger.unexplained, world.cash_murky = world.exchange.ledger.cash - state.cash, False
            world.unheard = ledger.payments - self.world.record.heard.keys()
        if state.cash is None:
            return
        ours = world.exchange.ledger.cash - ledger.unexplained
        self.must(state.cash == ours, f"our cash {state.cash}, should be {ours}")
        apart = state.cash_difference is not None
        missing = abs(ledger.unexplained) > max(Decimal(5), world.exchange.equity() / 1000)
        self.must(apart == missing, f"cash difference {state.cash_difference}, unexplained {ledger.unexplained}")

    def _averages(self, state: State) -> None:
        """What nobody's hand was in has cost what the broker says it cost."""
        world = self.world
        for symbol, position in state.positions.items():
            theirs = world.exchange.ledger.positions.get(symbol)
            if symbol in world.ledger.handled or theirs is None or symbol in state.differences:
                continue
            gap = abs(position.entry_price - theirs.avg_entry_price)
            words = f"{symbol} cost {position.entry_price}, at the broker {theirs.avg_entry_price}"
            self.must(gap <= theirs.avg_entry_price * CENTS_OF_AN_AVERAGE, words)

    def _stops(self, state: State) -> None:
        """Every position has a stop, and none falls but with the price in a split."""
        now: dict[str, tuple[object, Decimal, Decimal]] = {}
        for symbol, position in state.positions.items():
            self.must(position.stop > 0, f"{symbol} has no stop")
            now[symbol] = (position.opened, position.stop, position.base)
            was = self.stops.get(symbol)
            if was is None or was[0] != position.opened or symbol in self.world.ledger.handled:
                continue
            self.must(position.stop >= was[1], f"the stop of {symbol} fell from {was[1]} to {position.stop}")
        self.stops = now

    # --- after some quiet

    def at_rest(self, outcome: Outcome) -> None:
        """After a quiet evening: every order at its end, nothing unclear, nothing apart, snapshots sound."""
        world, state = self.world, outcome.state
        self.must(outcome.exit_code == 0, f"after a quiet evening: exit {outcome.exit_code}: {outcome.said}")
        waiting = [one.client_order_id for one in state.open_orders() if not (one.protects and one.rests)]
        coming = {one["client_order_id"] for one in world.wire.late()}
        self.must(not waiting, f"after a quiet evening these are open: {waiting}")
        self.must(state.day.figures is not None, "after a quiet evening the session is not closed")
        known = {one.broker_id for one in state.open_orders()}
        ours = [one for one in world.exchange.blotter.open() if world.ledger.is_ours(one)]
        loose = [one.client_order_id for one in ours if one.type != "stop" or one.id not in known]
        self.must(not loose, f"after a quiet evening these rest at the broker: {loose}")
        # what an unanswered order stood in until this run, the owner was not let settle
        withdrawn = [one.client_order_id for one in outcome.events if isinstance(one, OrderWithdrawn)]
        given_up = {state.orders[key].symbol for key in withdrawn}
        apart = sorted(state.differences.keys() - (given_up & world.ledger.handled))
        self.must(not apart or bool(coming), f"after a quiet evening there differ {apart}")
        loaded = snapshots.load(world.folder)
        self.must(loaded is not None, "after a quiet evening the snapshots are not sound")
        if loaded is not None:
            self.must((loaded.seq, loaded.head) == outcome.head, "the snapshots tell of another line")
            self.must(loaded.parts == to_parts(state), "the snapshots tell another state")

    def guarded(self, state: State) -> None:
        """I18: in quiet hours every whole share that is in no dispute has a stop at the broker, where it belongs."""
        exchange = self.world.exchange
        if self.world.rules.exits.protection is Protection.MONITOR:
            return
        for symbol, position in state.positions.items():
            if symbol in {*state.differences, *exchange.inactive, *exchange.untradable} or position.qty < 1:
                continue
            rows = exchange.blotter.open_in(symbol, "sell")
            mine = [row for row in rows if self.world.ledger.is_ours(row)]
            others = sum((row.rest for row in rows if row not in mine), ZERO)
            last, quote = exchange.board.last(symbol, exchange.now), exchange.board.quote(symbol, exchange.now)
            near = [price for price in (last, quote.bid if quote is not None else None) if price is not None]
            ended = [one for one in state.orders.values() if one.protects and one.symbol == symbol]
            refused = any(one.status in (OrderStatus.REJECTED, OrderStatus.REFUSED) for one in ended)
            buys = exchange.blotter.open_in(symbol, "buy")
            # named in the run's line with exit 4: a sale nobody answered, a stop nobody answered for shares the owner
            # has promised since, a cancel the broker has not carried out
            waits = [one for one in state.open_orders(symbol) if one.status.unanswered]
            undone = any(not one.protects or others for one in waits)
            undone = undone or any(row.type != "stop" or row.status is Status.PENDING_CANCEL for row in mine)
            if refused or buys or undone or any(price <= position.stop for price in near):
                continue
            rests = sum((row.rest for row in mine), ZERO)
            due = (position.qty - others) // 1
            self.must(rests == due, f"{symbol}: {position.qty} held, a stop for {rests} at the broker")
            stops = [row.stop_price for row in mine if row.stop_price is not None]
            low = [stop for stop in stops if not stop <= position.stop < stop * Decimal("1.02")]
            # a lost folder has forgotten the high that a stop stood for; the stop stays, for it only rises
            taken_back = any(
                one.protects and one.reason == Reason.TAKEN_BACK.value for one in state.open_orders(symbol)
            )
            adopted = taken_back or symbol in self.world.ledger.handled
            self.must(not low or adopted, f"{symbol}: stop {position.stop}, at the broker {low}")

    def sold(self, state: State) -> None:
        """In quiet hours what has stood under its stop for two runs has gone."""
        exchange = self.world.exchange
        self.guarded(state)
        for symbol, position in state.positions.items():
            quote, last = exchange.board.quote(symbol, exchange.now), exchange.board.last(symbol, exchange.now)
            if quote is None or last is None or symbol in {*state.differences, *exchange.inactive}:
                continue
            under = 0 < quote.bid <= position.stop and last <= position.stop
            # the market may have refused what this very run had asked for
            asked = [row for row in exchange.blotter.rows if row.created_at >= exchange.now - timedelta(minutes=1)]
            selling = [row for row in [*asked, *exchange.blotter.open_in(symbol, "sell")] if row.symbol == symbol]
            self.must(not under or bool(selling), f"{symbol} stands under its stop of {position.stop} and is not sold")


def _apart(one: dict[str, Decimal], other: dict[str, Decimal]) -> dict[str, Decimal]:
    return {symbol: qty for symbol, qty in one.items() if other.get(symbol) != qty}
