"""The runs whose power is cut: what was before each, and what must have come of it in the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from automated_trading.engine.desk import Outcome
from tests.engine.builders import EOD, MONITOR, MORNING, TUESDAY, WEDNESDAY, Bench, moment, signal

LATE = date(2026, 2, 24)


@dataclass(frozen=True)
class Scenario:
    """What was before, the run whose power is cut, and what must be sold in the end; `resume` where it ends halted."""

    name: str
    before: Callable[[Bench], object]
    run: Callable[[Bench], Outcome]
    sold: tuple[str, ...] = ()
    day: date = TUESDAY
    resume: bool = False


def partly_bought(b: Bench) -> None:
    """AAA is bought in part, its buy still rests, and its bid and last have fallen through the stop."""
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))
    b.exchange.advance_to(moment("09:39"))


def never_closed(b: Bench) -> None:
    """A session with one position and no `eod`: the next session's first run writes the checkpoint."""
    b.signals.entries = [signal("AAA")]
    b.run(MORNING, "09:35")


def halted(b: Bench) -> None:
    b.halt("first")
    b.run(MORNING, "09:35")


def lost_long_after(b: Bench) -> None:
    """Two positions three weeks old, one round trip before them, and an empty folder."""
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    b.run(MONITOR, "09:40")
    b.run(MONITOR, "09:45")
    b.run(EOD, "16:30")
    b.run(MORNING, "09:35", WEDNESDAY)
    b.run(EOD, "16:30", WEDNESDAY)
    shutil.rmtree(b.folder)
    b.folder.mkdir()


SCENARIOS = (
    Scenario("morning", lambda b: None, lambda b: b.run(MORNING, "09:35")),
    Scenario("monitor", partly_bought, lambda b: b.run(MONITOR, "09:40"), sold=("AAA",)),
    Scenario("eod", lambda b: b.run(MORNING, "09:35"), lambda b: b.run(EOD, "16:30")),
    Scenario("next day", never_closed, lambda b: b.run(MORNING, "09:35", WEDNESDAY), day=WEDNESDAY),
    Scenario("resume", halted, lambda b: b.resume(), resume=True),
    Scenario("lost folder", lost_long_after, lambda b: b.run(MONITOR, "10:00", LATE), day=LATE, resume=True),
)
