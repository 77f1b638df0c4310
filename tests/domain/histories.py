"""Every kind of event once, each on a state it changes, and histories of them in any order.

Law of the file: `EVERY_KIND` has a row for every event the log knows; nothing here is asserted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import ENDS, Order, OrderStatus, Purpose, Side
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Checkpoint, Difference, Halt, LoggedEvent, State
from tests.builders import (
    ACCOUNT,
    BOOK,
    MODE,
    NOW,
    TODAY,
    TOMORROW,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_signal,
    a_state,
    after,
    an_account,
    an_activity,
    an_asset,
    an_id,
    an_outside_order,
    ny,
    resting,
    unclear,
)

BUY, SELL = an_id(), an_id(side=Side.SELL)
TRADE = ClosedTrade("AAA", BOOK, D(10), D(10), D(9), D(-10), "stop_loss", NOW, NOW)
SOLD_OUT = replace(a_position(), qty=ZERO, cost=ZERO, sold_qty=D(10), sold_value=D(90), realised=D(-10))
FIGURES = e.SessionClosed(TODAY, ny("16:30"), D(1), D(1), D(1), ZERO, ZERO)
QUEUED = e.SignalQueued(BOOK, TODAY, a_signal(), Reason.NO_CASH, "", NOW)
LATCHED = a_state(halts={Reason.OWNER: Halt("stop", NOW, token="one")})
COUNTED = a_state(cash=D(1000), cash_since=NOW)
CASH_APART = replace(COUNTED, cash_difference=Difference(D(1000), D(900), 1, NOW))
SEEN = e.DifferenceSeen("AAA", D(10), D(9), 1, NOW)
FEE = e.ActivityHeard(an_activity("-1.25", NOW + timedelta(hours=1)), flow=False)

KEPT = e.LetterKept(f"{TODAY}-fills-1", "fills", TODAY, {f"fill:{BUY}:10": "a1"})

EVERY_KIND: list[tuple[State, LoggedEvent]] = [
    (a_state(), e.RunStarted("morning", NOW, "r2", "1.0")),
    (a_state(), e.RunFinished("morning", NOW, "done", "nothing traded")),
    (State(), e.AccountPinned(ACCOUNT, MODE)),
    (a_state(), e.LogCut(7, 12, "audit_log.torn")),
    (a_state(), e.SettingsChanged("r1", "r2")),
    (a_state(), e.RunMissed("monitor", TODAY, "monitor was silent", ny("09:40"), NOW, TODAY)),
    (a_state(), e.RunLate("morning", TODAY, "morning came late", ny("09:35"), 25)),
    (a_state(), e.LogRestarted(7, "ab12", "audit_log.damaged")),
    (a_state(a_buy(status=OrderStatus.FILLED)), e.SessionBegan(TOMORROW, NOW, ny("16:00"))),
    (a_state(), e.MorningBegan(TODAY)),
    (a_state(), FIGURES),
    (a_state(), e.EquityMarked(TODAY, an_account(), NOW)),
    (a_state(), e.CashCounted(D(1000), NOW)),
    (COUNTED, FEE),
    (COUNTED, e.OutsideOrderSeen(an_outside_order(filled="2"))),
    (COUNTED, e.CashDifferenceSeen(D(1000), D(900), 1, NOW)),
    (CASH_APART, e.CashDifferenceSettled("explained again")),
    (a_state(ignored={"AAA": NOW}), e.PositionAdopted(a_position(), "taken over")),
    (a_state(a_position(), undecided={"AAA": 2}), e.PositionForgotten("AAA", D(10), TODAY, "struck")),
    (a_state(), e.SymbolIgnored("AAA", NOW)),
    (a_state(ignored={"AAA": NOW}), e.SymbolMinded("AAA")),
    (a_state(), e.SymbolBlocked("AAA", "a lawsuit")),
    (a_state(blocked={"AAA": "a lawsuit"}), e.SymbolUnblocked("AAA")),
    (a_state(a_position()), e.ExitAsked("AAA", NOW)),
    (a_state(), e.AssetsSeen(TODAY, (an_asset(), an_asset("BBB", tradable=False)))),
    (a_state(), e.SignalRefused(BOOK, TODAY, "AAA", Reason.LOW_SCORE, "5 < 6")),
    (a_state(), e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, "")),
    (a_state(), QUEUED),
    (a_state(), e.SignalRemarked(BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, "12% away")),
    (after(a_state(), QUEUED), e.SignalDropped(BOOK, "AAA", Reason.AGED)),
    (a_state(), e.OrderIntended(a_buy())),
    (a_state(unclear(a_buy()), failures=2), e.OrderAccepted(BUY, "b1", D(9), D("9.99"), NOW, "qty 10 became 9")),
    (a_state(a_buy()), e.OrderRefused(BUY, 403, "insufficient buying power")),
    (a_state(a_buy()), e.OrderUnclear(BUY, 1, "read timed out")),
    (a_state(a_buy()), e.OrderUnsent(BUY, 1, "no line")),
    (a_state(replace(resting(a_buy()), filled_qty=D(4), filled_value=D(40))), e.OrderReplaced(BUY, "b2")),
    (a_state(a_buy()), e.OrderDoubted(BUY, "no")),
    (a_state(resting(a_buy())), e.OrderAmended(BUY, D(7), D(9), "qty 10 became 7")),
    (a_state(resting(a_buy())), e.OrderPuzzling(BUY, "sleeping")),
    (a_state(resting(a_buy())), e.OrderEnded(BUY, OrderStatus.CANCELLED)),
    (a_state(unclear(a_buy())), e.OrderWithdrawn(BUY, Reason.NEVER_ARRIVED)),
    (a_state(resting(a_buy())), e.CancelIntended(BUY, Reason.ENTRY_TIMEOUT)),
    (a_state(a_position(), resting(a_sell())), a_fill(a_sell(), "4", "36.50")),
    (a_state(SOLD_OUT), e.PositionClosed(TRADE)),
    (a_state(a_position()), e.HighRaised("AAA", D(11))),
    (a_state(a_position()), e.StopRaised("AAA", D("9.50"), "the rules in force now")),
    (a_state(a_position()), e.StopUndecided("AAA", 1, "prices 9, stop 9.20")),
    (a_state(a_position(), undecided={"AAA": 2}), e.StopDecided("AAA")),
    (a_state(), e.LossWarned(TODAY, "equity -2.60%")),
    (a_state(), e.Halted(Reason.DAY_LOSS, "equity -5.10%", NOW, TODAY)),
    (a_state(), e.HaltSeen("one", "going away", NOW)),
    (LATCHED, e.Resumed(Reason.OWNER, Reason.OWNER, NOW, "one")),
    (a_state(a_position()), SEEN),
    (after(a_state(a_position()), SEEN), e.DifferenceSettled("AAA", "agree again")),
    (a_state(), KEPT),
    (after(a_state(), KEPT), e.LetterLost(KEPT.key)),
    (after(a_state(), KEPT), e.LetterSent(KEPT.key)),
    (a_state(), Checkpoint(a_state(a_position(), resting(a_buy("BBB"))))),
]
SILENT = e.SettingsChanged | e.LogRestarted
"""For the reader of the log alone."""

# ---- any history ------------------------------------------------------------------------------------------------

AGAIN = a_buy("BBB", "7", "5", purpose=Purpose.REDEPLOY)
ROWS = [a_buy(), a_buy("BBB", "20", "5"), a_sell(qty="6"), a_sell(qty="4", generation=1), a_sell("BBB"), AGAIN]
KEYS = st.sampled_from([row.client_order_id for row in ROWS])
SYMBOLS, SMALL = st.sampled_from(["AAA", "BBB"]), st.integers(1, 10)
REASONS = st.sampled_from([Reason.OWNER, Reason.DAY_LOSS, Reason.LOSING_STREAK, Reason.NO_CASH])
SESSIONS, TOKENS = st.sampled_from([TODAY, TOMORROW, TOMORROW + timedelta(30)]), st.sampled_from(["", "one", "two"])
MOMENTS = st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
MONEY = st.integers(-(10**6), 10**6).map(lambda number: D(number) / 100)


def fills_of(rows: list[Order]) -> st.SearchStrategy[e.Fill]:
    return st.builds(
        lambda row, total, jitter, now: e.Fill(row.client_order_id, D(total), D(total * 10) + D(jitter) / 100, now),
        st.sampled_from(rows), SMALL, st.integers(-40, 40), MOMENTS,
    )  # fmt: skip


ORDER_EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    fills_of(ROWS),
    st.sampled_from(ROWS).map(e.OrderIntended),
    st.builds(e.OrderAccepted, KEYS, st.sampled_from(["b1", "b2"]), SMALL.map(D), st.just(D(10)), MOMENTS),
    st.builds(e.OrderRefused, KEYS, st.just(422), st.just("no")),
    st.builds(e.OrderUnclear, KEYS, st.integers(1, 4), st.just("")),
    st.builds(e.OrderUnsent, KEYS, st.integers(1, 4), st.just("")),
    st.builds(e.OrderDoubted, KEYS, st.just("no")),
    st.builds(e.OrderReplaced, KEYS, st.sampled_from(["b2", "b3"])),
    st.builds(e.OrderAmended, KEYS, SMALL.map(D), st.just(D(9)), st.just("")),
    st.builds(e.OrderPuzzling, KEYS, st.just("sleeping")),
    st.builds(e.OrderEnded, KEYS, st.sampled_from(sorted(ENDS, key=str))),
    st.builds(e.OrderWithdrawn, KEYS, st.just(Reason.NEVER_ARRIVED)),
    st.builds(e.CancelIntended, KEYS, REASONS),
)
ACTIVITIES = st.builds(
    lambda number, amount, at, flow: e.ActivityHeard(an_activity(str(amount), at, activity_id=str(number)), flow),
    SMALL, MONEY, MOMENTS, st.booleans(),
)  # fmt: skip
OUTSIDE = st.builds(
    lambda key, side, filled, is_open: e.OutsideOrderSeen(
        an_outside_order(str(filled), str(filled), broker_id=key, side=side, is_open=is_open)
    ),
    TOKENS, st.sampled_from(Side), SMALL, st.booleans(),
)  # fmt: skip
ACCOUNT_EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    st.builds(e.EquityMarked, SESSIONS, MONEY.map(lambda money: an_account(str(money))), MOMENTS),
    st.builds(e.CashCounted, MONEY, MOMENTS),
    ACTIVITIES,
    OUTSIDE,
    st.builds(e.CashDifferenceSeen, MONEY, MONEY, st.integers(1, 2), MOMENTS),
    st.just(e.CashDifferenceSettled("explained again")),
)
OWNER_EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    st.builds(e.PositionAdopted, SYMBOLS.map(a_position), st.just("")),
    st.builds(e.PositionForgotten, SYMBOLS, SMALL.map(D), SESSIONS, st.just("")),
    st.builds(e.SymbolIgnored, SYMBOLS, MOMENTS),
    st.builds(e.SymbolMinded, SYMBOLS),
    st.builds(e.SymbolBlocked, SYMBOLS, TOKENS),
    st.builds(e.SymbolUnblocked, SYMBOLS),
    st.builds(e.ExitAsked, SYMBOLS, MOMENTS),
)
DESK_EVENTS: st.SearchStrategy[LoggedEvent] = st.one_of(
    ORDER_EVENTS,
    ACCOUNT_EVENTS,
    st.builds(e.PositionClosed, SYMBOLS.map(lambda symbol: replace(TRADE, symbol=symbol))),
    st.builds(e.HighRaised, SYMBOLS, SMALL.map(D)),
    st.builds(e.StopRaised, SYMBOLS, SMALL.map(D), st.just("")),
    st.builds(e.StopUndecided, SYMBOLS, SMALL, st.just("")),
    st.builds(e.StopDecided, SYMBOLS),
    st.builds(e.Halted, REASONS, st.just(""), MOMENTS, st.none() | SESSIONS),
    st.builds(e.HaltSeen, TOKENS, st.just(""), MOMENTS),
    st.builds(e.Resumed, REASONS, REASONS, MOMENTS, TOKENS),
    st.builds(e.LossWarned, SESSIONS, st.just("")),
    st.builds(e.DifferenceSeen, SYMBOLS, SMALL.map(D), SMALL.map(D), st.integers(1, 2), MOMENTS),
    st.builds(e.DifferenceSettled, SYMBOLS, st.just("")),
    st.builds(e.AssetsSeen, SESSIONS, SYMBOLS.map(lambda symbol: (an_asset(symbol),))),
    st.builds(e.SignalRefused, st.just(BOOK), SESSIONS, SYMBOLS, REASONS, st.just("")),
    st.builds(e.SignalNotYet, st.just(BOOK), SESSIONS, SYMBOLS, REASONS, st.just("")),
    st.builds(e.SignalQueued, st.just(BOOK), SESSIONS, SYMBOLS.map(a_signal), REASONS, st.just(""), MOMENTS),
    st.builds(e.SignalRemarked, st.just(BOOK), SESSIONS, SYMBOLS, REASONS, st.just("")),
    st.builds(e.SignalDropped, st.just(BOOK), SYMBOLS, REASONS),
    st.builds(e.SessionBegan, SESSIONS, MOMENTS, st.none() | MOMENTS),
    st.builds(e.MorningBegan, SESSIONS),
    st.builds(e.LetterKept, TOKENS, TOKENS, SESSIONS, st.dictionaries(TOKENS, TOKENS)),
    st.builds(e.LetterLost, TOKENS),
    st.builds(e.LetterSent, TOKENS),
    st.builds(e.RunStarted, st.just("monitor"), MOMENTS, TOKENS, st.just("1")),
    st.builds(e.RunFinished, st.just("monitor"), MOMENTS, st.just("done"), st.just("")),
    st.just(FIGURES),
)
EVENTS = DESK_EVENTS | OWNER_EVENTS
BEGUN = [e.SessionBegan(TODAY, NOW), *map(e.OrderIntended, ROWS[:3])]
HISTORIES = st.lists(EVENTS, max_size=40).map(lambda events: [*BEGUN, *events])
OWN_HISTORIES = st.lists(DESK_EVENTS, max_size=40).map(lambda events: [*BEGUN, *events])
"""Histories in which the owner settles nothing by hand."""
