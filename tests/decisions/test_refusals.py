"""What speaks against a signal: every fact about it, the account and the desk, one step either side of its boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from automated_trading.domain.market import Asset
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, OutsideOrder, Side
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList, read_signals
from automated_trading.domain.state import Difference, Halt
from tests.builders import (
    NOW,
    SECOND,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_sell,
    a_session,
    a_signal,
    a_state,
    an_account,
    an_asset,
    resting,
    unclear,
)
from tests.decisions.answers import ORDERED, detail, said

WANTED = a_market([a_signal()])


# ---- the signal itself -----------------------------------------------------------------------------------------


SESSIONS = [
    (date(2026, 7, 15), date(2026, 7, 14), "16:00", "2026-07-14T20:00:00"),
    (date(2026, 7, 13), date(2026, 7, 10), "16:00", "2026-07-10T20:00:00"),
    (date(2026, 3, 9), date(2026, 3, 6), "16:00", "2026-03-06T21:00:00"),
    (date(2026, 3, 10), date(2026, 3, 9), "16:00", "2026-03-09T20:00:00"),
    (date(2026, 11, 2), date(2026, 10, 30), "16:00", "2026-10-30T20:00:00"),
    (date(2026, 11, 3), date(2026, 11, 2), "16:00", "2026-11-02T21:00:00"),
    (date(2026, 11, 30), date(2026, 11, 27), "13:00", "2026-11-27T18:00:00"),
]


@pytest.mark.parametrize(
    ("today", "previous", "closed", "close_utc"),
    SESSIONS,
    ids=["midweek", "monday", "clocks forward", "the day after", "clocks back", "the day after it", "after a half day"],
)
def test_f19_a_signal_from_before_the_previous_close_is_stale_to_the_second(
    today: date, previous: date, closed: str, close_utc: str
) -> None:
    close = datetime.fromisoformat(close_utc + "+00:00")
    for generated, fresh in [(close - SECOND, False), (close, True), (close + SECOND, True)]:
        market = replace(WANTED, session=a_session(today), previous=a_session(previous, closed))
        market = replace(market, signals=SignalList((a_signal(generated=generated),)))
        assert said(a_state(), market) == [ORDERED if fresh else ("refused", Reason.STALE)]


def test_a_signal_without_a_date_is_as_old_as_its_file() -> None:
    entry = {"ticker": "AAA", "signal_score": D(8), "entry_price": D(10)}
    close = a_session(YESTERDAY).closes
    for file_time, answer in [(close - SECOND, ("refused", Reason.STALE)), (close, ORDERED)]:
        assert said(a_state(), replace(WANTED, signals=read_signals([entry], file_time, ""))) == [answer]


@pytest.mark.parametrize(
    ("score", "answer"),
    [
        ("5.9", ("refused", Reason.LOW_SCORE)),
        ("5.9999", ("refused", Reason.LOW_SCORE)),
        ("6.0", ORDERED),
        ("6", ORDERED),
        ("6.1", ORDERED),
    ],
)
def test_a_score_under_six_is_refused(score: str, answer: tuple[str, Reason]) -> None:
    assert said(a_state(), a_market([a_signal(score=score)])) == [answer]


# ---- the account and the symbol ------------------------------------------------------------------------------


def test_i15_no_buy_on_a_blocked_account() -> None:
    """Seen red when: neither `why_refused` nor `why_nothing_opens` looked at `account.blocked`."""
    market = replace(WANTED, account=an_account(blocked="trading blocked"))
    assert said(a_state(), market) == [("refused", Reason.ACCOUNT_BLOCKED)]


def test_a_symbol_the_owner_has_blocked_is_not_bought_and_his_words_are_told() -> None:
    state = a_state(blocked={"AAA": "a lawsuit"})
    assert said(state, WANTED) == [("refused", Reason.BLOCKED)]
    assert detail(state, WANTED) == "a lawsuit"


def test_a_symbol_the_owner_holds_himself_is_left_alone() -> None:
    assert said(a_state(ignored={"AAA": NOW}), WANTED) == [("refused", Reason.IGNORED)]


def test_a_symbol_the_owner_wants_sold_is_not_bought_while_a_lost_buy_may_still_bring_it() -> None:
    assert said(a_state(leaving={"AAA": NOW}), WANTED) == [("refused", Reason.OWNER_EXIT)]


@pytest.mark.parametrize(
    ("asset", "answer"),
    [
        (an_asset(known=False), ("refused", Reason.ASSET_UNKNOWN)),
        (an_asset(active=False), ("refused", Reason.ASSET_INACTIVE)),
        (an_asset(tradable=False), ("refused", Reason.NOT_TRADABLE)),
        (an_asset(), ORDERED),
    ],
    ids=["unknown", "inactive", "not tradable", "good"],
)
def test_only_a_symbol_the_broker_knows_as_active_and_trades_is_bought(asset: Asset, answer: object) -> None:
    assert said(a_state(), replace(WANTED, assets={"AAA": asset})) == [answer]


def test_a_symbol_the_broker_was_not_asked_about_is_not_yet() -> None:
    assert said(a_state(), replace(WANTED, assets={})) == [("notyet", Reason.ASSET_NOT_ASKED)]


# ---- what is held and on order -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (a_position(), Reason.HELD),
        (a_position(book="rotation"), Reason.OTHER_BOOK),
        (a_buy(day=YESTERDAY), Reason.ORDER_OPEN),
        (unclear(a_buy(day=YESTERDAY)), Reason.ORDER_OPEN),
        (resting(a_sell(day=YESTERDAY)), Reason.ORDER_OPEN),
        (a_buy(book="rotation"), Reason.OTHER_BOOK),
        (unclear(a_buy(book="rotation")), Reason.OTHER_BOOK),
    ],
    ids=["held", "held elsewhere", "intended", "unclear", "a sell", "wanted elsewhere", "unclear elsewhere"],
)
def test_f1_what_is_held_or_on_order_is_not_bought_again(row: Position | Order, why: Reason) -> None:
    assert said(a_state(row), WANTED) == [("refused", why)]


def test_the_book_that_holds_a_symbol_is_named() -> None:
    assert detail(a_state(a_position(book="rotation")), WANTED) == "held by rotation"


COOLING = ("refused", Reason.COOL_DOWN)


@pytest.mark.parametrize(
    ("sold", "today", "answer"),
    [
        (date(2026, 7, 15), date(2026, 7, 15), COOLING),
        (date(2026, 7, 9), date(2026, 7, 15), COOLING),
        (date(2026, 7, 8), date(2026, 7, 15), ORDERED),
        (date(2026, 7, 7), date(2026, 7, 15), ORDERED),
        (date(2026, 7, 10), date(2026, 7, 16), COOLING),
        (date(2026, 7, 10), date(2026, 7, 17), ORDERED),
        (date(2026, 3, 6), date(2026, 3, 12), COOLING),
        (date(2026, 3, 6), date(2026, 3, 13), ORDERED),
        (date(2026, 10, 30), date(2026, 11, 5), COOLING),
        (date(2026, 10, 30), date(2026, 11, 6), ORDERED),
    ],
    ids=[
        "the same day", "6 days", "7 days", "8 days", "over a weekend", "friday to friday",
        "clocks forward", "clocks forward, 7 days", "clocks back", "clocks back, 7 days",
    ],
)  # fmt: skip
def test_f27_what_was_sold_is_not_bought_again_for_seven_days(sold: date, today: date, answer: object) -> None:
    signal = a_signal(generated=a_session(today).opens)
    market = a_market([signal], session=a_session(today), previous=a_session(today - timedelta(days=1)))
    assert said(a_state(sold={"AAA": sold}), market) == [answer]


def test_a_refusal_for_cooling_down_says_when_it_ends() -> None:
    assert detail(a_state(sold={"AAA": date(2026, 7, 9)}), WANTED) == "sold on 2026-07-09, free again on 2026-07-16"


# ---- the desk, not yet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"disabled": "TRADING_ENABLED=false"}, ("notyet", Reason.TRADING_DISABLED)),
        ({"skew": timedelta(seconds=60)}, ORDERED),
        ({"skew": timedelta(seconds=61)}, ("notyet", Reason.CLOCK_SKEW)),
        ({"skew": timedelta(seconds=-60)}, ORDERED),
        ({"skew": timedelta(seconds=-61)}, ("notyet", Reason.CLOCK_SKEW)),
        ({"account": an_account(equity="0")}, ("notyet", Reason.NO_EQUITY)),
        ({"account": an_account(last_equity="0")}, ("notyet", Reason.NO_EQUITY)),
        ({"account": an_account(equity="-1")}, ("notyet", Reason.NO_EQUITY)),
    ],
    ids=["disabled", "60 s", "61 s", "-60 s", "-61 s", "no equity", "no last equity", "negative"],
)
def test_what_bars_the_desk_is_each_signals_answer(changes: dict[str, Any], answer: tuple[str, Reason]) -> None:
    market = a_market([a_signal(), a_signal("BBB")], **changes)
    assert said(a_state(), market) == [answer, answer if answer != ORDERED else ("order", "BBB")]


@pytest.mark.parametrize(("failures", "answer"), [(4, ORDERED), (5, ("notyet", Reason.HALTED))])
def test_five_order_failures_in_a_row_stop_opening_before_any_halt_is_written(failures: int, answer: object) -> None:
    assert said(a_state(failures=failures), WANTED) == [answer]


@pytest.mark.parametrize("why", [Reason.OWNER, Reason.DAY_LOSS, Reason.DRAWDOWN])
def test_a_halted_desk_says_so_of_each_signal(why: Reason) -> None:
    assert said(a_state(halts={why: Halt("stop", NOW)}), WANTED) == [("notyet", Reason.HALTED)]


@pytest.mark.parametrize(
    ("theirs", "answer"), [("99", ("notyet", Reason.CASH_UNEXPLAINED)), ("101", ORDERED)], ids=["missing", "more"]
)
@pytest.mark.parametrize("readings", [1, 2])
def test_missing_cash_bars_opening_from_the_first_reading_on_and_more_cash_does_not(
    readings: int, theirs: str, answer: object
) -> None:
    assert said(a_state(cash_difference=Difference(D(100), D(theirs), readings, NOW)), WANTED) == [answer]


# ---- the symbol, not yet ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("readings", [1, 2])
def test_nothing_opens_in_a_symbol_in_dispute_from_the_first_reading_on(readings: int) -> None:
    state = a_state(differences={"AAA": Difference(ZERO, D(5), readings, NOW)})
    assert said(state, a_market([a_signal(), a_signal("BBB")])) == [("notyet", Reason.FROZEN), ("order", "BBB")]


@pytest.mark.parametrize("qty", ["5", "-5", "0.001"])
def test_nothing_opens_in_a_symbol_the_broker_already_holds(qty: str) -> None:
    assert said(a_state(), a_market([a_signal()], held={"AAA": qty})) == [("notyet", Reason.FROZEN)]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("is_open", "answer"), [(True, ("notyet", Reason.OUTSIDE_ORDER)), (False, ORDERED)])
def test_nothing_opens_beside_an_order_that_is_not_ours(side: Side, is_open: bool, answer: object) -> None:
    order = OutsideOrder("theirs", "AAA", side, D(5), ZERO, ZERO, NOW, is_open)
    assert said(a_state(outside={"theirs": order}), WANTED) == [answer]
    assert said(a_state(outside={"theirs": replace(order, symbol="BBB")}), WANTED) == [ORDERED]


def test_a_signal_dated_behind_the_sessions_close_is_a_mistake() -> None:
    closes = a_market().session.closes
    assert said(a_state(), a_market([a_signal(generated=closes)])) == [("order", "AAA")]
    assert said(a_state(), a_market([a_signal(generated=closes + SECOND)])) == [("refused", Reason.FUTURE)]
