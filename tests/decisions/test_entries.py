"""Which signals become orders, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.decisions.entries import decide
from automated_trading.domain.events import (
    Event,
    OrderIntended,
    OrderRefused,
    OrderWithdrawn,
    SignalNotYet,
    SignalQueued,
    SignalRefused,
)
from automated_trading.domain.market import Market, Price, Quote
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Kind, Order, OrderStatus, Side, TimeInForce
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Malformed, Signal, SignalList
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    BOOK,
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
    a_quote,
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


def decided(state: State, market: Market, rules: Rules = RULES) -> list[Event]:
    return decide(state, market, rules, BOOK)


def said(state: State, market: Market, rules: Rules = RULES) -> list[tuple[str, Reason | str]]:
    """Each answer as its kind and its reason; an order as its symbol."""
    answers: list[tuple[str, Reason | str]] = []
    for event in decided(state, market, rules):
        match event:
            case OrderIntended(order):
                answers.append(("order", order.symbol))
            case SignalRefused() | SignalNotYet() | SignalQueued():
                answers.append((type(event).__name__.removeprefix("Signal").lower(), event.reason))
    return answers


def ordered(state: State, market: Market, rules: Rules = RULES) -> list[Order]:
    return [event.order for event in decided(state, market, rules) if isinstance(event, OrderIntended)]


def quoted(quote: Quote | None) -> Market:
    return a_market([a_signal()], {"AAA": Price(quote)})


def test_an_approved_signal_becomes_a_limit_day_buy_of_a_tenth_of_the_book() -> None:
    (order,) = ordered(a_state(), a_market([a_signal(tier="tier1", sector="Tech")]))
    assert (order.side, order.kind, order.time_in_force) == (Side.BUY, Kind.LIMIT, TimeInForce.DAY)
    assert (order.qty, order.limit_price) == (995, D("10.05"))
    assert order.client_order_id == an_id()
    assert order.terms is not None
    assert (order.terms.tier, order.terms.score, order.terms.sector) == ("tier1", 8, "Tech")


@pytest.mark.parametrize(
    ("tier", "fraction"), [("tier1", "0.12"), ("tier2", "0.10"), ("tier3", "0.08"), ("tier4", "0.08"), ("none", "0.08")]
)
def test_each_tier_brings_its_own_stop(tier: str, fraction: str) -> None:
    (order,) = ordered(a_state(), a_market([a_signal(tier=tier)]))
    assert order.terms is not None
    assert order.terms.stop_fraction == D(fraction)


def test_the_order_id_is_the_same_whenever_the_decision_is_made() -> None:
    market = a_market([a_signal()])
    later = replace(market, now=NOW + SECOND)
    assert ordered(a_state(), market)[0].client_order_id == ordered(a_state(), later)[0].client_order_id


@pytest.mark.parametrize(("score", "answer"), [("6.0", ("order", "AAA")), ("5.99", ("refused", Reason.LOW_SCORE))])
def test_a_score_under_six_is_refused(score: str, answer: tuple[str, Reason]) -> None:
    assert said(a_state(), a_market([a_signal(score=score)])) == [answer]


@pytest.mark.parametrize(
    ("today", "previous", "half", "close_utc"),
    [
        (date(2026, 7, 15), date(2026, 7, 14), False, "2026-07-14T20:00:00"),
        (date(2026, 7, 13), date(2026, 7, 10), False, "2026-07-10T20:00:00"),
        (date(2026, 3, 9), date(2026, 3, 6), False, "2026-03-06T21:00:00"),
        (date(2026, 11, 2), date(2026, 10, 30), False, "2026-10-30T20:00:00"),
        (date(2026, 11, 30), date(2026, 11, 27), True, "2026-11-27T18:00:00"),
    ],
    ids=["midweek", "monday", "clocks went forward", "clocks went back", "after a half day"],
)
def test_a_signal_from_before_the_previous_close_is_stale(
    today: date, previous: date, half: bool, close_utc: str
) -> None:
    close = datetime.fromisoformat(close_utc + "+00:00")
    before = a_session(previous, closes="13:00" if half else "16:00")
    for generated, fresh in [(close - SECOND, False), (close, True), (close + SECOND, True)]:
        market = a_market([a_signal(generated=generated)], session=a_session(today), previous=before)
        assert said(a_state(), market) == [("order", "AAA") if fresh else ("refused", Reason.STALE)]


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (None, Reason.NO_QUOTE),
        (a_quote("0", "0"), Reason.NO_QUOTE),
        (a_quote("0.00001", "0.00002"), Reason.NO_QUOTE),
        (a_quote("0", "10"), Reason.ONE_SIDED_QUOTE),
        (a_quote("10", "0"), Reason.ONE_SIDED_QUOTE),
        (a_quote("-1", "10"), Reason.ONE_SIDED_QUOTE),
        (a_quote("10.01", "10.00"), Reason.CROSSED_QUOTE),
        (a_quote(age=timedelta(seconds=121)), Reason.STALE_QUOTE),
        (a_quote(age=timedelta(seconds=-121)), Reason.STALE_QUOTE),
        (a_quote(age=timedelta(days=1)), Reason.STALE_QUOTE),
    ],
)
def test_i15_no_buy_on_a_quote_that_cannot_be_trusted(quote: Quote | None, why: Reason) -> None:
    """Seen red when: `quote_problem` skipped its age, compared age without `abs`, or let a bid or ask of zero pass."""
    assert said(a_state(), quoted(quote)) == [("notyet", why)]


@pytest.mark.parametrize(
    "quote", [a_quote(age=timedelta(seconds=120)), a_quote(age=timedelta(seconds=-120)), a_quote("10", "10")]
)
def test_a_quote_of_two_minutes_and_a_locked_one_will_do(quote: Quote) -> None:
    assert said(a_state(), quoted(quote)) == [("order", "AAA")]


def test_i15_no_buy_on_a_blocked_account() -> None:
    """Seen red when: `why_nothing_opens` did not look at `account.blocked`."""
    market = a_market([a_signal()], account=an_account(blocked="trading blocked"))
    assert said(a_state(), market) == [("notyet", Reason.ACCOUNT_BLOCKED)]


HELD_BY_ANOTHER = a_position(book="rotation")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (a_position(), Reason.HELD),
        (HELD_BY_ANOTHER, Reason.OTHER_BOOK),
        (a_buy(day=YESTERDAY), Reason.ORDER_OPEN),
        (resting(a_sell(day=YESTERDAY)), Reason.ORDER_OPEN),
        (a_buy(book="rotation"), Reason.OTHER_BOOK),
    ],
)
def test_what_is_held_or_on_order_is_not_bought_again(row: Position | Order, why: Reason) -> None:
    assert said(a_state(row), a_market([a_signal()])) == [("refused", why)]


def test_i9_an_unclear_order_of_yesterday_blocks_re_entry_and_counts_as_exposure() -> None:
    """Seen red when: `open_orders` left out UNCLEAR."""
    state = a_state(unclear(a_buy(qty="7000", day=YESTERDAY)))
    market = a_market([a_signal(), a_signal("BBB")])
    assert said(state, market) == [("refused", Reason.ORDER_OPEN), ("queued", Reason.MAX_EXPOSURE)]


@pytest.mark.parametrize("order", [unclear(a_buy()), a_buy(), resting(a_buy()), a_buy(status=OrderStatus.CANCELLED)])
def test_an_order_that_may_have_reached_the_broker_uses_the_signal_up(order: Order) -> None:
    assert decided(a_state(order), a_market([a_signal()])) == []


def test_a_broker_refusal_uses_the_signal_up_for_the_session() -> None:
    state = after(a_state(a_buy()), OrderRefused(an_id(), 422, "no"))
    assert ordered(state, a_market([a_signal()])) == []


def test_an_entry_that_never_arrived_leaves_its_signal_eligible_under_a_new_id() -> None:
    state = after(a_state(a_buy()), OrderWithdrawn(an_id(), Reason.NEVER_ARRIVED))
    assert [order.client_order_id for order in ordered(state, a_market([a_signal()]))] == [an_id(generation=1)]


def test_a_queued_signal_is_not_judged_again_this_session() -> None:
    market = a_market([a_signal()], account=an_account(cash="0"))
    state = after(a_state(), *decided(a_state(), market))
    assert decided(state, a_market([a_signal()])) == []


def test_a_signal_queued_yesterday_is_a_new_signal_when_it_is_told_again_today() -> None:
    before = SignalQueued(BOOK, YESTERDAY, a_signal(), Reason.NO_CASH, "", ny("10:00", YESTERDAY))
    state = after(replace(a_state(), day=replace(a_state().day, session=YESTERDAY)), before)
    again = SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW)
    assert after(state, again).queue[f"{BOOK}/AAA"].session == TODAY


@pytest.mark.parametrize("readings", [1, 2])
def test_nothing_opens_in_a_symbol_in_dispute_from_the_first_reading_on(readings: int) -> None:
    state = a_state(differences={"AAA": Difference(ZERO, D(5), readings, NOW)})
    assert said(state, a_market([a_signal()])) == [("notyet", Reason.FROZEN)]


def test_nothing_opens_in_a_symbol_the_broker_already_holds() -> None:
    assert said(a_state(), a_market([a_signal()], held={"AAA": "5"})) == [("notyet", Reason.FROZEN)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"disabled": "TRADING_ENABLED=false"}, Reason.TRADING_DISABLED),
        ({"skew": timedelta(seconds=61)}, Reason.CLOCK_SKEW),
        ({"account": an_account(equity="0")}, Reason.NO_EQUITY),
    ],
)
def test_what_bars_the_desk_is_each_signals_answer(changes: dict[str, Any], why: Reason) -> None:
    market = a_market([a_signal(), a_signal("BBB")], **changes)
    assert said(a_state(), market) == [("notyet", why), ("notyet", why)]


def test_a_halted_desk_says_so_of_each_signal() -> None:
    state = a_state(halts={Reason.OWNER: Halt("stop", NOW)})
    assert said(state, a_market([a_signal()])) == [("notyet", Reason.HALTED)]


def test_an_unusable_entry_is_refused_once_and_costs_the_others_nothing() -> None:
    listed = SignalList((a_signal(),), (Malformed("entry 2", "ticker 5 is not a plain US ticker"),))
    market = replace(a_market(), signals=listed)
    assert said(a_state(), market) == [("refused", Reason.MALFORMED), ("order", "AAA")]
    state = after(a_state(), *decided(a_state(), market))
    assert decided(state, market) == []


def test_the_same_answer_is_not_written_twice_and_a_new_reason_is() -> None:
    state = after(a_state(), *decided(a_state(), quoted(None)))
    assert decided(state, quoted(None)) == []
    assert said(state, quoted(a_quote("10", "0"))) == [("notyet", Reason.ONE_SIDED_QUOTE)]


def test_a_not_yet_that_becomes_an_order_is_no_longer_told_as_not_yet() -> None:
    state = after(a_state(), *decided(a_state(), quoted(None)))
    state = after(state, *decided(state, quoted(a_quote())))
    assert state.day.verdicts[f"{BOOK}/AAA"].said == "ordered"


# ---- caps ----------------------------------------------------------------------------------------------------

TICKERS = [f"{first}{second}" for first in "ABCDE" for second in "ABCDEF"]
MANY = [a_signal(ticker, str(50 - n)) for n, ticker in enumerate(TICKERS)]
SMALL = replace(RULES, caps=replace(RULES.caps, max_position=D("0.01")))


def crowd(**changes: Any) -> Market:
    return a_market(MANY, dict.fromkeys(TICKERS, a_price()), **changes)


def last_word(rules: Rules, **changes: Any) -> tuple[int, Reason]:
    """How many of thirty signals are ordered, and why the next is queued."""
    events = decided(a_state(), crowd(**changes), rules)
    count = sum(isinstance(event, OrderIntended) for event in events)
    waiting = events[count]
    assert isinstance(waiting, SignalQueued)
    return count, waiting.reason


def test_one_batch_stops_at_ten_positions() -> None:
    assert last_word(SMALL) == (10, Reason.MAX_POSITIONS)


def test_one_batch_stops_at_seventy_per_cent_exposure() -> None:
    assert last_word(RULES) == (7, Reason.MAX_EXPOSURE)


def test_exposure_may_reach_its_cap_to_the_cent_and_not_pass_it() -> None:
    exact = replace(RULES, caps=replace(RULES.caps, max_exposure=D("0.0999975")))
    assert last_word(exact) == (1, Reason.MAX_EXPOSURE)
    assert last_word(replace(exact, caps=replace(exact.caps, max_exposure=D("0.0999974")))) == (0, Reason.MAX_EXPOSURE)


@pytest.mark.parametrize(("cash", "count"), [("19999.50", 2), ("19999.49", 1), ("0", 0)])
def test_one_batch_stops_when_the_cash_is_promised(cash: str, count: int) -> None:
    assert last_word(RULES, account=an_account(cash=cash)) == (count, Reason.NO_CASH)


def test_one_batch_stops_at_twenty_entries_a_day() -> None:
    wide = replace(SMALL, caps=replace(SMALL.caps, max_positions=50))
    assert last_word(wide) == (20, Reason.DAILY_ORDERS)


def test_a_share_dearer_than_a_full_position_is_queued() -> None:
    market = a_market([a_signal()], {"AAA": a_price("9999", "10000")})
    assert said(a_state(), market) == [("queued", Reason.UNDER_ONE_SHARE)]


def test_a_signal_that_does_not_fit_leaves_its_room_to_a_cheaper_one() -> None:
    prices = {"AAA": a_price("4960", "4970", "4970"), "BBB": a_price("99", "100", "100")}
    market = a_market([a_signal("AAA", "9"), a_signal("BBB")], prices, account=an_account("100000", "9960"))
    assert said(a_state(), market) == [("queued", Reason.NO_CASH), ("order", "BBB")]


ASKS = st.decimals("0.05", "200", places=2) | st.decimals("200", "11000", places=2)

CASH = ["0", "9999.99", "50000", "500000"]


@st.composite
def busy_desks(draw: st.DrawFn) -> tuple[State, Market]:
    """A desk with positions, resting and unclear buys, and a morning's signals at any prices."""
    names = draw(st.permutations(TICKERS[:16]))
    rows: list[Position | Order] = []
    for name in names[: draw(st.integers(0, 5))]:
        rows.append(a_position(name, str(draw(st.integers(1, 900)))))
    for name in names[5 : 5 + draw(st.integers(0, 5))]:
        how = draw(st.sampled_from([resting, unclear]))
        rows.append(how(a_buy(name, str(draw(st.integers(1, 900))))))
    prices = {}
    for name in names:
        ask = draw(ASKS)
        prices[name] = a_price(str(ask - D("0.01")), str(ask), "10")
    signals = [Signal(name, D(7), D(10), ny("20:00", YESTERDAY)) for name in names]
    return a_state(*rows), a_market(signals, prices, account=an_account(cash=draw(st.sampled_from(CASH))))


@settings(max_examples=60)
@given(busy_desks())
def test_i17_every_cap_holds_over_one_whole_batch(desk: tuple[State, Market]) -> None:
    """Seen red when: `Room.without` did not take the cost, or the slot; `room` left out unclear or resting buys."""
    state, market = desk
    orders = ordered(state, market)
    whole = after(state, *(OrderIntended(order) for order in orders))
    buys = [order for order in whole.orders.values() if not order.status.ended]
    cost = sum((order.qty * (order.limit_price or ZERO) for order in buys), ZERO)
    held = sum((position.qty * 10 for position in state.positions.values()), ZERO)
    assert all(order.qty * (order.limit_price or ZERO) <= 10_000 for order in orders)
    if orders:
        assert len(whole.positions) + len(buys) <= 10
        assert held + cost <= 70_000
        assert cost <= market.account.cash
        assert len(whole.entries_of(TODAY)) <= 20


@settings(max_examples=30)
@given(busy_desks())
def test_every_signal_gets_exactly_one_answer(desk: tuple[State, Market]) -> None:
    state, market = desk
    fresh = [s for s in market.signals.signals if s.ticker not in {order.symbol for order in state.orders.values()}]
    assert len(decided(state, market)) == len(fresh)


@settings(max_examples=30)
@given(busy_desks())
def test_deciding_again_at_once_adds_nothing(desk: tuple[State, Market]) -> None:
    state, market = desk
    assert decided(after(state, *decided(state, market)), market) == []


def test_tomorrow_the_same_signal_has_another_id() -> None:
    market = a_market([a_signal(generated=NOW + timedelta(hours=10))])
    moved = replace(market, session=a_session(TOMORROW), previous=a_session())
    assert ordered(a_state(), market)[0].client_order_id != ordered(a_state(), moved)[0].client_order_id


def test_the_limit_never_spends_more_than_a_full_position() -> None:
    (order,) = ordered(a_state(), a_market([a_signal()], account=an_account("12345.67")))
    assert order.open_value <= Decimal("1234.567") < order.open_value + (order.limit_price or ZERO)
