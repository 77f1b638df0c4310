"""What would be done with signals now: the very answers of `morning`, and not a byte written."""

from __future__ import annotations

from pathlib import Path

import pytest

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.events import Event, OrderIntended, SignalNotYet, SignalQueued, SignalRefused
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList, read_signals
from automated_trading.engine.judging import Judgement, judge
from tests.engine.builders import MONITOR, MORNING, Bench, bench, moment, signal
from tests.engine.wire import answering


def judged(desk: Bench, *tickers: str, **more: object) -> Judgement:
    now = desk.exchange.now
    listed: SignalList = read_signals([signal(ticker, **more) for ticker in tickers], now, "digest")
    return judge(desk.desk(), FolderStore(desk.folder, "simulated").peek()[0], listed)


def answers(found: Judgement) -> list[Event]:
    return [event for _, events in found.answers for event in events]


@pytest.mark.parametrize("clock", ["09:31", "10:00", "15:59"])
def test_all_session_long_signals_are_judged_as_inside_the_entry_window(tmp_path: Path, clock: str) -> None:
    desk = bench(tmp_path, "AAA")
    desk.exchange.advance_to(moment(clock))
    (order,) = answers(judged(desk, "AAA"))
    assert isinstance(order, OrderIntended)
    assert (order.order.symbol, str(order.order.limit_price)) == ("AAA", "100.55")


def test_judging_writes_nothing_and_sends_nothing(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA", "BBB")
    desk.run(MONITOR, "10:00")
    before = {path: path.read_bytes() for path in desk.folder.iterdir() if path.name != ".lock"}
    judged(desk, "AAA", "BBB")
    assert {path: path.read_bytes() for path in desk.folder.iterdir() if path.name != ".lock"} == before
    assert (desk.orders(), desk.asked("POST")) == ([], 0)


def test_what_was_said_this_morning_is_said_again(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.signals.entries = [signal("AAA", 4)]
    desk.run(MORNING, "09:35")
    (refused,) = answers(judged(desk, "AAA", signal_score=4))
    assert isinstance(refused, SignalRefused)
    assert refused.reason is Reason.LOW_SCORE


def test_a_signal_that_had_its_order_is_not_answered_again(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.run(MORNING, "09:35")
    assert answers(judged(desk, "AAA")) == []


def test_every_symbol_of_a_long_list_is_asked_about(tmp_path: Path) -> None:
    names = [f"A{first}{second}" for first in "ABCDE" for second in "ABCDEFGHI"]
    desk = bench(tmp_path, *names)
    desk.exchange.advance_to(moment("10:00"))
    found = answers(judged(desk, *names))
    assert len(found) == len(names)
    assert [event for event in found if isinstance(event, SignalNotYet)] == []
    assert [event.reason for event in found if isinstance(event, SignalQueued)][:1] == [Reason.MAX_EXPOSURE]


def test_under_a_halt_nothing_would_be_bought(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.halt()
    desk.exchange.advance_to(moment("10:00"))
    (answer,) = answers(judged(desk, "AAA"))
    assert isinstance(answer, SignalNotYet)
    assert answer.reason is Reason.HALTED


def test_with_the_market_closed_there_are_no_answers(tmp_path: Path) -> None:
    found = judged(bench(tmp_path, "AAA"), "AAA")
    assert (found.market.is_open, answers(found)) == (False, [])


def test_what_the_broker_does_not_answer_is_said_and_not_asked_for_ever(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.exchange.advance_to(moment("10:00"))
    desk.wire.on("GET", "/v2/assets", answering(500, {"message": "down"}))
    found = judged(desk, "AAA")
    (answer,) = answers(found)
    assert isinstance(answer, SignalNotYet)
    assert (answer.reason, len(found.problems)) == (Reason.ASSET_NOT_ASKED, 1)
