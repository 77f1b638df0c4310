"""A small real log to break: thirty lines, four runs, two checkpoints (at 7 and 15)."""

from __future__ import annotations

from pathlib import Path

from automated_trading.adapters.audit_line import Stamp
from automated_trading.adapters.audit_log import AuditLog, MemoryLog
from automated_trading.adapters.audit_survey import FILE
from automated_trading.adapters.reserve import FILE as RESERVE

AT = "2025-03-03T14:35:00Z"
STAMP = Stamp("PA123", "paper", "1-forged")
FIRST_PROVED = 9
"""The first line of the run that wrote the last checkpoint: what `open` proves begins there."""
LAST_RUN = 24
MORNING = ("morning", ("run_started", "run_finished"))
MONITOR = ("monitor", ("run_started", "order_intended", "run_finished"))
RUNS = (
    ("morning", ("run_started", *["fill"] * 5, "checkpoint", "run_finished")),
    ("eod", ("run_started", *["order_ended"] * 5, "checkpoint", "run_finished")),
    ("monitor", ("run_started", *["high_raised"] * 5, "run_finished")),
    ("monitor", ("run_started", *["order_intended"] * 5, "run_finished")),
)


def rows(*events: str):
    return [(event, {"symbol": "AAPL", "qty": str(n), "note": 'é"\\'}, AT) for n, event in enumerate(events)]


def write_run(folder: Path, command: str, events=("run_started", "run_finished")) -> AuditLog:
    log = AuditLog.open(folder, mode="paper")
    live(log, command, events)
    return log


def live(log: AuditLog | MemoryLog, command: str, events) -> None:
    """A whole run."""
    log.account = "PA123"
    log.begin_run(command)
    log.append(rows(*events))
    log.flush()
    log.close()


def four_runs(folder: Path) -> list[bytes]:
    """Write the log; returns its lines as they stand in the file."""
    for command, events in RUNS:
        write_run(folder, command, events)
    return log_file(folder).read_bytes().splitlines(keepends=True)


def month_end(log: AuditLog | MemoryLog, month: str, events=("run_started", "checkpoint"), rest=("run_finished",)):
    """A run that appends a checkpoint among its events, rotates the log, and goes on."""
    log.account = "PA123"
    log.begin_run("eod")
    log.append(rows(*events))
    log.rotate(month)
    log.append(rows(*rest))
    log.flush()
    log.close()


def three_months(folder: Path) -> list[bytes]:
    """Write a log of eighteen lines, rotated twice; returns its lines as memory holds them, which knows no files.

    The archives hold 1 to 6 and 5 to 14, the log 13 to 18: each file begins with a checkpoint, and a line behind it,
    that end the one before.
    """
    memory = MemoryLog("paper")
    ending = ("run_started", "order_ended", "checkpoint", "high_raised")
    for month, before in (("2025-01", MORNING), ("2025-02", MONITOR)):
        for log in (AuditLog.open(folder, mode="paper"), memory):
            live(log, *before)
        for log in (AuditLog.open(folder, mode="paper"), memory):
            month_end(log, month, ending)
    for log in (AuditLog.open(folder, mode="paper"), memory):
        live(log, *MONITOR)
    return memory.text().splitlines(keepends=True)


def archive(folder: Path, month: str) -> Path:
    return folder / f"audit_log-{month}.jsonl"


def record_files(folder: Path) -> list[Path]:
    """Everything in the folder by name, but the reserve, which is no record."""
    return sorted(path for path in folder.iterdir() if path.name != RESERVE)


def log_file(folder: Path) -> Path:
    return folder / FILE
