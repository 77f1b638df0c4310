"""What a command costs to start: CPU, requests and memory, by hand or nightly: `python tests/benchmarks/startup.py`.

CPU is user plus system time of the whole child process, in units U = `python -c "import typer, pydantic_settings; from
alpaca.common.rest import RESTClient"` measured in the same round; the median of the rounds counts. `monitor` talks to
`simulator serve`, a process of its own, over loopback HTTP.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROUNDS = 7
UNIT = (sys.executable, "-c", "import typer, pydantic_settings; from alpaca.common.rest import RESTClient")
DESK = (sys.executable, "-m", "automated_trading")
REPOSITORY = Path(__file__).resolve().parents[2]


def cost(command: Sequence[str], environ: Mapping[str, str]) -> tuple[float, float, int]:
    """CPU seconds, peak megabytes and exit code of one run."""
    child = subprocess.Popen(
        command, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=environ["HOME"]
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode


def measure(name: str, command: Sequence[str], environ: Mapping[str, str], goal: str) -> None:
    ratios, peaks = [], []
    cost(command, environ)
    for _ in range(ROUNDS):
        unit, _, _ = cost(UNIT, environ)
        cpu, peak, code = cost(command, environ)
        if code != 0:
            sys.exit(f"{name}: exit code {code}")
        ratios.append(cpu / unit)
        peaks.append(peak)
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    print(f"{name:<28} {middle:5.2f} U ({low:.2f} to {high:.2f})   goal {goal:<9} peak {max(peaks):5.1f} MB")


def idle_command(now: datetime) -> str:
    """A routine that is far from due at this moment, whatever the moment."""
    from automated_trading.adapters.nyse_table import bundled_calendar

    session = bundled_calendar(now.date()).latest_begun(now)
    return "morning" if now > session.closes else "eod"


def hold(folder: Path, positions: int) -> None:
    """A simulated desk that holds this many positions, bought over as many mornings as that takes."""
    from automated_trading.assembly import assembled
    from automated_trading.assembly.in_process import next_simulated_time
    from automated_trading.decisions.routines import Routine
    from automated_trading.engine.cycle import run_cycle
    from automated_trading.settings import load_settings

    letters = "ABCDEFGHIJKLMNOPQRSTUVWXY"
    names = [f"{first}{second}{third}" for first in letters for second in letters for third in letters]
    signals = [
        {"ticker": name, "signal_score": 8, "entry_price": 50, "sector": f"all of {name}"} for name in names[:positions]
    ]
    folder.mkdir(parents=True)
    (folder / "approved_signals.json").write_text(json.dumps(signals))
    settings = load_settings(rules(folder), dotenv=None, toml=None)
    held = 0
    with assembled(settings, folder, now=datetime.now(UTC)) as world:
        for _ in range(1 + positions // 100):
            for routine in (Routine.MORNING, *[Routine.MONITOR] * 12):
                world.move_clock(next_simulated_time(routine, world.desk.clock.now()))
                held = len(run_cycle(world.desk, routine).state.positions)
    if held != positions:
        sys.exit(f"wanted {positions} positions, have {held}")


def rules(folder: Path) -> dict[str, str]:
    return {
        "TRADING_DATA_DIR": str(folder),
        "MAX_POSITIONS": "1000",
        "MAX_POSITION_PCT": "0.0013",
        "MAX_ENTRIES_PER_DAY": "200",
        "SIMULATED_CASH": "1000000",
        "DEFAULT_STOP_LOSS_PCT": "0.5",
        "MAX_GAP_UP_PCT": "0.3",
        "MAX_GAP_DOWN_PCT": "0.3",
        "TRAILING_RUNGS": "none",
    }


def monitor(folder: Path, positions: int, environ: Mapping[str, str], goal: str) -> None:
    # in a process of its own: a child's peak memory begins with its parent's
    subprocess.run([sys.executable, __file__, str(folder), str(positions)], env=dict(environ), check=True)
    given = {**environ, **rules(folder)}
    serving = subprocess.Popen(
        [*DESK, "simulator", "serve", "--port", "18787", "--admin-port", "18788"],
        env=given,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        assert serving.stdout is not None
        serving.stdout.readline()
        given["ALPACA_TRADING_URL"] = "http://127.0.0.1:18787"
        cost([*DESK, "monitor"], given)
        before = requests_made()
        cost([*DESK, "monitor"], given)
        print(f"requests per monitor, {positions:>3} held: {requests_made() - before}   goal at most 8")
        measure(f"monitor, {positions} positions", [*DESK, "monitor"], given, goal)
    finally:
        serving.terminate()
        serving.wait(30)


def requests_made() -> int:
    with urllib.request.urlopen("http://127.0.0.1:18788/_sim/state", timeout=10) as answer:
        return int(json.load(answer)["requests"])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        plain = {"PATH": os.environ["PATH"], "HOME": name, "PYTHONPATH": str(REPOSITORY)}
        paper = {**plain, "ALPACA_TRADING_MODE": "paper"}
        paper |= {"ALPACA_PAPER_API_KEY": "made-up-key", "ALPACA_PAPER_SECRET_KEY": "made-up-secret"}
        unit = statistics.median(cost(UNIT, plain)[0] for _ in range(ROUNDS))
        print(f"U = {unit:.3f} s of CPU")
        measure("--help", [*DESK, "--help"], plain, "<= 0.8 U")
        idle = idle_command(datetime.now(UTC))
        measure(f"{idle}, nothing due", [*DESK, idle], paper, "<= 1.3 U")
        monitor(home / "ten", 10, plain, "<= 2 U")
        monitor(home / "many", 500, plain, "<= 4 U")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        hold(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
