"""One line of the audit log: how it is spelled, sealed and recognised.

Law of the room: pure. A line is good only if its bytes are its own canonical spelling and its own hash
holds; it follows another only if it carries the next number and that line's hash. Old forms are read for
ever; a newer form is told apart from damage, for it must never be cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automated_trading.adapters.canonical_json import digest, read, spell
from automated_trading.domain.replacing import replace

FORM = 5
"""The form written now. What `evolve` made of the lines of an older one is not known any more."""
GENESIS = "0" * 64
CHECKPOINT = "checkpoint"
RUN_FINISHED = "run_finished"
EMPTY = (0, GENESIS)
"""The head of a log without lines."""

Row = tuple[str, Mapping[str, Any], str]
"""An event's name, its data as plain JSON, and the time it is written at (UTC text)."""

_HASH = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("account", "at", "event", "hash", "mode", "prev", "run")
_KEYS = {*_TEXTS, "data", "seq", "v"}


class LineError(Exception):
    """These bytes are not a line of ours; the words say why."""


class NewerForm(LineError):
    """A line of a later version of the program."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, by its keys; `data` is plain JSON and nobody's to change."""

    account: str
    at: str
    data: Mapping[str, Any]
    event: str
    hash: str
    mode: str
    prev: str
    run: str
    seq: int
    v: int

    @property
    def run_start(self) -> int:
        """The number of the first line of this line's run; its own number if the run's name does not tell."""
        first = self.run.partition("-")[0]
        return int(first) if first.isdecimal() and len(first) < 19 else self.seq


@dataclass(frozen=True, slots=True)
class Stamp:
    """What all lines of one run have in common."""

    account: str
    mode: str
    run: str


def write_lines(rows: Sequence[Row], head: tuple[int, str], stamp: Stamp) -> tuple[list[Line], bytes]:
    """The lines of `rows` chained to `head`, and their bytes. ValueError for what is not plain JSON."""
    lines: list[Line] = []
    texts: list[str] = []
    seq, prev = head
    for event, data, at in rows:
        seq += 1
        spelled = spell(data)
        # Read back, so that memory holds what the disk will tell, and nobody else can change it.
        copy = read(spelled)
        if not isinstance(copy, dict):
            raise ValueError(f"the data of {event} is not a mapping")
        unsealed = Line(stamp.account, at, copy, event, "", stamp.mode, prev, stamp.run, seq, FORM)
        before, behind = _halves(unsealed, spelled)
        prev = digest(before + behind)
        lines.append(replace(unsealed, hash=prev))
        texts.append(_sealed(before, prev, behind))
    return lines, "".join(texts).encode("ascii")


def serialise(lines: Iterable[Line]) -> bytes:
    """The bytes of lines, as they stand in the file."""
    return "".join(_sealed(*_around(line)) for line in lines).encode("ascii")


def parse(raw: bytes) -> Line:
    """The line of these bytes (newline included). Raises LineError, NewerForm for a later version's line."""
    try:
        text = raw.decode("ascii")
        fields = read(text)
    except ValueError as problem:
        raise LineError(f"not JSON of ours ({str(problem)[:80]})") from None
    if not isinstance(fields, dict):
        raise LineError("not a JSON object")
    version = fields.get("v")
    if type(version) is int and version > FORM:
        raise NewerForm(f"written by a newer version of this program (form {version}); upgrade this one")
    line = _line(fields)
    try:
        canonical = spell(fields)
    except ValueError as problem:
        raise LineError(str(problem)) from None
    if canonical + "\n" != text:
        raise LineError("not canonical (keys, spaces or spelling were changed)")
    # Behind the hash stand texts and numbers alone, and in a text a quote is escaped: the last one is the line's own.
    before, _, behind = canonical.rpartition(f',"hash":"{line.hash}"')
    if digest(before + behind) != line.hash:
        raise LineError("its hash does not hold (the line was changed)")
    return line


def break_in_chain(line: Line, head: tuple[int, str]) -> str | None:
    """What keeps `line` from following `head`, None if it does."""
    seq, last = head
    if line.seq == seq + 1:
        return None if line.prev == last else f"prev of seq {line.seq} is not the hash of the line before it"
    if line.seq <= seq:
        return f"seq {line.seq} comes again or too late (after {seq}): a duplicate, or lines were swapped"
    return f"seq {line.seq} comes after {seq}: a line is missing"


def misfit(line: Line, before: Line | None) -> str | None:
    """What keeps `line` from standing behind `before` (None: behind nothing) in one log, None if it may."""
    broken = break_in_chain(line, EMPTY if before is None else (before.seq, before.hash))
    if broken is not None or before is None:
        return broken
    if line.mode != before.mode:
        return f"seq {line.seq} was written in another mode"
    return f"seq {line.seq} is of an older form than the line before it" if line.v < before.v else None


def _line(fields: dict[str, Any]) -> Line:
    if fields.keys() != _KEYS:
        raise LineError("not the ten keys of a line")
    if not all(isinstance(fields[key], str) for key in _TEXTS) or not isinstance(fields["data"], dict):
        raise LineError("a value is of the wrong type")
    if type(fields["seq"]) is not int or type(fields["v"]) is not int or fields["v"] < 1:
        raise LineError("a number is of the wrong type")
    if fields["seq"] < 1 or not _HASH.fullmatch(fields["hash"]) or not _HASH.fullmatch(fields["prev"]):
        raise LineError("a number or a hash is out of its range")
    return Line(**fields)


def _around(line: Line) -> tuple[str, str, str]:
    before, behind = _halves(line, spell(line.data))
    return before, line.hash, behind


def _halves(line: Line, data: str) -> tuple[str, str]:
    """The canonical JSON of a line without its hash, in the two halves between which the hash stands."""
    return (
        f'{{"account":{spell(line.account)},"at":{spell(line.at)},"data":{data},"event":{spell(line.event)}',
        f',"mode":{spell(line.mode)},"prev":"{line.prev}","run":{spell(line.run)},"seq":{line.seq},"v":{line.v}}}',
    )


def _sealed(before: str, sealed: str, behind: str) -> str:
    return f'{before},"hash":"{sealed}"{behind}\n'
