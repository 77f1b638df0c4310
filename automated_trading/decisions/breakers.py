"""When opening stops by itself, and why nothing may open now.

Law of the room: a breaker only ever stops opening; exits, stops and cancels never ask here. A halt is an event, and
so is its end; a halt that its session alone explains is lifted by the next session and by nothing else.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.domain.events import Event, Halted, Resumed
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.state import State


def decide(state: State, market: Market, rules: BreakerRules) -> list[Event]:
    """The halts a new session lifts and those that begin now."""
    today = market.session.date
    lifted: list[Event] = [
        Resumed(reason, Reason.NEXT_SESSION, market.now)
        for reason, halt in state.halts.items()
        if halt.session is not None and halt.session < today
    ]
    standing = state.halts.get(Reason.DAY_LOSS)
    begun: list[Event] = []
    fraction = day_change(state, market)
    if fraction is not None and fraction <= -rules.daily_loss and (standing is None or standing.session != today):
        detail = f"equity {fraction:.2%} against the last close, limit -{rules.daily_loss:.2%}"
        begun.append(Halted(Reason.DAY_LOSS, detail, market.now, session=today))
    if state.failures >= rules.order_failures and Reason.ORDER_FAILURES not in state.halts:
        detail = f"{state.failures} orders in a row failed"
        begun.append(Halted(Reason.ORDER_FAILURES, detail, market.now))
    return lifted + begun


def day_change(state: State, market: Market) -> Decimal | None:
    """Equity against the session's last close, as a fraction; None where the broker tells no usable figures."""
    base = state.day.last_equity if state.day.last_equity is not None else market.account.last_equity
    return market.account.equity / base - 1 if base > 0 else None


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
    if market.skew is not None and abs(market.skew) > rules.skew_blocks:
        return Reason.CLOCK_SKEW, f"{market.skew.total_seconds():.0f} s"
    if not (market.account.equity > 0 and market.account.last_equity > 0):
        return Reason.NO_EQUITY, f"equity {market.account.equity}"
    return None
