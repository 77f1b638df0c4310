"""What happens to an order on our books: it reaches one end, and failures in a row are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.evolve import evolve
from automated_trading.domain.orders import (
    BELIEVED,
    ENDS,
    BrokerOrder,
    BrokerStatus,
    Order,
    OrderStatus,
    Purpose,
    Side,
)
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent, State
from automated_trading.engine.hearing import hear
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_state,
    after,
    an_id,
    resting,
    unclear,
)
from tests.domain.histories import BEGUN, BUY, EVERY_KIND, ORDER_EVENTS, QUEUED

WAITING = f"{BOOK}/AAA"


def order_after(state: State, *events: LoggedEvent) -> Order:
    return after(state, *events).orders[BUY]


@settings(max_examples=60)
@given(st.lists(ORDER_EVENTS, max_size=40).map(lambda events: [*BEGUN, *events]))
def test_i12_an_end_once_reached_never_changes(history: list[LoggedEvent]) -> None:
    """Seen red when: `answered`, or `written`, went on without asking whether the order had ended."""
    state = State()
    for event in history:
        before, state = state, evolve(state, event)
        for key in before.orders.keys() & state.orders.keys():
            old, new = before.orders[key], state.orders[key]
            ended = old.status.ended and not (old.status.unseen and new.status is OrderStatus.ACCEPTED)
            assert not ended or new == replace(old, filled_qty=new.filled_qty, filled_value=new.filled_value)


@pytest.mark.parametrize("end", sorted(ENDS, key=str))
def test_i12_each_order_has_one_end_and_it_stays(end: OrderStatus) -> None:
    """Seen red when: `answered` went on without asking whether the order had ended."""
    state = after(a_state(resting(a_buy())), e.OrderEnded(BUY, end))
    for _, event in EVERY_KIND:
        if getattr(event, "client_order_id", "") == BUY and not (end.unseen and isinstance(event, e.OrderAccepted)):
            assert after(state, event) == state


@pytest.mark.parametrize("end", sorted(BELIEVED, key=str))
def test_an_order_believed_not_to_be_there_is_open_again_when_the_broker_shows_it(end: OrderStatus) -> None:
    state = after(a_state(replace(a_buy(), status=end)), e.OrderAccepted(BUY, "b1", D(10), D(10), NOW, found=True))
    assert state.orders[BUY].status is OrderStatus.ACCEPTED


@pytest.mark.parametrize(
    "event", [e.OrderEnded("?", OrderStatus.FILLED), e.Fill("?", D(1), D(1), NOW), e.CancelIntended("?", Reason.HALTED)]
)
def test_news_of_an_order_nobody_knows_changes_nothing(event: LoggedEvent) -> None:
    assert after(a_state(), event) == a_state()


# ---- from the wish to the answer --------------------------------------------------------------------------------


def test_an_order_goes_from_intended_through_unclear_to_accepted() -> None:
    silent = after(a_state(), e.OrderIntended(a_buy()), e.OrderUnclear(BUY, 1, "silence"))
    assert silent.orders[BUY].status is OrderStatus.UNCLEAR
    assert order_after(silent, e.OrderAccepted(BUY, "b1", D(10), D(10), NOW)).status is OrderStatus.ACCEPTED


def test_the_brokers_quantity_and_limit_replace_ours() -> None:
    order = order_after(a_state(a_buy()), e.OrderAccepted(BUY, "b1", D(9), D("9.99"), NOW))
    assert (order.qty, order.limit_price, order.broker_id) == (9, D("9.99"), "b1")


def test_an_open_order_the_broker_amended_has_its_figures_now() -> None:
    order = order_after(a_state(resting(a_buy())), e.OrderAmended(BUY, D(7), D(9), "qty 10 became 7"))
    assert (order.qty, order.limit_price, order.open_value) == (7, 9, 63)


def test_an_order_not_sent_stays_as_it_was_and_an_unclear_one_stays_unclear() -> None:
    assert order_after(a_state(a_buy()), e.OrderUnsent(BUY, 1, "")).status is OrderStatus.INTENDED
    assert order_after(a_state(unclear(a_buy())), e.OrderUnsent(BUY, 2, "")).status is OrderStatus.UNCLEAR


def test_an_order_doubted_is_unclear_with_the_brokers_words_and_can_still_arrive() -> None:
    state = after(a_state(a_buy()), e.OrderDoubted(BUY, "insufficient funds"))
    assert (state.orders[BUY].status, state.orders[BUY].doubted) == (OrderStatus.UNCLEAR, "insufficient funds")
    assert order_after(state, e.OrderAccepted(BUY, "b1", D(10), D(10), NOW)).status is OrderStatus.ACCEPTED


def test_silence_heard_late_does_not_unsettle_an_accepted_order() -> None:
    for late in (e.OrderUnclear(BUY, 5, ""), e.OrderDoubted(BUY, "no"), e.OrderWithdrawn(BUY, Reason.NEVER_ARRIVED)):
        assert order_after(a_state(resting(a_buy())), late).status is OrderStatus.ACCEPTED


def test_a_cancel_keeps_its_first_reason() -> None:
    twice = (e.CancelIntended(BUY, Reason.ENTRY_TIMEOUT), e.CancelIntended(BUY, Reason.HALTED))
    assert order_after(a_state(resting(a_buy())), *twice).cancelling == "entry_timeout"


FAILURES: list[tuple[LoggedEvent, int]] = [
    (e.OrderRefused(BUY, 422, "no"), 1),
    (e.OrderUnclear(BUY, 1, "silence"), 1),
    (e.OrderUnsent(BUY, 1, "no line"), 1),
    (e.OrderDoubted(BUY, "no"), 1),
    (e.OrderEnded(BUY, OrderStatus.REJECTED), 1),
    (e.OrderAccepted(BUY, "b1", D(10), D(10), NOW), 0),
    (e.OrderWithdrawn(BUY, Reason.NEVER_ARRIVED), 0),
]


@pytest.mark.parametrize(("event", "counted"), FAILURES, ids=lambda case: type(case).__name__)
def test_what_counts_as_an_order_failure(event: LoggedEvent, counted: int) -> None:
    assert after(a_state(a_buy(), failures=2), event).failures == 2 + counted


@pytest.mark.parametrize("end", [OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.EXPIRED])
def test_failures_in_a_row_are_counted_and_an_order_that_lived_ends_the_row(end: OrderStatus) -> None:
    state = after(a_state(a_buy(), a_buy("BBB")), e.OrderUnclear(BUY, 1, ""), e.OrderRefused(an_id("BBB"), 422, "no"))
    assert state.failures == 2
    accepted = after(state, e.OrderAccepted(BUY, "b1", D(10), D(10), NOW))
    assert after(accepted, e.Fill(BUY, D(1), D(10), NOW)).failures == 0
    assert after(accepted, e.OrderEnded(BUY, end)).failures == 0


def test_a_rejection_after_a_fill_is_the_end_of_an_order_that_lived() -> None:
    state = after(a_state(resting(a_buy()), failures=2), e.Fill(BUY, D(1), D(10), NOW))
    assert after(state, e.OrderEnded(BUY, OrderStatus.REJECTED)).failures == 0


# ---- the signal behind it ---------------------------------------------------------------------------------------


def test_an_entry_is_its_signals_answer_and_ends_its_waiting_for_room() -> None:
    state = after(a_state(), QUEUED, e.OrderIntended(a_buy()))
    assert state.day.verdicts[WAITING].said == "ordered"
    assert state.queue == {}


def test_an_entry_of_an_earlier_session_taken_back_answers_nothing_today() -> None:
    state = after(a_state(), QUEUED, e.OrderIntended(a_buy(day=YESTERDAY), taken_back=True))
    assert state.day.verdicts[WAITING].said == "queued"


def test_f10_a_redeployment_that_never_fills_costs_the_signal_nothing_and_one_that_fills_ends_its_waiting() -> None:
    again = resting(a_buy(purpose=Purpose.REDEPLOY))
    state = after(a_state(), QUEUED, e.OrderIntended(again))
    assert WAITING in after(state, e.OrderEnded(again.client_order_id, OrderStatus.EXPIRED)).queue
    assert state.day.verdicts[WAITING].said == "queued"
    assert WAITING not in after(state, a_fill(again, "1", "10")).queue


# ---- the broker's words -----------------------------------------------------------------------------------------

TELLS = {
    BrokerStatus.FILLED: OrderStatus.FILLED,
    BrokerStatus.CANCELLED: OrderStatus.CANCELLED,
    BrokerStatus.EXPIRED: OrderStatus.EXPIRED,
    BrokerStatus.REJECTED: OrderStatus.REJECTED,
}


def told(status: BrokerStatus, filled: str = "0", broker_id: str = "b-AAA", **changes: Any) -> BrokerOrder:
    average = D(10) if filled != "0" else None
    return BrokerOrder(
        broker_id, BUY, "AAA", Side.BUY, D(10), "limit", status, "raw", NOW, D(filled), average, D(10), **changes
    )


@pytest.mark.parametrize("status", list(BrokerStatus))
def test_i12_every_word_of_the_broker_ends_the_order_or_leaves_it_open(status: BrokerStatus) -> None:
    """Seen red when: EXPIRED was missing from hearing's `ENDS`."""
    state = a_state(resting(a_buy()))
    heard = after(state, *hear(state, [told(status)], RULES, NOW))
    assert heard.orders[BUY].status is TELLS.get(status, OrderStatus.ACCEPTED)
    assert hear(heard, [told(status)], RULES, NOW) == []


def test_i12_a_status_nobody_knows_stays_open_and_is_kept() -> None:
    """Seen red when: UNKNOWN was heard as CANCELLED."""
    state = a_state(resting(a_buy()))
    order = order_after(state, *hear(state, [told(BrokerStatus.UNKNOWN)], RULES, NOW))
    assert (order.status, order.puzzling, order.open_qty) == (OrderStatus.ACCEPTED, "raw", 10)


def test_a_replaced_order_is_followed_and_its_fills_are_carried_over() -> None:
    state = a_state(resting(a_buy()))
    replaced = told(BrokerStatus.REPLACED, "4", replaced_by="b2")
    for news in ([replaced], [replaced, told(BrokerStatus.FILLED, "6", "b2")], [replaced]):
        state = after(state, *hear(state, news, RULES, NOW))
    assert state.orders[BUY].status is OrderStatus.FILLED
    assert (state.positions["AAA"].qty, state.positions["AAA"].cost) == (10, 100)
