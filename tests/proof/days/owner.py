"""The owner of a simulated desk: halts it, resumes it, switches it off, settles what differs, asks for exits.

Law of the file: he knows what `status` would tell him and nothing else; his words go the way every command goes, and
may be cut off or go unheard like any run. What he has settled the ledger is told from the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from automated_trading.adapters.latch import SWITCH
from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.engine import owner, settling
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.settling import Wish
from tests.proof.days.ledger import ZERO
from tests.proof.months.market import TICKERS

if TYPE_CHECKING:
    from tests.proof.days.world import World

Command = Callable[[Desk], Outcome]
RATES: tuple[tuple[str, float], ...] = (
    ("halt", 0.012),
    ("resume", 0.08),
    ("switch off", 0.008),
    ("switch on", 0.3),
    ("settle", 0.12),
    ("ignore", 0.01),
    ("mind", 0.02),
    ("exit", 0.012),
    ("block", 0.008),
    ("unblock", 0.04),
)
BOOK = "insider"


class Owner:
    """What he does before a run."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world, self.rng = world, rng

    def act(self) -> None:
        for word, rate in RATES:
            if self.rng.random() < rate:
                self.say(word)

    def care(self) -> None:
        """He looks after everything: lifts what stands, settles what differs."""
        for word in ("switch on", "resume", "settle", "resume"):
            self.say(word)

    def say(self, word: str) -> None:
        world, state = self.world, self.world.state
        match word:
            case "halt":
                self.halt()
            case "resume" if {*state.halts} - {Reason.DAY_LOSS} or (world.folder / "halted").exists():
                world.run("resume", owner.resume)
            case "switch off":
                self.switch(True)
            case "switch on":
                self.switch(False)
            case "settle":
                self._settle()
            case "ignore" if apart := [one for one in sorted(state.differences) if one not in state.positions]:
                symbol = self.rng.choice(apart)
                self._reconcile(Wish(ignore=(symbol,)), symbol)
            case "mind" if state.ignored:
                symbol = self.rng.choice(sorted(state.ignored))
                self._reconcile(Wish(forget=(symbol,)), symbol)
            case "exit" if state.positions:
                symbol = self.rng.choice(sorted(state.positions))
                world.run("exit", lambda desk: settling.ask_exit(desk, symbol))
            case "block":
                symbol = self.rng.choice(TICKERS)
                world.run("block", lambda desk: settling.block(desk, symbol, "by hand"))
            case "unblock" if state.blocked:
                symbol = self.rng.choice(sorted(state.blocked))
                world.run("unblock", lambda desk: settling.unblock(desk, symbol))

    def halt(self) -> None:
        """The latch of `halt`, which asks for no lock and may be set in the middle of a run."""
        world = self.world
        if world.disk.sick:
            return
        counted = world.disk.armed
        world.disk.armed = False
        world.latch.set(f"t{world.step}", "by hand", "2026-01-01T00:00:00Z")
        world.disk.armed = counted
        world.happened["owner: halt"] += 1

    def switch(self, off: bool) -> None:
        path = self.world.home / SWITCH
        counted, self.world.disk.armed = self.world.disk.armed, False
        path.touch() if off else path.unlink(missing_ok=True)
        self.world.disk.armed = counted
        self.world.happened["owner: switch off"] += off and not self.world.off
        self.world.off = off

    def _settle(self) -> None:
        """Each confirmed difference by itself: adopted where the broker holds something, forgotten where not."""
        state = self.world.state
        for symbol, seen in sorted(state.differences.items()):
            if not seen.confirmed:
                continue
            held = state.positions.get(symbol)
            if seen.theirs > 0:
                self._reconcile(Wish(adopt=(symbol,), book=held.book if held is not None else BOOK), symbol)
            else:
                self._reconcile(Wish(forget=(symbol,)), symbol)
        if state.cash_difference is not None and state.cash_difference.confirmed:
            self._reconcile(Wish(cash=True), "")

    def _reconcile(self, wish: Wish, symbol: str) -> None:
        world = self.world
        outcome = world.run("reconcile", lambda desk: settling.reconcile(desk, wish)[0])
        if outcome is None:
            world.ledger.read()
            world.ledger.murky |= {symbol} - {""}
            world.cash_murky = world.cash_murky or wish.cash
            return

    def heard(self, outcome: Outcome) -> None:
        """What of his words a run has put on record, told to the ledger."""
        world = self.world
        for event in outcome.events:
            match event:
                case e.PositionAdopted():
                    world.ledger.adopted(event.position.symbol, event.position.qty)
                case e.PositionForgotten():
                    world.ledger.forgotten(event.symbol)
                case e.SymbolIgnored():
                    world.ledger.ignored.add(event.symbol)
                case e.SymbolMinded():
                    world.ledger.ignored.discard(event.symbol)
                case e.CashCounted() if outcome.command == "reconcile":
                    # counted from an answer that lags, it is wrong, and the next run says so
                    world.ledger.unexplained = ZERO
                    world.cash_murky = world.cash_murky or bool(world.wire.dice.here)
                case _:
                    pass
        if any(isinstance(event, e.PositionAdopted | e.PositionForgotten | e.CashCounted) for event in outcome.events):
            world.happened["owner: settled"] += 1
