"""The log as a stranger reads it: bytes, hashes, and what they say of intents and halts.

Law of the file: it reads only what has come since it last looked; each line is proved against the one before. A cut
takes it back to the last place it knows to have been safe.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automated_trading.domain.codec import decode_event
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import State

FILE = "audit_log.jsonl"
GENESIS = "0" * 64
EMPTY = State()


@dataclass(frozen=True)
class Place:
    """How far the log was read, and what it said up to there."""

    inode: int = 0
    offset: int = 0
    seq: int = 0
    hash: str = GENESIS
    state: State = EMPTY


@dataclass(frozen=True)
class Intent:
    """An order as its line tells it, and where that line ends."""

    data: dict[str, Any]
    inode: int
    end: int


class Record:
    """One folder's log. `problems` is what no crash explains."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.problems: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.begin_anew()

    def begin_anew(self) -> None:
        """There is no log any more."""
        self.place = Place()
        self.places: list[Place] = []
        self.intents: dict[str, Intent] = {}
        self.hashes: dict[int, str] = {}
        self.heard: dict[str, int] = {}

    @property
    def halts(self) -> list[str]:
        """Halts that stand by everything that is written."""
        return sorted(reason.value for reason in self.place.state.halts)

    def read(self) -> list[dict[str, Any]]:
        """The lines since the last reading, and the state they make; after a rotation the archive's last ones first."""
        inode = self.inode()
        if not inode:
            return []
        found: list[dict[str, Any]] = []
        if self.place.inode not in (0, inode):
            for archive in self.path.parent.glob("audit_log-*.jsonl"):
                if archive.stat().st_ino == self.place.inode:
                    found += self._rest(archive)
        if inode != self.place.inode:
            self.place = replace(self.place, inode=inode, offset=0)
        return found + self._rest(self.path)

    def _rest(self, path: Path) -> list[dict[str, Any]]:
        """The whole lines of a file behind the place last read."""
        with open(path, "rb") as file:
            file.seek(self.place.offset)
            text = file.read()
        found, offset = [], self.place.offset
        for piece in text.splitlines(keepends=True):
            if not piece.endswith(b"\n"):
                break
            offset += len(piece)
            told = self._line(piece, offset)
            if told is not None:
                found.append(told)
        if text:
            self.place = replace(self.place, offset=offset)
            self.places.append(self.place)
        return found

    def after_cut(self, covered: int) -> None:
        """The power failed when so many bytes of the log were durable: what was read beyond them is not known."""
        while self.places and not self._still_there(self.places[-1], covered):
            self.places.pop()
        self.place = self.places[-1] if self.places else Place()
        for seq in [seq for seq in self.hashes if seq > self.place.seq]:
            del self.hashes[seq]
        if self.place.seq:
            self._forget_heard(self.place.seq)

    def inode(self) -> int:
        """The number of the log's file, 0 if there is none."""
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _still_there(self, place: Place, covered: int) -> bool:
        return place.inode == self.inode() and place.offset <= covered

    def _line(self, piece: bytes, end: int) -> dict[str, Any] | None:
        """Prove a line and take it in; None for one that a rotation tells again."""
        try:
            told: dict[str, Any] = json.loads(piece)
        except ValueError:
            self.problems.append(f"what stands behind line {self.place.seq} is no line")
            return None
        seq, event = told["seq"], told["event"]
        if seq <= self.place.seq and self.hashes.get(seq) == told["hash"]:
            return None
        at = piece.rfind(b',"hash":"')
        sealed = hashlib.sha256(piece[:at] + piece[at + 74 : -1]).hexdigest()
        first = self.place.seq == 0 and event == "checkpoint"
        if first:
            self._forget_heard(seq)
        if told["hash"] != sealed:
            self.problems.append(f"the hash of line {seq} does not hold")
        if not first and (seq, told["prev"]) != (self.place.seq + 1, self.place.hash):
            self.problems.append(f"line {seq} does not follow line {self.place.seq}")
        self.hashes[seq] = sealed
        self.kinds[_kind(event, told["data"])] += 1
        state = evolve(self.place.state, decode_event(event, told["data"]))
        self.place = replace(self.place, seq=seq, hash=sealed, state=state)
        if event == "order_intended":
            self.intents[told["data"]["client_order_id"]] = Intent(told["data"], self.place.inode, end)
        elif event == "activity_heard":
            self._once(told["data"]["activity"]["activity_id"], seq)
        return told

    def _forget_heard(self, seq: int) -> None:
        """What stands behind that line is told again."""
        self.heard = {one: at for one, at in self.heard.items() if at <= seq}

    def _once(self, activity: str, seq: int) -> None:
        if self.heard.get(activity, seq) != seq:
            self.problems.append(f"{activity} is in the log twice")
        self.heard[activity] = seq


def _kind(event: str, data: dict[str, Any]) -> str:
    """What a line counts as."""
    match event:
        case "signal_refused" | "signal_not_yet" | "signal_queued" | "signal_dropped" | "halted":
            return f"{event} {data['reason']}"
        case "resumed":
            return f"{event} {data['reason']} by {data['by']}"
        case "order_intended":
            return f"intended {data['side']} {data['reason']}"
        case "order_ended":
            return f"{event} {data['end']}"
        case "activity_heard":
            return f"{event} {data['activity']['kind']}"
        case "run_finished":
            return f"run {data['outcome']}"
        case "difference_seen" | "cash_difference_seen":
            return f"{event} {data['readings']}"
        case _:
            return event
