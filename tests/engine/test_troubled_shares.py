"""How the desk lives with what befalls the shares it holds: another name, a delisting, a halt, cash in lieu."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.reasons import Reason
from automated_trading.engine.settling import Wish, reconcile
from automated_trading.simulator.troubles import OF_A_SESSION, Troubles
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, signal
from tests.engine.stage import holding, lay, sides, stands

D = Decimal


def overnight(home: Path) -> Bench:
    """A desk that has held 99 AAA since Tuesday, at six on Wednesday morning."""
    b = holding(home, "AAA")
    b.run(EOD, "16:30")
    b.exchange.advance_to(moment("06:00", WEDNESDAY))
    return b


def untouched(b: Bench) -> None:
    """Nothing was ordered since the morning's buy, and our books still hold what they held."""
    assert [(row.symbol, row.side) for row in b.orders()] == [("AAA", "buy")]
    assert b.state().positions["AAA"].qty == 99


# ---- another name ---------------------------------------------------------------------------------------------------


def test_i16_a_symbol_renamed_while_held_is_frozen_and_told_under_both_names(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.rename("AAA", "NEW")
    told = b.run(MONITOR, "09:36", WEDNESDAY)
    assert (told.state.frozen("AAA"), told.state.frozen("NEW")) == (True, True)
    assert "stop NOT ACTED ON, our books and the broker differ: AAA" in told.said
    assert "our books and the broker differ: NEW" in told.said
    untouched(b)


@pytest.mark.parametrize("when", ["overnight", "in the session"])
def test_i16_however_far_the_new_name_falls_nothing_is_sold_by_itself(tmp_path: Path, when: str) -> None:
    b = overnight(tmp_path)
    if when == "in the session":
        b.exchange.advance_to(moment("10:00", WEDNESDAY))
        stands(b, "AAA", "80")
    b.exchange.rename("AAA", "NEW")
    stands(b, "NEW", "20")
    for clock in ("10:01", "10:06", "10:11", "15:00"):
        b.run(MONITOR, clock, WEDNESDAY)
    untouched(b)


def test_i16_another_company_that_takes_the_name_is_never_sold_for_it(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.rename("AAA", "NEW")
    b.run(MONITOR, "09:36", WEDNESDAY)
    stands(b, "AAA", "7")
    b.exchange.trade_by_hand("AAA", "buy", D(99))  # as many as our books hold of the other one
    for clock in ("09:41", "09:46", "15:00"):
        told = b.run(MONITOR, clock, WEDNESDAY)
    assert told.state.frozen("AAA")
    assert [(row.symbol, row.side) for row in b.orders()] == [("AAA", "buy"), ("AAA", "buy")]


def test_the_owner_adopts_the_new_name_and_forgets_the_old_one(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.rename("AAA", "NEW")
    b.run(MONITOR, "09:36", WEDNESDAY)
    reconcile(b.desk(), Wish(adopt=("NEW",)))
    told, _ = reconcile(b.desk(), Wish(forget=("AAA",)))
    assert (told.exit_code, {name: row.qty for name, row in told.state.positions.items()}) == (0, {"NEW": 99})
    stands(b, "NEW", "80")
    b.run(MONITOR, "09:46", WEDNESDAY)
    assert (sides(b, "NEW"), b.exchange.ledger.positions) == (["sell filled"], {})


@pytest.mark.parametrize(("gone", "reason"), [("renamed", Reason.ASSET_UNKNOWN), ("delisted", Reason.ASSET_INACTIVE)])
def test_a_signal_for_what_is_no_longer_traded_is_refused_with_its_reason(
    tmp_path: Path, gone: str, reason: Reason
) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.rename("AAA", "NEW") if gone == "renamed" else b.exchange.delist("AAA")
    assert reason.value in b.run(MORNING, "09:35").said
    assert b.orders() == []


# ---- delisted, halted -----------------------------------------------------------------------------------------------


def test_a_delisted_holding_is_kept_and_named_in_every_run(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.delist("AAA")
    for clock in ("09:36", "10:30", "15:00"):
        assert "stop NOT JUDGED, no two fresh prices: AAA" in b.run(MONITOR, clock, WEDNESDAY).said
    untouched(b)


def test_a_stop_in_what_the_broker_no_longer_trades_is_refused_once_a_run_and_stops_opening(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.inactive.add("AAA")
    b.exchange.advance_to(moment("09:35", WEDNESDAY))
    stands(b, "AAA", "80")
    for n, clock in enumerate(("09:40", "09:45", "09:50", "09:55", "10:00"), 1):
        told = b.run(MONITOR, clock, WEDNESDAY)
        assert ("1 refused by the broker (AAA)" in told.said, b.asked("POST")) == (True, 1 + n)
    assert set(told.state.halts) == {Reason.ORDER_FAILURES}


def test_an_exit_sent_into_a_halt_waits_and_is_sold_once_when_it_ends(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    b.exchange.halt_symbol("AAA")
    for clock in ("09:40", "09:45", "10:00"):
        b.run(MONITOR, clock)
        assert sides(b, "AAA") == ["buy filled", "sell new"]
    b.exchange.unhalt("AAA")
    b.run(MONITOR, "10:05")
    assert (sides(b, "AAA"), b.state().positions) == (["buy filled", "sell filled"], {})


def test_a_halt_that_outlasts_the_session_ends_the_exit_and_the_next_day_decides_anew(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    b.exchange.halt_symbol("AAA")
    b.run(MONITOR, "09:40")
    assert b.run(EOD, "16:30").exit_code == 0
    b.exchange.unhalt("AAA")
    stands(b, "AAA", "99")
    b.run(MONITOR, "09:40", WEDNESDAY)
    assert (sides(b, "AAA"), b.state().positions["AAA"].qty) == (["buy filled", "sell expired"], 99)


def test_i15_nothing_is_bought_in_a_halt_and_it_is_bought_when_it_ends(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.halt_symbol("AAA")
    assert "AAA stale_quote" in b.run(MORNING, "09:35").said
    b.exchange.unhalt("AAA")
    b.run(MORNING, "09:45")
    assert sides(b, "AAA") == ["buy filled"]


@pytest.mark.parametrize("price", ["5", "500"])
def test_i15_a_bad_print_sells_nothing_and_raises_no_high_though_the_broker_marks_by_it(
    tmp_path: Path, price: str
) -> None:
    b = holding(tmp_path, "AAA")
    high = b.state().positions["AAA"].high
    for clock in ("09:40", "09:45", "09:50"):
        b.exchange.advance_to(moment(clock))
        b.exchange.bad_print("AAA", D(price))
        assert b.exchange.mark("AAA") == D(price)
        b.run(MONITOR)
        b.exchange.advance_to(moment(clock) + timedelta(minutes=2))
        b.run(MONITOR)
    assert b.state().positions["AAA"].high == high
    untouched(b)


# ---- splits with cash in lieu, the clock ----------------------------------------------------------------------------


@pytest.mark.parametrize(("ratio", "left"), [("0.1", 9), ("0.01", 0)])
def test_i16_a_reverse_split_with_cash_in_lieu_freezes_sells_nothing_and_misses_no_cent(
    tmp_path: Path, ratio: str, left: int
) -> None:
    b = overnight(tmp_path)
    b.exchange.split("AAA", D(ratio), cash_in_lieu=True)
    told = b.run(MONITOR, "09:36", WEDNESDAY)
    assert (told.state.differences["AAA"].theirs, told.state.frozen("AAA")) == (left, True)
    assert (told.state.cash, told.state.cash_difference) == (b.exchange.ledger.cash, None)
    untouched(b)


def test_a_reverse_split_with_cash_in_lieu_is_adopted_with_what_is_left(tmp_path: Path) -> None:
    b = overnight(tmp_path)
    b.exchange.split("AAA", D("0.1"), cash_in_lieu=True)
    b.run(MONITOR, "09:36", WEDNESDAY)
    told, _ = reconcile(b.desk(), Wish(adopt=("AAA",)))
    position = told.state.positions["AAA"]
    assert (position.qty, position.stop, told.exit_code) == (9, D("920.40"), 0)
    assert abs(position.cost - 9 * D("1000.5")) < D("0.01")
    b.run(MONITOR, "09:46", WEDNESDAY)
    assert sides(b, "AAA") == ["buy filled"]


@pytest.mark.parametrize("seconds", [-90, 90])
def test_i14_a_venue_whose_clock_is_apart_is_bought_nothing_from_and_sold_to(tmp_path: Path, seconds: int) -> None:
    b = holding(tmp_path, "AAA")
    b.signals.entries = [signal("BBB")]
    stands(b, "AAA", "80")
    lay(b, "BBB")
    b.exchange.advance_to(moment("11:00"))
    b.exchange.set_clock_apart(timedelta(seconds=seconds))
    told = b.run(MORNING)
    assert f"{-seconds:+.0f} s off the broker's" in told.said
    assert (sides(b, "AAA"), b.orders("BBB")) == (["buy filled", "sell filled"], [])


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_i14_by_a_clock_an_hour_apart_no_price_is_fresh_and_no_stop_is_judged(tmp_path: Path, seconds: int) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "80")
    b.exchange.advance_to(moment("11:00"))
    b.exchange.set_clock_apart(timedelta(seconds=seconds))
    assert "stop NOT JUDGED, no two fresh prices: AAA" in b.run(MONITOR).said
    untouched(b)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fortnight_of_everything_an_account_can_have_is_told_and_misses_no_cent(tmp_path: Path, seed: int) -> None:
    """Deposits, fees, dividends, trades by hand, splits, other names, delistings, blocks and wrong clocks, by seed."""
    rates = dict.fromkeys((*OF_A_SESSION, "skew"), D("0.3"))
    b = bench(tmp_path, "AAA", "BBB", "CCC", troubles=Troubles(**rates), seed=seed)
    for n in range(14):
        day = WEDNESDAY + timedelta(days=n)
        for routine, clock in ((MORNING, "09:36"), (MONITOR, "10:00"), (MONITOR, "13:00"), (EOD, "16:30")):
            if day.weekday() < 5:
                assert b.run(routine, clock, day).exit_code == 0
    state, theirs = b.state(), {name: held.qty for name, held in b.exchange.ledger.positions.items()}
    ours = {name: held.qty for name, held in state.positions.items()}
    unlike = {name for name in ours | theirs if ours.get(name) != theirs.get(name)}
    assert state.cash_difference is None
    assert unlike
    assert unlike <= {name for name, seen in state.differences.items() if seen.confirmed}
    assert {"CSD", "FEE", "SPLIT"} <= {row.kind for row in b.exchange.ledger.activities}
