"""Every entry of a signals file has its row, and its row says who judged it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.decisions import entries
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import Malformed, Signal, SignalList, ranked
from automated_trading.domain.state import State, Verdict
from automated_trading.reports.signal_check import checked_by_records, checked_now, in_words
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_session,
    a_signal,
    a_state,
    ny,
    resting,
)

BAD = Malformed("entry 3", "not an object")


def now(*signals: Signal, state: State | None = None, bad: tuple[Malformed, ...] = (), **changes: Any) -> list[str]:
    """What the rules themselves answer, in words."""
    market, books = a_market(signals, **changes), state or a_state()
    answers = {BOOK: tuple(entries.decide(books, market, RULES, BOOK))}
    listed = SignalList(ranked(signals), bad)
    return [in_words(row) for row in checked_now(listed, books, market, answers)]


def test_each_answer_of_the_rules_is_told() -> None:
    told = now(a_signal(score="9"), a_signal("BBB", "5"), a_signal("DDD", "7"))
    assert told == ["order 995 at 10.05", "not yet: asset_not_asked", "refuse: low_score (5 < 6.0)"]


def test_a_signal_that_only_lacks_room_is_told_as_queued() -> None:
    held = [a_position(f"H{letter}") for letter in "ABCDEFGHIJ"]
    (told,) = now(a_signal(), state=a_state(*held))
    assert told == "queue: max_positions (995 at 10.05)"


def test_a_remark_goes_with_the_order() -> None:
    (told,) = now(a_signal(), prices={"AAA": a_price("11.49", "11.50", "11.50")}, closes={"AAA": D("11.3")})
    assert told == "order 865 at 11.55; far_from_signal (the ask is +15.0% from the signal's 10)"


def test_a_signal_that_was_ordered_or_queued_is_told_as_that() -> None:
    ordered = a_state(resting(a_buy()))
    assert now(a_signal(), state=ordered) == ["ordered already: 10 at 10.00, accepted"]
    verdicts = {f"{BOOK}/AAA": Verdict("queued", Reason.NO_CASH, "5 at 10")}
    waits = a_state(day=replace(a_state().day, verdicts=verdicts))
    assert now(a_signal(), state=waits) == ["queued already: no_cash (5 at 10)"]


def test_what_is_no_signal_has_its_row_too() -> None:
    assert now(bad=(BAD,)) == ["refuse: malformed (not an object)"]


def closed(at: str, **changes: Any) -> Market:
    given = {"following": a_session(TOMORROW), "is_open": False, "now": ny(at), "prices": {}, "assets": {}}
    return a_market(**{**given, **changes})


def by_records(signal: Signal, market: Market, state: State | None = None) -> str:
    (row,) = checked_by_records(SignalList((signal,)), state or a_state(), market, RULES)
    assert row["judged_by"] == "records"
    return in_words(row)


def test_with_the_market_closed_the_file_and_the_records_judge_alone_and_say_so() -> None:
    good = "by file and records: would be judged at the open"
    assert by_records(a_signal(), closed("08:00")) == good
    assert by_records(a_signal(score="5"), closed("08:00")) == "by file and records: refuse: low_score (5 < 6.0)"
    held = a_state(a_position())
    assert by_records(a_signal(), closed("08:00"), held) == "by file and records: refuse: held (10 shares)"


@pytest.mark.parametrize(("clock", "stale"), [("08:00", False), ("15:59", False), ("16:00", True)])
def test_after_the_close_a_signal_is_judged_for_the_session_that_comes(clock: str, stale: bool) -> None:
    told = by_records(a_signal(generated=ny("20:00", YESTERDAY)), closed(clock))
    assert told.startswith("by file and records: refuse: stale") is stale


def test_a_row_tells_what_the_entry_is() -> None:
    signal = a_signal(tier="tier1", sector="Energy", generated=NOW - timedelta(hours=14, minutes=30))
    row, bad = checked_by_records(SignalList((signal,), (BAD,)), a_state(), a_market(), RULES)
    told = {key: row[key] for key in ("what", "ticker", "score", "tier", "sector", "price", "age_hours", "book")}
    assert told == {
        "what": "signal", "ticker": "AAA", "score": "8", "tier": "tier1", "sector": "Energy", "price": "10",
        "age_hours": "14.5", "book": BOOK,
    }  # fmt: skip
    assert (bad["what"], bad["label"], bad["ticker"], bad["detail"]) == ("malformed", "entry 3", None, "not an object")
    assert row.keys() == bad.keys()
