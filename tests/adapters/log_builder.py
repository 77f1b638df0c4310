"""A small real log to break: thirty lines, four runs, two checkpoints (at 7 and 15)."""

from __future__ import annotations

from pathlib import Path

from automated_trading.adapters.audit_log import AuditLog
from automated_trading.adapters.audit_survey import FILE

AT = "2025-03-03T14:35:00Z"
FIRST_PROVED = 9
"""The first line of the run that wrote the last checkpoint: what `open` proves begins there."""
LAST_RUN = 24
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
    log.account = "PA123"
    log.begin_run(command)
    log.append(rows(*events))
    log.flush()
    log.close()
    return log


def four_runs(folder: Path) -> list[bytes]:
    """Write the log; returns its lines as they stand in the file."""
    for command, events in RUNS:
        write_run(folder, command, events)
    return log_file(folder).read_bytes().splitlines(keepends=True)


def log_file(folder: Path) -> Path:
    return folder / FILE
