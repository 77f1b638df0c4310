"""Every endpoint the desk asks, with every fault a wire can have, over real sockets; and pairs of faults at an order.

In each cell one run of a scene is struck, calm runs follow, and in the evening everything must stand: one order for
each decision (I1), ink before voice (I2), a sound chain and its fold (I4, I22), nothing opened against a halt (I5), no
sale beyond the holdings (I6), books that equal the broker's to the cent (I10, I25), no order sent twice in a run and
none again without a lookup (I19), no key in any word or file (I23), no request to a host a redirect names, exit 0 or 4,
and what was to be bought and sold bought and sold.

    python -m pytest tests/proof/test_fault_matrix.py -q              # a fixed choice: each endpoint, each fault
    FULL=1 python -m pytest tests/proof/test_fault_matrix.py -q -s    # 21,350 cells and the table; about an hour

Seen red when: the session sends an order again after a lost answer (I19); a redirect is followed; an order that a
lookup does not find is withdrawn at once (I1, by an order half an hour late); an unclear answer is taken for a refusal
(never bought); the latch of `halt` is not read (I5); an order goes before its ink is flushed (I2); an error names the
headers of its request (I23); one share too many is asked for (I6).
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from automated_trading.adapters import alpaca_wire
from automated_trading.simulator.faults import FaultKind
from tests.commands.front_door import KEYS as DOOR_KEYS, Answer, Door, served
from tests.engine.builders import bench
from tests.proof.matrix.judge import secrets_in
from tests.proof.matrix.plan import (
    FAULTS,
    Asked,
    Cell,
    after_an_order,
    asked_in,
    before_an_order,
    fields_one_by_one,
    singles,
    while_halted,
)
from tests.proof.matrix.scenes import SCENES
from tests.proof.matrix.stage import ENDPOINTS, PATIENCE, Strike, Strikes, unhurried
from tests.proof.matrix.workers import Verdict, tried, workers

FULL = os.environ.get("FULL") == "1"


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with workers() as started:
        yield started


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    told = []
    for scene in SCENES:
        b = bench(tmp_path_factory.mktemp(scene.name), "AAA", "BBB", guarded=True)
        b.folder.mkdir()
        scene.before(b)
        told.append(asked_in(scene, b))
    return told


def test_every_endpoint_meets_every_fault(
    undisturbed: list[Asked], pool: ProcessPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [cell for asked in undisturbed for cell in singles(asked)]
    verdicts = list(tried(cells if FULL else a_choice(cells), pool))
    with capsys.disabled():
        print(f"\nfault matrix: {line(verdicts, len(cells))}")
        print(table(verdicts) if FULL else "")
    assert not failed(verdicts, must_strike=True)
    assert {strike_of(one.cell).endpoint for one in verdicts} == set(ENDPOINTS)
    assert {strike_of(one.cell).kind for one in verdicts} == set(FaultKind)


def test_every_field_of_every_answer_may_be_wrong_or_missing(
    undisturbed: list[Asked], pool: ProcessPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [cell for asked in undisturbed for cell in fields_one_by_one(asked)]
    verdicts = list(tried(cells if FULL else cells[::61], pool))
    with capsys.disabled():
        print(f"\nfields, one by one: {line(verdicts, len(cells))}")
    assert not failed(verdicts, must_strike=True)


def test_nothing_opens_against_a_halt_whatever_became_of_the_order_before(
    undisturbed: list[Asked], pool: ProcessPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [cell for asked in undisturbed for cell in while_halted(asked)]
    verdicts = list(tried(cells if FULL else cells[::13], pool))
    with capsys.disabled():
        print(f"\nfaults and then a halt: {line(verdicts, len(cells))}")
    assert not failed(verdicts, must_strike=True)


@pytest.mark.parametrize("pairs", [after_an_order, before_an_order], ids=lambda pairs: pairs.__name__)
def test_every_pair_of_faults_around_an_order(
    pairs: Callable[[bool], Iterator[Cell]], pool: ProcessPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = list(pairs(FULL))
    verdicts = list(tried(cells, pool))
    with capsys.disabled():
        print(f"\npairs, {pairs.__name__}: {line(verdicts, len(list(pairs(True))))}")
    assert not failed(verdicts, must_strike=False)


def test_the_commands_name_what_went_wrong_and_never_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The front door, in paper mode on a socket: exit 0 or 4, one line on stderr at most, no traceback, no key.

    To `status` positions or cash of a while ago are a difference, and it says so with 6.
    """
    unhurried(monkeypatch)
    monkeypatch.setattr(alpaca_wire, "READ_SECONDS", PATIENCE)
    asked = (
        "clock",
        "positions",
        "orders",
        "account",
        "snapshots",
        "asset",
        "bars",
        "submit",
        "activities",
        "calendar",
    )
    cells = [Strike(name, kind, 0) for kind in FaultKind for name in asked]
    chosen = cells if FULL else cells[::11]
    said: list[tuple[Strike, list[Answer], list[str]]] = []
    for number, strike in enumerate(chosen):
        home = tmp_path / str(number)
        home.mkdir()
        door = Door(home)
        door.signals("ACME")
        with served(door) as api:
            api.chance = Strikes(strike)
            told = [door.run("morning"), door.run("status"), door.run("monitor", "--json")]
            said.append((strike, told, keys_in(home, told)))
    wrong = [row for row in said if row[2] or not calm(row[1], row[0])]
    found = [f"{strike}: {[one.code for one in told]} {keys}" for strike, told, keys in wrong]
    with capsys.disabled():
        print(f"\ncommands: {3 * len(said)} under {len(said)} of {len(cells)} faults, {len(found)} violations")
    assert not found, "\n".join(found)


def calm(told: list[Answer], strike: Strike) -> bool:
    """Whether each command ended as it may, and said in one line what is wrong; the last one spoke JSON."""
    *plain, last = told
    json.loads(last.out)
    may = (0, 4, 6) if strike.kind is FaultKind.LAGGING else (0, 4)
    ended = all(one.code in may and "Traceback" not in one.out + one.err for one in told)
    return ended and all((one.code == 4) <= one.err.count("\n") <= 1 for one in plain)


def keys_in(home: Path, told: list[Answer]) -> list[str]:
    """Where a key of the front door stands in what it said or wrote."""
    words = [(one.out + one.err).encode() for one in told]
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return [form for text in (*words, *files) for form in secrets_in(text, DOOR_KEYS)]


def strike_of(cell: Cell) -> Strike:
    """The one strike of a cell of the matrix."""
    return cell.runs[0][0]


def a_choice(cells: list[Cell]) -> list[Cell]:
    """For every third pair of endpoint and fault one cell, so that each endpoint and each fault is among them."""
    kinds = [kind for kind, _ in FAULTS]
    found: dict[tuple[int, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        strike = cell.runs[0][0]
        found[(ENDPOINTS.index(strike.endpoint), kinds.index(strike.kind))].append(cell)
    chosen = {key: rows[sum(key) * 7 % len(rows)] for key, rows in found.items() if sum(key) % 4 == 0}
    return list(chosen.values())


def line(verdicts: list[Verdict], all_of_them: int) -> str:
    struck = sum(one.struck for one in verdicts)
    codes = Counter(code for one in verdicts if one.struck for code in one.codes[:1])
    ends = ", ".join(f"{count} exit {code}" for code, count in sorted(codes.items()))
    unreached = f", {len(verdicts) - struck} where the second was never asked" if struck < len(verdicts) else ""
    bad = sum(bool(one.problems) for one in verdicts)
    return f"{len(verdicts)} of {all_of_them} cells ({ends}){unreached}, {bad} violations"


def failed(verdicts: list[Verdict], *, must_strike: bool) -> str:
    """One line for each cell in which something does not hold."""
    lines = [str(one) for one in verdicts if one.problems]
    lines += [f"{one.cell}: never struck" for one in verdicts if must_strike and not one.struck]
    return "\n".join(lines)


def table(verdicts: Iterable[Verdict]) -> str:
    """Endpoint by fault: how many cells, and how many of them ended with exit 4; a violation as !."""
    cells: dict[tuple[FaultKind, str], list[Verdict]] = defaultdict(list)
    for one in verdicts:
        strike = one.cell.runs[0][0]
        cells[(strike.kind, strike.endpoint)].append(one)
    rows = [" " * 17 + "".join(f"{name.replace('order by', 'by'):>13}" for name in ENDPOINTS)]
    for kind in FaultKind:
        told = (_verdict(cells.get((kind, name), [])) for name in ENDPOINTS)
        rows.append(f"{kind.value:17}" + "".join(f"{one:>13}" for one in told))
    return "\n".join([*rows, "cells/exit 4; ! a violation"])


def _verdict(found: list[Verdict]) -> str:
    unreachable = sum(one.codes[0] == 4 for one in found)
    return f"{len(found)}/{unreachable}" + "!" * sum(bool(one.problems) for one in found)
