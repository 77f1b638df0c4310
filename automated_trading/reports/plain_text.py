"""Text from outside, made fit to be shown.

Law of the file: the one place where foreign text is cleaned for display. Whatever it is made of, what leaves here is
one line of printable characters in their usual order, no longer than asked.
"""

from __future__ import annotations

import unicodedata
from typing import Any

LONGEST = 400
"""Longer than anything of ours; a broker's reason is seldom a fifth of it."""

LONGEST_SUBJECT = 120
MARKS_ON_ONE = 2
"""Accents on one letter; more of them climb over the lines above."""

_BLANK = frozenset({"Cc", "Zl", "Zp", "Zs"})
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn"})


def plain(text: str, longest: int = LONGEST) -> str:
    """The text in one line: compatible forms unified, whatever is unseen or turns the writing round left out, cut."""
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFKC", text[: 4 * longest]):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind.startswith("M") else 0
        if kind in _UNSEEN or marks > MARKS_ON_ONE:
            continue
        shown.append(" " if kind in _BLANK else character)
    line = " ".join(unicodedata.normalize("NFKC", "".join(shown)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def plain_all(value: Any) -> Any:
    """Text, and lists and mappings of it, each piece made plain. Raises ValueError for anything that is no text."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple):
        return [plain_all(one) for one in value]
    if isinstance(value, dict):
        return {name: plain_all(one) for name, one in value.items()}
    raise ValueError(f"a letter holds text only, not {type(value).__name__}")
