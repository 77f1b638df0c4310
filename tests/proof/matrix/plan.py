"""Which cells there are: every endpoint of every scene with every fault, and the pairs around an order.

Law of the file: a scene is first run undisturbed, and what it asked then is what can be struck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.bent_answers import fields
from automated_trading.simulator.faults import DELAY, FaultKind
from tests.engine.builders import Bench
from tests.proof.matrix.scenes import SCENES, Scene
from tests.proof.matrix.stage import Strike, endpoint_of

DAY = timedelta(days=1)
PLAIN = tuple((kind, DELAY) for kind in FaultKind)
LONGER = (
    (FaultKind.LATE, timedelta(minutes=1)),
    (FaultKind.LATE, timedelta(minutes=33)),
    (FaultKind.LATE, DAY),
    (FaultKind.LAGGING, timedelta(minutes=12)),
    (FaultKind.UNSEEN, timedelta(minutes=12)),
    (FaultKind.SKEWED, timedelta(seconds=90)),
)
"""The faults that have a length, at other lengths than ten seconds."""

FAULTS = PLAIN + LONGER
BY_FIELD = (FaultKind.WRONG_TYPES, FaultKind.MISSING_FIELDS)
BEFORE = ("clock", "calendar", "positions", "orders", "activities", "account", "snapshots", "asset", "bars")
"""What is read before an order is sent."""

SHIFT = 22
"""Which fault meets which in the short form: an order late by half an hour one that is not seen, among others."""

LOOKUPS = ("order by client id", "orders")


@dataclass(frozen=True)
class Cell:
    """The strikes of a scene's run and of the runs right after it; `halted`: the owner halts before the calm runs."""

    scene: str
    runs: tuple[tuple[Strike, ...], ...]
    halted: bool = False

    @property
    def nights(self) -> int:
        """A second session follows where something arrives a day late."""
        return 1 + any(one.delay >= DAY for strikes in self.runs for one in strikes)

    def __str__(self) -> str:
        told = " then ".join(" and ".join(map(str, strikes)) or "nothing" for strikes in self.runs)
        return f"{self.scene}: {told}{', halted' if self.halted else ''}"


@dataclass(frozen=True)
class Asked:
    """How often an undisturbed run of a scene asks for each endpoint, and how many fields the answers have."""

    scene: str
    times: dict[str, int]
    fields: dict[str, int]


def asked_in(scene: Scene, b: Bench) -> Asked:
    """A run of the scene that nobody disturbs."""
    times: Counter[str] = Counter()
    counted: Counter[str] = Counter()

    def counting(request: Request, handle: object) -> Response:
        answer: Response = handle(request)  # type: ignore[operator]
        name = endpoint_of(request.method, request.path)
        times[name] += 1
        counted[name] = max(counted[name], len(fields(answer.body)))
        return answer

    for method in ("GET", "POST", "DELETE"):
        b.wire.on(method, "/v2/", counting)
    told = scene.run(b)
    assert told.exit_code == 0, told.said
    return Asked(scene.name, dict(times), dict(counted))


def singles(asked: Asked) -> Iterator[Cell]:
    """Each request of the run with each fault, and each endpoint sick for the whole run."""
    for endpoint, times in asked.times.items():
        for kind, delay in FAULTS:
            for nth in (0, *range(1, times + 1)):
                yield Cell(asked.scene, ((Strike(endpoint, kind, nth, delay),),))


def fields_one_by_one(asked: Asked) -> Iterator[Cell]:
    """Each field of each answer alone of another type, or missing."""
    for endpoint, count in asked.fields.items():
        for kind in BY_FIELD:
            for which in range(count):
                yield Cell(asked.scene, ((Strike(endpoint, kind, 0, which=which),),))


def while_halted(asked: Asked) -> Iterator[Cell]:
    """Each fault on what changes something, and then the owner halts the desk."""
    for endpoint in ("submit", "cancel"):
        for kind, delay in FAULTS if endpoint in asked.times else ():
            yield Cell(asked.scene, ((Strike(endpoint, kind, 1, delay),),), halted=True)


def after_an_order(full: bool = True) -> Iterator[Cell]:
    """Each fault on an order with each fault on the lookups of the very next run; short: each of them once."""
    for (i, (first, late)), (j, (second, behind)) in product(enumerate(FAULTS), repeat=2):
        for at, lookup in enumerate(LOOKUPS):
            if full or ((i + j) % len(FAULTS) == SHIFT and i % 2 == at):
                yield Cell("entry", ((Strike("submit", first, 1, late),), (Strike(lookup, second, 0, behind),)))


def before_an_order(full: bool = True) -> Iterator[Cell]:
    """Each fault on what is read before an order with each fault on the order; short: each of them at least once."""
    for (i, first), (j, second), (at, read) in product(enumerate(FaultKind), enumerate(FaultKind), enumerate(BEFORE)):
        if full or ((i + j) % len(FaultKind) == SHIFT and (i + at) % len(BEFORE) == 0):
            yield Cell("entry", ((Strike(read, first), Strike("submit", second)),))


ALL_SCENES = {scene.name: scene for scene in SCENES}
