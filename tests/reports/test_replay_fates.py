"""Every entry of a replay is counted once, by its last fate, in the day that listed it."""

from __future__ import annotations

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent
from automated_trading.reports.replay_fates import Fate, Kind, Listed, Reach, Tally, fates, in_all, tallies, told_of
from tests.builders import BOOK, NOW, TODAY, TOMORROW, D, a_buy, a_fill, a_sell, a_signal

BUY, SELL = a_buy(), a_sell()
KEY = BUY.client_order_id
AGAIN = a_buy(purpose=Purpose.REDEPLOY, day=TOMORROW)
NOT_YET = e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, "")
QUEUED = e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW)
BOUGHT = (e.OrderIntended(BUY), e.OrderAccepted(KEY, "b1", D(10), D(10), NOW), a_fill(BUY, "10", "100"))
REDEPLOYED = Fate(Kind.BOUGHT, "redeployed")


def fate(*events: LoggedEvent) -> Fate | None:
    return fates(events).get((TODAY, "AAA"))


def tally_of(listed: list[Listed], count: int, *events: LoggedEvent) -> Tally:
    return tallies(told_of(listed, events), {TODAY: count})[TODAY]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([NOT_YET], Fate(Kind.NOT_YET, "no_quote")),
        ([e.SignalRefused(BOOK, TODAY, "AAA", Reason.STALE, "")], Fate(Kind.REFUSED, "stale")),
        ([QUEUED], Fate(Kind.QUEUED, "no_cash")),
        ([e.OrderIntended(BUY)], Fate(Kind.UNFILLED, "open")),
        ([e.OrderIntended(BUY), e.OrderRefused(KEY, 403, "no")], Fate(Kind.REFUSED, "by_the_broker")),
        ([e.OrderIntended(BUY), e.OrderWithdrawn(KEY, Reason.NEVER_ARRIVED)], Fate(Kind.NOT_YET, "never_arrived")),
        ([e.OrderIntended(BUY), e.OrderEnded(KEY, OrderStatus.EXPIRED)], Fate(Kind.UNFILLED, "expired")),
        (BOUGHT, Fate(Kind.BOUGHT)),
    ],
)
def test_an_entry_has_the_fate_the_log_tells(events: list[LoggedEvent], expected: Fate) -> None:
    assert fate(*events) == expected


def test_the_last_fate_of_the_day_counts() -> None:
    assert fate(NOT_YET, *BOUGHT) == Fate(Kind.BOUGHT)


def test_a_cancelled_order_has_the_reason_of_its_cancel() -> None:
    cancelled = (e.CancelIntended(KEY, Reason.ENTRY_TIMEOUT), e.OrderEnded(KEY, OrderStatus.CANCELLED))
    assert fate(e.OrderIntended(BUY), *cancelled) == Fate(Kind.UNFILLED, "entry_timeout")


def test_what_was_bought_in_part_is_bought_whatever_became_of_the_rest() -> None:
    rest = (e.CancelIntended(KEY, Reason.ENTRY_TIMEOUT), e.OrderEnded(KEY, OrderStatus.CANCELLED))
    assert fate(*BOUGHT[:2], a_fill(BUY, "3", "30"), *rest) == Fate(Kind.BOUGHT)


def test_a_sell_is_no_entrys_fate() -> None:
    assert fate(*BOUGHT, e.OrderIntended(SELL), a_fill(SELL, "10", "90")) == Fate(Kind.BOUGHT)


def test_a_queued_entry_bought_a_session_later_is_bought_in_the_session_that_listed_it() -> None:
    found = fates([QUEUED, e.OrderIntended(AGAIN), a_fill(AGAIN, "10", "100")])
    assert found == {(TODAY, "AAA"): REDEPLOYED}


def test_a_redeployment_that_did_not_fill_leaves_its_signal_waiting() -> None:
    ended = e.OrderEnded(AGAIN.client_order_id, OrderStatus.EXPIRED)
    assert fates([QUEUED, e.OrderIntended(AGAIN), ended]) == {(TODAY, "AAA"): Fate(Kind.QUEUED, "no_cash")}


def test_the_same_ticker_listed_again_has_a_fate_of_its_own() -> None:
    held = e.SignalRefused(BOOK, TOMORROW, "AAA", Reason.HELD, "")
    found = fates([QUEUED, e.OrderIntended(AGAIN), a_fill(AGAIN, "10", "100"), held])
    assert found == {(TODAY, "AAA"): REDEPLOYED, (TOMORROW, "AAA"): Fate(Kind.REFUSED, "held")}


def test_a_ticker_queued_twice_is_bought_for_the_later_session() -> None:
    later = e.SignalQueued(BOOK, TOMORROW, a_signal(), Reason.MAX_POSITIONS, "", NOW)
    found = fates([QUEUED, later, e.OrderIntended(AGAIN), a_fill(AGAIN, "10", "100")])
    assert found == {(TODAY, "AAA"): Fate(Kind.QUEUED, "no_cash"), (TOMORROW, "AAA"): REDEPLOYED}


def test_each_entry_of_each_day_is_counted_once_with_its_reach() -> None:
    listed = [
        Listed(TODAY, "AAA", True, Reach.MORNING),
        Listed(TODAY, "entry 2", True, Reach.NEVER),
        Listed(TOMORROW, "AAA", False, Reach.EVER),
    ]
    bad = e.SignalRefused(BOOK, TODAY, "entry 2", Reason.MALFORMED, "")
    days = tallies(told_of(listed, [*BOUGHT, bad]), {TODAY: 2, TOMORROW: 1})
    assert days[TODAY].fates == {Fate(Kind.BOUGHT): 1, Fate(Kind.REFUSED, "malformed"): 1}
    assert days[TOMORROW].fates == {Fate(Kind.NO_SESSION): 1}
    total = in_all(days.values())
    assert (total.entries, total.accounted, total.of(Kind.REFUSED)) == (3, True, 1)
    assert [total.within(Reach.MORNING), total.within(*Reach)] == [1, 3]


def test_two_entries_of_one_name_are_two() -> None:
    again = Listed(TODAY, "AAA (again, score 8)", True, Reach.NEVER)
    refused = e.SignalRefused(BOOK, TODAY, "AAA (again, score 8)", Reason.MALFORMED, "")
    assert tally_of([again, again], 2, refused).accounted


def test_an_entry_the_log_is_silent_about_is_not_accounted_for() -> None:
    tally = tally_of([Listed(TODAY, "AAA", True, Reach.MORNING)], 1)
    assert (tally.accounted, tally.of(Kind.UNTOLD)) == (False, 1)


def test_an_entry_that_was_never_listed_is_not_accounted_for() -> None:
    assert not tally_of([], 1, NOT_YET).accounted


def test_a_fate_is_told_with_its_reason() -> None:
    assert [str(Fate(Kind.BOUGHT)), str(REDEPLOYED)] == ["bought", "bought (redeployed)"]
