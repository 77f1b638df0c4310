"""What age costs: `monitor` and `status` on a record of a million lines against one of a hundred, by hand.

    python tests/benchmarks/age.py [LINES]

Three copies of one desk that holds ten positions, which differ in nothing but the lines behind them: a hundred; LINES
(a million) as the desk itself would have left them, a checkpoint at each close and the log put away at each month's
first session; and LINES in one single file, as on a disk that knows no links. Each copy has a `simulator serve` of its
own, and every command is a process of its own. CPU is user plus system time; ratios are taken within one round, the
median of the rounds counts, the goal is 1.2. It printed:

    a young record: 137 lines, the log 83,045 bytes, 0 archives
    a file for each month: 1,000,001 lines, the log 1,585,431 bytes, 202 archives
    one file: 1,000,001 lines, the log 518,572,809 bytes, 0 archives
    monitor  a file for each month  CPU 0.92 x (0.89 to 1.06) of 0.538 s, wall 0.83 x   goal at most 1.2
    monitor  one file               CPU 1.02 x (0.93 to 1.05) of 0.541 s, wall 1.03 x   goal at most 1.2
    status   a file for each month  CPU 0.97 x (0.89 to 1.02) of 0.541 s, wall 0.98 x   goal at most 1.2
    status   one file               CPU 1.03 x (0.97 to 1.07) of 0.548 s, wall 1.14 x   goal at most 1.2
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from automated_trading.adapters.audit_log import AuditLog, Row  # noqa: E402
from automated_trading.adapters.audit_survey import archives  # noqa: E402
from automated_trading.adapters.folder_store import FolderStore  # noqa: E402
from automated_trading.domain.codec import encode_event  # noqa: E402
from automated_trading.domain.events import EquityMarked, RunFinished, RunStarted  # noqa: E402
from automated_trading.domain.evolve import fold  # noqa: E402
from automated_trading.domain.state import Checkpoint, LoggedEvent, State  # noqa: E402
from tests.benchmarks.startup import DESK, cost, hold, rules  # noqa: E402

LINES = 1_000_000
YOUNG = 100
MODE = "simulated"
SESSIONS = 21
"""In a month."""
RUNS = 78
"""In a session: one every five minutes."""
AFTER = 30
"""Lines behind the last checkpoint, in each of the three."""
ROUNDS, GOAL = 9, 1.2
PORT = 18791


@dataclass(frozen=True, slots=True)
class Aged:
    name: str
    folder: Path
    port: int

    def environ(self, home: Path) -> dict[str, str]:
        plain = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(REPOSITORY), **rules(self.folder)}
        return {**plain, "ALPACA_TRADING_URL": f"http://127.0.0.1:{self.port}"}


def age(folder: Path, lines: int, *, months: bool) -> None:
    """Write quiet runs behind the log of a folder until it has this many lines, by the writer the desk writes with."""
    store = FolderStore(folder / MODE, MODE)
    opened = store.open()
    log, state = opened.log, opened.state
    assert isinstance(log, AuditLog)
    log.account = state.account
    state = fold(quiet(state), state)
    run = spelled(quiet(state))
    evening = spelled([Checkpoint(state)])
    first = log.head[0]
    for number in count(1):
        if log.head[0] >= lines - AFTER:
            break
        log.begin_run("monitor")
        log.append(run)
        if number % RUNS == 0:
            log.append(evening)
        if months and number % (RUNS * SESSIONS) == 0:
            log.rotate(month_of(number // (RUNS * SESSIONS)))
    # What is read back begins at a run with a checkpoint: in each of the three that is as long ago.
    log.begin_run("eod")
    log.append([run[0], *evening])
    while log.head[0] < max(lines, first + AFTER):
        log.begin_run("monitor")
        log.append(run)
    log.flush()
    log.close()
    store.save(state, log.head)


def quiet(state: State) -> list[LoggedEvent]:
    """What a monitor with nothing to do writes, at the moment the desk's last one ran."""
    assert state.marked is not None
    assert state.day.session is not None
    now = started(state)
    return [
        RunStarted("monitor", now, state.rules, "0"),
        EquityMarked(state.day.session, state.marked, now),
        RunFinished("monitor", now, "done", "nothing traded: no signals are due; 10 positions held, none to sell"),
    ]


def started(state: State) -> datetime:
    return state.runs["monitor"].started


def spelled(events: list[LoggedEvent]) -> list[Row]:
    rows = (encode_event(event) for event in events)
    return [(name, data, "2026-01-01T00:00:00Z") for name, data in rows]


def month_of(number: int) -> str:
    """Months of long ago, one after another."""
    return f"{2000 + number // 12}-{number % 12 + 1:02d}"


@contextmanager
def served(aged: Aged, home: Path) -> Iterator[None]:
    """The copy's own exchange on loopback."""
    environ = {name: value for name, value in aged.environ(home).items() if name != "ALPACA_TRADING_URL"}
    ports = ("--port", str(aged.port), "--admin-port", str(aged.port + 100))
    with subprocess.Popen(
        [*DESK, "simulator", "serve", *ports], env=environ, stdout=subprocess.PIPE, text=True, cwd=home
    ) as serving:
        try:
            assert serving.stdout is not None
            serving.stdout.readline()
            yield
        finally:
            serving.terminate()


def timed(words: str, environ: Mapping[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of one command."""
    begun = time.perf_counter()
    cpu, _, code = cost([*DESK, words], environ)
    if code != 0:
        sys.exit(f"{words}: exit code {code}")
    return cpu, time.perf_counter() - begun


def compare(words: str, young: Aged, old: Aged, home: Path) -> bool:
    """Print what age costs a command; whether that is within the goal."""
    rounds = [(timed(words, young.environ(home)), timed(words, old.environ(home))) for _ in range(ROUNDS + 1)][1:]
    cpu, wall = ([after[which] / before[which] for before, after in rounds] for which in (0, 1))
    base = statistics.median(before[0] for before, _ in rounds)
    ratio = statistics.median(cpu)
    print(
        f"{words:<8} {old.name:<22} CPU {ratio:.2f} x ({min(cpu):.2f} to {max(cpu):.2f}) of {base:.3f} s, "
        f"wall {statistics.median(wall):.2f} x   goal at most {GOAL}"
    )
    return ratio <= GOAL


def made(home: Path, lines: int) -> list[Aged]:
    """The three copies, the youngest first."""
    base = home / "base"
    hold(base, 10)
    wanted = (("a young record", YOUNG, False), ("a file for each month", lines, True), ("one file", lines, False))
    found: list[Aged] = []
    for number, (name, length, months) in enumerate(wanted):
        folder = home / f"copy{number}"
        shutil.copytree(base, folder)
        age(folder, length, months=months)
        log = folder / MODE / "audit_log.jsonl"
        head = FolderStore(folder / MODE, MODE).peek()[1][0]
        print(f"{name}: {head:,} lines, the log {log.stat().st_size:,} bytes, {len(archives(folder / MODE))} archives")
        found.append(Aged(name, folder, PORT + number))
    return found


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with tempfile.TemporaryDirectory() as name, ExitStack() as serving:
        home = Path(name)
        young, *old = made(home, lines)
        for aged in (young, *old):
            serving.enter_context(served(aged, home))
        good = [compare(words, young, aged, home) for words in ("monitor", "status") for aged in old]
    sys.exit(0 if all(good) else "over the goal")


if __name__ == "__main__":
    main()
