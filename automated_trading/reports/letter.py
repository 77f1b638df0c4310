"""A letter before it is rendered: what is told, how grave it is, and which matters it tells of.

Law of the file: a letter is a function of the state and of what was told before. Its facts are plain text, cleaned here
whoever wrote it, so that no template has anything to decide; a matter told before with the same digest is not told
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from automated_trading.reports.plain_text import LONGEST_SUBJECT, plain, plain_all


class Level(Enum):
    """How soon it should be read."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter.

    `kind` names its template. `matters` are what it tells of, each with a digest of what is told of it; `facts` is what
    the template shows, text and lists of text only; `short` is the same in one line, for a phone. A `correction` tells
    a matter again that has changed since.
    """

    kind: str
    session: date
    level: Level
    subject: str
    short: str
    matters: Mapping[str, str]
    facts: Mapping[str, Any]
    correction: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", plain(self.subject, LONGEST_SUBJECT))
        object.__setattr__(self, "short", plain(self.short))
        object.__setattr__(self, "facts", {name: plain_all(fact) for name, fact in self.facts.items()})

    @property
    def key(self) -> str:
        """Its name, the same whenever the same matters are told with the same words of the same session."""
        told = "\n".join(f"{name}={digest}" for name, digest in sorted(self.matters.items()))
        return f"{self.session}-{self.kind}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
