"""A folder opened after a run that did not come to its end, or with snapshots that a hand has made."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_fold import to_parts
from automated_trading.adapters.folder_store import FolderStore
from automated_trading.adapters.proof import OTHER_SNAPSHOTS, prove
from automated_trading.domain.codec import encode_event
from automated_trading.domain.errors import AuditError
from automated_trading.domain.events import SymbolBlocked
from tests.adapters.record_builder import AT, FORM_2, one_run

BLOCKED = encode_event(SymbolBlocked("AAA", "by hand"))


@pytest.fixture
def store(tmp_path):
    """A sound record with its four snapshots: positions held, an order open, nothing in the queue."""
    store = FORM_2.copied(tmp_path / "simulated")
    one_run(store)
    return store


def cut_off(store: FolderStore, name: str, data) -> None:
    """A run that wrote one line and was killed before it flushed anything."""
    log = store.open().log
    log.begin_run("monitor")
    log.append([(name, data, AT)])
    log.close()


def test_what_a_killed_run_left_is_durable_before_a_line_stands_behind_it(store, monkeypatch):
    """Two runs' unflushed lines at the end would be damage that no crash explains."""
    flushed = []
    cut_off(store, *BLOCKED)
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(os.readlink(f"/proc/self/fd/{fd}")))
    store.open().log.close()
    assert flushed == [str(store.folder / "audit_log.jsonl")]


def test_what_a_run_killed_between_its_last_line_and_its_flush_left_is_durable_too(store, monkeypatch):
    """Its last line says that it finished; only snapshots, written behind the flush, say that it was flushed.

    Seen red when: a last line that ends a run counts as durable. Found by a second power cut while recovering.
    """
    flushed = []
    one_run(store)
    for path in store.folder.glob("*.json"):
        path.unlink()
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(os.readlink(f"/proc/self/fd/{fd}")))
    store.open().log.close()
    assert flushed == [str(store.folder / "audit_log.jsonl")]


def test_what_a_finished_run_left_costs_no_flush_to_open(store, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda fd: pytest.fail("flushed"))
    store.open().log.close()


def test_i3_snapshots_that_lag_behind_the_log_say_nothing_against_it(store):
    cut_off(store, *BLOCKED)
    assert store.peek()[0].blocked == {"AAA": "by hand"}
    assert store.open().state.blocked == {"AAA": "by hand"}


def test_i3_a_line_that_tells_nothing_known_is_never_an_empty_state(store):
    cut_off(store, "nonsense", {})
    with pytest.raises(AuditError, match="unknown event 'nonsense'"):
        store.open()
    with pytest.raises(AuditError, match="unknown event 'nonsense'"):
        store.peek()


def laid(store: FolderStore, head, *names: str, **changes) -> None:
    """Snapshots of those names that tell another state of that line, sound in themselves."""
    aside = store.folder.with_name("made")
    snapshots.save(aside, *head, to_parts(replace(store.peek()[0], **changes)))
    for name in names:
        os.replace(aside / f"{name}.json", store.folder / f"{name}.json")


def refused(store: FolderStore, words: str) -> bool:
    """Both who open and who only look refuse, and nothing is changed."""
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    for reader in (store.open, store.peek):
        with pytest.raises(AuditError, match=words):
            reader()
    return {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


@pytest.mark.parametrize("names", [*([name] for name in snapshots.NAMES), snapshots.NAMES], ids="-".join)
def test_i3_forged_but_sound_snapshots_of_the_very_last_line_are_never_believed_and_are_named(store, names):
    truth, head = store.peek()
    held = {symbol: replace(one, qty=one.qty + Decimal(1000)) for symbol, one in truth.positions.items()}
    laid(store, head, *names, positions=held, queue={}, orders={}, failures=4)
    assert snapshots.load(store.folder) is not None
    opened = store.open()
    opened.log.close()
    assert (opened.state, store.peek()) == (truth, (truth, head))
    told = snapshots.load(store.folder).parts == to_parts(truth)
    assert prove(store.folder).problems == (() if told else (OTHER_SNAPSHOTS,))
    assert told == (names == ["queued_signals"])


def test_i3_a_run_writes_over_forged_snapshots_what_the_log_tells(store):
    laid(store, store.peek()[1], *snapshots.NAMES, positions={})
    state = one_run(store)
    assert (prove(store.folder).problems, snapshots.load(store.folder).parts) == ((), to_parts(state))
    assert state.positions


@pytest.mark.parametrize("names", [*([name] for name in snapshots.NAMES), snapshots.NAMES], ids="-".join)
@pytest.mark.parametrize("back", [0, 1])
def test_i4_a_snapshot_that_tells_of_another_line_of_the_same_number_is_refused_and_named(store, names, back):
    seq = store.peek()[1][0] - back
    laid(store, (seq, "a" * 64), *names)
    assert refused(store, f"tells of another line {seq} than the audit log holds; nothing is sent")
    assert prove(store.folder).problems[0].startswith(f"the snapshots tell of another line {seq} than the log holds")


@pytest.mark.parametrize("name", snapshots.NAMES)
def test_i4_one_snapshot_ahead_of_the_log_is_refused_and_named(store, name):
    seq = store.peek()[1][0] + 1
    laid(store, (seq, "a" * 64), name)
    assert refused(store, f"ends with line {seq - 1}, a snapshot beside it tells of line {seq}")
    assert prove(store.folder).problems == (f"the snapshots tell of line {seq}, the log ends with line {seq - 1}",)


def test_i4_a_log_that_is_refused_for_another_line_is_not_cut(store):
    """The cut would be made by a run that leaves no word of it."""
    laid(store, (store.peek()[1][0], "a" * 64), *snapshots.NAMES)
    with (store.folder / "audit_log.jsonl").open("ab") as log:
        log.write(b'{"account":"torn')
    assert refused(store, "tells of another line")


def test_a_damage_that_stops_the_desk_can_be_put_aside(store):
    laid(store, (store.peek()[1][0], "a" * 64), "daily_state")
    assert refused(store, "tells of another line")
    assert store.restart().kept_as == "damaged-1"
