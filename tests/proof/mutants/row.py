"""One deliberate fault: where it is made, which promise it breaks, and which tests must see it.

Law of the file: a fault is a change of words in one place. A place that is not there exactly once is told in one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGE = "automated_trading"


class Misfit(Exception):
    """A row whose old words do not stand in its file exactly once, or whose new words are no Python."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`breaks` are the invariants that would no longer hold, `file` below the package, `killers` below `tests`."""

    name: str
    breaks: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]

    def nodes(self) -> list[str]:
        """The killers as pytest asks for them."""
        return [f"tests/{killer}" for killer in self.killers]

    def applied(self, root: Path) -> str:
        """The whole file with the fault in it. Raises Misfit."""
        path = root / PACKAGE / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (found := text.count(self.old)) != 1:
            raise Misfit(f"{self.name}: its old words stand {found} times in {self.file}, not once: {self.old[:60]!r}")
        changed = text.replace(self.old, self.new)
        try:
            compile(changed, self.file, "exec")
        except SyntaxError as problem:
            raise Misfit(f"{self.name}: the fault is no Python: {problem}") from None
        return changed


def mutant(name: str, breaks: str, file: str, change: tuple[str, str], *killers: str) -> Mutant:
    """A row as it is written in the tables: the change is (old words, new words)."""
    return Mutant(name, breaks, file, *change, killers)
