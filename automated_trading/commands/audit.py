"""`audit show` and `audit verify`: read the record, and prove it.

Law of the file: readers take no lock, cut nothing, and need no broker and no keys.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict

from automated_trading.adapters.audit_line import RUN_FINISHED, Line
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.folder_store import event_of
from automated_trading.adapters.proof import prove
from automated_trading.assembly import mode_folder
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.domain.orders import TICKER
from automated_trading.reports.words import tell


def show(asked: Asked, last: int, symbol: str | None) -> int:
    """The last lines in words (or as they stand, with --json). Raises AuditError."""
    screen = Screen(asked)
    settings = asked.settings()
    folder, mode = mode_folder(settings), settings.mode.value
    wanted = (line for line in read_lines(folder) if symbol is None or _about(line, symbol.upper()))
    lines = deque(wanted, maxlen=last)
    if asked.json:
        screen.document({"schema": 1, "mode": mode, "lines": [asdict(line) for line in lines]})
        return 0
    screen.say(f"{mode.upper()} {folder}: {len(lines)} lines", "title")
    for line in lines:
        screen.say(f"{line.seq:>6}  {line.at[:19]}Z  {line.run:<14}  {_words(line)}")
    return 0


def check(asked: Asked) -> int:
    """Prove chain, checkpoints and snapshots; returns 0, or 8 with each problem named."""
    screen = Screen(asked)
    settings = asked.settings()
    folder, mode = mode_folder(settings), settings.mode.value
    proof = prove(folder)
    problems = proof.problems
    for problem in problems:
        screen.say(f"BROKEN: {problem}", "bad")
    if problems:
        screen.wrong(f"the audit log in {folder} is damaged: {problems[0]}; nothing trades until it is looked at")
    if not problems:
        torn = " (a torn last line is waiting to be cut by the next run)" if proof.torn else ""
        positions, orders = len(proof.state.positions), len(proof.state.open_orders())
        told = f"they add up to the state on disk: positions {positions}, open orders {orders}"
        screen.say(f"{mode.upper()} sound: {proof.lines} lines{torn}; {told}", "good")
        screen.say(f"head {proof.head[0]} {proof.head[1]}")
    if asked.json:
        head = {"seq": proof.head[0], "hash": proof.head[1]}
        found = {"sound": not problems, "lines": proof.lines, "log": head, "problems": list(problems)}
        screen.document({"schema": 1, "mode": mode, **found})
    return 8 if problems else 0


def _about(line: Line, symbol: str) -> bool:
    told = (line.data, *(line.data.get(key) for key in ("order", "signal", "trade")))
    named = [part.get(key) for part in told if isinstance(part, Mapping) for key in ("symbol", "signal", "ticker")]
    return symbol in named and TICKER.fullmatch(symbol) is not None


def _words(line: Line) -> str:
    if line.event == RUN_FINISHED:
        return f"{line.event}: {line.data.get('said', '')}"
    try:
        said = tell(event_of(line))
    except ValueError:
        said = None
    return said if said is not None else line.event
