"""A knob that changes nothing is worse than none: each rule, told in trading.toml, changes what the desk decides.

Law of the file: one row a key, a value that is not its default, and a scene in which the two decide differently. A key
without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from automated_trading.decisions import breakers, cancels, entries, exits, protecting, redeployment, routines, watching
from automated_trading.decisions.routines import Routine
from automated_trading.domain import events as e
from automated_trading.domain.orders import Kind, Order, OrderStatus, Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import QueuedSignal, State
from automated_trading.settings import RULE_KEYS, load_settings
from tests.builders import (
    BOOK,
    MINUTE,
    NOW,
    SECOND,
    TODAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_quote,
    a_sell,
    a_signal,
    a_state,
    an_account,
    resting,
)

Scene = Callable[[Rules], Any]


@dataclass(frozen=True)
class Row:
    """The line of trading.toml, the scene, and lines that both sides have."""

    told: str
    scene: Scene
    both: str = ""


def said(found: list[e.Event]) -> list[object]:
    """What events decide, without the figures that only describe it."""
    return [
        (event.order.qty, event.order.limit_price, event.order.kind, event.order.reason)
        if isinstance(event, e.OrderIntended)
        else (type(event).__name__, getattr(event, "reason", None))
        for event in found
    ]


def entering(state: State | None = None, signal: dict[str, Any] | None = None, **market: Any) -> Scene:
    """One signal for AAA, judged."""
    one = a_signal(**(signal or {}))
    return lambda rules: said(entries.decide(state or a_state(), a_market([one], **market), rules, BOOK))


def selling(position: dict[str, Any] | None = None, undecided: int = 0, day: date = TODAY, **price: Any) -> Scene:
    """Ten shares of AAA bought at ten, watched and judged at a price."""
    held = a_position(**(position or {}))

    def scene(rules: Rules) -> object:
        state = a_state(held, undecided={"AAA": undecided} if undecided else {})
        market = a_market(prices={"AAA": a_price(**price)}, held={"AAA": "10"})
        market = replace(market, session=replace(market.session, date=day))
        seen = watching.observe(state, market, rules.exits)
        sold = exits.decide(state, market, exits.to_exit(state, market, rules.exits))
        return said(seen), said(sold), [getattr(one, "stop", None) for one in seen]

    return scene


def cancelling(order: Order) -> Scene:
    state, market = a_state(order, undecided={"AAA": 3}), a_market()
    return lambda rules: cancels.decide(state, market, rules, exits.to_exit(state, market, rules.exits))


def guarding(position: dict[str, Any] | None = None) -> Scene:
    """Ten shares of AAA that no stop at the broker guards yet."""
    state, market = a_state(a_position(**(position or {}))), a_market(held={"AAA": "10"})

    def scene(rules: Rules) -> object:
        found = protecting.decide(state, market, rules.exits, exits.to_exit(state, market, rules.exits))
        return [(event.order.kind, event.order.stop_price) for event in found if isinstance(event, e.OrderIntended)]

    return scene


def breaking(state: State, equity: str = "100000") -> Scene:
    return lambda rules: said(breakers.decide(state, a_market(account=an_account(equity)), rules.breakers))


def redeploying(freed: str = "500", ask: str = "10.00", again: bool = False, at: str = "") -> Scene:
    """A queued AAA, money freed by a sale of BBB, and perhaps a redeployment of CCC that has filled."""
    sale = replace(a_sell("BBB"), status=OrderStatus.FILLED, filled_qty=D(10), filled_value=D(freed))
    queued = QueuedSignal(BOOK, a_signal(), TODAY, Reason.MAX_POSITIONS, NOW)
    other = a_buy("CCC")
    other = replace(other, decision=replace(other.decision, purpose=Purpose.REDEPLOY), status=OrderStatus.FILLED)
    other = replace(other, filled_qty=D(1), filled_value=D(10))
    state = a_state(sale, *([other] if again else []), queue={f"{BOOK}/AAA": queued})
    quote = a_price(bid=str(D(ask) - D("0.01")), ask=ask, last=ask)

    def scene(rules: Rules) -> object:
        market = a_market(prices={"AAA": quote}, opening=False)
        if at:
            market = replace(market, now=market.session.closes - timedelta(minutes=int(at)))
            market = replace(market, prices={"AAA": replace(quote, quote=a_quote(ask=ask, now=market.now))})
        may = routines.may_redeploy(Routine.MONITOR, market, rules.entries, rules.redeployment)
        return said(redeployment.decide(state, replace(market, redeploying=may), rules, BOOK))

    return scene


def losing(count: int, *fractions: str) -> Scene:
    return breaking(a_state(losses=tuple(map(D, fractions)) * count))


FULL_SECTOR = a_state(a_position("BBB", "3500", "10", sector="Mining"))
TWO_HELD = a_state(a_position("BBB"), a_position("CCC"))
FILLED = {"status": OrderStatus.FILLED, "filled_qty": D(10), "filled_value": D(100)}
BOUGHT_BEFORE = a_state(replace(resting(a_buy("BBB")), **FILLED))
LIMIT_SELL = resting(a_sell(kind=Kind.LIMIT, limit_price=D("9")))
YEAR_AGO = date(2025, 1, 2)
TARGETS = "enable_take_profit = true"


def of_tier(tier: str, fraction: str) -> Scene:
    """A position as its tier bought it: a tighter rule raises its stop."""
    held = {"tier": tier, "stop_fraction": D(fraction), "stop": 10 * (1 - D(fraction))}
    return selling(held)


def at_a_target(tier: str) -> Scene:
    """Eleven per cent over entry, under every target as it comes."""
    return selling({"tier": tier}, bid="11.10", ask="11.11", last="11.10")


ROWS = {
    "MIN_SIGNAL_SCORE": Row("min_signal_score = 9", entering()),
    "COOL_DOWN_DAYS": Row("cool_down_days = 3", entering(a_state(sold={"AAA": TODAY - timedelta(days=4)}))),
    "QUOTE_MAX_AGE_SECONDS": Row("quote_max_age_seconds = 30", entering(prices={"AAA": a_price(age=60 * SECOND)})),
    "MAX_SPREAD_PCT": Row("max_spread_pct = 0.03", entering(prices={"AAA": a_price("9.75", "10", "9.9")})),
    "MAX_GAP_UP_PCT": Row("max_gap_up_pct = 0.05", entering(prices={"AAA": a_price("10.39", "10.40", "10.40")})),
    "MAX_GAP_DOWN_PCT": Row("max_gap_down_pct = 0.2", entering(prices={"AAA": a_price("8.99", "9.00", "9.00")})),
    "FAR_FROM_SIGNAL_PCT": Row("far_from_signal_pct = 0.3", entering(signal={"entry_price": D(8)})),
    "ENTRY_LIMIT_PREMIUM_PCT": Row("entry_limit_premium_pct = 0.002", entering()),
    "ENTRY_LAST_PREMIUM_PCT": Row("entry_last_premium_pct = 0.001", entering()),
    "ENTRY_TIMEOUT_MINUTES": Row("entry_timeout_minutes = 5", cancelling(resting(a_buy()))),
    "SIZING": Row('sizing = "score"', entering()),
    "MAX_POSITION_PCT": Row("max_position_pct = 0.05", entering()),
    "SCORE_SIZES": Row('score_sizes = "6:0.01 20:0.02"', entering(), both='sizing = "score"'),
    "MAX_POSITIONS": Row("max_positions = 2", entering(TWO_HELD)),
    "MAX_TOTAL_EXPOSURE": Row("max_total_exposure = 0.05", entering()),
    "MAX_SECTOR_PCT": Row("max_sector_pct = 0.6", entering(FULL_SECTOR, signal={"sector": "Mining"})),
    "MAX_ENTRIES_PER_DAY": Row("max_entries_per_day = 1", entering(BOUGHT_BEFORE)),
    "CAPITAL_LIMIT": Row("capital_limit = 50000", entering()),
    "EXIT_ORDER": Row(
        'exit_order = "age stop trailing"', selling({"session": YEAR_AGO}, bid="9", ask="9.01", last="9")
    ),
    "STOP_LOSS_TIER1_PCT": Row("stop_loss_tier1_pct = 0.05", of_tier("tier1", "0.12")),
    "STOP_LOSS_TIER2_PCT": Row("stop_loss_tier2_pct = 0.05", of_tier("tier2", "0.10")),
    "STOP_LOSS_TIER3_PCT": Row("stop_loss_tier3_pct = 0.05", of_tier("tier3", "0.08")),
    "DEFAULT_STOP_LOSS_PCT": Row("default_stop_loss_pct = 0.05", of_tier("none", "0.08")),
    "TRAILING_RUNGS": Row('trailing_rungs = "none"', selling(bid="11", ask="11.01", last="11")),
    "ENABLE_TAKE_PROFIT": Row("enable_take_profit = true", selling(bid="12", ask="12.01", last="12")),
    "TAKE_PROFIT_TIER1_PCT": Row("take_profit_tier1_pct = 0.10", at_a_target("tier1"), both=TARGETS),
    "TAKE_PROFIT_TIER2_PCT": Row("take_profit_tier2_pct = 0.10", at_a_target("tier2"), both=TARGETS),
    "TAKE_PROFIT_TIER3_PCT": Row("take_profit_tier3_pct = 0.10", at_a_target("tier3"), both=TARGETS),
    "DEFAULT_TAKE_PROFIT_PCT": Row("default_take_profit_pct = 0.10", at_a_target("none"), both=TARGETS),
    "AGE_RULES": Row('age_rules = "none"', selling({"session": YEAR_AGO})),
    "PRICE_MAX_AGE_MINUTES": Row("price_max_age_minutes = 2", selling(bid="9", ask="9.01", last="9", age=5 * MINUTE)),
    "UNDECIDED_CYCLES": Row("undecided_cycles = 2", selling(undecided=2, last="9")),
    "UNDECIDED_DISCOUNT_PCT": Row("undecided_discount_pct = 0.02", selling(undecided=5, last="9")),
    "EXIT_TIMEOUT_MINUTES": Row("exit_timeout_minutes = 5", cancelling(LIMIT_SELL)),
    "PROTECTIVE_STOPS": Row('protective_stops = "monitor"', guarding()),
    "STOP_OFFSET": Row("stop_offset = 0.05", guarding()),
    "ENABLE_INTRADAY_REDEPLOYMENT": Row("enable_intraday_redeployment = false", redeploying()),
    "REDEPLOYMENT_PRICE_TOLERANCE_PCT": Row("redeployment_price_tolerance_pct = 1.0", redeploying(ask="10.20")),
    "REDEPLOYMENT_BEFORE_CLOSE_MINUTES": Row("redeployment_before_close_minutes = 60", redeploying(at="45")),
    "MAX_REDEPLOYMENTS_PER_DAY": Row("max_redeployments_per_day = 2", redeploying(again=True)),
    "REDEPLOYMENT_LEAST_DOLLARS": Row("redeployment_least_dollars = 600", redeploying()),
    "REDEPLOYMENT_LEAST_SLOT_PCT": Row("redeployment_least_slot_pct = 0.001", redeploying(freed="50")),
    "DAILY_LOSS_LIMIT_PCT": Row("daily_loss_limit_pct = 3.0", breaking(a_state(), "96000")),
    "MAX_CONSECUTIVE_LOSSES": Row("max_consecutive_losses = 3", losing(3, "0.1")),
    "IGNORE_LOSS_PCT": Row("ignore_loss_pct = 0.02", losing(5, "0.01")),
    "MAX_DRAWDOWN_HALT_PCT": Row("max_drawdown_halt_pct = 10.0", breaking(a_state(high_water=D(112_000)))),
}


def rules_of(lines: str) -> Rules:
    return load_settings({}, dotenv=None, toml=lines).rules


@pytest.mark.parametrize("key", [key.name for key in RULE_KEYS])
def test_every_rule_changes_what_is_decided(key: str) -> None:
    row = ROWS[key]
    assert row.scene(rules_of(row.both)) != row.scene(rules_of(f"{row.both}\n{row.told}"))


def test_no_row_is_of_a_rule_that_is_gone() -> None:
    assert set(ROWS) == {key.name for key in RULE_KEYS}
