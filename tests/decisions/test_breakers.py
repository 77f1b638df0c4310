"""When opening stops by itself, and what lets it begin again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from automated_trading.decisions.breakers import decide, why_nothing_opens
from automated_trading.domain.codec import decode, encode
from automated_trading.domain.events import Halted, HaltSeen, OrderUnclear, OrderUnsent, Resumed, SessionBegan
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Halt, State
from tests.builders import (
    NOW,
    RULES,
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
    ny,
)

BREAKERS = RULES.breakers
OWNERS = (Reason.OWNER, Reason.LOST_FOLDER, Reason.ORDER_FAILURES)


def halted(*reasons: Reason, session: date | None = None) -> State:
    return a_state(halts={reason: Halt("why", NOW, session) for reason in reasons}, failures=3)


def tomorrow() -> Market:
    return replace(a_market(), now=ny("10:00", TOMORROW), session=a_session(TOMORROW), previous=a_session())


@pytest.mark.parametrize(("equity", "halts"), [("95000.01", False), ("95000.00", True), ("94999.99", True)])
def test_a_day_loss_of_exactly_five_per_cent_halts(equity: str, halts: bool) -> None:
    market = a_market(account=an_account(equity=equity))
    assert [event.reason for event in decide(a_state(), market, BREAKERS) if isinstance(event, Halted)] == (
        [Reason.DAY_LOSS] if halts else []
    )


def test_a_day_loss_halt_carries_its_session_so_that_the_next_may_lift_it() -> None:
    (halt,) = decide(a_state(), a_market(account=an_account(equity="90000")), BREAKERS)
    assert isinstance(halt, Halted)
    assert halt.session == TODAY


def test_the_day_loss_is_reckoned_from_the_close_first_told_and_not_from_a_later_word() -> None:
    market = a_market(account=an_account(equity="95000", last_equity="95000"))
    assert [type(event) for event in decide(a_state(), market, BREAKERS)] == [Halted]


def test_a_day_loss_halt_is_not_written_twice_in_its_session() -> None:
    market = a_market(account=an_account(equity="90000"))
    state = after(a_state(), *decide(a_state(), market, BREAKERS))
    assert decide(state, market, BREAKERS) == []


def test_a_second_day_of_heavy_loss_lifts_the_old_halt_and_begins_a_new_one() -> None:
    market = replace(tomorrow(), account=an_account(equity="90000"))
    events = decide(halted(Reason.DAY_LOSS, session=TODAY), market, BREAKERS)
    assert [type(event) for event in events] == [Resumed, Halted]
    assert after(halted(Reason.DAY_LOSS, session=TODAY), *events).halts[Reason.DAY_LOSS].session == TOMORROW


@pytest.mark.parametrize("last_equity", ["0", "-1"])
def test_without_a_usable_last_close_no_day_loss_is_claimed_and_nothing_opens(last_equity: str) -> None:
    market = a_market(account=an_account(last_equity=last_equity))
    state = a_state(day=replace(a_state().day, last_equity=None))
    assert decide(state, market, BREAKERS) == []
    assert why_nothing_opens(state, market, BREAKERS) == (Reason.NO_EQUITY, "equity 100000")


@pytest.mark.parametrize(("failures", "halts"), [(4, False), (5, True), (6, True)])
def test_five_order_failures_in_a_row_halt(failures: int, halts: bool) -> None:
    found = decide(a_state(failures=failures), a_market(), BREAKERS)
    assert bool(found) is halts
    assert (why_nothing_opens(a_state(failures=failures), a_market(), BREAKERS) is not None) is halts


def test_order_failures_counted_over_several_orders_stop_opening_before_the_halt_is_written() -> None:
    orders = [a_buy(symbol) for symbol in ("AAA", "BBB", "CCC", "DDD", "EEE")]
    silence = [OrderUnclear(order.client_order_id, 1, "silence") for order in orders[:3]]
    waits = [OrderUnsent(order.client_order_id, 1, "no line") for order in orders[3:]]
    state = after(a_state(*orders), *silence, *waits)
    assert why_nothing_opens(state, a_market(), BREAKERS) == (Reason.HALTED, "order_failures")


def test_the_next_session_lifts_the_day_loss_halt_and_nothing_else() -> None:
    state = halted(*OWNERS)
    state = replace(state, halts={**state.halts, Reason.DAY_LOSS: Halt("loss", NOW, TODAY)})
    events = decide(state, tomorrow(), BREAKERS)
    assert events == [Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, ny("10:00", TOMORROW))]


def test_the_same_session_never_lifts_the_day_loss_halt_even_when_equity_comes_back() -> None:
    assert decide(halted(Reason.DAY_LOSS, session=TODAY), a_market(), BREAKERS) == []


def test_i21_halts_and_counters_are_reset_by_their_own_rule_only() -> None:
    """Seen red when: `_session_began` also cleared `halts`, or `failures`."""
    state = after(halted(*OWNERS, Reason.DAY_LOSS, session=None), SessionBegan(TOMORROW, NOW))
    assert set(state.halts) == {*OWNERS, Reason.DAY_LOSS}
    assert state.failures == 3
    assert set(after(state, *decide(state, tomorrow(), BREAKERS)).halts) >= set(OWNERS)


def test_i21_halts_and_counters_survive_being_written_down() -> None:
    """Seen red when: `encode` left out `failures` and `Halt.session`."""
    state = halted(*OWNERS, Reason.DAY_LOSS, session=TODAY)
    assert decode(State, encode(state)) == state


@pytest.mark.parametrize("reason", OWNERS)
def test_i21_the_failures_in_a_row_are_zeroed_by_the_owner_and_not_by_a_new_session(reason: Reason) -> None:
    """Seen red when: `_halt` zeroed the failures whoever resumed."""
    assert after(halted(reason), Resumed(reason, Reason.OWNER, NOW)).failures == 0
    assert after(halted(reason), Resumed(reason, Reason.NEXT_SESSION, NOW)).failures == 3


def test_i21_resume_lifts_the_latch_it_saw_and_no_newer_one() -> None:
    """Seen red when: `_halt` ignored the token."""
    state = after(a_state(), HaltSeen("one", "stop", NOW), HaltSeen("two", "stop again", NOW))
    assert after(state, Resumed(Reason.OWNER, Reason.OWNER, NOW, token="one")).halted
    assert not after(state, Resumed(Reason.OWNER, Reason.OWNER, NOW, token="two")).halted


@pytest.mark.parametrize(("seconds", "opens"), [(60, True), (-60, True), (61, False), (-61, False)])
def test_a_clock_more_than_sixty_seconds_off_opens_nothing(seconds: int, opens: bool) -> None:
    market = a_market(skew=timedelta(seconds=seconds))
    assert (why_nothing_opens(a_state(), market, BREAKERS) is None) is opens


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


def test_a_limit_of_a_tenth_is_obeyed_as_a_tenth() -> None:
    rules = replace(BREAKERS, daily_loss=D("0.10"))
    assert decide(a_state(), a_market(account=an_account(equity="90000.01")), rules) == []
    assert decide(a_state(), a_market(account=an_account(equity="90000")), rules) != []


def test_an_old_session_does_not_come_back() -> None:
    assert after(a_state(), SessionBegan(YESTERDAY, NOW)) == a_state()
