"""The options that commands share, each said once.

Law of the file: data for the front door; nothing is read or decided here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder (else TRADING_DATA_DIR, else ./data).")]
Config = Annotated[Path | None, typer.Option("--config", help="The rules (else ./trading.toml).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more; a traceback with an error.")]
COMMON: dict[str, tuple[Any, Any]] = {
    "data_dir": (DataDir, None),
    "config": (Config, None),
    "json": (Json, False),
    "no_color": (NoColor, False),
    "verbose": (Verbose, False),
}
"""The options nearly every command has, with their defaults."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide and show; send nothing, write nothing.")]
At = Annotated[str | None, typer.Option("--at", help="Simulated mode: HH:MM New York, or a whole time, to run at.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", help="A ticker.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Folder = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Where (else here).")]
SendTest = Annotated[bool, typer.Option("--send-test", help="Send one letter.")]
