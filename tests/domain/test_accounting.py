"""What the broker's records mean for our cash and the high-water mark: everything once, the owner's money no profit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from automated_trading.decisions import reconciliation
from automated_trading.domain import events as e
from automated_trading.domain.accounting import ACTIVITIES_KEPT
from automated_trading.domain.market import Activity
from automated_trading.domain.orders import OutsideOrder, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Day, Difference, Halt, State
from tests.builders import (
    NOW,
    SECOND,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_session,
    a_state,
    after,
    an_account,
    an_activity,
    an_outside_order,
    ny,
    resting,
)

CLOSE = ny("16:00", YESTERDAY)
COUNTED_AT = ny("09:35", YESTERDAY)


def counted(**changes: Any) -> State:
    """A desk whose cash of 1000 was counted yesterday morning, in the session that began after yesterday's close."""
    known = {"cash": D(1000), "cash_since": COUNTED_AT, "high_water": D(100_000), **changes}
    state = a_state(**known)
    return replace(state, day=replace(state.day, since=CLOSE))


def heard(amount: str, at: datetime = NOW, flow: bool = False, **changes: Any) -> e.ActivityHeard:
    return e.ActivityHeard(an_activity(amount, at, **changes), flow)


# ---- cash -------------------------------------------------------------------------------------------------------


def test_our_fills_move_cash_to_the_cent() -> None:
    buy, sell = resting(a_buy("BBB")), resting(a_sell())
    state = counted(orders=a_state(buy, sell).orders, positions={"AAA": a_position()})
    assert after(state, a_fill(buy, "3", "30.37")).cash == D("969.63")
    assert after(state, a_fill(sell, "3", "29.11")).cash == D("1029.11")


def test_cash_that_was_never_counted_is_not_moved() -> None:
    state = a_state(resting(a_buy()))
    moved = after(state, a_fill(a_buy(), "3", "30"), heard("-1"), e.OutsideOrderSeen(an_outside_order(filled="2")))
    assert moved.cash is None


@pytest.mark.parametrize(
    ("at", "cash"),
    [(COUNTED_AT - SECOND, 1000), (COUNTED_AT, 1000), (COUNTED_AT + SECOND, 975)],
    ids=["before the count", "at the count", "after it"],
)
def test_an_activity_put_on_record_before_the_count_is_in_it_already(at: datetime, cash: int) -> None:
    assert after(counted(), heard("-25", at)).cash == cash


def test_an_activity_is_counted_once_however_often_it_is_told() -> None:
    first, second = heard("-25"), heard("10", NOW + SECOND)
    assert after(counted(), first, second, first, second, first).cash == 985


def test_an_activity_is_known_by_its_id_and_not_by_its_figures() -> None:
    assert after(counted(), heard("-25", activity_id="one"), heard("-25", activity_id="two")).cash == 950


def test_an_activity_of_a_fraction_of_a_cent_moves_whole_cents() -> None:
    assert after(counted(), heard("-0.017")).cash == D("999.98")


@pytest.mark.parametrize(("kept", "remembered"), [(timedelta(0), True), (SECOND, False)])
def test_activities_are_remembered_for_a_month_behind_the_newest(kept: timedelta, remembered: bool) -> None:
    at = NOW + ACTIVITIES_KEPT + kept
    state = after(counted(), heard("-25", activity_id="old"))
    state = after(replace(state, marked_at=at), heard("1", at))
    assert ("old" in state.activities) is remembered


@pytest.mark.parametrize("amount", ["-25", "25"])
@pytest.mark.parametrize("gap", [0, 1, -1], ids=["seen by no reading", "seen", "another gap"])
def test_money_has_not_moved_before_the_reading_that_did_not_miss_it_whatever_its_date(amount: str, gap: int) -> None:
    """Nor before the first that did; a gap of the other sign tells nothing of it."""
    first, last = NOW - 9 * SECOND, NOW - SECOND
    seen = Difference(D(1000), D(1000) + gap * D(amount), 2, first) if gap else None
    state = after(
        counted(marked_at=last, cash_difference=seen), heard(amount, NOW - timedelta(hours=3), activity_id="x")
    )
    assert state.activities["x"].at == (first if gap == 1 else last)
    assert after(counted(marked_at=last), heard(amount, NOW, activity_id="x")).activities["x"].at == NOW


def test_what_the_count_of_cash_held_already_keeps_its_date_and_is_a_flow_of_no_session() -> None:
    """Seen red when: its money was dated by a later reading, and the next session took it for moved since its close."""
    early = heard("25", COUNTED_AT - SECOND, flow=True, activity_id="early")
    state = after(counted(marked_at=NOW), early)
    assert (state.cash, state.activities["early"].at) == (1000, COUNTED_AT - SECOND)
    assert after(state, e.SessionBegan(TOMORROW, NOW, ny("09:00"))).day.flows == 0


def test_what_was_missing_at_the_close_had_moved_by_then_though_it_was_seen_later() -> None:
    state = counted(
        marked_at=NOW, cash_difference=Difference(D(1000), D(975), 1, CLOSE + 9 * SECOND), cash_since=CLOSE - 9 * SECOND
    )
    state = replace(state, day=replace(state.day, carried=D(-25)))
    state = after(state, heard("-25", CLOSE - SECOND, flow=True))
    assert (state.cash, state.day.flows, state.day.carried) == (975, 0, 0)


def test_a_new_count_begins_anew_and_settles_the_difference() -> None:
    state = counted(cash_difference=Difference(D(1000), D(900), 2, NOW))
    anew = after(state, e.CashCounted(D(900), NOW))
    assert (anew.cash, anew.cash_since, anew.cash_difference) == (900, NOW, None)
    assert after(anew, heard("-25", NOW - SECOND)).cash == 900


def test_a_cash_difference_remembers_since_when_it_stands() -> None:
    first = e.CashDifferenceSeen(D(1000), D(900), 1, NOW)
    state = after(counted(), first, replace(first, theirs=D(890), readings=2, now=ny("11:00")))
    assert state.cash_difference == Difference(D(1000), D(890), 2, NOW)


# ---- orders that are not ours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "cash"), [(Side.BUY, [980, 970, 970]), (Side.SELL, [1020, 1030, 1030])])
def test_fills_of_others_move_cash_by_what_is_new_in_them(side: Side, cash: list[int]) -> None:
    state = counted()
    for filled, expected in zip(("2", "3", "3"), cash, strict=True):
        state = after(state, e.OutsideOrderSeen(an_outside_order(filled=filled, side=side)))
        assert state.cash == expected


def test_an_order_of_others_that_only_ended_moves_no_cash() -> None:
    order = an_outside_order(filled="2")
    state = after(counted(), e.OutsideOrderSeen(order), e.OutsideOrderSeen(replace(order, is_open=False)))
    assert (state.cash, state.outside_orders("AAA")) == (1020, [])


@pytest.mark.parametrize("worth", ["0", "10"])
def test_a_fill_of_others_told_again_without_its_price_is_not_undone(worth: str) -> None:
    order = an_outside_order(filled="2")
    told = replace(order, filled_value=D(worth))
    state = after(counted(), e.OutsideOrderSeen(order), e.OutsideOrderSeen(told))
    assert (state.cash, state.outside["theirs"].filled_value) == (1020, 20)


@pytest.mark.parametrize("side", Side)
def test_an_order_taken_for_somebody_elses_that_proves_to_follow_ours_moves_cash_once(side: Side) -> None:
    ours = a_buy() if side is Side.BUY else a_sell()
    state = counted(orders={ours.client_order_id: resting(ours)})
    mistaken = after(state, e.OutsideOrderSeen(an_outside_order(filled="2", side=side)))
    followed = after(mistaken, e.OrderReplaced(ours.client_order_id, "theirs"))
    assert mistaken.cash != 1000
    assert (followed.cash, followed.outside) == (1000, {})


SESSION = TODAY + timedelta(days=20)
LONG_AGO = replace(an_outside_order("4", "4"), is_open=False)


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        (LONG_AGO, False),
        (replace(LONG_AGO, is_open=True), True),
        (replace(LONG_AGO, submitted=ny("23:59:59", SESSION - timedelta(days=8))), False),
        (replace(LONG_AGO, submitted=ny("00:00", SESSION - timedelta(days=7))), True),
    ],
    ids=["ended and old", "open and old", "eight days old by New York", "seven days old by New York"],
)
def test_an_order_of_others_is_kept_while_it_is_open_or_may_be_told_again(order: OutsideOrder, kept: bool) -> None:
    state = after(counted(), e.OutsideOrderSeen(order), e.SessionBegan(SESSION, NOW))
    assert ("theirs" in state.outside) is kept
    assert after(state, e.OutsideOrderSeen(order)).cash == state.cash == 1040


@pytest.mark.parametrize("session", [date(2026, 3, 16), date(2026, 11, 9)], ids=["march", "november"])
def test_a_day_of_an_order_ends_at_midnight_in_new_york_in_both_weeks_that_change_the_clocks(session: date) -> None:
    state = after(counted(day=Day()), e.SessionBegan(session, NOW))
    midnight = ny("00:00", session - timedelta(days=7))
    assert state.forgotten == session - timedelta(days=8)
    for submitted, cash in ((midnight - SECOND, 1000), (midnight, 1040)):
        assert after(state, e.OutsideOrderSeen(replace(LONG_AGO, submitted=submitted))).cash == cash


# ---- deposits and withdrawals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "flows"), [(CLOSE - SECOND, 0), (CLOSE, 500), (NOW, 500)], ids=["before the close", "at the close", "today"]
)
def test_only_money_moved_since_the_last_close_is_todays(at: datetime, flows: int) -> None:
    state = after(counted(), heard("500", at, flow=True))
    assert (state.day.flows, state.cash) == (flows, 1500)


@pytest.mark.parametrize(
    ("last", "session"),
    [
        (date(2026, 3, 6), date(2026, 3, 9)),
        (date(2026, 10, 30), date(2026, 11, 2)),
    ],
    ids=["the clocks go forward", "the clocks go back"],
)
def test_the_day_begins_at_the_close_of_friday_over_both_changes_of_the_clocks(last: date, session: date) -> None:
    close = a_session(last).closes
    state = after(counted(day=Day(session=last)), e.SessionBegan(session, NOW, close))
    state = replace(state, cash_since=close - timedelta(days=1))
    moved = after(state, heard("500", close - SECOND, flow=True), heard("70", close, flow=True))
    assert moved.day.flows == 70
    assert moved.cash == 1570


def test_fees_and_dividends_are_no_money_of_the_owners() -> None:
    state = after(counted(), heard("500"))
    assert (state.day.flows, state.high_water) == (0, 100_000)


def test_money_moved_before_the_count_is_no_flow_of_ours() -> None:
    state = after(counted(), heard("500", COUNTED_AT, flow=True))
    assert (state.day.flows, state.high_water, state.cash) == (0, 100_000, 1000)


@pytest.mark.parametrize(
    ("amount", "high"),
    [("10000", "112500.00"), ("-40000", "50000.00"), ("-80000", "0.00"), ("-80000.01", "0.00"), ("0.01", "100000.01")],
)
def test_money_moved_takes_the_high_water_mark_along_in_proportion(amount: str, high: str) -> None:
    state = replace(counted(), marked=an_account(equity="80000"))
    assert after(state, heard(amount, flow=True)).high_water == D(high)


def test_money_moved_before_any_equity_was_seen_leaves_the_mark_alone() -> None:
    worthless = replace(counted(), marked=an_account(equity="0"))
    assert after(worthless, heard("500", flow=True)).high_water == 100_000


def test_money_moved_behind_a_cut_log_is_taken_against_the_last_close() -> None:
    cut = after(counted(), e.LogCut(1, 10, "kept"))
    assert after(cut, heard("-20000", flow=True)).high_water == 80_000


# ---- the high-water mark ----------------------------------------------------------------------------------------


def begun(high: str | None = "100000", **changes: Any) -> State:
    """A session whose last close nobody has told yet."""
    mark = D(high) if high is not None else None
    return replace(counted(), high_water=mark, day=Day(session=TODAY, since=CLOSE), **changes)


def marked(equity: str, last_equity: str, session: date = TODAY) -> e.EquityMarked:
    return e.EquityMarked(session, an_account(equity, last_equity=last_equity), NOW)


@pytest.mark.parametrize(("last", "high"), [("99999.99", "100000"), ("100000", "100000"), ("100000.01", "100000.01")])
def test_the_mark_is_the_best_closing_equity(last: str, high: str) -> None:
    assert after(begun(), marked("50000", last)).high_water == D(high)


def test_no_print_of_the_day_raises_the_mark() -> None:
    assert after(begun(), marked("500000", "100000"), marked("900000", "100000")).high_water == 100_000


def test_a_desk_without_a_mark_begins_with_the_better_of_last_close_and_now() -> None:
    assert after(begun(None), marked("90000", "80000")).high_water == 90_000
    assert after(begun(None), marked("80000", "90000")).high_water == 90_000


def test_the_last_close_counts_once_a_session_and_as_it_was_first_told() -> None:
    state = after(begun(), marked("7", "100"), marked("7", "999999"))
    assert (state.day.last_equity, state.high_water) == (100, 100_000)
    assert after(state, e.SessionBegan(TOMORROW, NOW), marked("7", "999999", TOMORROW)).high_water == 999_999


def test_a_close_is_not_counted_while_cash_is_unexplained_and_counted_once_it_is_explained() -> None:
    apart = begun(cash_difference=Difference(D(1000), D(90_000), 1, NOW))
    waiting = after(apart, marked("150000", "150000"))
    assert (waiting.high_water, waiting.day.high_counted, waiting.day.last_equity) == (100_000, False, 150_000)
    settled = after(waiting, e.CashDifferenceSettled("explained again"), marked("150000", "150000"))
    assert settled.high_water == 150_000


def test_equity_of_another_session_is_not_this_ones_last_close() -> None:
    state = after(begun(), marked("7", "999999", YESTERDAY))
    assert (state.day.last_equity, state.high_water) == (None, 100_000)


@pytest.mark.parametrize(
    ("amount", "last", "high"),
    [("-50000", "97500", "50000"), ("-50000", "100000.01", "50000.01"), ("10000", "110000", "120000")],
    ids=["a withdrawal", "after a new high", "a deposit after a new high"],
)
def test_money_moved_between_the_last_close_and_the_first_mark_moves_that_close_along(
    amount: str, last: str, high: str
) -> None:
    """Seen red when: the close was counted as told, and half the account withdrawn was a fall by half."""
    state = replace(begun(), marked=an_account("100000"))
    moved = after(state, heard(amount, ny("08:00"), flow=True), marked("45000", last))
    assert moved.high_water == D(high)


@pytest.mark.parametrize(
    ("theirs", "equity", "amount", "high"),
    [
        ("50000", "50000", "-50000", "50000"),
        ("200000", "200000", "100000", "200000"),
        ("100000", "80000", "-8000", "90000"),
    ],
    ids=["a withdrawal", "a deposit", "nothing early"],
)
def test_money_that_equity_shows_before_the_records_do_moves_the_mark_by_the_same(
    theirs: str, equity: str, amount: str, high: str
) -> None:
    """Seen red when: it was taken against the equity that already showed it: half withdrawn left no mark at all."""
    state = counted(cash=D(100_000), marked=an_account("100000"))
    told = reconciliation.cash(state, D(theirs), D(100), NOW)
    seen = after(state, *told, e.EquityMarked(TODAY, an_account(equity), NOW))
    assert after(seen, heard(amount, flow=True)).high_water == D(high)


@pytest.mark.parametrize("amounts", [("-40000", "-40000"), ("100000", "100000")])
def test_several_flows_heard_at_once_move_the_mark_as_their_sum_does(amounts: tuple[str, str]) -> None:
    state = replace(counted(), marked=an_account("100000"))
    each = after(state, *(heard(amount, NOW + number * SECOND, flow=True) for number, amount in enumerate(amounts)))
    assert each.high_water == after(state, heard(str(sum(map(int, amounts))), flow=True)).high_water


def test_money_moved_after_the_next_mark_meets_the_equity_of_that_mark() -> None:
    state = after(replace(counted(), marked=an_account("100000")), heard("100000", flow=True), marked("200000", "1"))
    assert after(state, heard("50000", NOW + SECOND, flow=True)).high_water == 250_000


def test_resume_begins_the_mark_anew_at_the_equity_of_now_and_last_close_does_not_raise_it_again() -> None:
    halted = begun(marked=an_account("80000"), losses=(D("0.1"),), halts={Reason.DRAWDOWN: Halt("", NOW)})
    resumed = after(halted, e.Resumed(Reason.DRAWDOWN, Reason.OWNER, NOW), marked("80000", "100000"))
    assert (resumed.high_water, resumed.losses) == (80_000, ())


def test_a_halt_that_time_lifts_leaves_the_mark_alone() -> None:
    halted = counted(marked=an_account("80000"), halts={Reason.LOSING_STREAK: Halt("", NOW, YESTERDAY)})
    assert after(halted, e.Resumed(Reason.LOSING_STREAK, Reason.NEXT_SESSION, NOW)).high_water == 100_000


def test_a_split_on_record_that_moved_no_money_moves_nothing() -> None:
    split = Activity("s1", "SPLIT", D(0), NOW, "AAA", D(10))
    state = after(counted(), e.ActivityHeard(split, flow=False))
    assert (state.cash, state.day.flows, state.high_water) == (1000, 0, 100_000)
