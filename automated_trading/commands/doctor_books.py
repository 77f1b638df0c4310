"""The doctor on the books: halts, runs, differences, and a stop for every position.

Law of the file: the record tells our side, the broker its own; each verdict is a function of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from automated_trading.adapters.latch import LatchReading
from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.commands.asked import in_new_york
from automated_trading.commands.doctor_case import Case
from automated_trading.decisions import watchkeeping
from automated_trading.decisions.reconciliation import apart, unconfirmed
from automated_trading.decisions.watching import unjudged
from automated_trading.domain.errors import TradingError
from automated_trading.domain.events import RunMissed
from automated_trading.domain.market import Market
from automated_trading.domain.orders import OrderStatus, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules, Rules
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import Halt, State
from automated_trading.engine.look import Look
from automated_trading.reports.finding import CONFIGURATION, ORDER, Finding, bad, good, warn
from automated_trading.reports.status import unprotected

UNREACHED, APART = 4, 6
AT_THE_BROKER, BY_MONITOR = "at the broker", "looked at by `monitor`"
SCHEDULE = "let a scheduler run it: README, the section of ten minutes"


EVENING = timedelta(hours=1)
"""So long after the close the evening's run is missed."""

ALLOW = "take that away to trade again: TRADING_ENABLED, or the file .trading_disabled"
SETTLE = "`automated-trading reconcile` explains and settles"
TO_GUARD = {
    CONFIGURATION: "let a scheduler run `monitor`; `automated-trading exit SYMBOL` sells",
    UNREACHED: "wait for prices, which `monitor` asks for again; `automated-trading exit SYMBOL` sells",
    APART: SETTLE,
}
"""What to do for positions nobody would sell at their stop, by the cause's exit code."""


def runs(case: Case) -> Finding:
    """When the desk last ran, how that ended, and whether a run that was due did not come."""
    record, rules = case.record(), case.settings().rules.entries
    try:
        now = case.clock().now
    except TradingError:
        now = case.asked.now
    return ran(record, now, rules)


def ran(state: State, now: datetime, rules: EntryRules) -> Finding:
    """The runs on record, at this moment."""
    if not state.runs:
        return warn("runs", "none yet", "`automated-trading morning`, on a session day from 09:35 New York")
    command, last = max(state.runs.items(), key=lambda row: row[1].started)
    said = f"{command}, {in_new_york(last.started)}: {last.outcome or 'did not end'}"
    if absent := _absent(state, now, rules):
        words = "; ".join([said, *absent])
        held = any(position.qty > 0 for position in state.positions.values())
        return bad("runs", words, SCHEDULE) if held else warn("runs", words, SCHEDULE)
    if last.finished is None:
        return warn("runs", said, "nothing, unless it is at work: the next run goes on where it stopped")
    if last.outcome != "done":
        told = f"{said}: {last.said}" if last.said else said
        return warn("runs", told, "the next run asks again; `automated-trading audit show` tells more")
    if state.day.missed:
        return warn("runs", "; ".join([said, *(row.words for row in state.day.missed)]), SCHEDULE)
    return good("runs", said)


def _absent(state: State, now: datetime, rules: EntryRules) -> list[str]:
    """Runs that were due and have not come yet, in words; unknown beyond the bundled calendar."""
    try:
        calendar = bundled_calendar(new_york_date(now))
        rows = watchkeeping.decide(state, calendar, now, rules)
        session = calendar.latest_begun(now)
    except ValueError:
        return []
    words = [row.words for row in rows if isinstance(row, RunMissed)]
    day = state.day
    late = day.session == session.date and day.figures is None and now - session.closes > EVENING
    return [*words, *([f"eod has not closed the session of {session.date:%a %Y-%m-%d}"] if late else [])]


def books(case: Case) -> Finding:
    """Our books against the broker's, as the next run would find them. Raises as `look`."""
    return compared(case.look())


def compared(seen: Look) -> Finding:
    """What was seen of both."""
    state = seen.state
    unclear = sorted({order.symbol for order in state.open_orders() if order.status.unanswered})
    if seen.problems or unclear:
        words = [*seen.problems, *([f"no answer yet to an order in {', '.join(unclear)}"] if unclear else [])]
        return bad("books", "; ".join(words), "the next run looks it up by its id; ask again after it", UNREACHED)
    if names := apart(state):
        return bad("books", f"ours and the broker's differ in {', '.join(names)}", SETTLE, APART)
    if unconfirmed(state):
        return warn("books", "ours and the broker's differ for one reading", SETTLE)
    held, orders = len(state.positions), len(state.open_orders())
    return good("books", f"the same as the broker's: positions {held}, open orders {orders}")


def stops(case: Case) -> Finding:
    """A stop for every position: at the broker, or looked at by `monitor`. Raises as `look`."""
    seen = case.look()
    return guarded(seen.state, seen.market, case.settings().rules, case.hand().disabled())


def guarded(state: State, market: Market, rules: Rules, disabled: str | None) -> Finding:
    """Who would sell each position at its stop."""
    held = sorted(symbol for symbol, position in state.positions.items() if position.qty > 0)
    if not held:
        return good("stops", "no positions")
    resting = {symbol for symbol in held if _rests(state, symbol)}
    bare = {row["symbol"]: row["why"] for row in unprotected(state, market, rules, disabled)}
    kept = {symbol: AT_THE_BROKER if symbol in resting else bare.get(symbol, BY_MONITOR) for symbol in held}
    groups = sorted({*kept.values()}, key=lambda why: (why in (AT_THE_BROKER, BY_MONITOR), why))
    said = "; ".join(f"{', '.join(symbol for symbol in held if kept[symbol] == why)}: {why}" for why in groups)
    causes = {
        _cause(state, market, rules, symbol) for symbol in held if kept[symbol] not in (AT_THE_BROKER, BY_MONITOR)
    }
    if causes:
        code = CONFIGURATION if disabled is not None else min(causes, key=ORDER.index)
        return bad("stops", said, ALLOW if disabled is not None else TO_GUARD[code], code)
    return good("stops", said)


def _rests(state: State, symbol: str) -> bool:
    """Whether a stop at the broker guards every whole share."""
    orders = (order for order in state.open_orders(symbol, Side.SELL) if order.stop_price is not None)
    return any(
        order.status is OrderStatus.ACCEPTED and order.open_qty >= state.positions[symbol].qty // 1 for order in orders
    )


def _cause(state: State, market: Market, rules: Rules, symbol: str) -> int:
    """The exit code for what keeps a position from its stop: a difference, no prices, or nobody who looks."""
    if state.frozen(symbol):
        return APART
    return UNREACHED if market.is_open and symbol in unjudged(state, market, rules.exits) else CONFIGURATION


def halts(case: Case) -> Finding:
    """What stops the desk: the owner's switch, his latch, a breaker."""
    hand = case.hand()
    try:
        state = case.look().state
    except TradingError:
        state = case.record()
    return stopped(hand.disabled(), hand.latch(), state.halts)


def stopped(disabled: str | None, latch: LatchReading | None, standing: Mapping[Reason, Halt]) -> Finding:
    """Halted is no fault: exits go on, and only `status` ends with 5."""
    if disabled is not None:
        return warn("halts", f"trading is disabled, nothing is sent: {disabled}", ALLOW)
    told = {reason.value: halt.detail for reason, halt in standing.items()}
    if latch is not None:
        told.setdefault(Reason.OWNER.value, latch.reason)
    if told:
        words = "; ".join(f"{reason}: {detail}" for reason, detail in told.items())
        return warn("halts", f"nothing opens: {words}", "`automated-trading resume`, once you have looked")
    return good("halts", "none")
