"""I10, I16, I25: our books and the broker's, what a corporate action does to them, and every cent between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.money import floor_to_tick
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.engine import settling
from automated_trading.engine.settling import Wish
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, signal

D = Decimal


def held(home: Path, **options: Any) -> Bench:
    """99 shares each of AAA and BBB, bought at 09:35; it is 09:38."""
    b = bench(home, "AAA", "BBB", **options)
    b.run(MORNING, "09:35")
    b.exchange.set_price("CCC", D(100))
    b.exchange.advance_to(moment("09:38"))
    return b


def apart(b: Bench) -> dict[str, tuple[Decimal, Decimal]]:
    """Every symbol in which our books and the exchange's differ."""
    ours = {symbol: held.qty for symbol, held in b.state().positions.items()}
    theirs = {symbol: held.qty for symbol, held in b.exchange.ledger.positions.items()}
    pairs = {symbol: (ours.get(symbol, D(0)), theirs.get(symbol, D(0))) for symbol in {*ours, *theirs}}
    return {symbol: pair for symbol, pair in pairs.items() if pair[0] != pair[1]}


def sells(b: Bench, symbol: str) -> list[str]:
    """Why we sold, or wanted to."""
    orders = b.state().orders.values()
    return [order.reason for order in orders if order.symbol == symbol and order.side is Side.SELL]


# ---- I10 ------------------------------------------------------------------------------------------------------------

BEHIND_OUR_BACK: dict[str, tuple[str, Callable[[Bench], object]]] = {
    "shares nobody knows": ("CCC", lambda b: b.exchange.trade_by_hand("CCC", "buy", D(7))),
    "more of ours": ("AAA", lambda b: b.exchange.trade_by_hand("AAA", "buy", D(7))),
    "fewer of ours": ("AAA", lambda b: b.exchange.trade_by_hand("AAA", "sell", D(7))),
    "none of ours": ("AAA", lambda b: b.exchange.trade_by_hand("AAA", "sell", D(99))),
    "a split": ("AAA", lambda b: b.exchange.split("AAA", D(2))),
}


@pytest.mark.parametrize("rate", [0, 1])
def test_i10_after_a_clean_run_our_books_equal_the_brokers(tmp_path: Path, rate: int) -> None:
    """Seen red when: what a run sent is not heard again at its end."""
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=D(rate))
    for routine, at, price in (
        (MORNING, "09:35", 100),
        (MONITOR, "09:40", 80),
        (MONITOR, "09:45", 80),
        (EOD, "16:30", 80),
    ):
        b.exchange.set_price("AAA", D(price))
        b.run(routine, at)
        assert (apart(b), b.state().differences) == ({}, {})


@pytest.mark.parametrize("what", BEHIND_OUR_BACK)
def test_i10_a_difference_seen_twice_is_told_and_freezes_its_symbol_alone(tmp_path: Path, what: str) -> None:
    """Seen red when: `reconciliation.decide` leaves a symbol out, `to_exit` does not ask for differences, or a run that
    sent nothing does not look twice."""
    b = held(tmp_path)
    symbol, happens = BEHIND_OUR_BACK[what]
    happens(b)
    b.signals.entries = [signal("CCC"), signal("AAA")]
    b.exchange.set_close("CCC", D(100))
    told = b.run(MONITOR, "09:40")
    assert {one: (seen.ours, seen.theirs) for one, seen in told.state.differences.items()} == apart(b) != {}
    assert told.state.differences[symbol].confirmed
    assert symbol in told.said
    for ticker in ("AAA", "CCC"):
        b.exchange.set_price(ticker, D(50 if ticker == "AAA" else 100))
    b.exchange.set_price("BBB", D(80))
    before = apart(b)
    b.run(MONITOR, "09:45")
    b.run(MONITOR, "09:50")
    assert apart(b) == before  # nothing is put right by itself
    assert [
        row.symbol for row in b.orders(symbol) if row.client_order_id in b.state().orders and row.side == "sell"
    ] == []
    assert sells(b, "BBB") == ["stop_loss"]
    assert settling.reconcile(b.desk(), Wish())[0].exit_code == 6


def test_i10_a_symbol_that_differs_is_not_bought(tmp_path: Path) -> None:
    """Seen red when: `why_not_yet` does not ask for what the broker holds."""
    b = held(tmp_path)
    b.exchange.set_close("CCC", D(100))
    b.exchange.trade_by_hand("CCC", "buy", D(7))
    b.signals.entries = [signal("CCC")]
    told = b.run(MONITOR, "09:40").state
    assert told.day.verdicts["insider/CCC"].reason is Reason.FROZEN
    assert len(b.orders("CCC")) == 1


def test_i10_books_that_agree_again_settle_it_and_the_symbol_moves(tmp_path: Path) -> None:
    """Seen red when: a difference stays once it was confirmed."""
    b = held(tmp_path)
    b.exchange.trade_by_hand("AAA", "sell", D(7))
    b.exchange.set_price("AAA", D(80))
    b.run(MONITOR, "09:40")
    b.exchange.trade_by_hand("AAA", "buy", D(7))
    told = b.run(MONITOR, "09:45")
    assert (told.state.differences, sells(b, "AAA")) == ({}, ["stop_loss"])


def test_i10_an_order_that_is_not_ours_and_cash_nobody_explains_are_told_too(tmp_path: Path) -> None:
    """Seen red when: `hear_outside` is not called, or cash is not compared."""
    b = held(tmp_path)
    b.exchange.rest_by_hand("CCC", "buy", D(3), D(50))
    b.exchange.ledger.cash -= 500
    told = b.run(MONITOR, "09:40").state
    assert [(order.symbol, order.readings) for order in told.outside.values() if order.is_open] == [("CCC", 2)]
    assert told.cash_difference is not None
    assert (told.cash_difference.theirs - told.cash_difference.ours, told.cash_difference.confirmed) == (-500, True)
    assert settling.reconcile(b.desk(), Wish())[0].said == "books and broker differ: an order in CCC, cash"


# ---- I16 ------------------------------------------------------------------------------------------------------------

RATIOS = ["2", "3", "1.5", "0.5", "0.1"]


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("day", ["the same", "the next"])
def test_i16_a_split_never_sells_whatever_it_does_to_the_price(tmp_path: Path, ratio: str, day: str) -> None:
    """Seen red when: `to_exit` sells a symbol in which the books differ."""
    b = held(tmp_path)
    if day == "the next":
        b.run(EOD, "16:30")
    b.exchange.split("AAA", D(ratio))
    date, hours = (WEDNESDAY, ("09:35", "09:40", "15:00")) if day == "the next" else (None, ("09:40", "09:45", "15:00"))
    for at in hours:
        b.run(MONITOR, at, *([date] if date else []))
    state = b.state()
    assert (sells(b, "AAA"), state.positions["AAA"].qty, state.losses) == ([], 99, ())
    assert state.frozen("AAA")


@pytest.mark.parametrize("ratio", RATIOS)
def test_i16_a_split_the_owner_adopts_leaves_the_position_as_it_was_in_money(tmp_path: Path, ratio: str) -> None:
    """Seen red when: `_split` leaves stop or high behind."""
    b = held(tmp_path)
    b.exchange.set_price("AAA", D(110))
    before = b.run(MONITOR, "09:40").state.positions["AAA"]
    b.exchange.split("AAA", D(ratio))
    b.run(MONITOR, "09:45")
    settling.reconcile(b.desk(), Wish(adopt=("AAA",)))
    after = b.run(MONITOR, "09:50").state
    position = after.positions["AAA"]
    assert (position.cost, position.realised, after.differences) == (before.cost, 0, {})
    assert abs(position.stop * position.qty / (before.stop * before.qty) - 1) < D("0.001")
    assert abs(position.high * position.qty / (before.high * before.qty) - 1) < D("0.001")
    assert sells(b, "AAA") == []
    b.exchange.set_price("AAA", floor_to_tick(position.stop - D("0.02")))
    b.run(MONITOR, "09:55")
    assert sells(b, "AAA") == ["trailing_stop"]


def test_i16_a_split_under_a_resting_buy_loses_no_share_and_sells_none(tmp_path: Path) -> None:
    """Seen red when: `to_exit` sells a symbol in which the books differ."""
    b = bench(tmp_path, "AAA", partial_fill_rate=D(1))
    b.run(MORNING, "09:35")
    part = b.state().positions["AAA"].qty
    b.exchange.split("AAA", D(2))
    for at in ("09:40", "09:45"):
        b.run(MONITOR, at)
    assert (sells(b, "AAA"), b.state().open_orders(), apart(b)) == ([], [], {"AAA": (part, 2 * part)})


@pytest.mark.parametrize("kind", ["DIV", "DIVNRA", "SPIN", "XYZQ"])
def test_i16_no_other_corporate_action_sells_by_itself(tmp_path: Path, kind: str) -> None:
    """Seen red when: an activity of a kind nobody knows is not counted, and its cash called missing."""
    b = held(tmp_path)
    b.exchange.pay(kind, D(-600), "AAA")
    told = b.run(MONITOR, "09:40").state
    assert (sells(b, "AAA"), told.cash_difference, told.cash) == ([], None, b.exchange.ledger.cash)


# ---- I25 ------------------------------------------------------------------------------------------------------------


def test_i25_every_cent_of_two_days_is_explained(tmp_path: Path) -> None:
    """Seen red when: a fill moves cash by its limit, an activity is counted twice, or a fill of another's is not."""
    b = bench(tmp_path, "AAA", "BBB", partial_fill_rate=D("0.5"), seed=3)
    b.wire.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders"))
    b.run(MORNING, "09:35")
    realised = D(0)
    for number, (kind, amount) in enumerate((("CSD", "5000"), ("FEE", "-1.37"), ("DIV", "12.5"), ("XYZQ", "-0.01"))):
        b.exchange.advance_to(moment(f"09:{36 + 5 * number}"))
        b.exchange.pay(kind, D(amount), "AAA" if kind == "DIV" else "")
        b.run(MONITOR, f"09:{37 + 5 * number}")
        assert b.state().cash == b.exchange.ledger.cash
    b.exchange.set_price("CCC", D("33.33"))
    b.exchange.trade_by_hand("CCC", "buy", D(7))
    b.exchange.set_price("AAA", D("81.17"))
    for routine, at in ((MONITOR, "10:00"), (MONITOR, "10:05"), (EOD, "16:30")):
        state = b.run(routine, at).state
        assert state.cash == b.exchange.ledger.cash
    assert state.day.figures is not None
    realised += state.day.figures.realised
    b.exchange.set_price("BBB", D("107.31"))
    state = b.run(MONITOR, "09:40", WEDNESDAY).state
    mark = b.exchange.mark
    ours = sum((position.qty * mark(symbol) - position.cost for symbol, position in state.positions.items()), D(0))
    by_hand = 7 * (mark("CCC") - b.orders("CCC")[0].paid / 7)
    others = D(5000) - D("1.37") + D("12.5") - D("0.01")
    change = b.exchange.equity() - 100_000
    assert (realised + ours + by_hand + others).quantize(D("0.01")) == change.quantize(D("0.01"))
    assert realised < 0


WORDS: dict[str, Callable[[Bench], Wish]] = {
    "adopted": lambda b: Wish(adopt=("AAA", "CCC")),
    "forgotten": lambda b: (b.exchange.trade_by_hand("AAA", "sell", D(92)), Wish(forget=("AAA",)))[1],
    "ignored": lambda b: Wish(ignore=("CCC",)),
}


@pytest.mark.parametrize("word", WORDS)
def test_i25_no_profit_and_no_cash_come_from_the_owners_word(tmp_path: Path, word: str) -> None:
    """Seen red when: what is adopted is booked as bought."""
    b = held(tmp_path)
    b.exchange.trade_by_hand("CCC", "buy", D(7))
    b.exchange.trade_by_hand("AAA", "sell", D(7))
    b.exchange.set_price("AAA", D(97))
    wish = WORDS[word](b)
    before = b.run(MONITOR, "09:40").state
    after = settling.reconcile(b.desk(), wish)[0].state
    assert (after.cash, after.day.realised, after.losses) == (before.cash, 0, ())
    assert after.cash == b.exchange.ledger.cash
    assert b.run(MONITOR, "09:45").state.cash_difference is None
