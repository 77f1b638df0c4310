"""The end of the log: what a crash while appending may have left there, and what only a hand can have done.

Law of the room: pure. A crash leaves half a line, or bytes no line of ours can hold (zeroes, stale blocks),
and only where the last run wrote. Complete lines that do not hold, lines that are missing, repeated or out
of place, and damage with another run's lines behind it are somebody's work: they are refused, never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from automated_trading.adapters.audit_line import (
    EMPTY,
    RUN_FINISHED,
    Line,
    LineError,
    NewerForm,
    break_in_chain,
    parse,
)

_FOREIGN = re.compile(rb"[^\x20-\x7e\n]")


def speaks_against_a_crash(pieces: Iterable[bytes], last: Line | None) -> str | None:
    """Why these bytes behind the last good line are not what a crash leaves there; None if they may be.

    `pieces` are cut behind each newline; the first is one that does not parse. Reads no further than it must.
    """
    wreck = _Wreck()
    survivor: Line | None = None
    for piece in pieces:
        try:
            line = parse(piece)
        except NewerForm as newer:
            return str(newer)
        except LineError as problem:
            wreck.add(piece, str(problem))
            continue
        against = wreck.tells_a_hand() or _misplaced(line, survivor or last, wreck)
        if against is None and survivor is None:
            against = _not_of_the_last_run(line, last)
        elif against is None and survivor is not None and survivor.run != line.run:
            against = "lines of two runs stand behind the damage"
        if against is not None:
            return against
        survivor, wreck = line, _Wreck()
    return wreck.tells_a_hand()


@dataclass(slots=True)
class _Wreck:
    """Neighbouring pieces that are not lines."""

    first_problem: str = ""
    whole: bool = False
    foreign: bool = False

    def add(self, piece: bytes, problem: str) -> None:
        self.first_problem = self.first_problem or problem
        self.whole = self.whole or piece.endswith(b"\n")
        self.foreign = self.foreign or _FOREIGN.search(piece) is not None

    def tells_a_hand(self) -> str | None:
        """A piece that reached its newline was whole once: without foreign bytes it was edited."""
        return self.first_problem if self.whole and not self.foreign else None


def _misplaced(line: Line, before: Line | None, wreck: _Wreck) -> str | None:
    head = (before.seq, before.hash) if before is not None else EMPTY
    if not wreck.first_problem:
        return break_in_chain(line, head)
    # At least one line was lost in the wreck.
    return None if line.seq > head[0] + 1 else f"seq {line.seq} comes too early: bytes were inserted before it"


def _not_of_the_last_run(line: Line, last: Line | None) -> str | None:
    """A run that flushed made all before it durable: a crash damages the lines of one run alone."""
    seq = last.seq if last is not None else 0
    if last is not None and line.run == last.run:
        return "a finished run's lines stand behind the damage" if last.event == RUN_FINISHED else None
    return None if line.run_start == seq + 1 else "the damage reaches into an earlier run's lines"
