"""The runs that are struck: what was before each, and what must have come of it in the end.

Law of the file: between them the scenes ask everything the desk ever asks a broker.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.decisions.routines import Routine
from automated_trading.engine import flatten as engine
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, bench, moment, signal
from tests.proof.matrix.stage import Sockets, Stage, new_exchange


@dataclass(frozen=True)
class Scene:
    """What was before (in process), the run that is struck, and what must have been sold by the evening.

    `act` is a command that is more than one run.
    """

    name: str
    before: Callable[[Bench], object]
    routine: Routine
    at: str
    sold: tuple[str, ...] = ()
    act: Callable[[Bench], Outcome] | None = None

    def run(self, b: Bench) -> Outcome:
        """The run or the command, at its time of day."""
        return self.act(b) if self.act is not None else b.run(self.routine, self.at)


@dataclass(frozen=True)
class Laid:
    """A scene's beginning, kept so that every cell starts from the same bytes."""

    scene: Scene
    folder: Path
    memory: dict[str, object]


def lay(scene: Scene, home: Path) -> Laid:
    b = bench(home, "AAA", "BBB", guarded=True)
    b.folder.mkdir(parents=True)
    scene.before(b)
    return Laid(scene, b.folder, json.loads(json.dumps(b.exchange.to_memory())))


def staged(laid: Laid, home: Path, net: Sockets) -> Stage:
    """A stage of its own that stands where the scene begins."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.copytree(laid.folder, home / laid.folder.name)
    signals = Signals([signal("AAA"), signal("BBB")])
    return Stage(home, new_exchange(laid.memory), signals, net=net)


def unclear(b: Bench) -> None:
    """Neither buy was answered: one order is at the broker, the other never arrived."""
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders", nth=2))
    b.run(MORNING, "09:35")


def partly_bought(b: Bench) -> None:
    """AAA is bought in part, its buy still rests, and its bid and last have fallen through the stop."""
    b.exchange.partial_fill_rate = Decimal(1)
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))
    b.exchange.advance_to(moment("09:39"))
    assert [row.status.value for row in b.orders("AAA")] == ["partially_filled"]


def bought(b: Bench) -> None:
    """Both are bought whole, and AAA has fallen through its stop."""
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(80))


def held(b: Bench) -> None:
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")


def flatten(b: Bench) -> Outcome:
    """`flatten` as the command does it; each of its rounds counts as a run."""
    b.wire.advance_to(moment("09:50"))
    b.halt("flatten")
    engine.ask_exits(b.desk())

    def counted(desk: Desk, routine: Routine, wait_seconds: float) -> Outcome:
        if isinstance(b, Stage):
            b.runs += 1
        return run_cycle(desk, routine, wait_seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "run_cycle", counted)
        done = engine.follow(b.desk())
    if isinstance(b, Stage):
        b.hang_up()
    return replace(done.last, exit_code=done.code)


SCENES = (
    Scene("entry", lambda b: None, MORNING, "09:35"),
    Scene("recovery", unclear, MONITOR, "09:40"),
    Scene("stop", partly_bought, MONITOR, "09:40", sold=("AAA",)),
    Scene("exit", bought, MONITOR, "09:40", sold=("AAA",)),
    Scene("close", held, EOD, "16:30"),
    Scene("stops", lambda b: b.run(MORNING, "09:35"), MONITOR, "09:40"),
    Scene("flatten", held, MONITOR, "09:50", sold=("AAA", "BBB"), act=flatten),
)
