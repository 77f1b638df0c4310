"""On which quotes nothing is bought, and at what limit the others are: every rule one step either side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automated_trading.decisions.quotes import away, entry_limit
from automated_trading.domain.market import NO_PRICE, Market, Price, Quote, Trade
from automated_trading.domain.reasons import Reason
from tests.builders import NOW, RULES, SECOND, D, a_market, a_price, a_quote, a_signal, a_state
from tests.decisions.answers import detail, said

MICROSECOND = timedelta(microseconds=1)


def on(price: Price, close: str | None = "10.00") -> Market:
    """AAA wanted at this price, after that official close."""
    return a_market([a_signal()], {"AAA": price}, closes={} if close is None else {"AAA": D(close)})


def answered(price: Price, close: str | None = "10.00") -> Reason | str:
    ((_, answer),) = said(a_state(), on(price, close))
    return answer


# ---- the quote itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (None, Reason.NO_QUOTE),
        (a_quote("0", "0"), Reason.NO_QUOTE),
        (a_quote("-1", "0"), Reason.NO_QUOTE),
        (a_quote("0", "10"), Reason.ONE_SIDED_QUOTE),
        (a_quote("10", "0"), Reason.ONE_SIDED_QUOTE),
        (a_quote("-1", "10"), Reason.ONE_SIDED_QUOTE),
        (a_quote("10.01", "10.00"), Reason.CROSSED_QUOTE),
        (a_quote("10.50", "10.00"), Reason.CROSSED_QUOTE),
        (a_quote(age=timedelta(seconds=121)), Reason.STALE_QUOTE),
        (a_quote(age=timedelta(seconds=-121)), Reason.STALE_QUOTE),
        (a_quote(age=timedelta(days=1)), Reason.STALE_QUOTE),
    ],
)
def test_i15_no_buy_on_a_quote_that_cannot_be_trusted(quote: Quote | None, why: Reason) -> None:
    """Seen red when: `quote_problem` skipped its age, compared age without `abs`, or let a bid or ask of zero pass."""
    assert said(a_state(), on(Price(quote))) == [("notyet", why)]


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(0), "AAA"),
        (119 * SECOND, "AAA"),
        (120 * SECOND, "AAA"),
        (120 * SECOND + MICROSECOND, Reason.STALE_QUOTE),
        (121 * SECOND, Reason.STALE_QUOTE),
        (-SECOND, "AAA"),
        (-120 * SECOND, "AAA"),
        (-121 * SECOND, Reason.STALE_QUOTE),
    ],
    ids=["fresh", "119 s", "120 s", "a microsecond more", "121 s", "1 s ahead", "120 s ahead", "121 s ahead"],
)
def test_a_quote_may_be_two_minutes_old_and_a_clock_that_much_ahead(age: timedelta, answer: Reason | str) -> None:
    assert answered(Price(a_quote(age=age))) == answer


@pytest.mark.parametrize(
    ("bid", "ask", "answer"),
    [
        ("10.00", "10.00", "AAA"),
        ("9.90", "10.10", "AAA"),
        ("9.91", "10.10", "AAA"),
        ("9.89", "10.10", Reason.WIDE_SPREAD),
        ("9.90", "10.11", Reason.WIDE_SPREAD),
        ("9.9000", "10.1001", Reason.WIDE_SPREAD),
        ("5.00", "10.00", Reason.WIDE_SPREAD),
    ],
    ids=["locked", "exactly 2%", "a tick less", "bid a tick lower", "ask a tick higher", "a hair more", "far"],
)
def test_the_spread_may_be_two_per_cent_of_the_middle_and_no_tick_more(bid: str, ask: str, answer: object) -> None:
    assert answered(a_price(bid, ask)) == answer


def test_the_spread_is_measured_against_the_middle_and_neither_side_alone() -> None:
    of_the_middle, of_the_ask = a_price("9.90", "10.10"), a_price("9.80", "10.00")
    assert answered(of_the_middle) == "AAA"
    assert answered(of_the_ask) == Reason.WIDE_SPREAD


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Price(a_quote(age=121 * SECOND)), "121 s old"),
        (a_price("0", "10"), "bid 0, ask 10"),
        (a_price("10.01", "10"), "bid 10.01 > ask 10"),
        (a_price("9", "10"), "10.53% from 9 to 10"),
        (a_price("10.31", "10.31"), "ask 10.31 is +3.1% from the close 10.00"),
        (a_price("9.19", "9.19"), "ask 9.19 is -8.1% from the close 10.00"),
    ],
)
def test_the_figures_behind_a_no_are_told(price: Price, words: str) -> None:
    assert detail(a_state(), on(price)) == words


# ---- the gap from the previous official close -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("close", "ask", "answer"),
    [
        ("10.00", "10.29", "AAA"),
        ("10.00", "10.30", "AAA"),
        ("10.00", "10.31", Reason.GAP_UP),
        ("10.00", "9.21", "AAA"),
        ("10.00", "9.20", "AAA"),
        ("10.00", "9.19", Reason.GAP_DOWN),
        ("0.5000", "0.5150", "AAA"),
        ("0.5000", "0.5151", Reason.GAP_UP),
        ("0.5000", "0.4600", "AAA"),
        ("0.5000", "0.4599", Reason.GAP_DOWN),
        ("7.00", "7.21", "AAA"),
        ("7.00", "7.22", Reason.GAP_UP),
        ("33.33", "34.32", "AAA"),
        ("33.33", "34.33", Reason.GAP_UP),
        ("33.33", "30.67", "AAA"),
        ("33.33", "30.66", Reason.GAP_DOWN),
    ],
)
def test_the_ask_may_be_three_per_cent_over_the_close_and_eight_under_it(close: str, ask: str, answer: object) -> None:
    assert answered(a_price(ask, ask, ask), close) == answer


@pytest.mark.parametrize("close", [None, "0", "-1"])
def test_without_the_official_close_of_the_session_before_nothing_is_bought(close: str | None) -> None:
    assert said(a_state(), on(a_price(), close)) == [("notyet", Reason.NO_PREVIOUS_CLOSE)]


def test_the_gap_is_measured_at_the_ask_and_not_at_the_bid_or_the_last_trade() -> None:
    assert answered(a_price("10.20", "10.31", "10.20")) == Reason.GAP_UP
    assert answered(a_price("9.10", "9.20", "9.10")) == "AAA"


def test_a_price_under_the_smallest_tick_is_no_price() -> None:
    assert said(a_state(), on(a_price("0.00002", "0.00002"), "0.00002")) == [("notyet", Reason.NO_QUOTE)]
    assert answered(a_price("0.0001", "0.0001", "0.0001"), "0.0001") == "AAA"


# ---- the limit ---------------------------------------------------------------------------------------------------

LIMITS = [
    ("the ask binds", "10.00", "10.00", "10.00", "10.05"),
    ("and is cut to the cent", "10.01", "10.01", "10.00", "10.06"),
    ("the last trade binds", "10.00", "9.95", "10.00", "10.04"),
    ("a tick before it does", "10.00", "9.96", "10.00", "10.05"),
    ("and is cut to the cent too", "10.00", "9.90", "10.00", "9.99"),
    ("the close binds", "10.28", "10.28", "10.00", "10.30"),
    ("at the gap limit itself", "10.30", "10.30", "10.00", "10.30"),
    ("a tick before it does too", "10.24", "10.24", "10.00", "10.29"),
    ("and is cut as well", "10.28", "10.28", "9.99", "10.28"),
    ("no trade is no bound", "10.00", None, "10.00", "10.05"),
    ("a trade at zero is no bound", "10.00", "0", "10.00", "10.05"),
    ("a hundred dollars", "100.00", "100.00", "100.00", "100.50"),
    ("under a dollar the ask", "0.9000", "0.9000", "0.9000", "0.9045"),
    ("under a dollar cut to a hundredth of a cent", "0.9003", "0.9003", "0.9000", "0.9048"),
    ("under a dollar the trade", "0.9000", "0.8903", "0.9000", "0.8992"),
    ("under a dollar the close", "0.9000", "0.9000", "0.8757", "0.9019"),
    ("up to a dollar", "0.9951", "0.9951", "0.9951", "1.00"),
    ("just under a dollar", "0.9950", "0.9950", "0.9950", "0.9999"),
    ("a dollar", "1.00", "1.00", "1.00", "1.00"),
    ("pennies", "0.0199", "0.0199", "0.0199", "0.0199"),
]


@pytest.mark.parametrize(("ask", "last", "close", "limit"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_the_limit_is_the_lowest_of_three_rounded_down_to_the_tick(
    ask: str, last: str | None, close: str, limit: str
) -> None:
    price = Price(a_quote(ask, ask), Trade(D(last), NOW) if last is not None else None)
    assert entry_limit(price, D(close), RULES.entries) == D(limit)


def test_without_a_quote_there_is_no_limit() -> None:
    with pytest.raises(ValueError, match="no quote"):
        entry_limit(NO_PRICE, D(10), RULES.entries)


@pytest.mark.parametrize(("ask", "wanted", "distance"), [("11", "10", "0.1"), ("9", "10", "-0.1"), ("10", "10", "0")])
def test_the_distance_from_a_wanted_price_is_signed_and_measured_at_the_ask(
    ask: str, wanted: str, distance: str
) -> None:
    assert away(a_price("8", ask, "8"), D(wanted)) == D(distance)


def test_without_a_quote_nothing_is_known_of_the_distance() -> None:
    assert away(NO_PRICE, D(10)) == 0
