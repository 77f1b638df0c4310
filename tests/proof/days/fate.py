"""When things go wrong in a simulated day: which runs are late, cut, struck or surprised, and what is lost between.

Law of the file: one seeded stream decides; in quiet hours it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from automated_trading.adapters.snapshots import NAMES
from automated_trading.simulator.calendar import NEW_YORK, Session
from tests.proof.cuts.fuse import NEVER
from tests.proof.days.disk import FATES

if TYPE_CHECKING:
    from tests.proof.days.world import World

CLEAN, WIRE, ACTS, CUT, DISK, SURPRISE = 0.36, 0.60, 0.80, 0.93, 0.955, 1.0
"""Up to which draw a run is clean, meets a bad wire, a wire bad for what acts, a cut, a sick disk, a surprise."""

MORE_IN_THE_MORNING = 0.4
"""How often what matters most to a run that opens is chosen for it: a wire bad for what acts, or a surprise."""

SKEWS = (3, -3, 30, -30, 75, -75, 3_600, -3_600, 86_400, -86_400)
FULL = (0, 200, 3_000, 20_000)
BROKEN: tuple[frozenset[str], ...] = (
    frozenset({"write"}),
    frozenset({"fsync"}),
    frozenset({"replace"}),
    frozenset({"write", "fsync", "replace"}),
)
GARBAGE = (b"", b"{}", b"[]\n}\n", b"\x00" * 300, b'{"schema":2,"part":"live_positions","seq":1}\n}\n')


class Fate:
    """What befalls the next run. `lengths` tells how many steps a command last took."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world, self.rng = world, rng
        self.quiet = False
        self.lengths: dict[str, int] = {}
        self.sick_until = world.exchange.now
        self.older: dict[str, bytes] = {}

    def calm(self) -> None:
        """The disk is whole and the clock right."""
        self.world.disk.free, self.world.disk.failing = None, frozenset()
        self.world.wire.skew = timedelta(0)

    def times(self, session: Session, due: datetime) -> list[datetime]:
        """When a run that is due really begins: not at all, once, twice, late, or on the edge of a window."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.05:
            self.world.happened["schedule: dropped"] += 1
            return []
        if draw < 0.09:
            self.world.happened["schedule: doubled"] += 1
            return [due, due + timedelta(seconds=rng.choice((0, 1, 30)))]
        if draw < 0.17:
            self.world.happened["schedule: late"] += 1
            return [due + timedelta(seconds=rng.choice((20, 300, 2_000, 2_000, 7_200)))]
        near = [edge for edge in self._edges(session) if abs(edge - due) < timedelta(minutes=25)]
        if near and draw < 0.42:
            self.world.happened["schedule: on an edge"] += 1
            return [near[0] + timedelta(seconds=rng.choice((-30, -6, -4, -3, -2, -1, 0, 1)))]
        return [due]

    @staticmethod
    def _edges(session: Session) -> list[datetime]:
        """Where windows begin and end."""
        noon = datetime.combine(session.day, time(12), NEW_YORK)
        return [session.open + timedelta(minutes=5), noon, session.close - timedelta(minutes=30), session.close]

    def between(self) -> None:
        """What is lost or damaged while nothing runs."""
        rng, world = self.rng, self.world
        world.wire.skew = timedelta(seconds=rng.choice(SKEWS)) if rng.random() < 0.06 else timedelta(0)
        world.happened[f"clock: {abs(world.wire.skew).total_seconds():.0f} s off"] += bool(world.wire.skew)
        if rng.random() < 0.05:
            self._damage()
        if rng.random() < 0.0015 and world.folder.exists():
            world.disk.lose_folder()
            self.older = {}
            world.ledger.folder_lost()
            world.cash_murky = True
            world.record.begin_anew()
            world.happened["folder lost"] += 1

    def _damage(self) -> None:
        """Some snapshots are deleted, cut, overwritten, or put back as they once were."""
        rng, world = self.rng, self.world
        there = [name for name in NAMES if (world.folder / f"{name}.json").exists()]
        if not there:
            return
        how = rng.choice(("deleted", "cut", "garbage", "older"))
        for name in rng.sample(there, rng.randint(1, len(there))):
            path = world.folder / f"{name}.json"
            whole = path.read_bytes()
            if how == "deleted":
                path.unlink()
            elif how == "older":
                path.write_bytes(self.older.get(name, whole))
            else:
                path.write_bytes(whole[: rng.randrange(len(whole) + 1)] if how == "cut" else rng.choice(GARBAGE))
            self.older[name] = whole
        world.happened[f"snapshots {how}"] += 1

    def befalls(self, command: str) -> str:
        """Prepare what will befall a run that begins now; returns what becomes of the disk if it is cut."""
        world, rng = self.world, self.rng
        self._disk_recovers()
        if self.quiet:
            world.disk.begin()
            return "kept"
        draw, dice, cut_at, burning = rng.random(), world.wire.dice, NEVER, rng.choice(FATES)
        if command == "morning" and rng.random() < MORE_IN_THE_MORNING:
            draw = rng.choice((WIRE, DISK))
        if CLEAN <= draw < WIRE:
            dice.reads, dice.acts = rng.choice((0.03, 0.1, 0.3)), rng.choice((0.0, 0.3, 0.7))
        elif WIRE <= draw < ACTS:
            dice.acts = 0.6
        elif ACTS <= draw < CUT:
            cut_at = rng.randint(1, self.lengths.get(command, 60) + 3)
            dice.acts = rng.choice((0.0, 0.4))
        elif CUT <= draw < DISK:
            self._disk_fails()
        elif DISK <= draw < SURPRISE:
            world.wire.surprise = (rng.randint(1, 14), self._surprise())
        world.disk.begin(cut_at, torn=rng.random() < 0.5)
        return burning

    def _disk_recovers(self) -> None:
        disk = self.world.disk
        if disk.sick and self.world.exchange.now >= self.sick_until:
            disk.free, disk.failing = None, frozenset()

    def _disk_fails(self) -> None:
        rng, disk = self.rng, self.world.disk
        lasts = rng.choice((timedelta(seconds=1), timedelta(hours=1), timedelta(hours=3)))
        self.sick_until = self.world.exchange.now + lasts
        if rng.random() < 0.5:
            disk.free = rng.choice(FULL)
            self.world.happened["disk full for a run" if lasts < timedelta(hours=1) else "disk full for hours"] += 1
        else:
            disk.failing = rng.choice(BROKEN)
            self.world.happened[f"disk broken: {' '.join(sorted(disk.failing))}"] += 1

    def _surprise(self) -> Callable[[], None]:
        """Something that happens in the middle of a run."""
        world, rng = self.world, self.rng
        jump = timedelta(seconds=rng.choice(SKEWS))

        def clock() -> None:
            world.wire.skew = jump
            world.happened["surprise: clock jumps"] += 1

        def halt() -> None:
            world.owner.halt()
            world.happened["surprise: halt"] += 1

        def switch() -> None:
            world.owner.switch(True)
            world.happened["surprise: switched off"] += 1

        return rng.choice((clock, halt, switch))
