"""One run that went wrong, what the world did then, the runs that followed, and what must hold in the end.

Law of the file: whatever stopped the run, a cut of the power, a kill or a sick disk, what comes after is ordinary
runs and these same questions.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.adapters.letter_paper import Paper
from automated_trading.adapters.outbox import FOLDER, FolderOutbox
from automated_trading.domain.letter_events import LetterKept, LetterLost
from automated_trading.domain.money import spell
from automated_trading.domain.orders import looks_like_ours
from automated_trading.domain.rules import Protection
from automated_trading.domain.state import State
from automated_trading.domain.telling import evening_matter
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, bench, moment, signal
from tests.engine.wire import Act
from tests.proof.cuts.scenarios import LATE, Scenario

WORLDS = ("nothing", "signals withdrawn", "equity fallen", "halted")
CALM = ("folder lost", "money came", "switched off")
"""Worlds in which what the disk held makes no difference: one fate of the unflushed bytes is enough."""
LATER = ("10:10", "10:15", "10:20")


@dataclass(frozen=True)
class Prepared:
    """A scenario's beginning, kept so that every case starts from the same bytes."""

    scenario: Scenario
    folder: Path
    memory: dict[str, object]


def new_exchange(memory: dict[str, object]) -> Exchange:
    exchange = Exchange(SeededTape(1), start=moment("08:00"), partial_fill_rate=Decimal(1))
    exchange.restore(memory)
    return exchange


def prepared(scenario: Scenario, home: Path, mode: str = "simulated") -> Prepared:
    laid = bench(home, "AAA", "BBB", partial_fill_rate=Decimal(1))
    b = lettered(Bench(home, laid.exchange, laid.signals, scenario.rules, mode=mode), scenario)
    b.folder.mkdir(parents=True)
    scenario.before(b)
    return Prepared(scenario, b.folder, json.loads(json.dumps(b.exchange.to_memory())))


def begun(start: Prepared, home: Path) -> Bench:
    """A bench of its own that stands where the scenario begins."""
    shutil.copytree(start.folder, home / start.folder.name)
    signals = Signals([signal("AAA"), signal("BBB")])
    b = Bench(home, new_exchange(start.memory), signals, start.scenario.rules, mode=start.folder.name)
    return lettered(b, start.scenario)


def lettered(b: Bench, scenario: Scenario) -> Bench:
    """The bench, with a real outbox where the scenario is about letters."""
    if scenario.letters:
        box, paper = b.folder / FOLDER, Paper(b.mode)
        b.outbox = FolderOutbox(box, lay_out=paper.lay_out, now=lambda: b.exchange.now, phone=True)
    return b


def fresh(tmp_path: Path) -> Path:
    home = tmp_path / "case"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    return home


@dataclass
class Bar:
    """From the `begun`-th order of the exchange on nothing may open; `by_owner`: until his `resume`."""

    begun: int
    by_owner: bool
    ended: int | None = None


class Aftermath:
    """What follows on one bench, and every question asked of it. `violations` are what was seen on the way."""

    def __init__(self, b: Bench, scenario: Scenario) -> None:
        self.bench, self.scenario = b, scenario
        self.violations: list[str] = []
        self.barred: list[Bar] = []

    def verdict(self, world: str) -> list[str]:
        """The world changes, the runs follow: one line for each thing that is wrong, whatever it is."""
        try:
            self.change(world)
            return self.judge(world, self.go_on(world))
        except Exception as bug:  # noqa: BLE001 - a proof tells where it broke, and goes on
            return [*self.violations, f"{type(bug).__name__}: {bug}"]

    def overhears(self, onward: Act) -> Act:
        """An act for POST: a desk that asks for what it may not have has lost count of something."""

        def act(request: Request, handle: Callable[[Request], Response]) -> Response:
            def through(asked: Request) -> Response:
                answer = handle(asked)
                known = b"must be unique" in answer.body or b"stop price must be less" in answer.body
                if answer.status >= 400 and not known:
                    self.violations.append(f"asked for too much: {asked.body!r} -> {answer.body!r}")
                return answer

            return onward(request, through)

        return act

    def change(self, world: str) -> None:
        """What the world does meanwhile; a second later, so that no fee bears the stamp of the count of our cash."""
        b = self.bench
        b.exchange.advance_to(b.exchange.now + timedelta(seconds=1))
        match world:
            case "signals withdrawn":
                b.signals.entries = None
            case "equity fallen":
                b.exchange.pay("FEE", Decimal(-9_000))
            case "halted":
                b.halt()
            case "folder lost":
                shutil.rmtree(b.folder)
                self.lift()  # the latch went with it, and an account without orders of ours tells of no loss
            case "money came":
                b.exchange.move_cash(Decimal(5_000))
            case "switched off":
                b.switch_off()
        if world in ("equity fallen", "halted") or (world == "signals withdrawn" and not self.scenario.queued):
            self.bar(by_owner=world == "halted")

    def bar(self, *, by_owner: bool) -> None:
        """From here on nothing may open."""
        self.barred.append(Bar(len(self.bench.orders()), by_owner))

    def lift(self) -> None:
        """The owner's bars end here."""
        for bar in self.barred:
            if bar.by_owner and bar.ended is None:
                bar.ended = len(self.bench.orders())

    def go_on(self, world: str) -> Outcome:
        """The runs that follow, a few minutes apart, the owner's `resume` where he would give it, and the close."""
        b, day = self.bench, self.scenario.day
        asked = b.asked("POST") + b.asked("DELETE")
        for routine, at in zip((MONITOR, MORNING, MONITOR), LATER, strict=True):
            b.run(routine, at, day)
        if world == "switched off":
            self.violations += ["spoke while switched off"] if b.asked("POST") + b.asked("DELETE") > asked else []
            b.switch_off(False)
        if self.scenario.resume or world in ("halted", "folder lost", "switched off"):
            b.resume()
            self.lift()
            b.run(MORNING, "10:25", day)
            b.run(MONITOR, "10:30", day)
        if self.scenario.word is not None:
            self.scenario.word(b)
            b.run(MONITOR, "10:35", day)
            b.run(MONITOR, "10:40", day)
        return b.run(EOD, "16:30", day)

    def judge(self, world: str, last: Outcome) -> list[str]:
        """Everything that must hold in the end; one line for each thing that does not."""
        state = self.bench.state()
        problems = [*self.violations, *self.doubles(), *self.orphans(state), *self.books(state), *self.opened()]
        problems += [f"eod: {last.exit_code} {last.said}"] if last.exit_code else []
        return problems + self.stuck(world) + (self.untold(state, world) if self.scenario.letters else [])

    def doubles(self) -> list[str]:
        """More orders than decisions; a stop that was cancelled may have a successor."""
        rows = [row for row in self.bench.orders() if looks_like_ours(row.client_order_id)]
        counted = [row for row in rows if not (row.type == "stop" and row.status.value == "canceled")]
        kinds = Counter(row.client_order_id.rsplit("-", 1)[0] for row in counted)
        once = {kind: 1 + (self.scenario.twice != "" and kind.startswith(self.scenario.twice)) for kind in kinds}
        found = [f"{count} orders for one decision: {kind}" for kind, count in kinds.items() if count > once[kind]]
        buys = Counter((row.symbol, row.created_at.date()) for row in rows if row.side == "buy")
        return found + [f"{count} buys of {symbol} on {day}" for (symbol, day), count in buys.items() if count > 1]

    def orphans(self, state: State) -> list[str]:
        known = set(state.orders) if self.scenario.day < LATE else set()
        log = "".join(path.read_text() for path in self.bench.folder.glob("audit_log*.jsonl"))
        ids = [row.client_order_id for row in self.bench.orders() if looks_like_ours(row.client_order_id)]
        return [
            f"{one} is at the broker and not on our books"
            for one in ids
            if one not in log or (known and one not in known)
        ]

    def books(self, state: State) -> list[str]:
        ours = {symbol: held.qty for symbol, held in state.positions.items()}
        theirs = {symbol: held.qty for symbol, held in self.bench.exchange.ledger.positions.items()}
        problems = [f"our books {ours}, the broker's {theirs}"] if ours != theirs else []
        problems += [f"a difference stands: {state.differences}"] if state.differences else []
        cash = self.bench.exchange.ledger.cash
        problems += [f"our cash {state.cash}, the broker's {cash}"] if state.cash != cash else []
        waiting = [order for order in state.open_orders() if not (order.protects and order.rests)]
        problems += [f"not at its end: {order.client_order_id}" for order in waiting]
        return problems + (self.bare(state) if self.scenario.rules.exits.protection is Protection.BROKER else [])

    def bare(self, state: State) -> list[str]:
        """Positions for whose every share no stop rests at the broker, or more than one could sell."""
        resting: Counter[str] = Counter()
        for row in self.bench.exchange.blotter.open():
            resting[row.symbol] += int(row.rest) if row.type == "stop" else 0
        held = {symbol: int(position.qty) for symbol, position in state.positions.items()}
        return [f"stops for {dict(resting)} shares, held {held}"] if dict(resting) != held else []

    def untold(self, state: State, world: str) -> list[str]:
        """Fills and closed days nobody is told of, letters on record that are not there or not whole, and any told
        twice on record; a lost folder's letters went with it."""
        box = self.bench.folder / FOLDER
        waiting = {path.stem: KeptLetter.decoded(path.read_bytes()).key for path in box.glob("*.json")}
        problems = [f"{name} is the letter {key}" for name, key in waiting.items() if name != key]
        problems += [f"the letter {key} is on record and not there" for key in state.letters.keys() - waiting.keys()]
        if world == "folder lost":
            return problems
        rows = [row for row in self.bench.orders() if looks_like_ours(row.client_order_id) and row.filled_qty > 0]
        fills = [f"fill:{row.client_order_id}:{spell(row.filled_qty)}" for row in rows]
        wanted = [*fills, evening_matter(self.scenario.day)]
        return problems + [f"nobody is told of {name}" for name in wanted if name not in state.told] + self.repeated()

    def repeated(self) -> list[str]:
        """What two letters on record tell in the same words, neither of them lost."""
        told: dict[tuple[str, str], str] = {}
        problems = []
        for line in read_lines(self.bench.folder):
            event = line.event
            if isinstance(event, LetterLost):
                told = {matter: key for matter, key in told.items() if key != event.key}
            for matter in event.matters.items() if isinstance(event, LetterKept) else ():
                problems += [f"{matter[0]} is told in {told[matter]} and {event.key}"] if matter in told else []
                told[matter] = event.key
        return problems

    def opened(self) -> list[str]:
        rows = self.bench.orders()
        bought = [row for bar in self.barred for row in rows[bar.begun : bar.ended] if row.side == "buy"]
        return [f"{row.client_order_id} opened while nothing may" for row in bought]

    def stuck(self, world: str) -> list[str]:
        """Safe is not enough: exits must have gone, and with nothing against them the entries too."""
        held = set(self.bench.exchange.ledger.positions)
        problems = [f"{symbol} was not sold" for symbol in self.scenario.sold if symbol in held]
        if world in ("nothing", "halted", *CALM):
            problems += [f"{name} was never bought" for name in ("AAA", "BBB") if not self.bench.orders(name)]
        return problems


def intended(ink: bytes, client_order_id: str) -> bool:
    """Whether these bytes of a log hold the line that intends the order."""
    lines = (line for line in ink.splitlines() if b'"event":"order_intended"' in line)
    return any(f'"client_order_id":"{client_order_id}"'.encode() in line for line in lines)
