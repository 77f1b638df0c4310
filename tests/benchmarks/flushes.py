"""Disk flushes of a cycle, counted, by hand: `python tests/benchmarks/flushes.py`.

Real folders on the disk, an exchange in this process; every `os.fsync` of the run counts, of the log, of a folder's
names and of a new file alike. Orders and cancels say that the run was the one it is called. It printed:

    the first run of all, its folder not there yet   4 flushes   goal 5   orders  0, cancels 0
    a monitor with nothing to send                   1 flushes   goal 1   orders  0, cancels 0
    the first monitor of a day                       1 flushes   goal 1   orders  0, cancels 0
    a morning with 1 signal                          2 flushes   goal 2   orders  1, cancels 0
    a morning with 10 signals                        2 flushes   goal 2   orders 10, cancels 0
    a monitor that cancels, sells and redeploys      4 flushes   goal 5   orders  2, cancels 1
    eod                                              1 flushes   goal 1   orders  0, cancels 0
    eod once more                                    1 flushes   goal 1   orders  0, cancels 0
    a month's first monitor, which rotates the log   5 flushes   goal 5   orders  0, cancels 0
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.engine.flushed import RUNS, count  # noqa: E402


def main() -> None:
    missed = 0
    for name, row in RUNS.items():
        with tempfile.TemporaryDirectory() as home:
            told = count(row, Path(home))
        missed += told.flushes > row.most
        sent = f"orders {told.posts:>2}, cancels {told.deletes}"
        print(f"{name:<48} {told.flushes} flushes   goal {row.most}   {sent}")
    sys.exit(f"{missed} over the goal" if missed else 0)


if __name__ == "__main__":
    main()
