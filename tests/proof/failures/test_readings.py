"""F7, F25, F26: what was read as something else: files reset and merged by hand, answers of another shape.

As in `test_orders`: each failure with its own numbers, each test named after what must not happen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.errors import AuditError
from tests.commands.front_door import Door, served
from tests.engine.builders import MONITOR, MORNING
from tests.engine.stage import sides, stands
from tests.engine.wire import Act, answering, rewording
from tests.proof.failures.scene import SNAPSHOTS, bought, desk, listed


@pytest.mark.parametrize("content", ["[]", "{}", "null", ""])
@pytest.mark.parametrize("which", [*SNAPSHOTS, "all"])
def test_f07_no_state_file_reset_by_hand_is_read_as_empty(tmp_path: Path, which: str, content: str) -> None:
    """F7: a reset wrote `[]` into files that must be objects; every start failed until somebody edited them again.

    Seen red when: `load` takes a file it cannot read for an empty one.
    """
    b = bought(tmp_path, date(2026, 3, 9), ASST="1.20")
    for name in SNAPSHOTS if which == "all" else (which,):
        (b.folder / f"{name}.json").write_text(content)
    stands(b, "ASST", "1.05")
    told = b.run(MONITOR, "09:41", date(2026, 3, 9))
    assert (told.exit_code, told.state.halts, sides(b, "ASST")) == (0, {}, ["buy filled", "sell filled"])


def test_f07_no_run_from_another_folder_buys_again(tmp_path: Path) -> None:
    """F7: paths were written into the jobs; after a fresh clone they ran somewhere else, without their files.

    Seen red when: `_first_words` pins a folder whose account has orders of ours without a halt.
    """
    here, elsewhere = Door(tmp_path / "here"), Door(tmp_path / "elsewhere")
    for door in (here, elsewhere):
        door.home.mkdir()
        door.signals("ACME")
    with served(here) as api:
        assert here.run("morning").code == 0
        elsewhere.environ = dict(here.environ)
        told = elsewhere.run("morning")
        assert (told.code, "HALTED, nothing opens (lost_folder)" in told.out) == (0, True)
        assert [row.side for row in api.exchange.blotter.rows] == ["buy", "sell"]  # and its stop goes to rest
        same = elsewhere.run("status", "--json", "--data-dir", str(here.data))
        assert [row["symbol"] for row in same.document["positions"]] == ["ACME"]


def reshaped(row: Any) -> Any:
    """The account with one field more, three fewer and one that is nothing."""
    if isinstance(row, list):
        return row
    kept = {name: value for name, value in row.items() if name not in ("buying_power", "created_at", "sma")}
    return {**kept, "quantum_buying_power": {"tier": 7}, "multiplier": None}


SHAPES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "account": ("/v2/account", reshaped),
    "positions": ("/v2/positions", lambda rows: [{**row, "swap_rate": None, "lastday_price": None} for row in rows]),
    "clock": ("/v2/clock", lambda row: {**row, "phase": "core", "next_open": None}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_f25_no_answer_of_another_shape_stops_a_stop(tmp_path: Path, shape: str) -> None:
    """F25: "1 validation error for TradeAccount" ended two runs; a field had come or gone.

    Seen red when: `read_account` asks for a field nobody needs.
    """
    day = date(2026, 2, 20)
    b = bought(tmp_path, day, KKR="105.06")
    path, change = SHAPES[shape]
    b.wire.on("GET", path, rewording(change))
    stands(b, "KKR", "90")
    told = b.run(MONITOR, "09:41", day)
    assert sides(b, "KKR") == ["buy filled", "sell filled"]
    assert told.exit_code == 0


def test_f25_no_fraction_of_a_share_stops_a_run(tmp_path: Path) -> None:
    """F25: `int(pos.qty)` died on a position of half a share.

    Seen red when: `read_holding` reads shares with `int`.
    """
    day = date(2026, 2, 20)
    b = bought(tmp_path, day, KKR="105.06")
    b.exchange.set_price("OWN", Decimal(10))
    b.exchange.trade_by_hand("OWN", "buy", Decimal("0.517"))
    stands(b, "KKR", "90")
    told = b.run(MONITOR, "09:41", day)
    assert (sides(b, "KKR"), told.state.differences["OWN"].theirs) == (["buy filled", "sell filled"], Decimal("0.517"))


@pytest.mark.parametrize("answer", [answering(503, {}), answering(200, []), answering(200, {"days": "all"})])
def test_f25_no_calendar_means_no_trading_never_every_weekday(tmp_path: Path, answer: Act) -> None:
    """F25: four times the calendar answered 503 and every weekday counted as a session, holidays too.

    Seen red when: a calendar that is not told is made of weekdays.
    """
    holiday = date(2026, 2, 16)
    b = desk(tmp_path, date(2026, 2, 13), {"CHRW": "176.01"})
    listed(b, ("CHRW", "13.37", "176.01"))
    b.wire.on("GET", "/v2/calendar", answer)
    told = b.run(MORNING, "09:36", holiday)
    assert (told.exit_code, b.orders()) == (4, [])
    assert b.asked("POST") == 0


MERGE = b"<<<<<<< HEAD\n{}\n=======\n[]\n>>>>>>> 6c57ca9\n"


@pytest.mark.parametrize("name", [*(f"{name}.json" for name in SNAPSHOTS), "audit_log.jsonl"])
@pytest.mark.parametrize("where", ["at the head", "in the middle", "at the end"])
def test_f26_no_merge_marker_in_a_file_resets_the_desk(tmp_path: Path, name: str, where: str) -> None:
    """F26: merge markers were committed into six data files; a loader answered with its $10,000 default.

    Seen red when: `load` takes a file it cannot read for an empty one; a damaged line that is not at the end is cut.
    """
    day = date(2026, 2, 20)
    b = bought(tmp_path, day, KKR="105.06")
    path = b.folder / name
    rows = path.read_bytes().splitlines(keepends=True)
    at = {"at the head": 0, "in the middle": len(rows) // 2, "at the end": len(rows)}[where]
    path.write_bytes(b"".join([*rows[:at], MERGE, *rows[at:]]))
    stands(b, "KKR", "90")
    if name == "audit_log.jsonl":
        with pytest.raises(AuditError) as refused:
            b.run(MONITOR, "09:41", day)
        assert (refused.value.exit_code, sides(b, "KKR")) == (8, ["buy filled"])
        return
    told = b.run(MONITOR, "09:41", day)
    assert (told.exit_code, told.state.halts, sides(b, "KKR")) == (0, {}, ["buy filled", "sell filled"])
