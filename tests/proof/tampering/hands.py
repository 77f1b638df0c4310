"""Every kind of tampering with a record, as functions from a line to the files as the hand leaves them.

Law of the file: a hand knows how hashes are made. Each answers with the files it changed (None: taken away); a change
that leaves the same history is no change and is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import to_parts
from automated_trading.adapters.audit_line import parse
from automated_trading.adapters.canonical_json import digest, spell
from automated_trading.adapters.proof import add_up
from tests.proof.tampering.story import ARCHIVE, LOG, Record

Changed = dict[str, bytes | None]
Hand = Callable[[Record, str, int], Changed]
FIELDS = ("account", "at", "data", "event", "hash", "mode", "prev", "run", "seq", "v")
SNAPSHOTS = [f"{name}.json" for name in snapshots.NAMES]


@dataclass(frozen=True)
class Kind:
    """A way of tampering. `blind`: the log stays sound in itself, so that only a head kept elsewhere tells."""

    name: str
    hand: Hand
    blind: bool = False


def other(text: str) -> str:
    """The text with the character in its middle changed for another of its sort."""
    at = max((n for n, one in enumerate(text) if one.isalnum()), key=lambda n: -abs(n - len(text) // 2), default=-1)
    if at < 0:
        return '{"x":1}'
    return text[:at] + {"9": "8", "z": "y", "Z": "Y", "f": "e"}.get(text[at], chr(ord(text[at]) + 1)) + text[at + 1 :]


def edited(raw: bytes, field: str) -> bytes:
    """A line with one character of one field changed, its hash left as it was."""
    fields = json.loads(raw)
    spelled = {key: spell(value) for key, value in fields.items()} | {field: other(spell(fields[field]))}
    return ("{" + ",".join(f'"{key}":{spelled[key]}' for key in sorted(spelled)) + "}\n").encode()


def sealed(raw: bytes, **changes: object) -> bytes:
    """A line with other fields and a hash that holds."""
    fields = {**json.loads(raw), **changes}
    del fields["hash"]
    return (spell({**fields, "hash": digest(spell(fields))}) + "\n").encode()


def later(raw: bytes) -> str:
    """Another time for a line: no state depends on it, so that every checkpoint still adds up."""
    return str(json.loads(raw)["at"]).replace("2026", "2025")


def _with(record: Record, name: str, lines: list[bytes]) -> Changed:
    return {name: b"".join(lines)}


def edit(field: str, record: Record, name: str, n: int) -> Changed:
    lines = record.lines(name)
    return _with(record, name, [*lines[:n], edited(lines[n], field), *lines[n + 1 :]])


def seal_anew(record: Record, name: str, n: int) -> Changed:
    lines = record.lines(name)
    return _with(record, name, [*lines[:n], sealed(lines[n], at=later(lines[n])), *lines[n + 1 :]])


def delete(record: Record, name: str, n: int) -> Changed:
    lines = record.lines(name)
    return _with(record, name, [*lines[:n], *lines[n + 1 :]])


def double(record: Record, name: str, n: int) -> Changed:
    lines = record.lines(name)
    return _with(record, name, [*lines[: n + 1], *lines[n:]])


def insert(record: Record, name: str, n: int) -> Changed:
    """A forged line that follows line n as it should, in front of the one that really did."""
    lines = record.lines(name)
    if n + 1 == len(lines):
        return {}
    forged = sealed(lines[n], seq=parse(lines[n]).seq + 1, prev=parse(lines[n]).hash)
    return _with(record, name, [*lines[: n + 1], forged, *lines[n + 1 :]])


def append(record: Record, name: str, n: int) -> Changed:
    """A forged line behind the very last: as good as one of the desk's own."""
    lines = record.lines(name)
    if (name, n + 1) != (LOG, len(lines)):
        return {}
    return _with(record, name, [*lines, sealed(lines[n], seq=parse(lines[n]).seq + 1, prev=parse(lines[n]).hash)])


def swap(record: Record, name: str, n: int) -> Changed:
    lines = record.lines(name)
    return _with(record, name, [*lines[:n], *reversed(lines[n : n + 2]), *lines[n + 2 :]])


def move(record: Record, name: str, n: int) -> Changed:
    """The line out of its file, to the end (or the beginning) of the other."""
    there = LOG if name == ARCHIVE else ARCHIVE
    here, lines = record.lines(name), record.lines(there)
    moved = [here[n], *lines] if there == LOG else [*lines, here[n]]
    return delete(record, name, n) | _with(record, there, moved)


def shorten(record: Record, name: str, n: int) -> Changed:
    """A file ends with line n; the files behind it stay."""
    return _with(record, name, record.lines(name)[: n + 1])


def roll_back(record: Record, name: str, n: int, *, beside: bool) -> Changed:
    """The whole record ends with line n, the snapshots left beside or not."""
    lines = record.lines(name)[: n + 1]
    gone: Changed = {} if beside else dict.fromkeys(SNAPSHOTS)
    return {**gone, LOG: b"".join(lines), **({ARCHIVE: None} if name == ARCHIVE else {})}


def replay(older: Record, record: Record, name: str, n: int) -> Changed:
    """The line with that number out of another life of the same account."""
    lines = record.lines(name)
    seq = parse(lines[n]).seq
    twin = next((one for file in (ARCHIVE, LOG) for one in older.lines(file) if parse(one).seq == seq), None)
    return {} if twin is None else _with(record, name, [*lines[:n], twin, *lines[n + 1 :]])


def rechain(record: Record, name: str, n: int, *, beside: str) -> Changed:
    """The line changed, and all from it on sealed anew, in every file; the snapshots "left", "gone" or "made"."""
    first, prev = parse(record.lines(name)[n]).seq, ""
    forged: dict[int, bytes] = {}
    for raw in (raw for file in (ARCHIVE, LOG) for raw in record.lines(file)):
        line = parse(raw)
        if line.seq < first or line.seq in forged:
            continue
        forged[line.seq] = sealed(raw, at=later(raw)) if line.seq == first else sealed(raw, prev=prev)
        prev = parse(forged[line.seq]).hash
    files = {file: b"".join(forged.get(parse(raw).seq, raw) for raw in record.lines(file)) for file in (ARCHIVE, LOG)}
    changed: Changed = {file: data for file, data in files.items() if data != record.files[file]}
    if beside == "gone":
        return changed | dict.fromkeys(SNAPSHOTS)
    return changed | (_made(record, forged, prev) if beside == "made" else {})


def _made(record: Record, forged: Mapping[int, bytes], head: str) -> Changed:
    """Snapshots of the forged log, sound in themselves."""
    every = {parse(raw).seq: raw for file in (ARCHIVE, LOG) for raw in record.lines(file)} | dict(forged)
    state, _ = add_up(parse(every[seq]) for seq in sorted(every))
    aside = record.folder.with_name("forged")
    snapshots.save(aside, record.head[0], head, to_parts(state))
    return {name: (aside / name).read_bytes() for name in SNAPSHOTS}


def kinds(older: Record) -> Iterator[Kind]:
    """Every kind there is; `older` is another life of the same account."""
    for field in FIELDS:
        yield Kind(f"one character of {field}", partial(edit, field))
    yield Kind("one line sealed anew", seal_anew)
    yield Kind("deleted", delete)
    yield Kind("doubled", double)
    yield Kind("forged line inserted", insert)
    yield Kind("swapped with the next", swap)
    yield Kind("moved to the other file", move)
    yield Kind("line of another life", partial(replay, older))
    yield Kind("one file cut behind it", shorten)
    yield Kind("all cut behind it, snapshots beside", partial(roll_back, beside=True))
    yield Kind("all cut behind it, no snapshots", partial(roll_back, beside=False), blind=True)
    yield Kind("all chained anew, snapshots left", partial(rechain, beside="left"))
    yield Kind("all chained anew, no snapshots", partial(rechain, beside="gone"), blind=True)
    yield Kind("all chained anew, snapshots too", partial(rechain, beside="made"), blind=True)
    yield Kind("forged line behind the last", append, blind=True)


def lay(folder: Path, changed: Changed) -> None:
    """Put the changed files into the folder."""
    for name, data in changed.items():
        if data is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_bytes(data)
