"""Stops resting at the broker, through the real exchange: placed, raised, lost, found, filled while nobody looked."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import Kind, Order, OrderStatus, Purpose, TimeInForce
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, ExitRules, Rules
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import Wish, ask_exit, reconcile
from automated_trading.reports.protection import unguarded
from automated_trading.reports.summary import session_summary
from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, watched
from tests.engine.stage import lay, requests_of, shows, sides, stands
from tests.engine.wire import Act, answering, rewording, then

FRIDAY = date(2026, 2, 6)
AGELESS = Rules(exits=ExitRules(ages=()))
POST, STOP = "/v2/orders", Decimal("92.04")


def guarding(home: Path, *tickers: str, rules: Rules | None = None) -> Bench:
    """A desk that bought 99 shares of each ticker at 100.05 at 09:35, each with its stop at 92.04 at the broker."""
    b = bench(home, *tickers, rules=rules or AGELESS, guarded=True)
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    assert all(at_rest(b, ticker) == [(99, STOP)] for ticker in tickers)
    return b


def at_rest(b: Bench, ticker: str = "AAA") -> list[tuple[Decimal, Decimal | None]]:
    """Every stop the exchange has open in a ticker: shares left and price."""
    rows = [row for row in b.orders(ticker) if row.type == "stop" and not row.status.terminal]
    return [(row.rest, row.stop_price) for row in rows]


def stops(state: State) -> list[Order]:
    return [order for order in state.orders.values() if order.decision.purpose is Purpose.PROTECT]


def of(told: Outcome, kind: type[Any]) -> list[Any]:
    return [event for event in told.events if isinstance(event, kind)]


LET_GO = then(lambda: None)


def only(kind: str, act: Act, otherwise: Act = LET_GO) -> Act:
    """An act on orders of one kind; others go through, or meet another."""

    def choosing(request: Request, handle: Callable[[Request], Response]) -> Response:
        return (act if json.loads(request.body)["type"] == kind else otherwise)(request, handle)

    return choosing


THROUGH = answering(422, {"code": 42210000, "message": "stop price must be less than current price"})
REFUSED = answering(403, {"code": 40310000, "message": "stop orders are not allowed for this account"})


# ---- placed --------------------------------------------------------------------------------------------


def test_a_filled_entry_has_its_stop_at_the_broker_with_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    told = b.run(MONITOR, "09:40")
    (row,) = (row for row in b.orders("AAA") if row.side == "sell")
    assert (row.type, row.time_in_force, row.qty, row.stop_price) == ("stop", "gtc", 99, STOP)
    (order,) = stops(told.state)
    assert (order.kind, order.time_in_force, order.status) == (Kind.STOP, TimeInForce.GTC, OrderStatus.ACCEPTED)
    assert order.client_order_id == row.client_order_id
    assert told.said.endswith("1 position held, none to sell; stops at the broker: AAA 92.04")
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:45"))
    assert ([one for one in asked if not one.startswith("GET")], len(asked)) == ([], 7)


def test_it_waits_for_a_buy_that_still_rests_and_is_for_what_that_bought(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True, rules=AGELESS, partial_fill_rate=Decimal(1))
    b.wire.on("POST", POST, then(lambda: b.exchange.halt_symbol("AAA")))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    b.exchange.unhalt("AAA")
    b.exchange.match()
    stands(b, "AAA", "150")  # a part was bought, the rest runs away
    state = b.run(MONITOR, "09:40").state
    bought = state.positions["AAA"].qty
    assert 0 < bought < 99
    assert (at_rest(b), unguarded(state, b.run(MONITOR, "09:41").market, b.rules)[0][1]) == ([], Reason.ENTRY_OPEN)
    told = b.run(MONITOR, "10:05")
    assert [event.reason for event in of(told, e.CancelIntended)] == [Reason.ENTRY_TIMEOUT]
    assert [qty for qty, _ in at_rest(b)] == [bought]  # the cancel was confirmed in this very run


@pytest.mark.parametrize("shut", ["closed", "disabled"])
def test_none_is_placed_on_a_closed_market_or_under_the_kill_switch_and_it_is_named(tmp_path: Path, shut: str) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.switch_off(shut == "disabled")
    told = b.run(MONITOR, "17:00" if shut == "closed" else "09:40")
    assert at_rest(b) == []
    why = Reason.NO_STOP_YET if shut == "closed" else Reason.TRADING_DISABLED
    assert [(symbol, reason) for symbol, reason, _ in unguarded(told.state, told.market, b.rules)] == [("AAA", why)]
    b.switch_off(off=False)
    b.run(MONITOR, "09:45", WEDNESDAY)
    assert len(at_rest(b)) == 1


def test_a_halted_desk_still_protects(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.halt()
    told = b.run(MONITOR, "09:40")
    assert (told.state.halted, at_rest(b)) == (True, [(99, STOP)])
    assert b.run(MONITOR, "09:45").state.halted
    assert at_rest(b) == [(99, STOP)]


def test_nothing_is_placed_in_a_session_s_last_five_seconds(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.run(MONITOR, "15:59:56")
    assert at_rest(b) == []


def test_where_the_monitor_alone_is_to_watch_stops_are_taken_back(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    b.rules = watched(b.rules)
    told = b.run(MONITOR, "09:45")
    assert [event.reason for event in of(told, e.CancelIntended)] == [Reason.MONITOR_ONLY]
    assert at_rest(b) == []
    b.run(MONITOR, "09:50")
    assert at_rest(b) == []


# ---- raised --------------------------------------------------------------------------------------------


def test_it_follows_the_desk_s_own_stop_up_in_steps_cancelled_and_confirmed_before_the_new_one(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    stands(b, "AAA", "110")
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:45"))
    own = told.state.positions["AAA"].stop
    assert at_rest(b) == [(99, own)]
    assert own > STOP
    verbs = [one for one in asked if one.startswith(("DELETE", "POST")) or "/v2/orders/" in one]
    assert [verb.split()[0] for verb in verbs] == ["DELETE", "GET", "POST"]
    stands(b, "AAA", "110.5")
    b.run(MONITOR, "09:50")
    assert b.state().positions["AAA"].stop > own
    assert at_rest(b) == [(99, own)]  # not a step yet
    stands(b, "AAA", "112")
    b.run(MONITOR, "09:55")
    assert at_rest(b) == [(99, b.state().positions["AAA"].stop)]


def test_a_cancel_that_is_not_confirmed_is_waited_for(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.stall_cancel(row.id, moment("09:59"))
    stands(b, "AAA", "110")
    b.run(MONITOR, "09:45")
    assert len(at_rest(b)) == 1
    assert [order.status for order in stops(b.state())] == [OrderStatus.ACCEPTED]
    b.run(MONITOR, "10:00")
    assert at_rest(b) == [(99, b.state().positions["AAA"].stop)]


def test_a_cancel_that_loses_to_a_fill_was_the_sale_and_nothing_is_sold_twice(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.lose_cancel(row.id)
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "09:45")
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["protective_stop"]
    assert (sides(b, "AAA"), told.state.positions) == (["buy filled", "sell filled"], {})


def test_a_cancel_that_loses_to_part_of_a_fill_leaves_the_rest_to_the_exit(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.lose_cancel(row.id, Decimal(40))
    ask_exit(b.desk(), "AAA")
    b.run(MONITOR, "09:45")
    sold = [row.filled_qty for row in b.orders("AAA") if row.side == "sell"]
    assert (sold, b.state().positions) == ([40, 59], {})
    assert b.exchange.ledger.held("AAA") == 0


def test_an_exit_waits_for_a_cancel_that_is_slow(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.stall_cancel(row.id, moment("09:59"))
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "09:45")
    assert (of(told, e.OrderIntended), len(at_rest(b))) == ([], 1)
    assert (told.exit_code, told.problems) == (4, ("AAA: its cancel is not confirmed yet",))
    told = b.run(MONITOR, "10:00")
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["owner_exit"]


# ---- before another order ------------------------------------------------------------------------------


def test_a_sale_goes_behind_the_confirmed_cancel_of_the_stop(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    ask_exit(b.desk(), "AAA")
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:45"))
    verbs = [one.split()[0] for one in asked if one.startswith(("DELETE", "POST"))]
    assert verbs == ["DELETE", "POST"]
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["owner_exit"]
    assert sides(b, "AAA") == ["buy filled", "sell canceled", "sell filled"]


def test_the_limit_sell_of_an_undecided_stop_takes_it_back_and_it_returns_when_prices_agree(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    for clock in ("09:45", "09:50", "09:55"):
        shows(b, "AAA", bid="80", ask="95", last="96")  # the venue takes no notice of a trade outside the quote
        told = b.run(MONITOR, clock)
    assert told.state.undecided == {"AAA": 3}
    kinds = [(row.type, row.status.value) for row in b.orders("AAA") if row.side == "sell"]
    assert kinds == [("stop", "canceled"), ("limit", "new")]
    stands(b, "AAA", "94")
    told = b.run(MONITOR, "10:00")
    assert [(event.client_order_id.split("-")[3], event.reason) for event in of(told, e.CancelIntended)] == [
        ("150000", Reason.STOP_DECIDED)
    ]
    assert at_rest(b) == [(99, STOP)]


# ---- through the stop ----------------------------------------------------------------------------------


def test_refused_because_the_price_is_through_it_the_position_is_sold_in_the_same_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.on("POST", POST, only("stop", then_falls(b)))
    told = b.run(MONITOR, "09:40")
    refused = of(told, e.OrderRefused)
    assert [event.through for event in refused] == [True]
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["through_stop"]
    assert (told.state.failures, told.state.through, b.exchange.ledger.held("AAA")) == (0, {}, 0)
    assert "through the stop already: AAA" in told.said


def then_falls(b: Bench) -> Act:
    """The price falls through the stop while it is on its way."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        stands(b, "AAA", "90")
        return handle(request)

    return act


def test_a_crash_behind_that_refusal_still_sells_with_the_next_run_whatever_the_price_is_then(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    wait = only("stop", THROUGH, otherwise=answering(429, {"message": "wait"}))
    b.wire.on("POST", POST, wait)
    told = b.run(MONITOR, "09:40")
    assert told.state.through == {"AAA": STOP}
    b.wire.acts = ()
    told = b.run(MONITOR, "09:45")
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["through_stop"]


def test_one_bad_print_at_the_stop_asks_nobody_and_sells_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    shows(b, "AAA", bid="99.9", ask="100", last="80")
    told = b.run(MONITOR, "09:40")
    assert (b.asked("POST"), told.state.through) == (1, {})
    assert unguarded(told.state, told.market, b.rules)[0][1] is Reason.PRICE_AT_STOP


def test_any_other_refusal_is_a_failure_once_and_named_and_the_desk_s_own_stop_still_sells(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.on("POST", POST, only("stop", REFUSED))
    told = b.run(MONITOR, "09:40")
    assert (told.state.failures, len(of(told, e.OrderRefused))) == (1, 1)
    told = b.run(MONITOR, "09:45")
    assert (told.state.failures, len(stops(told.state))) == (1, 1)
    assert unguarded(told.state, told.market, b.rules) == [
        (
            "AAA",
            Reason.STOP_REFUSED,
            "The broker refused the stop; it is not asked again this session. "
            "(stop orders are not allowed for this account)",
        )
    ]
    stands(b, "AAA", "90")
    assert [event.trade.reason for event in of(b.run(MONITOR, "09:50"), e.PositionClosed)] == ["stop_loss"]


# ---- lost answers --------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_by_its_id_in_the_same_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", POST))
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, len(at_rest(b)), b.asked("POST")) == (0, 1, 2)
    assert [order.status for order in stops(told.state)] == [OrderStatus.ACCEPTED]


def test_a_lost_request_is_settled_first_by_the_next_run_and_holds_no_exit_back(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", POST))
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, [order.status for order in stops(told.state)]) == (4, [OrderStatus.UNCLEAR])
    ask_exit(b.desk(), "AAA")
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:45"))
    assert [one.split()[0] for one in asked if one.startswith(("POST", "DELETE"))] == ["POST", "DELETE", "POST"]
    assert [event.trade.reason for event in of(told, e.PositionClosed)] == ["owner_exit"]


def test_a_stop_without_an_answer_that_keeps_nothing_back_goes_behind_the_sales(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.on("POST", POST, answering(504, {"message": "gone"}))
    b.run(MONITOR, "09:40")
    b.wire.acts = ()
    ask_exit(b.desk(), "BBB")
    asked = [order.client_order_id for order in stops(b.state())]
    b.run(MONITOR, "09:45")
    kinds = [(row.symbol, row.side, row.type) for row in b.orders()][2:]
    assert kinds == [("BBB", "sell", "stop"), ("BBB", "sell", "market"), ("AAA", "sell", "stop")]
    assert [order.client_order_id for order in stops(b.state())] == asked


def test_a_lost_stop_the_price_has_gone_through_is_given_up_and_the_position_sold(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", POST))
    b.run(MONITOR, "09:40")
    stands(b, "AAA", "90")
    told = b.run(MONITOR, "09:45")
    assert [order.status for order in stops(told.state)] == [OrderStatus.REFUSED]
    assert (told.state.positions, told.state.failures, told.exit_code) == ({}, 0, 0)
    assert b.exchange.ledger.held("AAA") == 0


def test_a_lost_stop_found_through_makes_a_sale_at_the_market_of_one_under_a_limit(tmp_path: Path) -> None:
    """Seen red when: what is to be sold was decided before that answer, and a limit far off rested in its place."""
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    gone = answering(504, {"message": "gone"})
    for clock, answer in (("09:40", gone), ("09:45", gone), ("09:50", gone), ("09:55", THROUGH)):
        b.wire.on("POST", POST, only("stop", answer))
        told = b.run(MONITOR, clock)
        shows(b, "AAA", bid="80", ask="95", last="96")
    assert [order.status for order in stops(told.state)] == [OrderStatus.REFUSED]
    sells = [(row.type, row.limit_price) for row in b.orders("AAA") if row.side == "sell"]
    assert sells == [("market", None)]


def test_an_unclear_stop_refused_for_another_reason_stays_unclear(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", POST))
    b.run(MONITOR, "09:40")
    b.wire.on("POST", POST, REFUSED)
    told = b.run(MONITOR, "09:45")
    assert [(order.status, bool(order.doubted)) for order in stops(told.state)] == [(OrderStatus.UNCLEAR, True)]
    b.wire.acts = ()
    assert [order.status for order in stops(b.run(MONITOR, "09:50").state)] == [OrderStatus.ACCEPTED]


def test_a_stop_that_arrives_late_is_found_and_taken_for_ours(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    late: list[Callable[[], Response]] = []

    def delayed(request: Request, handle: Callable[[Request], Response]) -> Response:
        late.append(lambda: handle(request))
        return answering(504, {})(request, handle)

    b.wire.on("POST", POST, only("stop", delayed))
    b.run(MONITOR, "09:40")
    b.wire.acts = ()
    late[0]()
    told = b.run(MONITOR, "09:45")
    assert ([order.status for order in stops(told.state)], len(at_rest(b))) == ([OrderStatus.ACCEPTED], 1)


def test_an_unclear_stop_is_withdrawn_behind_its_session_and_the_next_has_its_own(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", guarded=True)
    b.run(MORNING, "09:35")
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", POST))
    b.run(MONITOR, "15:55")
    assert b.run(EOD, "16:30").exit_code == 0
    b.run(MONITOR, "09:40", WEDNESDAY)
    assert [order.status for order in stops(b.state())] == [OrderStatus.WITHDRAWN, OrderStatus.ACCEPTED]
    assert len(at_rest(b)) == 1


# ---- while nobody looks --------------------------------------------------------------------------------


def test_a_week_with_a_dead_monitor_was_protected_and_wednesday_s_fill_is_wednesday_s_on_friday(
    tmp_path: Path,
) -> None:
    """Seen red when: `book` took the session in which a fill is heard, or the one its stop was decided in."""
    b = guarding(tmp_path, "AAA", "BBB", rules=Rules(exits=ExitRules(ages=()), caps=Caps(max_positions=2)))
    b.run(EOD, "16:30")
    before = b.state()
    b.exchange.advance_to(moment("11:00", WEDNESDAY))
    stands(b, "AAA", "91")
    b.exchange.advance_to(moment("12:00", WEDNESDAY))
    assert b.exchange.ledger.held("AAA") == 0  # nobody of ours was there
    b.exchange.advance_to(moment("09:40", FRIDAY))
    told = b.run(MONITOR, "09:40", FRIDAY)
    (trade,) = (event.trade for event in of(told, e.PositionClosed))
    assert (trade.session, trade.reason, trade.symbol) == (WEDNESDAY, "protective_stop", "AAA")
    assert trade.realised < 0
    state = told.state
    assert (state.day.session, state.day.realised, state.day.sold, state.day.closed) == (FRIDAY, 0, 0, ())
    assert (state.day.late, state.sold) == ((trade,), {"AAA": WEDNESDAY})
    assert state.losses == (*before.losses, trade.loss)
    assert state.day.stopped == {}
    assert at_rest(b, "BBB") == [(99, STOP)]
    told = b.run(EOD, "16:30", FRIDAY)
    assert told.state.day.figures is not None
    assert told.state.day.figures.realised == 0
    page = session_summary(told.state, "simulated", told.head)
    assert [line.split()[:2] for line in page if line.startswith("late")] == [["late", "AAA"]]
    assert told.state.cash == b.exchange.ledger.cash
    assert told.state.halts == {}


def test_a_stop_filled_and_heard_in_its_session_is_that_session_s_and_frees_room(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.advance_to(moment("10:00", WEDNESDAY))
    stands(b, "AAA", "91")
    told = b.run(MONITOR, "10:05", WEDNESDAY)
    (trade,) = told.state.day.closed
    assert (trade.session, trade.reason, told.state.day.late) == (WEDNESDAY, "protective_stop", ())
    assert told.state.day.realised == trade.realised < 0
    assert told.state.day.stopped == {"insider": told.state.day.sold}
    assert told.state.day.sold > 0


def test_an_old_stop_s_end_is_kept_a_week_so_that_late_news_find_it(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    far = date(2026, 3, 2)
    b.exchange.advance_to(moment("10:00", far))
    stands(b, "AAA", "91")
    b.run(MONITOR, "10:05", far)
    b.run(MONITOR, "10:05", date(2026, 3, 3))
    assert [order.ended_in for order in stops(b.state())] == [far]
    b.run(MONITOR, "10:05", date(2026, 3, 12))
    assert stops(b.state()) == []
    assert b.state().positions == {}


def test_a_stop_that_expires_after_ninety_days_is_placed_anew(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    b.run(MONITOR, "10:00", date(2026, 5, 5))  # 91 days on
    assert [row.status.value for row in b.orders("AAA") if row.type == "stop"] == ["expired", "new"]


def test_a_stop_cancelled_by_hand_is_placed_anew_by_the_next_run(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.cancel(row.id)
    b.run(MONITOR, "09:45")
    assert at_rest(b) == [(99, STOP)]
    assert len(stops(b.state())) == 2


def test_a_stop_the_broker_moved_is_followed(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.put(replace(row, stop_price=Decimal("91.5")))
    told = b.run(MONITOR, "09:45")
    assert [(event.stop_price, event.mismatch) for event in of(told, e.OrderAmended)] == [
        (Decimal("91.5"), "stop 92.04 became 91.5")
    ]
    assert [order.stop_price for order in stops(told.state)] == [Decimal("91.5")]
    successor = b.exchange.replace_order(row.id)
    told = b.run(MONITOR, "09:50")
    (order,) = stops(told.state)
    assert (order.broker_id, order.status, order.stop_price) == (successor.id, OrderStatus.ACCEPTED, Decimal("91.5"))


def test_an_answer_that_leaves_its_price_out_moves_nothing(tmp_path: Path) -> None:
    """Seen red when: no price counted as zero, and every run took the stop back to raise it."""
    b = guarding(tmp_path, "AAA")
    unpriced = rewording(lambda rows: [{**row, "stop_price": None} for row in rows])
    b.wire.on("GET", "/v2/orders", lambda one, handle: (unpriced if one.path == "/v2/orders" else LET_GO)(one, handle))
    told = b.run(MONITOR, "09:45")
    assert (of(told, e.OrderAmended), b.asked("DELETE"), at_rest(b)) == ([], 0, [(99, STOP)])


def test_after_a_lost_folder_the_stop_is_taken_back_and_stays(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    shutil.rmtree(b.folder)
    told = b.run(MONITOR, "09:45")
    (order,) = stops(told.state)
    assert (order.reason, order.time_in_force, order.kind) == ("taken_back", TimeInForce.GTC, Kind.STOP)
    assert (order.stop_price, told.state.positions["AAA"].qty, at_rest(b)) == (STOP, 99, [(99, STOP)])
    assert b.asked("POST") == 2
    b.run(MONITOR, "09:50")
    assert at_rest(b) == [(99, STOP)]


# ---- the owner's hand ----------------------------------------------------------------------------------


def test_a_position_adopted_has_its_stop_with_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path, guarded=True)
    lay(b, "CCC")
    b.exchange.advance_to(moment("09:35"))
    b.exchange.trade_by_hand("CCC", "buy", Decimal(30))
    b.run(MONITOR, "09:40")
    assert at_rest(b, "CCC") == []
    reconcile(b.desk(), Wish(adopt=("CCC",)))
    told = b.run(MONITOR, "09:45")
    assert at_rest(b, "CCC") == [(30, told.state.positions["CCC"].stop)]


def test_a_split_leaves_it_alone_until_it_is_settled_and_then_it_is_for_the_new_shares(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.split("AAA", Decimal(2))  # the venue cancels what rests
    b.run(MONITOR, "09:40", WEDNESDAY)
    assert (at_rest(b), b.state().positions["AAA"].qty) == ([], 99)
    assert unguarded(b.state(), None, b.rules)[0][1] is Reason.FROZEN
    reconcile(b.desk(), Wish(adopt=("AAA",)))
    told = b.run(MONITOR, "09:45", WEDNESDAY)
    assert at_rest(b) == [(198, told.state.positions["AAA"].stop)]
    assert sides(b, "AAA").count("sell filled") == 0


def test_shares_bought_by_hand_beside_a_resting_stop_are_adopted_and_the_stop_grows(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    held = b.exchange.ledger.positions["AAA"]
    b.exchange.ledger.positions["AAA"] = replace(held, qty=held.qty + 11)  # a transfer: by hand it were a wash trade
    b.run(MONITOR, "09:45")
    assert at_rest(b) == [(99, STOP)]  # in dispute, and still guarded
    reconcile(b.desk(), Wish(adopt=("AAA",)))
    b.run(MONITOR, "09:50")
    assert [qty for qty, _ in at_rest(b)] == [110]


def test_a_position_forgotten_has_its_stop_taken_back(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    reconcile(b.desk(), Wish(forget=("AAA",)))
    told = b.run(MONITOR, "09:45")
    assert (at_rest(b), told.state.positions) == ([], {})
    assert [order.cancelling for order in stops(told.state)] == ["position_gone"]


def test_under_the_kill_switch_it_stays_and_the_position_is_not_called_unprotected(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA")
    b.switch_off()
    told = b.run(MONITOR, "09:45")
    assert at_rest(b) == [(99, STOP)]
    assert "UNPROTECTED" not in told.said


# ---- cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("positions", [10, 120])
def test_at_rest_a_monitor_asks_no_more_for_many_stops_than_for_few(tmp_path: Path, positions: int) -> None:
    """Seen red when: `_since` went back to today alone, and each stop was looked up."""
    tickers = [f"A{first}{second}" for first in "ABCDEFGHIJKL" for second in "ABCDEFGHIJ"][:positions]
    caps = Caps(max_positions=200, max_entries_per_day=200, max_position=Decimal("0.004"))
    b = bench(tmp_path, *tickers, guarded=True, rules=Rules(caps=caps, exits=ExitRules(ages=())))
    for minute in range(35, 59, 3):  # twenty symbols are asked about in a run
        b.run(MORNING, f"09:{minute}")
    b.run(MONITOR, "10:00")
    b.signals.entries = None
    far = date(2026, 3, 2)
    b.run(MONITOR, "10:00", far)
    assert len([row for row in b.orders() if row.type == "stop" and not row.status.terminal]) == positions
    told, asked = requests_of(b, lambda: b.run(MONITOR, "10:05", far))
    assert (told.exit_code, len(asked)) == (0, 7), asked


def test_a_run_that_cancels_and_sells_and_places_flushes_no_more_than_it_may(tmp_path: Path) -> None:
    b = guarding(tmp_path, "AAA", "BBB")
    ask_exit(b.desk(), "AAA")
    stands(b, "BBB", "110")
    with patch.object(os, "fsync", wraps=os.fsync) as flush:
        b.run(MONITOR, "09:45")
    assert flush.call_count <= 4
    assert (sides(b, "AAA"), len(at_rest(b, "BBB"))) == (["buy filled", "sell canceled", "sell filled"], 1)
