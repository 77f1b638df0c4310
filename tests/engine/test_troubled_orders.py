"""How the desk lives with what befalls an order at the venue: rejected late, replaced, set aside, its cancel lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.orders import ASIDE, Order, Status
from automated_trading.simulator.troubles import Troubles
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment
from tests.engine.stage import holding, shows, sides, stands
from tests.engine.test_hearing import of
from tests.engine.test_undecided import torn, undecided
from tests.engine.wire import then

D = Decimal


def resting(home: Path) -> tuple[Bench, Order]:
    """A desk whose buy of 99 AAA at 100.49 the market has run away from, and that order."""
    b = bench(home, "AAA")
    b.exchange.set_quote("AAA", D(99), D(100))
    b.wire.on("POST", "/v2/orders", then(lambda: shows(b, "AAA", "103", "103.5", "103")))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    return b, b.exchange.blotter.open()[0]


def comes_back(b: Bench) -> None:
    """A seller meets the buy."""
    shows(b, "AAA", "99", "100", "100")


def agrees(b: Bench) -> None:
    """Our books are the broker's, to the share and to the cent."""
    state, ledger = b.state(), b.exchange.ledger
    assert {name: row.qty for name, row in state.positions.items()} == {
        name: row.qty for name, row in ledger.positions.items()
    }
    assert (state.cash, state.cash_difference, state.differences) == (ledger.cash, None, {})


# ---- rejected after it was accepted ---------------------------------------------------------------------------------


def test_a_buy_rejected_after_acceptance_has_ended_and_is_not_tried_again(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", troubles=Troubles(rejected=D(1)))
    told = b.run(MORNING, "09:35")
    b.run(MORNING, "09:45")
    assert [event.end for event in of(told, e.OrderEnded)] == [OrderStatus.REJECTED]
    assert "1 accepted and then rejected (AAA)" in told.said
    assert sides(b, "AAA") == ["buy rejected"]
    agrees(b)


def test_what_was_bought_before_the_rejection_is_ours(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    b.exchange.fill(order, D(40), D("100.4"))
    b.exchange.reject(order.id, "risk")
    b.run(MONITOR, "09:40")
    assert b.state().positions["AAA"].qty == 40
    agrees(b)


def test_an_exit_rejected_after_acceptance_is_sent_again_until_it_goes(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.reject(b.exchange.blotter.rows[-1].id)))
    b.exchange.halt_symbol("AAA")
    assert "rejected (AAA)" in b.run(MONITOR, "09:40").said
    b.wire.acts = ()
    b.exchange.unhalt("AAA")
    b.run(MONITOR, "09:45")
    assert sides(b, "AAA") == ["buy filled", "sell rejected", "sell filled"]
    agrees(b)


def test_i19_orders_accepted_and_then_rejected_five_times_in_a_row_stop_opening(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.troubles = Troubles(rejected=D(1))
    stands(b, "AAA", "80")
    for clock in ("09:40", "09:45", "09:50", "09:55", "10:00"):
        told = b.run(MONITOR, clock)
    assert told.state.halted


# ---- cancels that lose, and cancels that last -----------------------------------------------------------------------


@pytest.mark.parametrize(("lost", "end"), [(99, OrderStatus.FILLED), (40, OrderStatus.CANCELLED)])
def test_a_buy_that_fills_instead_of_cancelling_is_booked_in_that_run(
    tmp_path: Path, lost: int, end: OrderStatus
) -> None:
    b, order = resting(tmp_path)
    b.exchange.lose_cancel(order.id, D(lost))
    told = b.run(MONITOR, "10:06")
    assert [row.status for row in told.state.orders.values()] == [end]
    assert told.state.positions["AAA"].qty == lost
    agrees(b)


def test_i5_halted_a_buy_whose_cancel_loses_is_booked_and_nothing_else_opens(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    b.exchange.lose_cancel(order.id)
    b.halt()
    b.run(MONITOR, "09:40")
    assert sides(b, "AAA") == ["buy filled"]
    agrees(b)


@pytest.mark.parametrize("lost", [99, 30])
def test_i6_an_exit_that_fills_while_its_cancel_is_asked_for_is_not_sold_twice(tmp_path: Path, lost: int) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10")
    b.exchange.lose_cancel(b.exchange.blotter.open()[0].id, D(lost))
    torn(b, last="91.5")
    b.run(MONITOR, "10:15")
    b.run(MONITOR, "10:20")
    assert sum(row.filled_qty for row in b.orders("AAA") if row.side == "sell") == 99
    agrees(b)


def test_i6_while_a_cancel_lasts_the_exit_behind_it_waits(tmp_path: Path) -> None:
    b, _ = undecided(tmp_path, "10:00", "10:05", "10:10")
    b.exchange.stall_cancel(b.exchange.blotter.open()[0].id, moment("10:24"))
    b.exchange.lose_cancel(b.exchange.blotter.open()[0].id, D(30))
    torn(b, last="91.5")
    for clock in ("10:15", "10:20"):
        b.run(MONITOR, clock)
        assert sides(b, "AAA") == ["buy filled", "sell pending_cancel"]
    b.run(MONITOR, "10:25")
    assert [(row.status, row.filled_qty) for row in b.orders("AAA")[1:]] == [(Status.CANCELED, 30), (Status.FILLED, 69)]
    agrees(b)


def test_a_buy_whose_cancel_lasts_stays_on_the_books_as_exposure(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    b.exchange.stall_cancel(order.id, moment("10:30"))
    for clock in ("10:06", "10:11", "10:16"):
        assert [row.status for row in b.run(MONITOR, clock).state.open_orders()] == [OrderStatus.ACCEPTED]
    assert b.run(MONITOR, "10:31").state.open_orders() == []
    assert b.asked("POST") == 1


# ---- replaced by the broker -----------------------------------------------------------------------------------------


def test_an_order_the_broker_replaces_is_followed_filled_and_booked_once(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    successor = b.exchange.replace_order(order.id)
    told = b.run(MONITOR, "09:40")
    assert [event.successor for event in of(told, e.OrderReplaced)] == [successor.id]
    assert told.state.outside == {}
    comes_back(b)
    b.run(MONITOR, "09:45")
    assert b.state().positions["AAA"].qty == 99
    agrees(b)


def test_what_it_had_filled_before_is_carried_over_to_its_successor(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    b.exchange.fill(order, D(40), D("100.4"))
    b.exchange.replace_order(order.id)
    assert b.run(MONITOR, "09:40").state.positions["AAA"].qty == 40
    comes_back(b)
    b.run(MONITOR, "09:45")
    assert b.state().positions["AAA"].qty == 99
    agrees(b)


def test_a_buy_is_cancelled_under_its_successors_id(tmp_path: Path) -> None:
    b, order = resting(tmp_path)
    successor = b.exchange.replace_order(order.id)
    b.run(MONITOR, "09:40")
    told = b.run(MONITOR, "10:10")
    assert ("DELETE", f"/v2/orders/{successor.id}") in b.wire.requests
    assert told.state.open_orders() == []
    assert sides(b, "AAA") == ["buy replaced", "buy canceled"]


def test_i9_an_order_replaced_before_its_answer_was_found_is_followed_all_the_same(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", troubles=Troubles(replaced=D(1)))
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    b.run(MORNING, "09:35")
    b.run(MORNING, "09:40")
    assert sides(b, "AAA") == ["buy replaced", "buy filled"]
    agrees(b)


def test_i6_an_exit_replaced_by_one_for_fewer_shares_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    b.exchange.halt_symbol("AAA")
    b.run(MONITOR, "09:40")
    b.exchange.replace_order(b.exchange.blotter.open()[0].id, D(60))
    b.run(MONITOR, "09:45")
    b.exchange.unhalt("AAA")
    b.run(MONITOR, "09:50")
    sold = [row.filled_qty for row in b.orders("AAA") if row.side == "sell" and row.status is Status.FILLED]
    assert sold == [60, 39]
    agrees(b)


@pytest.mark.parametrize("between", ["one run", "two runs"])
def test_i11_an_order_replaced_twice_moves_our_cash_once(tmp_path: Path, between: str) -> None:
    b, order = resting(tmp_path)
    middle = b.exchange.replace_order(order.id)
    if between == "two runs":
        b.run(MONITOR, "09:37")
    b.exchange.fill(middle, D(40), D("100.4"))
    b.exchange.replace_order(middle.id)
    told = b.run(MONITOR, "09:40")
    assert told.state.outside == {}
    agrees(b)


def test_i11_an_order_replaced_twice_is_ours_in_a_reading_that_lags_behind_the_second(tmp_path: Path) -> None:
    """Seen red when: only the newest of the broker's names was known, and the one before was open and a stranger's."""
    b, order = resting(tmp_path)
    middle = b.exchange.replace_order(order.id)
    b.run(MONITOR, "09:37")
    b.exchange.fill(middle, D(40), D("100.4"))
    b.run(MONITOR, "09:40")
    b.exchange.advance_to(moment("09:44"))
    b.exchange.replace_order(middle.id)
    b.run(MONITOR, "09:45")
    b.wire.faults.append(Fault(FaultKind.LAGGING, "GET", "/v2/orders", delay=timedelta(minutes=5)))
    for clock in ("09:46", "09:47"):
        assert b.run(MONITOR, clock).state.outside == {}
        agrees(b)


def test_i11_an_order_that_came_a_day_late_and_was_replaced_moves_our_cash_once(tmp_path: Path) -> None:
    """Seen red when: it is kept a week from the session it was decided in, and its successor is seen a day longer
    beside a stop that rests.
    """
    b = bench(tmp_path, "AAA", troubles=Troubles(replaced=D(1)), guarded=True)
    b.wire.faults.append(Fault(FaultKind.LATE, "POST", "/v2/orders", delay=timedelta(hours=20)))
    b.run(MORNING, "09:35")
    b.run(EOD, "16:30")
    b.signals.entries = []
    for day in (WEDNESDAY + timedelta(days) for days in (0, 1, 2, 5, 6, 7, 8)):
        b.run(MONITOR, "09:31", day)
        b.run(MONITOR, "09:32", day)
        assert sides(b, "AAA")[:2] == ["buy replaced", "buy filled"]
        assert b.state().outside == {}
        agrees(b)


# ---- rare statuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rare", ASIDE)
def test_i12_whatever_passes_by_the_order_stays_open_and_is_cancelled_in_its_time(tmp_path: Path, rare: Status) -> None:
    b, order = resting(tmp_path)
    b.exchange.set_aside(order.id, rare)
    told = b.run(MONITOR, "09:40")
    assert (len(told.state.open_orders()), of(told, e.OrderPuzzling)) == (1, [])
    told = b.run(MONITOR, "10:06")
    stubborn = rare is Status.PENDING_REPLACE  # it takes no cancel
    assert (len(told.state.open_orders()), told.exit_code) == (int(stubborn), 4 if stubborn else 0)
    if stubborn:
        with pytest.raises(Refused):
            b.exchange.cancel(order.id)


def test_a_day_of_every_trouble_an_order_can_have_ends_with_books_that_agree(tmp_path: Path) -> None:
    kinds = ("rejected", "partial", "aside", "cancel_loses", "cancel_lasts")
    names = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
    for seed in range(3):
        troubles = Troubles(**dict.fromkeys(kinds, D("0.4")))
        b = bench(tmp_path / str(seed), *names, troubles=troubles, seed=seed)
        b.run(MORNING, "09:35")
        for n in range(36):
            if n == 12:
                for name in names:
                    stands(b, name, "85")
            b.run(MONITOR, f"{9 + (40 + 10 * n) // 60:02d}:{(40 + 10 * n) % 60:02d}")
        agrees(b)
