"""The manifest: how many points of each kind every run has, and what the last whole sweep of them covered.

Law of the file: a point nobody swept fails CI in one line that says how to sweep it; the manifest is written only by a
sweep of every case that found no violation.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("points.json")
FULL = os.environ.get("FULL") == "1"
SWEEP = FULL and os.environ.get("SWEEP") == "1"

MANY_ROUNDS = frozenset({"flatten", "flatten behind stops"})


def stride(every: int, run: str) -> int:
    """How many cases apart the short form tries them; a run of many rounds costs several others."""
    return every * 4 + 1 if run in MANY_ROUNDS and not FULL else every


Manifest = dict[str, dict[str, dict[str, object]]]


@dataclass
class Sweep:
    """One proof over one run: `proof` and `module` name it, `steps` are the kinds of its points, one for each."""

    proof: str
    module: str
    run: str
    steps: Sequence[str]
    cases: int
    found: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Fail with every violation, or with points that are not those last swept; a whole clean sweep is put down."""
        moved = [] if SWEEP else self._moved()
        if self.found or moved:
            pytest.fail("\n".join([*self.found, *moved]), pytrace=False)
        if SWEEP:
            self._put_down()

    def _moved(self) -> list[str]:
        known, now = _read().get(self.proof, {}).get(self.run, {}).get("points", {}), Counter(self.steps)
        if known == dict(now):
            return []
        moved = ", ".join(_differences(known if isinstance(known, dict) else {}, now))
        renew = f"FULL=1 SWEEP=1 python -m pytest tests/proof/{self.module}.py"
        return [f"{self.proof}, {self.run}: points nobody swept ({moved}): sweep them and renew with `{renew}`"]

    def _put_down(self) -> None:
        manifest = _read()
        points = dict(sorted(Counter(self.steps).items()))
        covered = {"points": points, "cases": self.cases, "violations": 0, "whole": FULL}
        manifest.setdefault(self.proof, {})[self.run] = covered
        beside = FILE.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        beside.replace(FILE)


def _read() -> Manifest:
    told: Manifest = json.loads(FILE.read_text()) if FILE.exists() else {}
    return told


def _differences(known: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    kinds = sorted(kind for kind in {*known, *now} if known.get(kind, 0) != now.get(kind, 0))
    return [f"{kind} {known.get(kind, 0)} -> {now.get(kind, 0)}" for kind in kinds]
