"""A run in one line, a session on one page.

Law of the room: figures come from the state and the session's own fills; a run that traded nothing says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from automated_trading.decisions.exits import undecided
from automated_trading.decisions.routines import Routine, not_due
from automated_trading.domain import events as e
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Side
from automated_trading.domain.rules import EntryRules, Rules
from automated_trading.domain.state import LoggedEvent, State
from automated_trading.reports.words import money, order_words, price, signed, symbol_of

NAMED_AT_MOST = 6


def run_line(routine: Routine, events: Sequence[LoggedEvent], market: Market, state: State, rules: Rules) -> str:
    """What a run did, or in one line why it traded nothing."""
    did = [text for text in (_orders(events), _fills(events), _signals(events)) if text]
    barred: list[str] = []
    if market.skew is not None and abs(market.skew) > rules.breakers.skew_reported:
        barred.append(f"this machine's clock is {market.skew.total_seconds():+.0f} s off the broker's")
    barred += bars(state, market.disabled)
    if market.is_open and (blind := undecided(state, market, rules.exits)):
        barred.append(f"stop NOT JUDGED, no fresh bid and last trade: {', '.join(blind)}")
    apart = sorted(symbol for symbol in state.differences if symbol in state.positions)
    if apart:
        barred.append(f"stop NOT ACTED ON, our books and the broker differ: {', '.join(apart)}")
    if not any(isinstance(event, e.OrderAccepted | e.OrderUnclear | e.Fill) for event in events):
        did = [f"nothing traded: {'; '.join(did) or _idle(routine, market, state, rules.entries)}"]
    return "; ".join([*barred, *did])


def bars(state: State, disabled: str | None) -> list[str]:
    """What the owner or a breaker has shut, loudly; under the kill switch also what is left alone by it."""
    shut = [f"TRADING DISABLED, nothing is sent ({disabled}){_left_alone(state)}"] if disabled is not None else []
    if state.halted:
        shut.append(f"HALTED, nothing opens ({', '.join(sorted(reason.value for reason in state.halts))})")
    return shut


def _left_alone(state: State) -> str:
    """What rests or is held while nothing may be sent, by name."""
    buys = sorted(order.symbol for order in state.open_orders(side=Side.BUY))
    held = sorted(symbol for symbol, position in state.positions.items() if position.qty > 0)
    told = [f"resting buys: {', '.join(buys)}"] if buys else []
    told += [f"UNPROTECTED: {', '.join(held)}"] if held else []
    return "".join(f"; {words}" for words in told)


def _idle(routine: Routine, market: Market, state: State, rules: EntryRules) -> str:
    count = sum(position.qty > 0 for position in state.positions.values())
    held = f"{count} position{'s' if count > 1 else ''} held, none to sell" if count else "no position"
    early = not_due(routine, market, rules)
    if early is not None:
        return early
    if market.signals.missing is not None:
        return f"there is no signals file yet; {held}"
    if market.signals.broken is not None:
        return f"the signals file cannot be used: {market.signals.broken}"
    if market.opening and not market.signals.signals:
        return f"the signals file holds no usable signal; {held}"
    return f"{'no new signal' if market.opening else 'no signals are due'}; {held}"


def _orders(events: Iterable[LoggedEvent]) -> str:
    written = (event for event in events if isinstance(event, e.OrderIntended) and not event.taken_back)
    intended = {event.order.client_order_id: event.order for event in written}
    accepted = [event for event in events if isinstance(event, e.OrderAccepted)]
    words = [
        order_words(intended[event.client_order_id])
        if event.client_order_id in intended and not event.found
        else f"{symbol_of(event)} found at the broker"
        for event in accepted
    ]
    parts = [f"{len(words)} ordered ({'; '.join(words)})"] if words else []
    answered = {event.client_order_id for event in accepted}
    for kind, name in (
        (e.OrderRefused, "refused by the broker"),
        (e.OrderUnclear, "unclear"),
        (e.OrderDoubted, "refused when sent again, still unclear"),
        (e.OrderUnsent, "not sent"),
    ):
        open_still = (event for event in events if isinstance(event, kind) and event.client_order_id not in answered)
        names = [symbol_of(event) for event in open_still]
        if names:
            parts.append(f"{len(names)} {name} ({', '.join(names)})")
    return "; ".join(parts)


def _fills(events: Iterable[LoggedEvent]) -> str:
    filled = Counter(symbol_of(event) for event in events if isinstance(event, e.Fill))
    closed = [event.trade for event in events if isinstance(event, e.PositionClosed)]
    parts = [f"fills heard: {', '.join(sorted(filled))}"] if filled else []
    parts += [f"closed {trade.symbol} {signed(trade.realised)} ({trade.reason})" for trade in closed]
    return "; ".join(parts)


def _signals(events: Iterable[LoggedEvent]) -> str:
    parts: list[str] = []
    for kind, name in ((e.SignalQueued, "queued"), (e.SignalNotYet, "not yet"), (e.SignalRefused, "refused")):
        found = [event for event in events if isinstance(event, kind)]
        if found:
            parts.append(f"{len(found)} {name} ({_told(found)})")
    return "; ".join(parts)


def _told(found: Sequence[e.SignalQueued | e.SignalNotYet | e.SignalRefused]) -> str:
    """A few by name, many by reason."""
    if len(found) > NAMED_AT_MOST:
        return _counted(Counter(event.reason.value for event in found))
    names = [event.signal.ticker if isinstance(event, e.SignalQueued) else event.signal for event in found]
    return ", ".join(f"{name} {event.reason.value}" for name, event in zip(names, found, strict=True))


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


def session_summary(state: State, mode: str, head: tuple[int, str]) -> list[str]:
    """The evening's page: the recorded closing figures, trades from fills, positions, signals, and the log's head."""
    figures = state.day.figures
    if figures is None:
        return []
    change = figures.equity - figures.last_equity
    share = f" ({change / figures.last_equity:+.2%})" if figures.last_equity > 0 else ""
    lines = [
        f"{mode.upper()}  session {figures.session}",
        f"equity {money(figures.equity)}, {signed(change)}{share} on the day; cash {money(figures.cash)}",
        f"from fills: bought {money(state.day.bought)}, sold {money(state.day.sold)}",
        f"profit: realised {signed(figures.realised)}, open {signed(figures.open_profit)}",
    ]
    for trade in state.day.closed:
        lines.append(
            f"closed  {trade.symbol:<6} {trade.qty} from {price(trade.entry_price)} to {price(trade.exit_price)}"
            f"  {signed(trade.realised)}  {trade.reason}"
        )
    for position in sorted(state.positions.values(), key=lambda held: held.symbol):
        lines.append(
            f"holds   {position.symbol:<6} {position.qty} at {price(position.entry_price)}, stop {price(position.stop)}"
        )
    for said, name in (("queued", "queued"), ("not_yet", "not yet"), ("refused", "refused")):
        counts = Counter(v.reason.value for v in state.day.verdicts.values() if v.said == said)
        if counts:
            lines.append(f"{name}: {_counted(counts)}")
    lines.append(f"log head {head[0]} {head[1]}")
    return lines
