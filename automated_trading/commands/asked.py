"""What the owner typed, and the world as the front door found it.

Law of the file: everything a command may know beyond the data folder is in here, read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from automated_trading.adapters.veil import Veil
from automated_trading.domain.errors import UsageError
from automated_trading.domain.sessions import at_new_york, new_york, new_york_date, parse_utc

if TYPE_CHECKING:
    from automated_trading.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of the command line. `terminal` says whether a person is looking; `veil` knows what may not be said."""

    environ: Mapping[str, str]
    cwd: Path
    now: datetime
    terminal: bool = False
    data_dir: Path | None = None
    config: Path | None = None
    dry_run: bool = False
    json: bool = False
    color: bool = True
    verbose: bool = False
    at: str | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    veil: Veil = field(default_factory=Veil)

    def settings(self) -> Settings:
        """The settings in force. Raises ConfigError."""
        from automated_trading.settings import find_files, load_settings  # half of the time `--help` would take

        dotenv, toml = find_files(self.cwd, self.config)
        given = dict(self.overrides)
        if self.data_dir is not None:
            given["trading_data_dir"] = str(self.data_dir)
        settings = load_settings(self.environ, dotenv=dotenv, toml=toml, overrides=given)
        self.veil.hide(settings.secrets())
        return settings


def in_new_york(at: datetime) -> str:
    """A moment as the owner reads it."""
    return f"{new_york(at):%a %Y-%m-%d %H:%M} New York"


def read_time(text: str, today: datetime) -> datetime:
    """`--at`: `HH:MM` New York on the exchange's day, or a whole time with its zone. Raises UsageError."""
    try:
        if len(text) == 5 and text[2] == ":":
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - New York is put to it below
            return at_new_york(new_york_date(today), clock)
        return parse_utc(text)
    except ValueError:
        raise UsageError(
            f"--at {text[:40]!r} is neither HH:MM (New York) nor a time like 2026-02-03T14:35:00Z"
        ) from None


def read_ticker(text: str) -> str:
    """A ticker as typed, in capitals. Raises UsageError."""
    from automated_trading.domain.orders import TICKER  # `--help` needs no hashing

    symbol = text.strip().upper()
    if TICKER.fullmatch(symbol) is None:
        raise UsageError(f"{ascii(text)[:40]} is not a plain US ticker, like ACME or BRK.B")
    return symbol
