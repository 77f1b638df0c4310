"""`flatten` end to end: what can be sold is, by the monitor's own hand, and what is left is named with why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.engine import flatten as engine
from automated_trading.engine.flatten import Flattened, ask_exits, follow
from automated_trading.engine.settling import Wish, reconcile
from automated_trading.simulator.api import Lost, Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, names
from tests.engine.stage import guarded, holding, lay, sides, stands
from tests.engine.test_vanished_orders import hidden
from tests.engine.wire import answering, rewording


def flatten(b: Bench, at: str | None = "10:00") -> Flattened:
    """The command's own steps: the latch, the wish on record, the rounds."""
    if at is not None:
        b.exchange.advance_to(moment(at))
    b.halt()
    ask_exits(b.desk())
    return follow(b.desk())


def resting(home: Path) -> Bench:
    """A desk that holds AAA and has an open buy of BBB, which does not fill."""
    b = bench(home, "AAA", "BBB")
    b.exchange.set_quote("BBB", Decimal("99.95"), Decimal("100.05"), last=Decimal("99"))
    b.run(MORNING, "09:35")
    assert (set(b.state().positions), [o.symbol for o in b.state().open_orders()]) == ({"AAA"}, ["BBB"])
    return b


def test_everything_is_sold_and_the_desk_stays_out(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})
    closed = [event.trade for event in done.last.events if isinstance(event, e.PositionClosed)]
    assert {(trade.symbol, trade.reason) for trade in closed} == {("AAA", "owner_exit"), ("BBB", "owner_exit")}
    state = b.state()
    assert (state.positions, state.open_orders(), set(state.halts), state.leaving) == ({}, [], {Reason.OWNER}, {})
    b.run(MORNING, "10:30")
    assert len(b.orders()) == 4


def test_the_wish_is_one_batch_on_record_before_anything_is_sent(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    told = ask_exits(b.desk())
    assert names(told) == ["RunStarted", "ExitAsked", "ExitAsked", "RunFinished"]
    assert (set(b.state().leaving), b.asked("POST")) == ({"AAA", "BBB"}, 2)
    assert "ExitAsked" not in names(ask_exits(b.desk()))


def test_a_desk_that_holds_nothing_is_flat(tmp_path: Path) -> None:
    b = bench(tmp_path)
    done = flatten(b)
    assert (done.code, done.left, b.asked("POST")) == (0, {}, 0)


def test_a_sell_that_fills_in_parts_is_followed_to_its_end(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.partial_fill_rate = Decimal(1)
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})


def test_an_open_buy_is_cancelled_and_nothing_of_it_stays(tmp_path: Path) -> None:
    b = resting(tmp_path)
    done = flatten(b)
    assert (done.code, done.left) == (0, {})
    assert (sides(b, "BBB"), b.state().leaving) == (["buy canceled"], {})


@pytest.mark.parametrize("filled", [None, Decimal(7)], ids=["whole", "in part"])
def test_what_an_open_buy_still_brings_is_sold_too(tmp_path: Path, filled: Decimal | None) -> None:
    b = resting(tmp_path)
    b.exchange.lose_cancel(b.orders("BBB")[0].id, filled)
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})
    assert [row.side for row in b.orders("BBB")] == ["buy", "sell"]


def test_what_fills_after_the_command_was_killed_is_sold_by_the_next_monitor(tmp_path: Path) -> None:
    b = resting(tmp_path)
    b.halt()
    ask_exits(b.desk())
    stands(b, "BBB", "99")  # the buy fills, and nobody followed
    b.exchange.advance_to(moment("10:20"))
    assert sides(b, "BBB") == ["buy filled"]
    told = b.run(MONITOR, "10:25")
    assert (told.state.positions, b.exchange.ledger.positions) == ({}, {})


def test_a_wish_for_a_buy_that_brought_nothing_ends_with_it(tmp_path: Path) -> None:
    b = resting(tmp_path)
    flatten(b)
    b.resume()
    b.exchange.advance_to(moment("10:30"))
    stands(b, "BBB", "100")
    assert b.run(MORNING).state.leaving == {}


def test_a_wish_for_a_buy_the_broker_no_longer_shows_stands_until_it_is_let_go(tmp_path: Path) -> None:
    """Seen red when: the wish ended with the order's believed end, and what it had bought was kept."""
    b = resting(tmp_path)
    hidden(b, b.orders("BBB")[0].id)
    ask_exits(b.desk())
    told = b.run(EOD, "16:30")
    assert [order.symbol for order in told.state.orders.values() if order.lost] == ["BBB"]
    for days, leaving in ((0, True), (6, True), (9, False)):
        assert ("BBB" in b.run(MORNING, "09:40", WEDNESDAY + timedelta(days)).state.leaving) is leaving


def test_what_a_buy_bought_while_it_was_hidden_is_sold_once_it_is_shown(tmp_path: Path) -> None:
    b = resting(tmp_path)
    hidden(b, b.orders("BBB")[0].id)
    ask_exits(b.desk())
    stands(b, "BBB", "99")
    b.run(EOD, "16:30")
    b.wire.acts, b.signals.entries = (), []
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (sides(b, "BBB"), told.state.positions, told.state.leaving) == (["buy filled", "sell filled"], {}, {})


def test_stops_that_rest_are_cancelled_and_confirmed_before_their_shares_are_sold(tmp_path: Path) -> None:
    b = guarded(tmp_path, "AAA", "BBB")
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})
    assert [sides(b, ticker) for ticker in ("AAA", "BBB")] == [["buy filled", "sell canceled", "sell filled"]] * 2
    assert not [row for row in b.orders() if row.status.value in ("new", "accepted", "rejected")]


def test_a_stop_that_fills_while_it_is_taken_back_has_sold(tmp_path: Path) -> None:
    b = guarded(tmp_path, "AAA")
    b.exchange.lose_cancel(b.orders("AAA")[-1].id)
    done = flatten(b)
    assert (done.code, done.left, sides(b, "AAA")) == (0, {}, ["buy filled", "sell filled"])


def test_with_the_market_closed_the_stops_stay_until_the_first_monitor_sells(tmp_path: Path) -> None:
    b = guarded(tmp_path, "AAA")
    b.signals.entries = []
    b.run(EOD, "16:30")
    done = flatten(b, "17:00")
    assert (done.code, list(done.left), sides(b, "AAA")) == (0, ["AAA"], ["buy filled", "sell new"])
    b.run(MONITOR, "09:31", WEDNESDAY)
    assert (b.exchange.ledger.positions, sides(b, "AAA")) == ({}, ["buy filled", "sell canceled", "sell filled"])


def test_a_frozen_symbol_keeps_its_stop(tmp_path: Path) -> None:
    b = guarded(tmp_path, "AAA", "BBB")
    more = rewording(lambda rows: [{**row, "qty": "108"} if row["symbol"] == "AAA" else row for row in rows])
    b.wire.on("GET", "/v2/positions", more)
    done = flatten(b)
    assert (done.code, list(done.left), sides(b, "AAA")) == (6, ["AAA"], ["buy filled", "sell new"])


def test_a_cancel_that_is_not_confirmed_sells_nothing_until_it_is(tmp_path: Path) -> None:
    b = guarded(tmp_path, "AAA")
    b.exchange.stall_cancel(b.orders("AAA")[-1].id, moment("10:02"))
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})
    assert sides(b, "AAA") == ["buy filled", "sell canceled", "sell filled"]


def test_with_the_market_closed_all_is_on_record_and_the_first_monitor_sells(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.signals.entries = []
    b.run(EOD, "16:30")
    done = flatten(b, "17:00")
    assert (done.code, list(done.left), b.asked("POST")) == (0, ["AAA"], 1)
    assert done.left["AAA"].startswith("the market is closed; the first `monitor` after the open sells, from ")
    b.run(MONITOR, "09:31", WEDNESDAY)
    assert (b.exchange.ledger.positions, b.state().positions) == ({}, {})


def test_a_symbol_frozen_by_a_difference_is_left_and_the_others_go(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    done = flatten(b)
    assert (done.code, list(done.left), set(b.exchange.ledger.positions)) == (6, ["AAA"], {"AAA"})
    assert "`automated-trading reconcile` settles that" in done.left["AAA"]
    reconcile(b.desk(), Wish(adopt=("AAA",)))
    again = flatten(b, None)
    assert (again.code, again.left, b.exchange.ledger.positions) == (0, {}, {})


def test_shares_promised_to_an_order_of_the_owners_are_left_to_it(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.rest_by_hand("AAA", "sell", Decimal(60), Decimal(120))
    done = flatten(b)
    assert (done.code, done.left) == (
        4,
        {"AAA": "an order that is not ours sells these shares; ours waits until it has ended"},
    )
    assert b.exchange.ledger.held("AAA") == 60


def test_what_the_owner_ignores_is_not_touched(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    reconcile(b.desk(), Wish(ignore=("OWN",)))
    done = flatten(b)
    assert (done.code, done.left, set(b.exchange.ledger.positions)) == (0, {}, {"OWN"})


def test_a_lost_answer_is_looked_up_and_nothing_is_sold_twice(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")

    def lost(request: Request, handle: Callable[[Request], Response]) -> Response:
        handle(request)
        b.wire.acts = ()
        raise Lost("the answer")

    b.wire.on("POST", "/v2/orders", lost)
    done = flatten(b)
    assert (done.code, done.left, sides(b, "AAA")) == (0, {}, ["buy filled", "sell filled"])


def test_an_order_that_stays_unclear_is_left_with_code_4(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")

    def gone(request: Request, handle: Callable[[Request], Response]) -> Response:
        raise Lost("on its way")

    b.wire.on("POST", "/v2/orders", gone)
    done = flatten(b)
    assert (done.code, list(done.left), b.exchange.ledger.held("AAA")) == (4, ["AAA"], 99)
    assert "has no answer yet" in done.left["AAA"]
    b.wire.acts = ()
    b.run(MONITOR, "10:20")
    assert b.exchange.ledger.positions == {}


def test_a_buy_without_an_answer_is_not_waited_for_and_what_it_brings_is_sold(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")

    def late(request: Request, handle: Callable[[Request], Response]) -> Response:
        raise Lost("on its way")

    b.wire.on("POST", "/v2/orders", late)
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    done = flatten(b, "09:40")
    assert (done.code, list(done.left), b.exchange.now < moment("09:41")) == (4, ["AAA"], True)
    assert "has no answer; every `monitor` looks it up, and sells what it brought" in done.left["AAA"]
    b.desk().broker.submit(next(iter(b.state().orders.values())))  # now it arrives
    b.run(MONITOR, "09:45")
    b.run(MONITOR, "09:50")
    assert (b.exchange.ledger.positions, b.state().positions, b.state().leaving) == ({}, {}, {})


def test_a_refused_sell_is_asked_for_once_and_named_with_the_brokers_words(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.configure({"suspend_trade": True})
    done = flatten(b)
    assert (done.code, b.asked("POST")) == (4, 2)
    assert done.left["AAA"].startswith("the broker refused to sell it (new orders are rejected by user request)")


def test_a_stock_that_does_not_trade_is_asked_for_and_waited_for_no_longer_than_the_time(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.halt_symbol("AAA")
    done = flatten(b)
    assert (done.code, b.asked("POST"), sides(b, "AAA")[0]) == (4, 2, "buy filled")
    assert "is at the broker; its fill is heard by the next `monitor`" in done.left["AAA"]
    assert (b.exchange.now - moment("10:00")).total_seconds() <= engine.FOLLOW_SECONDS + 10


def test_a_broker_that_comes_back_is_waited_for(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    asked: list[int] = []

    def away(request: Request, handle: Callable[[Request], Response]) -> Response:
        asked.append(1)
        return Response(503, {}, b"") if len(asked) <= 2 else handle(request)

    b.wire.on("GET", "/v2/clock", away)
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})


def test_a_broker_that_stays_away_is_code_4_and_the_wish_stands(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.wire.on("GET", "/v2/clock", answering(503, {}))
    done = flatten(b)
    assert done.code == 4
    assert done.left == {"AAA": "the broker was not reached; the next `monitor` that reaches it sells"}
    assert b.asked("POST") == 1
    b.wire.acts = ()
    b.run(MONITOR, "10:20")
    assert b.exchange.ledger.positions == {}


def test_trading_disabled_meanwhile_is_code_3_and_nothing_leaves(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.switch_off()
    done = flatten(b)
    assert (done.code, b.asked("POST"), list(done.left)) == (3, 1, ["AAA"])
    assert "trading is disabled" in done.left["AAA"]


def test_a_halted_desk_flattens_as_well(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.halt("earlier")
    b.run(MONITOR, "09:40")
    done = flatten(b)
    assert (done.code, done.left, b.exchange.ledger.positions) == (0, {}, {})


def test_i5_no_round_opens_anything_though_room_comes_free(tmp_path: Path) -> None:
    b = bench(tmp_path, *(f"A{letter}" for letter in "ABCDEFGHIJ"))
    b.run(MORNING, "09:35")
    assert b.state().queue
    done = flatten(b)
    assert (done.code, done.left) == (0, {})
    assert {row.side for row in b.orders()[7:]} == {"sell"}
    assert b.state().queue


def test_i6_never_more_is_sold_than_is_held_whatever_is_asked_twice(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.partial_fill_rate = Decimal(1)
    b.halt()
    ask_exits(b.desk())
    b.run(MONITOR, "09:50")
    done = flatten(b)
    sold = sum((row.filled_qty for row in b.orders("AAA") if row.side == "sell"), Decimal(0))
    assert (sold, done.code, b.exchange.ledger.positions) == (99, 0, {})
