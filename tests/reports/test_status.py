"""How things stand, as one document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import Difference, Halt, State
from automated_trading.reports.status import document, exit_code, unprotected
from tests.builders import (
    BOOK,
    MINUTE,
    MODE,
    NOW,
    SECOND,
    TODAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_signal,
    a_state,
    after,
    an_account,
    an_id,
    an_outside_order,
    resting,
)

DIFFERS = {"AAA": Difference(D(10), D(9), 2, NOW)}
SCORES = (("AAA", "8"), ("BBB", "9.1"))
DUE = {
    "schema", "mode", "at", "session", "halted", "halt_reasons", "account", "positions", "orders", "queue",
    "differences", "unprotected", "runs", "next_due", "cash", "undecided", "leaving", "blocked", "ignored", "breakers",
}  # fmt: skip


def shown(state: State, disabled: str | None = None, **changes: Any) -> dict[str, Any]:
    return document(state, MODE, a_market(**changes), Rules(), disabled, (7, "abc"))


def test_the_document_has_every_key_it_promises_and_is_json() -> None:
    found = shown(a_state(a_position(), resting(a_buy("BBB"))))
    assert found.keys() >= DUE
    assert json.loads(json.dumps(found)) == found
    assert (found["schema"], found["mode"], found["stale"]) == (1, "paper", False)
    assert found["log"] == {"seq": 7, "hash": "abc"}


@pytest.mark.parametrize(
    ("state", "stale", "halted", "code"),
    [
        (a_state(), False, False, 0),
        (a_state(), False, True, 5),
        (a_state(differences=DIFFERS), False, True, 6),
        (a_state(differences=DIFFERS), True, True, 4),
        (a_state(differences={"AAA": Difference(D(10), D(9), 1, NOW)}), False, False, 0),
        (a_state(cash_difference=Difference(D(10), D(9), 2, NOW)), False, True, 6),
        (a_state(cash_difference=Difference(D(10), D(9), 1, NOW)), False, False, 0),
        (a_state(outside={"theirs": an_outside_order(readings=2)}), False, True, 6),
        (a_state(outside={"theirs": an_outside_order()}), False, False, 0),
    ],
)
def test_the_gravest_thing_is_the_exit_code(state: State, stale: bool, halted: bool, code: int) -> None:
    assert exit_code(state, stale, halted) == code


def test_a_position_stands_beside_its_last_price_and_the_way_to_its_stop() -> None:
    (row,) = shown(a_state(a_position()), prices={"AAA": a_price(last="11.5")})["positions"]
    assert row == {
        "symbol": "AAA",
        "book": BOOK,
        "origin": "signal",
        "qty": "10",
        "entry_price": "10",
        "stop": "9.2",
        "stop_rule": "stop_loss",
        "high": "10",
        "last_price": "11.5",
        "distance_to_stop": "0.2",
        "gain": "0.15",
        "open_profit": "15",
        "opened": "2026-07-15T13:36:00Z",
        "age_days": 0,
        "next_age_rule": {"days": 21, "in_days": 21, "sold_under_gain": "0"},
        "protection": {
            "by": "monitor",
            "stop": "9.2",
            "qty": None,
            "order": None,
            "why": "frozen",
            "detail": "the broker holds 0",
        },
        "take_profit": None,
        "tier": "none",
    }


def test_a_position_without_a_price_claims_none() -> None:
    (row,) = shown(a_state(a_position()), prices={})["positions"]
    assert {row[name] for name in ("last_price", "distance_to_stop", "gain", "open_profit")} == {None}


def test_a_price_of_many_digits_is_rounded_for_people() -> None:
    position = replace(a_position(), bought_qty=D(3), bought_value=D(10))
    assert shown(a_state(position))["positions"][0]["entry_price"] == "3.333333"


def test_only_orders_not_at_their_end_are_listed() -> None:
    found = shown(a_state(resting(a_buy()), a_buy("BBB", status=OrderStatus.FILLED)))["orders"]
    assert [(row["client_order_id"], row["status"], row["limit_price"]) for row in found] == [
        (an_id(), "accepted", "10")
    ]


def test_halts_queue_differences_and_runs_are_told() -> None:
    state = after(
        a_state(halts={Reason.OWNER: Halt("going away", NOW)}, differences=DIFFERS),
        e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW),
        e.RunFinished("morning", NOW, "done", "nothing traded"),
    )
    found = shown(state)
    assert (found["halted"], found["halt_reasons"]) == (True, {"owner": "going away"})
    assert found["queue"][0] == {
        "ticker": "AAA", "book": BOOK, "score": "8", "reason": "no_cash", "session": "2026-07-15"
    }  # fmt: skip
    assert found["differences"] == [
        {"kind": "quantity", "symbol": "AAA", "ours": "10", "theirs": "9", "confirmed": True}
    ]
    assert found["runs"]["morning"]["outcome"] == "done"


def test_without_the_broker_the_record_is_shown_and_marked_stale() -> None:
    state = after(a_state(a_position()), e.EquityMarked(TODAY, an_account(equity="99000"), NOW))
    found = document(state, MODE, None, Rules(), None, (7, "abc"))
    assert (found["stale"], found["at"], found["market_open"]) == (True, "2026-07-15T14:00:00Z", None)
    assert found["account"] == {"equity": "99000", "cash": "100000"}


def test_a_desk_that_never_ran_has_no_account_to_show() -> None:
    found = document(State(), MODE, None, Rules(), None, (0, "0" * 64))
    assert (found["account"], found["at"], found["positions"]) == (None, None, [])


@pytest.mark.parametrize(
    ("age", "told"), [(15 * MINUTE, False), (15 * MINUTE + SECOND, True), (timedelta(days=1), True)]
)
def test_in_session_a_position_nobody_looked_at_for_fifteen_minutes_is_unprotected(age: timedelta, told: bool) -> None:
    state = a_state(a_position(), marked_at=NOW - age)
    rows = [{"symbol": "AAA", "why": "no run has looked at it for 15 minutes"}]
    assert unprotected(state, a_market(), Rules(), None) == (rows if told else [])
    assert unprotected(state, a_market(is_open=False), Rules(), None) == []


@pytest.mark.parametrize(
    ("state", "disabled", "why"),
    [
        (a_state(a_position()), "switched off", "trading is disabled"),
        (a_state(a_position(), differences=DIFFERS), None, "frozen by a difference"),
    ],
)
def test_a_position_whose_stop_cannot_fire_says_why(state: State, disabled: str | None, why: str) -> None:
    assert shown(state, disabled)["unprotected"] == [{"symbol": "AAA", "why": why}]


@pytest.mark.parametrize(("promised", "told"), [("10", True), ("9", False)])
def test_a_position_whose_shares_an_order_of_somebody_elses_has_is_unprotected(promised: str, told: bool) -> None:
    state = a_state(a_position(), outside={"theirs": an_outside_order(promised)})
    rows = [{"symbol": "AAA", "why": "an order that is not ours has its shares"}]
    assert shown(state, held={"AAA": "10"})["unprotected"] == (rows if told else [])
    assert shown(replace(state, orders={"ours": resting(a_sell())}), held={"AAA": "10"})["unprotected"] == []


def test_a_position_sold_out_needs_no_protection() -> None:
    sold_out = replace(a_position(), qty=ZERO, cost=ZERO)
    assert unprotected(a_state(sold_out), a_market(), Rules(), "switched off") == []


def test_the_breakers_show_what_they_read_net_of_what_the_owner_moved() -> None:
    day = replace(a_state().day, flows=D(-500))
    state = a_state(failures=2, losses=(D("0.1"), D("0.2")), high_water=D(101_000), day=day)
    assert shown(state, account=an_account(equity="97500"))["breakers"] == {
        "day_change": "-0.0201",
        "losing_streak": 2,
        "drawdown": "0.0347",
        "high_water": "101000",
        "order_failures": 2,
        "flows": "-500",
    }


def test_without_the_broker_the_breakers_claim_no_change() -> None:
    found = document(a_state(), MODE, None, Rules(), None, (7, "abc"))["breakers"]
    assert (found["day_change"], found["drawdown"], found["losing_streak"]) == (None, None, 0)


def test_cash_stands_beside_the_brokers_with_what_nothing_explains() -> None:
    assert shown(a_state(cash=D(100_010)))["cash"] == {"ours": "100010", "theirs": "100000", "unexplained": "-10"}
    assert shown(a_state())["cash"] == {"ours": None, "theirs": "100000", "unexplained": None}


def test_the_owners_word_and_stops_in_doubt_are_told() -> None:
    found = shown(a_state(undecided={"AAA": 2}, leaving={"BBB": NOW}, blocked={"CCC": "no"}, ignored={"DDD": NOW}))
    assert (found["undecided"], found["blocked"]) == ({"AAA": 2}, {"CCC": "no"})
    assert (found["leaving"], found["ignored"]) == ({"BBB": "2026-07-15T14:00:00Z"}, {"DDD": "2026-07-15T14:00:00Z"})


def test_the_queue_is_told_best_first() -> None:
    waiting = [e.SignalQueued(BOOK, TODAY, a_signal(name, score), Reason.NO_CASH, "", NOW) for name, score in SCORES]
    assert [row["ticker"] for row in shown(after(a_state(), *waiting))["queue"]] == ["BBB", "AAA"]
