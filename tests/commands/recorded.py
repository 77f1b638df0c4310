"""`replay` over recorded days in a folder, as a test asks for it.

Law of the file: the command itself runs, in this process; what it prints is handed back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automated_trading.commands.asked import Asked
from automated_trading.commands.replay import replay
from automated_trading.domain.errors import TradingError

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Document = dict[str, Any]


@dataclass
class Replay:
    """Recorded days in a folder, and the command over them."""

    home: Path
    read_out: Callable[[], str]

    def __post_init__(self) -> None:
        self.signals, self.prices = self.home / "signals", self.home / "prices.csv"
        self.asked = Asked({}, self.home, NOW)

    def run(self, *changes: str, code: int = 0, compare: bool = False, **asked: Any) -> str:
        given = replace(self.asked, **asked)
        assert replay(given, self.signals, self.prices, list(changes), compare) == code
        return self.read_out()

    def document(self, *changes: str, code: int = 0, compare: bool = False, **asked: Any) -> Document:
        told: Document = json.loads(self.run(*changes, code=code, compare=compare, json=True, **asked))
        return told

    def refusal(self, *changes: str, compare: bool = False, **asked: Any) -> str:
        with pytest.raises(TradingError) as caught:
            replay(replace(self.asked, **asked), self.signals, self.prices, list(changes), compare)
        assert "\n" not in str(caught.value)
        return str(caught.value)


def replay_in(home: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """A replay of what is written below `home`."""
    return Replay(home, lambda: capsys.readouterr().out)
