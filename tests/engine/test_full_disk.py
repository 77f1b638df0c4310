"""On a full disk what protects still goes, and is on record before it goes; what opens waits for room."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters.latch import Latch
from automated_trading.adapters.reserve import FILE, SIZE, SLICE
from automated_trading.adapters.snapshots import highest_seq
from automated_trading.domain.errors import StateError
from automated_trading.domain.events import OrderIntended
from tests.adapters.small_disk import SmallDisk
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, signal
from tests.engine.stage import holding, lay, sides, stands


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    disk = SmallDisk(tmp_path / "simulated")
    disk.fit(monkeypatch)
    return disk


def ink_first(b: Bench) -> list[str]:
    """Ids the exchange accepted that stood in no line of the log."""
    missing: list[str] = []

    def sees(row: Any) -> None:
        if f'"client_order_id":"{row["client_order_id"]}"' not in (b.folder / "audit_log.jsonl").read_text():
            missing.append(str(row["client_order_id"]))

    b.exchange.witness = sees
    return missing


def test_a_stop_is_sold_and_on_record_while_nothing_opens(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    missing = ink_first(b)
    lay(b, "BBB")
    b.signals.entries = [signal("BBB")]
    stands(b, "AAA", "80")
    disk.taken_by_others()
    outcome = b.run(MONITOR, "09:40")
    assert outcome.exit_code == 3
    assert "is full" in outcome.problems[0]
    assert sides(b, "AAA") == ["buy filled", "sell filled"]
    assert sides(b, "BBB") == []
    assert missing == []
    assert "AAA" not in b.state().positions


def test_day_after_day_on_a_full_disk_every_stop_is_sold(tmp_path: Path, disk: SmallDisk) -> None:
    """Twenty quiet runs, a close and a new session on what the reserve gave; then room, and all goes on by itself."""
    b = holding(tmp_path, "AAA", "BBB")
    disk.taken_by_others()
    for minute in range(40, 60):
        assert b.run(MONITOR, f"09:{minute}").exit_code == 3
    assert b.run(EOD, "16:30").exit_code == 3
    stands(b, "BBB", "80")
    assert b.run(MONITOR, "09:40", WEDNESDAY).exit_code == 3
    assert set(b.state().positions) == {"AAA"}
    assert (b.folder / FILE).stat().st_size > SIZE // 2
    disk.leave(None)
    lay(b, "CCC")
    b.signals.entries = [signal("CCC", date_generated="2026-02-04T13:00:00")]
    assert b.run(MORNING, "09:50", WEDNESDAY).exit_code == 0
    assert set(b.state().positions) == {"AAA", "CCC"}
    assert (b.folder / FILE).stat().st_size == SIZE


def test_a_disk_that_fills_up_under_the_opening_rules_costs_no_exit_and_no_reserve(
    tmp_path: Path, disk: SmallDisk
) -> None:
    b = holding(tmp_path, "AAA")
    b.signals.entries = [signal(f"S{chr(65 + n)}{chr(65 + m)}", score=1) for n in range(26) for m in range(26)]
    stands(b, "AAA", "80")
    disk.leave(20_000)
    outcome = b.run(MORNING, "09:45")
    assert outcome.exit_code == 3
    assert sides(b, "AAA") == ["buy filled", "sell filled"]
    assert (b.folder / FILE).stat().st_size == SIZE


def test_a_checkpoint_without_room_is_left_for_a_better_day(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    disk.leave(600)
    assert b.run(EOD, "16:30").exit_code == 3
    assert b.state().day.figures is not None
    disk.leave(None)
    assert b.run(MORNING, "09:35", WEDNESDAY).exit_code == 0
    assert b.run(MORNING, "09:35", date(2026, 3, 2)).exit_code == 0
    assert (b.folder / "audit_log-2026-02.jsonl").exists()


def test_with_half_a_reserve_nothing_is_decided_that_opens(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    (b.folder / FILE).unlink()
    disk.leave(SIZE - SLICE)
    before = (b.folder / "audit_log.jsonl").stat().st_size
    lay(b, "BBB")
    b.signals.entries = [signal("BBB")]
    outcome = b.run(MORNING, "09:40")
    assert (outcome.exit_code, sides(b, "BBB")) == (3, [])
    assert not [event for event in outcome.events if isinstance(event, OrderIntended)]
    assert before < (b.folder / "audit_log.jsonl").stat().st_size


def test_a_disk_that_fills_up_between_two_buys_stops_the_second(tmp_path: Path, disk: SmallDisk) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.exchange.witness = lambda row: disk.taken_by_others()
    assert b.run(MORNING, "09:35").exit_code == 3
    assert len(b.orders()) == 1
    b.exchange.witness = None
    disk.leave(None)
    assert b.run(MONITOR, "09:40").exit_code == 0
    assert set(b.state().positions) == {"AAA", "BBB"}


def test_snapshots_wait_for_room_and_are_told_by_the_log_meanwhile(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    before = highest_seq(b.folder)
    disk.taken_by_others()
    b.run(MONITOR, "09:40")
    assert highest_seq(b.folder) == before
    assert set(b.state().positions) == {"AAA"}


def test_a_new_month_keeps_its_log_until_there_is_room_to_put_it_away(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    disk.taken_by_others()
    stands(b, "AAA", "80")
    assert b.run(MONITOR, "09:40", date(2026, 3, 2)).exit_code == 3
    assert sides(b, "AAA") == ["buy filled", "sell filled"]
    assert list(b.folder.glob("audit_log-*")) == []


def test_a_torn_end_is_cut_and_kept_though_the_disk_is_full(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    with (b.folder / "audit_log.jsonl").open("ab") as log:
        log.write(b'{"account":"half a line')
    stands(b, "AAA", "80")
    disk.taken_by_others()
    assert b.run(MONITOR, "09:40").exit_code == 3
    assert [path.stat().st_size for path in b.folder.glob("audit_log.torn-*")] == [23]
    assert sides(b, "AAA") == ["buy filled", "sell filled"]


def test_without_any_reserve_left_nothing_is_sent(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    (b.folder / FILE).unlink()
    disk.taken_by_others()
    with pytest.raises(StateError, match="No space left"):
        b.run(MONITOR, "09:40")
    assert sides(b, "AAA") == ["buy filled"]
    disk.leave(SLICE)
    assert b.run(MONITOR, "09:45").exit_code == 3
    assert sides(b, "AAA") == ["buy filled", "sell filled"]


def test_half_a_batch_is_taken_back_before_it_is_written_whole(tmp_path: Path, disk: SmallDisk) -> None:
    b = holding(tmp_path, "AAA")
    disk.leave(100)
    assert b.run(MONITOR, "09:40").exit_code == 3
    assert (b.folder / FILE).stat().st_size == SIZE - SLICE
    assert b.state().cash == b.exchange.ledger.cash
    assert list(b.folder.glob("audit_log.torn-*")) == []


def test_the_owner_can_say_halt_on_a_full_disk(tmp_path: Path, disk: SmallDisk) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MONITOR, "09:35")
    disk.taken_by_others()
    b.halt()
    standing = Latch(b.folder).read()
    assert standing is not None
    assert standing.reason == "by hand"
    disk.leave(None)
    b.run(MORNING, "09:40")
    assert sides(b, "AAA") == []
    assert Decimal(b.exchange.ledger.cash) == Decimal(100_000)
