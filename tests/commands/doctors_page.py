"""The doctor's page as a test reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.commands.front_door import Answer, Door


@dataclass(frozen=True, slots=True)
class Page:
    """How the doctor ended, and his rows by check."""

    answer: Answer
    rows: dict[str, dict[str, Any]]

    def shows(self, check: str, verdict: str, said: str, remedy: str = "", *, code: int = 0) -> bool:
        """Whether a row has that verdict, those words in it and its remedy, and the command that exit code."""
        row = self.rows[check]
        assert row["verdict"] == verdict, row
        assert said in row["said"], row
        assert remedy in row["remedy"], row
        assert bool(row["remedy"]) is (verdict != "good"), row
        assert (self.answer.code, self.answer.document["exit_code"]) == (code, code), self.answer.err
        return True

    def troubled(self) -> set[str]:
        """The checks that are not good."""
        return {name for name, row in self.rows.items() if row["verdict"] != "good"}


def seen(door: Door, *words: str, **environ: str) -> Page:
    """The doctor's document."""
    answer = door.run("doctor", "--json", *words, **environ)
    return Page(answer, {row["check"]: row for row in answer.document["rows"]})
