"""A session on one page.

Law of the room: figures come from the state and the session's own fills; money the owner moved is told beside them and
is neither profit nor loss. A line without anything to tell is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from automated_trading.decisions.breakers import as_fraction, losing_streak
from automated_trading.domain.accounting import unexplained
from automated_trading.domain.events import SessionClosed
from automated_trading.domain.market import FLOWS, Activity
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Purpose
from automated_trading.domain.positions import Origin, Position
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.state import State
from automated_trading.reports.account_words import kind_word
from automated_trading.reports.amounts import money, price, shares, signed
from automated_trading.reports.protection import at_broker
from automated_trading.reports.run_line import (
    bars as bars,
    run_line as run_line,
    standing as standing,
    unsent as unsent,
)

PURPOSES = {Purpose.ENTRY: "entries", Purpose.REDEPLOY: "redeployments"}


def session_summary(state: State, mode: str, head: tuple[int, str], rules: BreakerRules | None = None) -> list[str]:
    """The evening's page: the recorded closing figures, trades from fills, positions, signals, and the log's head."""
    figures = state.day.figures
    if figures is None:
        return []
    return [
        f"{mode.upper()}  session {figures.session}",
        _equity(state, figures),
        f"from fills: bought {money(state.day.bought)}, sold {money(state.day.sold)}",
        f"profit: realised {signed(figures.realised)}, open {signed(figures.open_profit)}",
        *_moved(state),
        *_came_about(state, figures),
        *_exits(state),
        *_late(state),
        *(_holds(state, position) for position in sorted(state.positions.values(), key=lambda held: held.symbol)),
        *_signals(state),
        *_owner(state),
        *_breakers(state, figures, rules if rules is not None else BreakerRules()),
        f"log head {head[0]} {head[1]}",
    ]


def _equity(state: State, figures: SessionClosed) -> str:
    change = figures.equity - figures.last_equity - state.day.flows
    part = as_fraction(figures.equity, figures.last_equity, state.day.flows)
    share = f" ({part:+.2%})" if part is not None else ""
    beside = " net of flows" if state.day.flows != 0 else ""
    return f"equity {money(figures.equity)}, {signed(change)}{share} on the day{beside}; cash {money(figures.cash)}"


def _moved(state: State) -> list[str]:
    """What was paid in and taken out, and fees, dividends and the like, each kind in one sum."""
    sums: dict[str, Decimal] = {}
    for told in _of_today(state):
        word = kind_word(told)
        sums[word] = sums.get(word, ZERO) + (abs(told.amount) if told.kind in FLOWS else told.amount)
    flows = [f"{word} {money(sums.pop(word))}" for word in ("paid in", "taken out") if word in sums]
    rest = [f"{word} {signed(sums[word])}" for word in sorted(sums) if sums[word] != 0]
    return [f"moved: {', '.join([*flows, *rest])}"] if flows or rest else []


def _of_today(state: State) -> Iterable[Activity]:
    since = state.day.since
    return (told for told in state.activities.values() if since is None or told.at >= since)


def _came_about(state: State, figures: SessionClosed) -> list[str]:
    """Entries, redeployments and what was adopted, apart from each other."""
    parts: list[str] = []
    orders = state.entries_of(figures.session)
    for purpose, name in PURPOSES.items():
        mine = [order for order in orders if order.decision.purpose is purpose]
        filled = sum(order.filled_qty > 0 for order in mine)
        parts += [f"{name} {len(mine)} ordered, {filled} filled"] if mine else []
    adopted = sorted(
        position.symbol
        for position in state.positions.values()
        if position.origin is Origin.ADOPTED and position.session == figures.session
    )
    parts += [f"adopted {', '.join(adopted)}"] if adopted else []
    return ["; ".join(parts)] if parts else []


def _exits(state: State) -> list[str]:
    """What each rule sold, and each sale."""
    lines: list[str] = []
    sums: dict[str, list[Decimal]] = {}
    for trade in state.day.closed:
        sums.setdefault(trade.reason, []).append(trade.realised)
    if sums:
        rules = [f"{reason} {len(made)} ({signed(sum(made, ZERO))})" for reason, made in sorted(sums.items())]
        lines.append(f"exits: {', '.join(rules)}")
    for trade in state.day.closed:
        lines.append(
            f"closed  {trade.symbol:<6} {trade.qty} from {price(trade.entry_price)} to {price(trade.exit_price)}"
            f"  {signed(trade.realised)}  {trade.reason}{_origin(trade.origin)}"
        )
    return lines


def _late(state: State) -> list[str]:
    """Sales of earlier sessions that were heard of only now: none of this session's figures."""
    return [
        f"late    {trade.symbol:<6} sold in the session of {trade.session}, heard of now"
        f"  {signed(trade.realised)}  {trade.reason}{_origin(trade.origin)}"
        for trade in state.day.late
    ]


def _holds(state: State, position: Position) -> str:
    resting = at_broker(state, position.symbol)
    broker = f", at the broker {price(resting)}" if resting is not None else ""
    held = f"{position.qty} at {price(position.entry_price)}, stop {price(position.stop)}{broker}"
    return f"holds   {position.symbol:<6} {held}{_origin(position.origin)}"


def _origin(origin: Origin) -> str:
    return "" if origin is Origin.SIGNAL else f"  ({origin.value})"


def _signals(state: State) -> list[str]:
    """The queue by name, the last word on the session's other signals by reason."""
    waiting = sorted(state.queue.values(), key=lambda queued: (-queued.signal.score, queued.signal.ticker))
    names = [f"{queued.signal.ticker} {shares(queued.signal.score)} {queued.reason.value}" for queued in waiting]
    lines = [f"queue: {', '.join(names)}"] if names else []
    for said, name in (("queued", "queued"), ("not_yet", "not yet"), ("refused", "refused")):
        counts = Counter(v.reason.value for v in state.day.verdicts.values() if v.said == said)
        if counts:
            lines.append(f"{name}: {', '.join(f'{reason} {count}' for reason, count in sorted(counts.items()))}")
    remarks = Counter(state.day.remarks.values())
    if remarks:
        lines.append(f"remarked on: {', '.join(f'{reason} {count}' for reason, count in sorted(remarks.items()))}")
    return lines


def _owner(state: State) -> list[str]:
    """What the owner has taken out of the desk's hands."""
    named = {"blocked": state.blocked, "ignored": state.ignored, "to be sold on the owner's word": state.leaving}
    return [f"{name}: {', '.join(sorted(symbols))}" for name, symbols in named.items() if symbols]


def _breakers(state: State, figures: SessionClosed, rules: BreakerRules) -> list[str]:
    """How near the standing breakers are."""
    lost, high = losing_streak(state, rules), state.high_water
    parts = [f"losing closes in a row: {lost}"] if lost else []
    if high is not None and high > 0:
        fallen = 1 - (figures.equity - unexplained(state)) / high
        where = f"{fallen:.2%} under" if fallen > 0 else "at or over"
        parts.append(f"equity {where} its high-water mark {money(high)}")
    return ["; ".join(parts)] if parts else []
