"""`init`: a folder made ready for a desk.

Law of the file: nothing that is there is touched, so that it may be typed again; what is written changes no setting.
Everything is its owner's alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from automated_trading.adapters.disk import make_folder, told
from automated_trading.adapters.new_file import put_new
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.settings.starter import dotenv_example, trading_toml

DATA = "data/"
SIGNALS = "data/approved_signals.json"
EXAMPLE = "data/approved_signals.example.json"
IGNORED = """\
# What holds keys, and what the desk writes, stays out of every repository.
.env
.env.*
!.env.example
data/
.trading_disabled
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a desk's folder holds: its name, what it is, and the text of a file (None: a folder)."""

    name: str
    what: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of a part; `written` is False for one that was there."""

    part: Part
    written: bool


def parts() -> tuple[Part, ...]:
    """Everything `init` writes, in its order."""
    example = resources.files("automated_trading").joinpath("approved_signals.example.json").read_text("ascii")
    return (
        Part("trading.toml", "every rule, commented, at its default", trading_toml()),
        Part(".env.example", "what goes into .env, name by name", dotenv_example()),
        Part(".gitignore", "keeps .env and data/ out of a repository", IGNORED),
        Part(DATA, "where the desk keeps its records", None),
        Part(EXAMPLE, "signals to try it with", example),
    )


def missing(folder: Path) -> list[str]:
    """What `init` would write there."""
    return [part.name for part in parts() if not (folder / part.name).exists()]


def init(asked: Asked, folder: Path | None) -> int:
    """Lay out what is missing, tell what to type next; 0. Raises StateError."""
    place = asked.cwd / (folder or "")
    with told(place, "make the folder"):
        make_folder(place)
    laid = [_lay(place, part) for part in parts()]
    screen, commands = Screen(asked), list(_next(folder))
    if asked.json:
        rows = [{"path": str(place / one.part.name), "done": "written" if one.written else "left"} for one in laid]
        screen.document({"schema": 1, "command": "init", "folder": str(place), "files": rows, "next": commands})
        return 0
    _show(screen, place, laid, commands)
    return 0


def _lay(place: Path, part: Part) -> Laid:
    path = place / part.name
    if part.text is not None:
        return Laid(part, put_new(path, part.text.encode("ascii")))
    if path.exists():
        return Laid(part, False)
    with told(place, f"make {part.name}"):
        make_folder(path)
    return Laid(part, True)


def _next(folder: Path | None) -> Iterator[str]:
    """The three commands to type, from where the owner stands."""
    first = f"cp {EXAMPLE} {SIGNALS}"
    yield f"cd {shlex.quote(str(folder))} && {first}" if folder is not None else first
    yield "automated-trading doctor"
    yield "automated-trading morning"


def _show(screen: Screen, place: Path, laid: list[Laid], commands: list[str]) -> None:
    written = sum(one.written for one in laid)
    screen.say(
        f"{place}: {written} of {len(laid)} written{', the rest was there' if written < len(laid) else ''}", "title"
    )
    width = max(len(one.part.name) for one in laid)
    for one in laid:
        said = one.part.what if one.written else "was there, and is left as it is"
        screen.say(f"  {one.part.name:<{width}}  {said}", "" if one.written else "dim")
    if any(one.part.name == ".gitignore" and not one.written for one in laid):
        screen.say("  see that your own .gitignore keeps .env and data/ out", "warn")
    screen.say("next, on the exchange in the box, without keys:")
    for command in commands:
        screen.say(f"  {command}")
    screen.say("for an account at Alpaca: cp .env.example .env, and write its keys there")
