"""One seed's block lived to its end or to its first violation, and what was counted on the way.

As a command it tells the digests of a seed's log and blotter, so that two processes can be compared:

    python -m tests.proof.days.block SEED FOLDER
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof.days.world import BLOCK, RUNS, Violation, World

SHARED = Path("/dev/shm")
"""A disk in memory where there is one; every process has a folder of its own on it."""


@dataclass(frozen=True)
class Block:
    """What came of a seed: its days, the one line of a violation, everything counted, the processor's seconds."""

    seed: int
    days: float
    violation: str
    counted: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    digests: tuple[str, str] = ("", "")


def place() -> Path:
    """A folder for this process, in memory where that can be had."""
    root = SHARED if os.access(SHARED, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    return root / f"simulated-days-{os.getuid()}-{os.getpid()}"


def live(seed: int, home: Path | None = None) -> Block:
    """A seed's block in a folder that is emptied before and gone behind it."""
    home = home or place()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    gc.set_threshold(50_000)
    began = time.process_time()
    world, violation = World(home, seed), ""
    try:
        world.live()
    except Violation as found:
        violation = str(found)
    except Exception as broken:  # noqa: BLE001 - a harness that breaks is told like a violation, by seed and step
        violation = f"seed {seed}, step {world.step} ({world.where}): the harness: {broken!r}"
    digests = (_log(world.folder), _blotter(world))
    shutil.rmtree(home, ignore_errors=True)
    spent = time.process_time() - began
    return Block(seed, min(world.step / RUNS, BLOCK), violation, counted(world), spent, digests)


def counted(world: World) -> Counter[str]:
    """Everything that happened, by its name."""
    found = Counter(world.happened)
    for what, counts in (
        ("wire", world.wire.dice.struck),
        ("hand", world.hand.done),
        ("disk", world.disk.struck),
        ("log", world.record.kinds),
        ("exchange", world.ledger.kinds),
    ):
        found.update({f"{what}: {kind}": count for kind, count in counts.items() if count})
    rows = world.exchange.blotter.rows
    found["orders"] += sum(world.ledger.is_ours(row) for row in rows)
    found.update(f"order: {row.status.value}" for row in rows if world.ledger.is_ours(row))
    return found


def _log(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("audit_log*")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _blotter(world: World) -> str:
    return hashlib.sha256(json.dumps(world.exchange.to_memory(), sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    print(*live(int(sys.argv[1]), Path(sys.argv[2])).digests)
