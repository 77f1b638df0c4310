"""When room that came free in session is used again: every condition one step either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from automated_trading.decisions.redeployment import candidates, decide, freed, spent, waiting, why_not
from automated_trading.decisions.refusals import Case
from automated_trading.domain.events import CancelIntended, OrderEnded, OrderIntended
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import EntryTerms, Order, OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from tests.builders import (
    BOOK,
    RULES,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_decision,
    a_fill,
    a_position,
    a_price,
    a_sell,
    a_session,
    a_signal,
    a_state,
    after,
    an_account,
    resting,
    unclear,
)
from tests.decisions.freed_room import MARKET, OTHER, SHARED, again, bought, desk, orders, queue, sale

# ---- the order -----------------------------------------------------------------------------------------------------


def test_a_queued_signal_is_bought_with_the_room_a_sale_set_free() -> None:
    (order,) = orders(desk(waits=queue(a_signal(tier="tier1", sector="Tech"))))
    assert order.decision == replace(a_decision(), purpose=Purpose.REDEPLOY)
    assert (order.qty, order.limit_price, order.reason) == (995, D("10.05"), "redeployment")
    assert order.terms == EntryTerms(D("0.12"), "tier1", D(8), "Tech")
    assert "-120000-" in order.client_order_id


def test_nothing_is_bought_where_nothing_waits_or_the_routine_may_not_redeploy() -> None:
    assert bought(desk(waits={})) == []
    assert bought(desk(), replace(MARKET, redeploying=False)) == []


def test_the_best_score_comes_first_and_it_is_one_a_day() -> None:
    signals = [a_signal("AAA", "7"), a_signal("BBB", "12"), a_signal("CCC", "9")]
    assert bought(desk(waits=queue(*signals))) == ["BBB"]
    assert [one.signal.ticker for one in waiting(desk(waits=queue(*signals)), MARKET, BOOK)] == ["BBB", "CCC", "AAA"]


def test_of_equal_scores_the_ticker_decides() -> None:
    assert bought(desk(waits=queue(a_signal("CCC"), a_signal("BBB")))) == ["BBB"]


def test_a_better_signal_that_something_speaks_against_leaves_the_room_to_the_next_and_goes_on_waiting() -> None:
    state = desk(waits=queue(a_signal("AAA", "12"), a_signal("BBB")), blocked={"AAA": "by hand"})
    assert bought(state) == ["BBB"]
    assert len(after(state, *decide(state, MARKET, RULES, BOOK)).queue) == 2


# ---- what the price must be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "buys"),
    [("10.29", True), ("10.30", True), ("10.31", False), ("9.71", True), ("9.70", True), ("9.69", False)],
)
def test_the_ask_must_be_within_three_per_cent_of_the_signals_price_to_the_tick(ask: str, buys: bool) -> None:
    market = replace(MARKET, prices={"AAA": a_price(ask, ask, ask)}, closes={"AAA": D(ask)})
    assert bought(desk(), market) == (["AAA"] if buys else [])
    reason = why_not(Case(desk(), market, RULES, BOOK), a_signal())
    assert (reason is None) if buys else (reason is not None and reason[0] is Reason.OFF_SIGNAL_PRICE)


# ---- how much must have come free ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "dollars", "buys"),
    [
        ("100000", "99.99", False),
        ("100000", "100", True),
        ("2000", "99.99", False),
        ("2000", "100.00", True),
        ("1990", "99.49", False),
        ("1990", "99.50", True),
        ("1000", "49.99", False),
        ("1000", "50", True),
    ],
    ids=lambda value: str(value),
)
def test_what_came_free_must_be_a_hundred_dollars_or_half_a_slot_if_that_is_less(
    equity: str, dollars: str, buys: bool
) -> None:
    market = replace(MARKET, account=an_account(equity))
    assert bought(desk(sale(dollars)), market) == (["AAA"] if buys else [])


@pytest.mark.parametrize(("dollars", "buys"), [("29.99", False), ("30", True)])
def test_half_a_slot_is_the_books_own(dollars: str, buys: bool) -> None:
    market = replace(MARKET, account=an_account("1000"))
    assert bought(desk(sale(dollars)), market, SHARED) == (["AAA"] if buys else [])


def test_where_a_slot_is_nothing_still_nothing_is_bought_with_nothing() -> None:
    rules = replace(RULES, redeployment=replace(RULES.redeployment, least_slot=ZERO))
    assert bought(desk(a_position("BBB")), MARKET, rules) == []
    assert bought(desk(sale("0.01")), MARKET, rules) == ["AAA"]


ENDED = a_buy("EEE", limit="10", qty="20", status=OrderStatus.EXPIRED)
FREED = [
    ("a sale", sale("300"), "300"),
    ("a sale filled in part so far", replace(resting(a_sell("EEE")), filled_qty=D(3), filled_value=D(30)), "30"),
    ("a sale that rests", resting(a_sell("EEE")), "0"),
    ("an entry that expired", ENDED, "200"),
    ("an entry that was cancelled", replace(ENDED, status=OrderStatus.CANCELLED), "200"),
    ("an entry the exchange rejected", replace(ENDED, status=OrderStatus.REJECTED), "200"),
    ("an entry the broker refused", replace(ENDED, status=OrderStatus.REFUSED), "0"),
    ("an entry that never arrived", replace(ENDED, status=OrderStatus.WITHDRAWN), "0"),
    ("the rest of an entry", replace(ENDED, filled_qty=D(15), filled_value=D(150)), "50"),
    ("an entry that filled", replace(ENDED, status=OrderStatus.FILLED, filled_qty=D(20), filled_value=D(200)), "0"),
    ("an entry that rests", resting(a_buy("EEE")), "0"),
    ("an unclear entry", unclear(a_buy("EEE")), "0"),
    ("a sale of yesterday", sale("300", day=YESTERDAY), "0"),
    ("an entry of yesterday", a_buy("EEE", day=YESTERDAY, status=OrderStatus.EXPIRED), "0"),
    ("another book's sale", sale("300", book=OTHER), "0"),
    ("a redeployment that ended unfilled", again("EEE", status=OrderStatus.EXPIRED), "0"),
    ("a redeployment that rests", resting(again("EEE", qty="4")), "-40"),
    ("a redeployment that filled", again("EEE", status=OrderStatus.FILLED, filled_qty=D(4), filled_value=D(41)), "-41"),
]


@pytest.mark.parametrize(("row", "dollars"), [row[1:] for row in FREED], ids=[row[0] for row in FREED])
def test_what_this_session_set_free(row: Order, dollars: str) -> None:
    assert freed(a_state(row), BOOK) == D(dollars)


# ---- how old the signal may be -------------------------------------------------------------------------------------

MONDAY, FRIDAY, THURSDAY = date(2026, 7, 13), date(2026, 7, 10), date(2026, 7, 9)


@pytest.mark.parametrize(
    ("queued", "today", "previous", "buys"),
    [
        (TODAY, TODAY, YESTERDAY, True),
        (YESTERDAY, TODAY, YESTERDAY, True),
        (MONDAY, TODAY, YESTERDAY, False),
        (FRIDAY, MONDAY, FRIDAY, True),
        (THURSDAY, MONDAY, FRIDAY, False),
    ],
    ids=["today", "the session before", "the one before that", "over a weekend", "thursday's on a monday"],
)
def test_a_queued_signal_may_be_one_session_old(queued: date, today: date, previous: date, buys: bool) -> None:
    state = desk(sale(day=today), waits=queue(a_signal(), session=queued))
    state = replace(state, day=replace(state.day, session=today))
    market = replace(MARKET, session=a_session(today), previous=a_session(previous))
    assert bought(state, market) == (["AAA"] if buys else [])


def test_a_queued_signal_is_no_staler_for_having_waited_a_night() -> None:
    old = a_signal(generated=a_session(YESTERDAY).opens)
    assert bought(desk(waits=queue(old, session=YESTERDAY))) == ["AAA"]


# ---- once a day ----------------------------------------------------------------------------------------------------

DONE = [
    ("intended", again("BBB"), 1),
    ("unclear", unclear(again("BBB")), 1),
    ("resting", resting(again("BBB")), 1),
    ("filled", again("BBB", status=OrderStatus.FILLED, filled_qty=D(10), filled_value=D(100)), 1),
    ("filled in part and ended", again("BBB", status=OrderStatus.EXPIRED, filled_qty=D(1), filled_value=D(10)), 1),
    ("expired", again("BBB", status=OrderStatus.EXPIRED), 0),
    ("cancelled", again("BBB", status=OrderStatus.CANCELLED), 0),
    ("refused", again("BBB", status=OrderStatus.REFUSED), 0),
    ("withdrawn", again("BBB", status=OrderStatus.WITHDRAWN), 0),
    ("another book's", unclear(again("BBB", book=OTHER)), 1),
    ("yesterday's", again("BBB", day=YESTERDAY, status=OrderStatus.FILLED, filled_qty=D(1), filled_value=D(9)), 0),
    ("an entry", unclear(a_buy("BBB")), 0),
]


@pytest.mark.parametrize(("row", "count"), [row[1:] for row in DONE], ids=[row[0] for row in DONE])
def test_f10_one_a_day_counts_what_filled_rests_or_may_rest_and_not_what_ended_unfilled(row: Order, count: int) -> None:
    state = desk(sale(), row)
    assert spent(state, MARKET) == count
    assert bought(state) == ([] if count else ["AAA"])
    assert candidates(state, MARKET, RULES) == ([] if count else ["AAA"])


def test_how_many_a_day_is_a_rule() -> None:
    twice = replace(RULES, redeployment=replace(RULES.redeployment, per_day=2))
    never = replace(RULES, redeployment=replace(RULES.redeployment, per_day=0))
    assert bought(desk(sale(), resting(again("BBB"))), MARKET, twice) == ["AAA"]
    assert bought(desk(), MARKET, never) == []


# ---- how long it waits ---------------------------------------------------------------------------------------------


def test_f10_a_signal_waits_until_its_order_fills_and_is_tried_again_under_a_new_id() -> None:
    state = desk()
    (first,) = orders(state)
    sent = after(state, OrderIntended(first))
    assert (list(sent.queue), bought(sent)) == ([f"{BOOK}/AAA"], [])
    ended = after(sent, OrderEnded(first.client_order_id, OrderStatus.EXPIRED))
    (second,) = orders(ended)
    assert (second.symbol, second.decision.generation) == ("AAA", 1)
    assert after(sent, a_fill(first, "1", "10")).queue == {}


def test_an_order_on_its_way_out_still_counts() -> None:
    order = resting(again())
    leaving = after(desk(sale(), order), CancelIntended(order.client_order_id, Reason.ENTRY_TIMEOUT))
    assert bought(leaving) == []


def test_tomorrow_the_room_of_today_is_forgotten() -> None:
    state = replace(desk(), day=replace(desk().day, session=TOMORROW))
    assert bought(state, replace(MARKET, session=a_session(TOMORROW), previous=a_session())) == []
    assert freed(state, BOOK) == Decimal(0)
