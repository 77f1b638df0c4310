"""First contact: whose folder it is, what a lost folder does, sessions that began and were never closed."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.errors import StateError
from automated_trading.domain.events import OrderIntended
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules, Rules
from tests.engine.builders import EOD, MONITOR, MORNING, TUESDAY, WEDNESDAY, Bench, bench, names, signal
from tests.engine.wire import answering, rewording, then


def lose_the_folder(b: Bench) -> None:
    shutil.rmtree(b.folder)


def test_the_folder_of_another_account_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    before = (b.folder / "audit_log.jsonl").read_bytes()
    b.wire.on("GET", "/v2/account", rewording(lambda row: row if row == [] else {**row, "id": "somebody-else"}))
    with pytest.raises(StateError, match="belongs to account") as refused:
        b.run(MONITOR, "09:40")
    assert refused.value.exit_code == 3
    assert (b.folder / "audit_log.jsonl").read_bytes() == before


def test_a_fresh_folder_on_a_fresh_account_is_pinned_and_trades(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    told = b.run(MORNING, "09:35")
    assert (told.state.account != "", told.state.halts, len(b.orders())) == (True, {}, 1)


def test_a_lost_folder_begins_halted_and_takes_back_orders_and_positions(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    before = b.run(MORNING, "09:35").state
    lose_the_folder(b)
    told = b.run(MORNING, "09:50")
    assert set(told.state.halts) == {Reason.LOST_FOLDER}
    assert set(told.state.orders) == set(before.orders)
    assert {s: (p.qty, p.cost, p.stop) for s, p in told.state.positions.items()} == {
        s: (p.qty, p.cost, p.stop) for s, p in before.positions.items()
    }
    assert told.state.differences == {}
    b.resume()
    b.run(MORNING, "09:55")
    assert len(b.orders()) == 2


def test_a_position_bought_and_partly_sold_is_rebuilt_from_both_its_orders(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.partial_fill_rate = Decimal(1)
    b.exchange.set_price("AAA", Decimal(90))
    before = b.run(MONITOR, "10:00").state.positions["AAA"]
    b.exchange.set_price("AAA", None)  # the rest of the sell stays open
    lose_the_folder(b)
    told = b.run(MONITOR, "10:05").state
    assert (told.positions["AAA"].qty, told.positions["AAA"].cost) == (before.qty, before.cost)
    assert told.differences == {}


def test_a_position_of_weeks_ago_is_taken_back_too(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.run(EOD, "16:30")
    lose_the_folder(b)
    told = b.run(MONITOR, "10:00", date(2026, 2, 20)).state
    assert (told.positions["AAA"].qty, told.differences) == (99, {})
    again = b.run(MONITOR, "10:00", date(2026, 2, 23)).state
    assert (again.positions["AAA"].qty, again.differences) == (99, {})


def test_an_earlier_round_trip_leaves_no_mark_on_the_position_taken_back(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", rules=Rules(entries=EntryRules(cool_down=timedelta(0))))
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    b.run(MONITOR, "10:00")  # sold at its stop
    b.run(EOD, "16:30")
    before = b.run(MORNING, "09:35", WEDNESDAY).state.positions["AAA"]
    lose_the_folder(b)
    told = b.run(MONITOR, "09:40", WEDNESDAY).state
    assert (told.positions["AAA"].stop, told.positions["AAA"].cost) == (before.stop, before.cost)
    assert len(b.orders()) == 3
    assert (told.day.closed, told.day.realised) == ((), 0)  # yesterday's trade is not today's


def test_an_open_buy_of_a_lost_folder_is_cancelled_for_the_folder_begins_halted(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.set_quote("AAA", Decimal(99), Decimal(100))
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING, "09:35")
    lose_the_folder(b)
    told = b.run(MONITOR, "09:40")
    assert [row.status.value for row in b.orders()] == ["canceled"]
    assert told.state.open_orders() == []


def test_a_manual_trade_is_not_taken_for_ours(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(b.exchange.now.replace(hour=15))
    b.exchange.trade_by_hand("AAA", "buy", Decimal(5))
    told = b.run(MORNING)
    assert not [event for event in told.events if isinstance(event, OrderIntended)]
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.FROZEN


def test_a_session_that_had_no_eod_is_checkpointed_by_the_next_sessions_first_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert [name for name in names(told) if name != "RunMissed"][:3] == ["RunStarted", "Checkpoint", "SessionBegan"]
    assert (told.state.day.session, told.state.day.figures) == (WEDNESDAY, None)
    b.state()


def test_after_an_eod_the_next_session_needs_no_checkpoint(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(EOD, "16:30")
    assert "Checkpoint" not in names(b.run(MONITOR, "09:40", WEDNESDAY))


def test_an_intent_that_never_arrived_is_withdrawn_once_its_session_is_over(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", answering(500, {}))
    b.run(MORNING, "09:35")
    b.signals.entries = []
    told = b.run(MONITOR, "10:00")
    assert [order.status.value for order in told.state.open_orders()] == ["unclear"]  # it may still arrive
    told = b.run(EOD, "16:30")
    assert (told.exit_code, told.state.open_orders()) == (0, [])


def test_an_accepted_order_the_broker_no_longer_shows_is_a_problem_and_stays_open(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.set_quote("AAA", Decimal(99), Decimal(100))
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING, "09:35")
    b.wire.on("GET", "/v2/orders", answering(200, []))
    b.wire.on("GET", "/v2/orders/", answering(404, {"code": 40410000, "message": "order not found"}))
    told = b.run(MONITOR, "09:40")
    assert told.exit_code == 4
    assert len(told.state.open_orders()) == 1


def test_a_new_signal_list_of_the_next_session_is_bought_then(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.signals.entries = [signal("AAA")]
    b.run(MORNING, "09:35", TUESDAY)
    b.signals.entries = [signal("AAA"), signal("BBB")]
    told = b.run(MORNING, "09:35", WEDNESDAY)
    assert [row.symbol for row in b.orders()] == ["AAA", "BBB"]
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.HELD
