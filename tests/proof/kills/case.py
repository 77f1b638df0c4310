"""One command killed at one step, what the world did then, and the runs that followed.

Law of the file: the first run after a kill is a process again; the others are the same cycle in this process, which
is cheaper. What is asked in the end is what is asked after a power cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automated_trading.adapters.run_lock import RunLock
from automated_trading.domain.errors import RunInProgress
from automated_trading.engine.desk import Outcome
from tests.engine.builders import moment
from tests.proof.cuts.cases import Aftermath, Prepared, begun, intended
from tests.proof.cuts.failing_disk import LOG
from tests.proof.kills.desk import KILLED, NEVER, Ended, Front, Processes
from tests.proof.kills.errands import Errand

SIGNALS = "approved_signals.json"
RECOVERY = "10:05"
ENDINGS = (0, 3, 4, 6)
"""How a command may end that nobody kills: never with a traceback, never with a code of its own."""


class Killing:
    """One case: a folder, an exchange behind the address the processes know, and every question asked of both."""

    def __init__(self, errand: Errand, start: Prepared, home: Path, door: tuple[Front, Processes]) -> None:
        self.errand, self.home = errand, home
        self.front, self.processes = door
        self.bench = begun(start, home)
        self.after = Aftermath(self.bench, errand.scenario)
        self.bench.wire = self.front
        self.front.begin(self.bench.exchange)
        self.front.on("POST", "/v2/orders", self.after.overhears(lambda request, handle: handle(request)))
        self.bench.exchange.witness = self.sees
        self.bench.exchange.advance_to(moment(errand.at, errand.day))
        (home / SIGNALS).write_text(json.dumps(self.bench.signals.entries))

    def sees(self, row: Any) -> None:
        """I2, asked by the exchange as it accepts: does the intent stand in the file of the log?"""
        if not intended((self.bench.folder / LOG).read_bytes(), row["client_order_id"]):
            self.after.violations.append(f"{row['client_order_id']} was accepted before it was written down")

    def start(self, *words: str, at: int = NEVER, torn: bool = False, limits: Mapping[str, int] | None = None) -> Ended:
        """One command as a process; whether it was killed or not, nobody holds the folder when it is gone (I7)."""
        ended = self.processes.run(self.home, *words, at=at, torn=torn, limits=limits, environ=self.errand.environ)
        if ended.code != KILLED and (ended.code not in ENDINGS or "Traceback" in ended.said):
            self.after.violations.append(f"{' '.join(words)} ended with {ended.code}: {ended.said}")
        try:
            with RunLock(self.bench.folder).held():
                pass
        except RunInProgress:
            self.after.violations.append(f"the lock of a dead {words[0]} is held")
        return ended

    def kill(self, at: int, torn: bool = False) -> Ended:
        """The command, killed at a step; what it had said is done must be done."""
        ended = self.start(*self.errand.words, at=at, torn=torn)
        if ended.code == 0 and not self.errand.done(self.bench):
            self.after.violations.append(f"{self.errand.words[0]} said it was done, and it was not")
        if self.errand.halts:
            self.after.violations += self.halted()
        return ended

    def halted(self) -> list[str]:
        """An owner who does not know whether his halt was heard says it again."""
        if not self.errand.done(self.bench):
            self.start(*self.errand.words)
        self.after.bar(by_owner=True)
        return [] if self.errand.done(self.bench) else ["a halt said again does not stand"]

    def recover(self, at: int = NEVER, torn: bool = False) -> Ended:
        """The next `monitor`, as a process."""
        self.bench.exchange.advance_to(moment(RECOVERY, self.errand.day))
        return self.start("monitor", at=at, torn=torn)

    def change(self, world: str) -> None:
        """What the world does meanwhile, to the file of signals too."""
        self.after.change(world)
        if self.bench.signals.entries is None:
            (self.home / SIGNALS).unlink()

    def judge(self, world: str) -> list[str]:
        """The runs that follow and the close; one line for each thing that is wrong, whatever it is."""
        try:
            last: Outcome = self.after.go_on(world)
            return self.after.judge(world, last)
        except Exception as bug:  # noqa: BLE001 - a proof tells where it broke, and goes on
            return [*self.after.violations, f"{type(bug).__name__}: {bug}"]
