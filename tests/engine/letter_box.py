"""An outbox one can look into, and break.

Law of the file: letters are laid out on the real paper and kept by key; nothing is posted unless a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from automated_trading.adapters.letter_paper import Paper, Sheet
from automated_trading.domain.errors import AlertError
from automated_trading.reports.letter import Letter


class Cut(BaseException):
    """The process ends here."""


@dataclass
class LetterBox:
    """`letters` in the order they were kept; `broken` refuses each, `doubtful` keeps it and says it could not, `cut`
    ends the process "before" or "behind" one."""

    letters: dict[str, Letter] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    broken: bool = False
    doubtful: bool = False
    cut: str = ""

    def keep(self, letter: Letter) -> None:
        if self.broken:
            raise AlertError("the outbox is broken")
        if self.cut == "before":
            raise Cut
        sheet = Paper("simulated").lay_out(letter)
        self.letters[letter.key], self.sheets[letter.key] = letter, sheet
        if self.doubtful:
            raise AlertError("the outbox does not know")
        if self.cut == "behind":
            raise Cut

    def kept(self, *, durably: bool = False) -> frozenset[str]:
        return frozenset(self.letters)

    def sent(self) -> frozenset[str]:
        return frozenset(self.gone)

    def kinds(self) -> list[str]:
        """The kinds of all letters kept so far, in order."""
        return [letter.kind for letter in self.letters.values()]

    def of(self, kind: str) -> list[Letter]:
        return [letter for letter in self.letters.values() if letter.kind == kind]

    def matters(self) -> list[str]:
        """Every matter of every letter, as often as it is told."""
        return [name for letter in self.letters.values() for name in letter.matters]
