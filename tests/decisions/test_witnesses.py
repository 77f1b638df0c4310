"""Which prices may speak: fresh, sound, and no echo of another; two that agree decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from automated_trading.decisions.exits import why_exit
from automated_trading.decisions.watching import observe
from automated_trading.decisions.witnesses import agreed_high, agreed_over, agreed_under, divided, witnesses
from automated_trading.domain.events import StopUndecided
from automated_trading.domain.market import Market, Price, Quote, Trade
from automated_trading.domain.reasons import Reason
from tests.builders import MINUTE, NOW, RULES, SECOND, D, a_holding, a_market, a_position, a_state

EXITS = RULES.exits
OLD = NOW - EXITS.price_max_age - SECOND
UNDER, ABOVE = D("9.20"), D("9.21")
"""At the stop of a position bought at ten, and one tick above it."""


def a_view(quote: Quote | None = None, trade: Trade | None = None, mark: str | None = None) -> Market:
    return a_market(prices={"AAA": Price(quote, trade)}, holdings={"AAA": a_holding(mark=mark)})


def seen(quote: Quote | None = None, trade: Trade | None = None, mark: str | None = None) -> list[str]:
    return [str(price) for price in witnesses(a_view(quote, trade, mark), "AAA", EXITS.price_max_age)]


def bid(price: str, ask: str = "10.50", age: timedelta = timedelta(0)) -> Quote:
    return Quote(D(price), D(ask), NOW - age)


def last(price: str, age: timedelta = timedelta(0)) -> Trade:
    return Trade(D(price), NOW - age)


# ---- one witness ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "speaks"),
    [
        (timedelta(0), True),
        (15 * MINUTE - SECOND, True),
        (15 * MINUTE, True),
        (15 * MINUTE + SECOND, False),
        (-15 * MINUTE, True),
        (-15 * MINUTE - SECOND, False),
    ],
    ids=["now", "14:59", "15:00", "15:01", "15:00 ahead", "15:01 ahead"],
)
def test_a_price_speaks_for_fifteen_minutes_and_one_from_the_future_no_longer(age: timedelta, speaks: bool) -> None:
    assert seen(bid("9", age=age)) == (["9"] if speaks else [])
    assert seen(trade=last("9", age)) == (["9"] if speaks else [])


@pytest.mark.parametrize(
    ("quote", "speaks"),
    [
        (bid("9", "9.01"), True),
        (bid("9", "9"), True),
        (bid("9", "8.99"), False),
        (bid("9", "0"), True),
        (bid("0", "9"), False),
        (bid("0.0001", "0.0003"), True),
        (bid("9", "27"), True),
        (bid("9", "27.01"), False),
    ],
    ids=["sound", "locked", "crossed by a tick", "no ask", "no bid", "the smallest bid", "wide", "a stub"],
)
def test_a_bid_speaks_while_it_is_there_and_the_quote_is_not_crossed(quote: Quote, speaks: bool) -> None:
    assert bool(seen(quote)) is speaks


@pytest.mark.parametrize(
    ("trade", "mark", "speak"),
    [
        (last("9"), "9", ["9"]),
        (last("9"), "9.00", ["9"]),
        (last("9"), "9.01", ["9", "9.01"]),
        (last("9", 16 * MINUTE), "9", []),
        (last("9", 16 * MINUTE), "9.01", []),
        (None, "9", []),
        (last("9"), "0", ["9"]),
        (last("9"), None, ["9"]),
    ],
    ids=[
        "repeats", "repeats otherwise spelled", "differs", "repeats an old one", "beside an old one", "alone", "zero",
        "absent",
    ],
)  # fmt: skip
def test_a_mark_speaks_beside_a_fresh_price_that_it_does_not_repeat(
    trade: Trade | None, mark: str | None, speak: list[str]
) -> None:
    assert seen(trade=trade, mark=mark) == speak


def test_a_symbol_nobody_knows_has_no_witness() -> None:
    assert witnesses(a_market(), "ZZZ", EXITS.price_max_age) == ()


# ---- every combination ------------------------------------------------------------------------------------------

BIDS = {
    "bid under": bid(str(UNDER)),
    "bid above": bid(str(ABOVE)),
    "bid stale": Quote(UNDER, D(10), OLD),
    "bid absent": None,
    "bid zero": bid("0"),
    "bid crossed": bid(str(UNDER), "9.19"),
}
LASTS = {
    "last under": last("9.19"),
    "last above": last("9.22"),
    "last stale": Trade(D("9.19"), OLD),
    "last absent": None,
    "last zero": last("0"),
}
MARKS = {"mark under": str(UNDER), "mark above": str(ABOVE), "mark absent": None, "mark zero": "0", "mark repeats": ""}
SPOKEN = {
    **{(2, above): "sells" for above in (0, 1)},
    (3, 0): "sells",
    **{(1, above): "undecided" for above in (0, 1)},
    (1, 2): "holds",
    **{(0, above): "holds" for above in (0, 1, 2, 3)},
}
"""What follows from how many stand at or under the stop and how many above it."""
SILENT = {"bid stale", "bid absent", "bid zero", "bid crossed", "last stale", "last absent", "last zero"}


def expected(names: tuple[str, str, str]) -> str:
    """The sentence of the table; a mark has no time of its own and says nothing where nothing else is fresh."""
    fresh = names[0] not in SILENT or names[1] not in SILENT
    counted = [name for name in names if name.endswith(("under", "above")) and fresh]
    under = sum(name.endswith("under") for name in counted)
    return SPOKEN[under, len(counted) - under]


@pytest.mark.parametrize("names", list(product(BIDS, LASTS, MARKS)), ids=" ".join)
def test_two_witnesses_of_three_decide_in_every_combination(names: tuple[str, str, str]) -> None:
    trade, mark = LASTS[names[1]], MARKS[names[2]]
    mark = (str(trade.price) if trade is not None else None) if mark == "" else mark
    market, state = a_view(BIDS[names[0]], trade, mark), a_state(a_position())
    assert verdict(market) == expected(names)
    counted = [event for event in observe(state, market, EXITS) if isinstance(event, StopUndecided)]
    assert bool(counted) is (expected(names) == "undecided")


def verdict(market: Market) -> str:
    if why_exit(a_position(), market, EXITS) is Reason.STOP_LOSS:
        return "sells"
    found = witnesses(market, "AAA", EXITS.price_max_age)
    return "undecided" if divided(found, a_position().stop) else "holds"


def test_a_halted_stock_waits_though_the_brokers_mark_is_a_cent_off_its_last_trade() -> None:
    """Seen red when: the mark spoke alone: three cycles of it sold into the halt."""
    halted = a_view(Quote(D("9.10"), D("9.12"), OLD), Trade(D("9.10"), OLD), "9.11")
    assert observe(a_state(a_position()), halted, EXITS) == []


# ---- agreement --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "under", "over", "high"),
    [
        ("", False, False, None),
        ("9.20", False, False, None),
        ("9.20 9.20", True, True, "9.20"),
        ("9.19 9.20", True, False, "9.19"),
        ("9.20 9.21", False, True, "9.20"),
        ("9.21 9.22", False, True, "9.21"),
        ("9.18 9.19", True, False, "9.18"),
        ("9.19 9.20 99", True, True, "9.20"),
        ("0.01 9.21 9.22", False, True, "9.21"),
        ("0.01 0.02 99", True, False, "0.02"),
    ],
)
def test_two_at_a_level_agree_and_one_never_does(found: str, under: bool, over: bool, high: str | None) -> None:
    prices = tuple(map(D, found.split()))
    assert (agreed_under(prices, D("9.20")), agreed_over(prices, D("9.20"))) == (under, over)
    assert agreed_high(prices) == (D(high) if high else None)


def test_another_photograph_is_asked_anew_and_so_is_another_age() -> None:
    """Seen red when: a photograph made of another kept what that one had heard."""
    first = a_view(bid("10"), last("10"))
    second = replace(first, prices={"AAA": Price(bid("9"), last("9", age=MINUTE))})
    for _ in range(2):
        assert witnesses(first, "AAA", EXITS.price_max_age) == (10, 10)
        assert witnesses(second, "AAA", EXITS.price_max_age) == (9, 9)
        assert witnesses(second, "AAA", SECOND) == (9,)
    assert first == a_view(bid("10"), last("10"))
