"""Cells tried by two processes at once, each with a server, a folder and a data folder of its own.

Law of the file: a cell knows nothing of another, so that any of them can be tried alone and comes out the same.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.proof.matrix.judge import Trial
from tests.proof.matrix.plan import ALL_SCENES, Cell
from tests.proof.matrix.scenes import Laid, lay
from tests.proof.matrix.stage import Flushes, Sockets, sockets, unhurried

WORKERS = max(2, min(4, os.cpu_count() or 2))
_BATCH = 12


@dataclass(frozen=True)
class Verdict:
    """What came of a cell: whether its strikes all struck, the exit codes of its runs, and what does not hold."""

    cell: Cell
    struck: bool
    codes: tuple[int, ...]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.cell} {list(self.codes)}: {'; '.join(self.problems)}"


@contextmanager
def workers() -> Iterator[ProcessPoolExecutor]:
    """Processes that try cells."""
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("forkserver")) as pool:
        yield pool


def tried(cells: Iterable[Cell], pool: ProcessPoolExecutor) -> Iterator[Verdict]:
    """Every cell's verdict, in the order of the cells."""
    rows = list(cells)
    for verdicts in pool.map(_batch, [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]):
        yield from verdicts


def _batch(cells: list[Cell]) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, sockets() as net:
        flushes = Flushes(patch)
        unhurried(patch)
        laid: dict[str, Laid] = {}
        return [_one(cell, Path(folder), net, flushes, laid) for cell in cells]


def _one(cell: Cell, home: Path, net: Sockets, flushes: Flushes, laid: dict[str, Laid]) -> Verdict:
    if cell.scene not in laid:
        laid[cell.scene] = lay(ALL_SCENES[cell.scene], home / cell.scene)
    trial = Trial(laid[cell.scene], home / "cell", net, flushes, halted=cell.halted)
    struck = trial.strike(*cell.runs)
    if struck:
        trial.calm(cell.nights)
    return Verdict(cell, struck, tuple(trial.codes), tuple(trial.judge() if struck else trial.violations))
