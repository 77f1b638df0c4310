"""A replay's figures: orders, fills, closed trades, halts, redeployments and stops, and money from fills."""

from __future__ import annotations

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus, Purpose
from automated_trading.domain.positions import Origin
from automated_trading.domain.reasons import Reason
from automated_trading.reports.replay_report import Alarm, Raise, Redeployment, Turn, figures
from tests.builders import BOOK, NOW, TODAY, TOMORROW, D, a_buy, a_fill, a_sell, a_signal
from tests.reports.replays import a_trade

BUY, SELL, AGAIN = a_buy(), a_sell(), a_buy("BBB", purpose=Purpose.REDEPLOY, day=TOMORROW)
QUEUED = e.SignalQueued(BOOK, TODAY, a_signal("BBB"), Reason.NO_CASH, "", NOW)


def taken(key: str) -> e.OrderAccepted:
    return e.OrderAccepted(key, f"b-{key}", D(10), None, NOW)


BOUGHT = (e.OrderIntended(BUY), taken(BUY.client_order_id), a_fill(BUY, "10", "100"))
SOLD = (e.OrderIntended(SELL), taken(SELL.client_order_id), a_fill(SELL, "10", "90"))


def test_the_figures_come_from_orders_fills_and_closed_trades() -> None:
    begun = (e.RunStarted("morning", NOW, "r", "1"), e.SessionBegan(TODAY, NOW))
    found = figures([*begun, *BOUGHT, *SOLD, e.PositionClosed(a_trade())])
    assert (found.sessions, found.cycles, found.buys, found.sells, found.entries_filled) == ((TODAY,), 1, 1, 1, 1)
    assert (found.exits, found.realised, found.cash_flow) == ({"stop_loss": 1}, D(-10), D(-10))


def test_money_moves_in_whole_cents_fill_by_fill() -> None:
    parts = [a_fill(BUY, "1", "0.1234"), a_fill(BUY, "2", "0.2468"), a_fill(BUY, "2", "0.2468")]
    assert figures([e.OrderIntended(BUY), *parts]).cash_flow == D("-0.24")


def test_a_redeployment_is_told_apart_with_the_session_that_listed_its_signal() -> None:
    again = (QUEUED, e.OrderIntended(AGAIN), taken(AGAIN.client_order_id), a_fill(AGAIN, "4", "40"))
    found = figures([*BOUGHT, *again])
    assert found.redeployments == (Redeployment(TOMORROW, "BBB", TODAY, D(10), D(4)),)
    assert [found.placed(origin) for origin in (Origin.SIGNAL, Origin.REDEPLOYMENT)] == [(1, 1), (1, 1)]


def test_a_redeployment_that_did_not_fill_is_told_too() -> None:
    ended = e.OrderEnded(AGAIN.client_order_id, OrderStatus.EXPIRED)
    found = figures([QUEUED, e.OrderIntended(AGAIN), taken(AGAIN.client_order_id), ended])
    assert [again.filled for again in found.redeployments] == [D(0)]
    assert found.placed(Origin.REDEPLOYMENT) == (1, 0)


def test_halts_their_ends_and_warnings_are_told_in_their_order() -> None:
    found = figures(
        [
            e.LossWarned(TODAY, "half"),
            e.Halted(Reason.DAY_LOSS, "all", NOW, session=TODAY),
            e.Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, NOW),
        ]
    )
    assert found.alarms == (
        Alarm(TODAY, Turn.WARNED, "day_loss", "half"),
        Alarm(TODAY, Turn.HALTED, "day_loss", f"all (until the end of {TODAY})"),
        Alarm(TODAY, Turn.LIFTED, "day_loss", "next_session"),
    )
    assert (found.halts, found.warnings) == (1, 1)


def test_stops_raised_are_counted_by_why_with_their_symbols() -> None:
    rungs = [e.StopRaised(symbol, D(9), "5% under") for symbol in ("AAA", "AAA", "BBB")]
    found = figures([e.StopRaised("CCC", D(9), "the rules"), *rungs]).raises
    assert found == (Raise("5% under", 3, 2), Raise("the rules", 1, 1))
