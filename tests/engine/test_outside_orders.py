"""Orders of the account that are not ours: recorded, told, never doubled, and nothing opens beside them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.decisions.reconciliation import apart
from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.engine.settling import Wish, ask_exit, reconcile
from automated_trading.reports.status import exit_code
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, bench, moment
from tests.engine.stage import guarded, holding, lay, requests_of, shows, sides, stands
from tests.engine.test_hearing import of
from tests.engine.test_vanished_orders import AGELESS


def test_shares_the_owner_s_own_sell_has_promised_are_not_sold_again(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(60), Decimal(120))
    stands(b, "AAA", "90")
    told = b.run(MONITOR, "10:00")
    assert [(row.side, row.qty) for row in b.orders("AAA")] == [("buy", 99), ("sell", 60), ("sell", 39)]
    assert told.state.positions["AAA"].qty == 60
    assert b.asked("POST") == 2


def test_where_everything_is_promised_nothing_is_asked_of_the_broker(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(99), Decimal(120))
    stands(b, "AAA", "90")
    for at in ("10:00", "10:05"):
        told = b.run(MONITOR, at)
    assert (b.asked("POST"), told.exit_code, told.state.failures) == (1, 0, 0)
    assert "not our orders: sell 99 AAA, open" in told.said


def test_once_the_owner_takes_it_back_the_stop_goes(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    order = b.exchange.rest_by_hand("AAA", "sell", Decimal(99), Decimal(120))
    stands(b, "AAA", "90")
    b.run(MONITOR, "10:00")
    b.exchange.cancel(order.id)
    assert b.run(MONITOR, "10:05").state.positions == {}
    assert sides(b, "AAA") == ["buy filled", "sell canceled", "sell filled"]


def test_nothing_opens_in_a_symbol_in_which_a_foreign_order_rests(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("09:31"))
    order = b.exchange.rest_by_hand("AAA", "buy", Decimal(5), Decimal(90))
    told = b.run(MORNING, "09:35")
    assert (told.state.day.verdicts["insider/AAA"].reason, b.asked("POST")) == (Reason.OUTSIDE_ORDER, 0)
    b.exchange.cancel(order.id)
    assert set(b.run(MONITOR, "09:40").state.positions) == {"AAA"}


def test_an_open_foreign_order_counts_as_a_difference_once_seen_twice(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "buy", Decimal(5), Decimal(90))
    told = b.run(MONITOR, "10:00")
    assert [event.order.readings for event in of(told, e.OutsideOrderSeen)] == [1, 2]
    assert (apart(told.state), exit_code(told.state, stale=False, halted=False)) == (["an order in AAA"], 6)
    again, asked = requests_of(b, lambda: b.run(MONITOR, "10:05"))
    assert (of(again, e.OutsideOrderSeen), len(asked)) == ([], 7)


def test_it_is_no_difference_in_what_the_owner_ignores(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    reconcile(b.desk(), Wish(ignore=("OWN",)))
    b.exchange.rest_by_hand("OWN", "sell", Decimal(5), Decimal(120))
    told = b.run(MONITOR, "10:00")
    assert (apart(told.state), "not our orders" in told.said) == ([], False)


def test_a_foreign_fill_moves_our_cash_and_differs_in_shares_alone(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "buy", Decimal(5), Decimal(90))
    b.run(MONITOR, "10:00")
    stands(b, "AAA", "89.9")
    told = b.run(MONITOR, "10:05")  # the buy fills, and our stop would sell: but the books differ
    assert (told.state.cash, told.state.cash_difference) == (b.exchange.ledger.cash, None)
    assert {symbol: (seen.ours, seen.theirs) for symbol, seen in told.state.differences.items()} == {"AAA": (99, 104)}
    assert sides(b, "AAA") == ["buy filled", "buy filled"]


def test_a_foreign_order_of_long_ago_is_followed_while_it_is_open(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "buy", Decimal(5), Decimal(70))
    b.run(MONITOR, "10:00")
    b.signals.entries = []
    b.run(EOD, "16:30")
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert [(order.is_open, order.filled_qty) for order in told.state.outside.values()] == [(False, 0)]
    assert apart(told.state) == []


def test_the_exit_by_hand_leaves_promised_shares_alone_too(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(60), Decimal(120))
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "10:00")
    assert ([row.qty for row in b.orders("AAA")], told.state.positions["AAA"].qty) == ([99, 60, 39], 60)
    assert set(told.state.leaving) == {"AAA"}  # until the last share is gone


def test_an_outside_sell_that_has_filled_is_a_difference_and_what_is_left_is_not_sold_short(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(60), Decimal(120))
    b.run(MONITOR, "10:00")
    stands(b, "AAA", "121")
    assert b.run(MONITOR, "10:05").state.differences["AAA"].theirs == 39
    stands(b, "AAA", "80")
    b.run(MONITOR, "10:10")
    assert (b.exchange.ledger.held("AAA"), b.asked("POST")) == (39, 1)


def test_i6_what_sells_while_our_own_order_is_taken_back_is_not_free_beside_the_owner_s(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(60), Decimal(120))
    shows(b, "AAA", "91", "102", "99")
    for at in ("10:00", "10:05", "10:10"):
        b.run(MONITOR, at)
    assert [(row.type, row.qty) for row in b.orders("AAA")[2:]] == [("limit", 39)]
    b.exchange.lose_cancel(b.orders("AAA")[-1].id, Decimal(4))
    shows(b, "AAA", "91", "102", "91.5")
    told = b.run(MONITOR, "10:15")
    sells = [(row.type, row.qty, row.filled_qty) for row in b.orders("AAA")[2:]]
    assert sells == [("limit", 39, 4), ("market", 35, 35)]
    assert (told.state.positions["AAA"].qty, told.state.failures, told.exit_code) == (60, 0, 0)


def test_an_order_of_long_ago_that_an_old_stop_brings_back_into_the_list_is_put_on_record_once(tmp_path: Path) -> None:
    """Seen red when: from the day it was forgotten, every reading put it on record again and changed nothing."""
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    b.signals.entries = []
    lay(b, "OWN", "10")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(1))
    seen = [
        len(of(b.run(MONITOR, at, WEDNESDAY + timedelta(days)), e.OutsideOrderSeen))
        for days in (0, 7, 8)
        for at in ("10:00", "10:05")
    ]
    assert (seen, b.state().outside) == ([1, 0, 0, 0, 0, 0], {})
    assert b.state().cash == b.exchange.ledger.cash
