"""`audit show`, `audit verify` and `audit restart`: read the record, prove it, and begin anew after damage.

Law of the file: readers take no lock, cut nothing, and need no broker and no keys; a new log asks first.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict

from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.proof import Head, Proof, prove, read_head
from automated_trading.assembly import mode_folder
from automated_trading.commands.asked import Asked
from automated_trading.commands.consent import agreed, must_be_said
from automated_trading.commands.lines import about, words_of
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import StateError, UsageError


def show(asked: Asked, last: int, symbol: str | None) -> int:
    """The last lines in words (or as they stand, with --json). Raises AuditError."""
    screen = Screen(asked)
    settings = asked.settings()
    folder, mode = mode_folder(settings), settings.mode.value
    wanted = (line for line in read_lines(folder) if symbol is None or about(line, symbol.upper()))
    lines = deque(wanted, maxlen=last)
    if asked.json:
        screen.document({"schema": 1, "mode": mode, "lines": [asdict(line) for line in lines]})
        return 0
    screen.say(f"{mode.upper()} {folder}: {len(lines)} lines", "title")
    for line in lines:
        screen.say(f"{line.seq:>6}  {line.at[:19]}Z  {line.run:<14}  {words_of(line) or line.event}")
    return 0


def check(asked: Asked, head: str | None = None) -> int:
    """Prove chain, checkpoints and snapshots, and that the log still holds the line of `head` ("SEQ:HASH").

    Returns 0, or 8 with each problem named. Raises UsageError for what is no head.
    """
    screen = Screen(asked)
    outside = _outside(head)
    settings = asked.settings()
    folder, mode = mode_folder(settings), settings.mode.value
    proof = prove(folder, outside)
    for problem in proof.problems:
        screen.say(f"BROKEN: {problem}", "bad")
    if proof.problems:
        screen.wrong(f"the audit log in {folder} is damaged: {proof.problems[0]}; nothing trades until it is looked at")
    elif not proof.lines:
        screen.say(f"{mode.upper()} there is no log in {folder} yet: nothing to prove", "warn")
    else:
        torn = " (a torn last line is waiting to be cut by the next run)" if proof.torn else ""
        positions, orders = len(proof.state.positions), len(proof.state.open_orders())
        told = f"they add up to the state on disk: positions {positions}, open orders {orders}"
        screen.say(f"{mode.upper()} sound: {proof.lines} lines{torn}; {told}", "good")
        screen.say(f"head {proof.head[0]} {proof.head[1]}")
    if outside is not None:
        _say_outside(screen, proof, outside)
    if asked.json:
        log = {"seq": proof.head[0], "hash": proof.head[1]}
        found = {"sound": not proof.problems, "lines": proof.lines, "log": log, "problems": list(proof.problems)}
        if outside is not None:
            found["given"] = {"seq": outside[0], "hash": outside[1], "held": proof.outside is None}
        screen.document({"schema": 1, "mode": mode, **found})
    return 8 if proof.problems or proof.outside else 0


def _outside(head: str | None) -> Head | None:
    try:
        return None if head is None else read_head(head)
    except ValueError as problem:
        raise UsageError(f"--head {problem}") from None


def _say_outside(screen: Screen, proof: Proof, outside: Head) -> None:
    """One line about the head that was given: whether the log still holds that line."""
    if proof.outside is None:
        behind = proof.head[0] - outside[0]
        screen.say(f"line {outside[0]} stands as given; {behind} lines stand behind it", "good")
        return
    screen.say(f"NOT HELD: {proof.outside}", "bad")
    if not proof.problems:
        screen.wrong(f"the head given is not in the log: {proof.outside}; nothing here explains it but a hand")


def restart(asked: Asked, yes: bool) -> int:
    """Begin a new log in the place of a damaged one; returns 0, or 4 where the broker was not heard.

    Raises UsageError, StateError (the log is sound), RunInProgress.
    """
    settings, screen = asked.settings(), Screen(asked)
    folder, mode = mode_folder(settings), settings.mode.value
    must_be_said(asked, yes)
    damage = FolderStore(folder, mode).damage()
    if damage is None:
        raise StateError(f"the audit log in {folder} is sound: there is nothing to restart")
    screen.say(f"{mode.upper()} the audit log in {folder} is damaged: {damage}", "bad")
    if not agreed(asked, "Put it aside and begin a new one from the broker's records?", yes):
        screen.say("nothing was done")
        return 0
    from automated_trading.assembly import assembled
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS
    from automated_trading.engine.restart import restart as begin_anew

    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        outcome, aside = begin_anew(world.desk, world.folder.restart)
    kept = folder / aside.kept_as
    for words in (
        f"{mode.upper()} a new log begins in {folder}; {outcome.said}",
        f"the old one lies in {kept}; its last sound line is {aside.after_seq} {aside.after_hash}",
        "gone with it: the queue, blocked and ignored symbols, cool-downs, what was adopted, the high-water mark",
        "gone too: tiers, sectors and scores; the stops of what is held go back to the default under entry",
        "the desk is halted; `automated-trading reconcile` shows what differs, then `automated-trading resume`",
    ):
        screen.say(words)
    if outcome.exit_code:
        screen.wrong(f"{outcome.said}; the new log stands, the next run goes on from it")
    if asked.json:
        old = {"seq": aside.after_seq, "hash": aside.after_hash, "kept_as": str(kept)}
        told = {"command": "audit restart", "exit_code": outcome.exit_code, "said": outcome.said, "old_log": old}
        log = {"seq": outcome.head[0], "hash": outcome.head[1]}
        screen.document({"schema": 1, "mode": mode, **told, "log": log})
    return outcome.exit_code
