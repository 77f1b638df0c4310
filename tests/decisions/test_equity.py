"""What a holding may count for: no more than sound fresh prices vouch for, whatever the broker marks it at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.decisions.breakers import day_change, drawdown
from automated_trading.decisions.equity import soundly
from automated_trading.decisions.sizing import room, slot
from automated_trading.domain.market import Price, Trade
from automated_trading.domain.state import State
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    SECOND,
    D,
    a_holding,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_state,
    an_account,
)

OTHER = "rotation"

HOLDS = a_state(a_position(qty="1000"))
"""A thousand shares of AAA bought at ten, the highest they were ever seen at."""
OLD = NOW - RULES.exits.price_max_age - SECOND


def slot_at(mark: str | None, price: Price, state: State = HOLDS, qty: str = "1000") -> Decimal:
    """One position's dollars, in an account of 100,000 as the broker marks it."""
    held = {"AAA": a_holding(qty=qty, mark=mark)}
    return slot(state, a_market(prices={"AAA": price}, holdings=held), RULES, BOOK, D(8))


def quoted(last: str, bid: str = "9.99", ask: str = "10.00") -> Price:
    return a_price(bid, ask, last)


def traded(last: str) -> Price:
    return Price(None, Trade(D(last), NOW))


@pytest.mark.parametrize(
    ("mark", "price", "dollars"),
    [
        ("10.00", quoted("10.00"), 10_000),
        ("9.995", quoted("9.995"), 10_000),
        ("10.01", quoted("10.01"), 9_999),
        ("18.00", quoted("18.00"), 9_200),
        ("18.00", quoted("10.00"), 9_200),
        ("12.00", quoted("12.00", "9", "15"), 10_000),
        ("12.00", quoted("12.01"), 10_000),
        ("12.00", quoted("11.00"), 9_900),
        ("5.00", quoted("5.00"), 10_000),
        (None, quoted("18.00"), 10_000),
    ],
    ids=[
        "at the ask", "between bid and ask", "a cent over it", "one false print", "a false mark alone", "a wide quote",
        "trades have left the ask behind", "two witnesses agree on less", "a low print is believed", "no mark",
    ],
)  # fmt: skip
def test_a_holding_counts_for_no_more_than_a_sound_ask_or_two_witnesses(
    mark: str | None, price: Price, dollars: int
) -> None:
    assert slot_at(mark, price) == dollars


@pytest.mark.parametrize(
    ("price", "dollars"),
    [
        (traded("12.00"), 9_800),
        (traded("11.00"), 9_900),
        (quoted("12.00", "11", "10"), 9_800),
        (quoted("12.00", "3", "10"), 9_800),
        (quoted("12.00", "9.99", "0"), 9_799),
        (Price(a_quote("11", "11.5", NOW - OLD), Trade(D(12), NOW)), 9_800),
        (Price(a_quote("11", "11.5", NOW - OLD), Trade(D(12), OLD)), 9_800),
        (Price(), 9_800),
    ],
    ids=[
        "repeated by the mark", "and a mark that agrees on less", "crossed", "a stub", "no ask", "an old quote",
        "all old", "nothing",
    ],
)  # fmt: skip
def test_where_nothing_fresh_vouches_a_holding_counts_for_no_more_than_the_high_two_ever_vouched_for(
    price: Price, dollars: int
) -> None:
    assert slot_at("12.00", price) == dollars


def test_a_high_that_two_have_vouched_for_is_counted_in_full_while_the_market_is_silent() -> None:
    assert slot_at("12.00", Price(), a_state(a_position(qty="1000", high=D(12)))) == 10_000


def test_shares_nobody_has_settled_are_not_priced_and_count_for_no_more_than_they_cost() -> None:
    assert slot_at("18.00", Price(), a_state()) == 9_200
    assert slot_at("8.00", Price(), a_state()) == 10_000


def test_a_short_is_left_as_the_broker_marks_it() -> None:
    assert slot_at("18.00", quoted("18.00"), a_state(), qty="-1000") == 10_000


def test_i17_one_false_print_makes_no_room_in_any_cap() -> None:
    """A mark of 18 beside a last trade of 10: 8,000 of the broker's 100,000 are not there."""
    market = a_market(prices={"AAA": quoted("10.00")}, holdings={"AAA": a_holding(qty="1000", mark="18")})
    found = room(HOLDS, market, RULES, BOOK)
    assert (found.exposure, found.sector_cap) == (D("0.70") * 92_000 - 10_000, D("0.40") * 92_000)
    theirs = replace(RULES, books={BOOK: D(1), OTHER: D(1)})
    assert room(HOLDS, market, theirs, OTHER).exposure == D("0.70") * 92_000 - 10_000


# ---- breakers ------------------------------------------------------------------------------------------------------

MAX_AGE = RULES.exits.price_max_age


@pytest.mark.parametrize(
    ("mark", "price", "change"),
    [
        ("10.00", quoted("10.00"), "-0.04"),
        ("13.00", quoted("13.00"), "-0.07"),
        ("13.00", traded("13.00"), "-0.04"),
        ("13.00", Price(), "-0.04"),
        ("7.00", quoted("7.00"), "-0.04"),
    ],
    ids=["sound", "a false print over the ask", "no quote beside it", "nothing fresh", "a low print is believed"],
)
def test_one_false_print_hides_no_loss_of_the_day_and_no_fall_under_the_mark(
    mark: str, price: Price, change: str
) -> None:
    """The broker tells 96,000 of yesterday's 100,000; where nothing fresh contradicts it, a halt believes its mark."""
    held, state = {"AAA": a_holding(qty="1000", mark=mark)}, replace(HOLDS, high_water=D(100_000))
    market = soundly(a_market(prices={"AAA": price}, holdings=held, account=an_account("96000")), MAX_AGE)
    assert (day_change(state, market.account), drawdown(state, market)) == (D(change), -D(change))
