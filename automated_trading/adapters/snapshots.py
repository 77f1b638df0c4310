"""The four state files: snapshots of the fold of the log, for people and for speed.

Law of the room: used whole or not at all. Each file is replaced by rename and carries its own digest; the
four count only together, with one number and one hash of the log. Nothing here is flushed: the log is the
truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automated_trading.adapters.canonical_json import digest, read, spell
from automated_trading.adapters.disk import make_folder, read_whole, replace, sweep, told

NAMES = ("live_positions", "pending_orders", "queued_signals", "daily_state")
SCHEMA = 2
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


def save(folder: Path, seq: int, head: str, parts: Mapping[str, object]) -> None:
    """Write the four files, under the run lock. Raises StateError, ValueError for other parts."""
    if set(parts) != set(NAMES):
        raise ValueError(f"not the four parts: {sorted(parts)}")
    files = {name: _render(name, seq, head, parts[name]) for name in NAMES}
    with told(folder, "write"):
        make_folder(folder)
        for name in NAMES:
            sweep(folder / f"{name}.json")
        for name, data in files.items():
            replace(folder / f"{name}.json", data, flush=False)


def load(folder: Path) -> Loaded | None:
    """The four files, None unless all are sound, of the form written now, and tell of one and the same line."""
    return look(folder)[1]


def look(folder: Path) -> tuple[int, Loaded | None]:
    """What `highest_seq` and `load` tell, in one reading."""
    found = [one for name in NAMES if (one := _sound(folder, name)) is not None]
    return max((one["seq"] for one in found), default=0), _whole(found)


def _whole(found: list[dict[str, Any]]) -> Loaded | None:
    sound = [one for one in found if one["schema"] == SCHEMA]
    if len(sound) < len(NAMES) or len({(one["seq"], one["head"]) for one in sound}) != 1:
        return None
    return Loaded(sound[0]["seq"], sound[0]["head"], {one["part"]: one["data"] for one in sound})


def highest_seq(folder: Path) -> int:
    """The highest number any sound file carries, of an older form too, 0 if there is none: the log must reach it."""
    return look(folder)[0]


def _render(name: str, seq: int, head: str, data: object) -> bytes:
    fields = {"schema": SCHEMA, "part": name, "seq": seq, "head": head, "data": data}
    spelled = spell(fields)
    read(spelled)  # refuses a float
    text = json.dumps({**fields, "digest": digest(spelled)}, indent=2, sort_keys=True, allow_nan=False)
    return text.encode("ascii") + b"\n"


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
