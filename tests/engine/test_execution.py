"""Giving voice: three answers, cancels before sells, and the owner's switches before every word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import MONITOR, MORNING, Bench, bench, moment, names, signal
from tests.engine.test_hearing import resting_buy
from tests.engine.wire import answering, refusing, then
from tests.proof.cuts.fuse import Fuse

NOT_NOW = answering(429, {"message": "too many requests."})


def statuses(b: Bench) -> list[OrderStatus]:
    return [order.status for order in b.state().orders.values()]


def test_an_answer_that_is_lost_is_looked_up_in_the_same_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    told = b.run(MORNING, "09:35")
    assert [name for name in names(told) if name.startswith("Order")] == [
        "OrderIntended",
        "OrderUnclear",
        "OrderAccepted",
        "OrderEnded",
    ]
    assert (told.exit_code, b.asked("POST"), told.state.positions["AAA"].qty) == (0, 1, 99)
    assert told.state.failures == 0


def test_a_request_that_was_lost_is_sent_again_by_the_next_run_under_the_same_id(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders"))
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, b.asked("POST"), statuses(b)) == (4, 1, [OrderStatus.UNCLEAR])
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, b.asked("POST"), statuses(b)) == (0, 2, [OrderStatus.FILLED])
    assert [row.client_order_id for row in b.orders()] == list(told.state.orders)


def test_an_order_that_arrives_late_is_adopted_when_its_id_is_refused_as_taken(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    late: list[object] = []

    def delayed(request: object, handle: object) -> object:
        if not late:
            late.append(lambda: handle(request))  # type: ignore[operator]
            return answering(504, {})(request, handle)  # type: ignore[arg-type]
        for arrive in late:
            arrive()  # type: ignore[operator]
        return handle(request)  # type: ignore[operator]

    b.wire.on("POST", "/v2/orders", delayed)  # type: ignore[arg-type]
    b.run(MORNING, "09:35")
    assert (b.orders(), statuses(b)) == ([], [OrderStatus.UNCLEAR])
    told = b.run(MONITOR, "09:40")
    assert (len(b.orders()), statuses(b), told.exit_code) == (1, [OrderStatus.FILLED], 0)
    assert told.state.positions["AAA"].qty == 99


def test_asked_to_wait_the_rest_stays_unsent_and_goes_with_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.wire.on("POST", "/v2/orders", NOT_NOW)
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, [o.attempts for o in told.state.orders.values()]) == (4, [1, 0])
    assert told.problems[0].startswith("AAA: not sent")
    b.wire.acts = ()
    assert b.run(MONITOR, "09:40").exit_code == 0
    assert len(b.orders()) == 2


def test_a_refusal_keeps_the_brokers_own_words_and_is_not_unclear(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    told = b.run(MORNING, "09:35")
    refused = next(event for event in told.events if type(event).__name__ == "OrderRefused")
    assert (refused.status, refused.words) == (422, 'asset "AAA" is not tradable')  # type: ignore[union-attr]
    assert (told.exit_code, statuses(b), told.state.failures) == (0, [OrderStatus.REFUSED], 1)


def test_five_failures_in_a_row_stop_opening_at_once_and_until_resume(tmp_path: Path) -> None:
    tickers = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"]
    b = bench(tmp_path, *tickers)
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    told = b.run(MORNING, "09:35")
    assert (b.asked("POST"), set(told.state.halts)) == (5, {Reason.ORDER_FAILURES})
    b.wire.acts = ()
    b.run(MONITOR, "09:40")
    assert b.asked("POST") == 5
    b.resume()
    assert b.state().failures == 0
    b.run(MONITOR, "09:45")
    assert [row.symbol for row in b.orders()] == ["FFF"]  # what was refused has had its turn today


def test_an_order_that_fills_ends_a_row_of_failures(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.exchange.untradable.add("AAA")
    assert b.run(MORNING, "09:35").state.failures == 0


def test_an_entry_unfilled_for_half_an_hour_is_cancelled_and_the_cancel_confirmed(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    assert "CancelIntended" not in names(b.run(MONITOR, "10:04"))
    told = b.run(MONITOR, "10:05")
    assert [name for name in names(told) if "Order" in name or "Cancel" in name] == ["CancelIntended", "OrderEnded"]
    assert (statuses(b), told.exit_code) == ([OrderStatus.CANCELLED], 0)


def test_a_cancelled_entry_is_not_ordered_again_that_session(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.run(MONITOR, "10:05")
    b.exchange.set_price("AAA", Decimal(100))
    b.run(MONITOR, "10:10")
    assert len(b.orders()) == 1


def test_the_open_buy_of_a_symbol_goes_before_its_exit_is_sent(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))
    told = b.run(MONITOR, "09:40")
    assert [(row.side, row.status.value) for row in b.orders()] == [("buy", "canceled"), ("sell", "partially_filled")]
    asked = [method for method, _ in b.wire.requests if method in ("POST", "DELETE")]
    assert asked == ["POST", "DELETE", "POST"]
    assert next(iter(told.state.orders.values())).cancelling == Reason.EXIT_FIRST.value


def test_a_cancel_that_is_not_confirmed_holds_the_exit_back(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))
    b.wire.on("DELETE", "/v2/orders", answering(500, {}))
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, b.asked("POST")) == (4, 1)
    b.wire.acts = ()
    b.run(MONITOR, "09:45")
    assert [(row.side, row.status.value) for row in b.orders()] == [("buy", "canceled"), ("sell", "partially_filled")]


def test_halted_open_buys_are_cancelled_and_exits_go(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(99), Decimal(130), last=Decimal(99))
    b.exchange.set_quote("BBB", Decimal(80), Decimal(130), last=Decimal(80))
    b.halt()
    b.run(MONITOR, "09:40")
    assert [(row.symbol, row.side, row.status.value) for row in b.orders()] == [
        ("AAA", "buy", "canceled"),
        ("BBB", "buy", "canceled"),
        ("BBB", "sell", "partially_filled"),
    ]


def test_with_the_kill_switch_nothing_leaves_and_no_intent_is_written(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.switch_off()
    told = b.run(MORNING, "09:35")
    assert (b.asked("POST"), told.state.orders, told.exit_code) == (0, {}, 0)
    assert "TRADING DISABLED" in told.said


def test_the_cancels_a_kill_switch_held_back_go_in_the_first_enabled_cycle(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.switch_off()
    b.run(MONITOR, "10:30")
    assert b.asked("DELETE") == 0
    b.switch_off(False)
    b.run(MONITOR, "10:35")
    assert statuses(b) == [OrderStatus.CANCELLED]


def test_a_kill_switch_thrown_in_the_middle_of_a_run_holds_its_cancels_back_too(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.wire.on("GET", "/v2/stocks", then(b.switch_off))
    b.signals.entries = [signal("AAA")]
    told = b.run(MONITOR, "10:30")
    assert ("CancelIntended" in names(told), b.asked("DELETE")) == (False, 0)
    b.wire.acts = ()
    b.switch_off(False)
    b.run(MONITOR, "10:35")
    assert (b.asked("DELETE"), statuses(b)) == (1, [OrderStatus.CANCELLED])


def test_a_day_loss_stops_opening_for_its_session_and_no_longer(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.pay("FEE", Decimal(-5_000))
    told = b.run(MORNING, "09:35")
    assert (set(told.state.halts), b.orders()) == ({Reason.DAY_LOSS}, [])
    b.resume()
    b.exchange.pay("INT", Decimal(5_000))
    assert set(b.run(MONITOR, "09:40").state.halts) == {Reason.DAY_LOSS}  # neither the owner nor a recovery lifts it
    assert b.orders() == []


def test_a_kill_switch_thrown_between_two_cancels_holds_the_second_back(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    for ticker in ("AAA", "BBB"):
        b.exchange.set_quote(ticker, Decimal(99), Decimal(130), last=Decimal(99))
    b.wire.on("DELETE", "/v2/orders", then(b.switch_off))
    b.halt()
    b.run(MONITOR, "09:40")
    assert b.asked("DELETE") == 1


def test_i2_a_cancel_is_durable_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red when: `cancel` asks the broker before `journal.durable()`."""
    b = resting_buy(tmp_path)
    fuse, seen = Fuse(b.folder), list[bool]()
    fuse.fit(monkeypatch)
    ink = lambda: seen.append(b'"cancel_intended"' in fuse.durable_bytes(b.folder / "audit_log.jsonl"))  # noqa: E731
    b.wire.on("DELETE", "/v2/orders", lambda request, handle: (ink(), handle(request))[1])
    b.run(MONITOR, "10:05")
    assert seen == [True]


def test_a_broker_that_does_not_answer_for_a_cancel_is_not_waited_for(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    b.wire.on("GET", "/v2/orders/", answering(500, {}))
    told = b.run(MONITOR, "10:30")
    assert (told.exit_code, b.asked("DELETE")) == (4, 1)
    assert b.exchange.now - moment("10:30") < timedelta(milliseconds=500)  # waiting moves this exchange's clock
    assert any("cancel not confirmed" in problem for problem in told.problems)
    b.wire.acts = ()
    b.run(MONITOR, "10:35")
    assert statuses(b) == [OrderStatus.CANCELLED]
