"""Over 150 deliberate faults in the safety code, one at a time; every one is seen by a plain test of its own room.

    python -m pytest tests/proof/test_mutants.py -q

There is one form only: all of them, in some 70 seconds of one core, two workers at once.

Law of the file: a fault is killed only by a test that ran and failed, against a copy of the package; the same tests
pass on the copy without it, and a change that is no fault is seen by none. Seen red when: a row's killer has nothing
to do with its fault.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.proof.mutants.bench import ROOT, Task, Verdict, task, tried, unspoilt
from tests.proof.mutants.row import Misfit, Mutant
from tests.proof.mutants.rows import HARMLESS, MUTANTS

INVARIANTS = {f"I{number}" for number in range(1, 26)}
QUIET = [f"the killers on an unspoilt copy ({part})" for part in ("even", "odd")]


def test_every_row_still_fits_its_place() -> None:
    wrong = [misfit for row in (*MUTANTS, *HARMLESS) if (misfit := _misfit(row))]
    assert not wrong, "\n".join(wrong)


def test_every_invariant_has_its_faults_and_every_fault_its_own_name() -> None:
    assert {one for row in MUTANTS for one in row.breaks.split()} == INVARIANTS
    twice = [name for name, times in Counter(row.name for row in (*MUTANTS, *HARMLESS)).items() if times > 1]
    assert not twice


def test_every_deliberate_fault_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for row in (*MUTANTS, *HARMLESS) if not _misfit(row)]
    found = tried([*_quiet(), *map(task, rows)], tmp_path)
    with capsys.disabled():
        print(table(MUTANTS, found))
    unsound = [f"{name}: {found[name].red or found[name].slip}" for name in QUIET if not found[name].green]
    assert not unsound, "\n".join(unsound)
    told = [
        f"{row.name}: {found[row.name].red or found[row.name].slip}" for row in HARMLESS if not found[row.name].green
    ]
    assert not told, "\n".join(told)
    alive = [_alive(row, found[row.name]) for row in rows if row in MUTANTS and not found[row.name].red]
    assert not alive, "\n".join(alive)


def table(rows: tuple[Mutant, ...], found: dict[str, Verdict]) -> str:
    """Fault, what it breaks, and the test that saw it."""
    lines = [f"\n{'fault':70} {'breaks':9} killed by"]
    for row in rows:
        verdict = found.get(row.name, Verdict(False, "", "its row does not fit"))
        seen = verdict.red.removeprefix("tests/") or f"NOTHING {verdict.slip}"
        lines.append(f"{row.name:70} {row.breaks:9} {seen}")
    killed = sum(bool(row.name in found and found[row.name].red) for row in rows)
    return "\n".join([*lines, f"{killed} of {len(rows)} faults killed"])


def _quiet() -> list[Task]:
    """Every killer once without any fault, in two halves of whole files."""
    nodes = sorted({node for row in MUTANTS for node in row.nodes()})
    files = sorted({node.partition("::")[0] for node in nodes})
    halves = [[node for node in nodes if files.index(node.partition("::")[0]) % 2 == odd] for odd in (0, 1)]
    return [unspoilt(name, half) for name, half in zip(QUIET, halves, strict=True)]


def _misfit(row: Mutant) -> str:
    try:
        row.applied(ROOT)
    except Misfit as misfit:
        return str(misfit)
    missing = [killer for killer in row.killers if not (ROOT / "tests" / killer.partition("::")[0]).is_file()]
    return f"{row.name}: there is no {missing[0]}" if missing else ""


def _alive(row: Mutant, verdict: Verdict) -> str:
    return f"{row.name} ({row.breaks}) lives: {verdict.slip or 'its killers pass'}"
