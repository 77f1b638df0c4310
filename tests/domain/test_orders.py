"""An order's id, its open part, and which statuses are ends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import (
    ENDS,
    TICKER,
    BrokerOrder,
    BrokerStatus,
    Decision,
    OrderStatus,
    Purpose,
    Side,
    looks_like_ours,
    order_id,
    recognise,
)
from tests.builders import ACCOUNT, BOOK, MODE, NOW, TODAY, TOMORROW, D, a_buy, a_decision, a_sell, an_id

OPEN = {OrderStatus.INTENDED, OrderStatus.UNCLEAR, OrderStatus.ACCEPTED}


def test_the_id_of_a_decision_never_changes() -> None:
    decision = Decision("insider", date(2026, 7, 15), "AAA", Side.BUY, Purpose.ENTRY)
    assert order_id("account-1", "paper", decision) == "AAA-BUY-20260715-093500-5C547CED"


@pytest.mark.parametrize(
    "other",
    [
        order_id("account-2", MODE, a_decision()),
        order_id(ACCOUNT, "live", a_decision()),
        an_id("AAB"),
        an_id(side=Side.SELL),
        an_id(day=TOMORROW),
        an_id(book="rotation"),
        an_id(generation=1),
    ],
)
def test_another_decision_has_another_id(other: str) -> None:
    assert other != an_id()


def test_the_longest_id_has_at_most_48_plain_characters() -> None:
    longest = an_id("ABCDE-XYZ", Side.SELL, generation=39)
    assert re.fullmatch(r"[A-Z0-9._-]{1,48}", longest)


@pytest.mark.parametrize("symbol", ["A", "AAA", "BRK.B", "BRK-B", "ABCDE.XYZ"])
@pytest.mark.parametrize("generation", [0, 1, 39])
def test_an_id_of_ours_leads_back_to_its_decision(symbol: str, generation: int) -> None:
    decision = a_decision(symbol, Side.SELL, generation=generation)
    assert recognise(ACCOUNT, MODE, ("rotation", BOOK), order_id(ACCOUNT, MODE, decision)) == decision


@pytest.mark.parametrize(
    "stranger",
    [
        "",
        "AAA",
        "6f1c-uuid",
        an_id()[:-1] + "0",
        an_id().lower(),
        an_id().replace("093500", "093501"),
        "AAA-BUY-20261345-093500-00000000",
        an_id(generation=200),
        an_id(book="nobody"),
        order_id("account-2", MODE, a_decision()),
        order_id(ACCOUNT, "live", a_decision()),
    ],
)
def test_an_id_made_elsewhere_is_not_recognised(stranger: str) -> None:
    assert recognise(ACCOUNT, MODE, (BOOK,), stranger) is None


def test_the_form_of_an_id_is_told_from_the_id_alone() -> None:
    assert looks_like_ours(order_id("account-2", MODE, a_decision("BRK.B")))
    assert not looks_like_ours("AAA-HOLD-20260715-093500-5C547CED")
    assert not looks_like_ours(an_id() + "0")


@pytest.mark.parametrize("ticker", ["", "aaa", "ABCDEF", "A1", "A B", "\u0410\u0410\u0410", "AAA\n", "BRK.", "../AA"])
def test_what_is_no_plain_ascii_ticker_is_none(ticker: str) -> None:
    assert TICKER.fullmatch(ticker) is None


@pytest.mark.parametrize("status", list(OrderStatus))
def test_i12_every_status_is_either_open_or_an_end(status: OrderStatus) -> None:
    """Seen red when: EXPIRED was missing from `ENDS`."""
    assert status.ended is (status not in OPEN)
    assert status.ended is (status in ENDS)
    assert status.unanswered is (status in OPEN - {OrderStatus.ACCEPTED})


@pytest.mark.parametrize("status", list(OrderStatus))
def test_only_an_order_not_at_its_end_may_still_trade_and_spend(status: OrderStatus) -> None:
    order = replace(a_buy(qty="10", limit="7", status=status), filled_qty=D(4))
    assert order.open_qty == (6 if status in OPEN else 0)
    assert order.open_value == (42 if status in OPEN else 0)


def test_an_order_filled_beyond_its_quantity_has_nothing_open() -> None:
    assert replace(a_buy(), filled_qty=D(11)).open_qty == ZERO


def test_a_market_order_has_no_limit_to_spend_at() -> None:
    assert a_sell().open_value == ZERO


def test_the_brokers_fill_is_its_quantity_at_its_average() -> None:
    told = BrokerOrder("b", an_id(), "AAA", Side.BUY, D(10), "limit", BrokerStatus.OPEN, "new", NOW, D(4), D("10.0025"))
    assert told.filled_value == D("40.01")
    assert replace(told, filled_qty=ZERO, filled_avg_price=None).filled_value == ZERO


def test_an_order_takes_symbol_side_and_book_from_its_decision() -> None:
    order = a_sell("BBB", book="rotation", day=TODAY)
    assert (order.symbol, order.side, order.book) == ("BBB", Side.SELL, "rotation")
