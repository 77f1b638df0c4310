"""A run in one line, which says why nothing traded; a session on one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automated_trading.decisions.routines import Routine
from automated_trading.domain import events as e
from automated_trading.domain.market import Market
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import Difference, Halt, LoggedEvent, State, Verdict
from automated_trading.reports.summary import run_line, session_summary
from tests.builders import (
    BOOK,
    MODE,
    NOW,
    RULES,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_market,
    a_position,
    a_sell,
    a_signal,
    a_state,
    after,
    an_id,
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
    assert told.startswith("stop NOT JUDGED, no fresh bid and last trade: AAA; ")
    assert "NOT JUDGED" not in line(state=a_state(a_position()))
    assert "NOT JUDGED" not in line(state=a_state(a_position()), market=a_market(prices={}, is_open=False))


def test_an_order_is_told_as_ordered_and_not_as_bought() -> None:
    assert line(e.OrderIntended(a_buy()), ORDERED) == "1 ordered (buy 10 AAA at 10.00)"


def test_an_order_of_an_earlier_run_is_told_as_found() -> None:
    assert line(ORDERED) == "1 ordered (AAA found at the broker)"


def test_an_unclear_order_may_have_traded_and_is_told() -> None:
    assert line(e.OrderIntended(a_buy()), e.OrderUnclear(BUY, 1, "silence")) == "1 unclear (AAA)"


def test_fills_and_what_they_closed_are_told() -> None:
    told = line(a_fill(a_sell(), "10", "92"), e.PositionClosed(TRADE), routine=Routine.MONITOR)
    assert told == "fills heard: AAA; closed AAA -8.00 (stop_loss)"


def test_every_line_is_one_line() -> None:
    everything = (REFUSED, NO_QUOTE, FULL, e.OrderIntended(a_buy()), ORDERED, a_fill(a_buy(), "1", "10"))
    assert "\n" not in line(*everything, state=a_state(halts=HALTED))


FIGURES = e.SessionClosed(TODAY, ny("16:30"), D("101000"), D("100000"), D("60000"), D("-8"), D("12.5"))


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
    assert told[4:7] == [
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


def test_a_position_in_dispute_is_named_as_one_whose_stop_is_not_acted_on() -> None:
    state = a_state(a_position(), differences={"AAA": Difference(D(10), D(9), 1, NOW)})
    told = run_line(Routine.MONITOR, [], a_market(held={"AAA": "9"}), state, RULES)
    assert "stop NOT ACTED ON, our books and the broker differ: AAA" in told
