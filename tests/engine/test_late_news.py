"""News that comes late, in part, or not at all: booked where it belongs, and blind to nothing it does not touch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.errors import OutOfTime
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, Rules
from automated_trading.engine import cycle
from automated_trading.engine.look import look
from automated_trading.reports.status import unprotected
from automated_trading.simulator.api import Lost, Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, names, signal
from tests.engine.test_hearing import change_orders, of, resting_buy
from tests.engine.wire import answering, then


def bought(home: Path, *tickers: str) -> Bench:
    """Positions of 99 shares at 100.05, their stops at 92.04."""
    b = bench(home, *tickers)
    b.run(MORNING, "09:35")
    return b


def falls(b: Bench, ticker: str = "AAA") -> None:
    b.exchange.set_quote(ticker, Decimal(50), Decimal(51), last=Decimal(50))


def test_a_buy_that_fills_after_the_account_was_read_has_taken_its_cash(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", rules=Rules(caps=Caps(max_position=Decimal("0.3"), max_exposure=Decimal(2))))
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.set_price("AAA", Decimal(101))))
    b.run(MORNING, "09:35")  # rests
    b.exchange.set_price("FOR", Decimal(100))
    b.exchange.set_close("BBB", Decimal(100))
    b.exchange.set_price("BBB", Decimal(100))
    b.exchange.trade_by_hand("FOR", "buy", Decimal(650))  # 35,000 are left for AAA's 30,000
    b.signals.entries = [signal("AAA"), signal("BBB")]
    b.wire.acts = (("GET", "/v2/stocks/snapshots", then(lambda: b.exchange.set_price("AAA", Decimal(99)))),)
    told = b.run(MONITOR, "10:06")  # past its time, but it fills before its cancel arrives
    assert told.state.positions["AAA"].qty > 0
    assert told.state.day.verdicts["insider/BBB"].reason is Reason.NO_CASH
    assert b.exchange.ledger.cash >= 0


def test_yesterdays_fill_heard_today_is_the_positions_profit_but_none_of_todays_figures(tmp_path: Path) -> None:
    b = bought(tmp_path, "AAA")
    falls(b)
    b.wire.on("GET", "/v2/positions", lambda request, handle: silent(b) or handle(request))
    b.run(MONITOR, "15:55")  # sold, and the line is lost before that is heard; no eod either
    b.wire.acts = ()
    b.signals.entries = []
    told = b.run(MONITOR, "10:00", WEDNESDAY)
    lost = 99 * (Decimal(50) - Decimal("100.05"))
    assert [event.trade.realised for event in of(told, e.PositionClosed)] == [lost]
    told = b.run(EOD, "16:30", WEDNESDAY)
    day, figures = told.state.day, told.state.day.figures
    assert (day.bought, day.sold, day.closed) == (0, 0, ())
    assert figures is not None
    assert figures.realised == 0


def silent(b: Bench) -> Response | None:
    return Response(500, {}, b"") if b.asked("POST") > 1 else None


def test_a_folder_lost_in_the_session_keeps_the_sessions_own_fills_in_its_figures(tmp_path: Path) -> None:
    b = bought(tmp_path, "AAA")
    falls(b)
    before = b.run(MONITOR, "09:40").state.day
    shutil.rmtree(b.folder)
    b.run(MONITOR, "10:00")
    after = b.run(EOD, "16:30").state.day
    assert after.figures is not None
    assert (after.bought, after.sold, after.figures.realised) == (before.bought, before.sold, before.realised)
    assert [trade.realised for trade in after.closed] == [before.realised]


def test_an_order_is_worth_what_its_cash_was_to_the_cent(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", price="3.1", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal("3.09"), Decimal("3.091"), last=Decimal("3.09"))
    position = b.run(MONITOR, "09:40").state.positions["AAA"]  # two fills; the average price is told rounded
    assert position.cost == 100_000 - b.exchange.ledger.cash


def test_one_order_that_cannot_be_looked_up_holds_no_other_symbols_exit_back(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")

    def only_aaa(request: Request, handle: Callable[[Request], Response]) -> Response:
        if json.loads(request.body)["symbol"] == "BBB":
            raise Lost("on its way")
        return handle(request)

    b.wire.on("POST", "/v2/orders", only_aaa)
    b.run(MORNING, "09:35")
    falls(b)
    b.wire.acts = (("GET", "/v2/orders:by_client_order_id", answering(500, {})),)
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, "AAA" in told.state.positions) == (4, False)
    assert {problem[:18] for problem in told.problems} == {"BBB: not looked up"}


def test_a_signals_name_the_price_request_fails_on_blinds_no_stop(tmp_path: Path) -> None:
    b = bought(tmp_path, "AAA")
    falls(b)
    b.signals.entries = [signal("ZZZ")]

    def choking(request: Request, handle: Callable[[Request], Response]) -> Response:
        return Response(500, {}, b"") if "ZZZ" in request.query["symbols"] else handle(request)

    b.wire.on("GET", "/v2/stocks/snapshots", choking)
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, told.state.positions) == (4, {})
    assert [problem.startswith("no prices for 2 symbols") for problem in told.problems] == [True]


@pytest.mark.parametrize("known", [[], [{"date": "2026-02-03", "open": "09:30", "close": "16:00"}]])
def test_a_calendar_that_does_not_tell_the_sessions_is_exit_4_with_a_line(tmp_path: Path, known: list[object]) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("GET", "/v2/calendar", answering(200, known))
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, b.orders()) == (4, [])
    assert "calendar does not tell" in told.said


def test_a_run_whose_time_is_up_amid_the_opening_rules_is_not_fenced_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ring(*_: object) -> None:
        raise OutOfTime("the run's time is up")

    monkeypatch.setattr(cycle, "OPENING_RULES", (ring,))
    with pytest.raises(OutOfTime):
        bench(tmp_path, "AAA").run(MORNING, "09:35")


def test_a_split_sells_nothing_at_its_first_reading_and_is_frozen_at_its_second(tmp_path: Path) -> None:
    b = bought(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.set_price("AAA", Decimal(50))
    held = b.exchange.ledger.positions["AAA"]
    b.exchange.ledger.positions["AAA"] = replace(held, qty=2 * held.qty)
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert [(event.ours, event.theirs) for event in of(told, e.DifferenceSeen)] == [(99, 198), (99, 198)]
    assert told.state.frozen("AAA")
    b.run(MONITOR, "09:45", WEDNESDAY)
    assert b.asked("POST") == 1


def test_status_lists_a_position_without_fresh_prices_as_unprotected(tmp_path: Path) -> None:
    b = bought(tmp_path, "AAA", "BBB")
    b.exchange.set_price("AAA", None)
    state = b.run(MONITOR, "09:40").state
    rows = unprotected(state, look(b.desk(), state).market, b.rules, None)
    assert rows == [{"symbol": "AAA", "why": "no two fresh prices to judge its stop by"}]


def test_a_fill_without_a_price_is_not_booked_and_told_once(tmp_path: Path) -> None:
    b = resting_buy(tmp_path)
    change_orders(b, status="filled", filled_qty="99", filled_avg_price="0")
    told = b.run(MONITOR, "09:40")
    assert [event.raw_status for event in of(told, e.OrderPuzzling)] == ["filled, filled 99 without a price"]
    assert (told.state.positions, len(told.state.open_orders())) == ({}, 1)
    assert "OrderPuzzling" not in names(b.run(MONITOR, "09:45"))
    change_orders(b, status="filled", filled_qty="99", filled_avg_price="100.5")
    assert b.run(MONITOR, "09:50").state.positions["AAA"].cost == 99 * Decimal("100.5")
