"""A hand in the record: every kind of change at every line is found, and by whom.

    python -m pytest tests/proof/test_tampering.py -q              # a share of the lines and bytes, 15 s
    FULL=1 python -m pytest tests/proof/test_tampering.py -q       # every line and every byte, some minutes

Who finds what:
- `audit verify` (exit 8) and `eod`, which read the whole record, find whatever does not fit into the chain, wherever it
  is, and a log that is not the one its snapshots were made of.
- A run reads from its last checkpoint on, and refuses (exit 8, nothing sent) whatever does not fit from there. What was
  done to older lines it does not see: they decide nothing any more. Its evening's `eod` sees them.
- A tail cut off together with the snapshots, and a log written anew from some line to its end by one who knows how
  hashes are made, are sound in themselves. Only a head kept elsewhere tells: `audit verify --head SEQ:HASH`.
- A forged line behind the very last cannot be told from one of the desk's own, for the chain holds no secret. `--head`
  with the last head that was put down says that a line stands behind it; whether the desk wrote it, it cannot say.
- No snapshot is ever believed: a run adds up the log. A sound one that tells of a line the log does not hold, or holds
  otherwise, stops it (exit 8). Forged ones of the very last line, with digests that hold, change nothing a run does;
  `audit verify` and `eod` name them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import to_parts
from automated_trading.adapters.audit_line import parse
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.canonical_json import digest, spell
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.proof import add_up, prove
from automated_trading.domain.errors import AuditError
from automated_trading.domain.state import State
from tests.commands.front_door import Door
from tests.engine.builders import MONITOR
from tests.proof.tampering.hands import SNAPSHOTS, Changed, Kind, kinds, lay
from tests.proof.tampering.story import ARCHIVE, LOG, Record, long_record, short_record

FULL = bool(os.environ.get("FULL"))
LINE_STRIDE, BYTE_STRIDE, DOOR_STRIDE = (1, 1, 97) if FULL else (9, 71, 61)
CHAINED = ("one line sealed anew", "all chained anew, snapshots left")
"""What leaves a chain that is sound in itself, and not the one its snapshots were made of."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    shm = Path("/dev/shm")  # a disk of memory where there is one
    with tempfile.TemporaryDirectory(dir=shm if os.access(shm, os.W_OK) else tmp_path_factory.mktemp("r")) as home:
        yield long_record(Path(home) / "data")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return long_record(tmp_path_factory.mktemp("older") / "data", price="90")


def found_by(record: Record, changed: Changed) -> set[str]:
    """Who finds this change. Readers must leave every byte as it is, and so must a run that refuses."""
    lay(record.folder, changed)
    files = {name: data for name, data in {**record.files, **changed}.items() if data is not None}
    proof = prove(record.folder, record.head)
    found = {"verify"} if proof.problems else set()
    if proof.outside is not None or proof.head[0] > record.head[0]:
        found.add("head")
    for reader in (FolderStore(record.folder, "simulated").peek, lambda: list(read_lines(record.folder))):
        with suppress(AuditError):
            reader()
    assert {name: (record.folder / name).read_bytes() for name in files} == files, "a reader changed the record"
    bench = record.bench()
    try:
        bench.run(MONITOR)
    except AuditError:
        found.add("run")
        assert {name: (record.folder / name).read_bytes() for name in files} == files, "a refusing run wrote"
        assert bench.asked("POST") + bench.asked("DELETE") == 0
    return found


def as_the_door_says(record: Record) -> set[str]:
    """The same through the command line; the folder is as the hand left it."""
    door = Door(record.folder.parent.parent)
    plain, head = door.run("audit", "verify"), door.run("audit", "verify", "--head", "{}:{}".format(*record.head))
    before, ran = door.orders(), door.run("monitor")
    assert {plain.code, head.code, ran.code} <= {0, 8}, (plain, head, ran)
    assert ran.code == 0 or (ran.failed(8) and door.orders() == before)
    behind = "stands as given" in head.out and "; 0 lines stand behind it" not in head.out
    said = {"run": ran.code == 8, "verify": plain.code == 8, "head": "NOT HELD" in head.out or behind}
    return {name for name, yes in said.items() if yes}


def places(record: Record, stride: int) -> Iterator[tuple[str, int]]:
    """Every file and line, or a share of them with the ends of both files always among them."""
    for name in (ARCHIVE, LOG):
        lines = [parse(raw) for raw in record.lines(name)]
        last = len(lines) - 1
        for n, line in enumerate(lines):
            telling = line.event == "checkpoint" or line.seq == record.proved_from
            if telling or n % stride == 0 or n in (1, last - 1, last):
                yield name, n


def same_history(record: Record, changed: Changed) -> bool:
    """Whether the files still tell the same lines: an archive's last stands twice, snapshots may be missing."""
    told: list[bytes] = []
    for name in (ARCHIVE, LOG):
        lines = (changed.get(name, record.files[name]) or b"").splitlines(keepends=True)
        told += lines[1:] if told and lines[:1] == told[-1:] and name == LOG else lines
    plain = [*record.lines(ARCHIVE), *record.lines(LOG)[1:]]
    return told == plain and not any(changed.get(name) for name in SNAPSHOTS)


def must_find(record: Record, kind: Kind, name: str, n: int) -> set[str]:
    if kind.blind:
        return {"head"}
    seq = parse(record.lines(name)[n]).seq
    if kind.name in CHAINED and (seq == record.head[0] or "all" in kind.name):
        return {"verify", "run", "head"}
    first = record.proved_from + (kind.name == "doubled")  # the one in front stands before what a run reads
    behind = name == LOG and seq >= first
    return {"verify", "run", "head"} if behind or "snapshots beside" in kind.name else {"verify", "head"}


def table(title: str, rows: dict[str, Counter[str]], columns: str = "cases run verify head missed") -> str:
    """Kind by kind: how many, and by whom they were found."""
    names = columns.split()
    head = f"{title:<44}" + "".join(f"{name:>10}" for name in names)
    body = [f"{kind:<44}" + "".join(f"{row[name]:>10}" for name in names) for kind, row in rows.items()]
    return "\n".join(["", head, *body])


def test_every_change_at_every_line_is_found(record: Record, older: Record, capsys: pytest.CaptureFixture[str]) -> None:
    """Seen red when: `break_in_chain` compares numbers only; `parse` compares no hash; `prove` leaves the archives out;
    `_against` compares numbers only; `survey` begins at the checkpoint's own line."""
    rows: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    cases = [(kind, *place) for kind in kinds(older) for place in places(record, LINE_STRIDE)]
    for number, (kind, name, n) in enumerate(cases):
        changed = kind.hand(record, name, n)
        if all(record.files.get(one) == data for one, data in changed.items()) or same_history(record, changed):
            continue
        record.put_back()
        found, must = found_by(record, changed), must_find(record, kind, name, n)
        rows.setdefault(kind.name, Counter()).update([*found, "cases"] if found else ["missed", "cases"])
        if must - found:
            wrong.append(f"{kind.name} at {name}:{n + 1}: not found by {sorted(must - found)}")
        if number % DOOR_STRIDE == 0:
            record.put_back()
            lay(record.folder, changed)
            if (said := as_the_door_says(record)) != found:
                wrong.append(f"{kind.name} at {name}:{n + 1}: the commands say {sorted(said)}, not {sorted(found)}")
    record.put_back()
    with capsys.disabled():
        print(table(f"tampering, {record.head[0]} lines", rows))
    assert (wrong, [name for name, row in rows.items() if row["missed"]]) == ([], [])


@pytest.mark.parametrize("beside", [True, False], ids=["snapshots beside", "no snapshots"])
def test_every_flipped_byte_is_found(tmp_path: Path, beside: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes no line can hold at the very end are what a crash leaves: without snapshots a head alone tells.

    Seen red when: the log is opened without what the snapshots tell; `parse` decodes with errors passed over.
    """
    small = short_record(tmp_path / "data")
    gone: Changed = {} if beside else dict.fromkeys(SNAPSHOTS)
    row, wrong = Counter[str](), list[str]()
    flips = [(at, bit) for at in range(0, len(small.files[LOG]), BYTE_STRIDE) for bit in (1, 16, 128)]
    for at, bit in flips:
        data = bytearray(small.files[LOG])
        data[at] ^= bit
        small.put_back()
        found = found_by(small, {LOG: bytes(data), **gone})
        row.update([*found, "cases"] if found else ["missed", "cases"])
        must = {"verify", "run"} if beside else {"head"}
        wrong += [f"byte {at} by {bit}: not found by {sorted(must - found)}"] if must - found else []
    with capsys.disabled():
        print(table(f"bytes of a log of {small.head[0]} lines", {"snapshots beside" if beside else "none": row}))
    assert (wrong, row["missed"]) == ([], 0)


FORGED = ("edited", "edited, sealed", "of an earlier run", "of another account", "ahead of the log")
REFUSED = ("of another account", "ahead of the log")
"""What tells of a line that the log does not hold: a run goes no further, whichever of the four it is."""


def snapshots_of(record: Record, how: str, elsewhere: dict[str, bytes], name: str) -> bytes:
    """One snapshot as a hand leaves it."""
    whole = record.files[name]
    fields = json.loads(whole)
    match how:
        case "edited":
            return whole.replace(b'"data": {', b'"data": {"x": "1",', 1)
        case "edited, sealed":
            fields["data"] = forged_data(name, fields["data"])
        case "ahead of the log":
            fields["seq"] += 7
        case _:
            return elsewhere[name]
    del fields["digest"]
    text = json.dumps({**fields, "digest": digest(spell(fields))}, indent=2, sort_keys=True)
    return text.encode() + b"\n"


def forged_data(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Another state that can be read: every position larger, or no streak, or nothing more in the queue."""
    if name == "live_positions.json":
        return {symbol: {**held, "qty": "1"} for symbol, held in data.items()}
    return {**data, "losses": [], "failures": 3} if name == "daily_state.json" else {}


def test_no_forged_snapshot_is_believed_over_the_log(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    """Seen red when: `open` goes by sound snapshots of the last line; `speaks_against` compares numbers only."""
    record.put_back()
    truth = prove(record.folder).state
    sets = {"of an earlier run": earlier(record), "of another account": another(record)}
    rows: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for how in FORGED:
        for which in (*([name] for name in SNAPSHOTS), SNAPSHOTS):
            changed: Changed = {one: snapshots_of(record, how, sets.get(how, {}), one) for one in which}
            if all(record.files[one] == data for one, data in changed.items()):
                continue
            record.put_back()
            lay(record.folder, changed)
            told, found = taken(record), bool(prove(record.folder).problems)
            what, lie = f"all {how}" if len(which) > 1 else how, told not in (None, truth)
            seen = {"cases": 1, "refused": told is None, "verify": found, "believed": lie, "missed": lie and not found}
            rows.setdefault(what, Counter()).update({name: int(one) for name, one in seen.items()})
            if lie:
                wrong.append(f"{which} {how}: believed")
            if (told is None) != (how in REFUSED):
                wrong.append(f"{which} {how}: {'refused' if told is None else 'not refused'}")
            if (told is None or what == "all edited, sealed") and not found:
                wrong.append(f"{which} {how}: not named by `audit verify`")
    record.put_back()
    with capsys.disabled():
        print(table("snapshots (a run ...)", rows, "cases refused believed verify missed"))
    assert (wrong, [name for name, row in rows.items() if row["missed"]]) == ([], [])


def taken(record: Record) -> State | None:
    """The state a run begins with; None if it refuses."""
    try:
        opened = FolderStore(record.folder, "simulated").open()
    except AuditError:
        return None
    opened.log.close()
    return opened.state


def earlier(record: Record) -> dict[str, bytes]:
    """The snapshots as an earlier run left them."""
    lines = list(read_lines(record.folder))
    old = [line for line in lines if line.event == "run_finished"][-2]
    state, _ = add_up(line for line in lines if line.seq <= old.seq)
    return made(record, old.seq, old.hash, state)


def another(record: Record) -> dict[str, bytes]:
    """Snapshots of another account's log, which has as many lines."""
    state, _ = add_up(read_lines(record.folder))
    return made(record, record.head[0], "a" * 64, replace(state, account="ANOTHER", positions={}))


def made(record: Record, seq: int, head: str, state: State) -> dict[str, bytes]:
    aside = record.folder.with_name("made")
    snapshots.save(aside, seq, head, to_parts(state))
    return {name: (aside / name).read_bytes() for name in SNAPSHOTS}
