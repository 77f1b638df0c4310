"""The record of a run: ink and state in one step, damage found and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.domain.errors import AuditError, StateError
from automated_trading.domain.events import LogCut
from tests.engine.builders import MONITOR, MORNING, bench, names


def test_every_line_about_an_order_can_be_read_alone(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    lines = [line for line in read_lines(b.folder) if line.event.startswith(("order_", "fill"))]
    assert len(lines) == 4
    for line in lines:
        assert {"client_order_id", "symbol", "side", "qty", "book", "purpose", "reason"} <= line.data.keys()


def test_a_change_of_rules_is_on_record(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    log = b.folder / "audit_log.jsonl"
    assert b'"rules":"rules"' in log.read_bytes()
    from dataclasses import replace

    from automated_trading.engine.cycle import run_cycle

    told = run_cycle(replace(b.desk(), rules_hash="others"), MONITOR)
    assert names(told)[0] == "SettingsChanged"


def test_a_torn_end_is_cut_kept_and_told(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    with (b.folder / "audit_log.jsonl").open("ab") as log:
        log.write(b'{"account":"torn')
    told = b.run(MONITOR, "09:40")
    assert told.exit_code == 0
    cut = told.events[0]
    assert isinstance(cut, LogCut)
    assert (cut.bytes_kept, (b.folder / cut.kept_as).read_bytes()) == (16, b'{"account":"torn')
    b.state()


def test_a_log_that_was_edited_stops_everything(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    log = b.folder / "audit_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"qty":"99"', b'"qty":"98"', 1))
    asked = b.asked("POST")
    with pytest.raises(AuditError) as broken:
        b.run(MONITOR, "09:40")
    assert (broken.value.exit_code, b.asked("POST")) == (8, asked)


def test_a_disk_that_takes_no_more_ink_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    b = bench(tmp_path, "AAA")
    b.run(MONITOR, "09:30")
    flush = os.fsync

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space"):
        b.run(MORNING, "09:35")
    assert b.asked("POST") == 0
    monkeypatch.setattr(os, "fsync", flush)
    b.run(MONITOR, "09:40")
    assert b.state().runs["monitor"].outcome == "problem" or len(b.orders()) == 1


def test_a_run_leaves_snapshots_of_its_last_line(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    told = b.run(MORNING, "09:35")
    snapshot = json.loads((b.folder / "live_positions.json").read_text())
    assert (snapshot["seq"], snapshot["head"]) == told.head
    assert snapshot["data"]["AAA"]["qty"] == "99"
