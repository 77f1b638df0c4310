"""The doctor on the disk: the folder, who may look into it, its room, its lock and its log.

Law of the file: nothing is made, locked or mended; each verdict is a function of what was seen.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from os.path import commonpath
from pathlib import Path

from automated_trading.adapters.audit_survey import tail_from_checkpoint
from automated_trading.adapters.folder_survey import Rights, may_write, rights_below, rights_of, room_left
from automated_trading.adapters.outbox import FOLDER as OUTBOX, SENT
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
    for one in (path, *_written_in(case.folder())):
        if one.exists() and not one.is_dir():
            return bad("folder", f"{one} is no folder", "move it away: the next run makes its own")
        if one.exists() and not may_write(one):
            return bad("folder", f"this user may not write in {one}", "give the folder to the user the desk runs as")
    return good("folder", str(path))


def _written_in(kept: Path) -> Iterator[Path]:
    """Where a mode's runs and its post write."""
    yield from (kept, kept / OUTBOX, kept / OUTBOX / SENT)


def rights(case: Case) -> Finding:
    """Keys are read by their owner alone, and nobody else writes what the desk obeys or remembers."""
    asked, data = case.asked, case.asked.cwd / case.settings().data_dir
    obeyed = (asked.config or asked.cwd / "trading.toml", data / "approved_signals.json")
    kept = [found for found in (rights_of(data), *rights_below(case.folder())) if found is not None]
    return judged(rights_of(asked.cwd / ".env"), [found for path in obeyed if (found := rights_of(path))], kept)


def judged(dotenv: Rights | None, obeyed: Sequence[Rights], kept: Sequence[Rights]) -> Finding:
    """The rights to `.env`, to what the desk obeys (rules, signals), and to what it keeps."""
    if dotenv is not None and dotenv.open_to_others:
        said = f".env holds keys, and others may look into it ({dotenv.mode:04o})"
        return bad("rights", said, f"chmod 600 {shlex.quote(str(dotenv.path))}")
    shared = [found for found in (*obeyed, *kept) if found.writable_by_others]
    if shared:
        return bad("rights", f"others may write {_named(shared)}", f"chmod go-w {_paths(shared)}")
    shown = [found for found in kept if found.open_to_others]
    if shown:
        return warn("rights", f"others may look into {_named(shown)}", f"chmod go= {_paths(shown)}")
    return good("rights", f"the desk's files are its owner's alone{', .env too' if dotenv is not None else ''}")


def _named(found: Sequence[Rights]) -> str:
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(f"{one.path.name} ({one.mode:04o})" for one in found[:NAMED]) + more


def _paths(found: Sequence[Rights]) -> str:
    """The paths to name; where they are many, the folder they all lie in."""
    paths = [str(one.path) for one in found]
    return " ".join(map(shlex.quote, paths)) if len(paths) <= NAMED else f"-R {shlex.quote(commonpath(paths))}"


def disk(case: Case) -> Finding:
    """Room, and the reserve that what closes is written from. Raises StateError."""
    kept = case.folder()
    begun = case.proof().lines > 0
    return room(room_left(kept), Reserve(kept).lacking if begun else None)


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
    said = f"{proof.lines} lines hold, snapshots agree; the last of {last}"
    if proof.torn:
        return warn("log", f"{said}; half a line behind it", "nothing: the next run cuts it off and keeps its bytes")
    return good("log", said)
