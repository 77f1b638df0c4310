"""A stop that one price alone has reached: counted, and at the third cycle in a row sold by limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from automated_trading.decisions import cancels, exits
from automated_trading.decisions.watching import observe
from automated_trading.domain.events import CancelIntended, OrderAccepted, OrderEnded, OrderIntended
from automated_trading.domain.market import NO_PRICE, Market, Price, Quote, Trade
from automated_trading.domain.orders import Kind, Order, OrderStatus, TimeInForce
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from tests.builders import MINUTE, NOW, RULES, SECOND, D, a_holding, a_market, a_position, a_state, after

STOP = "9.20"
CYCLE = 5 * MINUTE


def quoted(bid: str | None, last: str | None, now: datetime = NOW, mark: str | None = None) -> Market:
    """A market now, with a bid, a last trade and the broker's own mark, each where it is there."""
    quote = Quote(D(bid), 2 * D(bid), now) if bid else None
    trade = Trade(D(last), now) if last else None
    return a_market(prices={"AAA": Price(quote, trade)}, holdings={"AAA": a_holding(mark=mark)}, now=now)


def cycle(state: State, market: Market) -> State:
    """What a round of the desk does about a held symbol: watch, cancel (confirmed at once), sell (accepted at once)."""
    state = after(state, *observe(state, market, RULES.exits))
    for event in cancels.decide(state, market, RULES, exits.to_exit(state, market, RULES.exits)):
        assert isinstance(event, CancelIntended)
        state = after(state, event, OrderEnded(event.client_order_id, OrderStatus.CANCELLED))
    for event in exits.decide(state, market, exits.to_exit(state, market, RULES.exits)):
        assert isinstance(event, OrderIntended)
        order = event.order
        taken = OrderAccepted(order.client_order_id, f"b{len(state.orders)}", order.qty, order.limit_price, market.now)
        state = after(state, event, taken)
    return state


def rounds(*markets: Market) -> State:
    state = a_state(a_position())
    for market in markets:
        state = cycle(state, market)
    return state


def the_order(state: State) -> Order:
    (order,) = state.open_orders("AAA")
    return order


DIVIDED = quoted("9.19", "9.50")
WAITS = quoted(None, None)


@pytest.mark.parametrize(
    ("markets", "sells"),
    [
        ([DIVIDED], False),
        ([DIVIDED, DIVIDED], False),
        ([DIVIDED, DIVIDED, DIVIDED], True),
        ([DIVIDED, DIVIDED, quoted("9.50", "9.50"), DIVIDED], False),
        ([DIVIDED, DIVIDED, WAITS], False),
        ([DIVIDED, DIVIDED, WAITS, WAITS, DIVIDED], True),
        ([DIVIDED, DIVIDED, DIVIDED, WAITS], True),
    ],
    ids=["once", "twice", "three times", "agreed in between", "then nothing fresh", "nothing fresh in between", "sold"],
)
def test_at_the_third_undecided_cycle_in_a_row_it_is_sold_by_limit(markets: list[Market], sells: bool) -> None:
    assert bool(rounds(*markets).open_orders("AAA")) is sells


def test_it_is_a_limit_order_for_the_day_with_its_reason() -> None:
    order = the_order(rounds(DIVIDED, DIVIDED, DIVIDED))
    assert (order.kind, order.time_in_force, order.qty) == (Kind.LIMIT, TimeInForce.DAY, 10)
    assert (order.reason, order.limit_price) == ("undecided", D("9.40"))


@pytest.mark.parametrize(
    ("bid", "last", "mark", "limit"),
    [
        ("9.20", "9.21", None, "9.11"),
        ("9.19", "10.00", None, "9.90"),
        ("9.99", "9.00", None, "9.89"),
        ("9.20", None, None, "9.10"),
        (None, "9.20", None, "9.10"),
        ("9.20", None, "9.30", "9.20"),
        ("0.5001", None, None, "0.4950"),
        ("1.01", None, None, "0.9999"),
    ],
    ids=["last", "last far off", "bid", "bid alone", "last alone", "mark", "under a dollar", "to under a dollar"],
)
def test_the_limit_is_the_highest_witness_less_one_per_cent_on_a_tick(
    bid: str | None, last: str | None, mark: str | None, limit: str
) -> None:
    state = a_state(a_position(), undecided={"AAA": 2})
    assert the_order(cycle(state, quoted(bid, last, mark=mark))).limit_price == D(limit)


def test_a_stock_without_a_fresh_price_waits_however_often_it_was_undecided() -> None:
    state = a_state(a_position(), undecided={"AAA": 9})
    old = a_market(prices={"AAA": Price(Quote(D(9), D(10), NOW - 16 * MINUTE), None)}, held={"AAA": "10"})
    for market in (WAITS, old, a_market(prices={"AAA": NO_PRICE}, held={"AAA": "10"})):
        assert cycle(state, market).open_orders() == []


def test_how_many_cycles_is_a_rule() -> None:
    twice = replace(RULES.exits, undecided_cycles=2)
    state = a_state(a_position(), undecided={"AAA": 2})
    assert exits.to_exit(state, DIVIDED, twice)["AAA"].reason is Reason.UNDECIDED
    assert exits.to_exit(a_state(a_position(), undecided={"AAA": 1}), DIVIDED, twice) == {}


# ---- what becomes of the limit order ----------------------------------------------------------------------------


def test_while_it_stays_undecided_the_order_rests_for_less_than_thirty_minutes() -> None:
    resting = the_order(rounds(DIVIDED, DIVIDED, DIVIDED))
    for wait in (CYCLE, 30 * MINUTE - SECOND):
        state = cycle(rounds(DIVIDED, DIVIDED, DIVIDED), quoted("9.19", "9.50", NOW + wait))
        assert the_order(state) == resting


def test_after_thirty_minutes_it_is_placed_again_under_the_price_there_is_then() -> None:
    first = rounds(DIVIDED, DIVIDED, DIVIDED)
    again = cycle(first, quoted("9.10", "9.30", NOW + 30 * MINUTE))
    assert the_order(again).limit_price == D("9.20")
    assert the_order(again).decision.generation == the_order(first).decision.generation + 1
    assert again.orders[the_order(first).client_order_id].cancelling == "exit_timeout"


@pytest.mark.parametrize("wait", [CYCLE, 31 * MINUTE])
def test_once_two_agree_the_market_order_takes_its_place(wait: timedelta) -> None:
    first = rounds(DIVIDED, DIVIDED, DIVIDED)
    decided = cycle(first, quoted("9.19", STOP, NOW + wait))
    assert (the_order(decided).kind, the_order(decided).reason) == (Kind.MARKET, "stop_loss")
    assert decided.orders[the_order(first).client_order_id].cancelling == "stop_decided"
    assert decided.undecided == {}


def test_a_market_order_is_never_taken_back_for_a_limit_order() -> None:
    sold = rounds(quoted("9.19", STOP))
    later = cycle(cycle(cycle(sold, DIVIDED), DIVIDED), quoted("9.19", "9.50", NOW + 60 * MINUTE))
    assert the_order(later) == the_order(sold)


def test_prices_that_recovered_end_the_count_and_take_the_order_back() -> None:
    first = rounds(DIVIDED, DIVIDED, DIVIDED)
    well = cycle(first, quoted("9.50", "9.50", NOW + CYCLE))
    assert (well.undecided, well.open_orders()) == ({}, [])


def test_with_no_fresh_price_the_order_rests_on_until_its_thirty_minutes_are_over() -> None:
    first = rounds(DIVIDED, DIVIDED, DIVIDED)
    assert the_order(cycle(first, replace(WAITS, now=NOW + CYCLE))) == the_order(first)
    assert cycle(first, replace(WAITS, now=NOW + 30 * MINUTE)).open_orders() == []
