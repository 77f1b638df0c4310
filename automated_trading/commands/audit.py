"""`audit show` and `audit verify`: read the record, and prove it.

Law of the file: readers take no lock, cut nothing, and need no broker and no keys.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from automated_trading.adapters.audit_line import RUN_FINISHED, Line
from automated_trading.adapters.audit_log import read_lines, verify
from automated_trading.adapters.folder_store import event_of, refold
from automated_trading.adapters.snapshots import load
from automated_trading.assembly import mode_folder
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.domain.orders import TICKER
from automated_trading.reports.words import tell


def show(asked: Asked, last: int, symbol: str | None) -> int:
    """The last lines in words (or as they stand, with --json). Raises AuditError."""
    screen = Screen(asked)
    folder = mode_folder(asked.settings())
    wanted = (line for line in read_lines(folder) if symbol is None or _about(line, symbol.upper()))
    lines = deque(wanted, maxlen=last)
    if asked.json:
        screen.document({"schema": 1, "lines": [_plain(line) for line in lines]})
        return 0
    if not lines:
        screen.say(f"no lines in {folder}")
    for line in lines:
        screen.say(f"{line.seq:>6}  {line.at[:19]}Z  {line.run:<14}  {_words(line)}")
    return 0


def check(asked: Asked) -> int:
    """Prove chain, checkpoints and snapshots; returns 0, or 8 with each problem named."""
    screen = Screen(asked)
    folder = mode_folder(asked.settings())
    proof = verify(folder)
    problems = list(proof.problems)
    if not problems:
        state, problems = refold(folder)
        loaded = load(folder)
        if loaded is not None and loaded.seq > proof.head[0]:
            problems.append(f"the snapshots tell of line {loaded.seq}, the log ends with {proof.head[0]}")
        positions, orders = len(state.positions), len(state.open_orders())
    for problem in problems:
        screen.say(f"BROKEN: {problem}", "bad")
    if problems:
        screen.wrong(f"the audit log in {folder} is damaged: {problems[0]}; nothing trades until it is looked at")
    if not problems:
        torn = " (a torn last line is waiting to be cut by the next run)" if proof.torn else ""
        told = f"the state they add up to has {positions} positions, {orders} open orders"
        screen.say(f"sound: {proof.lines} lines{torn}; {told}", "good")
        screen.say(f"head {proof.head[0]} {proof.head[1]}")
    if asked.json:
        head = {"seq": proof.head[0], "hash": proof.head[1]}
        screen.document({"schema": 1, "sound": not problems, "lines": proof.lines, "log": head, "problems": problems})
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


def _plain(line: Line) -> dict[str, object]:
    return {
        "seq": line.seq,
        "at": line.at,
        "run": line.run,
        "event": line.event,
        "data": dict(line.data),
        "hash": line.hash,
    }
