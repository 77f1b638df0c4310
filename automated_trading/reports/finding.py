"""What a check of the desk found: a verdict, a line, and what to do about it.

Law of the file: pure. What is not good has a remedy; what is bad has the exit code it ends the command with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

CONFIGURATION = 3
ORDER = (CONFIGURATION, 8, 4, 6, 5)
"""Which exit code is told where several would be."""


class Verdict(Enum):
    """`warn` is worth knowing and ends with 0; `bad` keeps the desk from doing its work, or leaves money unwatched."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's page. `code` is 0 unless the verdict is bad."""

    check: str
    verdict: Verdict
    said: str
    remedy: str = ""
    code: int = 0

    def __post_init__(self) -> None:
        if (self.verdict is Verdict.GOOD) is bool(self.remedy) or (self.verdict is Verdict.BAD) is not bool(self.code):
            raise ValueError(f"{self.check}: a remedy where not good, a code where bad, and nowhere else")


def good(check: str, said: str) -> Finding:
    return Finding(check, Verdict.GOOD, said)


def warn(check: str, said: str, remedy: str) -> Finding:
    return Finding(check, Verdict.WARN, said, remedy)


def bad(check: str, said: str, remedy: str, code: int = CONFIGURATION) -> Finding:
    """What no other code names is a matter of how the desk is set up."""
    return Finding(check, Verdict.BAD, said, remedy, code)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The finding the command ends with; None where nothing is bad."""
    grave = [found for found in findings if found.verdict is Verdict.BAD]
    return min(grave, key=lambda found: ORDER.index(found.code) if found.code in ORDER else len(ORDER), default=None)


def row(found: Finding) -> dict[str, Any]:
    """A finding for `doctor --json`."""
    return {"check": found.check, "verdict": found.verdict.value, "said": found.said, "remedy": found.remedy}
