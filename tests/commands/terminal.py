"""A person at a terminal: a real process on a pseudo-terminal, with what is typed into it."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from tests.commands.front_door import DESK, Door


@dataclass(frozen=True, slots=True)
class Seen:
    """How the command ended and what stood on the screen."""

    code: int
    text: str


QUESTION = b"[y/N]"


def typed(door: Door, answer: str, *words: str, columns: int = 80, meanwhile: Callable[[], None] | None = None) -> Seen:
    """Run a command at a terminal and type an answer to its question; `meanwhile` is done while it stands."""
    ours, theirs = pty.openpty()
    given = {"TERM": "dumb", "COLUMNS": str(columns), "NO_COLOR": "1", "TRADING_DATA_DIR": str(door.data)}
    pid = os.posix_spawn(
        sys.executable,
        [*DESK, *words],
        {**door.whole_environ, **given},
        file_actions=[(os.POSIX_SPAWN_DUP2, theirs, fd) for fd in (0, 1, 2)],
    )
    os.close(theirs)
    seen = b""
    with closing(os.fdopen(ours, "r+b", buffering=0)) as screen:
        if meanwhile is None:
            screen.write(answer.encode())
        try:
            while piece := screen.read(65_536):
                seen += piece
                if meanwhile is not None and QUESTION in seen:
                    meanwhile()
                    meanwhile = None
                    screen.write(answer.encode())
        except OSError:  # the last of them has hung up
            pass
    return Seen(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode().replace("\r", ""))
