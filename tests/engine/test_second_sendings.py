"""Asking twice: what a first asking left open, what is asked again under which id, and what is asked no more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules, Rules
from automated_trading.simulator.api import Lost, Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, names, signal
from tests.engine.test_hearing import of
from tests.engine.wire import Act, answering, refusing, then

NOT_NOW = answering(429, {"message": "too many requests."})
NO = answering(403, {"code": 40310000, "message": "insufficient buying power"})


def lost(request: Request, handle: Callable[[Request], Response]) -> Response:
    raise Lost("on its way")


def page(status: int) -> Act:
    """An act: the exchange sees the request, and something on the way back puts a page of its own in the answer."""
    return lambda request, handle: (handle(request), Response(status, {}, b"<html>no</html>"))[1]


def arriving_late(b: Bench, answer: Act) -> Callable[[], None]:
    """The next order is answered by `answer` and kept back; the call lets it arrive."""
    kept: list[Request] = []
    b.wire.on("POST", "/v2/orders", lambda request, handle: (kept.append(request), answer(request, handle))[1])

    def arrive() -> None:
        b.wire.acts = ()
        assert b.wire.handle(kept[0]).status == 200

    return arrive


def at_its_stop(home: Path, *tickers: str) -> Bench:
    """Positions of 99 shares that stand under their stops at ten."""
    b = bench(home, *tickers)
    b.run(MORNING, "09:35")
    for ticker in tickers:
        b.exchange.set_quote(ticker, Decimal(50), Decimal(51), last=Decimal(50))
    b.exchange.advance_to(moment("10:00"))
    return b


def at_the_exchange(b: Bench) -> list[tuple[str, str]]:
    return [(row.side, row.status.value) for row in b.orders()]


@pytest.mark.parametrize("status", [403, 404, 408])
def test_a_refusal_that_is_not_the_brokers_own_leaves_the_order_unclear_not_refused(
    tmp_path: Path, status: int
) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("GET", "/v2/orders", lambda request, handle: Response(500, {}, b"") if b.orders() else handle(request))
    b.wire.on("POST", "/v2/orders", page(status))
    told = b.run(MORNING, "09:35")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.UNCLEAR]
    b.wire.acts = ()
    assert b.run(MONITOR, "09:40").state.positions["AAA"].qty == 99


@pytest.mark.parametrize("status", [403, 408])
def test_a_buy_behind_such_a_page_is_cancelled_once_halted_and_has_no_second_generation(
    tmp_path: Path, status: int
) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", page(status))
    b.exchange.advance_to(moment("09:35"))
    b.wire.on("GET", "/v2/stocks/snapshots", then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING)
    b.wire.acts = ()
    b.halt()
    b.run(MONITOR, "09:37")
    assert at_the_exchange(b) == [("buy", "canceled")]
    b.resume()
    b.exchange.set_price("AAA", Decimal(100))
    b.run(MONITOR, "09:40")
    assert len(b.orders()) == 1


def test_an_order_held_for_refused_that_the_broker_shows_is_open_again(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    arrive = arriving_late(b, NO)
    told = b.run(MORNING, "09:35")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.REFUSED]
    b.exchange.set_price("AAA", Decimal(150))
    arrive()
    told = b.run(MONITOR, "09:40")
    assert [event.found for event in of(told, e.OrderAccepted)] == [True]
    assert [order.status for order in told.state.open_orders()] == [OrderStatus.ACCEPTED]
    b.halt()
    b.run(MONITOR, "09:45")
    assert at_the_exchange(b) == [("buy", "canceled")]


def test_an_order_held_for_withdrawn_that_the_broker_shows_is_open_again(tmp_path: Path) -> None:
    b = at_its_stop(tmp_path, "AAA")
    arrive = arriving_late(b, lost)
    b.run(MONITOR, "15:58")
    told = b.run(EOD, "16:01")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.FILLED, OrderStatus.WITHDRAWN]
    arrive()
    told = b.run(MONITOR, "17:00")
    assert [order.status for order in told.state.open_orders()] == [OrderStatus.ACCEPTED]
    told = b.run(MONITOR, "10:00", WEDNESDAY)
    assert (told.state.positions, at_the_exchange(b)) == ({}, [("buy", "filled"), ("sell", "filled")])


def test_after_a_lost_folder_an_exit_follows_the_highest_generation_the_broker_has(tmp_path: Path) -> None:
    b = at_its_stop(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", NO)
    b.run(MONITOR)  # generation 0: refused, so that the broker never has it
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.cancel(b.orders()[-1].id)))
    b.run(MONITOR, "10:05")  # generation 1: taken and cancelled there
    b.wire.acts = ()
    shutil.rmtree(b.folder)
    told = b.run(MONITOR, "10:10")
    exits = [order for order in told.state.orders.values() if order.side.value == "sell"]
    assert [(order.decision.generation, order.status.value) for order in exits] == [(1, "cancelled"), (2, "filled")]
    assert told.state.positions == {}


def test_a_ticker_the_broker_refuses_is_asked_for_once_a_session_and_halts_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    b.run(MORNING, "09:35")
    for at in ("09:40", "09:45", "09:50", "09:55", "10:00", "10:05"):
        told = b.run(MONITOR, at)
    assert (b.asked("POST"), told.state.failures, told.state.halts, told.exit_code) == (1, 1, {}, 0)
    b.wire.acts = ()
    b.exchange.set_close("BBB", Decimal(100))
    b.exchange.set_price("BBB", Decimal(100))
    b.signals.entries = [signal("AAA"), signal("BBB")]
    assert set(b.run(MONITOR, "10:10").state.positions) == {"BBB"}


def test_a_second_sending_that_is_refused_stays_unclear_and_is_not_sent_a_third_time(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", NOT_NOW)
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    runs = [b.run(MONITOR, at) for at in ("09:40", "09:45", "09:50", "09:55", "10:00", "10:05")]
    assert [len(of(told, e.OrderDoubted)) for told in runs] == [1, 0, 0, 0, 0, 0]
    (order,) = runs[-1].state.orders.values()
    assert (order.status, order.doubted) == (OrderStatus.UNCLEAR, 'asset "AAA" is not tradable')
    assert (b.asked("POST"), runs[-1].state.failures, runs[-1].state.halts) == (1, 2, {})  # the first was turned back
    assert runs[-1].exit_code == 4
    assert [order.status for order in b.run(EOD, "16:30").state.orders.values()] == [OrderStatus.WITHDRAWN]


def test_a_second_sending_refused_because_the_first_arrived_is_settled_by_the_brokers_records(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    arrive = arriving_late(b, lost)
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:40"))
    b.wire.acts = (("POST", "/v2/orders", lambda request, handle: (arrive(), NO(request, handle))[1]),)
    told = b.run(MONITOR)
    assert (of(told, e.OrderDoubted), of(told, e.OrderRefused)) == ([], [])
    assert (told.exit_code, told.state.positions["AAA"].qty, len(b.orders())) == (0, 99, 1)


def test_an_exit_not_sent_waits_while_its_rule_is_silent_and_goes_under_its_id_when_it_speaks_again(
    tmp_path: Path,
) -> None:
    b = at_its_stop(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", NOT_NOW)
    (unsent,) = b.run(MONITOR).state.open_orders()
    b.wire.acts = ()
    b.exchange.set_price("AAA", Decimal(130))
    told = b.run(MONITOR, "10:05")
    assert (len(b.orders()), told.state.positions["AAA"].qty) == (1, 99)
    b.exchange.set_price("AAA", Decimal(50))
    told = b.run(MONITOR, "10:10")
    assert (b.orders()[-1].client_order_id, told.state.positions) == (unsent.client_order_id, {})


@pytest.mark.parametrize(("begun", "answered"), [("15:59:50", "15:59:56"), ("15:59:50", "16:00:02"), ("15:59:56", "")])
def test_no_exit_leaves_in_the_sessions_last_seconds_or_behind_the_bell(
    tmp_path: Path, begun: str, answered: str
) -> None:
    b = at_its_stop(tmp_path, "AAA")
    if answered:
        b.wire.on("GET", "/v2/stocks/snapshots", then(lambda: b.exchange.advance_to(moment(answered))))
    told = b.run(MONITOR, begun)
    assert (b.asked("POST"), told.state.positions["AAA"].qty) == (1, 99)
    b.wire.acts = ()
    assert b.run(EOD, "16:30").exit_code == 0
    b.exchange.set_price("AAA", Decimal(130))
    b.run(MONITOR, "10:00", WEDNESDAY)
    assert len(b.orders()) == 1


def test_the_bell_is_looked_at_again_before_every_order(tmp_path: Path) -> None:
    b = at_its_stop(tmp_path, "AAA", "BBB")
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.advance_to(moment("15:59:56"))))
    told = b.run(MONITOR, "15:59:50")
    assert ([row.symbol for row in b.orders()[2:]], set(told.state.positions)) == (["AAA"], {"BBB"})


def test_no_entry_leaves_behind_the_bell_of_a_run_that_began_before_it(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("GET", "/v2/stocks/snapshots", then(lambda: b.exchange.advance_to(moment("16:00:02"))))
    told = b.run(MORNING, "11:59")
    assert ("OrderIntended" in names(told), b.asked("POST")) == (True, 0)


def test_a_halt_seen_amid_a_batch_cancels_what_the_second_hearing_finds_in_the_same_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")

    def halting(request: Request, handle: Callable[[Request], Response]) -> Response:
        handle(request)
        b.exchange.set_price("AAA", Decimal(150))
        b.halt()
        raise Lost("the answer")

    b.wire.on("POST", "/v2/orders", halting)
    told = b.run(MORNING, "09:35")
    assert (b.asked("POST"), set(told.state.halts), at_the_exchange(b)) == (1, {Reason.OWNER}, [("buy", "canceled")])


def halted_behind_the_ink(home: Path) -> tuple[Bench, list[str]]:
    """A desk whose owner said `halt` while the first of three written orders was on its way; the ids of the others."""
    b = bench(home, "AAA", "BBB", "CCC")
    b.wire.on("POST", "/v2/orders", then(b.halt))
    told = b.run(MORNING, "09:35")
    b.wire.acts = ()
    assert (told.exit_code, b.asked("POST")) == (4, 1)
    assert told.said.endswith("2 written and not sent in this run (BBB, CCC); fills heard: AAA")
    return b, [order.client_order_id for order in told.state.open_orders()]


def test_what_a_halt_kept_from_being_sent_waits_and_goes_once_after_resume_under_the_same_id(tmp_path: Path) -> None:
    b, kept = halted_behind_the_ink(tmp_path)
    waiting = b.run(MONITOR, "09:40")
    assert (waiting.exit_code, b.asked("POST")) == (4, 1)
    assert "nothing traded: 2 written and not sent in this run (BBB, CCC)" in waiting.said
    b.resume()
    assert [b.run(MONITOR, "09:45").exit_code, b.run(MONITOR, "09:50").exit_code] == [0, 0]
    assert [row.client_order_id for row in b.orders()][1:] == kept


def test_what_a_halt_kept_from_being_sent_is_withdrawn_once_its_session_is_over(tmp_path: Path) -> None:
    b, kept = halted_behind_the_ink(tmp_path)
    early, told = b.run(EOD, "15:59"), b.run(EOD, "16:30")
    assert (early.exit_code, "2 written and not sent in this run (BBB, CCC)" in early.said) == (4, True)
    assert [told.state.orders[name].status for name in kept] == [OrderStatus.WITHDRAWN] * 2
    assert (told.exit_code, told.state.day.figures is not None, b.asked("POST")) == (0, True, 1)


def test_a_morning_behind_its_window_still_sells_at_stops(tmp_path: Path) -> None:
    b = at_its_stop(tmp_path, "AAA")
    told = b.run(MORNING, "12:30")
    assert (told.state.positions, at_the_exchange(b)) == ({}, [("buy", "filled"), ("sell", "filled")])


def test_a_morning_behind_its_window_still_cancels_while_halted(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING, "11:58")
    b.halt()
    told = b.run(MORNING, "12:00")
    assert at_the_exchange(b) == [("buy", "canceled")]
    assert "morning is due from 09:35 to 12:00" in told.said


def test_the_owners_resume_ends_a_row_of_failures(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", "CCC", "DDD")
    b.wire.on("POST", "/v2/orders", refusing(b.exchange))
    assert b.run(MORNING, "09:35").state.failures == 4
    b.halt()
    b.run(MONITOR, "09:36")
    b.resume()
    assert b.state().failures == 0


@pytest.mark.parametrize("words", [b"", b'{"at":"","reason":"","token":""}'])
def test_a_latch_that_says_nothing_halts_and_can_be_resumed(tmp_path: Path, words: bytes) -> None:
    b = bench(tmp_path, "AAA")
    b.folder.mkdir()
    (b.folder / "halted").write_bytes(words)
    assert (set(b.run(MORNING, "09:35").state.halts), b.orders()) == ({Reason.OWNER}, [])
    b.resume()
    assert (set(b.run(MORNING, "09:40").state.halts), len(b.orders())) == (set(), 1)


@pytest.mark.parametrize("late", ["buy", "stop"])
def test_what_came_after_the_weekend_is_ours_though_the_desk_was_silent_from_then_on(tmp_path: Path, late: str) -> None:
    """Seen red when: Saturday's hearing let Friday's orders go; the buy was nobody's, the stop's sale a false loss."""
    friday, monday = date(2026, 2, 6), date(2026, 2, 9)
    b = bench(tmp_path, "AAA", guarded=True, rules=Rules(exits=ExitRules(ages=())))
    if late == "stop":
        b.run(MORNING, "09:35", friday)
    arrive = arriving_late(b, lost)
    b.run(MONITOR if late == "stop" else MORNING, "09:40", friday)
    b.run(EOD, "16:30", friday)
    b.signals.entries = []
    b.run(MONITOR, "10:00", friday + timedelta(1))
    b.exchange.advance_to(moment("09:40", monday))
    arrive()
    told = b.run(MONITOR, "09:40", monday + timedelta(14))
    assert (set(told.state.positions), told.state.differences) == ({"AAA"}, {})
    b.run(MONITOR, "09:45", monday + timedelta(14))
    assert [row.type for row in b.orders("AAA")] == ["limit", "stop"]
    b.exchange.set_price("AAA", Decimal(80))
    told = b.run(MONITOR, "09:50", monday + timedelta(14))
    assert (told.state.positions, told.state.cash, told.state.halts.keys()) == ({}, b.exchange.ledger.cash, set())
