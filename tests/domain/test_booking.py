"""What fills, prices and the owner's word make of positions: each share booked once, nothing from anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.booking import LOSSES_KEPT
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import ENDS, OrderStatus, Purpose, Side
from automated_trading.domain.positions import ClosedTrade, Origin
from automated_trading.domain.state import Checkpoint, State
from automated_trading.engine.hearing import sold_out
from tests.builders import (
    NOW,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_state,
    after,
    resting,
)
from tests.domain.histories import BUY, EVERY_KIND, ROWS, SOLD_OUT, TRADE, fills_of

COUNTED = a_state(cash=D(1000), cash_since=NOW)


def test_a_first_fill_makes_a_position_with_the_terms_of_its_order() -> None:
    position = after(a_state(resting(a_buy())), a_fill(a_buy(), "4", "40.04")).positions["AAA"]
    assert (position.qty, position.cost, position.entry_price) == (4, D("40.04"), D("10.01"))
    assert (position.stop, position.high, position.session) == (D("9.20"), D("10.01"), TODAY)


@pytest.mark.parametrize(
    ("purpose", "origin"), [(Purpose.ENTRY, Origin.SIGNAL), (Purpose.REDEPLOY, Origin.REDEPLOYMENT)]
)
def test_a_position_tells_how_it_came_about_and_so_does_its_closing(purpose: Purpose, origin: Origin) -> None:
    order = resting(a_buy(purpose=purpose))
    sell = resting(a_sell())
    state = after(a_state(order, sell), a_fill(order, "10", "100"))
    assert state.positions["AAA"].origin is origin
    state = after(state, a_fill(sell, "10", "90"))
    assert [event.trade.origin for event in sold_out(state, NOW) if isinstance(event, e.PositionClosed)] == [origin]


def test_a_dearer_second_fill_lifts_stop_and_high_and_a_cheaper_one_lowers_neither() -> None:
    state = after(a_state(resting(a_buy())), a_fill(a_buy(), "4", "40"))
    assert after(state, a_fill(a_buy(), "8", "88")).positions["AAA"].stop == D("10.12")
    assert after(state, a_fill(a_buy(), "8", "72")).positions["AAA"].stop == D("9.20")
    assert [after(state, a_fill(a_buy(), "8", value)).positions["AAA"].high for value in ("88", "72")] == [12, 10]


def test_i11_a_fill_heard_twice_or_out_of_order_is_booked_once() -> None:
    """Seen red when: `book` added the total in the place of what is new in it."""
    fills = [a_fill(a_buy(), "3", "30"), a_fill(a_buy(), "7", "70.50"), a_fill(a_buy(), "10", "101")]
    for order in permutations([*fills, *fills]):
        state = after(replace(COUNTED, orders=a_state(resting(a_buy())).orders), *order)
        assert (state.positions["AAA"].qty, state.positions["AAA"].cost) == (10, 101)
        assert (state.day.bought, state.cash) == (101, 899)


@settings(max_examples=100)
@given(st.lists(fills_of(ROWS), max_size=30))
def test_i11_whatever_is_heard_how_often_the_most_that_was_told_is_booked(fills: list[e.Fill]) -> None:
    """Seen red when: `book` let a smaller total through, or added the total in the place of what is new."""
    state = after(a_state(*map(resting, ROWS), a_position(qty="100"), a_position("BBB", "100")), *fills)
    most = {row.client_order_id: ZERO for row in ROWS}
    for fill in fills:
        most[fill.client_order_id] = max(most[fill.client_order_id], fill.total_qty)
    for symbol in ("AAA", "BBB"):
        rows = [row for row in ROWS if row.symbol == symbol]
        signed = sum((most[row.client_order_id] * (1 if row.side is Side.BUY else -1) for row in rows), ZERO)
        assert state.positions[symbol].qty == 100 + signed
    assert {key: order.filled_qty for key, order in state.orders.items()} == most


@pytest.mark.parametrize("end", sorted(ENDS, key=str))
def test_i11_a_fill_on_an_ended_order_is_booked(end: OrderStatus) -> None:
    """Seen red when: `book` ignored ended orders."""
    state = after(a_state(a_buy(status=end)), a_fill(a_buy(), "2", "20"))
    assert state.positions["AAA"].qty == 2
    assert state.orders[BUY].status is end


def test_i11_nothing_but_a_fill_and_the_owner_makes_a_position_and_nothing_but_a_fill_profit() -> None:
    """Seen red when: OrderAccepted booked its quantity."""
    by_word = e.PositionAdopted | e.PositionForgotten
    for state, event in EVERY_KIND:
        found = after(state, event)
        if not isinstance(event, e.Fill | e.PositionClosed | Checkpoint | by_word):
            held = {key: position.qty for key, position in state.positions.items()}
            assert {key: position.qty for key, position in found.positions.items()} == held
        if not isinstance(event, e.Fill):
            assert found.day.realised == found.day.bought == found.day.sold == 0


def test_a_buy_without_its_terms_is_impossible_data() -> None:
    order = resting(a_buy(terms=None))
    with pytest.raises(ValueError, match="without its terms"):
        after(a_state(order), a_fill(order, "1", "10"))


# ---- sales ------------------------------------------------------------------------------------------------------


def test_f12_profit_is_what_the_fills_brought_and_not_what_a_quote_promised() -> None:
    state = after(a_state(a_position(), resting(a_sell())), a_fill(a_sell(), "4", "36"))
    position = state.positions["AAA"]
    assert (position.qty, position.cost, position.realised, position.exit_reason) == (6, 60, -4, "stop_loss")
    assert (state.day.sold, state.day.realised) == (36, -4)


def test_a_sell_fill_of_what_is_no_longer_held_is_money_that_came_in_and_no_position() -> None:
    state = after(replace(COUNTED, orders=a_state(resting(a_sell())).orders), a_fill(a_sell(), "4", "36"))
    assert (state.positions, state.day.sold, state.day.realised, state.cash) == ({}, 36, 0, 1036)


def test_a_fill_of_yesterdays_order_heard_today_moves_shares_and_cash_and_none_of_todays_figures() -> None:
    late = resting(a_sell(day=YESTERDAY))
    state = after(a_state(a_position(), late, cash=D(1000), cash_since=NOW), a_fill(late, "4", "36"))
    assert (state.positions["AAA"].qty, state.cash) == (6, 1036)
    assert (state.day.sold, state.day.realised) == (0, 0)


def test_a_position_with_shares_left_is_not_closed() -> None:
    assert after(a_state(a_position()), e.PositionClosed(TRADE)).positions.keys() == {"AAA"}


def test_a_closed_position_leaves_its_story_with_the_day() -> None:
    state = after(a_state(SOLD_OUT), *sold_out(a_state(SOLD_OUT), NOW))
    assert state.positions == {}
    assert [(trade.qty, trade.exit_price, trade.realised) for trade in state.day.closed] == [(10, 9, -10)]


def test_a_position_that_is_gone_takes_its_count_and_the_wish_to_leave_it_along() -> None:
    state = a_state(SOLD_OUT, undecided={"AAA": 2, "BBB": 1}, leaving={"AAA": NOW, "BBB": NOW})
    closed = after(state, e.PositionClosed(TRADE))
    assert (closed.undecided, closed.leaving) == ({"BBB": 1}, {"BBB": NOW})


@pytest.mark.parametrize(
    ("session", "left"),
    [(YESTERDAY, YESTERDAY), (TODAY, TODAY), (None, TODAY)],
    ids=["heard late", "today", "not told"],
)
def test_a_symbol_was_left_in_the_session_its_last_sale_was_meant_for(session: date | None, left: date) -> None:
    """Seen red when: it was the session in which the sale was heard of."""
    state = after(a_state(SOLD_OUT), e.PositionClosed(replace(TRADE, session=session)))
    assert state.sold == {"AAA": left}


def test_a_symbol_left_again_cools_down_from_then() -> None:
    state = a_state(SOLD_OUT, sold={"AAA": YESTERDAY, "BBB": YESTERDAY})
    assert after(state, e.PositionClosed(TRADE)).sold == {"AAA": TODAY, "BBB": YESTERDAY}


@pytest.mark.parametrize(
    ("session", "told"), [(TODAY, 1), (None, 1), (YESTERDAY, 0)], ids=["today", "an old line", "yesterday"]
)
def test_a_trade_closed_by_yesterdays_order_is_no_story_of_today(session: date | None, told: int) -> None:
    state = after(a_state(SOLD_OUT), e.PositionClosed(replace(TRADE, session=session)))
    assert (len(state.day.closed), len(state.losses)) == (told, 1)


# ---- losses in a row --------------------------------------------------------------------------------------------


def closed(state: State, *profits: str) -> State:
    """The state after positions of 100 dollars were closed with these profits."""
    for profit in profits:
        trade = ClosedTrade("AAA", "insider", D(10), D(10), D(10) + D(profit) / 10, D(profit), "", NOW, NOW)
        state = after(replace(state, positions={"AAA": SOLD_OUT}), e.PositionClosed(trade))
    return state


@pytest.mark.parametrize(
    ("profits", "losses"),
    [
        (["-10"], ["0.1"]),
        (["-10", "-0.01"], ["0.1", "0.0001"]),
        (["-10", "0"], []),
        (["-10", "5", "-20"], ["0.2"]),
        (["5"], []),
    ],
    ids=["a loss", "two", "a draw ends the row", "a gain in between", "a gain"],
)
def test_losing_closes_are_remembered_as_fractions_of_cost_until_one_loses_nothing(
    profits: list[str], losses: list[str]
) -> None:
    assert closed(a_state(), *profits).losses == tuple(map(D, losses))


def test_no_more_losses_are_kept_than_any_breaker_waits_for() -> None:
    assert len(closed(a_state(), *["-10"] * (LOSSES_KEPT + 1)).losses) == LOSSES_KEPT


# ---- highs, stops, the owner's word -----------------------------------------------------------------------------


def test_news_of_a_position_that_is_not_held_changes_nothing() -> None:
    for event in (e.HighRaised("BBB", D(11)), e.StopRaised("BBB", D(11), "")):
        assert after(a_state(a_position()), event) == a_state(a_position())


@pytest.mark.parametrize(("told", "kept"), [("10.01", "10.01"), ("10", "10"), ("9.99", "10")])
def test_a_high_told_lower_than_the_one_there_is_stays_where_it_was(told: str, kept: str) -> None:
    assert after(a_state(a_position()), e.HighRaised("AAA", D(told))).positions["AAA"].high == D(kept)


@pytest.mark.parametrize(("told", "kept"), [("9.21", "9.21"), ("9.20", "9.20"), ("9.19", "9.20")])
def test_a_stop_told_lower_than_the_one_there_is_stays_where_it_was(told: str, kept: str) -> None:
    assert after(a_state(a_position()), e.StopRaised("AAA", D(told), "")).positions["AAA"].stop == D(kept)


def test_what_the_owner_adopts_is_the_books_and_no_longer_his_own_and_costs_no_cash() -> None:
    state = replace(COUNTED, ignored={"AAA": NOW}, undecided={"AAA": 2})
    taken = after(state, e.PositionAdopted(a_position(), "taken over"))
    assert (taken.positions["AAA"], taken.ignored, taken.undecided) == (a_position(), {}, {})
    assert (taken.cash, taken.day) == (state.cash, state.day)


def test_what_the_owner_strikes_out_books_no_profit_no_loss_and_no_cash_and_cools_down() -> None:
    state = replace(COUNTED, positions={"AAA": a_position()}, undecided={"AAA": 2}, leaving={"AAA": NOW})
    gone = after(state, e.PositionForgotten("AAA", D(10), YESTERDAY, "struck"))
    assert (gone.positions, gone.undecided, gone.leaving, gone.sold) == ({}, {}, {}, {"AAA": YESTERDAY})
    assert (gone.cash, gone.day, gone.losses) == (state.cash, state.day, ())


@pytest.mark.parametrize(("day", "left"), [(YESTERDAY, ZERO), (TODAY, D(-100))])
def test_a_fill_of_an_earlier_session_heard_today_was_no_gap_at_the_close(day: date, left: D) -> None:
    """Seen red when: what a late fill explains stays in what the close had unexplained."""
    state = a_state(resting(a_buy(day=day)), cash=D(1_000))
    state = replace(state, day=replace(state.day, session=TODAY, carried=D(-100)))
    heard = after(state, e.Fill(next(iter(state.orders)), D(10), D(100), NOW))
    assert (heard.cash, heard.day.carried) == (D(900), left)
