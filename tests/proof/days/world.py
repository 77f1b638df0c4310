"""One seed's world: a desk, an exchange, a disk and a wire, and what befalls them, day by day and run by run.

Law of the file: everything follows from the seed. The first thing that may not be ends the block and is one line: seed,
step, date and run; the same seed gives the same line again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.latch import KillSwitch, Latch
from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.adapters.signal_file import SignalFile
from automated_trading.assembly.in_process import IN_PROCESS_URL
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import BrokerError, StateError, UsageError
from automated_trading.domain.rules import AgeRule, Caps, ExitRules, Protection, Rules, Sizing
from automated_trading.domain.state import State
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.simulator.calendar import NEW_YORK, Session, open_session, sessions
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.troubles import Troubles
from tests.proof.cuts.fuse import PowerCut
from tests.proof.days.disk import Disk
from tests.proof.days.door import Door
from tests.proof.days.fate import Fate
from tests.proof.days.hand import Hand
from tests.proof.days.judge import Judge
from tests.proof.days.ledger import Ledger
from tests.proof.days.once import proved_once
from tests.proof.days.owner import Owner
from tests.proof.days.record import Record
from tests.proof.days.wire import DaysWire, Dice, HostClock
from tests.proof.months.market import INACTIVE, UNTRADABLE, MovedTape, spread_over, write_signals

BLOCK = 20
"""Sessions in one seed's block."""

RUNS = 12
CALM_FROM = 5
"""The run of each fifth day from which on it is quiet."""

FIRST, LAST = date(2026, 1, 5), date(2027, 11, 30)
RULES = (
    Rules(),
    Rules(
        caps=Caps(max_positions=6, max_entries_per_day=3, capital_limit=Decimal(90_000)),
        exits=ExitRules(ages=(AgeRule(4, Decimal("0.01")), AgeRule(8, Decimal("0.05")))),
    ),
    Rules(
        caps=Caps(sizing=Sizing.SCORE, max_positions=5, max_exposure=Decimal("0.9")),
        exits=ExitRules(protection=Protection.MONITOR),
        books={"insider": Decimal("0.6"), "second": Decimal("0.4")},
    ),
)
TROUBLES = Troubles(
    rejected=Decimal("0.03"),
    partial=Decimal("0.5"),
    replaced=Decimal("0.03"),
    aside=Decimal("0.04"),
    cancel_loses=Decimal("0.2"),
    cancel_lasts=Decimal("0.15"),
    halted=Decimal("0.02"),
    stale=Decimal("0.02"),
    zero=Decimal("0.01"),
    crossed=Decimal("0.01"),
    absent=Decimal("0.015"),
    bad_print=Decimal("0.01"),
)
"""What goes wrong at the venue by its own seed; the rest is done to it by hand."""


class Violation(BaseException):
    """What may not be; its text is the one line. Not an Exception: no fence of the desk may swallow it."""


class World:
    """Everything of one seed, in a folder of its own."""

    mode = "simulated"

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.seed, self.folder = home, seed, home / self.mode
        self.happened: Counter[str] = Counter()
        rng = Random(f"days {seed}")
        every = sessions(FIRST, LAST)
        begin = rng.randrange(len(every) - BLOCK)
        self.days = every[begin : begin + BLOCK]
        self.tape = MovedTape(seed)
        start = datetime.combine(self.days[0].day, time(8), NEW_YORK)
        self.exchange = Exchange(self.tape, start=start, seed=seed, troubles=TROUBLES)
        self.exchange.inactive.add(INACTIVE)
        self.exchange.untradable.add(UNTRADABLE)
        self.rules = RULES[seed % len(RULES)]
        self.disk = Disk(self.folder)
        self.wire = DaysWire(self.exchange, self.disk, Dice(Random(f"wire {seed}")))
        self.clock = HostClock(self.wire)
        self.latch = Latch(self.folder)
        self.file = home / "approved_signals.json"
        self.ledger, self.record = Ledger(self.exchange), Record(self.folder)
        self.door, self.judge = Door(self), Judge(self)
        self.hand, self.owner = Hand(self, Random(f"hand {seed}")), Owner(self, Random(f"owner {seed}"))
        self.rng, self.fate = rng, Fate(self, Random(f"fate {seed}"))
        self.exchange.witness = self.door.accepts
        self.wire.door, self.wire.answered = self.door.departs, self.door.answered
        self.step = self.run_offset = self.disk_struck = 0
        self.where, self.session = "before the first run", self.days[0]
        self.off = self.broken_file = self.cash_murky = False
        self.unheard: set[str] = set()

    @property
    def state(self) -> State:
        """What the log tells, as `status` would."""
        return self.record.place.state

    @property
    def account(self) -> str:
        return self.state.account

    def say(self, words: str) -> None:
        raise Violation(f"seed {self.seed}, step {self.step} ({self.where}): {words}")

    def desk(self) -> Desk:
        """A fresh desk, as each process would put it together."""
        client = AlpacaClient(
            trading_url=IN_PROCESS_URL,
            data_url=IN_PROCESS_URL,
            key="simulated",
            secret="simulated",
            clock=self.clock,
            session=InProcessSession(self.wire),
        )
        return Desk(
            mode=self.mode,
            store=FolderStore(self.folder, self.mode),
            broker=AlpacaBroker(client),
            prices=AlpacaPrices(client),
            signals=SignalFile(self.file, self.clock.now),
            clock=self.clock,
            gate=OwnersHand(KillSwitch(True, [self.home]), self.latch),
            rules=self.rules,
            rules_hash="rules",
            version="0",
        )

    # --- days

    def live(self) -> None:
        """The whole block. Raises Violation."""
        with self.disk.fitted(), proved_once():
            for number, session in enumerate(self.days):
                self.session = session
                self._day(session, calm=number % 5 == 4)

    def _day(self, session: Session, calm: bool) -> None:
        self._signals(session)
        times = [session.open + timedelta(minutes=5), *spread_over(session.open, session.close, RUNS - 2)]
        outcome = None
        for number, due in enumerate([*times, session.close + timedelta(minutes=30)]):
            quiet = calm and number >= CALM_FROM
            routine = Routine.MORNING if number == 0 else Routine.EOD if number == RUNS - 1 else Routine.MONITOR
            self.where = f"{session.day} {routine.value}"
            for at in [due] if quiet else self.fate.times(session, due):
                self.wire.advance_to(at)
                outcome = self._one(routine, quiet, number)
            if quiet and number == RUNS - 2 and outcome is not None and open_session(self.exchange.now) is not None:
                self.judge.sold(outcome.state)
            self.step += 1
        if calm and outcome is not None:
            self._rest(session, outcome)

    def _one(self, routine: Routine, quiet: bool, number: int) -> Outcome | None:
        """What happens before a run, and the run."""
        self.fate.quiet = quiet
        if not quiet:
            self.fate.between()
            self.hand.act()
            self.owner.act()
        elif number == CALM_FROM:
            self.fate.calm()
            self.hand.calm()
        if quiet and number in (CALM_FROM, CALM_FROM + 2, CALM_FROM + 4):
            self.owner.care()
        return self.run(routine.value, partial(run_cycle, routine=routine))

    def _rest(self, session: Session, outcome: Outcome) -> None:
        strays = [one for one in self.exchange.blotter.open() if one.created_at >= session.close]
        if strays:
            self.happened["an order came after the close of a quiet day"] += 1
            return
        self.judge.at_rest(outcome)
        self.happened["a quiet evening judged"] += 1

    def _signals(self, session: Session) -> None:
        rng = self.rng
        draw = rng.random()
        if draw < 0.04:
            self.happened["signals: none new"] += 1
            return
        self.broken_file = False
        good = write_signals(self.file, rng, self.tape, session.day, self.exchange.now)
        up, down = rng.sample(good, 2)
        self.tape.move(up, session.open, Decimal("1.06"))
        self.tape.move(down, session.open, Decimal("0.88"))
        if draw < 0.06:
            self.file.write_text(self.file.read_text()[:-40])
            self.broken_file = True
            self.happened["signals: broken file"] += 1

    # --- runs

    def run(self, command: str, act: Callable[[Desk], Outcome]) -> Outcome | None:
        """One command, with whatever befalls it; None where it did not come to its end."""
        self.happened[f"run: {command}"] += 1
        self.judge.chain()
        self.run_offset = self.record.place.offset
        struck = self.disk.struck.total()
        self.wire.begin()
        self.door.begin()
        burning = self.fate.befalls(command)
        began = self.exchange.now
        try:
            outcome = act(self.desk())
        except PowerCut:
            self._cut(burning)
            return None
        except UsageError:
            return None
        except (StateError, BrokerError) as problem:
            self._excused(problem, self.disk.struck.total() > struck)
            return None
        except Exception as bug:  # noqa: BLE001 - whatever a run raises else is a violation, told in one line
            self.say(f"{command} raised {bug!r}")
            return None
        finally:
            if not self.disk.dead:
                self.fate.lengths[command] = self.disk.steps
            self.disk.end()
        self.disk_struck = self.disk.struck.total() - struck
        self.door.must(self.exchange.now - began <= timedelta(minutes=5), f"took {self.exchange.now - began}")
        self.owner.heard(outcome)
        self.judge.any_run(outcome)
        heard = self.wire.read_at == self.exchange.now and command in ("morning", "monitor", "eod", "reconcile")
        if heard and not self.wire.dice.here and not self.disk_struck:
            self.judge.clean_run(outcome)
            self.happened["a clean run judged"] += 1
        return outcome

    def _cut(self, fate: str) -> None:
        covered = self.disk.durable.get(self.record.inode(), 0)
        self.disk.burn(fate)
        if fate != "kept":
            self.record.after_cut(covered)
        self.record.read()
        self.happened[f"cut: {fate}"] += 1

    def _excused(self, problem: Exception, by_disk: bool) -> None:
        if isinstance(problem, StateError) and not by_disk:
            self.say(f"refused to run: {problem}")
        if isinstance(problem, BrokerError) and not self.wire.dice.here:
            self.say(f"the broker was not heard: {problem}")
        self.happened[f"raised: {type(problem).__name__}"] += 1
        self.record.read()
