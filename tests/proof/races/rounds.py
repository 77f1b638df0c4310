"""One round of racing: drawn from its seed, run, and judged.

Law of the file: what a round is depends on its seed alone; who wins it does not, so that a round is judged by what must
hold whoever wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from random import Random

from automated_trading.adapters.audit_line import Line
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.proof import prove
from automated_trading.domain.errors import AuditError
from tests.proof.races.ground import READERS, WAITING, Finish, Ground
from tests.proof.races.intents import latch, lost
from tests.proof.races.zygote import Racer

LEADERS = {
    "fresh": ["morning", "morning", "monitor"],
    "fallen": ["monitor", "morning"],
    "halted": ["monitor", "morning"],
    "evening": ["eod", "monitor"],
}
OTHERS = {
    "fresh": ["morning", "morning", "monitor", "halt", "reconcile", "resume", "status", "audit verify", "eod"],
    "fallen": [
        "monitor",
        "monitor",
        "morning",
        "exit BBB --yes",
        "flatten --yes",
        "reconcile",
        "halt",
        "status",
        "audit verify",
    ],
    "halted": ["resume", "resume", "monitor", "morning", "halt", "reconcile", "audit verify"],
    "evening": ["eod", "eod", "monitor", "resume", "reconcile", "status", "audit verify"],
}
SCHEDULED = ("morning", "monitor", "eod")
CODES = {
    "status": {0, 4, 5, 6},
    "halt": {0},
    "audit": {0},
    "resume": {0},
    "reconcile": {0, 6},
    "exit": {0, 2},
    "flatten": {0, 4},
}
MACHINES = ["one folder"] * 7 + ["two alike"] * 2 + ["two, one empty"]
MANNERS = ["together", "leader stands", "leader stands", "leader killed"]


@dataclass(frozen=True)
class Round:
    """What is drawn: the ground, the folders, and each racer's folder and command; the first one leads."""

    seed: int
    ground: str
    machines: str
    manner: str
    step: int
    racers: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        words = ", ".join(f"{command} on {folder}" for folder, command in self.racers)
        return f"seed {self.seed}: {self.ground}, {self.machines}, {self.manner} at step {self.step}: {words}"


def drawn(seed: int) -> Round:
    rng = Random(seed)
    ground, machines, manner = rng.choice([*LEADERS, "fresh", "fallen"]), rng.choice(MACHINES), rng.choice(MANNERS)
    commands = [rng.choice(LEADERS[ground]), *rng.choices(OTHERS[ground], k=rng.randint(1, 3))]
    if machines == "two alike":
        commands[1] = rng.choice(LEADERS[ground])
    two = machines != "one folder"
    racers = tuple(("two" if two and n % 2 else "one", command) for n, command in enumerate(commands))
    return Round(seed, ground, machines, manner, rng.randint(2, 70), racers)


@dataclass
class Told:
    """What became of a round: how its racers and the runs after it ended, and what is wrong.

    `halted`: the latch lay in folder one when the runs after it began, `bought` is what they bought.
    """

    finishes: list[Finish]
    after: list[Finish] = field(default_factory=list)
    halted: bool = False
    bought: int = 0
    wrong: list[str] = field(default_factory=list)


def run(ground: Ground, one: Round) -> Told:
    """Lay, race, tidy up by ordinary runs, judge."""
    ground.lay(one.ground, *(("one", "two") if one.machines == "two alike" else ("one",)))
    racers = [_racer(ground, one, n) for n in range(len(one.racers))]
    told = Told(ground.heat(racers))
    told.halted, told.bought = latch(ground, "one") is not None, -ground.venue.bought
    told.after = [ground.run("monitor", folder=folder) for folder in _folders(one) * 2]
    told.bought += ground.venue.bought
    for law in (codes, one_acts, halt_obeyed, lock_free, orders, records, books, intents):
        told.wrong += [f"{one}: {law.__name__}: {what}" for what in _broken(law(ground, one, told))]
    return told


def _folders(one: Round) -> list[str]:
    return ["one"] if one.machines == "one folder" else ["one", "two"]


def _broken(found: Iterator[str]) -> Iterator[str]:
    """What a law finds; a record that cannot be read any more is a finding too."""
    try:
        yield from found
    except AuditError as damage:
        yield str(damage)


def _racer(ground: Ground, one: Round, number: int) -> Racer:
    folder, command = one.racers[number]
    racer = ground.racer(folder, *command.split())
    if number == 0:
        racer.lead = one.step if one.manner == "leader stands" else 0
        racer.kill = one.step if one.manner == "leader killed" else 0
        return racer
    waits = command.split()[0] in WAITING and folder == one.racers[0][0]
    racer.late = one.manner == "leader stands" or (one.manner == "leader killed" and one.seed % 2 == 0)
    racer.awaited = one.manner == "leader stands" and not waits
    return racer


def codes(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Each ends with a code it may end with, and says so in one line."""
    for n, finish in enumerate([*told.finishes, *told.after]):
        may = CODES.get(finish.command, {0, 7})
        if any(command.split()[0] in ("halt", "flatten") for _, command in one.racers):
            may = may | {4}  # what a halt left unsent waits, and is said
        if one.machines != "one folder":
            may = may | {4, 6}
        killed = n == 0 and one.manner == "leader killed"
        if finish.code not in may and not (killed and finish.code == -9):
            yield f"{finish.command} ended with {finish.code}: {finish.err.strip()[-300:]}"
        waits = finish.code == 4 and finish.command in SCHEDULED and one.machines == "one folder"
        if waits and "written and not sent in this run" not in finish.err:
            yield f"{finish.command} does not say what waits: {finish.err.strip()[-300:]}"
        if finish.code == 7 and (finish.err.count("\n") != 1 or "another run holds" not in finish.err):
            yield f"{finish.command} says {finish.err!r}"
        if n >= len(told.finishes) and finish.code == 7:
            yield f"{finish.command} afterwards finds the folder held"


def one_acts(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """While the leader stands in the lock, no run that does not wait for it does anything."""
    if told.finishes[0].lived.held:
        for (folder, _), finish in list(zip(one.racers, told.finishes, strict=True))[1:]:
            if folder == "one" and finish.command in SCHEDULED and finish.code != 7:
                yield f"{finish.command} ended with {finish.code} while another acted"


def halt_obeyed(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Nothing opens once `halt` has ended, but the order already on its way; what a halt left unsent stays unsent."""
    leader = told.finishes[0].lived
    if leader.stood_at and any(folder == "one" and command == "halt" for folder, command in one.racers):
        most = 1 if leader.stood_at == "POST leaves" else 0
        if leader.buys_after > most:
            yield f"{leader.buys_after} buys left after it, the leader stood at {leader.stood_at}"
    if told.halted and told.bought and one.machines == "one folder":
        yield f"{told.bought} bought by the runs afterwards, under the latch"


def lock_free(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Somebody acts; who starts after a holder's death finds no lock."""
    runs = [finish.code for finish in told.finishes if finish.command not in READERS]
    if set(runs) == {7}:
        yield "nobody acted"
    late = [
        finish.code
        for (folder, _), finish in list(zip(one.racers, told.finishes, strict=True))[1:]
        if folder == "one" and finish.command not in READERS
    ]
    if one.manner == "leader killed" and one.seed % 2 == 0 and late and set(late) == {7}:
        yield "a dead holder's lock stood"


def orders(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """One order per decision, and never more on sale than is held."""
    yield from ground.sent_twice()
    yield from ground.venue.seen
    yield from (f"{symbol}: {qty} held" for symbol, qty in ground.held().items() if qty < 0)


def records(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Each log is sound, its runs stand one behind the other, and it holds the intent of whatever was sent."""
    intended: set[str] = set()
    for folder in ("one", "two"):
        if not (ground.record(folder) / "audit_log.jsonl").exists():
            continue
        proof = prove(ground.record(folder))
        yield from (f"{folder}: {problem}" for problem in proof.problems)
        if proof.torn:
            yield f"{folder}: torn"
        lines = list(read_lines(ground.record(folder)))
        yield from _runs(folder, lines)
        ids = Counter(line.data["client_order_id"] for line in lines if line.event == "order_intended")
        yield from (f"{folder}: {name} intended {times} times" for name, times in ids.items() if times > 1)
        intended |= set(ids)
    yield from (f"{name}: sent without ink" for _, _, name in ground.venue.orders if name not in intended)


def _runs(folder: str, lines: list[Line]) -> Iterator[str]:
    for name, of_run in groupby(lines, key=lambda line: line.run):
        first = next(of_run)
        if first.run_start != first.seq:
            yield f"{folder}: run {name} goes on at line {first.seq}, behind another's"


def books(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Afterwards each folder's books are the exchange's, or say where they differ, or stand still."""
    for folder in _folders(one):
        state, held = ground.state(folder), ground.held()
        ours = {symbol: position.qty for symbol, position in state.positions.items()}
        apart = {symbol for symbol in {*ours, *held} if ours.get(symbol) != held.get(symbol)}
        if one.machines == "one folder" and (apart or state.differences):
            yield f"{folder}: books differ: {sorted(apart)}, {sorted(state.differences)}"
        if apart - set(state.differences):
            yield f"{folder}: differs without a word: {sorted(apart - set(state.differences))}"


def intents(ground: Ground, one: Round, told: Told) -> Iterator[str]:
    """Whatever was written was sent and has its answer, but for what a standing halt keeps back."""
    for folder in _folders(one):
        yield from lost(ground, folder)
