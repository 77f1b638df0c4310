"""How much, and whether there is room."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.decisions.sizing import Room, entry_limit, room, shares_for
from automated_trading.domain.market import NO_PRICE, Market, Price
from automated_trading.domain.orders import Order, OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from tests.builders import (
    BOOK,
    RULES,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_state,
    an_account,
    resting,
    unclear,
)


def room_of(state: State, market: Market | None = None, book: str = BOOK) -> Room:
    return room(state, market or a_market(prices={}), RULES, book)


@pytest.mark.parametrize(
    ("ask", "limit"),
    [
        ("100.00", "100.50"),
        ("10.01", "10.06"),
        ("10.00", "10.05"),
        ("1.00", "1.00"),
        ("0.9951", "1.00"),
        ("0.9950", "0.9999"),
        ("0.9000", "0.9045"),
        ("0.0199", "0.0199"),
    ],
)
def test_the_limit_is_half_a_per_cent_over_the_ask_rounded_down_to_the_tick(ask: str, limit: str) -> None:
    assert entry_limit(a_price(ask=ask), RULES.entries) == D(limit)


def test_without_a_quote_there_is_no_limit() -> None:
    with pytest.raises(ValueError, match="no quote"):
        entry_limit(NO_PRICE, RULES.entries)


@pytest.mark.parametrize(
    ("equity", "limit", "shares"),
    [("100000", "10.05", 995), ("100000", "10000.00", 1), ("100000", "10000.01", 0), ("99999.99", "10000", 0)],
)
def test_a_full_position_is_a_tenth_of_equity_in_whole_shares(equity: str, limit: str, shares: int) -> None:
    assert shares_for(D(equity), D(limit), RULES) == shares


FULL = Room(slots=1, exposure=D(100), cash=D(100), entries=1)


@pytest.mark.parametrize(
    ("space", "lacks"),
    [
        (FULL, None),
        (replace(FULL, slots=0), Reason.MAX_POSITIONS),
        (replace(FULL, exposure=D("99.99")), Reason.MAX_EXPOSURE),
        (replace(FULL, cash=D("99.99")), Reason.NO_CASH),
        (replace(FULL, entries=0), Reason.DAILY_ORDERS),
        (Room(0, D(0), D(0), 0), Reason.MAX_POSITIONS),
    ],
)
def test_the_first_cap_that_one_more_order_would_break_is_named(space: Room, lacks: Reason | None) -> None:
    assert space.lacks(D(100)) is lacks


def test_an_order_takes_its_part_of_every_room() -> None:
    assert FULL.without(D(100)) == Room(0, D(0), D(0), 0)
    assert not FULL.without(D(100)).overdrawn


@pytest.mark.parametrize("part", ["slots", "exposure", "cash", "entries"])
def test_any_part_below_zero_is_overdrawn(part: str) -> None:
    assert replace(FULL, **{part: Decimal(-1)}).overdrawn


def test_an_empty_desk_has_all_its_room() -> None:
    assert room_of(a_state()) == Room(slots=10, exposure=D(70_000), cash=D(100_000), entries=20)


@pytest.mark.parametrize("pending", [a_buy(), resting(a_buy()), unclear(a_buy())])
def test_a_buy_intended_resting_or_unclear_is_already_spent(pending: Order) -> None:
    assert room_of(a_state(pending)) == Room(9, D(69_900), D(99_900), 19)


def test_a_buy_partly_filled_counts_its_shares_once_and_its_rest_at_the_limit() -> None:
    order = replace(resting(a_buy(qty="10")), filled_qty=D(4), filled_value=D(40))
    market = a_market(prices={}, bought=D(40))
    assert room_of(a_state(a_position(qty="4"), order), market) == Room(9, D(69_900), D(99_940), 19)


def test_a_buy_filled_after_the_account_was_read_has_taken_its_cash() -> None:
    order = replace(resting(a_buy(qty="10")), filled_qty=D(4), filled_value=D(40))
    assert room_of(a_state(a_position(qty="4"), order)).cash == D(100_000) - 40 - 60


def test_a_position_counts_at_its_last_price_and_at_its_entry_where_there_is_none() -> None:
    state = a_state(a_position())
    assert room_of(state, a_market(prices={"AAA": a_price(last="12")})).exposure == D(70_000 - 120)
    assert room_of(state, a_market(prices={"AAA": Price()})).exposure == D(70_000 - 100)


def test_a_position_sold_to_the_last_share_takes_no_room() -> None:
    assert room_of(a_state(replace(a_position(), qty=D(0), cost=D(0)))).slots == 10


def test_a_sell_on_its_way_frees_nothing_yet() -> None:
    assert room_of(a_state(a_position(), resting(a_sell()))).exposure == D(69_900)


def test_the_buys_of_another_book_take_cash_and_daily_entries_but_not_this_books_places() -> None:
    assert room_of(a_state(a_buy(book="rotation"))) == Room(10, D(70_000), D(99_900), 19)


def test_a_book_has_its_share_of_equity() -> None:
    rules = replace(RULES, books={BOOK: D("0.5")})
    assert room(a_state(), a_market(), rules, BOOK).exposure == D(35_000)
    assert room(a_state(), a_market(), rules, "nobody").exposure == D(0)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_entry_of_the_day_counts_unless_it_surely_never_reached_the_broker(status: OrderStatus) -> None:
    never = status in (OrderStatus.REFUSED, OrderStatus.WITHDRAWN)
    assert room_of(a_state(a_buy(status=status))).entries == (20 if never else 19)


def test_yesterdays_entries_are_not_counted_today() -> None:
    assert room_of(a_state(a_buy(day=YESTERDAY, status=OrderStatus.FILLED))).entries == 20


def test_cash_is_cash_and_a_margin_debt_is_no_room() -> None:
    assert room_of(a_state(), a_market(account=an_account(cash="-5"))).lacks(D(1)) is Reason.NO_CASH
