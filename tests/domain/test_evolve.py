"""The one door to the state: every event does what it says, and hearing it twice does it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from automated_trading.domain import events as e
from automated_trading.domain.codec import KINDS, decode_event, encode_event
from automated_trading.domain.evolve import ENDED_ORDERS_KEPT, SALES_KEPT, STOPS_REST, evolve, fold
from automated_trading.domain.orders import OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Checkpoint, Difference, LoggedEvent, State
from tests.builders import (
    BOOK,
    MODE,
    NOW,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_fill,
    a_position,
    a_sell,
    a_state,
    after,
    an_account,
    an_asset,
    ny,
    resting,
)
from tests.domain.histories import (
    BUY,
    EVENTS,
    EVERY_KIND,
    FIGURES,
    HISTORIES,
    LATCHED,
    OWN_HISTORIES,
    QUEUED,
    SILENT,
)


def name(case: object) -> str:
    return "" if isinstance(case, State) else type(case).__name__


def test_every_kind_of_event_is_in_the_table() -> None:
    assert {type(event) for _, event in EVERY_KIND} == set(KINDS.values())


@pytest.mark.parametrize(("state", "event"), EVERY_KIND, ids=name)
def test_hearing_the_same_event_twice_changes_nothing(state: State, event: LoggedEvent) -> None:
    once = evolve(state, event)
    assert (once == state) is isinstance(event, SILENT)
    assert evolve(once, event) == once


# ---- any history ------------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(HISTORIES, EVENTS)
def test_after_any_history_hearing_any_event_twice_changes_nothing(history: list[LoggedEvent], last: e.Event) -> None:
    once = evolve(fold(history), last)
    assert evolve(once, last) == once


@settings(max_examples=60)
@given(HISTORIES, st.integers(0, 40))
def test_i22_the_state_is_the_fold_of_its_log_from_any_checkpoint_on(history: list[LoggedEvent], cut: int) -> None:
    """Seen red when: the Checkpoint was folded as nothing."""
    state = fold(history)
    lines = [encode_event(event) for event in [*history[:cut], Checkpoint(fold(history[:cut])), *history[cut:]]]
    assert fold(decode_event(*line) for line in lines) == state
    assert fold(decode_event(*line) for line in lines[min(cut, len(history)) :]) == state


@settings(max_examples=100)
@given(OWN_HISTORIES)
def test_a_stop_and_a_high_only_ever_rise(history: list[LoggedEvent]) -> None:
    """The owner's word alone sets them anew: what is adopted after a split stands at another price."""
    state = State()
    for event in history:
        before, state = state, evolve(state, event)
        for symbol in before.positions.keys() & state.positions.keys():
            old, new = before.positions[symbol], state.positions[symbol]
            assert new.stop >= old.stop
            assert new.high >= old.high


# ---- the day ----------------------------------------------------------------------------------------------------


def test_a_new_session_starts_the_counters_afresh_and_keeps_what_stands() -> None:
    state = after(a_state(a_position(), resting(a_sell())), e.MorningBegan(TODAY), a_fill(a_sell(), "4", "36"), FIGURES)
    begun = after(state, e.SessionBegan(TOMORROW, NOW, ny("16:00")))
    assert begun.day == replace(State().day, session=TOMORROW, since=ny("16:00"))
    assert begun.positions == state.positions
    assert begun.open_orders() == state.open_orders()


KEPT: dict[str, Any] = {
    "losses": (D("0.1"),),
    "high_water": D(7),
    "moved": D(6),
    "cash": D(8),
    "cash_since": NOW,
    "cash_difference": Difference(D(8), D(9), 1, NOW),
    "sold": {"AAA": TODAY},
    "undecided": {"AAA": 2},
    "blocked": {"AAA": "why"},
    "ignored": {"AAA": NOW},
    "leaving": {"AAA": NOW},
    "failures": 3,
}


@pytest.mark.parametrize("field", KEPT)
def test_a_new_session_forgets_nothing_that_outlives_a_day(field: str) -> None:
    begun = after(a_state(a_position(), **{field: KEPT[field]}), e.SessionBegan(TOMORROW, NOW))
    assert getattr(begun, field) == KEPT[field]


def test_an_old_session_does_not_come_back() -> None:
    assert after(a_state(), e.SessionBegan(YESTERDAY, NOW)) == a_state()


def test_ended_orders_are_forgotten_after_a_week_and_open_ones_never() -> None:
    state = a_state(a_buy(status=OrderStatus.FILLED), resting(a_buy("BBB")))
    kept = after(state, e.SessionBegan(TODAY + ENDED_ORDERS_KEPT, NOW))
    gone = after(state, e.SessionBegan(TODAY + ENDED_ORDERS_KEPT + timedelta(1), NOW))
    assert [order.symbol for order in kept.orders.values()] == ["AAA", "BBB"]
    assert [order.symbol for order in gone.orders.values()] == ["BBB"]
    assert (kept.forgotten, gone.forgotten) == (TODAY - timedelta(1), TODAY)


def test_an_order_that_came_and_ended_a_day_late_is_kept_as_long_from_then() -> None:
    late = replace(a_buy(status=OrderStatus.FILLED), ended_in=TOMORROW)
    kept = after(a_state(late), e.SessionBegan(TOMORROW + ENDED_ORDERS_KEPT, NOW))
    gone = after(a_state(late), e.SessionBegan(TOMORROW + ENDED_ORDERS_KEPT + timedelta(1), NOW))
    assert (len(kept.orders), len(gone.orders)) == (1, 0)


@pytest.mark.parametrize("word", [OrderStatus.LOST, OrderStatus.WITHDRAWN], ids=["lost", "as form 4 said it"])
def test_a_lost_stop_is_kept_for_as_long_as_the_broker_lets_one_rest_and_a_lost_sale_is_not(word: OrderStatus) -> None:
    stop = replace(a_sell(purpose=Purpose.PROTECT, status=word), broker_id="b1")
    sale = a_sell("BBB", status=OrderStatus.LOST)
    kept = after(a_state(stop, sale), e.SessionBegan(TODAY + STOPS_REST, NOW))
    gone = after(a_state(stop, sale), e.SessionBegan(TODAY + STOPS_REST + timedelta(1), NOW))
    assert ([order.symbol for order in kept.orders.values()], gone.orders) == (["AAA"], {})


def test_a_sale_is_remembered_for_longer_than_any_cool_down_and_then_no_longer() -> None:
    state = a_state(sold={"AAA": TODAY})
    assert after(state, e.SessionBegan(TODAY + SALES_KEPT, NOW)).sold == {"AAA": TODAY}
    assert after(state, e.SessionBegan(TODAY + SALES_KEPT + timedelta(1), NOW)).sold == {}


def test_a_desk_that_was_never_heard_out_or_lost_its_tail_forgets_no_order() -> None:
    state = a_state(a_buy(status=OrderStatus.FILLED))
    for unheard in (replace(state, marked=None), after(state, e.LogCut(7, 12, "torn"))):
        begun = after(unheard, e.SessionBegan(TODAY + timedelta(90), NOW))
        assert (list(begun.orders), begun.forgotten) == ([BUY], None)


def test_the_closing_figures_are_recorded_once() -> None:
    assert after(a_state(), FIGURES, replace(FIGURES, equity=D(2))).day.figures == FIGURES


def test_what_the_broker_said_of_symbols_is_kept_for_its_session() -> None:
    state = after(a_state(), e.AssetsSeen(TODAY, (an_asset(),)), e.AssetsSeen(TODAY, (an_asset("BBB"),)))
    assert list(state.day.assets) == ["AAA", "BBB"]
    assert after(a_state(), e.AssetsSeen(YESTERDAY, (an_asset(),))) == a_state()
    assert after(state, e.SessionBegan(TOMORROW, NOW)).day.assets == {}


def test_a_warning_of_another_session_is_no_warning_of_this_one() -> None:
    assert after(a_state(), e.LossWarned(YESTERDAY, "")) == a_state()


# ---- signals, halts, runs, the owner's word ---------------------------------------------------------------------


def test_the_last_answer_to_a_signal_is_the_one_that_stands() -> None:
    refused = e.SignalRefused(BOOK, TODAY, "AAA", Reason.LOW_SCORE, "5 < 6")
    verdict = after(a_state(), e.SignalNotYet(BOOK, TODAY, "AAA", Reason.NO_QUOTE, ""), refused).day.verdicts
    assert (verdict[f"{BOOK}/AAA"].said, verdict[f"{BOOK}/AAA"].reason) == ("refused", Reason.LOW_SCORE)


def test_a_remark_is_no_answer() -> None:
    state = after(a_state(), e.SignalRemarked(BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, ""))
    assert (state.day.remarks, state.day.verdicts) == ({f"{BOOK}/AAA": "far_from_signal"}, {})


def test_a_folder_belongs_to_one_account() -> None:
    with pytest.raises(ValueError, match="the log is of account account-1, not account-2"):
        after(a_state(), e.AccountPinned("account-2", MODE))


def test_a_newer_latch_takes_the_place_of_an_older_and_the_same_is_not_news() -> None:
    assert after(LATCHED, e.HaltSeen("two", "again", NOW)).halts[Reason.OWNER].token == "two"
    assert after(LATCHED, e.HaltSeen("one", "other words", NOW)) == LATCHED


def test_a_standing_halt_keeps_its_first_moment_and_words() -> None:
    state = after(a_state(), e.Halted(Reason.ORDER_FAILURES, "5 orders in a row failed", NOW))
    assert after(state, e.Halted(Reason.ORDER_FAILURES, "6 orders in a row failed", ny("11:00"))) == state


def test_a_block_takes_its_newest_words_and_ends_with_the_owners() -> None:
    state = after(a_state(), e.SymbolBlocked("AAA", "a lawsuit"), e.SymbolBlocked("AAA", "bankrupt"))
    assert state.blocked == {"AAA": "bankrupt"}
    assert after(state, e.SymbolUnblocked("BBB"), e.SymbolUnblocked("AAA")).blocked == {}


def test_an_exit_is_asked_only_of_what_is_held() -> None:
    assert after(a_state(), e.ExitAsked("AAA", NOW)).leaving == {}
    assert after(a_state(a_position()), e.ExitAsked("AAA", NOW)).leaving == {"AAA": NOW}


ACCOUNT_MARKED = e.EquityMarked(TODAY, an_account(equity="7", last_equity="200"), NOW)
HALT = e.Halted(Reason.OWNER, "stop", NOW)


@pytest.mark.parametrize(
    "kept",
    [lambda state: state.positions, lambda state: state.orders, lambda state: state.cash, lambda state: state.queue],
    ids=["positions", "orders", "cash", "queue"],
)
def test_runs_halts_and_marks_touch_neither_shares_nor_money(kept: Callable[[State], object]) -> None:
    state = after(a_state(a_position(), resting(a_buy("BBB")), cash=D(5), cash_since=NOW), QUEUED)
    quiet: list[LoggedEvent] = [
        e.RunStarted("monitor", NOW, "r2", "1"),
        HALT,
        ACCOUNT_MARKED,
        e.LossWarned(TODAY, ""),
        e.LogCut(1, 2, ""),
    ]
    assert kept(after(state, *quiet)) == kept(state)
