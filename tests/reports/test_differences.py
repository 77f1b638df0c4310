"""Differences in words: what each is, what on record could explain it, what would settle it."""

from __future__ import annotations

from typing import Any

import pytest

from automated_trading.domain.state import Difference, State
from automated_trading.reports.differences import (
    at_its_stop,
    difference_rows,
    explanations,
    name_of,
    remedies,
    what_differs,
)
from tests.builders import NOW, D, a_buy, a_holding, a_position, a_state, an_activity, an_outside_order, ny, resting


def differing(ours: str, theirs: str, *rows: Any, **more: Any) -> State:
    return a_state(*rows, differences={"AAA": Difference(D(ours), D(theirs), 2, NOW)}, **more)


CASH = {"cash": D(100), "cash_difference": Difference(D(100), D(90), 2, NOW), "cash_since": ny("09:30")}
RESTING = {"outside": {"theirs": an_outside_order(readings=2)}}


@pytest.mark.parametrize(
    ("state", "row", "name", "words"),
    [
        (
            differing("10", "9"),
            {"kind": "quantity", "symbol": "AAA", "ours": "10", "theirs": "9", "confirmed": True},
            "AAA",
            "AAA: our books have 10, the broker 9 (seen twice)",
        ),
        (
            a_state(**RESTING),
            {
                "kind": "order", "symbol": "AAA", "ours": "0", "theirs": "4", "confirmed": True,
                "side": "sell", "order": "theirs",
            },
            "an order in AAA",
            "an order that is not ours rests: sell 4 AAA, open (seen twice)",
        ),
        (
            a_state(**CASH),
            {"kind": "cash", "symbol": None, "ours": "100", "theirs": "90", "confirmed": True},
            "cash",
            "cash: ours 100.00, the broker's 90.00: 10.00 missing (seen twice)",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_a_row_with_a_name_and_a_line(
    state: State, row: dict[str, Any], name: str, words: str
) -> None:
    assert difference_rows(state) == [row]
    assert (name_of(row), what_differs(state, row)) == (name, words)


def test_a_reading_seen_once_is_told_as_such() -> None:
    state = a_state(outside={"theirs": an_outside_order(filled="1")})
    (row,) = difference_rows(state)
    assert (row["confirmed"], row["theirs"]) == (False, "3")
    assert what_differs(state, row).endswith("1 filled for 10.00, open (seen once)")


def test_an_ended_order_and_one_in_an_ignored_symbol_are_no_differences() -> None:
    assert difference_rows(a_state(outside={"theirs": an_outside_order(is_open=False)})) == []
    assert difference_rows(a_state(ignored={"AAA": NOW}, **RESTING)) == []


def explained(state: State) -> list[str]:
    (row,) = difference_rows(state)
    return explanations(state, row)


def settled_by(state: State) -> list[str]:
    (row,) = difference_rows(state)
    return [option or words for option, words in remedies(state, row)]


def test_shares_are_explained_by_fills_and_activities_of_their_symbol_oldest_first() -> None:
    traded = {"theirs": an_outside_order(filled="4", is_open=False)}
    another = {"other": an_outside_order(filled="1", symbol="BBB", is_open=False)}
    split = an_activity("0", kind="SPLIT", symbol="AAA", qty=D(10), at=ny("09:35"))
    heard = {"split": split, "fee": an_activity()}
    state = differing("10", "6", outside={**traded, **another}, activities=heard)
    assert explained(state) == [
        "split AAA, 10 shares, Wed 2026-07-15 09:35",
        "an order that is not ours: sell 4 AAA, 4 filled for 40.00, ended, Wed 2026-07-15 09:40",
    ]


def test_shares_that_nothing_explains_are_not_explained_away() -> None:
    assert explained(differing("0", "5")) == [
        "nothing on record explains it: perhaps a transfer, or a trade older than the record"
    ]


def test_an_order_of_ours_in_the_symbol_is_told_and_waited_for() -> None:
    state = differing("10", "9", a_position(), resting(a_buy()))
    assert explained(state) == ["an order of ours is open: buy 10 AAA at 10.00"]
    assert settled_by(state) == ["wait until our own order has ended: each run hears of it"]


@pytest.mark.parametrize(
    ("ours", "theirs", "held", "options"),
    [
        ("0", "5", False, ["--adopt AAA", "--ignore AAA"]),
        ("0", "-5", False, ["it is held short: cover it at the broker", "--ignore AAA"]),
        ("10", "0", True, ["--forget AAA"]),
        ("10", "20", True, ["--adopt AAA"]),
        ("10", "-1", True, ["it is held short: cover it at the broker"]),
    ],
)
def test_each_difference_of_shares_has_its_remedies(ours: str, theirs: str, held: bool, options: list[str]) -> None:
    assert settled_by(differing(ours, theirs, *([a_position()] if held else []))) == options


@pytest.mark.parametrize(("rows", "options"), [((), ["--ignore AAA"]), ((a_position(),), [])])
def test_a_resting_order_is_cancelled_where_it_came_from_or_its_symbol_is_the_owners(
    rows: tuple[Any, ...], options: list[str]
) -> None:
    assert settled_by(a_state(*rows, **RESTING)) == ["cancel it where it was sent, or let it end by itself", *options]


def test_cash_is_explained_by_what_is_counted_already_and_settled_by_counting_anew() -> None:
    heard = {"fee": an_activity("-3")}
    state = a_state(activities=heard, outside={"theirs": an_outside_order(filled="4", is_open=False)}, **CASH)
    assert explained(state) == [
        "our cash is counted since Wed 2026-07-15 09:30",
        "in it already: fee -3.00, Wed 2026-07-15 10:00",
        "in it already, though not ours: sell 4 AAA, 4 filled for 40.00, ended",
    ]
    assert settled_by(state) == ["--cash"]


def test_cash_with_nothing_on_record_says_so() -> None:
    assert explained(a_state(**CASH))[1:] == ["no fee, dividend or transfer is on record that explains the rest"]


@pytest.mark.parametrize(("mark", "warned"), [("9.21", False), ("9.2", True), (None, False)])
def test_an_adopted_position_already_at_its_stop_is_a_warning(mark: str | None, warned: bool) -> None:
    told = at_its_stop(a_position(), {"AAA": a_holding(mark=mark)})
    words = "the stop of AAA, 9.20, is at or over its price, 9.20: the next `monitor` sells it"
    assert told == (words if warned else None)
    assert at_its_stop(a_position(), {}) is None
