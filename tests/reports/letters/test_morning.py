"""The morning's letter: what was ordered is ordered, not bought, and everything else has its reason."""

from __future__ import annotations

import re
from dataclasses import replace

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import State
from automated_trading.reports.letter import Level
from tests.builders import BOOK, TODAY, a_buy, a_market, a_state, after, resting, unclear
from tests.reports.letters.scenes import a_morning, filled, one, tell, written


def began(*orders: object) -> State:
    state = a_state(*orders)  # type: ignore[arg-type]
    return replace(state, day=replace(state.day, morning_began=True))


def test_it_tells_of_orders_placed_queued_refused_and_not_yet() -> None:
    letter = one("morning")
    assert letter.subject == ("Morning: 1 order placed (AAA), 1 refused by the broker, 1 queued, 1 not yet, 1 refused")
    assert letter.level is Level.WARNING
    assert letter.facts["refused"] == [["EEE", "The score is under min_signal_score. (5 < 6)", "low_score"]]
    assert "The broker: insufficient buying power" in letter.facts["ordered"][1][1]


def test_nothing_is_told_before_the_morning_began() -> None:
    state = a_morning()
    assert written(replace(state, day=replace(state.day, morning_began=False)), "morning") == []


def test_nothing_is_called_bought_or_opened_before_a_fill() -> None:
    """Seen red when: the subject says "opened"."""
    letter = one("morning")
    rows = [row for fact in letter.facts.values() if isinstance(fact, list) for row in fact]
    told = [letter.subject, letter.short, *(word for row in rows for word in row)]
    assert not re.search(r"\b(bought|opened|filled)\b", " ".join(told), re.IGNORECASE)


def test_an_order_without_an_answer_is_unclear_and_one_not_sent_says_so() -> None:
    (letter,) = written(began(unclear(a_buy()), a_buy("BBB")), "morning")
    assert letter.subject == "Morning: 1 not sent yet, 1 unclear"
    assert [row[2] for row in letter.facts["ordered"]] == ["unclear", "not sent yet"]


def test_a_morning_without_orders_says_why() -> None:
    told = {
        "there was no usable signal": SignalList(),
        "there is no signals file yet": SignalList(missing=Reason.NO_FILE),
        "the signals file cannot be used": SignalList(broken="is not JSON"),
    }
    for why, signals in told.items():
        (letter,) = written(began(), "morning", market=replace(a_market(), signals=signals))
        assert letter.subject == f"Morning: nothing ordered, {why}"
    assert letter.level is Level.WARNING
    assert "is not JSON" in letter.facts["said"]


def test_a_fill_of_what_was_told_is_no_correction_of_the_morning() -> None:
    """Seen red when: the order's status is part of the digest."""
    state = began(resting(a_buy()))
    told = tell(state, *written(state, "morning", command="morning"))
    bought = filled(a_buy(), "10", "100", OrderStatus.FILLED)
    later = replace(told, orders={bought.client_order_id: bought})
    assert written(later, "morning", command="morning") == []


def test_figures_that_moved_under_a_reason_are_no_correction_and_another_reason_is_one() -> None:
    first = after(began(), e.SignalNotYet(BOOK, TODAY, "AAA", Reason.GAP_UP, "5%"))
    told = tell(first, *written(first, "morning", command="morning"))
    moved = after(told, e.SignalNotYet(BOOK, TODAY, "AAA", Reason.GAP_UP, "6%"))
    assert written(moved, "morning", command="morning") == []
    other = after(told, e.SignalNotYet(BOOK, TODAY, "AAA", Reason.WIDE_SPREAD, ""))
    assert written(other, "morning", command="monitor") == []
    assert [letter.correction for letter in written(other, "morning", command="morning")] == [True]


def test_a_refusal_by_the_broker_told_in_the_morning_is_told_by_no_letter_of_fills() -> None:
    state = a_morning()
    told = tell(state, *written(state, "morning", command="morning"))
    assert written(told, "fills") == []
