"""The doctor on the disk: the folder, who may look into it, its room, its lock and its log.

Law of the file: nothing is made, locked or mended; each verdict is a function of what was seen.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from automated_trading.adapters.audit_survey import tail_from_checkpoint
from automated_trading.adapters.folder_survey import Rights, may_write, rights_below, rights_of, room_left
from automated_trading.adapters.proof import OTHER_SNAPSHOTS, Proof
from automated_trading.adapters.reserve import SIZE, Reserve
from automated_trading.adapters.run_lock import is_held
from automated_trading.commands.asked import in_new_york
from automated_trading.commands.doctor_case import Case
from automated_trading.commands.init import missing
from automated_trading.domain.sessions import parse_utc
from automated_trading.reports.finding import Finding, bad, good, warn

BROKEN = 8
MEGABYTE = 2**20
LITTLE = 200 * MEGABYTE
NAMED = 3


def folder(case: Case) -> Finding:
    """The data folder: there, and ours to write in."""
    path = case.asked.cwd / case.settings().data_dir
    if not path.exists():
        lacking = ", ".join(missing(case.asked.cwd))
        remedy = f"`automated-trading init` writes {lacking}" if lacking else f"mkdir -m 700 {shlex.quote(str(path))}"
        return warn("folder", f"there is no {path} yet", remedy)
    if not path.is_dir():
        return bad("folder", f"{path} is no folder", "name a folder with --data-dir or TRADING_DATA_DIR")
    if not all(may_write(one) for one in (path, case.folder()) if one.exists()):
        return bad("folder", f"this user may not write in {path}", "give the folder to the user the desk runs as")
    return good("folder", str(path))


def rights(case: Case) -> Finding:
    """Keys are read by their owner alone, and nobody else writes what the desk obeys or remembers."""
    asked, found = case.asked, case.settings()
    given = (rights_of(path) for path in (asked.cwd / ".env", asked.config or asked.cwd / "trading.toml"))
    data = asked.cwd / found.data_dir
    inside = [one for one in (rights_of(data), *_inputs(data)) if one is not None]
    dotenv, toml = given
    return judged(dotenv, toml, [*inside, *rights_below(case.folder())])


def _inputs(data: Path) -> Iterable[Rights | None]:
    return (rights_of(data / name) for name in ("approved_signals.json", ".trading_disabled"))


def judged(dotenv: Rights | None, toml: Rights | None, inside: Iterable[Rights]) -> Finding:
    """The rights to `.env`, to the rules, and to the data folder with what is in it."""
    if dotenv is not None and dotenv.open_to_others:
        said = f".env holds keys, and others may look into it ({dotenv.mode:04o})"
        return bad("rights", said, f"chmod 600 {shlex.quote(str(dotenv.path))}")
    kept = list(inside)
    shared = [one for one in [*([toml] if toml is not None else []), *kept] if one.writable_by_others]
    if shared:
        return bad("rights", f"others may write {_named(shared)}", f"chmod go-w {_paths(shared)}")
    open_to_read = [one for one in kept if one.open_to_others]
    if open_to_read:
        return warn("rights", f"others may look into {_named(open_to_read)}", f"chmod go= {_paths(open_to_read)}")
    return good("rights", f"the desk's files are its owner's alone{', .env too' if dotenv is not None else ''}")


def _named(found: list[Rights]) -> str:
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(f"{one.path.name} ({one.mode:04o})" for one in found[:NAMED]) + more


def _paths(found: list[Rights]) -> str:
    """The paths to name; where they are many, the folder they lie in and all below."""
    if len(found) <= NAMED:
        return " ".join(shlex.quote(str(one.path)) for one in found)
    return f"-R {shlex.quote(str(found[0].path if found[0].path.is_dir() else found[0].path.parent))}"


def disk(case: Case) -> Finding:
    """Room, and the reserve that what closes is written from. Raises StateError."""
    kept = case.folder()
    begun = case.proof().lines > 0
    return room(room_left(case.asked.cwd / kept), Reserve(kept).lacking if begun else None)


def room(free: int, lacking: str | None) -> Finding:
    """So many bytes free; `lacking` says why the reserve is not whole, where a record has begun."""
    said = f"{free / MEGABYTE:,.0f} MB free"
    if free < 2 * SIZE:
        return bad("disk", f"{said}: nothing opens on a full disk", "free some space on the data folder's disk")
    if lacking is not None and "no plain file" in lacking:
        return bad("disk", lacking, "take the file .reserve away: the next run makes its own")
    if lacking is not None:
        said += "; the reserve for a full disk is not whole"
        return warn("disk", said, "nothing: the next run makes it whole, and opens nothing before")
    if free < LITTLE:
        return warn("disk", said, "free some space on the data folder's disk")
    return good("disk", said)


def lock(case: Case) -> Finding:
    """Whether a run is at work."""
    held = is_held(case.folder())
    if held:
        said = "a run holds the folder; other commands end with 7 until it is done"
        return warn("lock", said, "ask again in four minutes: no run takes longer")
    return good("lock", "free" if held is not None else "not told by this system; a dead run never keeps it")


def log(case: Case) -> Finding:
    """The whole record, proved from its first line. Raises StateError."""
    proof = case.proof()
    tail = [] if proof.problems else tail_from_checkpoint(case.folder())
    return proved(proof, in_new_york(parse_utc(tail[-1].at)) if tail else "")


def proved(proof: Proof, last: str) -> Finding:
    """What the proof found; `last` is when the last line was written."""
    if proof.problems:
        more = f" and {len(proof.problems) - 1} more" if len(proof.problems) > 1 else ""
        snapshots = proof.problems[0] == OTHER_SNAPSHOTS
        listed = "`automated-trading audit verify` lists the damage; `audit restart` begins a new log"
        remedy = "they are made again from the log" if snapshots else listed
        return bad("log", f"{proof.problems[0]}{more}", remedy, BROKEN)
    if not proof.lines:
        return good("log", "none yet: the first run begins it")
    said = f"{proof.lines} lines hold, the snapshots agree; the last is of {last}"
    if proof.torn:
        return warn("log", f"{said}; half a line behind it", "nothing: the next run cuts it off and keeps its bytes")
    return good("log", said)
