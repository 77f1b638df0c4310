"""Where words go: tables for a person, plain lines for a scheduler, one document for a program.

Law of the file: with `--json` stdout carries the document and nothing else; every other word goes to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from automated_trading.commands.asked import Asked

TONES = {"bad": "bold red", "good": "green", "warn": "yellow", "dim": "dim", "title": "bold"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Says things in the form the caller can use."""

    asked: Asked

    @property
    def out(self) -> TextIO:
        return sys.stderr if self.asked.json else sys.stdout

    def say(self, text: str, tone: str = "") -> None:
        """One line."""
        if self.asked.terminal and self.asked.color and tone:
            from rich.console import Console
            from rich.text import Text

            Console(file=self.out, highlight=False).print(Text(text, style=TONES[tone]))
            return
        print(text, file=self.out)

    def wrong(self, text: str) -> None:
        """The one line on stderr of a command that ends with a problem."""
        print(f"automated-trading: {text}", file=sys.stderr)  # noqa: T201

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table on a terminal, aligned lines elsewhere; nothing when there are no rows."""
        if not rows:
            return
        if self.asked.terminal:
            self._rich_table(title, columns, rows)
            return
        widths = [max(len(row[n]) for row in [columns, *rows]) for n in range(len(columns))]
        self.say(title)
        for row in [columns, *rows]:
            self.say("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def document(self, document: Any) -> None:
        """The one JSON document on stdout."""
        print(json.dumps(document, indent=2, ensure_ascii=True))  # noqa: T201

    def _rich_table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(
            title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
        )
        for number, column in enumerate(columns):
            table.add_column(column, no_wrap=number == 0)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console(file=self.out, color_system="auto" if self.asked.color else None, highlight=False).print(table)
