"""The commands that are killed: what was before each, the words as typed, and what must have come of it in the end.

Law of the file: what was before and what must follow are those of the power cuts wherever there is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from automated_trading.domain.rules import Caps, Rules
from automated_trading.engine import settling
from automated_trading.engine.owner import at_broker
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, watched
from tests.proof.cuts.scenarios import (
    FIRST,
    STOPS,
    Scenario,
    adopt,
    adopt_again,
    ask_again,
    bought,
    bought_by_hand,
    flatten_again,
    halted,
    month_ended,
    partly_bought,
    room_set_free,
)

NO_STOPS = {"PROTECTIVE_STOPS": "monitor"}
"""Stops rest at the broker only in the errands that are about them."""


@dataclass(frozen=True)
class Errand:
    """One command as typed at a time of day, in the scenario of a power cut.

    `done` tells whether what the command promised holds; it must once the command has said so. `halts`: it is the
    owner's halt, said again where a kill swallowed it.
    """

    scenario: Scenario
    words: tuple[str, ...]
    at: str
    environ: Mapping[str, str] = field(default_factory=lambda: NO_STOPS)
    done: Callable[[Bench], bool] = lambda b: True
    halts: bool = False

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def day(self) -> date:
        return self.scenario.day


def latched(b: Bench) -> bool:
    return b.latch.read() is not None


def suspended(b: Bench) -> bool:
    return b.exchange.configurations["suspend_trade"] is True


def lift(b: Bench) -> None:
    """What the owner does who finds that the broker takes no order."""
    if suspended(b):
        assert at_broker(b.desk(), on=False)[0] == 0


def closed(b: Bench) -> None:
    """Both are held, and the session is over."""
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    b.run(EOD, "16:30")


def block_again(b: Bench) -> None:
    """What the owner does who finds that CCC is not blocked."""
    if "CCC" not in b.state().blocked:
        settling.block(b.desk(), "CCC", "")


ONE_POSITION = watched(Rules(caps=Caps(max_positions=1)))

ERRANDS = (
    Errand(Scenario("morning", lambda b: None, lambda b: b.run(MORNING)), ("morning",), "09:35"),
    Errand(Scenario("monitor", partly_bought, lambda b: b.run(MONITOR), sold=("AAA",)), ("monitor",), "09:40"),
    Errand(Scenario("eod", lambda b: b.run(MORNING, "09:35"), lambda b: b.run(EOD)), ("eod",), "16:30"),
    Errand(
        Scenario("resume", halted, lambda b: b.resume(), resume=True),
        ("resume",),
        "09:36",
        done=lambda b: not latched(b),
    ),
    Errand(
        Scenario("reconcile", bought_by_hand, adopt, word=adopt_again),
        ("reconcile", "--adopt", "AAA", "--adopt", "CCC", "--yes"),
        "09:45",
        done=lambda b: not b.state().differences,
    ),
    Errand(
        Scenario("halt", lambda b: None, lambda b: b.run(MORNING), resume=True),
        ("halt", "--reason", "a bad feeling"),
        "09:34",
        done=latched,
        halts=True,
    ),
    Errand(
        Scenario("halt at the broker", lambda b: None, lambda b: b.run(MORNING), resume=True, word=lift),
        ("halt", "--at-broker", "--yes"),
        "09:34",
        done=lambda b: latched(b) and suspended(b),
        halts=True,
    ),
    Errand(
        Scenario(
            "flatten",
            closed,
            lambda b: b.run(MONITOR),
            sold=("AAA", "BBB"),
            day=WEDNESDAY,
            resume=True,
            word=flatten_again,
        ),
        ("flatten", "--yes"),
        "09:00",
        done=lambda b: latched(b) and set(b.state().leaving) == {"AAA", "BBB"},
    ),
    Errand(
        Scenario("exit", bought, lambda b: b.run(MONITOR), sold=("AAA",), word=ask_again),
        ("exit", "AAA", "--yes"),
        "09:45",
        done=lambda b: any(row.side == "sell" for row in b.orders("AAA")),
    ),
    Errand(
        Scenario("block", bought, lambda b: b.run(MONITOR), word=block_again),
        ("block", "CCC", "--reason", "I know somebody there"),
        "09:45",
        done=lambda b: "CCC" in b.state().blocked,
    ),
    Errand(
        Scenario(
            "redeployment", room_set_free, lambda b: b.run(MONITOR), sold=("AAA",), rules=ONE_POSITION, queued=True
        ),
        ("monitor",),
        "09:45",
        environ={"MAX_POSITIONS": "1", **NO_STOPS},
    ),
    Errand(
        Scenario("new month", month_ended, lambda b: b.run(MORNING), day=FIRST),
        ("morning",),
        "09:35",
    ),
    Errand(STOPS[0], ("monitor",), "09:40", environ={}),
)
