"""What became of every order a folder wrote down: the exchange was asked for it, or a halt keeps it back.

Law of the file: an order may stand unsent in one case and no other: it is a buy, a latch of `halt` was seen before any
run was free to send it, and that latch still lies in the folder. What was asked is the exchange's own word, and the
latch is read from its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from automated_trading.adapters.audit_line import Line
from automated_trading.adapters.audit_log import read_lines
from tests.proof.races.ground import Ground

SENDING = ("morning", "monitor")
"""Commands whose runs send what is written; the others leave it to them."""


def lost(ground: Ground, folder: str) -> Iterator[str]:
    """Orders of a folder that stand without an answer though nothing keeps them back, or are gone and never went."""
    if not (ground.record(folder) / "audit_log.jsonl").exists():
        return
    lines = list(read_lines(ground.record(folder)))
    written = {line.data["client_order_id"] for line in lines if line.event == "order_intended"}
    waiting = {order.client_order_id for order in ground.state(folder).open_orders() if order.status.unanswered}
    kept = kept_back(lines, latch(ground, folder)) - ground.venue.asked
    if waiting - kept:
        yield f"{folder}: without an answer: {sorted(waiting - kept)}"
    if gone := written - ground.venue.asked - waiting:
        yield f"{folder}: written, never sent, and no longer waiting: {sorted(gone)}"


def kept_back(lines: Sequence[Line], standing: str | None) -> set[str]:
    """Buys written while no halt was known, and since then no run that sends ended without having seen one."""
    kept: set[str] = set()
    seen = None
    for line in lines:
        if line.event == "order_intended" and line.data["side"] == "buy" and seen is None:
            kept.add(line.data["client_order_id"])
        elif line.event == "halt_seen":
            seen = line.data["token"]
        elif line.event == "resumed" and line.data["reason"] == "owner":
            seen = None
        elif line.event == "run_finished" and line.data["command"] in SENDING and seen is None:
            kept.clear()
    return kept if seen is not None and seen == standing else set()


def latch(ground: Ground, folder: str) -> str | None:
    """The token of the latch that lies in a folder."""
    file = ground.record(folder) / "halted"
    return str(json.loads(file.read_text())["token"]) if file.exists() else None
