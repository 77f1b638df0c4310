"""An order the broker took and then no longer knows: open while its session lasts, and no longer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.rules import ExitRules, Rules
from automated_trading.engine.settling import ask_exit
from automated_trading.simulator.api import Request, Response
from tests.engine.builders import EOD, MONITOR, WEDNESDAY, Bench, moment
from tests.engine.stage import guarded, holding, requests_of, sides, stands
from tests.engine.test_troubled_orders import agrees, comes_back, resting
from tests.engine.wire import answering, rewording

AGELESS = Rules(exits=ExitRules(ages=()))


def pass_on(request: Request, handle: Callable[[Request], Response]) -> Response:
    return handle(request)


def vanished(b: Bench) -> None:
    """A stop is hit, its sell is taken, and from then on the broker has never heard of it."""
    stands(b, "AAA", "80")
    fake = {"id": str(UUID(int=7)), "symbol": "AAA", "side": "sell", "qty": "99", "status": "new", "type": "market"}

    def taken(request: Request, handle: Callable[[Request], Response]) -> Response:
        more = {"client_order_id": json.loads(request.body)["client_order_id"], "submitted_at": "2026-02-03T14:45:00Z"}
        return answering(200, {**fake, **more, "time_in_force": "day", "filled_qty": "0"})(request, handle)

    b.wire.on("POST", "/v2/orders", taken)
    b.run(MONITOR, "09:45")
    b.wire.acts = ()


def test_a_sell_the_broker_forgot_is_open_until_its_session_is_over_and_then_sold_anew(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    vanished(b)
    told = b.run(MONITOR, "09:50")
    assert (told.exit_code, [order.status for order in told.state.open_orders()]) == (4, [OrderStatus.ACCEPTED])
    assert "the broker does not show order" in told.problems[0]
    assert b.run(EOD, "16:30").said.startswith("the session of 2026-02-03 is closed")
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (sides(b, "AAA"), told.state.positions) == (["buy filled", "sell filled"], {})


def hidden(b: Bench, broker_id: str) -> None:
    """From now on neither the list nor the broker's own id shows the order."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        if request.path.endswith(broker_id):
            return answering(404, {"code": 40410000, "message": "order not found"})(request, handle)
        return rewording(lambda rows: [row for row in rows if row["id"] != broker_id])(request, handle)

    b.wire.on("DELETE", f"/v2/orders/{broker_id}", act)
    b.wire.on("GET", "/v2/orders", lambda one, handle: (act if one.path == "/v2/orders" else pass_on)(one, handle))
    b.wire.on("GET", f"/v2/orders/{broker_id}", act)


def test_a_stop_the_broker_forgot_holds_its_sale_back_until_its_session_is_over(tmp_path: Path) -> None:
    """Seen red when: a GTC order nobody shows any more stayed open for ever, and its position could not be sold."""
    b = guarded(tmp_path, "AAA")
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.cancel(row.id)
    hidden(b, row.id)
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "09:45")
    assert (told.exit_code, [order.status for order in told.state.open_orders()]) == (4, [OrderStatus.ACCEPTED])
    told = b.run(MONITOR, "09:45", WEDNESDAY)
    assert (sides(b, "AAA")[-1], told.state.positions) == ("sell filled", {})
    assert b.state().open_orders() == []


@pytest.mark.parametrize("day", [WEDNESDAY, date(2026, 3, 3)], ids=["new", "old"])
def test_one_that_was_only_hidden_is_ours_again_and_nothing_was_sold_beside_it(tmp_path: Path, day: date) -> None:
    """Seen red when: an old stop that was given up was looked for in the list alone, which does not go so far back."""
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.run(MONITOR, "09:40", day)
    hidden(b, row.id)
    told = b.run(MONITOR, "09:45", day)
    assert ("AAA" in told.state.positions, sides(b, "AAA")) == (True, ["buy filled", "sell new"])
    assert told.state.open_orders() == []
    assert b.run(MONITOR, "09:46", day).problems == ()
    b.wire.acts = ()
    told = b.run(MONITOR, "09:50", day)
    assert [order.broker_id for order in told.state.open_orders()] == [row.id]
    assert (sides(b, "AAA"), b.exchange.ledger.held("AAA")) == (["buy filled", "sell new"], 99)


def test_an_order_the_list_leaves_out_for_once_is_found_by_its_id(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    empty = rewording(lambda rows: [])
    b.wire.on("GET", "/v2/orders", lambda one, handle: (empty if one.path == "/v2/orders" else pass_on)(one, handle))
    assert b.run(MONITOR, "09:45").state.positions == {}


def test_a_stop_that_sold_in_part_was_replaced_and_then_hidden_still_guards_what_is_left(tmp_path: Path) -> None:
    """Seen red when: shown again it counted for its successor's shares less what it had sold before, and was taken back
    as too small, with nothing in its place.
    """
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    b.signals.entries = []
    (row,) = b.exchange.blotter.open()
    b.exchange.fill(row, Decimal(40), Decimal(92))
    b.exchange.replace_order(row.id)
    b.run(MONITOR, "09:42")
    (row,) = b.exchange.blotter.open()
    hidden(b, row.id)
    b.run(MONITOR, "09:45", WEDNESDAY)
    b.wire.acts = ()
    told = b.run(MONITOR, "09:50", WEDNESDAY)
    assert [(order.broker_id, order.open_qty) for order in told.state.open_orders()] == [(row.id, 59)]
    assert sides(b, "AAA") == ["buy filled", "sell replaced", "sell new"]


def test_one_replaced_and_filled_while_it_was_hidden_is_ours_though_it_was_given_up(tmp_path: Path) -> None:
    """Seen red when: an order believed to have expired was not followed, and what its successor bought was nobody's."""
    b, order = resting(tmp_path)
    b.run(MONITOR, "09:37")
    b.exchange.replace_order(order.id)
    comes_back(b)
    not_found = answering(404, {"code": 40410000, "message": "order not found"})
    empty = rewording(lambda rows: [])
    b.wire.on("GET", "/v2/orders", lambda one, handle: (empty if one.path == "/v2/orders" else not_found)(one, handle))
    told = b.run(EOD, "16:30")
    assert [order.status for order in told.state.orders.values()] == [OrderStatus.LOST]
    b.wire.acts, b.signals.entries = (), []
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (told.state.outside, sides(b, "AAA")) == ({}, ["buy replaced", "buy filled"])
    agrees(b)


def test_a_stop_hidden_for_longer_than_ended_orders_are_kept_is_ours_again_too(tmp_path: Path) -> None:
    """Seen red when: it was forgotten a week after it was lost, and from then on nobody saw it hold our shares."""
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    b.signals.entries = []
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    hidden(b, row.id)
    for days in (0, 6, 8, 9):
        b.run(MONITOR, "09:40", WEDNESDAY + timedelta(days))
    b.wire.acts = ()
    told = b.run(MONITOR, "09:45", WEDNESDAY + timedelta(9))
    assert [order.broker_id for order in told.state.open_orders()] == [row.id]
    stands(b, "AAA", "80")
    told = b.run(MONITOR, "09:50", WEDNESDAY + timedelta(9))
    assert (told.state.positions, told.state.cash) == ({}, b.exchange.ledger.cash)


def test_what_a_hidden_stop_s_successor_sold_moves_our_cash_once_however_late_the_stop_is_shown(tmp_path: Path) -> None:
    """Seen red when: the successor, taken for the owner's meanwhile, was forgotten after a week and counted again."""
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    b.signals.entries = []
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    hidden(b, row.id)
    b.run(MONITOR, "09:40", WEDNESDAY)
    b.exchange.replace_order(row.id)
    stands(b, "AAA", "80")
    for days in (0, 1, 7, 8, 12):
        told = b.run(MONITOR, "09:45", WEDNESDAY + timedelta(days))
        assert (len(told.state.outside), told.state.cash) == (1, b.exchange.ledger.cash)
    b.wire.acts = ()
    told = b.run(MONITOR, "09:50", WEDNESDAY + timedelta(12))
    assert told.state.outside == {}
    agrees(b)


def test_a_lost_stop_is_looked_up_only_while_it_may_hold_our_shares(tmp_path: Path) -> None:
    """Seen red when: every run asked for it for ninety days, whatever had been sold or guarded since."""
    b = guarded(tmp_path, "AAA", rules=AGELESS)
    b.signals.entries = []
    (row,) = (row for row in b.orders("AAA") if row.type == "stop")
    b.exchange.cancel(row.id)
    hidden(b, row.id)
    asked: list[datetime] = []
    not_found = answering(404, {"code": 40410000, "message": "order not found"})
    b.wire.on(
        "GET", f"/v2/orders/{row.id}", lambda one, handle: (asked.append(b.exchange.now), not_found(one, handle))[1]
    )
    b.wire.on("POST", "/v2/orders", answering(429, {"message": "wait"}))
    for clock in ("09:40", "09:45", "09:50", "09:55", "10:00", "10:05"):
        if clock == "09:50":
            b.wire.acts = b.wire.acts[1:]  # a stop takes its place
        if clock == "10:00":
            ask_exit(b.desk(), "AAA")
        b.run(MONITOR, clock, WEDNESDAY)
    assert (sides(b, "AAA")[-1], b.state().positions) == ("sell filled", {})
    assert sorted(set(asked)) == [moment(clock, WEDNESDAY) for clock in ("09:40", "09:45", "09:50")]


def unlisted(b: Bench) -> None:
    """From now on the list is empty; an order asked for by its id is told."""
    empty = rewording(lambda rows: [])
    b.wire.on("GET", "/v2/orders", lambda one, handle: (empty if one.path == "/v2/orders" else pass_on)(one, handle))


def test_one_replaced_twice_and_left_out_by_the_list_is_followed_to_the_last_in_one_run(tmp_path: Path) -> None:
    """Seen red when: a look-up stopped at the first successor, and what the second had bought was a difference."""
    b, order = resting(tmp_path)
    successor = b.exchange.replace_order(order.id)
    last = b.exchange.replace_order(successor.id)
    comes_back(b)
    unlisted(b)
    told = b.run(MONITOR, "09:40")
    assert [(one.broker_id, one.former) for one in told.state.orders.values()] == [(last.id, (order.id, successor.id))]
    agrees(b)


def test_replacements_that_lead_round_in_a_ring_end(tmp_path: Path) -> None:
    """Seen red when: each look-up followed on to the name it was told, without end."""
    b, order = resting(tmp_path)
    successor = b.exchange.replace_order(order.id)
    unlisted(b)
    ring = rewording(lambda row: {**row, "status": "replaced", "replaced_by": order.id})
    b.wire.on("GET", f"/v2/orders/{successor.id}", ring)
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:40"))
    assert len([one for one in asked if one.startswith("GET /v2/orders/")]) <= 4
    assert [one.symbol for one in told.state.open_orders()] == ["AAA"]
