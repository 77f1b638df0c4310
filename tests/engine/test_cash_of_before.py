"""Cash that nothing explains, from before the last close: it neither hides a loss of today nor makes one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.decisions.breakers import day_change
from automated_trading.domain.reasons import Reason
from automated_trading.engine import settling
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import Wish
from tests.engine.builders import EOD, MONITOR, WEDNESDAY, Bench, bench, moment
from tests.engine.stage import holding, lay
from tests.engine.wire import rewording

D = Decimal
LOST = D("-0.06")
"""What AAA's fall takes of the equity on Wednesday, nearly."""


def moves(b: Bench, amount: int) -> None:
    """Cash moves, and no record says why."""
    b.exchange.ledger.cash += D(amount)
    b.exchange.version += 1


def recorded(b: Bench, amount: int) -> None:
    """The record of money that had moved before, at last."""
    b.exchange.pay("CSD" if amount > 0 else "CSW", D(amount))
    moves(b, -amount)


def seen_at_once(b: Bench, amount: int) -> None:
    moves(b, amount)
    b.run(MONITOR, "10:00")
    b.run(EOD, "16:30")


def seen_by_no_run(b: Bench, amount: int) -> None:
    b.run(MONITOR, "12:00")
    b.exchange.advance_to(moment("15:00"))
    moves(b, amount)


def nothing(b: Bench) -> None:
    pass


def counted_anew(b: Bench) -> None:
    settling.reconcile(b.desk(), Wish(cash=True))


def comes_back(b: Bench) -> None:
    moves(b, 6_000)


def recorded_today(b: Bench) -> None:
    recorded(b, -6_000)


def wednesday(b: Bench, price: str, then: Callable[[Bench], object]) -> Outcome:
    b.exchange.advance_to(moment("09:33", WEDNESDAY))
    lay(b, "AAA", price)
    b.exchange.set_close("AAA", D(100))
    b.run(MONITOR, "09:35", WEDNESDAY)
    then(b)
    return b.run(MONITOR, "09:40", WEDNESDAY)


def change(told: Outcome) -> Decimal:
    assert told.market is not None
    found = day_change(told.state, told.market.account)
    assert found is not None
    return found


@pytest.mark.parametrize("then", [nothing, counted_anew, comes_back, recorded_today], ids=lambda then: then.__name__)
@pytest.mark.parametrize("before", [seen_at_once, seen_by_no_run], ids=lambda before: before.__name__)
def test_cash_that_was_missing_at_the_close_hides_no_loss_of_today(
    tmp_path: Path, before: Callable[[Bench, int], None], then: Callable[[Bench], object]
) -> None:
    """Whatever becomes of it: it stays missing, the owner counts anew, it comes back, a record tells of it today.

    Seen red when: what was missing at the close counts as today's, or is forgotten once nothing differs any more.
    """
    b = holding(tmp_path, "AAA")
    before(b, -6_000)
    told = wednesday(b, "40", then)
    assert change(told) < D("-0.055")
    assert Reason.DAY_LOSS in told.state.halts


@pytest.mark.parametrize("then", [nothing, counted_anew], ids=lambda then: then.__name__)
@pytest.mark.parametrize("amount", [7_000, -7_000])
def test_cash_that_nothing_explained_at_the_close_is_no_loss_and_no_gain_of_today(
    tmp_path: Path, amount: int, then: Callable[[Bench], object]
) -> None:
    b = holding(tmp_path, "AAA")
    seen_at_once(b, amount)
    told = wednesday(b, "100", then)
    assert abs(change(told)) < D("0.002")
    assert Reason.DAY_LOSS not in told.state.halts


def test_more_cash_first_seen_after_the_close_counts_as_todays_and_hides_no_loss(tmp_path: Path) -> None:
    """Nobody knows whether it came before the bell: a false loss is the smaller harm.

    Seen red when: all that a session begins with counts as of before the close.
    """
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(moment("16:10"))
    moves(b, 7_000)
    b.run(EOD, "16:30")
    told = wednesday(b, "40", nothing)
    assert Reason.DAY_LOSS in told.state.halts


def test_missing_cash_first_seen_after_the_close_counts_as_of_before_it(tmp_path: Path) -> None:
    """Seen red when: nothing that was first seen after the close is carried over."""
    b = holding(tmp_path, "AAA")
    b.run(MONITOR, "15:55")
    b.exchange.advance_to(moment("15:58"))
    moves(b, -6_000)
    b.run(EOD, "16:30")
    told = wednesday(b, "40", counted_anew)
    assert Reason.DAY_LOSS in told.state.halts


@pytest.mark.parametrize("amount", [6_000, -6_000])
def test_a_record_of_before_the_close_that_comes_today_leaves_the_day_as_it_is(tmp_path: Path, amount: int) -> None:
    """Seen red when: what a late record explains stays in what the close had unexplained."""
    b = holding(tmp_path, "AAA")
    seen_at_once(b, amount)

    def late(b: Bench) -> None:
        recorded(b, amount)
        told = b.exchange.ledger.activities.pop()
        row = {**told.data, "created_at": "2026-02-03T20:00:00Z", "date": "2026-02-03"}
        b.exchange.ledger.activities.append(replace(told, at=moment("15:00"), data=row))

    told = wednesday(b, "100", late)
    assert told.state.cash_difference is None
    assert abs(change(told)) < D("0.002")


def test_a_buy_that_yesterdays_lists_left_out_leaves_the_day_as_it_is(tmp_path: Path) -> None:
    """Its cash was missed at the close, and its shares were there; today the list of orders has caught up.

    Seen red when: what a fill of before the close explains stays in what the close had unexplained.
    """
    b = holding(tmp_path, "AAA")
    lay(b, "BBB", "50")
    b.exchange.advance_to(moment("15:00"))
    b.exchange.trade_by_hand("BBB", "buy", D(100))
    b.wire.on("GET", "/v2/orders", rewording(lambda rows: [row for row in rows if row["symbol"] != "BBB"]))
    b.run(MONITOR, "15:30")
    b.wire.acts = ()
    told = wednesday(b, "100", nothing)
    assert told.state.cash_difference is None
    assert abs(change(told)) < D("0.002")


def test_without_anything_unexplained_a_day_is_what_equity_says(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MONITOR, "12:00")
    b.run(EOD, "16:30")
    assert change(wednesday(b, "100", nothing)) == 0


# ---- money that moved after the close under a date of before it ------------------------------------------------------


def dated_tuesday(b: Bench, amount: int) -> None:
    """Money moves, and its record says that it was Tuesday at three."""
    b.exchange.pay("CSD" if amount > 0 else "CSW", D(amount))
    told = b.exchange.ledger.activities.pop()
    row = {**told.data, "created_at": "2026-02-03T20:00:00Z", "date": "2026-02-03"}
    b.exchange.ledger.activities.append(replace(told, at=moment("15:00"), data=row))


def in_the_evening(b: Bench, amount: int) -> Outcome:
    b.exchange.advance_to(moment("16:40"))
    dated_tuesday(b, amount)
    b.run(MONITOR, "16:45")
    return wednesday(b, "100" if amount < 0 else "40", nothing)


def before_the_open(b: Bench, amount: int) -> Outcome:
    b.exchange.advance_to(moment("09:00", WEDNESDAY))
    dated_tuesday(b, amount)
    return wednesday(b, "100" if amount < 0 else "40", nothing)


def in_the_session(b: Bench, amount: int) -> Outcome:
    return wednesday(b, "100" if amount < 0 else "40", lambda b: dated_tuesday(b, amount))


def in_the_session_on_record_a_run_later(b: Bench, amount: int) -> Outcome:
    wednesday(b, "100" if amount < 0 else "40", lambda b: moves(b, amount))
    moves(b, -amount)
    dated_tuesday(b, amount)
    return b.run(MONITOR, "09:45", WEDNESDAY)


WHEN = [in_the_evening, before_the_open, in_the_session, in_the_session_on_record_a_run_later]


@pytest.mark.parametrize("moved", WHEN, ids=lambda moved: moved.__name__)
def test_a_withdrawal_behind_the_close_under_a_date_of_before_it_is_no_loss(
    tmp_path: Path, moved: Callable[[Bench, int], Outcome]
) -> None:
    """Seen red when: a record's date alone said on which side of the close its money moved."""
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    told = moved(b, -8_000)
    assert (told.state.cash_difference, told.state.day.flows) == (None, -8_000)
    assert Reason.DAY_LOSS not in told.state.halts


@pytest.mark.parametrize("moved", WHEN, ids=lambda moved: moved.__name__)
def test_a_deposit_behind_the_close_under_a_date_of_before_it_hides_no_loss(
    tmp_path: Path, moved: Callable[[Bench, int], Outcome]
) -> None:
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    told = moved(b, 7_000)
    assert (told.state.cash_difference, told.state.day.flows) == (None, 7_000)
    assert Reason.DAY_LOSS in told.state.halts


def test_a_deposit_behind_the_close_and_before_the_first_contact_hides_no_loss_of_the_next_day(tmp_path: Path) -> None:
    """Seen red when: what the first count of cash held already was no flow of the session behind it (the model)."""
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(moment("16:20"))
    b.exchange.move_cash(D(7_000))
    shutil.rmtree(b.folder)
    b.folder.mkdir()
    b.exchange.advance_to(moment("16:21"))
    b.run(EOD, "16:30")
    told = wednesday(b, "40", nothing)
    assert (told.state.cash_difference, told.state.day.flows) == (None, 7_000)
    assert Reason.DAY_LOSS in told.state.halts
