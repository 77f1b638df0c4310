"""The orders' life and the money, without any wire."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from automated_trading.simulator.errors import MemoryDamaged, Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.orders import Status
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.ticket import Ticket
from tests.simulator.conftest import MORNING, new_exchange

D = Decimal
EVENING = datetime(2026, 2, 3, 22, 0, tzinfo=UTC)


def ticket(side: str = "buy", qty: str = "10", kind: str = "market", price: str = "", **more: Any) -> Ticket:
    names = {"limit": "limit_price", "stop": "stop_price"}
    prices: dict[str, Any] = {names[kind]: D(price)} if price else {}
    return Ticket(more.pop("symbol", "AAA"), side, kind, more.pop("tif", "day"), D(qty), **prices, **more)


def holding(qty: str = "10") -> Exchange:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(qty))
    return exchange


def status(exchange: Exchange, place: int = -1) -> Status:
    return exchange.blotter.rows[place].status


@pytest.mark.parametrize(("limit", "filled"), [("50.02", False), ("50.03", True), ("51", True)])
def test_a_buy_limit_fills_only_at_or_over_the_ask_and_then_at_the_ask(limit: str, filled: bool) -> None:
    exchange = new_exchange()
    exchange.place(ticket(kind="limit", price=limit))
    exchange.match()
    assert (status(exchange) is Status.FILLED) == filled
    assert exchange.ledger.cash == D(100000) - (D("500.3") if filled else 0)


@pytest.mark.parametrize(("bid", "ask"), [("0", "50"), ("50", "0"), ("51", "50"), ("0", "0")])
def test_nothing_fills_on_a_quote_that_is_zero_or_crossed(bid: str, ask: str) -> None:
    exchange = holding()
    exchange.set_quote("AAA", D(bid), D(ask), last=D(50))
    exchange.place(ticket("sell"))
    exchange.advance_to(MORNING + timedelta(minutes=3))
    assert status(exchange) is Status.NEW


def test_nothing_fills_without_a_quote() -> None:
    exchange = holding()
    exchange.set_price("AAA", None)
    exchange.place(ticket("sell"))
    exchange.advance_to(MORNING + timedelta(minutes=3))
    assert status(exchange) is Status.NEW


def test_a_stop_sells_at_the_bid_once_a_trade_reaches_it() -> None:
    exchange = holding()
    exchange.place(ticket("sell", kind="stop", price="45", tif="gtc"))
    exchange.set_price("AAA", D("45.01"))
    exchange.match()
    assert status(exchange) is Status.NEW
    exchange.set_price("AAA", D("44"))
    exchange.match()
    assert exchange.blotter.rows[-1].paid == D("439.7")


def test_one_print_outside_the_quote_triggers_no_stop() -> None:
    exchange = holding()
    exchange.place(ticket("sell", kind="stop", price="45"))
    exchange.set_quote("AAA", D(50), D("50.1"), last=D(1))
    exchange.match()
    assert status(exchange) is Status.NEW


def test_a_stop_is_hit_on_the_way_though_the_price_comes_back() -> None:
    exchange = Exchange(SeededTape(1), start=MORNING)
    tape, minutes = exchange.board.tape, [MORNING + timedelta(minutes=n) for n in range(380)]
    low = min(minutes, key=lambda at: tape.price("KO", at) or D(0))
    exchange.trade_by_hand("KO", "buy", D(1))
    floor = tape.price("KO", low)
    assert floor is not None
    exchange.place(ticket("sell", "1", "stop", str(floor), symbol="KO"))
    exchange.advance_to(MORNING + timedelta(days=1))
    assert exchange.blotter.rows[-1].worked_at == low


def test_an_order_sent_at_night_waits_for_the_open() -> None:
    exchange = new_exchange(EVENING)
    order = exchange.place(ticket())
    assert (order.status, order.expires_at) == (Status.ACCEPTED, datetime(2026, 2, 4, 21, 0, tzinfo=UTC))
    exchange.advance_to(datetime(2026, 2, 4, 14, 29, tzinfo=UTC))
    assert status(exchange) is Status.ACCEPTED
    exchange.advance_to(datetime(2026, 2, 4, 14, 30, tzinfo=UTC))
    assert status(exchange) is Status.FILLED


def test_a_gtc_order_ends_after_ninety_days() -> None:
    exchange = new_exchange()
    exchange.place(ticket(kind="limit", price="10", tif="gtc"))
    exchange.advance_to(MORNING + timedelta(days=89))
    assert status(exchange) is Status.NEW
    exchange.advance_to(MORNING + timedelta(days=91))
    assert status(exchange) is Status.EXPIRED


def test_a_cancel_is_asked_first_and_done_at_the_next_match() -> None:
    exchange = new_exchange()
    order = exchange.place(ticket())
    exchange.cancel(order.id)
    assert status(exchange) is Status.PENDING_CANCEL
    exchange.match()
    assert status(exchange) is Status.CANCELED
    assert exchange.ledger.held("AAA") == 0


def test_a_partial_fill_is_followed_by_the_rest_a_second_later() -> None:
    exchange = new_exchange(partial_fill_rate=D(1))
    exchange.place(ticket(qty="1000"))
    exchange.match()
    part = exchange.blotter.rows[-1]
    assert (part.status, 0 < part.filled_qty < 1000) == (Status.PARTIALLY_FILLED, True)
    exchange.advance_to(exchange.now + timedelta(milliseconds=900))
    assert status(exchange) is Status.PARTIALLY_FILLED
    exchange.advance_to(exchange.now + timedelta(seconds=1))
    assert status(exchange) is Status.FILLED
    assert exchange.ledger.held("AAA") == 1000


def test_cash_moves_in_whole_cents_half_to_even() -> None:
    exchange = new_exchange()
    exchange.set_quote("AAA", D("10.01"), D("10.01"))
    for qty in ("0.5", "1.5"):  # 5.005 and 15.015
        exchange.trade_by_hand("AAA", "buy", D(qty))
    assert exchange.ledger.cash == D(100000) - D("5.00") - D("15.02")


def test_the_close_sets_last_equity() -> None:
    exchange = holding("100")
    exchange.set_price("AAA", D(60))
    exchange.advance_to(EVENING)
    assert exchange.ledger.last_equity == exchange.equity() == D(100000) - 5003 + 6000


def test_a_price_laid_by_hand_is_the_previous_close_of_the_next_day() -> None:
    exchange = new_exchange()
    exchange.advance_to(EVENING)
    exchange.set_price("AAA", D(70))
    exchange.advance_to(MORNING + timedelta(days=1))
    assert exchange.board.previous_close("AAA", exchange.now) == 50
    exchange.advance_to(EVENING + timedelta(days=1))
    assert exchange.board.previous_close("AAA", exchange.now) == 50


@pytest.mark.parametrize(
    ("last", "mark"), [("19", "19"), ("80", "80"), (None, "50"), ("0", "tape"), ("-1", "tape")], ids=str
)
def test_a_holding_counts_at_the_last_trade_even_where_the_quote_disagrees(last: str | None, mark: str) -> None:
    exchange = holding()
    exchange.set_quote("AAA", D("49.9"), D("50.1"), last=None if last is None else D(last))
    expected = exchange.board.tape.price("AAA", exchange.now) if mark == "tape" else D(mark)
    assert exchange.mark("AAA") == expected


@pytest.mark.parametrize(
    ("now", "session"),
    [(MORNING, "2026-02-02"), (EVENING, "2026-02-03"), (MORNING - timedelta(hours=2), "2026-02-02")],
    ids=["in session", "after the close", "before the open"],
)
def test_a_close_laid_by_hand_is_that_of_the_last_session_that_has_ended(now: datetime, session: str) -> None:
    exchange = new_exchange(now)
    exchange.set_close("AAA", D(48))
    assert exchange.board.closes["AAA"] == {date.fromisoformat(session): D(48)}
    exchange.advance_to(MORNING + timedelta(days=1))
    exchange.set_close("AAA", D(47))
    assert exchange.board.previous_close("AAA", exchange.now) == 47


def test_the_clock_never_goes_back() -> None:
    exchange = new_exchange()
    exchange.advance_to(MORNING - timedelta(days=1))
    assert exchange.now == MORNING


def test_a_witness_that_objects_leaves_no_order() -> None:
    exchange = new_exchange()

    def object_to(order: object) -> None:
        raise AssertionError(order)

    exchange.witness = object_to
    with pytest.raises(AssertionError):
        exchange.place(ticket())
    assert exchange.blotter.rows == []


@pytest.mark.parametrize("damage", [{"form": 2}, {"cash": "much"}, {"orders": [{}]}, {"now": None}])
def test_a_damaged_memory_is_refused_and_changes_nothing(damage: dict[str, object]) -> None:
    exchange = holding()
    before = exchange.to_memory()
    with pytest.raises(MemoryDamaged):
        exchange.restore({**before, **damage})
    assert exchange.to_memory() == before


Step = tuple[str, str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["market", "limit", "stop", "cancel", "price", "wait", "hand", "rest", "pay"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 400),
        st.integers(3000, 7000),
    ),
    max_size=40,
)


def take(exchange: Exchange, step: Step) -> None:
    """One step of a random life; refusals are part of it."""
    what, side, number, cents = step
    price = str(D(cents) / 100)
    try:
        match what:
            case "market":
                exchange.place(ticket(side, str(number)))
            case "limit" | "stop":
                exchange.place(ticket(side, str(number), what, price, tif="gtc"))
            case "cancel" if exchange.blotter.rows:
                exchange.cancel(exchange.blotter.rows[number % len(exchange.blotter.rows)].id)
            case "price":
                exchange.set_price("AAA", D(price))
            case "hand":
                exchange.trade_by_hand("AAA", side, D(number))
            case "rest":
                exchange.rest_by_hand("AAA", side, D(number), D(price))
            case "pay":
                exchange.pay("DIV", D(number) / 100, "AAA")
            case _:
                exchange.advance_to(exchange.now + timedelta(minutes=number * 3))
    except Refused:
        pass


@given(steps=STEPS)
def test_money_and_shares_are_conserved_whatever_happens(steps: list[Step]) -> None:
    exchange = new_exchange(partial_fill_rate=D("0.5"))
    ended: dict[str, Status] = {}
    for step in steps:
        take(exchange, step)
        rows = exchange.ledger.activities
        fills = [row.data for row in rows if row.kind == "FILL"]
        paid = sum((D(str(row.data["net_amount"])) for row in rows if row.kind != "FILL"), D(0))
        signed = [(D(str(row["qty"])) * (1 if row["side"] == "buy" else -1), D(str(row["price"]))) for row in fills]
        assert exchange.ledger.held("AAA") == sum(qty for qty, _ in signed)
        assert exchange.ledger.cash == 100_000 + paid - sum(qty * price for qty, price in signed)
        reserved = sum(order.rest for order in exchange.blotter.open_in("AAA", "sell"))
        assert reserved <= exchange.ledger.held("AAA")
        for order in exchange.blotter.rows:
            assert 0 <= order.filled_qty <= order.qty
            assert ended.get(order.id, order.status) is order.status
            if order.status.terminal:
                ended[order.id] = order.status


@given(steps=STEPS)
def test_the_same_life_twice_is_the_same_to_the_byte_and_survives_being_remembered(steps: list[Step]) -> None:
    first, second = new_exchange(partial_fill_rate=D("0.5")), new_exchange(partial_fill_rate=D("0.5"))
    for step in steps:
        take(first, step)
        take(second, step)
        again = Exchange(SeededTape(1), start=MORNING, partial_fill_rate=D("0.5"))
        again.restore(second.to_memory())
        second = again
    assert as_json(first.to_memory()) == as_json(second.to_memory())
