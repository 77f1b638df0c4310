"""A month's first session puts the month before away: one chain, two files, and nothing forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines, verify
from automated_trading.adapters.proof import prove
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, EntryRules, Rules
from automated_trading.engine.settling import Wish, ask_exit, block, reconcile
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, moment, names, signal, watched
from tests.engine.stage import lay, stands
from tests.proof.cuts.fuse import Fuse, PowerCut

FRIDAY, MONDAY, APRIL = date(2026, 2, 27), date(2026, 3, 2), date(2026, 4, 1)


def at_month_s_end(home: Path, eod: bool = True) -> Bench:
    """A desk that holds AAA and BBB at the close of February's last session; one waits in the queue."""
    exchange = Exchange(SeededTape(1), start=moment("08:00", FRIDAY))
    b = Bench(home, exchange, Signals([signal("AAA"), signal("BBB"), signal("CCC")]), Rules(caps=Caps(max_positions=2)))
    for ticker in ("AAA", "BBB", "CCC"):
        lay(b, ticker)
    b.run(MORNING, "09:35", FRIDAY)
    if eod:
        b.run(EOD, "16:30", FRIDAY)
    return b


def files(b: Bench) -> list[str]:
    return sorted(path.name for path in b.folder.glob("audit_log*"))


def whole(b: Bench) -> None:
    """The record holds from the first line of the oldest file to the last of the newest."""
    assert prove(b.folder).problems == ()
    seqs = [line.seq for line in read_lines(b.folder)]
    assert seqs == list(range(1, len(seqs) + 1))
    b.state()


@pytest.mark.parametrize("eod", [True, False])
def test_the_first_run_of_the_month_rotates_and_both_files_prove(tmp_path: Path, eod: bool) -> None:
    b = at_month_s_end(tmp_path, eod)
    assert files(b) == ["audit_log.jsonl"]
    before = b.state()
    told = b.run(MORNING, "09:35", MONDAY)
    assert len(files(b)) == 2
    assert (set(told.state.positions), "Checkpoint" in names(told)) == (set(before.positions), True)
    first = (b.folder / "audit_log.jsonl").read_text().splitlines()[0]
    assert '"event":"checkpoint"' in first
    whole(b)


def test_it_rotates_once_and_only_where_a_month_begins(tmp_path: Path) -> None:
    b = at_month_s_end(tmp_path)
    b.run(MORNING, "09:35", MONDAY)
    rotated = files(b)
    for at in ("09:40", "13:00"):
        assert "Checkpoint" not in names(b.run(MONITOR, at, MONDAY))
    b.run(EOD, "16:30", MONDAY)
    b.run(MONITOR, "09:40", date(2026, 3, 3))
    assert files(b) == rotated
    b.run(MONITOR, "09:40", APRIL)
    assert len(files(b)) == len(rotated) + 1
    whole(b)


def test_everything_the_desk_knew_goes_over_the_month_s_end(tmp_path: Path) -> None:
    b = at_month_s_end(tmp_path)
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    reconcile(b.desk(), Wish(ignore=("OWN",)))
    block(b.desk(), "ZZZ", "no")
    ask_exit(b.desk(), "BBB")
    b.halt()
    b.run(MONITOR, "17:30", FRIDAY)
    before = b.state()
    b.signals.entries = []
    b.run(MONITOR, "09:29", MONDAY)
    after = b.state()
    kept = "positions queue halts ignored blocked leaving cash high_water sold outside"
    for name in kept.split():
        assert getattr(after, name) == getattr(before, name), name
    assert set(b.run(MONITOR, "09:30", MONDAY).state.positions) == {"AAA"}


def test_a_cool_down_that_began_last_month_still_holds(tmp_path: Path) -> None:
    b = at_month_s_end(tmp_path, eod=False)
    stands(b, "AAA", "90")
    b.run(MONITOR, "15:00", FRIDAY)
    lay(b, "AAA")
    told = b.run(MORNING, "09:35", MONDAY)
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.COOL_DOWN


def test_a_fill_nobody_heard_in_the_old_month_is_booked_in_the_new_log(tmp_path: Path) -> None:
    b = at_month_s_end(tmp_path, eod=False)
    b.rules = replace(b.rules, caps=Caps(max_positions=3), entries=EntryRules(timeout=timedelta(hours=9)))
    lay(b, "DDD")
    b.signals.entries = [signal("DDD")]
    b.wire.on("POST", "/v2/orders", lambda request, go: (go(request), stands(b, "DDD", "150"))[0])
    b.run(MONITOR, "11:00", FRIDAY)
    b.wire.acts = ()
    stands(b, "DDD", "100")  # fills while nobody looks
    told = b.run(MONITOR, "09:40", MONDAY)
    assert (told.state.positions["DDD"].qty, told.state.open_orders("DDD", Side.BUY)) == (99, [])
    whole(b)


def test_the_chain_of_the_archive_is_tied_to_the_log(tmp_path: Path) -> None:
    b = at_month_s_end(tmp_path)
    b.run(MORNING, "09:35", MONDAY)
    archive = next(path for path in b.folder.glob("audit_log*") if path.name != "audit_log.jsonl")
    lines = archive.read_bytes().splitlines(keepends=True)
    archive.write_bytes(b"".join([*lines[:5], *lines[6:]]))
    assert verify(b.folder).problems != ()


def test_power_lost_anywhere_in_the_first_run_of_a_month_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse = Fuse(tmp_path)
    fuse.fit(monkeypatch)
    steps = 0
    for cut in range(1, 200):
        b = at_month_s_end(tmp_path / str(cut))
        b.rules = watched(b.rules)
        before = set(b.state().positions)
        fuse.insert(b.folder, cut, torn=False)
        fuse.armed = True
        try:
            b.run(MONITOR, "09:40", MONDAY)
        except PowerCut:
            fuse.burn("undone")
        else:
            fuse.armed = False
            break
        steps = cut
        told = b.run(MONITOR, "09:45", MONDAY)
        assert (set(told.state.positions), len(b.orders()), len(files(b)) >= 2) == (before, 2, True), cut
        whole(b)
    assert steps > 5
