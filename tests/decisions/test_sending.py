"""Which intents may leave now, those an earlier run left behind among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from automated_trading.decisions.sending import closing, is_over, opening, unanswered, withdraw
from automated_trading.domain.events import OrderWithdrawn
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, Halt, State
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
    a_position,
    a_price,
    a_sell,
    a_session,
    a_signal,
    a_state,
    after,
    an_account,
    an_id,
    ny,
    resting,
    unclear,
)

MORNING = a_market([a_signal(), a_signal("BBB")])
FALLEN = {"AAA": a_price("9.10", "9.12", "9.10")}
HELD = a_market(held={"AAA": "10"}, prices=FALLEN)


def opens(state: State, market: Market = MORNING) -> list[str]:
    return [order.symbol for order in opening(state, market, RULES)]


def closes(state: State, market: Market = HELD) -> list[str]:
    return [order.symbol for order in closing(state, market, RULES.exits)]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_only_an_order_without_an_answer_is_sent(status: OrderStatus) -> None:
    state = a_state(a_buy(status=status))
    assert opens(state) == (["AAA"] if status in (OrderStatus.INTENDED, OrderStatus.UNCLEAR) else [])
    assert bool(unanswered(state)) is bool(opens(state))


@pytest.mark.parametrize(
    "market",
    [
        replace(MORNING, opening=False),
        replace(MORNING, disabled="switched off"),
        a_market(),
        a_market([a_signal()], prices={}),
        a_market([a_signal()], {"AAA": a_price("10.01", "10.00")}),
        a_market([a_signal(score="5.99")]),
        a_market([a_signal(generated=ny("15:00", YESTERDAY))]),
        a_market([a_signal()], account=an_account(blocked="blocked")),
        a_market([a_signal()], held={"AAA": "5"}),
        a_market([a_signal()], account=an_account(equity="980.39")),
        a_market([a_signal()], account=an_account(cash="99.99")),
        a_market([a_signal()], session=a_session(TOMORROW), previous=a_session()),
    ],
    ids=[
        "window over", "disabled", "signal gone", "no quote", "crossed", "score", "stale", "blocked", "held there",
        "over a full position", "no cash", "another session",
    ],
)  # fmt: skip
def test_an_intent_left_behind_is_judged_again_by_every_gate(market: Market) -> None:
    assert opens(a_state(a_buy())) == ["AAA"]
    assert opens(a_state(a_buy()), market) == []


def test_an_intent_from_before_a_halt_does_not_open() -> None:
    assert opens(a_state(a_buy(), unclear(a_buy("BBB")), halts={Reason.OWNER: Halt("stop", NOW)})) == []


def test_an_intent_may_be_exactly_a_full_position_and_spend_exactly_the_cash() -> None:
    market = a_market([a_signal()], account=an_account(equity="1000", cash="100"))
    assert opens(a_state(a_buy()), market) == ["AAA"]


def test_intents_that_together_break_a_cap_stay_unsent() -> None:
    market = a_market([a_signal(), a_signal("BBB")], account=an_account(cash="199.99"))
    assert opens(a_state(a_buy(), a_buy("BBB")), market) == []


def test_a_sell_is_never_sent_by_the_opening_batch_nor_a_buy_by_the_closing_one() -> None:
    state = a_state(a_position(), a_sell(), a_buy("BBB"))
    assert (opens(state), closes(state)) == (["BBB"], ["AAA"])


@pytest.mark.parametrize(
    "market",
    [
        replace(HELD, is_open=False),
        replace(HELD, disabled="off"),
        a_market(prices=FALLEN),
        a_market(held={"AAA": "9"}, prices=FALLEN),
    ],
    ids=["closed", "disabled", "the broker holds nothing", "the broker holds less"],
)
def test_a_sell_left_behind_stays_where_it_cannot_go(market: Market) -> None:
    assert closes(a_state(a_position(), a_sell()), market) == []


def test_a_sell_left_behind_stays_while_its_rule_no_longer_says_sell() -> None:
    state = a_state(a_position(), a_sell())
    assert closes(state, a_market(held={"AAA": "10"})) == []
    assert closes(state) == ["AAA"]


def test_an_intent_is_not_held_up_by_equity_breathing() -> None:
    assert opens(a_state(a_buy()), a_market([a_signal()], account=an_account(equity="990"))) == ["AAA"]


def test_an_entry_refused_when_sent_again_is_not_sent_a_third_time() -> None:
    assert opens(a_state(replace(a_buy(), doubted="no"))) == []


def test_a_sell_goes_while_the_desk_is_halted() -> None:
    assert closes(a_state(a_position(), a_sell(), halts={Reason.OWNER: Halt("stop", NOW)})) == ["AAA"]


@pytest.mark.parametrize(
    "state",
    [
        a_state(a_sell()),
        a_state(a_position(qty="9"), a_sell()),
        a_state(a_position(), a_sell(), resting(a_sell(qty="1", generation=1))),
        a_state(a_position(), a_sell(), resting(a_buy())),
        a_state(a_position(), a_sell(), unclear(a_buy())),
        a_state(a_position(), a_sell(day=YESTERDAY)),
        a_state(a_position(), a_sell(), differences={"AAA": Difference(D(10), ZERO, 2, NOW)}),
    ],
    ids=["nothing held", "less held", "promised already", "open buy", "unclear buy", "of yesterday", "frozen"],
)
def test_i6_a_sell_is_sent_only_while_its_shares_are_there_and_not_promised(state: State) -> None:
    """Seen red when: `_covered` always said yes, or `closing` did not ask for open buys or the session."""
    assert closes(state) == []


@pytest.mark.parametrize(
    ("day", "now", "over"),
    [
        (TODAY, ny("16:00") - SECOND, False),
        (TODAY, ny("16:00"), True),
        (YESTERDAY, ny("09:00"), True),
        (TOMORROW, ny("20:00"), False),
    ],
)
def test_i9_a_day_order_is_given_up_only_once_its_session_is_over(day: object, now: datetime, over: bool) -> None:
    """Seen red when: `is_over` compared with the open, or with `>`."""
    assert is_over(a_buy(day=day), a_session(), now) is over


def test_on_a_half_day_the_session_is_over_at_one() -> None:
    short = a_session(closes="13:00")
    assert not is_over(a_buy(), short, ny("13:00") - SECOND)
    assert is_over(a_buy(), short, ny("13:00"))


def test_i9_a_withdrawn_order_counts_no_longer_and_says_why() -> None:
    """Seen red when: `entries_of` kept withdrawn orders."""
    order: Order = unclear(a_buy())
    event = withdraw(order)
    state = after(a_state(order), event)
    assert event == OrderWithdrawn(an_id(), Reason.NEVER_ARRIVED)
    assert (state.open_orders(), state.entries_of(TODAY)) == ([], [])
