"""A replay's figures: every entry counted once by its last fate, money from fills, and nothing passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent
from automated_trading.reports.replay_document import Result, document
from automated_trading.reports.replay_report import Fate, Kind, Listed, Reach, Tally, fates, figures, in_all, tallies
from tests.builders import BOOK, NOW, TODAY, TOMORROW, D, a_buy, a_fill, a_sell, a_signal, an_account

BUY, SELL = a_buy(), a_sell()
KEY, SOLD = BUY.client_order_id, SELL.client_order_id
NOT_YET = e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, "")
BOUGHT = (e.OrderIntended(BUY), e.OrderAccepted(KEY, "b1", D(10), D(10), NOW), a_fill(BUY, "10", "100"))
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D(9), D(-10), "stop_loss", NOW, NOW)


def fate(*events: LoggedEvent) -> Fate | None:
    return fates(events).get((TODAY, "AAA"))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([NOT_YET], Fate(Kind.NOT_YET, "no_quote")),
        ([e.SignalRefused(BOOK, TODAY, "AAA", Reason.STALE, "")], Fate(Kind.REFUSED, "stale")),
        ([e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW)], Fate(Kind.QUEUED, "no_cash")),
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


def test_each_entry_of_each_day_is_counted_once_with_its_reach() -> None:
    listed = [
        Listed(TODAY, "AAA", True, Reach.MORNING),
        Listed(TODAY, "entry 2", True, Reach.NEVER),
        Listed(TOMORROW, "AAA", False, Reach.EVER),
    ]
    bad = e.SignalRefused(BOOK, TODAY, "entry 2", Reason.MALFORMED, "")
    days = tallies(listed, {TODAY: 2, TOMORROW: 1}, [*BOUGHT, bad])
    assert days[TODAY].fates == {Fate(Kind.BOUGHT): 1, Fate(Kind.REFUSED, "malformed"): 1}
    assert days[TOMORROW].fates == {Fate(Kind.NO_SESSION): 1}
    total = in_all(days.values())
    assert (total.entries, total.accounted, total.of(Kind.REFUSED)) == (3, True, 1)
    assert [total.within(Reach.MORNING), total.within(*Reach)] == [1, 3]


def test_two_entries_of_one_name_are_two() -> None:
    again = Listed(TODAY, "AAA (again, score 8)", True, Reach.NEVER)
    refused = e.SignalRefused(BOOK, TODAY, "AAA (again, score 8)", Reason.MALFORMED, "")
    assert tallies([again, again], {TODAY: 2}, [refused])[TODAY].accounted


def test_an_entry_the_log_is_silent_about_is_not_accounted_for() -> None:
    tally = tallies([Listed(TODAY, "AAA", True, Reach.MORNING)], {TODAY: 1}, [])[TODAY]
    assert (tally.accounted, tally.of(Kind.UNTOLD)) == (False, 1)


def test_an_entry_that_was_never_listed_is_not_accounted_for() -> None:
    assert not tallies([], {TODAY: 1}, [NOT_YET])[TODAY].accounted


def test_the_figures_come_from_orders_fills_and_closed_trades() -> None:
    sold = (e.OrderIntended(SELL), e.OrderAccepted(SOLD, "b2", D(10), None, NOW), a_fill(SELL, "10", "90"))
    begun = (e.RunStarted("morning", NOW, "r", "1"), e.SessionBegan(TODAY, NOW))
    found = figures([*begun, *BOUGHT, *sold, e.PositionClosed(TRADE)])
    assert (found.sessions, found.cycles, found.buys, found.sells, found.entries_filled) == ((TODAY,), 1, 1, 1, 1)
    assert (found.exits, found.realised, found.cash_flow) == ({"stop_loss": 1}, D(-10), D(-10))


def test_money_moves_in_whole_cents_fill_by_fill() -> None:
    parts = [a_fill(BUY, "1", "0.1234"), a_fill(BUY, "2", "0.2468"), a_fill(BUY, "2", "0.2468")]
    assert figures([e.OrderIntended(BUY), *parts]).cash_flow == D("-0.24")


def a_result(**changes: Any) -> Result:
    tally = Tally(1, {Fate(Kind.NOT_YET, "no_quote"): 1}, {Reach.DAY: 1})
    result = Result(
        start=D(1000),
        account=an_account("1000", "1000"),
        figures=figures([]),
        days={TODAY: tally},
        foreknown=0,
        positions=(),
        holdings={},
        lines=3,
        head=(3, "h"),
        broken=(),
        folds=True,
        cash_by_fills=D(1000),
        problems=(),
        bug=False,
    )
    return replace(result, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"broken": ("line 2: changed",)}, 8),
        ({"folds": False}, 8),
        ({"cash_by_fills": D("999.99")}, 1),
        ({"days": {TODAY: Tally(2, {Fate(Kind.BOUGHT): 1}, {})}}, 1),
        ({"days": {TODAY: Tally(1, {Fate(Kind.UNTOLD): 1}, {})}}, 1),
        ({"bug": True}, 1),
    ],
)
def test_what_does_not_hold_is_an_exit_code(changes: dict[str, Any], code: int) -> None:
    assert a_result(**changes).exit_code == document(a_result(**changes))["exit_code"] == code


def test_the_document_tells_fates_by_reason_and_reach_by_day() -> None:
    told = document(a_result())["signals_by_day"][TODAY.isoformat()]
    assert told["fates"]["not_yet"] == {"no_quote": 1}
    reach = [told[f"priced_{name}"] for name in ("in_the_morning_window", "that_day", "ever")]
    assert reach == [0, 1, 1]
