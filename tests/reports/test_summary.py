"""A session on one page: figures first, then how they came about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import Purpose
from automated_trading.domain.positions import ClosedTrade, Origin
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.state import LoggedEvent, State, Verdict
from automated_trading.reports.summary import session_summary
from tests.builders import (
    BOOK,
    MODE,
    NOW,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_position,
    a_signal,
    a_state,
    after,
    an_activity,
    an_id,
    ny,
    resting,
)

ORDERED = e.OrderAccepted(an_id(), "b1", D(10), D(10), NOW)
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D("9.2"), D(-8), "stop_loss", NOW, NOW)
FIGURES = e.SessionClosed(TODAY, ny("16:30"), D("101000"), D("100000"), D("60000"), D("-8"), D("12.5"))


SCORES = (("AAA", "8"), ("BBB", "9.1"))


def page(state: State) -> list[str]:
    return session_summary(state, MODE, (42, "abc"))


def test_a_session_without_its_closing_figures_has_no_page() -> None:
    assert page(a_state()) == []


def test_the_page_begins_with_the_mode_and_the_figures_and_ends_with_the_head_of_the_log() -> None:
    assert page(after(a_state(), FIGURES)) == [
        "PAPER  session 2026-07-15",
        "equity 101,000.00, +1,000.00 (+1.00%) on the day; cash 60,000.00",
        "from fills: bought 0.00, sold 0.00",
        "profit: realised -8.00, open +12.50",
        "log head 42 abc",
    ]


def test_the_page_tells_what_was_closed_and_what_is_held() -> None:
    state = after(a_state(a_position("BBB"), a_position("AAA", qty="7")), FIGURES)
    told = page(replace(state, day=replace(state.day, closed=(TRADE,), bought=D(100), sold=D(92))))
    assert told[2].startswith("from fills: bought 100.00, sold 92.00")
    assert told[4:8] == [
        "exits: stop_loss 1 (-8.00)",
        "closed  AAA    10 from 10.00 to 9.20  -8.00  stop_loss",
        "holds   AAA    7 at 10.00, stop 9.20",
        "holds   BBB    10 at 10.00, stop 9.20",
    ]


def test_the_page_counts_the_last_word_on_each_signal() -> None:
    verdicts = {
        "a": Verdict("refused", Reason.STALE),
        "b": Verdict("refused", Reason.LOW_SCORE),
        "c": Verdict("queued", Reason.NO_CASH),
        "d": Verdict("not_yet", Reason.NO_QUOTE),
        "e": Verdict("ordered", Reason.ENTRY),
    }
    state = after(a_state(day=replace(a_state().day, verdicts=verdicts)), FIGURES)
    assert page(state)[4:-1] == ["queued: no_cash 1", "not yet: no_quote 1", "refused: low_score 1, stale 1"]


def test_a_signal_that_waited_for_its_quote_and_was_ordered_is_not_told_as_waiting() -> None:
    late = e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, "")
    told = page(after(a_state(), late, e.OrderIntended(a_buy()), FIGURES))
    assert not [words for words in told if words.startswith("not yet")]


def test_an_order_that_never_filled_leaves_nothing_bought_on_the_page() -> None:
    told = page(after(a_state(), e.OrderIntended(a_buy(day=YESTERDAY)), ORDERED, FIGURES))
    assert "bought 0.00" in told[2]
    assert not [words for words in told if words.startswith("holds")]


def test_without_a_last_close_the_page_claims_no_percentage() -> None:
    told = page(after(a_state(), replace(FIGURES, last_equity=D(0))))
    assert told[1] == "equity 101,000.00, +101,000.00 on the day; cash 60,000.00"


def on_page(*events: LoggedEvent, **changes: Any) -> list[str]:
    """The lines between the figures and the head of the log."""
    return page(after(a_state(**changes), *events, FIGURES))[4:-1]


def test_entries_redeployments_and_what_was_adopted_are_told_apart() -> None:
    again = resting(a_buy("BBB", purpose=Purpose.REDEPLOY))
    filled = replace(resting(a_buy("CCC")), filled_qty=D(10))
    taken = a_position("DDD", origin=Origin.ADOPTED)
    told = page(after(a_state(resting(a_buy()), again, filled, taken), FIGURES))
    assert told[4] == "entries 2 ordered, 1 filled; redeployments 1 ordered, 0 filled; adopted DDD"


def test_a_position_tells_how_it_came_about_where_it_was_no_plain_signal() -> None:
    state = a_state(a_position(origin=Origin.ADOPTED), a_position("BBB", origin=Origin.REDEPLOYMENT), a_position("CCC"))
    told = [words.partition("  (")[2] for words in page(after(state, FIGURES)) if words.startswith("holds")]
    assert told == ["adopted)", "redeployment)", ""]


def test_exits_are_summed_by_rule() -> None:
    trades = (TRADE, replace(TRADE, symbol="BBB"), replace(TRADE, reason="age", realised=D(3)))
    assert on_page(day=replace(a_state().day, closed=trades))[0] == "exits: age 1 (+3.00), stop_loss 2 (-16.00)"


def test_what_the_owner_moved_is_told_apart_and_is_no_profit() -> None:
    heard = [
        e.ActivityHeard(an_activity("1500", kind="CSD"), True),
        e.ActivityHeard(an_activity("-500", kind="CSW"), True),
    ]
    fees = [e.ActivityHeard(an_activity("-1"), False), e.ActivityHeard(an_activity("-2", kind="CFEE"), False)]
    state = a_state(cash=D(1), cash_since=ny("09:30"))
    told = page(after(state, *heard, *fees, FIGURES))
    assert told[1] == "equity 101,000.00, +0.00 (+0.00%) on the day net of flows; cash 60,000.00"
    assert told[4] == "moved: paid in 1,500.00, taken out 500.00, fee -3.00"


def test_after_a_withdrawal_the_day_is_measured_against_what_was_left_as_the_breaker_does() -> None:
    out = e.ActivityHeard(an_activity("-50000", kind="CSW"), True)
    lost = replace(FIGURES, equity=D("49000"))
    told = page(after(a_state(cash=D(1), cash_since=ny("09:30")), out, lost))
    assert told[1] == "equity 49,000.00, -1,000.00 (-2.00%) on the day net of flows; cash 60,000.00"


def test_what_was_put_on_record_before_the_session_is_not_on_its_page() -> None:
    early = e.ActivityHeard(an_activity("-1", at=ny("15:00", YESTERDAY)), False)
    day = replace(a_state().day, since=ny("16:00", YESTERDAY))
    assert on_page(early, cash=D(1), cash_since=ny("09:30", YESTERDAY), day=day) == []


def test_the_queue_stands_on_the_page_best_first() -> None:
    queued = [e.SignalQueued(BOOK, TODAY, a_signal(name, score), Reason.NO_CASH, "", NOW) for name, score in SCORES]
    assert on_page(*queued)[0] == "queue: BBB 9.1 no_cash, AAA 8 no_cash"


def test_what_the_owner_said_stands_on_the_page() -> None:
    told = on_page(blocked={"AAA": "why"}, ignored={"BBB": NOW}, leaving={"CCC": NOW})
    assert told == ["blocked: AAA", "ignored: BBB", "to be sold on the owner's word: CCC"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"losses": (D("0.01"), D("0.02"))}, ["losing closes in a row: 2"]),
        ({"high_water": D(102_000)}, ["equity 0.98% under its high-water mark 102,000.00"]),
        ({"high_water": D(101_000)}, ["equity at or over its high-water mark 101,000.00"]),
        ({}, []),
    ],
)
def test_the_page_tells_how_near_the_breakers_are(changes: dict[str, Any], told: list[str]) -> None:
    assert on_page(**changes) == told


def test_a_loss_too_small_to_count_is_not_on_the_page_either() -> None:
    state = after(a_state(losses=(D("0.001"),)), FIGURES)
    assert "losing closes" not in str(session_summary(state, MODE, (42, "abc"), BreakerRules(ignore_loss=D("0.01"))))
