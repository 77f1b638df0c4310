"""A run in one line: what stands in the way first, then what was done, or why nothing was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automated_trading.decisions.routines import Routine
from automated_trading.domain import events as e
from automated_trading.domain.market import Market
from automated_trading.domain.orders import OrderStatus, Purpose
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import Difference, Halt, LoggedEvent, State
from automated_trading.reports.run_line import run_line
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    D,
    a_buy,
    a_fill,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_signal,
    a_state,
    an_activity,
    an_id,
    an_outside_order,
    ny,
    resting,
)

BUY = an_id()
ORDERED = e.OrderAccepted(BUY, "b1", D(10), D(10), NOW)
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D("9.2"), D(-8), "stop_loss", NOW, NOW)
HALTED = {Reason.OWNER: Halt("stop", NOW), Reason.DAY_LOSS: Halt("loss", NOW, TODAY)}


def line(
    *events: LoggedEvent, market: Market | None = None, state: State | None = None, routine: Routine = Routine.MORNING
) -> str:
    return run_line(routine, events, market or a_market([a_signal()]), state or a_state(), RULES)


def listed(signals: SignalList) -> Market:
    return replace(a_market(), signals=signals)


REFUSED = e.SignalRefused(BOOK, TODAY, "AAA", Reason.LOW_SCORE, "5 < 6")
NO_QUOTE = e.SignalNotYet(BOOK, TODAY, "BBB", Reason.NO_QUOTE, "")
BLOCKED = e.SignalNotYet(BOOK, TODAY, "BBB", Reason.ACCOUNT_BLOCKED, "trading blocked")
FULL = e.SignalQueued(BOOK, TODAY, a_signal("CCC"), Reason.MAX_POSITIONS, "", NOW)


@pytest.mark.parametrize(
    ("events", "market", "why"),
    [
        ((), listed(SignalList(missing=Reason.NO_FILE)), "there is no signals file yet; no position"),
        ((), listed(SignalList(broken="not JSON")), "the signals file cannot be used: not JSON"),
        ((), a_market(), "the signals file holds no usable signal; no position"),
        ((), a_market([a_signal()]), "no new signal; no position"),
        ((REFUSED,), None, "1 refused (AAA low_score)"),
        ((NO_QUOTE,), None, "1 not yet (BBB no_quote)"),
        ((BLOCKED,), None, "1 not yet (BBB account_blocked)"),
        ((FULL,), None, "1 queued (CCC max_positions)"),
        (
            (REFUSED, NO_QUOTE, NO_QUOTE, FULL),
            None,
            "1 queued (CCC max_positions); 2 not yet (BBB no_quote, BBB no_quote); 1 refused (AAA low_score)",
        ),
        ((e.OrderIntended(a_buy()), e.OrderUnsent(BUY, 1, "no line")), None, "1 not sent (AAA)"),
        ((e.OrderIntended(a_buy()), e.OrderRefused(BUY, 403, "no")), None, "1 refused by the broker (AAA)"),
    ],
)
def test_a_morning_that_traded_nothing_says_why_in_one_line(
    events: tuple[LoggedEvent, ...], market: Market | None, why: str
) -> None:
    assert line(*events, market=market) == f"nothing traded: {why}"


@pytest.mark.parametrize(
    ("routine", "market", "why"),
    [
        (
            Routine.MORNING,
            a_market(now=ny("12:00")),
            "morning is due from 09:35 to 12:00 New York on a session day; it is Wed 2026-07-15 12:00",
        ),
        (Routine.MONITOR, a_market(is_open=False), "the market is closed (Wed 2026-07-15 10:00 New York)"),
        (Routine.MONITOR, a_market(opening=False), "no signals are due; no position"),
    ],
)
def test_a_run_at_the_wrong_time_or_with_nothing_to_do_says_so(routine: Routine, market: Market, why: str) -> None:
    assert line(market=market, routine=routine) == f"nothing traded: {why}"


def test_a_halted_run_names_its_halts_first() -> None:
    told = line(state=a_state(halts=HALTED))
    assert told.startswith("HALTED, nothing opens (day_loss, owner); nothing traded: ")


def test_a_disabled_run_names_what_it_leaves_alone() -> None:
    state = a_state(a_position(), resting(a_buy("BBB")))
    told = line(state=state, market=a_market(disabled="TRADING_ENABLED=false"))
    assert told.startswith("TRADING DISABLED, nothing is sent (TRADING_ENABLED=false)")
    assert "; resting buys: BBB; UNPROTECTED: AAA; nothing traded: " in told


@pytest.mark.parametrize(("seconds", "told"), [(5, False), (6, True), (-6, True)])
def test_a_clock_more_than_five_seconds_off_is_reported(seconds: int, told: bool) -> None:
    said = line(market=a_market(skew=timedelta(seconds=seconds)))
    assert said.startswith(f"this machine's clock is {seconds:+d} s off the broker's; ") is told


def test_a_position_whose_stop_could_not_be_judged_is_named() -> None:
    told = line(state=a_state(a_position()), market=a_market(prices={}), routine=Routine.MONITOR)
    assert told.startswith("stop NOT JUDGED, no two fresh prices: AAA; ")
    assert "NOT JUDGED" not in line(state=a_state(a_position()))
    assert "NOT JUDGED" not in line(state=a_state(a_position()), market=a_market(prices={}, is_open=False))


def test_an_order_is_told_as_ordered_and_not_as_bought() -> None:
    assert line(e.OrderIntended(a_buy()), ORDERED) == "1 ordered (buy 10 AAA at 10.00)"


def test_an_order_rejected_after_it_was_accepted_is_not_told_as_ordered_alone() -> None:
    said = line(e.OrderIntended(a_buy()), ORDERED, e.OrderEnded(BUY, OrderStatus.REJECTED))
    assert said == "1 ordered (buy 10 AAA at 10.00); 1 accepted and then rejected (AAA)"


def test_an_order_of_an_earlier_run_is_told_as_found() -> None:
    assert line(replace(ORDERED, found=True)) == "1 ordered (AAA found at the broker)"


def test_an_order_of_an_earlier_run_that_was_sent_in_this_one_is_not_told_as_found() -> None:
    assert line(ORDERED, state=a_state(resting(a_buy()))) == "1 ordered (buy 10 AAA at 10.00)"


def test_an_order_of_this_run_whose_answer_was_lost_is_told_as_found() -> None:
    assert line(e.OrderIntended(a_buy()), replace(ORDERED, found=True)) == "1 ordered (AAA found at the broker)"


def test_an_unclear_order_may_have_traded_and_is_told() -> None:
    assert line(e.OrderIntended(a_buy()), e.OrderUnclear(BUY, 1, "silence")) == "1 unclear (AAA)"


def test_what_stands_written_and_was_not_asked_for_in_this_run_is_named() -> None:
    state = a_state(a_buy(), a_buy("BBB"), resting(a_buy("CCC")))
    assert line(state=state) == "nothing traded: 2 written and not sent in this run (AAA, BBB)"
    told = line(e.OrderUnclear(BUY, 1, "silence"), state=state)
    assert told == "1 unclear (AAA); 1 written and not sent in this run (BBB)"


def test_fills_and_what_they_closed_are_told() -> None:
    told = line(a_fill(a_sell(), "10", "92"), e.PositionClosed(TRADE), routine=Routine.MONITOR)
    assert told == "fills heard: AAA; closed AAA -8.00 (stop_loss)"


def test_every_line_is_one_line() -> None:
    everything = (REFUSED, NO_QUOTE, FULL, e.OrderIntended(a_buy()), ORDERED, a_fill(a_buy(), "1", "10"))
    assert "\n" not in line(*everything, state=a_state(halts=HALTED))


def test_a_position_in_dispute_is_named_as_one_whose_stop_is_not_acted_on() -> None:
    state = a_state(a_position(), differences={"AAA": Difference(D(10), D(9), 1, NOW)})
    told = run_line(Routine.MONITOR, [], a_market(held={"AAA": "9"}), state, RULES)
    assert "stop NOT ACTED ON, our books and the broker differ: AAA" in told


def test_a_stop_in_doubt_is_named_with_its_count_and_not_called_unjudged_too() -> None:
    state = a_state(a_position(), undecided={"AAA": 2})
    told = line(state=state, market=a_market(prices={}), routine=Routine.MONITOR)
    assert told.startswith("stop UNDECIDED, one price alone says sell: AAA (2 of 3); nothing traded: ")
    assert "NOT JUDGED" not in told


PROMISED = {"theirs": an_outside_order("10")}
FALLEN = a_market(held={"AAA": "10"}, prices={"AAA": a_price("9.00", "9.01", "9.01")})
HELD_BACK = "HELD BACK, an order that is not ours has the shares: AAA"


def test_a_stop_that_fired_and_has_no_free_shares_to_sell_is_told_first() -> None:
    told = line(state=a_state(a_position(), outside=PROMISED), market=FALLEN, routine=Routine.MONITOR)
    assert told.startswith(f"stop {HELD_BACK}; not our orders: sell 10 AAA, open; nothing traded: ")


def test_the_owners_exit_that_has_no_free_shares_is_no_stop_and_told_with_its_reason() -> None:
    state = a_state(a_position(), outside=PROMISED, leaving={"AAA": NOW})
    market = a_market(held={"AAA": "10"})
    assert line(state=state, market=market, routine=Routine.MONITOR).startswith(f"sale {HELD_BACK} (owner_exit); ")


@pytest.mark.parametrize(
    ("state", "market"),
    [
        (a_state(a_position(), outside=PROMISED), a_market(held={"AAA": "10"})),
        (a_state(a_position(), outside={"theirs": an_outside_order("9")}), FALLEN),
        (a_state(a_position(), resting(a_sell()), outside=PROMISED), FALLEN),
        (a_state(a_position()), replace(FALLEN, holdings={})),
    ],
    ids=["no stop fired", "a share is free", "our own sell is open", "the broker's holdings are from before the buy"],
)
def test_nothing_is_called_held_back_that_is_not(state: State, market: Market) -> None:
    assert "HELD BACK" not in line(state=state, market=market, routine=Routine.MONITOR)


def test_a_redeployment_is_told_apart_from_new_orders() -> None:
    again = a_buy("BBB", "5", "20", purpose=Purpose.REDEPLOY)
    events = (e.OrderIntended(a_buy()), ORDERED, e.OrderIntended(again))
    accepted = e.OrderAccepted(again.client_order_id, "b2", D(5), D(20), NOW)
    assert line(*events, accepted) == "1 ordered (buy 10 AAA at 10.00); redeployed BBB (ordered 5 at 20.00)"


def test_a_remark_is_told_beside_the_order() -> None:
    remark = e.SignalRemarked(BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, "+11%")
    told = line(remark, e.OrderIntended(a_buy()), ORDERED)
    assert told == "1 ordered (buy 10 AAA at 10.00); 1 remarked on (AAA far_from_signal)"


def test_half_of_the_days_loss_is_a_warning_in_the_run_that_saw_it() -> None:
    told = line(e.LossWarned(TODAY, "equity -2.60% since the last close"))
    assert told.startswith("WARNING: equity -2.60% since the last close; nothing traded: ")


def test_missing_cash_is_told_with_what_it_stops_and_more_cash_without() -> None:
    short = a_state(cash_difference=Difference(D(100), D(90), 1, NOW))
    more = a_state(cash_difference=Difference(D(100), D(110), 2, NOW))
    assert "CASH DIFFERS, ours 100.00, the broker's 90.00: 10.00 missing, nothing opens; " in line(state=short)
    assert "CASH DIFFERS, ours 100.00, the broker's 110.00: 10.00 more than our books know of; " in line(state=more)


def test_orders_that_are_not_ours_are_told_while_they_rest_unless_the_owner_ignores_the_symbol() -> None:
    outside = {"theirs": an_outside_order()}
    assert line(state=a_state(outside=outside)).startswith("not our orders: sell 4 AAA, open; ")
    assert "not our orders" not in line(state=a_state(outside=outside, ignored={"AAA": NOW}))
    assert "not our orders" not in line(state=a_state(outside={"theirs": an_outside_order(is_open=False)}))


def test_a_confirmed_difference_in_what_we_do_not_hold_is_named_by_every_run() -> None:
    state = a_state(differences={"BOLT": Difference(D(0), D(5), 2, NOW)})
    assert line(state=state).startswith("our books and the broker differ: BOLT; nothing traded: ")


def test_money_that_moved_is_told_behind_the_reason_and_never_in_its_place() -> None:
    told = line(e.ActivityHeard(an_activity("500", kind="CSD"), True), e.ActivityHeard(an_activity("-0.06"), False))
    assert told == "nothing traded: no new signal; no position; paid in 500.00; fee -0.06"
