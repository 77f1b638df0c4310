"""One line of plain words for each event; an order is never called bought before a fill."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.codec import KINDS
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import LoggedEvent
from automated_trading.reports.words import SILENT, is_grave, money, order_words, price, signed, symbol_of, tell
from tests.builders import (
    BOOK,
    NOW,
    TODAY,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_signal,
    an_account,
    an_activity,
    an_id,
    an_outside_order,
)

BUY, SELL = an_id(), an_id("BRK-B")
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D("9.2"), D("-8.00"), "stop_loss", NOW, NOW)
FIGURES = e.SessionClosed(TODAY, NOW, D("1234567.891"), D(1), D(1), D(0), D(0))

TOLD: list[tuple[LoggedEvent, str]] = [
    (e.OrderIntended(a_buy(limit="10.05")), "intends: buy 10 AAA at 10.05 (entry)"),
    (e.OrderIntended(a_buy(), taken_back=True), "taken back: buy 10 AAA at 10.00 (entry)"),
    (e.OrderIntended(a_sell()), "intends: sell 10 AAA at the market (stop_loss)"),
    (e.OrderAccepted(BUY, "b1", D(10), D(10), NOW), "ordered: AAA, the broker has it"),
    (
        e.OrderAccepted(BUY, "b1", D(9), D(10), NOW, "qty 10 became 9"),
        "ordered: AAA, the broker has it; qty 10 became 9",
    ),
    (
        e.OrderAccepted(BUY, "b1", D(10), D(10), NOW, found=True),
        "ordered: AAA, found at the broker: it had arrived",
    ),
    (e.OrderRefused(BUY, 403, "no money"), "refused by the broker: AAA: no money"),
    (
        e.OrderUnclear(SELL, 1, "timeout"),
        "no answer: BRK-B may or may not be at the broker; its records will settle it",
    ),
    (e.OrderUnsent(BUY, 1, "no line"), "not sent: AAA: no line"),
    (e.OrderEnded(BUY, OrderStatus.EXPIRED), "order ended: AAA expired"),
    (e.OrderWithdrawn(BUY, Reason.NEVER_ARRIVED), "withdrawn: AAA never reached the broker"),
    (e.OrderReplaced(BUY, "b2"), "replaced by the broker: AAA; following its successor"),
    (e.OrderAmended(BUY, D(7), D(10), "qty 10 became 7"), "amended by the broker: AAA: qty 10 became 7"),
    (e.OrderPuzzling(BUY, "sleeping"), "unknown status 'sleeping': AAA stays open"),
    (e.CancelIntended(BUY, Reason.ENTRY_TIMEOUT), "cancels: AAA (entry_timeout)"),
    (a_fill(a_buy(), "10", "1000.5"), "filled: AAA 10 in all, 1,000.50"),
    (e.SignalRefused(BOOK, TODAY, "AAA", Reason.LOW_SCORE, "5 < 6"), "refused: AAA: low_score (5 < 6)"),
    (e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, ""), "not yet: AAA: no_quote"),
    (e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW), "queued: AAA: no_cash"),
    (e.SignalDropped(BOOK, "AAA", Reason.AGED), "dropped from the queue: AAA: aged"),
    (e.PositionClosed(TRADE), "closed: AAA 10 (stop_loss), -8.00"),
    (e.HighRaised("AAA", D(11)), "new high: AAA 11.00"),
    (e.StopRaised("AAA", D("0.9936"), "a rung"), "stop raised: AAA to 0.9936 (a rung)"),
    (e.Halted(Reason.DAY_LOSS, "-5.1%", NOW), "HALTED: day_loss: -5.1%"),
    (e.HaltSeen("t", "going away", NOW), "HALTED by the owner: going away"),
    (e.Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, NOW), "resumed: day_loss (by next_session)"),
    (e.DifferenceSeen("AAA", D(10), D(9), 1, NOW), "DIFFERENCE: AAA: ours 10, the broker's 9 (first reading)"),
    (e.DifferenceSeen("AAA", D(10), D(9), 2, NOW), "DIFFERENCE: AAA: ours 10, the broker's 9 (seen twice, frozen)"),
    (e.DifferenceSettled("AAA", "agree again"), "difference settled: AAA: agree again"),
    (FIGURES, "session 2026-07-15 closed: equity 1,234,567.89"),
    (e.SignalRemarked(BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, "+11%"), "remark: AAA: far_from_signal (+11%)"),
    (e.OrderDoubted(BUY, "no"), "still unclear: AAA, sent again, was refused (no); the first may yet arrive"),
    (e.CashCounted(D(500), NOW), "cash counted: our books go on from 500.00"),
    (e.ActivityHeard(an_activity("500", kind="CSD"), True), "paid in 500.00"),
    (e.ActivityHeard(an_activity("-500", kind="CSW"), True), "taken out 500.00"),
    (e.ActivityHeard(an_activity("-0.06"), False), "fee -0.06"),
    (e.ActivityHeard(an_activity("-0.01", kind="CFEE"), False), "fee -0.01"),
    (e.ActivityHeard(an_activity("1.2", kind="DIV", symbol="AAA"), False), "dividend AAA +1.20"),
    (e.ActivityHeard(an_activity("-0.3", kind="DIVNRA", symbol="AAA"), False), "dividend AAA -0.30"),
    (e.ActivityHeard(an_activity("0.5", kind="INT"), False), "interest +0.50"),
    (e.ActivityHeard(an_activity("0", kind="SPLIT", symbol="AAA", qty=D("1E+1")), False), "split AAA, 10 shares"),
    (e.ActivityHeard(an_activity("0", kind="SPLIT", symbol="AAA"), False), "split AAA"),
    (e.ActivityHeard(an_activity("3", kind="OCT"), False), "other (OCT) +3.00"),
    (e.OutsideOrderSeen(an_outside_order()), "an order that is not ours: sell 4 AAA, open"),
    (
        e.OutsideOrderSeen(an_outside_order(readings=2)),
        "an order that is not ours: sell 4 AAA, open (seen twice)",
    ),
    (
        e.OutsideOrderSeen(an_outside_order(filled="4", is_open=False)),
        "an order that is not ours: sell 4 AAA, 4 filled for 40.00, ended",
    ),
    (
        e.OutsideOrderSeen(an_outside_order(readings=2, is_open=False)),
        "an order that is not ours: sell 4 AAA, ended",
    ),
    (
        e.CashDifferenceSeen(D(100), D(90), 1, NOW),
        "CASH DIFFERENCE: ours 100.00, the broker's 90.00: 10.00 missing (first reading)",
    ),
    (
        e.CashDifferenceSeen(D(100), D(107), 2, NOW),
        "CASH DIFFERENCE: ours 100.00, the broker's 107.00: 7.00 more than our books know of (seen twice)",
    ),
    (e.CashDifferenceSettled("explained again"), "cash difference settled: explained again"),
    (
        e.PositionAdopted(a_position(), "taken over"),
        "adopted: 10 AAA at 10.00 by insider, stop 9.20 (taken over)",
    ),
    (e.PositionForgotten("AAA", D(10), TODAY, "struck out"), "forgotten: 10 AAA (struck out)"),
    (e.SymbolIgnored("AAA", NOW), "ignored from here on: AAA is the owner's own"),
    (e.SymbolMinded("AAA"), "no longer ignored: AAA"),
    (e.SymbolBlocked("AAA", "a hunch"), "blocked: AAA (a hunch)"),
    (e.SymbolBlocked("AAA", ""), "blocked: AAA"),
    (e.SymbolUnblocked("AAA"), "no longer blocked: AAA"),
    (e.ExitAsked("AAA", NOW), "exit asked: AAA goes as soon as it can"),
    (
        e.LogRestarted(41, "0123456789abcdef", "damaged-1"),
        "LOG BEGUN ANEW: the last sound line of the old one is line 41 (0123456789ab); it lies in damaged-1",
    ),
    (e.LossWarned(TODAY, "equity -2.6%"), "WARNING: equity -2.6%"),
    (e.StopUndecided("AAA", 2, "prices 9, 11"), "stop UNDECIDED: AAA, 2 in a row: prices 9, 11"),
    (e.StopDecided("AAA"), "prices agree again: AAA"),
    (e.LogCut(7, 12, "torn"), "the log's torn tail after line 7 was cut and kept as torn"),
    (e.RunMissed("eod", TODAY, "eod has not closed it", NOW, NOW, TODAY), "MISSED: eod has not closed it"),
    (e.RunLate("morning", TODAY, "morning came at 10:00", NOW, 25), "LATE: morning came at 10:00"),
    (e.SettingsChanged("a", "b"), "settings changed: rules a became b"),
    (e.LetterKept("2026-07-15-halt-1", "halt", TODAY, {}), "letter kept: halt of 2026-07-15"),
    (e.LetterLost("k"), "letter lost before it was kept: k; what it told is told again"),
    (e.LetterSent("k"), "letter sent: k"),
]


def name(case: object) -> str:
    return "" if isinstance(case, str) else type(case).__name__


@pytest.mark.parametrize(("event", "words"), TOLD, ids=name)
def test_each_event_is_told_in_one_plain_line(event: LoggedEvent, words: str) -> None:
    assert tell(event) == words
    assert "\n" not in words


@pytest.mark.parametrize(("event", "words"), TOLD, ids=name)
def test_nothing_is_called_bought_sold_or_filled_before_a_fill(event: LoggedEvent, words: str) -> None:
    claims = re.search(r"\b(bought|sold|filled)\b", str(tell(event)))
    heard = isinstance(event, e.Fill) or (isinstance(event, e.OutsideOrderSeen) and event.order.filled_qty > 0)
    assert bool(claims) is heard


def test_every_kind_of_event_has_words_or_is_on_the_list_of_the_silent() -> None:
    told = {type(event) for event, _ in TOLD}
    silent = set(SILENT)
    assert told & silent == set()
    assert set(KINDS.values()) - told - silent == set()


@pytest.mark.parametrize(
    "event",
    [
        e.RunStarted("eod", NOW, "", ""),
        e.MorningBegan(TODAY),
        e.EquityMarked(TODAY, an_account(), NOW),
        e.AssetsSeen(TODAY, ()),
    ],
)
def test_an_event_that_only_keeps_the_books_is_not_told(event: LoggedEvent) -> None:
    assert tell(event) is None


GRAVE = {
    "HaltSeen",
    "Halted",
    "LogCut",
    "LogRestarted",
    "LossWarned",
    "OrderDoubted",
    "OrderPuzzling",
    "OrderReplaced",
    "OrderUnclear",
    "RunLate",
    "RunMissed",
    "SettingsChanged",
    "StopUndecided",
}


def test_what_an_owner_must_hear_of_is_grave() -> None:
    grave = [tell(event) for event, _ in TOLD if is_grave(event) and type(event).__name__ not in GRAVE]
    assert {type(event).__name__ for event, _ in TOLD if is_grave(event)} >= GRAVE
    assert grave == [
        "ordered: AAA, the broker has it; qty 10 became 9",
        "DIFFERENCE: AAA: ours 10, the broker's 9 (seen twice, frozen)",
        "an order that is not ours: sell 4 AAA, open (seen twice)",
        "CASH DIFFERENCE: ours 100.00, the broker's 107.00: 7.00 more than our books know of (seen twice)",
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [("10", "10.00"), ("10.5", "10.50"), ("1E+2", "100.00"), ("0.9936", "0.9936"), ("10.123456", "10.1235")],
)
def test_a_price_has_two_decimals_or_four(value: str, words: str) -> None:
    assert price(Decimal(value)) == words


def test_an_order_without_a_price_is_at_the_market() -> None:
    assert price(None) == "market"
    assert order_words(a_sell("BRK.B", "3")) == "sell 3 BRK.B at the market"


def test_money_has_cents_and_thousands_and_profit_its_sign() -> None:
    assert money(D("1234567.895")) == "1,234,567.90"
    assert (signed(D(5)), signed(D("-5.001")), signed(D(0))) == ("+5.00", "-5.00", "+0.00")


@pytest.mark.parametrize("symbol", ["AAA", "BRK.B", "BRK-B"])
def test_the_ticker_is_read_back_from_the_orders_id(symbol: str) -> None:
    assert symbol_of(e.OrderWithdrawn(an_id(symbol), Reason.NEVER_ARRIVED)) == symbol
