"""Freed room used again, end to end: what frees it, what uses it up, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.positions import Origin
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, RedeploymentRules, Rules
from automated_trading.engine.settling import block
from automated_trading.reports.summary import session_summary
from automated_trading.simulator.api import Lost, Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, signal
from tests.engine.stage import again, sides, stands
from tests.engine.test_hearing import of
from tests.engine.wire import answering, then
from tests.proof.cuts.fuse import PowerCut

ONE = Rules(caps=Caps(max_positions=1))
HALF_DAY = date(2026, 11, 27)


def full(home: Path, rules: Rules = ONE) -> Bench:
    """One place, taken by AAA; BBB (the better score) and CCC wait in the queue."""
    b = bench(home, "AAA", "BBB", "CCC", rules=rules)
    b.signals.entries = [signal("AAA", 11), signal("BBB", 10), signal("CCC", 9)]
    b.run(MORNING, "09:35")
    assert (set(b.state().positions), set(b.state().queue)) == ({"AAA"}, {"insider/BBB", "insider/CCC"})
    return b


def freed(home: Path, rules: Rules = ONE) -> Bench:
    """AAA was sold at its stop at ten; its place and its money are free."""
    b = full(home, rules)
    stands(b, "AAA", "90")
    b.run(MONITOR, "10:00")
    assert b.state().positions == {}
    return b


def runs_away(b: Bench, ticker: str) -> None:
    """The next order is accepted and rests: the market leaves the moment it is there."""
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, ticker, "150")))


def test_a_stop_frees_room_and_the_best_of_the_queue_is_bought_in_the_next_cycle(tmp_path: Path) -> None:
    b = freed(tmp_path)
    told = b.run(MONITOR, "10:05")
    position = told.state.positions["BBB"]
    assert (position.origin, position.score, position.qty) == (Origin.REDEPLOYMENT, 10, 98)
    assert set(told.state.queue) == {"insider/CCC"}
    assert [order.client_order_id[:24] for order in again(told.state)] == ["BBB-BUY-20260203-120000-"]
    assert "redeployed BBB" in told.said


def test_an_entry_that_ran_out_of_time_frees_its_room(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", rules=ONE)
    b.signals.entries = [signal("AAA", 11), signal("BBB", 10)]
    runs_away(b, "AAA")
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    b.run(MONITOR, "10:04")
    assert (sides(b, "AAA"), sides(b, "BBB")) == (["buy new"], [])
    b.run(MONITOR, "10:05")
    told = b.run(MONITOR, "10:10")
    assert (sides(b, "AAA"), set(told.state.positions)) == (["buy canceled"], {"BBB"})


def test_a_full_desk_on_which_nothing_came_free_redeploys_nothing(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.rules = replace(b.rules, caps=Caps(max_positions=5))
    for at in ("10:00", "12:30", "15:30"):
        b.run(MONITOR, at)
    assert [row.symbol for row in b.orders()] == ["AAA"]


def test_money_the_owner_pays_in_is_no_freed_room(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.rules = replace(b.rules, caps=Caps(max_positions=5))
    b.exchange.move_cash(Decimal(50_000))
    b.run(MONITOR, "10:00")
    assert [row.symbol for row in b.orders()] == ["AAA"]


def test_what_the_owner_sells_by_hand_frees_nothing(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.exchange.trade_by_hand("AAA", "sell", Decimal(99))
    b.run(MONITOR, "10:00")
    b.run(MONITOR, "10:05")
    assert b.orders("BBB") == []


def test_one_redeployment_a_day_however_much_comes_free(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.run(MONITOR, "10:05")
    stands(b, "BBB", "90")
    for at in ("10:10", "10:15", "13:00"):
        b.run(MONITOR, at)
    assert (b.state().positions, b.orders("CCC")) == ({}, [])
    told = b.run(MONITOR, "10:00", WEDNESDAY)
    assert (told.state.positions, set(told.state.queue)) == ({}, {"insider/CCC"})  # yesterday's room is yesterday's


def test_two_a_day_where_the_owner_says_two(tmp_path: Path) -> None:
    b = freed(tmp_path, replace(ONE, redeployment=RedeploymentRules(per_day=2)))
    b.run(MONITOR, "10:05")
    stands(b, "BBB", "90")
    b.run(MONITOR, "10:10")
    assert set(b.run(MONITOR, "10:15").state.positions) == {"CCC"}


def test_an_open_redeployment_is_the_one_of_the_day(tmp_path: Path) -> None:
    b = freed(tmp_path)
    runs_away(b, "BBB")
    b.run(MONITOR, "10:05")
    b.wire.acts = ()
    b.run(MONITOR, "10:10")
    assert (sides(b, "BBB"), sides(b, "CCC")) == (["buy new"], [])


def test_one_that_ends_unfilled_uses_up_neither_queue_nor_count(tmp_path: Path) -> None:
    b = freed(tmp_path)
    runs_away(b, "BBB")
    b.run(MONITOR, "10:05")
    b.wire.acts = ()
    stands(b, "BBB", "150")
    b.run(MONITOR, "10:35")  # its time is up
    told = b.run(MONITOR, "10:40")
    assert (sides(b, "BBB"), set(told.state.positions)) == (["buy canceled"], {"CCC"})
    assert set(told.state.queue) == {"insider/BBB"}


def test_the_same_signal_is_tried_again_under_the_next_id(tmp_path: Path) -> None:
    b = freed(tmp_path)
    runs_away(b, "BBB")
    b.run(MONITOR, "10:05")
    b.wire.acts = ()
    b.exchange.cancel(b.orders("BBB")[0].id)
    stands(b, "BBB", "100")
    told = b.run(MONITOR, "10:10")
    assert [(order.status, order.decision.generation) for order in again(told.state)] == [
        (OrderStatus.CANCELLED, 0),
        (OrderStatus.FILLED, 1),
    ]
    assert sides(b, "BBB") == ["buy canceled", "buy filled"]


def test_an_unclear_redeployment_counts_and_is_found_not_sent_anew(tmp_path: Path) -> None:
    b = freed(tmp_path)

    def lost(request: Request, handle: Callable[[Request], Response]) -> Response:
        handle(request)
        b.wire.on("GET", "/v2/orders", answering(500, {}))
        raise Lost("the answer")

    b.wire.on("POST", "/v2/orders", lost)
    told = b.run(MONITOR, "10:05")
    assert ([order.status for order in again(told.state)], told.exit_code) == ([OrderStatus.UNCLEAR], 4)
    b.wire.acts = ()
    told = b.run(MONITOR, "10:10")
    assert (sides(b, "BBB"), sides(b, "CCC"), set(told.state.positions)) == (["buy filled"], [], {"BBB"})


@pytest.mark.parametrize("arrived", [False, True])
def test_power_lost_between_ink_and_voice_sends_it_once_and_under_the_same_id(tmp_path: Path, arrived: bool) -> None:
    b = freed(tmp_path)

    def cut(request: Request, handle: Callable[[Request], Response]) -> Response:
        if arrived:
            handle(request)
        raise PowerCut("at the POST")

    b.wire.on("POST", "/v2/orders", cut)
    with pytest.raises(PowerCut):
        b.run(MONITOR, "10:05")
    b.wire.acts = ()
    ink = [line for line in read_lines(b.folder) if line.event == "order_intended"][-1]
    for at in ("10:10", "10:15"):
        b.run(MONITOR, at)
    assert [row.client_order_id for row in b.orders("BBB")] == [ink.data["client_order_id"]]
    assert set(b.state().positions) == {"BBB"}


def test_an_intent_the_broker_had_no_time_for_goes_in_the_next_cycle_under_its_id(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.wire.on("POST", "/v2/orders", answering(429, {}))
    intended = [order.client_order_id for order in again(b.run(MONITOR, "10:05").state)]
    b.wire.acts = ()
    b.run(MONITOR, "10:10")
    assert [row.client_order_id for row in b.orders("BBB")] == intended


def test_an_intent_whose_price_ran_away_waits_and_is_given_up_at_the_session_s_end(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.wire.on("POST", "/v2/orders", answering(429, {}))
    b.run(MONITOR, "10:05")
    b.wire.acts = ()
    stands(b, "BBB", "103.5")
    b.run(MONITOR, "10:10")
    assert b.orders("BBB") == []
    told = b.run(EOD, "16:30")
    assert ([order.status for order in again(told.state)], set(told.state.queue)) == (
        [OrderStatus.WITHDRAWN],
        {"insider/BBB", "insider/CCC"},
    )


@pytest.mark.parametrize(("price", "bought"), [("102.94", True), ("103.2", False), ("97.1", True), ("96.5", False)])
def test_the_ask_must_be_within_three_per_cent_of_the_signal_s_price(tmp_path: Path, price: str, bought: bool) -> None:
    b = freed(tmp_path)
    b.exchange.set_close("BBB", Decimal("101"))
    stands(b, "BBB", price)
    stands(b, "CCC", "110")
    assert (set(b.run(MONITOR, "10:05").state.positions) == {"BBB"}) is bought


@pytest.mark.parametrize(
    ("clock", "day", "bought"),
    [("15:30", None, True), ("15:31", None, False), ("12:30", HALF_DAY, True), ("12:31", HALF_DAY, False)],
)
def test_not_in_the_last_half_hour_of_a_session_half_days_too(
    tmp_path: Path, clock: str, day: date | None, bought: bool
) -> None:
    b = bench(tmp_path, "AAA", "BBB", rules=ONE)
    b.signals.entries = [signal("AAA", 11), signal("BBB", 10)]
    at = (MORNING, "09:35") if day is None else (MORNING, "09:35", day)
    b.run(*at)
    stands(b, "AAA", "90")
    b.run(MONITOR, "12:00", *at[2:])
    assert (set(b.run(MONITOR, clock, *at[2:]).state.positions) == {"BBB"}) is bought


def test_before_five_minutes_into_the_session_nothing_is_redeployed(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.run(EOD, "16:30")
    b.signals.entries = []
    stands(b, "AAA", "90")
    b.run(MONITOR, "09:31", WEDNESDAY)
    assert (b.run(MONITOR, "09:34", WEDNESDAY).state.positions, b.orders("BBB")) == ({}, [])
    assert set(b.run(MONITOR, "09:35", WEDNESDAY).state.positions) == {"BBB"}  # queued yesterday: one session old


def test_a_signal_older_than_one_session_is_dropped_and_not_bought(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.signals.entries = []
    b.run(EOD, "16:30", WEDNESDAY)
    stands(b, "AAA", "90")
    told = b.run(MONITOR, "10:00", date(2026, 2, 5))
    assert [(event.ticker, event.reason) for event in of(told, e.SignalDropped)] == [
        ("BBB", Reason.AGED),
        ("CCC", Reason.AGED),
    ]
    b.run(MONITOR, "10:05", date(2026, 2, 5))
    assert (len(b.orders("BBB")), told.state.queue) == (0, {})


def test_switched_off_nothing_is_redeployed(tmp_path: Path) -> None:
    b = freed(tmp_path, replace(ONE, redeployment=RedeploymentRules(enabled=False)))
    b.run(MONITOR, "10:05")
    assert (b.orders("BBB"), set(b.state().queue)) == ([], {"insider/BBB", "insider/CCC"})


def test_a_halted_desk_redeploys_nothing_and_cancels_one_that_rests(tmp_path: Path) -> None:
    b = freed(tmp_path)
    runs_away(b, "BBB")
    b.run(MONITOR, "10:05")
    b.wire.acts = ()
    b.halt()
    for at in ("10:10", "10:15"):
        b.run(MONITOR, at)
    assert (sides(b, "BBB"), sides(b, "CCC")) == (["buy canceled"], [])


@pytest.mark.parametrize("against", ["gap", "blocked", "held by hand"])
def test_a_queued_signal_is_judged_as_strictly_as_a_new_one(tmp_path: Path, against: str) -> None:
    b = freed(tmp_path)
    match against:
        case "gap":
            b.exchange.set_close("BBB", Decimal("97"))
        case "blocked":
            block(b.desk(), "BBB", "no")
        case "held by hand":
            b.exchange.trade_by_hand("BBB", "buy", Decimal(3))
    told = b.run(MONITOR, "10:05")
    ours = [row for row in b.orders("BBB") if row.client_order_id.startswith("BBB-")]
    assert (ours, set(told.state.positions)) == ([], {"CCC"})


def test_a_queued_symbol_is_asked_about_again_in_the_next_session(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.signals.entries = []
    b.run(EOD, "16:30")
    b.exchange.untradable.add("BBB")
    stands(b, "AAA", "90")
    b.run(MONITOR, "09:35", WEDNESDAY)
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (b.orders("BBB"), set(told.state.positions)) == ([], {"CCC"})


def test_a_second_signal_of_the_same_name_next_morning_takes_the_place_of_the_queued_one(tmp_path: Path) -> None:
    b = full(tmp_path)
    b.run(EOD, "16:30")
    stands(b, "AAA", "90")
    b.signals.entries = [signal("BBB", 12)]
    b.run(MONITOR, "09:31", WEDNESDAY)
    told = b.run(MORNING, "09:35", WEDNESDAY)
    assert (told.state.positions["BBB"].origin, told.state.positions["BBB"].score) == (Origin.SIGNAL, 12)
    assert (set(told.state.queue), again(told.state)) == ({"insider/CCC"}, [])


def test_a_clock_that_stands_still_is_no_reason_to_buy_twice(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.exchange.advance_to(moment("10:05"))
    for _ in range(3):
        b.run(MONITOR)
    assert (len(b.orders("BBB")), b.orders("CCC")) == (1, [])


def test_the_evening_tells_redeployments_apart(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.run(MONITOR, "10:05")
    told = b.run(EOD, "16:30")
    page = session_summary(told.state, "simulated", told.head)
    assert "entries 1 ordered, 1 filled; redeployments 1 ordered, 1 filled" in page
    assert [line for line in page if line.startswith("holds   BBB") and line.endswith("(redeployment)")] != []
