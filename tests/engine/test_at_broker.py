"""`halt --at-broker`: the broker's own switch, asked for once, looked up where its answer is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.domain.reasons import Reason
from automated_trading.engine.flatten import ask_exits, follow
from automated_trading.engine.owner import SUSPENDED, at_broker, still_suspended
from automated_trading.simulator.api import Lost, Request, Response
from tests.engine.builders import MONITOR, MORNING, Bench, bench, moment
from tests.engine.stage import guarded, holding, sides, stands
from tests.engine.wire import Act, answering

PATH = "/v2/account/configurations"
PATCHES = [("PATCH", PATH)]


def suspended(b: Bench) -> bool:
    return b.exchange.configurations["suspend_trade"] is True


def losing(*, before: bool) -> Act:
    """An act: the request, or only its answer, is lost."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        if not before:
            handle(request)
        raise Lost("on its way")

    return act


def patches(b: Bench) -> list[tuple[str, str]]:
    return [request for request in b.wire.requests if request[0] == "PATCH"]


def test_every_new_order_is_refused_there_until_it_is_lifted(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    assert at_broker(b.desk(), on=True) == (0, SUSPENDED[True])
    told = b.run(MORNING, "09:35")
    assert (b.orders(), told.state.day.verdicts["insider/AAA"].reason) == ([], Reason.ACCOUNT_BLOCKED)
    assert "BLOCKED AT THE BROKER, no order is taken (trade suspended by user)" in told.said
    assert at_broker(b.desk(), on=False) == (0, "the broker takes orders again")
    b.run(MORNING, "09:40")
    assert (len(b.orders()), patches(b)) == (1, PATCHES * 2)


def test_a_sell_is_refused_too_and_the_line_says_why(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    at_broker(b.desk(), on=True)
    b.exchange.set_price("AAA", Decimal(80))
    told = b.run(MONITOR, "09:40")
    assert (set(told.state.positions), sides(b, "AAA")) == ({"AAA"}, ["buy filled"])
    assert "BLOCKED AT THE BROKER" in told.said
    assert "refused by the broker (AAA)" in told.said
    at_broker(b.desk(), on=False)
    assert b.run(MONITOR, "09:45").state.positions == {}


def test_a_stop_that_rests_there_already_still_sells(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    body = {"symbol": "AAA", "qty": "99", "side": "sell", "type": "stop", "stop_price": "92", "time_in_force": "gtc"}
    b.desk().broker._client.send("/orders", body)  # type: ignore[attr-defined]  # as a protective stop rests
    at_broker(b.desk(), on=True)
    b.exchange.set_price("AAA", Decimal(90))
    b.exchange.advance_to(b.exchange.now.replace(minute=50))
    assert sides(b, "AAA") == ["buy filled", "sell filled"]


def test_what_rests_there_is_not_taken_back_for_an_order_that_would_be_refused(tmp_path: Path) -> None:
    """Seen red when: a sale or a higher stop was due, the stop was cancelled for it, and neither was let in."""
    b = guarded(tmp_path, "AAA", "BBB")
    at_broker(b.desk(), on=True)
    stands(b, "BBB", "110")
    b.exchange.advance_to(moment("10:00"))
    ask_exits(b.desk())
    done = follow(b.desk())
    blocked = "the account is blocked at the broker (trade suspended by user); the first `monitor` after that sells"
    assert (done.code, done.left, b.asked("DELETE")) == (4, {"AAA": blocked, "BBB": blocked}, 0)
    assert [sides(b, ticker) for ticker in ("AAA", "BBB")] == [["buy filled", "sell new"]] * 2
    assert done.last.state.failures == 0
    at_broker(b.desk(), on=False)
    assert b.run(MONITOR, "10:05").state.positions == {}


def test_a_lost_answer_is_looked_up_and_not_asked_again(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, losing(before=False))
    assert at_broker(b.desk(), on=True) == (0, SUSPENDED[True])
    assert (suspended(b), patches(b)) == (True, PATCHES)


def test_a_lost_request_is_told_as_not_done_so_far_and_not_asked_again(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, losing(before=True))
    code, said = at_broker(b.desk(), on=True)
    assert (code, said.startswith("the broker has not done it so far: ")) == (4, True)
    assert (suspended(b), b.asked("PATCH")) == (False, 0)


def test_a_lost_answer_that_cannot_be_looked_up_is_unclear(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, losing(before=False))
    b.wire.on("GET", PATH, answering(500, {}))
    code, said = at_broker(b.desk(), on=True)
    assert (code, said.startswith("unclear whether the broker did it: ")) == (4, True)
    assert "`automated-trading status` shows how it stands" in said


@pytest.mark.parametrize("answer", [{}, [], {"suspend_trade": "yes"}, {"suspend_trade": False}, None])
def test_an_answer_that_does_not_say_so_is_looked_up(tmp_path: Path, answer: Any) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, answering(200, answer))
    assert at_broker(b.desk(), on=True)[0] == 4


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"code": 40310000, "message": "not for this account"}, "refused (403): not for this account"),
        (429, {"code": 42910000, "message": "rate limit exceeded"}, "asked to wait"),
    ],
)
def test_a_refusal_is_told_in_the_brokers_words(tmp_path: Path, status: int, body: object, words: str) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, answering(status, body))
    code, said = at_broker(b.desk(), on=True)
    assert (code, said.startswith("the broker did not do it: "), words in said) == (4, True, True)


def test_refused_keys_are_exit_3(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.wire.on("PATCH", PATH, answering(401, {"message": "unauthorized."}))
    with pytest.raises(ConfigError, match="does not accept these keys"):
        at_broker(b.desk(), on=True)


@pytest.mark.parametrize("on", [True, False])
def test_where_trading_is_disabled_nothing_leaves(tmp_path: Path, on: bool) -> None:
    b = bench(tmp_path)
    b.switch_off()
    code, said = at_broker(b.desk(), on)
    assert (code, b.wire.requests) == (3, [])
    assert said.startswith("trading is disabled (")


def test_whether_it_stands_is_asked_and_else_as_it_last_was(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    assert still_suspended(b.desk(), b.run(MORNING, "09:35").state) is False
    at_broker(b.desk(), on=True)
    state = b.run(MONITOR, "09:40").state
    assert still_suspended(b.desk(), state) is True
    b.wire.on("GET", PATH, answering(503, {}))
    assert still_suspended(b.desk(), state) is True
    assert json.dumps(sorted({path for method, path in b.wire.requests if method == "PATCH"})) == json.dumps([PATH])
