"""How one symbol stands, by the records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import Kind, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import RedeploymentRules
from automated_trading.domain.state import Difference, State
from automated_trading.reports.story import document, standing
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    D,
    a_fill,
    a_position,
    a_sell,
    a_signal,
    a_state,
    after,
    an_outside_order,
    ny,
    resting,
)


def told(state: State, symbol: str = "AAA") -> list[str]:
    return standing(state, RULES, symbol)


def test_of_a_symbol_nothing_is_known_of_nothing_is_said() -> None:
    assert told(a_state(a_position("BBB")), "AAA") == []


def test_a_position_tells_its_price_age_stop_and_what_would_sell_it() -> None:
    position = a_position(score=D(9), tier="tier3", session=TODAY - timedelta(days=22))
    assert told(a_state(position)) == [
        "held: 10 at 10.00 by insider (signal, tier tier3, score 9)",
        "since Wed 2026-07-15 09:36, 22 days old; high 10.00, stop 9.20",
        "would sell it: stop_loss at or under 9.20",
        "would sell it: age now if its gain is under 0%",
        "would sell it: age in 8 days if its gain is under 3%",
        "would sell it: age in 23 days if its gain is under 15%",
        "not guarded by a stop at the broker: The next run while the market is open places the stop.",
    ]


def test_a_stop_that_rests_at_the_broker_is_told() -> None:
    stop = resting(a_sell(purpose=Purpose.PROTECT, kind=Kind.STOP, stop_price=D("9.20"), reason="protective_stop"))
    lines = told(a_state(a_position(), stop))
    assert "a stop rests at the broker at 9.20" in lines
    assert "open order: sell 10 AAA, stop at 9.20 (protective_stop), accepted" in lines
    assert not any(line.startswith("not guarded") for line in lines)


def test_an_exit_that_was_asked_for_and_a_stop_in_doubt_come_before_the_rules() -> None:
    lines = told(a_state(a_position(), leaving={"AAA": NOW}, undecided={"AAA": 2}))
    assert lines[2:4] == [
        "to be sold: the owner said exit, Wed 2026-07-15 10:00",
        "UNDECIDED: one price alone says sell, 2 in a row; after 3 it is sold by limit",
    ]


def test_an_open_order_is_told_with_its_fill_and_its_cancel() -> None:
    sell = replace(resting(a_sell()), cancelling="exit_timeout")
    state = after(a_state(a_position(), sell), a_fill(sell, "4", "40"))
    expected = "open order: sell 10 AAA at the market (stop_loss), accepted, 4 filled, being cancelled (exit_timeout)"
    assert expected in told(state)


def test_the_sessions_verdict_is_told_with_its_sentence() -> None:
    state = after(a_state(), e.SignalNotYet(BOOK, TODAY, "AAA", Reason.WIDE_SPREAD, "3.10%"))
    assert told(state) == [
        "session 2026-07-15: not yet: wide_spread (3.10%)",
        "    The spread is over MAX_SPREAD_PCT of the price.",
    ]


def queued() -> State:
    waits = after(a_state(), e.SignalQueued(BOOK, TODAY, a_signal(), Reason.MAX_POSITIONS, "5 at 10", NOW))
    return replace(waits, day=replace(waits.day, verdicts={}))


def test_a_queued_signal_tells_what_it_waits_for() -> None:
    assert told(queued()) == [
        "queued since 2026-07-15, score 8, for lack of room (max_positions)",
        "    bought if room comes free in session and the ask is within 3.0% of 10.00; dropped after one session",
    ]


def test_without_redeployment_a_queued_signal_waits_for_nothing() -> None:
    rules = replace(RULES, redeployment=RedeploymentRules(enabled=False))
    assert standing(queued(), rules, "AAA")[1] == ("    redeployment is switched off: it is dropped after one session")


@pytest.mark.parametrize(
    ("days", "words"), [(6, "not bought before 2026-07-16"), (7, "may be bought again since 2026-07-15")]
)
def test_a_cool_down_tells_its_end(days: int, words: str) -> None:
    sold = TODAY - timedelta(days=days)
    assert told(a_state(sold={"AAA": sold})) == [f"left on {sold}: {words}"]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"blocked": {"AAA": "a hunch"}}, ["BLOCKED (a hunch): not bought until `automated-trading unblock AAA`"]),
        (
            {"ignored": {"AAA": NOW}},
            [
                "ignored since Wed 2026-07-15 10:00: the owner's own; "
                "`automated-trading reconcile --forget AAA` ends that"
            ],
        ),
        (
            {"differences": {"AAA": Difference(D(0), D(5), 2, NOW)}},
            [
                "DIFFERS: AAA: our books have 0, the broker 5 (seen twice)",
                "    `automated-trading reconcile --adopt AAA`: the book takes the 5 shares over, "
                "with a stop under today's price",
                "    `automated-trading reconcile --ignore AAA`: they are yours: never sold, counted in exposure",
            ],
        ),
        (
            {"outside": {"theirs": an_outside_order(readings=2)}},
            [
                "DIFFERS: an order that is not ours rests: sell 4 AAA, open (seen twice)",
                "    cancel it where it was sent, or let it end by itself",
                "    `automated-trading reconcile --ignore AAA`: AAA is yours: the desk leaves it alone",
            ],
        ),
    ],
)
def test_what_keeps_a_symbol_from_being_bought_is_told_with_what_ends_it(
    changes: dict[str, Any], lines: list[str]
) -> None:
    assert told(a_state(**changes)) == lines


def test_the_document_says_the_same() -> None:
    state = a_state(a_position(), resting(a_sell()), sold={"AAA": TODAY}, leaving={"AAA": ny("09:50")})
    found = document(state, RULES, "AAA")
    assert (found["position"]["symbol"], found["orders"][0]["side"]) == ("AAA", "sell")
    assert (found["not_bought_before"], found["exit_asked"]) == ("2026-07-22", "2026-07-15T13:50:00Z")
    assert found["said"] == told(state)
    empty = document(a_state(), RULES, "AAA")
    assert {key: value for key, value in empty.items() if value} == {}
