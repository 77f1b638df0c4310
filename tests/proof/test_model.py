"""Any act after any other, against a ledger that a stranger keeps.

A hypothesis machine draws commands with every trouble a wire and a disk can make, and everything the market, the
venue, time and the owner's hand can do beside; an independent ledger foretells what the desk must say after each.
The short form is derandomised: 45 stories, some 1,800 steps, the same at every run. The long form, and any part of it:

    FULL=1 python -m pytest tests/proof/test_model.py -q            2,500 stories, 100,000 steps
    EXAMPLES=200 STEPS=50 SEED=7 python -m pytest tests/proof/test_model.py -q

SHRINK=0 shows the first story that fails as it was drawn, instead of looking for the shortest for minutes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.cuts.fuse import Fuse
from tests.proof.model_machine import DeskMachine, Tally

FULL = os.environ.get("FULL") == "1"
STEPS = int(os.environ.get("STEPS", "40" if FULL else "24"))
EXAMPLES = int(os.environ.get("EXAMPLES", "2500" if FULL else "140"))
SEED = os.environ.get("SEED")
PHASES = [Phase.generate, Phase.shrink] if os.environ.get("SHRINK", "1") == "1" else [Phase.generate]


def table(tally: Tally) -> str:
    rows = sorted(tally.rules.items(), key=lambda row: (-row[1], row[0]))
    cells = [f"{count:7d}  {name:<24}" for name, count in rows]
    lines = ["".join(cells[at : at + 3]) for at in range(0, len(cells), 3)]
    head = (
        f"\nthe model: {tally.examples} examples, {tally.steps} steps, {tally.runs} runs, {tally.violations} violations"
    )
    return "\n".join([head, *lines])


def test_the_desk_is_what_a_stranger_s_ledger_says_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """I1, I2, I3, I4, I5, I6, I9, I10, I11, I12, I15, I17, I18, I21, I22, I25 after every step of every story."""
    shm = Path("/dev/shm")  # a disk of memory where there is one
    with tempfile.TemporaryDirectory(dir=shm if os.access(shm, os.W_OK) else tmp_path) as root:
        fuse = Fuse(Path(root))
        fuse.fit(monkeypatch)
        tally = Tally()

        class Machine(DeskMachine):
            pass

        Machine.fuse, Machine.root, Machine.tally = fuse, Path(root), tally
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=SEED is None,
            database=None,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            report_multiple_bugs=False,
        )
        try:
            if SEED is None:
                run_state_machine_as_test(Machine, settings=chosen)
            else:
                seed(int(SEED))(Machine)
                run_state_machine_as_test(Machine, settings=chosen)
        finally:
            with capsys.disabled():
                print(table(tally))
