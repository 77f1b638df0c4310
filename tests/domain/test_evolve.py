"""The one door to the state: every event does what it says, and hearing it twice does it once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.codec import KINDS, decode_event, encode_event
from automated_trading.domain.evolve import ENDED_ORDERS_KEPT, evolve, fold
from automated_trading.domain.money import ZERO, cents
from automated_trading.domain.orders import ENDS, NEVER_THERE, BrokerOrder, BrokerStatus, Order, OrderStatus, Side
from automated_trading.domain.positions import ClosedTrade, Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Checkpoint, Halt, LoggedEvent, State
from automated_trading.engine.hearing import hear, sold_out
from tests.builders import (
    ACCOUNT,
    BOOK,
    MODE,
    NOW,
    RULES,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_signal,
    a_state,
    after,
    an_account,
    an_id,
    ny,
    resting,
    unclear,
)

BUY, SELL = an_id(), an_id(side=Side.SELL)
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D(9), D(-10), "stop_loss", NOW, NOW)
SOLD_OUT = replace(a_position(), qty=ZERO, cost=ZERO, sold_qty=D(10), sold_value=D(90), realised=D(-10))
FIGURES = e.SessionClosed(TODAY, ny("16:30"), D(1), D(1), D(1), ZERO, ZERO)
QUEUED = e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW)
LATCHED = a_state(halts={Reason.OWNER: Halt("stop", NOW, token="one")})
SEEN = e.DifferenceSeen("AAA", D(10), D(9), 1, NOW)

EVERY_KIND: list[tuple[State, LoggedEvent]] = [
    (a_state(), e.RunStarted("morning", NOW, "r2", "1.0")),
    (a_state(), e.RunFinished("morning", NOW, "done", "nothing traded")),
    (State(), e.AccountPinned(ACCOUNT, MODE)),
    (a_state(), e.LogCut(7, 12, "audit_log.torn")),
    (a_state(), e.SettingsChanged("r1", "r2")),
    (a_state(a_buy(status=OrderStatus.FILLED)), e.SessionBegan(TOMORROW, NOW)),
    (a_state(), e.MorningBegan(TODAY)),
    (a_state(), e.EquityMarked(TODAY, an_account(), NOW)),
    (a_state(), e.SignalRefused(BOOK, TODAY, "AAA", Reason.LOW_SCORE, "5 < 6")),
    (a_state(), e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, "")),
    (a_state(), QUEUED),
    (after(a_state(), QUEUED), e.SignalDropped(BOOK, "AAA", Reason.AGED)),
    (a_state(), e.OrderIntended(a_buy())),
    (a_state(unclear(a_buy()), failures=2), e.OrderAccepted(BUY, "b1", D(9), D("9.99"), NOW, "qty 10 became 9")),
    (a_state(a_buy()), e.OrderRefused(BUY, 403, "insufficient buying power")),
    (a_state(a_buy()), e.OrderUnclear(BUY, 1, "read timed out")),
    (a_state(a_buy()), e.OrderUnsent(BUY, 1, "no line")),
    (a_state(replace(resting(a_buy()), filled_qty=D(4), filled_value=D(40))), e.OrderReplaced(BUY, "b2")),
    (a_state(a_buy()), e.OrderDoubted(BUY, "no")),
    (a_state(resting(a_buy())), e.OrderAmended(BUY, D(7), D(9), "qty 10 became 7")),
    (a_state(resting(a_buy())), e.OrderPuzzling(BUY, "sleeping")),
    (a_state(resting(a_buy())), e.OrderEnded(BUY, OrderStatus.CANCELLED)),
    (a_state(unclear(a_buy())), e.OrderWithdrawn(BUY, Reason.NEVER_ARRIVED)),
    (a_state(resting(a_buy())), e.CancelIntended(BUY, Reason.ENTRY_TIMEOUT)),
    (a_state(a_position(), resting(a_sell())), a_fill(a_sell(), "4", "36.50")),
    (a_state(SOLD_OUT), e.PositionClosed(TRADE)),
    (a_state(a_position()), e.HighRaised("AAA", D(11))),
    (a_state(a_position()), e.StopRaised("AAA", D("9.50"), "the rules in force now")),
    (a_state(), e.Halted(Reason.DAY_LOSS, "equity -5.10%", NOW, TODAY)),
    (a_state(), e.HaltSeen("one", "going away", NOW)),
    (LATCHED, e.Resumed(Reason.OWNER, Reason.OWNER, NOW, "one")),
    (a_state(a_position()), SEEN),
    (after(a_state(a_position()), SEEN), e.DifferenceSettled("AAA", "agree again")),
    (a_state(), FIGURES),
    (a_state(), Checkpoint(a_state(a_position(), resting(a_buy("BBB"))))),
]
SILENT = e.SettingsChanged
"""For the reader of the log alone."""


def name(case: object) -> str:
    return "" if isinstance(case, State) else type(case).__name__


def test_every_kind_of_event_is_in_the_table_below() -> None:
    assert {type(event) for _, event in EVERY_KIND} == set(KINDS.values())


@pytest.mark.parametrize(("state", "event"), EVERY_KIND, ids=name)
def test_hearing_the_same_event_twice_changes_nothing(state: State, event: LoggedEvent) -> None:
    once = evolve(state, event)
    assert (once == state) is isinstance(event, SILENT)
    assert evolve(once, event) == once


# ---- any history ------------------------------------------------------------------------------------------------

ROWS = [a_buy(), a_buy("BBB", "20", "5"), a_sell(qty="6"), a_sell(qty="4", generation=1), a_sell("BBB")]
KEYS = st.sampled_from([row.client_order_id for row in ROWS])
SYMBOLS, SMALL = st.sampled_from(["AAA", "BBB"]), st.integers(1, 10)
REASONS = st.sampled_from([Reason.OWNER, Reason.DAY_LOSS, Reason.ORDER_FAILURES, Reason.NO_CASH])
SESSIONS, TOKENS = st.sampled_from([TODAY, TOMORROW, TOMORROW + timedelta(30)]), st.sampled_from(["", "one", "two"])
MOMENTS = st.integers(0, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
FILLS = st.builds(
    lambda row, total, jitter, now: e.Fill(row.client_order_id, D(total), D(total * 10) + D(jitter) / 100, now),
    st.sampled_from(ROWS), SMALL, st.integers(-40, 40), MOMENTS,
)  # fmt: skip
ORDER_EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    FILLS,
    st.sampled_from(ROWS).map(e.OrderIntended),
    st.builds(e.OrderAccepted, KEYS, st.sampled_from(["b1", "b2"]), SMALL.map(D), st.just(D(10)), MOMENTS),
    st.builds(e.OrderRefused, KEYS, st.just(422), st.just("no")),
    st.builds(e.OrderUnclear, KEYS, st.integers(1, 4), st.just("")),
    st.builds(e.OrderUnsent, KEYS, st.integers(1, 4), st.just("")),
    st.builds(e.OrderReplaced, KEYS, st.sampled_from(["b2", "b3"])),
    st.builds(e.OrderAmended, KEYS, SMALL.map(D), st.just(D(9)), st.just("")),
    st.builds(e.OrderPuzzling, KEYS, st.just("sleeping")),
    st.builds(e.OrderEnded, KEYS, st.sampled_from(sorted(ENDS, key=str))),
    st.builds(e.OrderWithdrawn, KEYS, st.just(Reason.NEVER_ARRIVED)),
    st.builds(e.CancelIntended, KEYS, REASONS),
)
EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    ORDER_EVENTS,
    st.builds(e.PositionClosed, SYMBOLS.map(lambda symbol: replace(TRADE, symbol=symbol))),
    st.builds(e.HighRaised, SYMBOLS, SMALL.map(D)),
    st.builds(e.StopRaised, SYMBOLS, SMALL.map(D), st.just("")),
    st.builds(e.Halted, REASONS, st.just(""), MOMENTS, st.none() | SESSIONS),
    st.builds(e.HaltSeen, TOKENS, st.just(""), MOMENTS),
    st.builds(e.Resumed, REASONS, REASONS, MOMENTS, TOKENS),
    st.builds(e.DifferenceSeen, SYMBOLS, SMALL.map(D), SMALL.map(D), st.integers(1, 2), MOMENTS),
    st.builds(e.DifferenceSettled, SYMBOLS, st.just("")),
    st.builds(e.SignalRefused, st.just(BOOK), SESSIONS, SYMBOLS, REASONS, st.just("")),
    st.builds(e.SignalQueued, st.just(BOOK), SESSIONS, st.just(a_signal()), REASONS, st.just(""), MOMENTS),
    st.builds(e.SignalDropped, st.just(BOOK), SYMBOLS, REASONS),
    st.builds(e.SessionBegan, SESSIONS, MOMENTS),
    st.builds(e.RunStarted, st.just("monitor"), MOMENTS, TOKENS, st.just("1")),
    st.builds(e.RunFinished, st.just("monitor"), MOMENTS, st.just("done"), st.just("")),
    st.builds(e.EquityMarked, SESSIONS, st.just(an_account()), MOMENTS),
    st.just(FIGURES),
)
BEGUN = [e.SessionBegan(TODAY, NOW), *map(e.OrderIntended, ROWS[:3])]
HISTORIES = st.lists(EVENTS, max_size=40).map(lambda events: [*BEGUN, *events])


@settings(max_examples=100)
@given(HISTORIES, EVENTS)
def test_after_any_history_hearing_any_event_twice_changes_nothing(history: list[LoggedEvent], last: e.Event) -> None:
    once = evolve(fold(history), last)
    assert evolve(once, last) == once


@settings(max_examples=60)
@given(HISTORIES, st.integers(0, 40))
def test_i22_the_state_is_the_fold_of_its_log_from_any_checkpoint_on(history: list[LoggedEvent], cut: int) -> None:
    """Seen red when: the Checkpoint was folded as nothing."""
    state = fold(history)
    lines = [encode_event(event) for event in [*history[:cut], Checkpoint(fold(history[:cut])), *history[cut:]]]
    assert fold(decode_event(*line) for line in lines) == state
    assert fold(decode_event(*line) for line in lines[min(cut, len(history)) :]) == state


@settings(max_examples=60)
@given(st.lists(ORDER_EVENTS, max_size=40).map(lambda events: [*BEGUN, *events]))
def test_i12_an_end_once_reached_never_changes(history: list[LoggedEvent]) -> None:
    """Seen red when: `_answer`, or `_order`, went on without asking whether the order had ended."""
    state = State()
    for event in history:
        before, state = state, evolve(state, event)
        for key in before.orders.keys() & state.orders.keys():
            old, new = before.orders[key], state.orders[key]
            ended = old.status.ended and not (old.status.unseen and new.status is OrderStatus.ACCEPTED)
            assert not ended or new == replace(old, filled_qty=new.filled_qty, filled_value=new.filled_value)


@settings(max_examples=60)
@given(HISTORIES)
def test_a_stop_and_a_high_only_ever_rise(history: list[LoggedEvent]) -> None:
    state = State()
    for event in history:
        before, state = state, evolve(state, event)
        for symbol in before.positions.keys() & state.positions.keys():
            old, new = before.positions[symbol], state.positions[symbol]
            assert new.stop >= old.stop
            assert new.high >= old.high


# ---- orders -----------------------------------------------------------------------------------------------------


def order_after(state: State, *events: LoggedEvent) -> Order:
    return after(state, *events).orders[BUY]


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


def test_silence_heard_late_does_not_unsettle_an_accepted_order() -> None:
    assert order_after(a_state(resting(a_buy())), e.OrderUnclear(BUY, 5, "")).status is OrderStatus.ACCEPTED


def test_failures_in_a_row_are_counted_and_one_acceptance_ends_the_row() -> None:
    state = after(a_state(a_buy(), a_buy("BBB")), e.OrderUnclear(BUY, 1, ""), e.OrderRefused(an_id("BBB"), 422, "no"))
    assert state.failures == 2
    assert after(state, e.OrderAccepted(BUY, "b1", D(10), D(10), NOW)).failures == 0


@pytest.mark.parametrize("end", sorted(ENDS, key=str))
def test_i12_each_order_has_one_end_and_it_stays(end: OrderStatus) -> None:
    """Seen red when: `_answer` went on without asking whether the order had ended."""
    state = after(a_state(resting(a_buy())), e.OrderEnded(BUY, end))
    for _, event in EVERY_KIND:
        if getattr(event, "client_order_id", "") == BUY and not (end.unseen and isinstance(event, e.OrderAccepted)):
            assert after(state, event) == state


@pytest.mark.parametrize("end", sorted(NEVER_THERE, key=str))
def test_an_order_believed_never_to_have_arrived_is_open_again_when_the_broker_shows_it(end: OrderStatus) -> None:
    state = after(a_state(replace(a_buy(), status=end)), e.OrderAccepted(BUY, "b1", D(10), D(10), NOW, found=True))
    assert state.orders[BUY].status is OrderStatus.ACCEPTED


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


@pytest.mark.parametrize(
    "event", [e.OrderEnded("?", OrderStatus.FILLED), e.Fill("?", D(1), D(1), NOW), e.CancelIntended("?", Reason.HALTED)]
)
def test_news_of_an_order_nobody_knows_changes_nothing(event: LoggedEvent) -> None:
    assert after(a_state(), event) == a_state()


# ---- fills ------------------------------------------------------------------------------------------------------


def test_a_first_fill_makes_a_position_with_the_terms_of_its_order() -> None:
    position = after(a_state(resting(a_buy())), a_fill(a_buy(), "4", "40.04")).positions["AAA"]
    assert (position.qty, position.cost, position.entry_price) == (4, D("40.04"), D("10.01"))
    assert (position.stop, position.high, position.session) == (D("9.20"), D("10.01"), TODAY)


def test_a_dearer_second_fill_lifts_the_stop_and_a_cheaper_one_never_lowers_it() -> None:
    state = after(a_state(resting(a_buy())), a_fill(a_buy(), "4", "40"))
    assert after(state, a_fill(a_buy(), "8", "88")).positions["AAA"].stop == D("10.12")
    assert after(state, a_fill(a_buy(), "8", "72")).positions["AAA"].stop == D("9.20")


def test_i11_a_fill_heard_twice_or_out_of_order_is_booked_once() -> None:
    """Seen red when: `_fill` added the total in the place of what is new in it."""
    fills = [a_fill(a_buy(), "3", "30"), a_fill(a_buy(), "7", "70.50"), a_fill(a_buy(), "10", "101")]
    for order in permutations([*fills, *fills]):
        state = after(a_state(resting(a_buy())), *order)
        assert (state.positions["AAA"].qty, state.positions["AAA"].cost) == (10, 101)
        assert state.day.bought == 101


@settings(max_examples=100)
@given(st.lists(FILLS, max_size=30))
def test_i11_whatever_is_heard_how_often_the_most_that_was_told_is_booked(fills: list[e.Fill]) -> None:
    """Seen red when: `_fill` let a smaller total through, or added the total in the place of what is new."""
    state = after(a_state(*map(resting, ROWS), a_position(qty="100"), a_position("BBB", "100")), *fills)
    most = {row.client_order_id: ZERO for row in ROWS}
    for fill in fills:
        most[fill.client_order_id] = max(most[fill.client_order_id], fill.total_qty)
    for symbol in ("AAA", "BBB"):
        signed = sum(
            (most[row.client_order_id] * (1 if row.side is Side.BUY else -1) for row in ROWS if row.symbol == symbol),
            ZERO,
        )
        assert state.positions[symbol].qty == 100 + signed
    assert {key: order.filled_qty for key, order in state.orders.items()} == most


@pytest.mark.parametrize("end", sorted(ENDS, key=str))
def test_i11_a_fill_on_an_ended_order_is_booked(end: OrderStatus) -> None:
    """Seen red when: `_fill` ignored ended orders."""
    state = after(a_state(a_buy(status=end)), a_fill(a_buy(), "2", "20"))
    assert state.positions["AAA"].qty == 2
    assert state.orders[BUY].status is end


def test_i11_nothing_but_a_fill_makes_a_position_or_profit() -> None:
    """Seen red when: OrderAccepted booked its quantity."""
    for state, event in EVERY_KIND:
        if not isinstance(event, e.Fill | e.PositionClosed | Checkpoint):
            found = after(state, event)
            assert {key: held.qty for key, held in found.positions.items()} == {
                key: held.qty for key, held in state.positions.items()
            }
            assert found.day.realised == found.day.bought == found.day.sold == 0


def test_a_buy_without_its_terms_is_impossible_data() -> None:
    order = resting(a_buy(terms=None))
    with pytest.raises(ValueError, match="without its terms"):
        after(a_state(order), a_fill(order, "1", "10"))


def test_a_sell_fill_takes_its_share_of_the_cost_and_the_rest_is_profit() -> None:
    state = after(a_state(a_position(), resting(a_sell())), a_fill(a_sell(), "4", "36"))
    position = state.positions["AAA"]
    assert (position.qty, position.cost, position.realised, position.exit_reason) == (6, 60, -4, "stop_loss")
    assert (state.day.sold, state.day.realised) == (36, -4)


def test_a_sell_fill_of_what_is_no_longer_held_is_money_that_came_in_and_no_position() -> None:
    state = after(a_state(resting(a_sell())), a_fill(a_sell(), "4", "36"))
    assert (state.positions, state.day.sold) == ({}, 36)


# ---- money ------------------------------------------------------------------------------------------------------

TRADES = st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.integers(1, 2_000_000)), min_size=1, max_size=25)
"""Buy or sell, shares, price in hundredths of a cent."""


def traded(trades: Iterable[tuple[bool, int, int]]) -> tuple[State, list[tuple[bool, int, Fraction]]]:
    """Each trade as one order filled in two parts, the state after all of them, and the same as an account book."""
    state, ledger, held = a_state(), list[tuple[bool, int, Fraction]](), 0
    for number, (buys, qty, price) in enumerate(trades):
        qty = qty if buys else min(qty, held)
        if qty == 0:
            continue
        held += qty if buys else -qty
        order = resting((a_buy if buys else a_sell)(qty=str(qty), generation=number))
        total, part = D(qty) * D(price) / 10_000, D(qty // 2)
        state = after(state, e.OrderIntended(order))
        if part:
            state = after(state, a_fill(order, str(part), str(part * D(price + 1) / 10_000)))
        state = after(state, a_fill(order, str(qty), str(total)))
        state = after(state, *sold_out(state, NOW))
        ledger.append((buys, qty, Fraction(total)))
    return state, ledger


@settings(max_examples=100)
@given(TRADES)
def test_i25_every_cent_bought_is_in_a_position_or_in_what_was_sold_and_realised(
    trades: list[tuple[bool, int, int]],
) -> None:
    """Seen red when: `_fill` took cost by `bought_qty`, or lost `realised` on a partial fill."""
    state, ledger = traded(trades)
    bought = sum(value for buys, _, value in ledger if buys)
    sold = sum(value for buys, _, value in ledger if not buys)
    cost = sum((position.cost for position in state.positions.values()), ZERO)
    open_profit = sum((position.realised for position in state.positions.values()), ZERO)
    closed = sum((trade.realised for trade in state.day.closed), ZERO)
    assert (Fraction(state.day.bought), Fraction(state.day.sold)) == (bought, sold)
    assert state.day.realised == pytest.approx(open_profit + closed, abs=Decimal("1e-15"))
    assert cents(state.day.bought - state.day.sold + state.day.realised) == cents(cost)


@settings(max_examples=100)
@given(TRADES)
def test_i25_profit_is_what_an_account_book_at_average_cost_says(trades: list[tuple[bool, int, int]]) -> None:
    """Seen red when: cost went out at the entry price of the position's whole life."""
    state, ledger = traded(trades)
    qty, cost, realised = 0, Fraction(0), Fraction(0)
    for buys, shares, value in ledger:
        if buys:
            qty, cost = qty + shares, cost + value
        else:
            gone = cost * shares / qty
            qty, cost, realised = qty - shares, cost - gone, realised + value - gone
    nothing = Position("AAA", BOOK, ZERO, ZERO, NOW, TODAY, ZERO, ZERO, ZERO)
    position = state.positions.get("AAA", nothing)
    assert position.qty == qty
    assert abs(Fraction(position.cost) - cost) < Fraction(1, 10**12)
    assert abs(Fraction(state.day.realised) - realised) < Fraction(1, 10**12)


# ---- the day, halts, runs ---------------------------------------------------------------------------------------


def test_a_new_session_starts_the_counters_afresh_and_keeps_what_stands() -> None:
    state = after(a_state(a_position(), resting(a_sell())), e.MorningBegan(TODAY), a_fill(a_sell(), "4", "36"), FIGURES)
    begun = after(state, e.SessionBegan(TOMORROW, NOW))
    assert begun.day == replace(State().day, session=TOMORROW)
    assert begun.positions == state.positions
    assert begun.open_orders() == state.open_orders()


def test_ended_orders_are_forgotten_after_a_week_and_open_ones_never() -> None:
    state = a_state(a_buy(status=OrderStatus.FILLED), resting(a_buy("BBB")))
    kept = after(state, e.SessionBegan(TODAY + ENDED_ORDERS_KEPT, NOW))
    gone = after(state, e.SessionBegan(TODAY + ENDED_ORDERS_KEPT + timedelta(1), NOW))
    assert [order.symbol for order in kept.orders.values()] == ["AAA", "BBB"]
    assert [order.symbol for order in gone.orders.values()] == ["BBB"]
    assert (kept.forgotten, gone.forgotten) == (TODAY - timedelta(1), TODAY)


def test_a_desk_that_was_never_heard_out_or_lost_its_tail_forgets_no_order() -> None:
    state = a_state(a_buy(status=OrderStatus.FILLED))
    for unheard in (replace(state, marked=None), after(state, e.LogCut(7, 12, "torn"))):
        begun = after(unheard, e.SessionBegan(TODAY + timedelta(90), NOW))
        assert (list(begun.orders), begun.forgotten) == ([BUY], None)


def test_an_entry_is_its_signals_answer_and_ends_its_waiting_for_room() -> None:
    state = after(a_state(), QUEUED, e.OrderIntended(a_buy()))
    assert state.day.verdicts[f"{BOOK}/AAA"].said == "ordered"
    assert state.queue == {}


def test_an_entry_of_an_earlier_session_taken_back_answers_nothing_today() -> None:
    state = after(a_state(), QUEUED, e.OrderIntended(a_buy(day=YESTERDAY), taken_back=True))
    assert state.day.verdicts[f"{BOOK}/AAA"].said == "queued"


def test_the_last_close_is_the_one_the_session_first_heard() -> None:
    state = replace(a_state(), day=replace(a_state().day, last_equity=None))
    first = e.EquityMarked(TODAY, an_account(last_equity="100"), NOW)
    later = e.EquityMarked(TODAY, an_account(equity="7", last_equity="200"), NOW)
    heard = after(state, first, later)
    assert heard.day.last_equity == 100
    assert heard.marked == later.account


def test_the_closing_figures_are_recorded_once() -> None:
    assert after(a_state(), FIGURES, replace(FIGURES, equity=D(2))).day.figures == FIGURES


def test_a_folder_belongs_to_one_account() -> None:
    with pytest.raises(ValueError, match="the log is of account account-1, not account-2"):
        after(a_state(), e.AccountPinned("account-2", MODE))


def test_a_newer_latch_takes_the_place_of_an_older_and_the_same_is_not_news() -> None:
    assert after(LATCHED, e.HaltSeen("two", "again", NOW)).halts[Reason.OWNER].token == "two"
    assert after(LATCHED, e.HaltSeen("one", "other words", NOW)) == LATCHED


def test_a_standing_halt_keeps_its_first_moment_and_words() -> None:
    state = after(a_state(), e.Halted(Reason.ORDER_FAILURES, "5 orders in a row failed", NOW))
    assert after(state, e.Halted(Reason.ORDER_FAILURES, "6 orders in a row failed", ny("11:00"))) == state


def test_a_position_with_shares_left_is_not_closed() -> None:
    assert after(a_state(a_position()), e.PositionClosed(TRADE)).positions.keys() == {"AAA"}


def test_a_closed_position_leaves_its_story_with_the_day() -> None:
    state = after(a_state(SOLD_OUT), *sold_out(a_state(SOLD_OUT), NOW))
    assert state.positions == {}
    assert [(trade.qty, trade.exit_price, trade.realised) for trade in state.day.closed] == [(10, 9, -10)]
