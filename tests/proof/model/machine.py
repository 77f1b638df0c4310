"""Any act after any other: the rules hypothesis draws from, and the calm that ends every story.

Law of the file: a rule does one thing and the model judges it; what ends a story leaves no second failure behind it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from automated_trading.decisions.routines import Routine
from tests.engine.builders import EOD, MONITOR, MORNING
from tests.proof.cuts.fuse import Fuse
from tests.proof.model import calm, plots, words, world
from tests.proof.model.bench import Model, Trouble
from tests.proof.model.door import Limits
from tests.proof.model.draws import LIMITS, STARTS, at_the_order, small, tickers, troubles

LEAST_LEFT = timedelta(days=75)
"""A story is no longer than this: an empty folder looks back ninety days."""


class Tally:
    """What all examples together have done."""

    def __init__(self) -> None:
        self.rules: Counter[str] = Counter()
        self.examples = self.runs = self.violations = 0

    @property
    def steps(self) -> int:
        return sum(self.rules.values())


class DeskMachine(RuleBasedStateMachine):
    """One desk at one exchange. `fuse` and `root` are set by the test that runs it."""

    fuse: Fuse
    root: Path
    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(dir=self.root))
        self.model: Model | None = None
        self.broken = False
        self.tally.examples += 1

    @contextmanager
    def step(self, name: str) -> Iterator[Model]:
        """Counts the rule; once anything was wrong nothing more is judged."""
        assert self.model is not None
        self.tally.rules[name] += 1
        try:
            self.model.later()  # no two things bear one stamp
            yield self.model
            self.model.judge(name)
        except BaseException:
            self.broken = True
            self.tally.violations += 1
            raise

    @initialize(
        start=st.sampled_from(STARTS),
        limits=st.sampled_from(LIMITS),
        partial=st.sampled_from((Decimal(0), Decimal("0.5"), Decimal(1))),
        trouble=at_the_order,
    )
    def begins(self, start: date, limits: Limits, partial: Decimal, trouble: Trouble) -> None:
        self.model = Model(self.home / "desk", self.fuse, start, limits, partial)
        with self.step("a morning with signals") as model:
            model.approve("AAA", "BBB", "CCC")
            model.until("09:35")
            model.morning(trouble)

    # --- commands

    @rule(trouble=troubles)
    def morning(self, trouble: Trouble) -> None:
        with self.step("morning") as model:
            model.morning(trouble)

    @rule(trouble=troubles)
    def monitor(self, trouble: Trouble) -> None:
        with self.step("monitor") as model:
            model.monitor(trouble)

    @rule(trouble=troubles)
    def eod(self, trouble: Trouble) -> None:
        with self.step("eod") as model:
            model.eod(trouble)

    @rule(trouble=at_the_order, monitors=st.integers(0, 2), new=st.lists(tickers, max_size=3, unique=True))
    def a_day(self, trouble: Trouble, monitors: int, new: list[str]) -> None:
        """What is due of a session, in its order; the trouble meets the morning."""
        if self.over:
            return
        with self.step("a day") as model:
            for symbol in new:
                model.lay(symbol, world.price(model, symbol))
            model.approve(*new)
            model.until("09:35", days=1)
            model.morning(trouble)
            for _ in range(monitors):
                model.later(timedelta(minutes=5))
                model.monitor()
            model.until("16:30")
            model.eod()

    @rule(symbol=tickers, trouble=at_the_order)
    def buys(self, symbol: str, trouble: Trouble) -> None:
        """A signal that could be bought, and the morning that meets it."""
        with self.step("a signal, a morning") as model:
            if not self.over:
                model.until("09:40", days=0)
            model.lay(symbol, world.price(model, symbol))
            model.approve(symbol)
            model.morning(trouble)

    @rule(symbol=tickers, trouble=at_the_order, really=st.booleans())
    def sells(self, symbol: str, trouble: Trouble, really: bool) -> None:
        """A price, or one print of it alone, falls through its stop in session, and the runs that see it."""
        with self.step("a fall, a monitor" if really else "a bad print, a monitor") as model:
            if not model.is_open and not self.over:
                model.until("10:00")
            (world.move if really else world.bad_print)(model, symbol, Decimal("0.9"))
            model.monitor(trouble)
            model.later(timedelta(minutes=5))
            model.monitor()

    @rule(trouble=troubles)
    def resume(self, trouble: Trouble) -> None:
        with self.step("resume") as model:
            words.resume(model, trouble)

    @rule(what=st.sampled_from(("halt", "switch off", "switch on", "switch on")))
    def stops(self, what: str) -> None:
        with self.step(what) as model:
            model.set_halt() if what == "halt" else model.set_switch(what == "switch off")

    @rule(symbol=tickers, trouble=troubles, what=st.sampled_from(("adopt", "forget", "ignore", "cash")))
    def reconcile(self, symbol: str, trouble: Trouble, what: str) -> None:
        with self.step(f"reconcile --{what}") as model:
            match what:
                case "adopt":
                    words.adopt(model, symbol, trouble)
                case "forget":
                    words.forget(model, symbol, trouble)
                case "ignore":
                    words.ignore(model, symbol, trouble)
                    model.approve(symbol)  # what the owner has said no to is tempting
                case _:
                    words.count_cash(model, trouble)

    @rule(symbol=tickers, trouble=troubles, what=st.sampled_from(("exit", "block", "unblock")))
    def word(self, symbol: str, trouble: Trouble, what: str) -> None:
        with self.step(what) as model:
            acts = {"exit": words.ask_exit, "block": words.block, "unblock": words.unblock}
            acts[what](model, symbol, trouble)
            if what == "block":
                model.approve(symbol)

    @rule(routine=st.sampled_from((MORNING, MONITOR, EOD, None)))
    def looks(self, routine: Routine | None) -> None:
        """A dry run, or what `status` sees."""
        with self.step("status" if routine is None else "dry run") as model:
            words.peek(model) if routine is None else words.dry_run(model, routine)

    # --- plots

    def _plot(self, name: str, number: int) -> None:
        if self.over:
            return
        with self.step(f"plot: {name}") as model:
            plots.ready(model)
            plots.PLOTS[name](model, number)

    @rule(name=st.sampled_from(("room taken", "off between", "replaced", "asked again")), number=st.integers(0, 3))
    def plot_of_orders(self, name: str, number: int) -> None:
        self._plot(name, number)

    @rule(name=st.sampled_from(("one print", "other shares", "half promised", "sold again")), number=st.integers(0, 3))
    def plot_of_positions(self, name: str, number: int) -> None:
        self._plot(name, number)

    @rule(name=st.sampled_from(("regained", "unwanted")), number=st.integers(0, 3))
    def plot_of_words(self, name: str, number: int) -> None:
        self._plot(name, number)

    # --- the world

    @property
    def over(self) -> bool:
        return self.model is None or self.model.exchange.now - self.model.begun > LEAST_LEFT

    @rule(what=st.sampled_from((1, 5, 31, 240, *sorted(world.UP))))
    def time(self, what: int | str) -> None:
        with self.step("minutes go by" if isinstance(what, int) else f"a leap: {what}") as model:
            if isinstance(what, int):
                model.later(timedelta(minutes=what))
            elif not self.over:
                model.until(*world.UP[what])

    @rule(symbol=tickers, factor=small, everything=st.booleans())
    def prices(self, symbol: str, factor: Decimal, everything: bool) -> None:
        with self.step("all prices move" if everything else "a price moves") as model:
            if everything:
                world.crash(model, factor ** Decimal("0.2"))
            else:
                world.move(model, symbol, factor)

    @rule(
        symbol=tickers, factor=small, kind=st.sampled_from((*world.QUOTES, "bad print", "sound again", "sound again"))
    )
    def quotes(self, symbol: str, factor: Decimal, kind: str) -> None:
        with self.step(f"a quote: {kind}") as model:
            match kind:
                case "bad print":
                    world.bad_print(model, symbol, factor)
                case "sound again":
                    model.lay(symbol, world.price(model, symbol))
                case _:
                    world.bad_quote(model, symbol, kind)

    @rule(number=st.integers(0, 3), share=st.sampled_from((Decimal("0.1"), Decimal("0.6"))))
    def in_part(self, number: int, share: Decimal) -> None:
        with self.step("a partial fill") as model:
            world.fill_in_part(model, number, share)

    @rule(symbol=tickers, side=st.sampled_from(("buy", "sell")), qty=st.integers(1, 60), rests=st.booleans())
    def by_hand(self, symbol: str, side: str, qty: int, rests: bool) -> None:
        with self.step(f"by hand: {side}{' rests' if rests else ''}") as model:
            (world.rests_by_hand if rests else world.by_hand)(model, symbol, side, Decimal(qty))

    @rule(symbol=tickers, ratio=st.sampled_from((Decimal(2), Decimal(3), Decimal("0.5"))))
    def split(self, symbol: str, ratio: Decimal) -> None:
        with self.step("a split") as model:
            world.split(model, symbol, ratio)

    @rule(
        kind=st.sampled_from(("flow", "FEE", "DIV", "XYZQ", "silent")),
        amount=st.sampled_from([Decimal(one) for one in ("-9000", "-700", "-2.17", "3.33", "700", "5000")]),
    )
    def money(self, kind: str, amount: Decimal) -> None:
        with self.step(f"money: {kind}") as model:
            world.cash(model, kind, amount)

    @rule(symbol=tickers, what=st.sampled_from(world.VENUE), number=st.integers(0, 3))
    def venue(self, symbol: str, what: str, number: int) -> None:
        with self.step(f"the venue: {what}") as model:
            match what:
                case "account":
                    model.exchange.account_blocked = not model.exchange.account_blocked
                case "tradable":
                    model.exchange.untradable ^= {symbol}
                case _:
                    world.behind_our_back(model, what, number)

    @rule(
        name=st.integers(0, 3),
        kind=st.sampled_from(("deleted", "all deleted", "empty", "half", "zeroes", "changed", "a list")),
    )
    def damage(self, name: int, kind: str) -> None:
        with self.step("a snapshot damaged") as model:
            world.damage(model, name, kind)

    @rule(new=st.lists(tickers, max_size=4, unique=True), readable=st.integers(0, 4))
    def signals(self, new: list[str], readable: int) -> None:
        with self.step("signals change" if readable else "signals are garbage") as model:
            model.approve(*new) if readable else world.garbage(model)

    @rule(trouble=troubles, at_once=st.booleans())
    def folder_lost(self, trouble: Trouble, at_once: bool) -> None:
        with self.step("the folder is lost") as model:
            model.new_folder()
            model.ledger.lost()
            if at_once:
                model.monitor(trouble)

    # --- the end

    def teardown(self) -> None:
        try:
            if self.model is not None and not self.broken:
                with self.step("calm") as model:
                    calm.bring(model)
        finally:
            self.tally.runs += self.model.runs if self.model is not None else 0
            shutil.rmtree(self.home, ignore_errors=True)
