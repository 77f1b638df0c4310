"""The four state files: snapshots of the fold of the log, for people and for the programs they keep.

Law of the room: no run believes them; the log is the truth, and they only hold it to the line they tell of. Each file
is replaced by rename and carries its own digest; the four count only together, with one number and one hash of the
log. Nothing here is flushed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from automated_trading.adapters.canonical_json import digest, read, spell
from automated_trading.adapters.disk import make_folder, read_whole, replace, sweep, told
from automated_trading.adapters.reserve import fits

NAMES = ("live_positions", "pending_orders", "queued_signals", "daily_state")
SCHEMA = 5
"""The form written and loaded now; the state of an older one is told by the log, its number is believed."""
_LARGEST = 64 * 1024 * 1024
_KEYS = {"schema", "part", "seq", "head", "digest", "data"}
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Four sound files: the log line they tell the state of (number and hash), and their data by name."""

    seq: int
    head: str
    parts: Mapping[str, Any]


def save(folder: Path, seq: int, head: str, parts: Mapping[str, object]) -> bool:
    """Write the four files, under the run lock; False where the disk has no room for them all.

    Raises StateError, ValueError for other parts.
    """
    if set(parts) != set(NAMES):
        raise ValueError(f"not the four parts: {sorted(parts)}")
    files = {name: _render(name, seq, head, parts[name]) for name in NAMES}
    with told(folder, "write"):
        make_folder(folder)
        for name in NAMES:
            sweep(folder / f"{name}.json")
        writes = [partial(replace, folder / f"{name}.json", data, flush=False) for name, data in files.items()]
        return all(map(fits, writes))


def load(folder: Path) -> Loaded | None:
    """The four files, None unless all are sound, of the form written now, and tell of one and the same line."""
    sound = [one for one in _all_sound(folder) if one["schema"] == SCHEMA]
    if len(sound) < len(NAMES) or len({(one["seq"], one["head"]) for one in sound}) != 1:
        return None
    return Loaded(sound[0]["seq"], sound[0]["head"], {one["part"]: one["data"] for one in sound})


def highest_seq(folder: Path) -> int:
    """The highest number any sound file carries, of an older form too, 0 if there is none: the log must reach it."""
    return max((seq for seq, _ in heads(folder)), default=0)


def heads(folder: Path) -> set[tuple[int, str]]:
    """Number and hash of each line that a sound file tells of, of an older form too: the log must hold them."""
    return {(one["seq"], one["head"]) for one in _all_sound(folder) if one["seq"]}


def _render(name: str, seq: int, head: str, data: object) -> bytes:
    fields = {"schema": SCHEMA, "part": name, "seq": seq, "head": head, "data": data}
    spelled = spell(fields)
    read(spelled)  # refuses a float
    text = _laid_out({**fields, "digest": digest(spelled)}, depth=2)
    return text.encode("ascii") + b"\n"


def _laid_out(value: object, depth: int, indent: str = "\n") -> str:
    """The spelling with a line for each entry of the outer `depth` levels: enough for people, and quick."""
    if depth == 0 or not isinstance(value, dict) or not value:
        return spell(value)
    indent += "  "
    rows = (f"{indent}{spell(name)}: {_laid_out(one, depth - 1, indent)}" for name, one in sorted(value.items()))
    return "{" + ",".join(rows) + indent[:-2] + "}"


def _all_sound(folder: Path) -> list[dict[str, Any]]:
    return [one for name in NAMES if (one := _sound(folder, name)) is not None]


def _sound(folder: Path, name: str) -> dict[str, Any] | None:
    try:
        raw = read_whole(folder / f"{name}.json", _LARGEST)
        fields = read(raw.decode("ascii"))
        if not raw.endswith(b"\n}\n") or not isinstance(fields, dict) or fields.keys() != _KEYS:
            return None
        claimed = fields.pop("digest")
        if digest(spell(fields)) != claimed:
            return None
    except (OSError, ValueError):
        return None
    if type(fields["schema"]) is not int or not 1 <= fields["schema"] <= SCHEMA or fields["part"] != name:
        return None
    if type(fields["seq"]) is not int or fields["seq"] < 0 or not _HASH.fullmatch(str(fields["head"])):
        return None
    return fields
