"""Cash, cent by cent: counted once, moved by what is on record, and told where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import Wish, reconcile
from automated_trading.simulator.api import Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, signal
from tests.engine.stage import holding, lay, shows, sides, stands
from tests.engine.test_hearing import of
from tests.engine.wire import answering, rewording, then

COST = 99 * Decimal("100.05")
TELLS_OF_CASH = (e.CashCounted, e.CashDifferenceSeen, e.CashDifferenceSettled)


def of_cash(told: Outcome) -> list[str]:
    return [type(event).__name__ for event in told.events if isinstance(event, TELLS_OF_CASH)]


def taken(b: Bench, dollars: str) -> None:
    """Cash that goes or comes and leaves no record anywhere."""
    b.exchange.ledger.cash += Decimal(dollars)
    b.exchange.version += 1


def test_cash_is_counted_at_first_contact_and_never_again_by_itself(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    assert [event.cash for event in of(b.run(MORNING, "09:35"), e.CashCounted)] == [100_000]
    for routine, at, day in ((MONITOR, "09:40", None), (EOD, "16:30", None), (MORNING, "09:35", WEDNESDAY)):
        told = b.run(routine, at, day) if day else b.run(routine, at)
        assert of_cash(told) == []
        assert told.state.cash == b.exchange.ledger.cash == 100_000 - COST


def test_a_trade_in_the_middle_of_the_first_contact_leaves_the_count_to_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path)
    lay(b, "OWN")
    once = iter([Decimal(50)])
    b.wire.on("GET", "/v2/account", then(lambda: [b.exchange.trade_by_hand("OWN", "buy", qty) for qty in once]))
    assert b.run(MONITOR, "09:40").state.cash is None
    told = b.run(MONITOR, "09:45")
    assert (told.state.cash, told.state.cash_difference) == (b.exchange.ledger.cash, None)


MOVES = {"CSD": "500", "CSW": "-2000", "FEE": "-12.34", "DIV": "31.02", "INT": "0.51", "JNLC": "250", "XYZW": "-7.77"}


@pytest.mark.parametrize("kind", MOVES)
def test_what_the_broker_put_on_record_explains_its_cash_in_the_same_run(tmp_path: Path, kind: str) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.pay(kind, Decimal(MOVES[kind]), "AAA" if kind == "DIV" else "")
    told = b.run(MONITOR, "09:40")
    assert [(event.activity.kind, event.activity.amount) for event in of(told, e.ActivityHeard)] == [
        (kind, Decimal(MOVES[kind]))
    ]
    assert (of_cash(told), told.state.cash, told.exit_code) == ([], b.exchange.ledger.cash, 0)
    again = b.run(MONITOR, "09:45")
    assert (of(again, e.ActivityHeard), again.state.cash) == ([], b.exchange.ledger.cash)


def test_a_withdrawal_a_moment_before_the_first_contact_is_in_the_count_and_counted_once(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("09:35") + timedelta(milliseconds=200))
    b.exchange.move_cash(Decimal(-5_000))
    b.exchange.advance_to(moment("09:35") + timedelta(milliseconds=700))
    assert b.run(MORNING).state.cash == b.exchange.ledger.cash
    told = b.run(MONITOR, "09:40")  # the broker is asked by the whole second, and tells of it
    assert (told.state.cash, told.state.cash_difference, told.state.day.flows) == (b.exchange.ledger.cash, None, -5_000)


def test_a_deposit_in_the_middle_of_the_first_contact_is_counted_once(tmp_path: Path) -> None:
    b = bench(tmp_path)
    once = iter([Decimal(5_000)])

    def paid_in() -> None:
        for sum_ in once:
            b.exchange.advance_to(b.exchange.now + timedelta(seconds=1))
            b.exchange.move_cash(sum_)

    b.wire.on("GET", "/v2/calendar", then(paid_in))
    b.run(MONITOR, "09:40")
    told = b.run(MONITOR, "09:45")
    assert (told.state.cash, told.state.cash_difference) == (b.exchange.ledger.cash, None)


def test_a_withdrawal_between_a_run_s_activities_and_its_account_is_no_lasting_difference(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    once = iter([Decimal(-2_000)])
    b.wire.on("GET", "/v2/account/activities", then(lambda: [b.exchange.move_cash(sum_) for sum_ in once]))
    told = b.run(MONITOR, "09:40")
    assert of_cash(told) == ["CashDifferenceSeen", "CashDifferenceSettled"]
    assert (told.exit_code, told.state.cash_difference, told.state.cash) == (0, None, b.exchange.ledger.cash)


def test_a_fill_between_a_run_s_orders_and_its_account_is_no_lasting_difference(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, "AAA", "150")))
    b.run(MORNING, "09:35")  # rests
    b.wire.acts = ()

    def filling(request: Request, handle: object) -> Response:
        stands(b, "AAA", "100")
        b.wire.acts = ()
        b.exchange.match()
        return b.wire.handle(request)

    b.wire.on("GET", "/v2/account/activities", filling)
    told = b.run(MONITOR, "09:40")
    assert of_cash(told) == ["CashDifferenceSeen", "CashDifferenceSettled"]
    assert (told.exit_code, told.state.cash_difference, told.state.positions["AAA"].qty) == (0, None, 99)


def test_a_trade_by_hand_explains_its_cash_and_is_a_difference_of_shares(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(40))
    told = b.run(MONITOR, "09:40")
    assert (of_cash(told), told.state.cash) == ([], b.exchange.ledger.cash)
    assert [(event.ours, event.theirs) for event in of(told, e.DifferenceSeen)] == [(99, 59)] * 2
    assert [(event.order.side.value, event.order.qty) for event in of(told, e.OutsideOrderSeen)] == [("sell", 40)]


def test_missing_cash_blocks_opening_in_the_run_that_sees_it_first_and_exits_go(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    b.signals.entries = [signal("BBB")]
    taken(b, "-500")
    stands(b, "AAA", "50")
    told = b.run(MONITOR, "09:40")
    assert told.state.day.verdicts["insider/BBB"].reason is Reason.CASH_UNEXPLAINED
    assert (sides(b, "AAA"), sides(b, "BBB")) == (["buy filled", "sell filled"], [])
    missing = told.state.cash_difference
    assert missing is not None
    assert (missing.confirmed, missing.ours - missing.theirs, "500.00 missing" in told.said) == (True, 500, True)


@pytest.mark.parametrize(("dollars", "seen"), [("-99", False), ("-101", True), ("99", False), ("101", True)])
def test_a_tenth_of_a_per_cent_of_equity_may_stay_unexplained(tmp_path: Path, dollars: str, seen: bool) -> None:
    b = holding(tmp_path, "AAA")
    taken(b, dollars)
    told = b.run(MONITOR, "09:40")
    assert (told.state.cash_difference is not None, "CASH DIFFERS" in told.said) == (seen, seen)


def test_more_cash_than_our_books_know_of_is_told_and_blocks_nothing(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    b.signals.entries = [signal("BBB")]
    taken(b, "700")
    told = b.run(MONITOR, "09:40")
    assert ("700.00 more than our books know of" in told.said, set(told.state.positions)) == (True, {"AAA", "BBB"})


def test_cash_that_was_missing_is_settled_when_its_record_comes(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    b.wire.on("GET", "/v2/account/activities", answering(200, []))
    b.exchange.pay("FEE", Decimal(-300))
    assert b.run(MONITOR, "09:40").state.cash_difference is not None
    b.wire.acts = ()
    b.signals.entries = [signal("BBB")]
    told = b.run(MONITOR, "09:45")
    assert (of_cash(told), set(told.state.positions)) == (["CashDifferenceSettled"], {"AAA", "BBB"})


def test_activities_that_are_not_told_are_exit_4_and_stops_are_kept(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "50")
    b.wire.on("GET", "/v2/account/activities", answering(500, {}))
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, sides(b, "AAA")) == (4, ["buy filled", "sell filled"])
    assert told.problems[0].startswith("fees, dividends and transfers not heard")
    b.wire.acts = ()
    assert b.run(MONITOR, "09:45").exit_code == 0


def test_the_owner_s_word_counts_cash_anew(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    taken(b, "-500")
    assert reconcile(b.desk(), Wish())[0].exit_code == 6
    told, _ = reconcile(b.desk(), Wish(cash=True))
    assert (told.exit_code, told.state.cash, told.state.cash_difference) == (0, b.exchange.ledger.cash, None)
    assert of_cash(b.run(MONITOR, "09:45")) == []


def test_partial_fills_at_odd_prices_leave_not_a_cent_unexplained(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", price="3.1", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    shows(b, "AAA", "3.0701", "3.0899", "3.0801")
    b.run(MONITOR, "09:40")
    shows(b, "AAA", "2.0303", "2.0404", "2.0303")
    for at in ("10:00", "10:05", "10:10"):
        told = b.run(MONITOR, at)
    assert (set(told.state.positions), told.state.cash) == ({"BBB"}, b.exchange.ledger.cash)


def test_a_deposit_heard_by_the_second_reading_is_no_loss_of_the_first_s_equity(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.signals.entries = []
    b.run(MONITOR, "09:36")
    b.signals.entries = [signal("AAA")]
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.move_cash(Decimal(30_000))))
    told = b.run(MORNING, "09:40")
    assert (told.state.halts, told.state.day.warned, told.state.cash_difference) == ({}, False, None)


def test_a_withdrawal_of_the_morning_before_the_first_contact_is_no_loss(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("08:30"))
    b.exchange.move_cash(Decimal(-10_000))
    told = b.run(MORNING, "09:35")
    assert (told.state.halts, told.state.cash, told.state.day.flows) == ({}, b.exchange.ledger.cash, -10_000)


def test_an_activity_without_a_time_ends_no_cycle(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.pay("FEE", Decimal(-1))
    b.wire.on(
        "GET",
        "/v2/account/activities",
        rewording(lambda rows: [{**row, "created_at": "0001-01-01T00:00:00Z"} for row in rows]),
    )
    stands(b, "AAA", "80")
    assert b.run(MONITOR, "09:40").state.positions == {}


def test_an_activity_dated_in_the_future_hides_no_later_one(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.pay("FEE", Decimal(-1))
    b.wire.on(
        "GET",
        "/v2/account/activities",
        rewording(lambda rows: [{**row, "created_at": "2026-08-01T00:00:00Z"} for row in rows]),
    )
    b.run(MONITOR, "09:40")
    b.wire.acts = ()
    b.exchange.move_cash(Decimal(-2_000))
    told = b.run(MONITOR, "09:45")
    assert (told.state.cash_difference, told.state.day.flows) == (None, -2_000)


def test_an_activity_put_on_record_a_day_late_is_still_heard(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(moment("10:00"))
    b.exchange.pay("FEE", Decimal(-300))
    late = b.exchange.ledger.activities.pop()
    b.exchange.advance_to(moment("12:00"))
    b.exchange.pay("INT", Decimal(1))
    assert b.run(MONITOR, "12:05").state.cash_difference is not None
    b.exchange.ledger.activities.insert(-1, late)
    assert b.run(MONITOR, "12:10").state.cash_difference is None


def test_the_owner_s_recount_of_missing_cash_is_no_loss(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.ledger.cash -= 8_000
    b.run(MONITOR, "09:40")
    reconcile(b.desk(), Wish(cash=True))
    told = b.run(MONITOR, "09:45")
    assert (told.state.halts, told.state.day.flows, told.state.cash_difference) == ({}, -8_000, None)


def test_one_reading_without_equity_halts_nothing(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.wire.on("GET", "/v2/account", rewording(lambda row: row if isinstance(row, list) else {**row, "equity": "0"}))
    assert b.run(MONITOR, "09:40").state.halts == {}


def test_an_activity_dated_ahead_makes_no_other_count_twice(tmp_path: Path) -> None:
    """Seen red when: those a week older than the newest were forgotten, and read again two days behind today."""
    b = holding(tmp_path, "AAA")
    b.signals.entries = []
    fee = {"activity_type": "FEE", "net_amount": "-5", "date": "2026-02-04"}
    rows = [
        {"id": "1", **fee, "created_at": "2026-02-04T14:31:00Z"},
        {"id": "2", "activity_type": "DIV", "net_amount": "3", "date": "2026-02-20", "symbol": "AAA"},
    ]
    b.wire.on("GET", "/v2/account/activities", rewording(lambda told: told + rows))
    for clock, paid in (("09:40", -2), ("09:45", -2), ("09:50", -7), ("09:55", -7)):
        if clock == "09:50":
            rows.append({"id": "3", **fee, "created_at": "2026-02-04T14:46:00Z"})
        assert b.run(MONITOR, clock, WEDNESDAY).state.cash == 100_000 - COST + paid


def test_what_is_dated_friday_and_put_on_record_on_monday_is_heard_behind_one_of_monday(tmp_path: Path) -> None:
    """Seen red when: activities were read again from two days before the newest known."""
    b = holding(tmp_path, "AAA")
    b.signals.entries = []
    monday = date(2026, 2, 9)
    rows: list[dict[str, str]] = []

    def by_date(request: Request, handle: Callable[[Request], Response]) -> Response:
        told = [row for row in rows if f"{row['date']}T05:00:00Z" > request.query["after"]]
        return Response(200, {}, json.dumps(told).encode())

    b.wire.on("GET", "/v2/account/activities", by_date)
    for clock, kind, day, dollars in (("10:00", "INT", "2026-02-09", 1), ("10:05", "DIV", "2026-02-06", 300)):
        rows.append({"id": kind, "activity_type": kind, "net_amount": str(dollars), "date": day})
        taken(b, str(dollars))
        told = b.run(MONITOR, clock, monday)
        assert (told.state.cash, told.state.cash_difference) == (b.exchange.ledger.cash, None)


def test_what_is_put_on_record_ten_days_behind_its_date_is_counted_once(tmp_path: Path) -> None:
    """Seen red when: activities were kept for a week behind the newest, and the desk had not run meanwhile."""
    b = holding(tmp_path, "AAA")
    b.signals.entries = []
    told = [("DIV", "2026-02-10"), ("INT", "2026-02-20"), ("FEE", "2026-02-20")]
    rows = [{"id": kind, "activity_type": kind, "net_amount": "300", "date": day} for kind, day in told]
    shown = rows[:2]

    def by_record(request: Request, handle: Callable[[Request], Response]) -> Response:
        return Response(200, {}, json.dumps(shown).encode())

    b.wire.on("GET", "/v2/account/activities", by_record)
    for clock, more in (("10:00", 600), ("10:05", 0), ("10:10", 300), ("10:15", 0)):
        shown = rows if clock >= "10:10" else shown
        taken(b, str(more))
        state = b.run(MONITOR, clock, date(2026, 2, 20)).state
        assert (state.cash, state.cash_difference) == (b.exchange.ledger.cash, None)
