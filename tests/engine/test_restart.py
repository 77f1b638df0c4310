"""A new log after damage: it carries the old head, begins halted, and takes back what the broker has on record."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.folder_store import FolderStore, event_of
from automated_trading.domain.errors import AuditError, ConfigError, StateError
from automated_trading.domain.events import LogRestarted
from automated_trading.domain.reasons import Reason
from automated_trading.engine.restart import restart
from tests.engine.builders import MONITOR, MORNING, Bench, bench
from tests.engine.wire import answering


@pytest.fixture
def damaged(tmp_path: Path) -> Bench:
    """A desk that holds AAA, behind a log with an edited line."""
    desk = bench(tmp_path, "AAA")
    desk.run(MORNING, "09:35")
    log = desk.folder / "audit_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"AAA"', b'"AAB"', 1))
    with pytest.raises(AuditError):
        desk.run(MONITOR, "09:40")
    return desk


def restarted(desk: Bench) -> int:
    outcome, _ = restart(desk.desk(), FolderStore(desk.folder, "simulated").restart)
    return outcome.exit_code


def test_the_first_line_carries_the_old_head_and_the_second_halts(damaged: Bench) -> None:
    *_, last = (damaged.folder / "audit_log.jsonl").read_bytes().splitlines()
    assert restarted(damaged) == 0
    first, second, *_ = read_lines(damaged.folder)
    began = event_of(first)
    assert isinstance(began, LogRestarted)
    assert (began.after_hash.encode() in last, began.kept_as, second.event) == (True, "damaged-1", "halted")


def test_positions_are_taken_back_and_the_desk_stays_halted_until_resume(damaged: Bench) -> None:
    restarted(damaged)
    state = damaged.state()
    assert (list(state.positions), list(state.halts), state.differences) == (["AAA"], [Reason.LOST_FOLDER], {})
    damaged.signals.entries = []
    assert "HALTED, nothing opens (lost_folder)" in damaged.run(MONITOR, "09:45").said
    damaged.resume()
    assert damaged.run(MONITOR, "09:50").said == "nothing traded: no signals are due; 1 position held, none to sell"


def test_what_differs_is_seen_twice_at_once(damaged: Bench) -> None:
    damaged.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    restarted(damaged)
    assert damaged.state().frozen("AAA")


def test_a_sound_log_is_left_as_it_is(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.run(MORNING, "09:35")
    before = (desk.folder / "audit_log.jsonl").read_bytes()
    with pytest.raises(StateError, match="sound"):
        restarted(desk)
    assert (desk.folder / "audit_log.jsonl").read_bytes() == before


def test_with_the_broker_down_the_new_log_stands_and_the_next_run_goes_on(damaged: Bench) -> None:
    acts = damaged.wire.acts
    damaged.wire.on("GET", "/v2/clock", answering(404, {"message": "gone"}))
    assert restarted(damaged) == 4
    assert [line.event for line in read_lines(damaged.folder)] == [
        "log_restarted",
        "halted",
        "run_started",
        "run_finished",
    ]
    damaged.wire.acts = acts
    damaged.run(MONITOR, "09:45")
    state = damaged.state()
    assert (list(state.positions), list(state.halts)) == (["AAA"], [Reason.LOST_FOLDER])


def test_refused_keys_leave_a_new_log_that_is_sound(damaged: Bench) -> None:
    damaged.wire.on("GET", "/v2", answering(401, {"message": "unauthorized"}))
    with pytest.raises(ConfigError):
        restarted(damaged)
    assert damaged.state().halted
