"""Two ways a request goes wrong: lost before the venue saw it, or done and its answer lost.

A fault fires once, on the nth request it matches, counted from when it was added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class FaultKind(Enum):
    """What is lost."""

    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"


@dataclass(frozen=True, slots=True)
class Fault:
    """The `nth` request of that method whose path begins with `path` is lost; `nth` counts from 1."""

    kind: FaultKind
    method: str
    path: str
    nth: int = 1


def strike(faults: list[Fault], method: str, path: str) -> FaultKind | None:
    """Count the request against every matching fault; take out and return the first one that is due."""
    due: FaultKind | None = None
    left: list[Fault] = []
    for fault in faults:
        matches = fault.method == method and path.startswith(fault.path)
        if matches and fault.nth <= 1 and due is None:
            due = fault.kind
        else:
            left.append(replace(fault, nth=max(1, fault.nth - 1)) if matches else fault)
    faults[:] = left
    return due
