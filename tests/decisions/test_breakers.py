"""When opening stops by itself, and what lets it begin again: the day's loss, failures, and who lifts what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from automated_trading.decisions.breakers import decide, lifted, why_nothing_opens
from automated_trading.domain.codec import decode, encode
from automated_trading.domain.events import (
    ActivityHeard,
    Event,
    Halted,
    HaltSeen,
    LossWarned,
    OrderUnclear,
    OrderUnsent,
    Resumed,
    SessionBegan,
)
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Day, Difference, Halt, State
from tests.builders import (
    NOW,
    RULES,
    SECOND,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_session,
    a_state,
    after,
    an_account,
    an_activity,
    ny,
)

BREAKERS = RULES.breakers
OWNERS = (Reason.OWNER, Reason.LOST_FOLDER, Reason.ORDER_FAILURES, Reason.DRAWDOWN)


def halted(*reasons: Reason, session: date | None = None) -> State:
    return a_state(halts={reason: Halt("why", NOW, session) for reason in reasons}, failures=3)


def an_equity(equity: str, **changes: Any) -> Market:
    return a_market(account=an_account(equity=equity), **changes)


def said(state: State, equity: str) -> list[str]:
    """What the breakers say of an equity, in words short enough for a table."""
    return [_word(event) for event in decide(state, an_equity(equity), BREAKERS)]


def _word(event: Event) -> str:
    return event.reason.value if isinstance(event, Halted) else "warned" if isinstance(event, LossWarned) else "?"


# ---- the day's loss ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "words"),
    [
        ("97500.01", []),
        ("97500.00", ["warned"]),
        ("97499.99", ["warned"]),
        ("95000.01", ["warned"]),
        ("95000.00", ["day_loss"]),
        ("94999.99", ["day_loss"]),
        ("100000", []),
        ("150000", []),
    ],
)
def test_f29_a_day_loss_of_half_the_limit_is_told_and_of_five_per_cent_halts_to_the_cent(
    equity: str, words: list[str]
) -> None:
    assert said(a_state(), equity) == words


def moved(amount: str, at: datetime = NOW) -> State:
    """A state since yesterday's close in which the owner moved money."""
    state = a_state(cash=D(0), cash_since=ny("09:35", date(2026, 7, 1)))
    state = replace(state, day=replace(state.day, since=ny("16:00", YESTERDAY)))
    return after(state, ActivityHeard(an_activity(amount, at), flow=True))


@pytest.mark.parametrize(
    ("amount", "kept", "falls"),
    [("10000", "105000.01", "105000.00"), ("-10000", "85500.01", "85500.00"), ("0.01", "95000.02", "95000.01")],
    ids=["a deposit", "a withdrawal", "a cent"],
)
def test_the_days_loss_is_net_of_what_the_owner_moved_today_to_the_cent(amount: str, kept: str, falls: str) -> None:
    assert "day_loss" not in said(moved(amount), kept)
    assert "day_loss" in said(moved(amount), falls)


CLOSE = ny("16:00", YESTERDAY)


@pytest.mark.parametrize(
    ("at", "words"), [(CLOSE - SECOND, ["day_loss"]), (CLOSE, []), (NOW, [])], ids=["before", "at", "after"]
)
def test_money_moved_before_the_last_close_is_in_that_close_and_hides_no_loss(at: datetime, words: list[str]) -> None:
    """A withdrawal explains a fall only where it came after the close that the fall is measured from."""
    assert said(moved("-10000", at), "90000") == words


@pytest.mark.parametrize(
    ("last", "session"),
    [(date(2026, 3, 6), date(2026, 3, 9)), (date(2026, 10, 30), date(2026, 11, 2))],
    ids=["the clocks go forward", "the clocks go back"],
)
def test_i14_friday_s_close_divides_the_days_over_both_changes_of_the_clocks(last: date, session: date) -> None:
    """Seen red when: a day began at a fixed hour of UTC."""
    close = a_session(last).closes
    began = replace(a_state(cash=D(0), cash_since=close - timedelta(days=9)), day=Day(session=last))
    for at, words in ((close - SECOND, ["day_loss"]), (close, [])):
        state = after(began, SessionBegan(session, NOW, close), ActivityHeard(an_activity("-10000", at), flow=True))
        market = an_equity("90000", session=a_session(session))
        assert [_word(event) for event in decide(state, market, BREAKERS)] == words


@pytest.mark.parametrize(
    ("theirs", "readings", "equity", "words"),
    [
        ("1500", 1, "95500", ["warned"]),
        ("1500", 2, "95500", ["day_loss"]),
        ("500", 1, "95000", ["warned"]),
        ("500", 2, "94500", ["day_loss"]),
    ],
    ids=["more, once", "more, twice: no gain", "missing: no loss", "missing, and a loss"],
)
def test_unexplained_cash_neither_makes_a_loss_nor_hides_one(
    theirs: str, readings: int, equity: str, words: list[str]
) -> None:
    apart = Difference(D(1000), D(theirs), readings, NOW)
    assert said(a_state(cash_difference=apart), equity) == words


def test_half_the_limit_is_told_once_a_session_and_again_in_the_next() -> None:
    state = after(a_state(), *decide(a_state(), an_equity("97000"), BREAKERS))
    assert said(state, "96000") == []
    assert said(after(state, SessionBegan(TOMORROW, NOW)), "97000") == ["warned"]


def test_a_halt_is_no_occasion_for_the_warning_that_comes_before_it() -> None:
    state = after(a_state(), *decide(a_state(), an_equity("90000"), BREAKERS))
    assert [said(state, equity) for equity in ("90000", "96000")] == [[], []]


def test_the_day_loss_halts_after_the_warning_all_the_same() -> None:
    state = after(a_state(), *decide(a_state(), an_equity("97000"), BREAKERS))
    assert said(state, "95000") == ["day_loss"]


def test_a_day_loss_halt_carries_its_session_so_that_the_next_may_lift_it() -> None:
    (halt,) = decide(a_state(), an_equity("90000"), BREAKERS)
    assert isinstance(halt, Halted)
    assert halt.session == TODAY


def test_the_day_loss_is_reckoned_from_the_close_first_told_and_not_from_a_later_word() -> None:
    market = a_market(account=an_account(equity="95000", last_equity="95000"))
    assert [type(event) for event in decide(a_state(), market, BREAKERS)] == [Halted]


def test_a_second_day_of_heavy_loss_lifts_the_old_halt_and_begins_a_new_one() -> None:
    state = halted(Reason.DAY_LOSS, session=TODAY)
    state = after(state, *lifted(state, TOMORROW, NOW))
    assert not state.halted
    state = after(state, *decide(state, an_equity("90000", session=a_session(TOMORROW)), BREAKERS))
    assert state.halts[Reason.DAY_LOSS].session == TOMORROW


@pytest.mark.parametrize("last_equity", ["0", "-1"])
def test_without_a_usable_last_close_no_day_loss_is_claimed_and_nothing_opens(last_equity: str) -> None:
    market = a_market(account=an_account(last_equity=last_equity))
    state = a_state(day=replace(a_state().day, last_equity=None))
    assert decide(state, market, BREAKERS) == []
    assert why_nothing_opens(state, market, BREAKERS) == (Reason.NO_EQUITY, "equity 100000")


def test_a_limit_of_a_tenth_is_obeyed_as_a_tenth() -> None:
    rules = replace(BREAKERS, daily_loss=D("0.10"))
    assert [_word(event) for event in decide(a_state(), an_equity("90000.01"), rules)] == ["warned"]
    assert [_word(event) for event in decide(a_state(), an_equity("90000"), rules)] == ["day_loss"]


# ---- order failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "halts"), [(4, False), (5, True), (6, True)])
def test_i19_five_order_failures_in_a_row_halt(failures: int, halts: bool) -> None:
    """Seen red when: `_standing` asked for more than the limit."""
    found = decide(a_state(failures=failures), a_market(), BREAKERS)
    assert bool(found) is halts
    assert (why_nothing_opens(a_state(failures=failures), a_market(), BREAKERS) is not None) is halts


def test_order_failures_counted_over_several_orders_stop_opening_before_the_halt_is_written() -> None:
    orders = [a_buy(symbol) for symbol in ("AAA", "BBB", "CCC", "DDD", "EEE")]
    silence = [OrderUnclear(order.client_order_id, 1, "silence") for order in orders[:3]]
    waits = [OrderUnsent(order.client_order_id, 1, "no line") for order in orders[3:]]
    state = after(a_state(*orders), *silence, *waits)
    assert why_nothing_opens(state, a_market(), BREAKERS) == (Reason.HALTED, "order_failures")


# ---- who lifts what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "lifts"), [(YESTERDAY, False), (TODAY, False), (TOMORROW, True)], ids=["before", "the same", "the next"]
)
def test_the_next_session_lifts_the_day_loss_halt_and_nothing_else(day: date, lifts: bool) -> None:
    state = halted(*OWNERS)
    state = replace(state, halts={**state.halts, Reason.DAY_LOSS: Halt("loss", NOW, TODAY)})
    assert lifted(state, day, NOW) == ([Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, NOW)] if lifts else [])


def test_the_same_session_never_lifts_the_day_loss_halt_even_when_equity_comes_back() -> None:
    state = halted(Reason.DAY_LOSS, session=TODAY)
    assert [*decide(state, a_market(), BREAKERS), *lifted(state, TODAY, NOW)] == []


def test_i21_halts_and_counters_are_reset_by_their_own_rule_only() -> None:
    """Seen red when: `_session_began` also cleared `halts`, or `failures`."""
    state = after(halted(*OWNERS, Reason.DAY_LOSS, session=None), SessionBegan(TOMORROW, NOW))
    assert set(state.halts) == {*OWNERS, Reason.DAY_LOSS}
    assert state.failures == 3
    assert set(after(state, *lifted(state, TOMORROW, NOW)).halts) >= set(OWNERS)


def test_i21_halts_and_counters_survive_being_written_down() -> None:
    """Seen red when: `encode` left out `failures` and `Halt.session`."""
    state = replace(halted(*OWNERS, Reason.DAY_LOSS, session=TODAY), losses=(D("0.1"),), high_water=D(7))
    assert decode(State, encode(state)) == state


@pytest.mark.parametrize("reason", OWNERS)
def test_i21_the_failures_in_a_row_are_zeroed_by_the_owner_and_not_by_a_new_session(reason: Reason) -> None:
    """Seen red when: `_resumed` zeroed the failures whoever resumed."""
    assert after(halted(reason), Resumed(reason, Reason.OWNER, NOW)).failures == 0
    assert after(halted(reason), Resumed(reason, Reason.NEXT_SESSION, NOW)).failures == 3


def test_i21_resume_lifts_the_latch_it_saw_and_no_newer_one() -> None:
    """Seen red when: `_resumed` ignored the token."""
    state = after(a_state(), HaltSeen("one", "stop", NOW), HaltSeen("two", "stop again", NOW))
    assert after(state, Resumed(Reason.OWNER, Reason.OWNER, NOW, token="one")).halted
    assert not after(state, Resumed(Reason.OWNER, Reason.OWNER, NOW, token="two")).halted


# ---- what bars the whole desk -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "opens"), [(60, True), (-60, True), (61, False), (-61, False)])
def test_a_clock_more_than_sixty_seconds_off_opens_nothing(seconds: int, opens: bool) -> None:
    market = a_market(skew=timedelta(seconds=seconds))
    assert (why_nothing_opens(a_state(), market, BREAKERS) is None) is opens


@pytest.mark.parametrize(
    ("theirs", "readings", "why"),
    [
        ("899.99", 1, (Reason.CASH_UNEXPLAINED, "100.01 missing")),
        ("899.99", 2, (Reason.CASH_UNEXPLAINED, "100.01 missing")),
        ("1100.01", 1, None),
        ("1100.01", 2, None),
    ],
    ids=["missing, at once", "missing, and after", "more", "more, twice"],
)
def test_missing_cash_bars_opening_at_once_and_more_cash_does_not(
    theirs: str, readings: int, why: tuple[Reason, str] | None
) -> None:
    state = a_state(cash_difference=Difference(D(1000), D(theirs), readings, NOW))
    assert why_nothing_opens(state, a_market(), BREAKERS) == why


@pytest.mark.parametrize(
    ("state", "market", "why"),
    [
        (a_state(), a_market(disabled="TRADING_ENABLED=false"), Reason.TRADING_DISABLED),
        (halted(Reason.OWNER), a_market(), Reason.HALTED),
        (a_state(), a_market(account=an_account(blocked="trading blocked")), Reason.ACCOUNT_BLOCKED),
        (a_state(), a_market(account=an_account(equity="0")), Reason.NO_EQUITY),
    ],
)
def test_each_bar_to_opening_names_itself(state: State, market: Market, why: Reason) -> None:
    found = why_nothing_opens(state, market, BREAKERS)
    assert found is not None
    assert found[0] is why


def test_nothing_keeps_a_quiet_desk_from_opening() -> None:
    assert why_nothing_opens(a_state(), a_market(), BREAKERS) is None
    assert decide(a_state(), a_market(), BREAKERS) == []
