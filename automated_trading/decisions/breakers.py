"""When opening stops by itself, and why nothing may open now.

Law of the room: a breaker only ever stops opening; exits, stops and cancels never ask here. Money the owner moves is
no loss and no gain. A halt is an event, and so is its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from automated_trading.domain.accounting import unexplained, unexplained_today
from automated_trading.domain.events import Event, Halted, LossWarned, Resumed
from automated_trading.domain.market import Account, Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.state import State

WARNING = Decimal("0.5")
"""The part of the day's loss limit at which the owner is warned."""

UNTIL_NEXT_SESSION = frozenset({Reason.DAY_LOSS})
"""Halts that only time lifts; every other is the owner's to lift."""


def lifted(state: State, today: date, now: datetime) -> list[Event]:
    """The halts that time has lifted: those whose last session is over."""
    return [
        Resumed(reason, Reason.NEXT_SESSION, now)
        for reason, halt in state.halts.items()
        if halt.session is not None and halt.session < today
    ]


def decide(state: State, market: Market, rules: BreakerRules) -> list[Event]:
    """The halts that begin now, and the warning before the first of them."""
    return [*_day_loss(state, market, rules), *_standing(state, market, rules)]


def _day_loss(state: State, market: Market, rules: BreakerRules) -> Iterator[Event]:
    today, change = market.session.date, day_change(state, market.account)
    if change is None:
        return
    halt, told = state.halts.get(Reason.DAY_LOSS), f"equity {change:.2%} since the last close"
    if halt is not None and halt.session == today:
        return
    if change <= -rules.daily_loss:
        yield Halted(Reason.DAY_LOSS, f"{told}, limit -{rules.daily_loss:.2%}", market.now, session=today)
    elif change <= -rules.daily_loss * WARNING and not state.day.warned:
        yield LossWarned(today, f"{told}, half of the limit of -{rules.daily_loss:.2%} or more")


def _standing(state: State, market: Market, rules: BreakerRules) -> Iterator[Event]:
    """Breakers that stand until the owner says otherwise, or for a session more."""
    lost = losing_streak(state, rules)
    if lost >= rules.losing_streak and Reason.LOSING_STREAK not in state.halts:
        until = market.following.date if market.following is not None else None
        yield Halted(Reason.LOSING_STREAK, f"{lost} positions in a row closed at a loss", market.now, session=until)
    fallen = drawdown(state, market)
    if fallen is not None and fallen >= rules.drawdown and Reason.DRAWDOWN not in state.halts:
        words = f"equity {fallen:.2%} under its high-water mark {state.high_water}, limit {rules.drawdown:.2%}"
        yield Halted(Reason.DRAWDOWN, words, market.now)
    if state.failures >= rules.order_failures and Reason.ORDER_FAILURES not in state.halts:
        yield Halted(Reason.ORDER_FAILURES, f"{state.failures} orders in a row failed", market.now)


def losing_streak(state: State, rules: BreakerRules) -> int:
    """Losing closes since the last one that lost nothing; a loss smaller than `ignore_loss` counts for neither."""
    return sum(loss >= rules.ignore_loss for loss in state.losses)


def day_change(state: State, account: Account) -> Decimal | None:
    """The day's change so far, as a fraction, by the account's equity; None without usable figures."""
    if account.equity <= 0:
        return None
    last = state.day.last_equity if state.day.last_equity is not None else account.last_equity
    return as_fraction(account.equity - unexplained_today(state), last, state.day.flows)


def as_fraction(equity: Decimal, last: Decimal, flows: Decimal) -> Decimal | None:
    """Equity against the last close with what the owner moved since; None without usable figures.

    A withdrawal leaves less to lose; a deposit allows no greater loss.
    """
    base = last + min(flows, ZERO)
    return (equity - last - flows) / base if last > 0 and base > 0 else None


def drawdown(state: State, market: Market) -> Decimal | None:
    """How far equity is under the high-water mark, as a fraction; None without a mark."""
    high = state.high_water
    if high is None or high <= 0 or market.account.equity <= 0:
        return None
    return 1 - (market.account.equity - unexplained(state)) / high


def why_nothing_opens(state: State, market: Market, rules: BreakerRules) -> tuple[Reason, str] | None:
    """What keeps the whole desk from opening at this moment, or None."""
    if market.disabled is not None:
        return Reason.TRADING_DISABLED, market.disabled
    if state.halted:
        return Reason.HALTED, ", ".join(sorted(reason.value for reason in state.halts))
    if state.failures >= rules.order_failures:
        return Reason.HALTED, Reason.ORDER_FAILURES.value
    if market.account.blocked is not None:
        return Reason.ACCOUNT_BLOCKED, market.account.blocked
    missing = state.cash_difference
    if missing is not None and missing.theirs < missing.ours:
        return Reason.CASH_UNEXPLAINED, f"{missing.ours - missing.theirs} missing"
    if market.skew is not None and abs(market.skew) > rules.skew_blocks:
        return Reason.CLOCK_SKEW, f"{market.skew.total_seconds():.0f} s"
    if not (market.account.equity > 0 and market.account.last_equity > 0):
        return Reason.NO_EQUITY, f"equity {market.account.equity}"
    return None
