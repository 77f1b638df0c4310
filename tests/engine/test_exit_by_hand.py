"""The owner's own judgement: `exit`, `block` and `unblock`, and the breakers beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.errors import UsageError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules, Caps, EntryRules, Rules
from automated_trading.engine.settling import ask_exit, block, unblock
from tests.engine.builders import EOD, MONITOR, MORNING, TUESDAY, WEDNESDAY, Bench, bench, moment, names, signal
from tests.engine.stage import holding, requests_of, shows, sides, stands
from tests.engine.wire import answering, then

THURSDAY, FRIDAY = date(2026, 2, 5), date(2026, 2, 6)


def test_an_exit_asked_for_is_sold_at_the_market_in_the_next_cycle(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    asked, requests = requests_of(b, lambda: ask_exit(b.desk(), "AAA"))
    assert (requests, asked.exit_code, set(asked.state.leaving)) == ([], 0, {"AAA"})
    told = b.run(MONITOR, "10:00")
    assert ([(t.symbol, t.reason) for t in told.state.day.closed], told.state.leaving) == ([("AAA", "owner_exit")], {})
    assert (sides(b, "AAA"), b.orders("AAA")[-1].type) == (["buy filled", "sell filled"], "market")
    assert set(told.state.positions) == {"BBB"}


def test_it_goes_while_the_desk_is_halted(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.halt()
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "10:00")
    assert (told.state.positions, set(told.state.halts)) == ({}, {Reason.OWNER})


def test_the_kill_switch_holds_it_back_and_it_stands_until_then(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    ask_exit(b.desk(), "AAA")
    b.switch_off()
    b.run(MONITOR, "10:00")
    assert sides(b, "AAA") == ["buy filled"]
    b.switch_off(False)
    assert b.run(MONITOR, "10:05").state.positions == {}


def test_asked_for_at_night_it_is_sold_at_the_next_open(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    ask_exit(b.desk(), "AAA")
    b.signals.entries = []
    b.run(MONITOR, "17:00")
    assert b.run(MONITOR, "09:30", WEDNESDAY).state.positions == {}


def test_it_needs_no_price_to_agree(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    ask_exit(b.desk(), "AAA")
    b.wire.on("GET", "/v2/stocks/snapshots", answering(500, {}))
    assert b.run(MONITOR, "10:00").state.positions == {}


def test_an_open_buy_of_the_symbol_is_cancelled_first(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    b.run(MORNING, "09:35")
    stands(b, "AAA", "150")
    bought = b.state().positions["AAA"].qty
    assert 0 < bought < 99
    ask_exit(b.desk(), "AAA")
    b.exchange.partial_fill_rate = Decimal(0)
    b.run(MONITOR, "09:36")
    assert [(row.side, row.status.value, row.filled_qty) for row in b.orders("AAA")] == [
        ("buy", "canceled", bought),
        ("sell", "filled", bought),
    ]


def test_it_takes_the_place_of_a_limit_that_rests_because_prices_did_not_agree(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    shows(b, "AAA", "91", "102", "99")
    for at in ("10:00", "10:05", "10:10"):
        b.run(MONITOR, at)
    ask_exit(b.desk(), "AAA")
    told = b.run(MONITOR, "10:15")
    assert sides(b, "AAA") == ["buy filled", "sell canceled", "sell filled"]
    assert [trade.reason for trade in told.state.day.closed] == ["owner_exit"]


def test_one_that_ended_unfilled_is_asked_again(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    ask_exit(b.desk(), "AAA")
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.cancel(b.orders()[-1].id)))
    b.run(MONITOR, "10:00")
    b.wire.acts = ()
    assert b.run(MONITOR, "10:05").state.positions == {}
    assert sides(b, "AAA") == ["buy filled", "sell canceled", "sell filled"]


def test_what_is_not_held_cannot_be_sold_and_nothing_is_written(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    before = (b.folder / "audit_log.jsonl").read_bytes()
    with pytest.raises(UsageError, match="do not hold ZZZ: they hold AAA"):
        ask_exit(b.desk(), "ZZZ")
    assert (b.folder / "audit_log.jsonl").read_bytes() == before


def test_a_symbol_sold_and_bought_anew_is_not_sold_by_the_old_wish(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", rules=Rules(entries=replace(EntryRules(), cool_down=timedelta(0))))
    ask_exit(b.desk(), "AAA")
    b.run(MONITOR, "13:00")
    b.run(EOD, "16:30")
    b.run(MORNING, "09:35", WEDNESDAY)
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (told.state.positions["AAA"].qty, told.state.leaving) == (99, {})


def test_a_blocked_symbol_is_not_bought_until_it_is_unblocked(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    block(b.desk(), "AAA", "lawsuit")
    told = b.run(MORNING, "09:35")
    verdict = told.state.day.verdicts["insider/AAA"]
    assert (verdict.reason, verdict.detail, b.orders()) == (Reason.BLOCKED, "lawsuit", [])
    unblock(b.desk(), "AAA")
    assert set(b.run(MONITOR, "09:40").state.positions) == {"AAA"}


def test_a_block_outlives_sessions_and_leaves_what_is_held_to_its_stop(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    block(b.desk(), "AAA", "no more")
    b.run(EOD, "16:30")
    stands(b, "AAA", "90")
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (told.state.positions, told.state.blocked) == ({}, {"AAA": "no more"})


def test_a_block_takes_back_an_intent_that_was_not_sent(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", answering(429, {}))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    block(b.desk(), "AAA", "no")
    b.run(MONITOR, "09:40")
    assert b.orders() == []


def test_a_block_takes_back_a_buy_that_rests(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", then(lambda: stands(b, "AAA", "150")))
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    block(b.desk(), "AAA", "no")
    b.run(MONITOR, "09:40")
    assert sides(b, "AAA") == ["buy canceled"]


def test_what_is_not_blocked_cannot_be_unblocked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="AAA is not blocked"):
        unblock(bench(tmp_path, "AAA").desk(), "AAA")


FIVE = ("AAA", "BBB", "CCC", "DDD", "EEE")


def five_losses(home: Path, rules: Rules | None = None) -> Bench:
    """Five positions of one per cent each, sold at their stops on Wednesday."""
    caps = Caps(max_position=Decimal("0.01"))
    b = holding(home, *FIVE, rules=replace(rules or Rules(), caps=caps))
    for ticker in FIVE:
        stands(b, ticker, "90")
    b.signals.entries = []
    b.run(MONITOR, "09:40", WEDNESDAY)
    b.run(MONITOR, "09:45", WEDNESDAY)
    return b


def test_five_losing_closes_halt_through_the_next_session_and_the_one_after_opens(tmp_path: Path) -> None:
    b = five_losses(tmp_path)
    assert (set(b.state().halts), b.state().halts[Reason.LOSING_STREAK].session) == ({Reason.LOSING_STREAK}, THURSDAY)
    b.signals.entries = [signal("FFF")]
    b.exchange.set_close("FFF", Decimal(100))
    stands(b, "FFF", "100")
    assert b.run(MORNING, "09:50", WEDNESDAY).state.positions == {}
    assert b.run(MORNING, "09:35", THURSDAY).state.positions == {}
    told = b.run(MORNING, "09:35", FRIDAY)
    assert (set(told.state.positions), told.state.halts, told.state.losses) == ({"FFF"}, {}, ())
    assert "Resumed" in names(told)


def test_a_streak_that_ends_in_the_day_s_last_run_halts_no_session_too_many(tmp_path: Path) -> None:
    b = holding(tmp_path, *FIVE, rules=Rules(caps=Caps(max_position=Decimal("0.01"))))
    for ticker in FIVE:
        stands(b, ticker, "90")
    b.signals.entries = []
    told = b.run(MONITOR, "15:55", WEDNESDAY)
    assert told.state.halts[Reason.LOSING_STREAK].session == THURSDAY


def test_the_owner_s_resume_ends_the_streak_and_counts_anew(tmp_path: Path) -> None:
    b = five_losses(tmp_path)
    assert b.resume().said == "resumed: losing_streak"
    told = b.run(MONITOR, "09:50", WEDNESDAY)
    assert (told.state.halts, told.state.losses) == ({}, ())


def test_the_streak_spans_sessions_and_a_gain_ends_it(tmp_path: Path) -> None:
    b = holding(tmp_path, *FIVE, rules=Rules(caps=Caps(max_position=Decimal("0.01"))))
    b.signals.entries = []
    for day, ticker, price in ((TUESDAY, "AAA", "90"), (WEDNESDAY, "BBB", "91"), (THURSDAY, "CCC", "90")):
        stands(b, ticker, price)
        b.run(MONITOR, "10:00", day)
    assert (len(b.state().losses), b.state().halts) == (3, {})
    stands(b, "DDD", "110")
    ask_exit(b.desk(), "DDD")
    b.run(MONITOR, "10:05", THURSDAY)
    assert b.state().losses == ()


def test_losses_too_small_to_count_do_not(tmp_path: Path) -> None:
    b = five_losses(tmp_path, Rules(breakers=BreakerRules(ignore_loss=Decimal("0.11"))))
    assert (b.state().halts, len(b.state().losses)) == ({}, 5)


def drawn_down(b: Bench, dollars: str) -> None:
    """Equity falls by so much and no owner moved it: a fee on record."""
    b.exchange.advance_to(b.exchange.now + timedelta(minutes=1))
    b.exchange.pay("FEE", Decimal(dollars))


def test_a_drawdown_halts_until_the_owner_resumes_and_the_mark_begins_anew(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", rules=Rules(breakers=BreakerRules(daily_loss=Decimal("0.99"))))
    b.signals.entries = []
    b.run(MONITOR, "09:40")
    drawn_down(b, "-15000")
    told = b.run(MONITOR, "09:45")
    assert (set(told.state.halts), told.state.high_water) == ({Reason.DRAWDOWN}, 100_000)
    b.run(EOD, "16:30")
    b.signals.entries = [signal("AAA")]
    assert b.run(MORNING, "09:35", THURSDAY).state.positions == {}
    assert b.resume().said == "resumed: drawdown"
    told = b.run(MONITOR, "09:40", THURSDAY)
    assert (set(told.state.positions), told.state.high_water, told.state.halts) == ({"AAA"}, 85_000, {})


@pytest.mark.parametrize(("dollars", "halted"), [("-14999.99", False), ("-15000.00", True)])
def test_the_drawdown_fires_at_its_cent(tmp_path: Path, dollars: str, halted: bool) -> None:
    b = bench(tmp_path, rules=Rules(breakers=BreakerRules(daily_loss=Decimal("0.99"))))
    b.run(MONITOR, "09:40")
    drawn_down(b, dollars)
    assert (Reason.DRAWDOWN in b.run(MONITOR, "09:45").state.halts) is halted


@pytest.mark.parametrize("overnight", [False, True])
def test_a_withdrawal_is_no_drawdown_and_no_day_loss(tmp_path: Path, overnight: bool) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.run(EOD, "16:30")
    b.exchange.advance_to(moment("17:00"))
    b.exchange.move_cash(Decimal(-40_000))
    b.signals.entries = []
    told = b.run(MONITOR, "09:40", WEDNESDAY) if overnight else b.run(MONITOR, "17:30")
    assert told.state.halts == {}
    told = b.run(MONITOR, "10:00", WEDNESDAY)
    assert (told.state.halts, told.state.high_water is not None and told.state.high_water < 60_100) == ({}, True)
    drawn_down(b, "-9000")  # fifteen per cent of what is left
    assert Reason.DRAWDOWN in b.run(MONITOR, "10:05", WEDNESDAY).state.halts


def test_a_deposit_heard_at_night_hides_no_loss_of_the_next_day(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.run(MONITOR, "09:40")
    b.exchange.advance_to(moment("17:00"))
    b.exchange.move_cash(Decimal(50_000))
    b.run(EOD, "17:30")
    b.exchange.advance_to(moment("08:00", WEDNESDAY))
    drawn_down(b, "-6000")
    assert Reason.DAY_LOSS in b.run(MONITOR, "09:40", WEDNESDAY).state.halts


def test_a_deposit_hides_no_day_loss(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.run(MONITOR, "09:40")
    b.exchange.advance_to(moment("09:44"))
    b.exchange.move_cash(Decimal(50_000))
    b.run(MONITOR, "09:45")
    drawn_down(b, "-5000")
    told = b.run(MONITOR, "09:50")
    assert set(told.state.halts) == {Reason.DAY_LOSS}


def test_half_the_day_s_limit_is_warned_of_once(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.run(MONITOR, "09:40")
    drawn_down(b, "-2500")
    assert "WARNING" in b.run(MONITOR, "09:45").said
    told = b.run(MONITOR, "09:50")
    assert ("LossWarned" in names(told), told.state.halts) == (False, {})
