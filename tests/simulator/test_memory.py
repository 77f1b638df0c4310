"""The folder an exchange lives in."""

from __future__ import annotations

from pathlib import Path

import pytest

from automated_trading.simulator.api import Api, Request
from automated_trading.simulator.memory import Memory, MemoryBusy, MemoryDamaged
from tests.simulator.conftest import new_exchange

KEYS = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}


def test_an_empty_folder_remembers_nothing(tmp_path: Path) -> None:
    assert Memory(tmp_path / "exchange").load() is None


def test_what_is_saved_comes_back_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "exchange")
    memory.save({"form": 1})
    assert memory.load() == {"form": 1}
    assert (tmp_path / "exchange").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "exchange").iterdir()} == {0o600}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_garbage_is_named_not_taken_for_empty(tmp_path: Path, raw: bytes) -> None:
    memory = Memory(tmp_path)
    (tmp_path / "exchange.json").write_bytes(raw)
    with pytest.raises(MemoryDamaged, match="exchange's memory"):
        memory.load()


def test_one_process_holds_it_at_a_time(tmp_path: Path) -> None:
    first, second = Memory(tmp_path), Memory(tmp_path)
    first.acquire()
    with pytest.raises(MemoryBusy):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_an_order_is_remembered_before_its_answer_leaves(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    body = b'{"symbol":"AAA","side":"buy","qty":"1","type":"market","time_in_force":"day","client_order_id":"one"}'
    Api(new_exchange(), memory=memory).handle(Request("POST", "/v2/orders", {}, KEYS, body))
    again = new_exchange()
    kept = memory.load()
    assert kept is not None
    again.restore(kept)
    assert again.blotter.by_client_id("one") is not None


def test_reading_alone_writes_nothing(tmp_path: Path) -> None:
    api = Api(new_exchange(), memory=Memory(tmp_path))
    api.keep()
    before = (tmp_path / "exchange.json").stat().st_mtime_ns
    api.handle(Request("GET", "/v2/account", {}, KEYS))
    assert (tmp_path / "exchange.json").stat().st_mtime_ns == before
