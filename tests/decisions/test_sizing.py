"""How much, and whether there is room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.decisions.sizing import (
    Room,
    book_equity,
    own_equity,
    room,
    sector_name,
    shares_for,
    slot,
)
from automated_trading.domain.market import Holding, Market, Price
from automated_trading.domain.orders import EntryTerms, Kind, Order, OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules, Sizing
from automated_trading.domain.state import State
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    YESTERDAY,
    D,
    a_buy,
    a_holding,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_state,
    an_account,
    resting,
    unclear,
)

OTHER = "rotation"
SHARED = replace(RULES, books={BOOK: D("0.6"), OTHER: D("0.4")})


def capped(**changes: Any) -> Rules:
    return replace(RULES, caps=replace(RULES.caps, **changes))


def room_of(state: State, market: Market | None = None, book: str = BOOK, rules: Rules = RULES) -> Room:
    """The room of a book, its sectors left out."""
    return replace(room(state, market or a_market(prices={}), rules, book), sectors={})


def with_room(slots: int, exposure: Decimal, cash: Decimal, entries: int) -> Room:
    return Room(slots, exposure, cash, entries, sector_cap=D(40_000))


# ---- the size of one position ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "limit", "shares"),
    [("100000", "10.05", 995), ("100000", "10000.00", 1), ("100000", "10000.01", 0), ("99999.99", "10000", 0)],
)
def test_a_full_position_is_a_tenth_of_equity_in_whole_shares(equity: str, limit: str, shares: int) -> None:
    dollars = slot(a_state(), a_market(account=an_account(equity)), RULES, BOOK, D(8))
    assert shares_for(dollars, D(limit)) == shares


@pytest.mark.parametrize(
    ("score", "dollars"), [("5.9", 5_000), ("6", 5_000), ("6.01", 5_005), ("13", 8_500), ("20", 12_000), ("25", 12_000)]
)
def test_sized_by_score_a_position_gets_five_per_cent_at_six_and_twelve_at_twenty(score: str, dollars: int) -> None:
    assert slot(a_state(), a_market(), capped(sizing=Sizing.SCORE), BOOK, D(score)) == dollars


@pytest.mark.parametrize("score", ["6", "13", "40"])
def test_sized_equally_a_better_score_gets_no_more(score: str) -> None:
    assert slot(a_state(), a_market(), RULES, BOOK, D(score)) == 10_000


@pytest.mark.parametrize(
    ("limit", "dollars"),
    [(None, 10_000), ("100000.01", 10_000), ("100000", 10_000), ("99999", D("9999.9")), ("2000", 200), ("0", 0)],
)
def test_capital_limit_is_the_most_equity_the_desk_works_with(limit: str | None, dollars: Decimal) -> None:
    rules = capped(capital_limit=None if limit is None else D(limit))
    assert slot(a_state(), a_market(), rules, BOOK, D(8)) == dollars


def test_a_deposit_does_not_scale_a_desk_with_a_capital_limit() -> None:
    rules, rich = capped(capital_limit=D(50_000)), a_market(account=an_account("900000", cash="900000"))
    assert slot(a_state(), rich, rules, BOOK, D(8)) == slot(a_state(), a_market(), rules, BOOK, D(8)) == 5_000
    assert room_of(a_state(), rich, rules=rules).exposure == D(35_000)
    assert room_of(a_state(), rich, rules=rules).sector_cap == D(20_000)


def test_capital_limit_comes_before_the_books_take_their_shares() -> None:
    rules = replace(SHARED, caps=replace(SHARED.caps, capital_limit=D(50_000)))
    assert [book_equity(a_state(), a_market(), rules, book) for book in rules.books] == [30_000, 20_000]


def test_a_book_has_its_share_of_equity() -> None:
    rules = replace(RULES, books={BOOK: D("0.5")})
    assert room_of(a_state(), a_market(), rules=rules).exposure == D(35_000)
    assert room_of(a_state(), a_market(), "nobody", rules).exposure == D(0)


def test_an_account_in_the_red_has_no_equity_to_work_with() -> None:
    assert book_equity(a_state(), a_market(account=an_account("-5")), RULES, BOOK) == 0


# ---- what the owner holds for himself ----------------------------------------------------------------------------

HIS = a_state(ignored={"OWN": NOW})


@pytest.mark.parametrize("qty", ["100", "-100"], ids=["long", "short"])
def test_what_the_owner_holds_himself_is_no_equity_of_the_desk(qty: str) -> None:
    market = a_market(prices={}, held={"OWN": qty})
    assert own_equity(HIS, market, RULES) == 99_000
    assert slot(HIS, market, RULES, BOOK, D(8)) == 9_900


def test_his_holding_is_worth_the_brokers_mark_or_its_last_price_or_what_it_had_cost() -> None:
    held = {"OWN": Holding("OWN", D(100), D(10), mark=D(11))}
    last = {"OWN": a_price(last="12")}
    assert own_equity(HIS, a_market(prices=last, holdings=held), RULES) == 98_900
    assert own_equity(HIS, a_market(prices=last, held={"OWN": "100"}), RULES) == 98_800
    assert own_equity(HIS, a_market(prices={}, held={"OWN": "100"}), RULES) == 99_000
    assert own_equity(HIS, a_market(prices={}), RULES) == 100_000


@pytest.mark.parametrize("prices", [{}, {"OWN": a_price()}], ids=["not priced", "priced as a signal"])
def test_a_false_print_of_his_own_holding_is_taken_out_as_it_came_in(prices: dict[str, Price]) -> None:
    """1,000 shares at 20 instead of 10 make the broker's equity 10,000 more; the desk's part of it stays as it was."""
    held = {"OWN": a_holding("OWN", "1000", mark="20")}
    market = a_market(prices=prices, holdings=held, account=an_account("110000"))
    assert slot(HIS, market, RULES, BOOK, D(8)) == 9_000


def test_his_holding_counts_against_the_exposure_of_the_whole_account() -> None:
    """60,000 of 100,000 are his: the desk works with 40,000, and 10,000 are left up to 70% of the account."""
    market = a_market(prices={}, held={"OWN": "6000"})
    assert book_equity(HIS, market, RULES, BOOK) == 40_000
    assert room_of(HIS, market).exposure == D(10_000)
    assert room_of(HIS, a_market(prices={}, held={"OWN": "100"})).exposure == D("69000")
    assert room_of(HIS, a_market(prices={}, held={"OWN": "10"})).exposure == D("69900")


def test_what_the_account_holds_and_nobody_has_settled_counts_as_exposure_too() -> None:
    assert room_of(a_state(), a_market(prices={}, held={"ZZZ": "10"})).exposure == D(69_900)
    assert room_of(a_state(), a_market(prices={}, held={"ZZZ": "-10"})).exposure == D(69_900)


@pytest.mark.parametrize(("theirs", "exposure"), [("9", 69_900), ("10", 69_900), ("11", 69_890)])
def test_of_our_books_and_the_brokers_the_larger_holding_counts(theirs: str, exposure: int) -> None:
    market = a_market(prices={}, held={"AAA": theirs})
    assert room_of(a_state(a_position()), market).exposure == D(exposure)


# ---- room ----------------------------------------------------------------------------------------------------------

FULL = with_room(slots=1, exposure=D(100), cash=D(100), entries=1)


@pytest.mark.parametrize(
    ("space", "lacks"),
    [
        (FULL, None),
        (replace(FULL, slots=0), Reason.MAX_POSITIONS),
        (replace(FULL, exposure=D("99.99")), Reason.MAX_EXPOSURE),
        (replace(FULL, cash=D("99.99")), Reason.NO_CASH),
        (replace(FULL, entries=0), Reason.DAILY_ORDERS),
        (with_room(0, D(0), D(0), 0), Reason.MAX_POSITIONS),
        (with_room(1, D(0), D(0), 0), Reason.MAX_EXPOSURE),
        (with_room(1, D(100), D(0), 0), Reason.NO_CASH),
    ],
)
def test_the_first_cap_that_one_more_order_would_break_is_named(space: Room, lacks: Reason | None) -> None:
    assert space.lacks(D(100)) is lacks


def test_an_order_takes_its_part_of_every_room_its_sectors_too() -> None:
    left = replace(FULL, sectors={"tech": D(5)}).without(D(100), " Tech")
    assert left == replace(with_room(0, D(0), D(0), 0), sectors={"tech": D(105)})
    assert not left.overdrawn


@pytest.mark.parametrize("part", ["slots", "exposure", "cash", "entries"])
def test_any_part_below_zero_is_overdrawn(part: str) -> None:
    assert not replace(FULL, **{part: 0}).overdrawn
    assert replace(FULL, **{part: Decimal(-1)}).overdrawn


def test_an_empty_desk_has_all_its_room() -> None:
    assert room_of(a_state()) == with_room(slots=10, exposure=D(70_000), cash=D(100_000), entries=20)


@pytest.mark.parametrize("pending", [a_buy(), resting(a_buy()), unclear(a_buy())])
def test_f3_a_buy_intended_resting_or_unclear_is_already_spent(pending: Order) -> None:
    assert room_of(a_state(pending)) == with_room(9, D(69_900), D(99_900), 19)


def test_a_buy_partly_filled_counts_its_shares_once_and_its_rest_at_the_limit() -> None:
    order = replace(resting(a_buy(qty="10")), filled_qty=D(4), filled_value=D(40))
    market = a_market(prices={}, bought=D(40))
    assert room_of(a_state(a_position(qty="4"), order), market) == with_room(9, D(69_900), D(99_940), 19)


def test_a_buy_filled_after_the_account_was_read_has_taken_its_cash() -> None:
    order = replace(resting(a_buy(qty="10")), filled_qty=D(4), filled_value=D(40))
    assert room_of(a_state(a_position(qty="4"), order)).cash == D(100_000) - 40 - 60


def test_a_position_counts_at_its_last_price_and_at_its_entry_where_there_is_none() -> None:
    state = a_state(a_position())
    assert room_of(state, a_market(prices={"AAA": a_price(last="12")})).exposure == D(70_000 - 120)
    assert room_of(state, a_market(prices={"AAA": Price()})).exposure == D(70_000 - 100)


def test_i17_a_false_low_print_makes_no_room_where_somebody_offers_more() -> None:
    """Seen red when: what is held counts at its last trade alone."""
    state = a_state(replace(a_position(), sector="Energy"))
    low = a_market(prices={"AAA": a_price(bid="11", ask="11.02", last="1")})
    space = room(state, low, RULES, BOOK)
    assert (space.exposure, space.in_sector("Energy")) == (D(70_000 - 110), D(110))
    hers = a_market(holdings={"AAA": a_holding(mark="1")}, prices={"AAA": a_price(bid="11", ask="11.02", last="1")})
    assert room_of(a_state(), hers).exposure == D(70_000 - 110)


def test_a_bid_that_is_old_or_crossed_offers_nothing() -> None:
    state = a_state(a_position())
    old = a_price(bid="11", ask="11.02", last="9", age=timedelta(minutes=16))
    for price in (a_price(bid="11", ask="10.5", last="9"), old):
        assert room_of(state, a_market(prices={"AAA": price})).exposure == D(70_000 - 90)


def test_a_position_sold_to_the_last_share_takes_no_room() -> None:
    assert room_of(a_state(replace(a_position(), qty=D(0), cost=D(0)))).slots == 10


def test_a_sell_on_its_way_frees_nothing_yet_and_takes_nothing_either() -> None:
    for sell in (resting(a_sell()), resting(a_sell(kind=Kind.LIMIT, limit_price=D(9)))):
        assert room_of(a_state(a_position(), sell)) == with_room(9, D(69_900), D(100_000), 20)


def test_i17_an_open_buy_takes_of_the_exposure_of_its_own_book() -> None:
    assert room_of(a_state(a_buy()), rules=SHARED).exposure == D(42_000 - 100)


def test_the_buys_of_another_book_take_cash_and_daily_entries_but_not_this_books_places() -> None:
    state = a_state(a_buy(book=OTHER), a_position("BBB", book=OTHER))
    assert room_of(state, rules=SHARED) == replace(
        with_room(10, D(42_000), D(99_900), 19), sector_cap=D(24_000)
    )  # fmt: skip


def test_where_another_book_has_taken_more_than_its_share_the_whole_accounts_exposure_binds() -> None:
    state = a_state(a_position("BBB", qty="5000", book=OTHER), a_buy(qty="1000", book=OTHER))
    assert room_of(state, rules=SHARED).exposure == D(70_000 - 50_000 - 10_000)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_entry_of_the_day_counts_unless_it_surely_never_reached_the_broker(status: OrderStatus) -> None:
    never = status in (OrderStatus.REFUSED, OrderStatus.WITHDRAWN)
    assert room_of(a_state(a_buy(status=status))).entries == (20 if never else 19)


def test_sells_are_no_entries_of_the_day() -> None:
    assert room_of(a_state(a_sell(), a_sell("BBB"))).entries == 20


def test_yesterdays_entries_are_not_counted_today() -> None:
    assert room_of(a_state(a_buy(day=YESTERDAY, status=OrderStatus.FILLED))).entries == 20


def test_cash_is_cash_and_a_margin_debt_is_no_room() -> None:
    assert room_of(a_state(), a_market(account=an_account(cash="-5"))).lacks(D(1)) is Reason.NO_CASH


# ---- sectors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sector", ["", " ", "unknown", "Unknown", "UNKNOWN", "None", "N/A"])
def test_all_that_name_no_sector_count_as_one(sector: str) -> None:
    assert sector_name(sector) == "unknown"


def test_a_sector_is_the_same_however_it_is_spelled() -> None:
    assert sector_name("Health Care ") == sector_name("health care") == "health care"


def test_a_sector_holds_what_is_held_and_what_is_on_its_way_of_this_book_alone() -> None:
    tech = EntryTerms(D("0.08"), sector="tech")
    state = a_state(
        a_position("AAA", sector="Tech"),
        unclear(a_buy("BBB", qty="20", terms=tech)),
        a_position("CCC", sector="Tech", book=OTHER),
        resting(a_buy("DDD", book=OTHER, terms=tech)),
        resting(a_buy("EEE", qty="3")),
        resting(a_sell("FFF")),
    )
    market = a_market(prices={"AAA": a_price(last="12")})
    found = room(state, market, RULES, BOOK)
    assert found.sectors == {"tech": D(320), "unknown": D(30)}
    assert (found.in_sector("TECH"), found.in_sector("None"), found.in_sector("Energy")) == (320, 30, 0)
