"""When a position the owner wants sold will be, said plainly."""

from __future__ import annotations

from typing import Any

import pytest

from automated_trading.domain.market import Market
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.state import Difference, State
from automated_trading.reports.leaving import when_sold
from tests.builders import (
    BOOK,
    NOW,
    TOMORROW,
    D,
    a_buy,
    a_market,
    a_position,
    a_sell,
    a_session,
    a_state,
    an_outside_order,
    ny,
    resting,
    unclear,
)

SOLD = ClosedTrade("AAA", BOOK, D(10), D(10), D(11), D(10), "owner_exit", NOW, NOW)


def market(**changes: Any) -> Market:
    return a_market(**{"held": {"AAA": "10"}, "following": a_session(TOMORROW), **changes})


HELD = a_position()


@pytest.mark.parametrize(
    ("state", "photograph", "words"),
    [
        (a_state(HELD), market(), "the next `monitor` sells"),
        (a_state(HELD), None, "the broker was not reached; the next `monitor` that reaches it sells"),
        (
            a_state(HELD),
            market(disabled="switched off"),
            "trading is disabled (switched off); the first `monitor` after that sells",
        ),
        (
            a_state(HELD, differences={"AAA": Difference(D(10), D(9), 1, NOW)}),
            market(),
            "our books and the broker differ in it; not sold before `automated-trading reconcile` settles that",
        ),
        (
            a_state(HELD),
            market(is_open=False, now=ny("08:00")),
            "the market is closed; the first `monitor` after the open sells, from Wed 2026-07-15 09:30 New York on",
        ),
        (
            a_state(HELD),
            market(is_open=False, now=ny("17:00")),
            "the market is closed; the first `monitor` after the open sells, from Thu 2026-07-16 09:30 New York on",
        ),
        (
            a_state(HELD),
            market(is_open=False, now=ny("17:00"), following=None),
            "the market is closed; the first `monitor` after the open sells",
        ),
        (
            a_state(HELD, resting(a_sell())),
            market(),
            "sell 10 AAA at the market is at the broker; its fill is heard by the next `monitor`",
        ),
        (
            a_state(HELD, unclear(a_sell())),
            market(),
            "sell 10 AAA at the market has no answer yet; its fill is heard by the next `monitor`",
        ),
        (a_state(HELD, resting(a_buy())), market(), "its open buy is cancelled first; the next `monitor` sells"),
        (
            a_state(HELD, outside={"theirs": an_outside_order("10")}),
            market(),
            "an order that is not ours sells these shares; ours waits until it has ended",
        ),
    ],
)
def test_it_is_said_what_the_sale_waits_for(state: State, photograph: Market | None, words: str) -> None:
    assert when_sold(state, photograph, "AAA") == words


def test_a_sale_is_told_as_one_once_the_position_has_gone() -> None:
    state = a_state()
    day = type(state.day)(session=state.day.session, closed=(SOLD,))
    assert when_sold(a_state(day=day), market(), "AAA") == "sold, 10 shares, +10.00"
