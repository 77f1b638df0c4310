"""What befalls the account beside the desk's own orders: the owner's hand, the broker's, the wire's and the disk's.

Law of the file: a happening waits until its time and until it can be; what it began it brings to its end some runs
later. The ledger is told only what no record at the exchange tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random

from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.errors import UsageError
from automated_trading.domain.reasons import Reason
from automated_trading.engine import settling
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import Wish
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import Bench
from tests.engine.wire import answering
from tests.proof.months.ledger import BOOK, ZERO, Ledger
from tests.proof.months.market import TICKERS, MovedTape
from tests.proof.months.watch import Watch

STORY = 4
"""Runs from a happening to the owner's word about it."""
DAY = 12
CENT = Decimal("0.01")

PLAN: Mapping[str, int] = {
    "deposit": 2,
    "withdrawal": 2,
    "fee": 2,
    "dividend": 2,
    "unknown activity": 1,
    "owner halts, resumes": 2,
    "hand buy, adopted": 1,
    "hand buy, ignored, minded, sold": 1,
    "hand sell, adopted": 1,
    "hand sell, forgotten": 1,
    "hand buy rests": 2,
    "hand sell rests": 1,
    "split, adopted": 2,
    "snapshots deleted": 2,
    "cash moved, recorded late": 1,
    "cash missing, counted anew": 1,
    "cash too much, counted anew": 1,
    "halted stock": 2,
    "bad print low": 2,
    "bad print high": 1,
    "one price says sell": 3,
    "all prices fall": 1,
    "exit asked": 1,
    "block, unblock": 1,
    "answer lost": 1,
    "request lost": 1,
    "broker silent": 2,
    "switched off": 2,
}
"""Each kind of happening, and how often in a month."""

IN_THE_MORNING = ("owner halts, resumes", "switched off")
"""What must meet the day's signals to be felt."""


class Hand:
    """Does what is due before a run. `done` counts what was done, `silent` says that the next run gets no answer."""

    def __init__(self, bench: Bench, watch: Watch, tape: MovedTape, rng: Random) -> None:
        self.bench, self.watch, self.tape, self.rng = bench, watch, tape, rng
        self.ledger: Ledger = watch.ledger
        self.exchange = bench.exchange
        self.done: Counter[str] = Counter()
        self.waiting: list[tuple[int, str]] = []
        self.later: list[tuple[int, Callable[[], bool]]] = []
        self.busy: set[str] = set()
        self.step, self.silent = 0, False

    def plan(self, kinds: Mapping[str, int], first: int, last: int) -> None:
        """Lay the happenings out over the steps from `first` to `last`."""
        for kind, times in kinds.items():
            self.waiting += [(self.rng.randint(first, last), kind) for _ in range(times)]
        self.waiting.sort()

    def unfinished(self) -> list[str]:
        """What was planned and could not be, and how many stories have no end."""
        stories = [f"{len(self.later)} stories without an end"] if self.later else []
        return [kind for _, kind in self.waiting] + stories

    def act(self, step: int) -> None:
        """Everything that is due and can be."""
        self.step = step
        due, self.later = ([one for one in self.later if (one[0] <= step) is is_due] for is_due in (True, False))
        for _, end in due:
            self._a_second_later()
            if not end():
                self.later.append((step + 1, end))
        for one in [one for one in self.waiting if one[0] <= step]:
            self._a_second_later()
            if self._begin(one[1]):
                self.waiting.remove(one)
                self.done[one[1]] += 1
        self._resume_breakers()

    def _a_second_later(self) -> None:
        """No two things happen at one instant: what came after a count of cash is known by its time."""
        self.exchange.advance_to(self.exchange.now + timedelta(seconds=1))
        self.ledger.read()

    def _begin(self, kind: str) -> bool:
        if kind in self.busy or (kind in IN_THE_MORNING and self.step % DAY):
            return False
        if kind == "broker silent" and (self.silent or self.step % DAY < 2):
            return False
        match kind:
            case "deposit":
                self.exchange.move_cash(Decimal(self.rng.randint(1_000, 8_000)))
            case "withdrawal":
                self.exchange.move_cash(-Decimal(self.rng.randint(500, 4_000)))
            case "fee":
                self.exchange.pay("FEE", -Decimal(self.rng.randint(1, 5_000)) / 100)
            case "unknown activity":
                self.exchange.pay("XYZQ", Decimal(self.rng.randint(-50_000, 50_000)) / 100)
            case "snapshots deleted":
                for name in NAMES:
                    (self.bench.folder / f"{name}.json").unlink()
            case "answer lost" | "request lost":
                lost = FaultKind.LOST_AFTER if kind == "answer lost" else FaultKind.LOST_BEFORE
                self.bench.wire.faults.append(Fault(lost, "POST", "/v2/orders"))
            case "broker silent":
                self.silent = True
                self.bench.wire.on("GET", "/v2/positions", answering(503, {}))
            case "all prices fall":
                return self._crash()
            case "switched off":
                self.bench.switch_off()
                return self._story(kind, self._switch_on, 2)
            case "owner halts, resumes":
                self.bench.halt(f"t{self.step}")
                return self._story(kind, self._resume, 9)
            case "cash moved, recorded late" | "cash missing, counted anew" | "cash too much, counted anew":
                return self._cash(kind)
            case "hand buy, adopted" | "hand buy, ignored, minded, sold" | "hand buy rests" | "block, unblock":
                symbol = self.free()
                return symbol is not None and self._with_free(kind, symbol)
            case _:
                held = self.held()
                return held is not None and self._with_held(kind, held)
        return True

    # --- symbols

    def free(self) -> str | None:
        """A symbol nobody holds or has an order in."""
        taken = {*self.busy, *self.ledger.ignored, *(row.symbol for row in self.exchange.blotter.open())}
        taken |= {one for one in TICKERS if self.ledger.theirs[one] or self.ledger.held(one)}
        free = [one for one in TICKERS if one not in taken]
        return self.rng.choice(free) if free else None

    def held(self) -> str | None:
        """A symbol of ours above its stop in which books and broker agree and nothing is open."""
        taken = {*self.busy, *self.ledger.differences(), *(row.symbol for row in self.exchange.blotter.open())}
        taken |= {*self.exchange.board.laid}
        held = [one for one in sorted(self.ledger.all_held()) if one not in taken and self.true(one) > self.stop(one)]
        return self.rng.choice(held) if held else None

    def true(self, symbol: str) -> Decimal:
        return self.tape.price(symbol, self.exchange.now) or ZERO

    def stop(self, symbol: str) -> Decimal:
        """A little over the stop of a position of ours."""
        position = self.watch.state.positions.get(symbol)
        return position.stop * Decimal("1.01") if position is not None else Decimal(10**9)

    # --- stories

    def _story(self, name: str, end: Callable[[], bool], runs: int = STORY) -> bool:
        """What began has its end so many runs later; until then there is no other story of that name."""
        self.busy.add(name)

        def ends() -> bool:
            if not end():
                return False
            self.busy.discard(name)
            return True

        self.later.append((self.step + runs, ends))
        return True

    def settle(self, wish: Wish, tell: Callable[[], object]) -> bool:
        """The owner's word, as `reconcile` takes it; again later where it cannot be meant yet."""
        try:
            outcome, _ = settling.reconcile(self.bench.desk(), wish)
        except UsageError:
            return False
        tell()
        self.watch.after(outcome)
        return True

    def _noted(self, outcome: Outcome) -> bool:
        """A word of the owner's for which the broker is not asked."""
        self.watch.facts(outcome, self.watch.state)
        self.watch.state = outcome.state
        return True

    def _resume(self) -> bool:
        return self._noted(self.bench.resume())

    def _resume_breakers(self) -> None:
        """The owner lifts what a breaker laid, once a day."""
        halts = set(self.watch.state.halts) - {Reason.DAY_LOSS}
        if self.step % DAY == 3 and halts and self.bench.latch.read() is None:
            self._resume()
            self.done["a breaker resumed"] += 1

    def _switch_on(self) -> bool:
        self.bench.switch_off(False)
        return True

    def _crash(self) -> bool:
        """Everything we hold falls at once, and the day has lost more than it may; only where we hold enough for it."""
        held, equity = self.ledger.all_held(), self.exchange.equity()
        invested = sum((qty * self.true(one) for one, qty in held.items()), ZERO)
        fall = (max(ZERO, self.watch.change()) + Decimal("0.07")) * equity
        if fall > invested * Decimal("0.3") or self.silent or not 0 < self.step % DAY < DAY - 1:
            return False
        for symbol in held:
            self.tape.move(symbol, self.exchange.now, 1 - fall / invested)
        self.exchange.version += 1
        return True

    def _cash(self, kind: str) -> bool:
        if "cash" in self.busy or self.watch.state.cash_difference is not None:
            return False
        amount = Decimal(self.rng.randint(60_000, 90_000)) / 100
        amount = amount if kind.startswith("cash too much") else -amount
        self.ledger.move_silently(amount)

        def recorded() -> bool:
            self.ledger.say_after_all("FEE", amount)
            return True

        def counted() -> bool:
            return self.settle(Wish(cash=True), self.ledger.counted)

        return self._story("cash", recorded if kind.endswith("late") else counted)

    def _with_free(self, kind: str, symbol: str) -> bool:
        qty = max(Decimal(1), 1_500 // self.true(symbol))
        match kind:
            case "hand buy rests":
                self.exchange.rest_by_hand(symbol, "buy", qty, (self.true(symbol) * Decimal("0.8")).quantize(CENT))
                return True
            case "block, unblock":
                self._noted(settling.block(self.bench.desk(), symbol, "by hand"))
                return self._story(symbol, partial(self._unblock, symbol), 2 * DAY)
        self.exchange.trade_by_hand(symbol, "buy", qty)
        return self._story(symbol, partial(self._adopt if kind == "hand buy, adopted" else self._ignore, symbol))

    def _unblock(self, symbol: str) -> bool:
        return self._noted(settling.unblock(self.bench.desk(), symbol))

    def _adopt(self, symbol: str) -> bool:
        wish = Wish(adopt=(symbol,), book=self.ledger.book_of(symbol) or BOOK)
        return self.settle(wish, partial(self.ledger.adopted, symbol))

    def _ignore(self, symbol: str) -> bool:
        """Ignored for two days, minded again, and sold by hand in the end."""
        self._story(symbol, partial(self._mind, symbol), 2 * DAY)
        return self.settle(Wish(ignore=(symbol,)), partial(self.ledger.ignored.add, symbol))

    def _mind(self, symbol: str) -> bool:
        settled = self.settle(Wish(forget=(symbol,)), partial(self.ledger.ignored.discard, symbol))
        self._story(symbol, partial(self._sell, symbol))
        return settled

    def _sell(self, symbol: str) -> bool:
        self.exchange.trade_by_hand(symbol, "sell", self.ledger.theirs[symbol])
        return True

    def _forget(self, symbol: str) -> bool:
        return self.settle(Wish(forget=(symbol,)), partial(self.ledger.forgotten, symbol))

    def _with_held(self, kind: str, symbol: str) -> bool:
        qty, price = self.ledger.held(symbol), self.true(symbol)
        match kind:
            case "dividend":
                self.exchange.pay("DIV", qty / 10, symbol)
            case "exit asked":
                self._noted(settling.ask_exit(self.bench.desk(), symbol))
            case "hand sell rests" if qty >= 2:
                self.exchange.rest_by_hand(symbol, "sell", qty // 2, (price * Decimal("1.3")).quantize(CENT))
            case "hand sell, adopted" if qty >= 3:
                self.exchange.trade_by_hand(symbol, "sell", qty // 3)
                return self._story(symbol, partial(self._adopt, symbol))
            case "hand sell, forgotten":
                self.exchange.trade_by_hand(symbol, "sell", qty)
                return self._story(symbol, partial(self._forget, symbol))
            case "split, adopted":
                return self._split(symbol, qty)
            case "halted stock":
                self.exchange.set_quote(symbol, ZERO, ZERO, last=price, at=self.exchange.now)
                return self._story(symbol, partial(self._lift, symbol))
            case "one price says sell":
                under = (self.stop(symbol) * Decimal("0.95")).quantize(CENT)
                self.exchange.set_quote(symbol, ZERO, price, last=under)
                return self._story(symbol, partial(self._lift, symbol))
            case "bad print low" | "bad print high":
                wrong = (price * Decimal("2" if kind.endswith("high") else "0.7")).quantize(CENT)
                self.watch.sound[symbol] = wrong
                self.exchange.set_quote(symbol, price - CENT, price + CENT, last=wrong)
                return self._story(symbol, partial(self._lift, symbol), 1)
            case _:
                return False
        return True

    def _split(self, symbol: str, qty: Decimal) -> bool:
        """Two or three for one, or one for two where that leaves whole shares."""
        ratio = Decimal("0.5") if qty % 2 == 0 and self.rng.random() < 0.5 else Decimal(self.rng.choice((2, 3)))
        self.exchange.split(symbol, ratio)
        self.tape.move(symbol, self.exchange.now, 1 / ratio)
        del self.exchange.board.laid[symbol]
        return self._story(symbol, partial(self._adopt, symbol))

    def _lift(self, symbol: str) -> bool:
        """The tape speaks again."""
        self.watch.sound.pop(symbol, None)
        del self.exchange.board.laid[symbol]
        return True
