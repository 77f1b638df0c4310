"""What was bought and sold, from fills alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.state import State
from automated_trading.reports.letter import Level
from tests.builders import TODAY, D, a_buy, a_fill, a_sell, a_state, after, resting, unclear
from tests.domain.histories import SOLD_OUT, TRADE
from tests.reports.letters.scenes import filled, one, told, written

BUY = resting(a_buy())


def with_order(state: State, order: Any) -> State:
    return replace(state, orders={**state.orders, order.client_order_id: order})


def subjects(state: State) -> list[str]:
    return [letter.subject for letter in written(state, "fills")]


def test_one_letter_tells_every_fill_and_every_end() -> None:
    letter = one("fills")
    assert letter.subject == (
        "Bought AAA; bought in part BBB; closed CCC; sold in part EEE; not filled DDD; refused FFF"
    )
    assert letter.short.startswith("Bought AAA 100.20; bought in part BBB 39.60; closed CCC -84.00 (-8.40%)")
    assert letter.level is Level.WARNING


def test_an_order_without_a_fill_is_not_told() -> None:
    assert subjects(a_state(BUY)) == []


def test_a_buy_tells_shares_average_limit_and_stop() -> None:
    assert one("fills").facts["bought"][0] == [
        "AAA", "10 shares at 10.02 on average, limit 10.05, stop 9.22", "100.20"
    ]  # fmt: skip


def test_a_part_is_told_as_a_part_and_the_rest_when_it_comes_without_a_correction() -> None:
    """Seen red when: an order is one matter whatever it has filled."""
    part = after(a_state(BUY), a_fill(a_buy(), "4", "40"))
    assert subjects(part) == ["Bought in part AAA"]
    whole = after(told(part, "fills"), a_fill(a_buy(), "10", "100"))
    (letter,) = written(whole, "fills")
    assert (letter.subject, letter.correction) == ("Bought AAA", False)


def test_a_fill_whose_money_the_broker_changed_is_told_again_as_a_correction() -> None:
    state = told(a_state(filled(a_buy(), "10", "100", OrderStatus.FILLED)), "fills")
    (letter,) = written(with_order(state, filled(a_buy(), "10", "100.10", OrderStatus.FILLED)), "fills")
    assert letter.correction


def test_the_end_of_a_part_told_before_is_told_and_one_told_with_it_is_in_its_own_line() -> None:
    part = filled(a_buy(), "4", "40")
    ended = replace(part, status=OrderStatus.CANCELLED, cancelling="entry_timeout")
    (letter,) = written(a_state(ended), "fills")
    assert (len(letter.facts["bought"]), letter.facts["ended"]) == (1, [])
    assert "4 of 10 shares" in letter.facts["bought"][0][1]
    assert letter.facts["bought"][0][1].endswith("the rest was cancelled (entry_timeout)")
    (letter,) = written(with_order(told(a_state(part), "fills"), ended), "fills")
    assert letter.facts["ended"] == [
        ["AAA", "buy 10 at 10.00: 4 filled. The entry did not fill within entry_timeout.", "cancelled"]
    ]


def test_a_closed_position_tells_what_came_of_it_and_not_its_sale_beside() -> None:
    """Seen red when: a sale is told beside the position it closed."""
    sale = filled(a_sell(qty="10"), "10", "92", OrderStatus.FILLED)
    trade = replace(TRADE, session=sale.decision.session)
    state = after(with_order(a_state(SOLD_OUT), sale), e.PositionClosed(trade))
    (letter,) = written(state, "fills")
    assert letter.subject == "Closed AAA"
    assert letter.facts["sold"] == []
    assert subjects(told(state, "fills")) == []


def test_a_position_closed_yesterday_and_not_told_is_told_today() -> None:
    """Seen red when: only the session's own closed positions are told."""
    state = after(a_state(SOLD_OUT), e.PositionClosed(TRADE))
    assert state.trades == (TRADE,)
    assert subjects(replace(state, day=replace(state.day, closed=()))) == ["Closed AAA"]


def test_a_sell_that_ended_unfilled_is_no_letter_of_its_own() -> None:
    assert subjects(a_state(a_sell(status=OrderStatus.CANCELLED))) == []


def test_a_sell_the_broker_keeps_refusing_is_told_once_a_session() -> None:
    """Seen red when: a refused order is a matter by its id."""
    first = a_sell(status=OrderStatus.REFUSED, refusal="no")
    state = a_state(first)
    assert subjects(state) == ["Refused AAA"]
    again = with_order(told(state, "fills"), a_sell(status=OrderStatus.REFUSED, refusal="no", generation=1))
    assert subjects(again) == []


def test_an_order_without_an_answer_is_told_once_and_not_after_the_morning_told_it() -> None:
    """Seen red when: the morning's letter does not count it as told."""
    state = a_state(unclear(a_sell()))
    (letter,) = written(state, "fills")
    assert (letter.subject, letter.level) == ("Without an answer AAA", Level.WARNING)
    assert subjects(told(state, "fills")) == []
    entry = a_state(unclear(a_buy()))
    entry = replace(entry, day=replace(entry.day, morning_began=True))
    assert subjects(told(entry, "morning")) == []


def test_an_entry_that_expired_is_told() -> None:
    (letter,) = written(a_state(a_buy(status=OrderStatus.EXPIRED)), "fills")
    assert letter.subject == "Not filled AAA"
    assert letter.facts["ended"] == [["AAA", "buy 10 at 10.00: nothing filled", "expired"]]
    assert D(letter.facts["ended"][0][1].split()[1]) == 10


def test_a_stop_laid_in_an_earlier_session_is_told_as_the_position_it_closed_and_as_nothing_else() -> None:
    """Seen red when: only a sale ordered in the session of the close belongs to it."""
    stop = filled(a_sell(day=TODAY - timedelta(days=5)), "10", "90", OrderStatus.FILLED)
    (letter,) = written(a_state(stop, trades=(replace(TRADE, session=TODAY),)), "fills")
    assert (letter.subject, letter.facts["sold"]) == (f"Closed {TRADE.symbol}", [])


def test_a_sale_ordered_after_a_close_is_of_another_position() -> None:
    sale = filled(a_sell(day=TODAY + timedelta(days=1)), "4", "36", OrderStatus.CANCELLED)
    (letter,) = written(a_state(sale, trades=(replace(TRADE, session=TODAY),)), "fills")
    assert letter.subject == f"Closed {TRADE.symbol}; sold in part {TRADE.symbol}"
