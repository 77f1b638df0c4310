"""How often a cycle makes the disk wait: a few times, and never for each signal.

Seen red when: `send` made the ink durable before each order; a run flushed at its beginning whatever it did.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from tests.engine.flushed import RUNS, count


@pytest.mark.parametrize("name", RUNS)
def test_a_cycle_flushes_no_more_than_it_may(name: str, tmp_path: Path) -> None:
    row = RUNS[name]
    told = count(row, tmp_path)
    assert (told.posts, told.deletes) == (row.posts, row.deletes)
    assert told.flushes <= row.most


def test_the_month_s_first_monitor_did_rotate(tmp_path: Path) -> None:
    count(RUNS["a month's first monitor, which rotates the log"], tmp_path)
    assert len(list((tmp_path / "simulated").glob("audit_log-*.jsonl"))) == 1
    assert next(read_lines(tmp_path / "simulated")).seq == 1
