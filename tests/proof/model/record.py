"""The audit log read by a stranger: every new line's seal, number and place, and what all lines add up to.

Law of the file: the seal is reckoned here from the documented form alone. What was sound yesterday is compared byte for
byte and not folded again, so that a long story costs no more a step than a short one.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import event_of, to_parts
from automated_trading.adapters.audit_line import parse
from automated_trading.adapters.audit_log import read_lines, verify
from automated_trading.adapters.proof import add_up
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import State


class Record:
    """As much of a folder's log as has been proved, and its fold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forget()

    def forget(self) -> None:
        """The folder is another from here on."""
        self.kept, self.head, self.state = b"", (0, "0" * 64), State()

    def check(self) -> list[str]:
        """What is wrong with the log since the last look, or with the snapshots beside it."""
        raw = (self.folder / "audit_log.jsonl").read_bytes()
        if not self.kept or not raw.startswith(self.kept):
            return self._anew(raw)
        problems: list[str] = []
        for piece in raw[len(self.kept) :].splitlines(keepends=True):
            problems += self._line(piece)
        self.kept = raw
        return problems + self._snapshots()

    def _anew(self, raw: bytes) -> list[str]:
        """A first look, or a cut or a rotation took away what was there: everything is proved from the beginning."""
        problems = [str(problem) for problem in verify(self.folder).problems]
        self.state, more = add_up(read_lines(self.folder))
        last = json.loads(raw.splitlines()[-1])
        self.kept, self.head = raw, (last["seq"], last["hash"])
        return problems + more + self._snapshots()

    def _line(self, piece: bytes) -> list[str]:
        try:
            fields = json.loads(piece)
            bare = {key: value for key, value in fields.items() if key != "hash"}
            text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
            sealed = hashlib.sha256(text.encode("ascii")).hexdigest() == fields["hash"]
            follows = (fields["seq"], fields["prev"]) == (self.head[0] + 1, self.head[1])
            self.head = (fields["seq"], fields["hash"])
            self.state = evolve(self.state, event_of(parse(piece)))
        except (ValueError, KeyError) as problem:
            return [f"a line behind {self.head[0]} cannot be read: {problem!r}"]
        return [] if sealed and follows else [f"line {fields['seq']}: sealed {sealed}, follows {follows}"]

    def _snapshots(self) -> list[str]:
        found = snapshots.load(self.folder)
        if found is None or (found.seq, found.head) != self.head:
            return [f"the snapshots do not tell of line {self.head[0]}"]
        return [] if found.parts == to_parts(self.state) else ["the snapshots are not the fold of the log"]

    def written(self, kin: str) -> set[str]:
        """Every id that begins so and stands in the log as intended."""
        raw = (self.folder / "audit_log.jsonl").read_text("ascii", "replace")
        lines = [line for line in raw.splitlines() if kin in line and '"event":"order_intended"' in line]
        return {found.group() for line in lines if (found := re.search(kin + "[0-9A-F]{8}", line)) is not None}

    def intent(self, key: str, ink: bytes) -> dict[str, object] | None:
        """What the log says of an order that was intended, as far as `ink` tells."""
        for line in reversed(ink.splitlines()):
            if key.encode() in line and b'"event":"order_intended"' in line:
                found: dict[str, object] = json.loads(line)["data"]
                return found
        return None
