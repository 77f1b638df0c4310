"""What the owner's word makes of a difference: adopted, forgotten, ignored, and what cannot be meant."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.decisions.settling import adopt, forget, ignore
from automated_trading.decisions.watching import observe
from automated_trading.domain.events import (
    CancelIntended,
    DifferenceSettled,
    Event,
    PositionAdopted,
    PositionForgotten,
    SymbolIgnored,
    SymbolMinded,
)
from automated_trading.domain.market import Holding
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Kind, Order, Purpose
from automated_trading.domain.positions import Origin, Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, State
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    D,
    a_buy,
    a_holding,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_state,
    after,
    resting,
    unclear,
)

AT = (TODAY, NOW)
APART = {"AAA": Difference(ZERO, D(5), 2, NOW)}
HELD = a_state(a_position())


def told(qty: str, price: str = "10", mark: str | None = None) -> dict[str, Holding]:
    """The broker's word on AAA."""
    return {"AAA": Holding("AAA", D(qty), D(price), None if mark is None else D(mark))}


def adopting(state: State, holdings: dict[str, Holding], book: str = BOOK) -> list[Event]:
    return adopt(state, holdings, "AAA", book, RULES, AT)


def grown(state: State, holdings: dict[str, Holding]) -> tuple[Position, str]:
    """The position as it is after the broker's number of shares was adopted, and the words."""
    (event,) = adopting(state, holdings)
    assert isinstance(event, PositionAdopted)
    assert after(state, event).positions["AAA"] == event.position
    return event.position, event.words


# ---- shares we did not have -----------------------------------------------------------------------------------------


def test_shares_nobody_had_on_the_books_become_a_books_position_at_what_they_had_cost() -> None:
    position, words = grown(a_state(), told("5", "20", "30"))
    assert (position.book, position.qty, position.cost, position.entry_price) == (BOOK, 5, 100, 20)
    assert (position.opened, position.session, position.origin) == (NOW, TODAY, Origin.ADOPTED)
    assert (position.bought_qty, position.bought_value, position.realised) == (5, 100, 0)
    assert words == "taken over from the broker"


@pytest.mark.parametrize(
    ("price", "mark", "stop", "high"),
    [
        ("20", "30", "27.60", "30"),
        ("50", "30", "27.60", "30"),
        ("10", "0.9999", "0.9199", "0.9999"),
        ("20", None, "18.40", "20"),
        ("20", "0", "18.40", "20"),
    ],
    ids=["bought lower", "bought higher", "under a dollar", "no mark", "a mark of zero"],
)
def test_an_adopted_stop_hangs_eight_per_cent_under_the_mark_and_not_under_the_old_price(
    price: str, mark: str | None, stop: str, high: str
) -> None:
    position, _ = grown(a_state(), told("5", price, mark))
    assert (position.stop, position.high, position.base, position.stop_fraction) == (
        D(stop),
        D(high),
        D(high),
        D("0.08"),
    )


def test_a_position_adopted_far_under_its_old_price_is_not_sold_for_it() -> None:
    state = after(a_state(), *adopting(a_state(), told("5", "50", "30")))
    still = a_market(prices={"AAA": a_price("29.99", "30", "30")}, held={"AAA": "5"})
    assert observe(state, still, RULES.exits) == []


def test_adopting_settles_the_difference_and_ends_the_ignoring() -> None:
    state = a_state(differences=APART, ignored={"AAA": NOW})
    adopted, settled = adopting(state, told("5"))
    assert settled == DifferenceSettled("AAA", "adopted")
    found = after(state, adopted, settled)
    assert (found.differences, found.ignored, found.positions["AAA"].qty) == ({}, {}, 5)


def test_shares_go_into_the_book_the_owner_names_and_into_no_other() -> None:
    rules = replace(RULES, books={BOOK: D("0.6"), "rotation": D("0.4")})
    (event,) = adopt(a_state(), told("5"), "AAA", "rotation", rules, AT)
    assert isinstance(event, PositionAdopted)
    assert event.position.book == "rotation"


def test_there_is_no_adopting_into_a_book_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="there is no book rotation: insider"):
        adopting(a_state(), told("5"), "rotation")


# ---- shares we have otherwise than the broker -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "price", "stop", "high"),
    [
        ("20", "5", "4.50", "6"),
        ("5", "20", "18.00", "24"),
        ("30", "3.3333", "3.00", "4"),
        ("90", "1.1111", "1.00", None),
    ],
    ids=["two for one", "one for two", "three for one", "nine for one"],
)
def test_i16_a_split_keeps_the_money_and_takes_stop_and_high_along_to_the_tick(
    qty: str, price: str, stop: str, high: str | None
) -> None:
    position, words = grown(a_state(a_position(high=D(12), stop=D(9))), told(qty, price))
    assert (position.qty, position.cost, position.stop) == (D(qty), 100, D(stop))
    assert high is None or position.high == D(high)
    assert (position.bought_qty, position.bought_value, position.realised) == (D(qty), 100, 0)
    assert words == f"a split: 10 shares became {qty}"


@pytest.mark.parametrize("qty", [1, 3, 6, 7, 13, 30, 60, 70, 110])
def test_i16_no_share_is_lost_to_rounding_whatever_the_split(qty: int) -> None:
    held = a_position(qty="10", bought_qty=D(14), sold_qty=D(4))
    position, _ = grown(a_state(held), told(str(qty), str(D(100) / qty)))
    assert position.bought_qty * 10 == qty * 14
    assert position.bought_qty - position.sold_qty == position.qty == qty


def test_i16_a_split_position_partly_sold_and_once_adopted_keeps_its_own_history() -> None:
    held = a_position(qty="6", bought_qty=D(10), bought_value=D(100), sold_qty=D(4), sold_value=D(44))
    held = replace(held, cost=D(60), realised=D(4), adopted_at=D(9))
    position, _ = grown(a_state(held), told("12", "5"))
    assert (position.bought_qty, position.sold_qty, position.sold_value, position.realised) == (20, 8, 44, 4)
    assert (position.adopted_at, position.base, position.book) == (D("4.5"), D("4.5"), BOOK)


@pytest.mark.parametrize(
    ("qty", "price", "split"),
    [("20", "5", True), ("20", "5.2", True), ("20", "5.3", False), ("3", "30", True), ("2", "30", False)],
)
def test_a_split_is_one_where_shares_and_price_move_against_each_other_to_a_share(
    qty: str, price: str, split: bool
) -> None:
    _, words = grown(HELD, told(qty, price))
    assert words.startswith("a split") is split


def test_a_reverse_split_with_a_part_of_a_share_paid_out_books_no_profit_and_raises_no_stop() -> None:
    position, _ = grown(HELD, told("3", "30"))
    assert (position.qty, position.cost, position.entry_price, position.stop) == (3, 90, 30, D("27.60"))


def test_a_split_and_a_trade_by_hand_at_once_hang_the_stop_anew_instead_of_selling_at_it() -> None:
    position, words = grown(HELD, told("17", "5", "5.10"))
    assert (position.stop, position.high, position.base) == (D("4.69"), D("5.10"), D("5.10"))
    assert words == "7 shares more, not by our orders; its stop hangs under 5.10 now"


def test_shares_sold_by_hand_leave_a_stop_that_is_reached_where_it_is() -> None:
    position, _ = grown(HELD, told("4", "10", "9"))
    assert position.stop == D("9.20")


def test_shares_added_by_hand_raise_no_stop() -> None:
    position, _ = grown(HELD, told("20", "20", "12"))
    assert (position.base, position.entry_price, position.stop) == (10, 20, D("9.20"))


def test_fewer_shares_take_their_part_of_the_cost_and_book_no_profit() -> None:
    position, words = grown(HELD, told("4", "10"))
    assert (position.qty, position.cost, position.entry_price, position.stop) == (4, 40, 10, D("9.20"))
    assert (position.bought_qty, position.bought_value, position.sold_qty, position.realised) == (4, 40, 0, 0)
    assert words == "6 shares are gone, not by our orders"


def test_fewer_shares_of_a_position_partly_sold_leave_its_sales_alone() -> None:
    held = a_position(qty="6", bought_qty=D(10), bought_value=D(100), sold_qty=D(4), sold_value=D(44))
    position, _ = grown(a_state(replace(held, cost=D(60), realised=D(4))), told("5", "10"))
    assert (position.qty, position.cost, position.bought_qty, position.sold_qty, position.realised) == (5, 50, 9, 4, 4)


@pytest.mark.parametrize(
    ("qty", "price", "cost", "entry"),
    [("15", "12", "180", "12"), ("11", "10", "110", "10"), ("15", "5", "100", None)],
    ids=["bought dearer", "one more", "no money told for them"],
)
def test_more_shares_bring_the_money_the_broker_tells_for_them(
    qty: str, price: str, cost: str, entry: str | None
) -> None:
    position, words = grown(HELD, told(qty, price, "12"))
    assert (position.qty, position.cost, position.bought_qty, position.stop) == (D(qty), D(cost), D(qty), D("9.20"))
    assert entry is None or position.entry_price == D(entry)
    assert position.realised == 0
    assert words == f"{D(qty) - 10} shares more, not by our orders"


def test_a_position_is_adopted_into_its_own_book_and_no_other() -> None:
    with pytest.raises(ValueError, match="AAA is in book rotation, not insider"):
        adopting(a_state(a_position(book="rotation")), told("4"))


def test_where_both_books_say_the_same_there_is_nothing_to_adopt() -> None:
    with pytest.raises(ValueError, match="nothing to adopt"):
        adopting(HELD, told("10"))


def test_shares_without_any_price_are_not_adopted() -> None:
    with pytest.raises(ValueError, match="nobody tells a price of AAA"):
        adopting(a_state(), told("10", "0"))


@pytest.mark.parametrize("holdings", [{}, told("0")], ids=["not told", "told as none"])
def test_adopting_that_the_broker_holds_none_is_forgetting(holdings: dict[str, Holding]) -> None:
    state = replace(HELD, differences=APART)
    assert adopting(state, holdings) == forget(state, "AAA", TODAY)


# ---- what cannot be adopted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("holdings", [{}, told("0")], ids=["not told", "told as none"])
def test_what_neither_side_holds_cannot_be_adopted(holdings: dict[str, Holding]) -> None:
    with pytest.raises(ValueError, match="nothing to adopt: neither we nor the broker hold AAA"):
        adopting(a_state(), holdings)


@pytest.mark.parametrize("state", [a_state(), HELD], ids=["not on our books", "on our books"])
def test_i6_a_short_position_cannot_be_adopted(state: State) -> None:
    with pytest.raises(ValueError, match="AAA is held short"):
        adopting(state, told("-5"))


OPEN = [a_buy(), resting(a_buy()), unclear(a_sell())]


@pytest.mark.parametrize("order", OPEN, ids=["intended", "resting", "unclear"])
def test_nothing_is_settled_while_an_order_of_ours_is_open_in_the_symbol(order: Order) -> None:
    state = a_state(a_position(), order)
    for settle in (lambda: adopting(state, told("4")), lambda: forget(state, "AAA", TODAY)):
        with pytest.raises(ValueError, match="an order of ours is open in AAA: wait until it has ended"):
            settle()


# ---- forgetting and ignoring -----------------------------------------------------------------------------------------


def test_a_forgotten_position_is_struck_from_the_books_without_any_profit_and_cools_down() -> None:
    state = replace(HELD, differences=APART)
    gone, settled = forget(state, "AAA", TODAY)
    assert gone == PositionForgotten("AAA", D(10), TODAY, "struck from the books on the owner's word")
    assert settled == DifferenceSettled("AAA", "forgotten")
    found = after(state, gone, settled)
    assert (found.positions, found.differences, found.day.realised, found.losses) == ({}, {}, 0, ())
    assert found.sold == {"AAA": TODAY}


def test_forgetting_without_a_difference_settles_none() -> None:
    assert [type(event) for event in forget(HELD, "AAA", TODAY)] == [PositionForgotten]


def test_forgetting_an_ignored_symbol_ends_the_ignoring_alone() -> None:
    state = a_state(ignored={"AAA": NOW})
    assert forget(state, "AAA", TODAY) == [SymbolMinded("AAA")]
    assert after(state, SymbolMinded("AAA")).ignored == {}


def test_what_our_books_do_not_have_cannot_be_forgotten() -> None:
    with pytest.raises(ValueError, match="nothing to forget: our books do not have AAA"):
        forget(a_state(), "AAA", TODAY)


@pytest.mark.parametrize("differences", [{}, APART], ids=["no difference", "a difference"])
def test_an_ignored_symbol_is_the_owners_own_and_no_difference_any_more(differences: dict[str, Difference]) -> None:
    state = a_state(differences=differences)
    settled = [DifferenceSettled("AAA", "the owner's own")] if differences else []
    assert ignore(state, "AAA", NOW) == [SymbolIgnored("AAA", NOW), *settled]
    found = after(state, *ignore(state, "AAA", NOW))
    assert (found.ignored, found.differences) == ({"AAA": NOW}, {})


@pytest.mark.parametrize("row", [a_position(), a_buy(), unclear(a_sell())], ids=["held", "a buy", "a sell"])
def test_what_is_on_our_books_cannot_be_the_owners_own(row: Position | Order) -> None:
    with pytest.raises(ValueError, match="AAA is on our books"):
        ignore(a_state(row), "AAA", NOW)


def test_a_symbol_is_ignored_once() -> None:
    with pytest.raises(ValueError, match="ignored already; --forget ends that"):
        ignore(a_state(ignored={"AAA": NOW}), "AAA", NOW)


def test_what_is_adopted_is_a_fraction_too() -> None:
    assert grown(a_state(), told("0.5", "10"))[0].cost == Decimal("5.0")


@pytest.mark.parametrize("symbol", ["BTCUSD", "BTC/USD", "AAPL261218C00200000"])
def test_what_is_no_us_stock_is_not_adopted(symbol: str) -> None:
    with pytest.raises(ValueError, match="is no US stock: it can only be ignored"):
        adopt(a_state(), {symbol: Holding(symbol, D(1), D(10))}, symbol, BOOK, RULES, AT)


def test_adopting_takes_a_resting_stop_back() -> None:
    """Seen red when: `adopt` left the stop for the old number of shares."""
    stop = resting(a_sell(purpose=Purpose.PROTECT, kind=Kind.STOP, stop_price=D("9.20")))
    state = a_state(a_position(), stop)
    holdings = {"AAA": a_holding(qty="20", mark="10")}
    found = [one for one in adopt(state, holdings, "AAA", BOOK, RULES, AT) if isinstance(one, CancelIntended)]
    assert [(event.client_order_id, event.reason) for event in found] == [(stop.client_order_id, Reason.STOP_RESIZED)]
    found = [one for one in forget(state, "AAA", TODAY) if isinstance(one, CancelIntended)]
    assert [event.reason for event in found] == [Reason.POSITION_GONE]
    with pytest.raises(ValueError, match="is open in AAA"):
        adopt(a_state(a_position(), unclear(stop)), holdings, "AAA", BOOK, RULES, AT)
