"""I3, I4, I21, I22, I24: the record and what is read from it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import to_parts
from automated_trading.adapters.audit_log import read_lines, verify
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.proof import OTHER_SNAPSHOTS, prove
from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.errors import AuditError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment
from tests.engine.wire import refusing, then

FILES = [f"{name}.json" for name in NAMES]


@pytest.fixture
def lived(tmp_path: Path) -> Bench:
    """A desk that holds AAA, has an open buy of BBB and a signal in the queue."""
    b = bench(tmp_path, "AAA", "BBB", "CCC")
    b.exchange.set_close("CCC", Decimal(20_000))
    b.exchange.set_price("CCC", Decimal(20_000))  # a full position is less than one share
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("BBB", Decimal(150))))
    b.run(MORNING, "09:35")
    state = b.state()
    assert (set(state.positions), len(state.open_orders()), set(state.queue)) == ({"AAA"}, 1, {"insider/CCC"})
    return b


def peek(b: Bench) -> State:
    return FolderStore(b.folder, "simulated").peek()[0]


@pytest.mark.parametrize("name", FILES)
def test_i3_a_state_file_cut_at_any_byte_is_rebuilt_from_the_log(lived: Bench, name: str) -> None:
    """Seen red when: a file that cannot be read counts as `{}`."""
    truth, path = peek(lived), lived.folder / name
    whole = path.read_bytes()
    for size in range(0, len(whole), 1 + len(whole) // 300):
        path.write_bytes(whole[:size])
        assert peek(lived) == truth


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"AAA": 1}', "\x00" * 400])
def test_i3_a_state_file_of_another_kind_is_rebuilt_from_the_log(lived: Bench, name: str, content: str) -> None:
    """Seen red when: a file that cannot be read counts as `{}`."""
    truth = peek(lived)
    (lived.folder / name).write_text(content)
    assert peek(lived) == truth


@pytest.mark.parametrize("name", FILES)
def test_i3_state_files_of_two_runs_are_never_mixed(lived: Bench, name: str) -> None:
    """Seen red when: `open` takes positions, orders, queue and day from whichever file tells of them."""
    old = (lived.folder / name).read_bytes()
    lived.exchange.set_price("AAA", Decimal(50))
    lived.wire.acts = ()
    lived.run(MONITOR, "10:00")
    truth = lived.state()
    (lived.folder / name).write_bytes(old)
    assert peek(lived) == truth
    assert lived.run(MONITOR, "10:01").state.positions == truth.positions


def forged(b: Bench, head: tuple[int, str], **changes: Any) -> None:
    """All four state files as a hand makes them: of that line, sound in themselves, telling another state."""
    snapshots.save(b.folder, *head, to_parts(replace(peek(b), **changes)))


def test_i3_forged_state_files_are_never_believed(lived: Bench) -> None:
    """Seen red when: sound snapshots of the log's last line are believed over it."""
    truth, head = FolderStore(lived.folder, "simulated").peek()
    forged(lived, head, positions={}, orders={}, queue={}, failures=5)
    assert prove(lived.folder).problems == (OTHER_SNAPSHOTS,)
    assert peek(lived) == truth
    lived.wire.acts = ()
    lived.exchange.set_price("AAA", Decimal(50))
    after = lived.run(MONITOR, "10:00").state
    assert ([row.side for row in lived.orders("AAA")], after) == (["buy", "sell"], lived.state())
    assert (set(after.queue), after.failures, Reason.ORDER_FAILURES in after.halts) == (set(truth.queue), 0, False)


@pytest.mark.parametrize("name", FILES)
def test_i4_a_state_file_of_another_line_of_the_same_number_stops_the_desk(lived: Bench, name: str) -> None:
    """Seen red when: a snapshot's number is compared with the log, and its hash is not."""
    kept = {one: (lived.folder / one).read_bytes() for one in FILES if one != name}
    forged(lived, (FolderStore(lived.folder, "simulated").peek()[1][0], "a" * 64))
    for one, data in kept.items():
        (lived.folder / one).write_bytes(data)
    before = {path.name: path.read_bytes() for path in lived.folder.iterdir()}
    with pytest.raises(AuditError, match="tells of another line"):
        lived.run(MONITOR, "09:40")
    assert (lived.asked("POST"), lived.asked("DELETE")) == (2, 0)
    assert {path.name: path.read_bytes() for path in lived.folder.iterdir()} == before


@pytest.mark.parametrize("lost", ["gone", "emptied"])
def test_i3_a_log_that_is_gone_under_its_snapshots_is_refused(lived: Bench, lost: str) -> None:
    """Seen red when: the log is opened without what the snapshots tell."""
    log = lived.folder / "audit_log.jsonl"
    log.unlink() if lost == "gone" else log.write_bytes(b"")
    with pytest.raises(AuditError):
        lived.run(MONITOR, "09:40")
    assert lived.asked("POST") == 2


def sealed_anew(line: bytes) -> bytes:
    """The line with another time and a hash that holds: whoever edits it knows how hashes are made."""
    edited = line.replace(b'"at":"2026', b'"at":"2025', 1).rstrip(b"\n")
    bare = re.sub(rb',"hash":"[0-9a-f]{64}"', b"", edited)
    return (
        re.sub(rb'"hash":"[0-9a-f]{64}"', b'"hash":"' + hashlib.sha256(bare).hexdigest().encode() + b'"', edited)
        + b"\n"
    )


def harmed(lines: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """The log with each of its lines edited, deleted, doubled, or swapped with the next."""
    last = len(lines) - 1
    for n, line in enumerate(lines):
        edited = line.replace(b'"at":"2026', b'"at":"2025', 1)
        yield f"edited {n + 1}", [*lines[:n], edited, *lines[n + 1 :]]
        yield f"doubled {n + 1}", [*lines[: n + 1], *lines[n:]]
        if n < last:  # of the last line only an outside head knows
            yield f"edited and sealed anew {n + 1}", [*lines[:n], sealed_anew(line), *lines[n + 1 :]]
            yield f"deleted {n + 1}", [*lines[:n], *lines[n + 1 :]]
            yield f"swapped {n + 1}", [*lines[:n], lines[n + 1], line, *lines[n + 2 :]]


def test_i4_no_line_can_be_edited_deleted_doubled_or_swapped_unseen(lived: Bench) -> None:
    """Seen red when: `break_in_chain` compares numbers only, or `parse` does not compare the hash."""
    lived.run(EOD, "16:30")
    lived.run(MONITOR, "09:40", WEDNESDAY)
    log = lived.folder / "audit_log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    unseen = []
    for what, harm in harmed(lines):
        log.write_bytes(b"".join(harm))
        if not verify(lived.folder).problems:
            unseen.append(what)
    assert (len(lines) > 20, unseen) == (True, [])


def test_i4_a_cut_tail_is_found_against_an_outside_head_and_stops_the_desk(lived: Bench) -> None:
    """Seen red when: the log is opened without what the snapshots tell."""
    seq, head = FolderStore(lived.folder, "simulated").peek()[1]
    log = lived.folder / "audit_log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines)):
        log.write_bytes(b"".join(lines[:kept]))
        assert (seq, head) not in [(line.seq, line.hash) for line in read_lines(lived.folder)]
        with pytest.raises(AuditError):
            lived.run(MONITOR, "09:40")
    assert lived.asked("POST") == 2


def forget_the_snapshots(b: Bench) -> None:
    for name in FILES:
        (b.folder / name).unlink()


@pytest.mark.parametrize("rebuilt", [False, True])
def test_i21_breakers_and_counters_survive_a_restart(tmp_path: Path, rebuilt: bool) -> None:
    """Seen red when: a session that goes on begins again with every run."""
    b = bench(tmp_path, "AAA", "BBB")
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:36"))
    b.exchange.pay("FEE", Decimal(-6_000))
    b.run(MONITOR, "09:40")
    before = b.state()
    assert (before.failures, set(before.halts)) == (2, {Reason.DAY_LOSS})
    if rebuilt:
        forget_the_snapshots(b)
    b.exchange.pay("FEE", Decimal(6_000))
    after = b.run(MONITOR, "09:45").state
    assert (after.failures, after.halts, after.day) == (2, before.halts, before.day)
    assert set(after.day.verdicts) == {"insider/AAA", "insider/BBB"}


def test_i22_after_every_run_the_state_is_the_fold_of_the_log(tmp_path: Path) -> None:
    """Seen red when: `evolve` is called with an event that is not appended."""
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=Decimal(1))
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    for routine, at, price in (
        (MORNING, "09:35", 100),
        (MONITOR, "09:40", 110),
        (MONITOR, "10:00", 60),
        (MONITOR, "10:05", 60),
        (EOD, "16:30", 60),
    ):
        b.exchange.set_price("AAA", Decimal(price))
        told = b.run(routine, at)
        assert told.state == b.state()
        forget_the_snapshots(b)
        assert peek(b) == told.state


def whole_days(home: Path) -> tuple[bytes, str]:
    """Two days with partial fills, a lost answer, a stop and a late cancel; the log and the exchange's memory."""
    b = bench(home, "AAA", "BBB", "CCC", partial_fill_rate=Decimal("0.5"), seed=7)
    del b.exchange.board.laid["CCC"]  # CCC follows the seeded tape
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders", nth=2))
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    b.exchange.set_price("AAA", Decimal(80))
    b.run(MONITOR, "10:10")
    b.run(EOD, "16:30")
    b.run(MORNING, "09:35", WEDNESDAY)
    b.run(EOD, "16:30", WEDNESDAY)
    return (b.folder / "audit_log.jsonl").read_bytes(), json.dumps(b.exchange.to_memory(), sort_keys=True)


def test_i24_the_same_inputs_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    """Seen red when: a log line is stamped with the host's clock."""
    first = whole_days(tmp_path / "one")
    assert first == whole_days(tmp_path / "two")
    shutil.rmtree(tmp_path / "one")
    assert first == whole_days(tmp_path / "one")
