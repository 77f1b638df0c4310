"""A full disk: what closes still goes out, and stands on record before it goes; nothing opens, and the run says so.

The disk is full from the beginning or from any step on, for one run or for many in a row, and then it has room again.
In memory the room is counted in blocks; real ones are a small tmpfs, where this user may mount one, and a limit on the
size of files. What is not shown: a neighbour who takes each slice of the reserve the moment it is set free.

    FULL=1 python -m pytest tests/proof/test_full_disk.py -q
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters.reserve import FILE as RESERVE, SIZE, Reserve
from automated_trading.domain.errors import StateError
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY
from tests.proof.cuts.cases import Aftermath, Prepared, begun, fresh, intended, prepared
from tests.proof.cuts.failing_disk import LOG
from tests.proof.cuts.full_disk import BLOCK, PLENTY, FullDisk
from tests.proof.cuts.fuse import NEVER, Fuse
from tests.proof.cuts.points import FULL, Sweep, stride
from tests.proof.cuts.scenarios import ALL, SCENARIOS, Scenario

STRIDE = 1 if FULL else 11
FATES = ("kept", "lost", "undone")
OWNERS = ("resume", "adopt")
"""What the owner says by hand is done out of the reserve, and ends with 0; the next scheduled run ends with 3."""

RUNS = 70
"""A session's worth of runs every five minutes."""


class Case:
    """A desk on a disk that fills up, an exchange that asks for its ink, and what follows."""

    def __init__(self, start: Prepared, disks: tuple[Fuse, FullDisk], home: Path) -> None:
        self.fuse, self.disk = disks
        self.disk.armed = False
        self.bench = begun(start, home)
        self.after = Aftermath(self.bench, start.scenario)
        self.bench.exchange.witness = self.sees
        self.bench.wire.on("POST", "/v2/orders", self.after.overhears(lambda request, handle: handle(request)))
        self.fuse.insert(self.bench.folder, NEVER, False)
        self.fuse.armed = True

    def sees(self, row: Any) -> None:
        """I2 for every order; and none that opens once the disk has refused anything."""
        if not intended(self.fuse.durable_bytes(self.bench.folder / LOG), row["client_order_id"]):
            self.after.violations.append(f"{row['client_order_id']} was accepted before its ink was durable")
        if row["side"] == "buy" and self.disk.armed and self.disk.refused is not None:
            self.after.violations.append(f"{row['client_order_id']} opened on a full disk")

    def fill_up(self, at: int, *, nameless: bool = False) -> None:
        self.disk.insert(self.bench.folder, at, nameless=nameless)
        self.disk.free = 0 if at == 0 else PLENTY

    def run(self) -> list[str]:
        """The scenario's run, to its end; what is wrong with how it ended."""
        try:
            code = self.after.scenario.run(self.bench).exit_code
        except StateError as told:
            code = told.exit_code
        except Exception as bug:  # noqa: BLE001 - which one it is, is what is asked
            return [f"a traceback: {bug!r}"]
        quiet = self.disk.refused is None or self.after.scenario.name in OWNERS
        if code not in (0, 3) or (code == 0 and not quiet):
            return [f"exit {code}, refused at {self.disk.refused}"]
        return []

    def unsold(self) -> list[str]:
        """What the run itself had to sell and did not."""
        sold = {row.symbol for row in self.bench.orders() if row.side == "sell"}
        return [
            f"{symbol} was not sold while the disk was full"
            for symbol in self.after.scenario.sold
            if symbol not in sold
        ]

    def room_again(self, fate: str) -> None:
        self.fuse.burn(fate)
        self.disk.armed = False


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Fuse, FullDisk]:
    fuse, disk = Fuse(tmp_path), FullDisk(tmp_path)
    fuse.fit(monkeypatch)
    disk.fit(monkeypatch)
    return fuse, disk


def reserved(scenario: Scenario, home: Path) -> Prepared:
    """The scenario's beginning in a folder whose reserve is whole, as the first run that wrote left it."""
    start = prepared(scenario, home)
    Reserve(start.folder).fill()
    assert (start.folder / RESERVE).stat().st_size == SIZE
    return start


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_on_a_disk_full_from_any_step_on_what_closes_goes_out_and_nothing_opens(
    scenario: Scenario, disks: tuple[Fuse, FullDisk], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I2, I5, I10, I18, I22: at 0 the disk is full before the run begins.

    Seen red when: the reserve is never given up; a run whose reserve is not whole opens; an order is sent before its
    ink is flushed; half a line is left where the room ended.
    """
    start = reserved(scenario, tmp_path / "before")
    whole = Case(start, disks, fresh(tmp_path))
    whole.fill_up(NEVER)
    assert whole.run() == []
    steps, found = list(disks[1].steps), list[str]()
    plan = [(at, nameless, fate) for at in range(len(steps) + 1) for nameless in (False, True) for fate in FATES]
    chosen = [
        one
        for number, one in enumerate(plan)
        if number % stride(STRIDE, scenario.name) == 0 or one == (0, False, "lost")
    ]
    for at, nameless, fate in chosen:
        case = Case(start, disks, fresh(tmp_path))
        case.fill_up(at, nameless=nameless)
        told = case.run() + case.unsold()
        case.room_again(fate)
        told += case.after.verdict("nothing")
        where = f"{scenario.name}, full from {at}{', no names either' if nameless else ''}, {fate}"
        found += [f"{where}: {one}" for one in told]
    with capsys.disabled():
        print(
            f"\nfull disk in {scenario.name}: {len(steps)} points: "
            f"{len(chosen)} of {len(plan)} cases, {len(found)} violations"
        )
    Sweep("full disk", "test_full_disk", scenario.name, steps, len(chosen), found).settle()


def test_a_disk_full_for_a_whole_session_sells_at_every_stop_and_goes_on_by_itself(
    disks: tuple[Fuse, FullDisk], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """AAA falls in the first run on the full disk and BBB hours later; the reserve lasts, and is whole again after."""
    scenario = SCENARIOS[1]
    case = Case(reserved(scenario, tmp_path / "before"), disks, fresh(tmp_path))
    b, codes = case.bench, list[int]()
    case.fill_up(0)
    for number in range(RUNS):
        if number == RUNS - 5:
            b.exchange.set_price("BBB", Decimal(50))
        minutes = 9 * 60 + 40 + 5 * number
        codes.append(b.run(MONITOR, f"{minutes // 60:02d}:{minutes % 60:02d}").exit_code)
    left = (b.folder / RESERVE).stat().st_size
    assert codes == [3] * RUNS
    assert (case.after.violations, set(b.state().positions)) == ([], set())
    case.room_again("kept")
    assert b.run(EOD, "16:30").exit_code == 0
    assert b.run(MORNING, "09:35", WEDNESDAY).exit_code == 0
    assert (b.folder / RESERVE).stat().st_size == SIZE
    with capsys.disabled():
        print(
            f"\na session of {RUNS} runs on a full disk took {(SIZE - left) // 1024} of {SIZE // 1024} KiB of reserve"
        )


def test_a_reserve_that_is_gone_ends_every_run_before_it_speaks(disks: tuple[Fuse, FullDisk], tmp_path: Path) -> None:
    """Then nothing goes out, for nothing can be written down first; with room again the next run sells."""
    scenario = SCENARIOS[1]
    case = Case(prepared(scenario, tmp_path / "before"), disks, fresh(tmp_path))
    b = case.bench
    while -(b.folder / LOG).stat().st_size % BLOCK > BLOCK // 5:
        b.run(EOD)  # not due: it only writes, until the last block has no room for what a sale needs
    (b.folder / RESERVE).unlink(missing_ok=True)
    case.fill_up(0)
    asked = b.asked("POST")
    for _ in range(3):
        told = case.run()
        assert told == []
    assert b.asked("POST") == asked
    case.room_again("lost")
    assert case.after.verdict("nothing") == []
