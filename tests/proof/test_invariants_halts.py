"""I5, I17, I21: halts, caps and counters under the whole rule book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.orders import Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules, Caps, ExitRules, Rules
from automated_trading.engine import settling
from automated_trading.engine.settling import Wish
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, signal
from tests.engine.wire import answering, then

POST = ("POST", "/v2/orders")
ONE = Rules(caps=Caps(max_positions=1), breakers=BreakerRules(drawdown=Decimal("0.02")))
THURSDAY, MARCH = date(2026, 2, 5), date(2026, 3, 2)

HALTS: dict[str, Callable[[Bench], object]] = {
    "halt": lambda b: b.halt(),
    "day loss": lambda b: b.exchange.pay("FEE", Decimal(-6_000)),
    "drawdown": lambda b: b.exchange.pay("FEE", Decimal(-2_500)),
    "cash missing": lambda b: setattr(b.exchange.ledger, "cash", b.exchange.ledger.cash - 900),
    "kill switch": lambda b: b.switch_off(),
}


def freed(home: Path) -> Bench:
    """AAA was sold at its stop and BBB waits in the queue: the next monitor puts the room to use."""
    b = bench(home, "AAA", "BBB", rules=ONE)
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(91))
    b.run(MONITOR, "09:40")
    b.exchange.advance_to(moment("09:44"))
    return b


def buys(b: Bench, symbol: str) -> list[str]:
    return [row.client_order_id.split("-")[3] for row in b.orders(symbol) if row.side == "buy"]


def test_i5_what_a_halt_keeps_from_being_redeployed_would_be_without_it(tmp_path: Path) -> None:
    b = freed(tmp_path)
    b.run(MONITOR, "09:45")
    assert buys(b, "BBB") == ["120000"]


@pytest.mark.parametrize("halt", HALTS)
@pytest.mark.parametrize("path", ["the queue", "an intent of before"])
def test_i5_halted_nothing_is_redeployed(tmp_path: Path, halt: str, path: str) -> None:
    """Seen red when: `why_nothing_opens` passes over a halt that stands."""
    b = freed(tmp_path)
    if path == "an intent of before":
        b.wire.on(*POST, answering(429, {}))
        told = b.run(MONITOR, "09:45").state
        assert [order.symbol for order in told.open_orders()] == ["BBB"]
        b.wire.acts = ()
        b.exchange.advance_to(moment("09:49"))
    HALTS[halt](b)
    b.run(MONITOR, "09:50")
    assert buys(b, "BBB") == []


@pytest.mark.parametrize("halt", ["halt", "day loss", "drawdown"])
def test_i5_halted_a_resting_buy_is_cancelled_in_that_cycle(tmp_path: Path, halt: str) -> None:
    """Seen red when: `cancels` asks for the owner's halt alone."""
    b = bench(tmp_path, "AAA", rules=ONE)
    b.wire.on(*POST, then(lambda: b.exchange.set_price("AAA", Decimal(150))))
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:39"))
    HALTS[halt](b)
    told = b.run(MONITOR, "09:40")
    assert [row.status.value for row in b.orders()] == ["canceled"]
    assert told.state.halted


WAYS_OUT: dict[str, Callable[[Bench], object]] = {
    "stop_loss": lambda b: b.exchange.set_price("AAA", Decimal(80)),
    "trailing_stop": lambda b: b.exchange.set_price("AAA", Decimal(100)),
    "owner_exit": lambda b: settling.ask_exit(b.desk(), "AAA"),
    "undecided": lambda b: b.exchange.set_quote("AAA", Decimal(0), Decimal(130), last=Decimal(80)),
}


@pytest.mark.parametrize("reason", WAYS_OUT)
@pytest.mark.parametrize("halt", ["halt", "drawdown", "cash missing"])
def test_i5_halted_every_way_out_stays_open(tmp_path: Path, halt: str, reason: str) -> None:
    """Seen red when: `exits.to_exit` answers nothing while the state is halted."""
    b = bench(tmp_path, "AAA", rules=ONE)
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(110))
    b.run(MONITOR, "09:40")
    HALTS[halt](b)
    WAYS_OUT[reason](b)
    for at in ("09:45", "09:50", "09:55"):
        b.run(MONITOR, at)
    sold = [order.reason for order in b.state().orders.values() if order.side is Side.SELL]
    assert (sold, [row.side for row in b.orders()]) == ([reason], ["buy", "sell"])


CAPS = {
    "positions": (Caps(max_positions=3), Reason.MAX_POSITIONS),
    "exposure": (Caps(max_exposure=Decimal("0.3")), Reason.MAX_EXPOSURE),
    "orders a day": (Caps(max_entries_per_day=3), Reason.DAILY_ORDERS),
    "sector": (Caps(max_sector=Decimal("0.3")), Reason.MAX_SECTOR),
}


def in_full(b: Bench) -> None: ...


def in_part(b: Bench) -> None:
    b.exchange.partial_fill_rate = Decimal(1)


def at_rest(b: Bench) -> None:
    names = [str(entry["ticker"]) for entry in b.signals.entries or []]
    b.wire.on(*POST, then(lambda: [b.exchange.set_price(name, Decimal("101.5")) for name in names]))


def unclear(b: Bench) -> None:
    b.wire.on(*POST, answering(502, {}))


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("fate", [in_full, in_part, at_rest, unclear])
def test_i17_caps_count_what_rests_and_what_is_unclear_and_hold_inside_one_batch(
    tmp_path: Path, cap: str, fate: Callable[[Bench], None]
) -> None:
    """Seen red when: `room` leaves out open buys, or `answer` hands its room on undiminished."""
    caps, reason = CAPS[cap]
    names = [f"A{letter}" for letter in "ABCDEF"]
    b = bench(tmp_path, *names, rules=Rules(caps=caps, breakers=BreakerRules(order_failures=99)))
    b.signals.entries = [signal(name, sector="Energy") for name in names]
    fate(b)
    told = b.run(MORNING, "09:35")
    assert len(told.state.orders) == 3
    assert {told.state.day.verdicts[f"insider/{name}"].reason for name in names[3:]} == {reason}
    b.signals.entries = [signal("AG", sector="Energy")]
    b.exchange.set_close("AG", Decimal(100))
    b.exchange.set_price("AG", Decimal(100))
    again = b.run(MORNING, "09:40").state
    assert (len(again.orders), again.day.verdicts["insider/AG"].reason) == (3, reason)


def test_i17_no_position_is_larger_than_its_share_of_the_book(tmp_path: Path) -> None:
    """Seen red when: the slot is taken of the account's whole equity, the owner's own holding among it."""
    b = bench(tmp_path, "AAA", "BBB")
    b.signals.entries = []
    b.run(MORNING, "09:35")
    b.exchange.set_price("CCC", Decimal(100))
    b.exchange.trade_by_hand("CCC", "buy", Decimal(400))
    settling.reconcile(b.desk(), Wish(ignore=("CCC",)))
    b.signals.entries = [signal("AAA"), signal("BBB")]
    b.run(MONITOR, "09:40")
    own = (b.exchange.equity() - 40_000) / 10
    spent = [row.qty * (row.limit_price or 0) for row in b.orders() if row.symbol != "CCC"]
    assert (len(spent), max(spent) <= own) == (2, True)


SAID = (
    "blocked",
    "ignored",
    "leaving",
    "undecided",
    "cash",
    "cash_difference",
    "losses",
    "sold",
    "high_water",
    "halts",
)


def much_said(home: Path) -> Bench:
    """A desk with something in every counter and every word of the owner's."""
    rules = Rules(breakers=BreakerRules(losing_streak=1), exits=ExitRules(ages=()))
    b = bench(home, "AAA", "BBB", "CCC", rules=rules)
    b.run(MORNING, "09:35")
    b.exchange.set_price("DDD", Decimal(100))
    b.exchange.advance_to(moment("09:36"))
    b.exchange.trade_by_hand("DDD", "buy", Decimal(5))
    b.exchange.set_price("AAA", Decimal(80))
    b.exchange.set_quote("BBB", Decimal(0), Decimal(130), last=Decimal(80))
    b.exchange.ledger.cash -= 900
    b.run(MONITOR, "09:40")
    b.exchange.set_price("BBB", None)
    settling.block(b.desk(), "EEE", "by hand")
    settling.reconcile(b.desk(), Wish(ignore=("DDD",)))
    settling.ask_exit(b.desk(), "BBB")
    b.run(MONITOR, "09:45")
    b.exchange.advance_to(moment("09:50"))
    return b


def forget_the_snapshots(b: Bench) -> None:
    for name in NAMES:
        (b.folder / f"{name}.json").unlink()


@pytest.mark.parametrize("rebuilt", [False, True])
def test_i21_every_counter_and_every_word_survives_a_restart_and_the_turn_of_a_month(
    tmp_path: Path, rebuilt: bool
) -> None:
    """Seen red when: a session that begins empties a field that is not the day's."""
    b = much_said(tmp_path)
    before = b.state()
    assert all(getattr(before, name) for name in SAID), [name for name in SAID if not getattr(before, name)]
    if rebuilt:
        forget_the_snapshots(b)
    same = b.run(MONITOR, "09:50").state
    assert [name for name in SAID if getattr(same, name) != getattr(before, name)] == []
    b.run(EOD, "16:30")
    b.exchange.set_price("BBB", None)
    if rebuilt:
        forget_the_snapshots(b)
    after = b.run(MONITOR, "09:40", MARCH).state
    assert (b.folder / "audit_log-2026-02.jsonl").exists()
    kept = [name for name in SAID if name not in ("halts", "losses", "undecided", "high_water")]
    assert [name for name in kept if getattr(after, name) != getattr(before, name)] == []
    assert b.state() == after


def test_i21_each_halt_is_lifted_by_its_own_rule_or_by_the_owner(tmp_path: Path) -> None:
    """Seen red when: `lifted` lets a halt go on its last session's own date."""
    rules = Rules(breakers=BreakerRules(losing_streak=1, drawdown=Decimal("0.06"), daily_loss=Decimal("0.05")))
    b = bench(tmp_path, "AAA", rules=rules)
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(80))
    b.run(MONITOR, "09:40")
    b.exchange.advance_to(moment("09:42"))
    b.exchange.pay("FEE", Decimal(-6_000))
    told = b.run(MONITOR, "09:45").state
    assert set(told.halts) == {Reason.LOSING_STREAK, Reason.DAY_LOSS, Reason.DRAWDOWN}
    tomorrow = b.run(MONITOR, "09:40", WEDNESDAY).state
    assert set(tomorrow.halts) == {Reason.LOSING_STREAK, Reason.DRAWDOWN}
    after = b.run(MONITOR, "09:40", THURSDAY).state
    assert (set(after.halts), after.losses) == ({Reason.DRAWDOWN}, ())
    resumed = b.resume().state
    assert (resumed.halts, resumed.high_water) == ({}, b.exchange.equity())
    assert b.run(MONITOR, "09:45", THURSDAY).state.halts == {}


def test_i21_the_owners_word_does_not_lift_the_days_loss(tmp_path: Path) -> None:
    """Seen red when: `resume` lifts every halt."""
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:36"))
    b.exchange.pay("FEE", Decimal(-6_000))
    b.run(MONITOR, "09:40")
    assert set(b.resume().state.halts) == {Reason.DAY_LOSS}
    assert set(b.run(MONITOR, "09:45").state.halts) == {Reason.DAY_LOSS}


@pytest.mark.parametrize("amount", [-50_000, 50_000])
def test_i21_money_of_the_owners_trips_no_breaker_and_hides_none(tmp_path: Path, amount: int) -> None:
    """Seen red when: `_flow` does not take the high-water mark along, or `day_change` does not leave flows out."""
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:36"))
    b.exchange.move_cash(Decimal(amount))
    told = b.run(MONITOR, "09:40").state
    assert (told.halts, told.day.flows) == ({}, amount)
    assert told.high_water is not None
    assert abs(told.high_water / b.exchange.equity() - 1) < Decimal("0.001")
    b.exchange.advance_to(moment("09:41"))
    b.exchange.pay("FEE", -b.exchange.equity() * Decimal("0.16"))
    assert set(b.run(MONITOR, "09:45").state.halts) == {Reason.DAY_LOSS, Reason.DRAWDOWN}
