"""A run in one line.

Law of the room: what stands in the way comes first and loudly, then what was done; a run that traded nothing says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from automated_trading.decisions.reconciliation import apart
from automated_trading.decisions.routines import Routine, not_due
from automated_trading.decisions.watching import unjudged
from automated_trading.domain import events as e
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import EntryRules, ExitRules, Rules
from automated_trading.domain.state import LoggedEvent, State
from automated_trading.reports.account_words import activity_words, cash_gap, outside_words
from automated_trading.reports.amounts import counted, price, shares, signed
from automated_trading.reports.held import held_back
from automated_trading.reports.order_words import order_words, symbol_of
from automated_trading.reports.protection import guarded

NAMED_AT_MOST = 6
STOPS = (Reason.STOP_LOSS, Reason.TRAILING_STOP, Reason.UNDECIDED, Reason.THROUGH_STOP)


def run_line(routine: Routine, events: Sequence[LoggedEvent], market: Market, state: State, rules: Rules) -> str:
    """What a run did, or in one line why it traded nothing."""
    did = [text for text in (_orders(events, state), _fills(events), _signals(events)) if text]
    barred: list[str] = []
    if market.skew is not None and abs(market.skew) > rules.breakers.skew_reported:
        barred.append(f"this machine's clock is {market.skew.total_seconds():+.0f} s off the broker's")
    barred += bars(state, market.disabled)
    if market.account.blocked is not None:
        barred.append(f"BLOCKED AT THE BROKER, no order is taken ({market.account.blocked})")
    barred += [f"WARNING: {event.detail}" for event in events if isinstance(event, e.LossWarned)]
    barred += _stops(state, market, rules.exits) + _differences(state)
    if not any(map(_is_trade, events)):
        did = [f"nothing traded: {'; '.join(did) or _idle(routine, market, state, rules.entries)}"]
    return "; ".join([*barred, *did, *_stops_placed(events, state), *_moved(events)])


def _is_trade(event: LoggedEvent) -> bool:
    """Whether an event is of an order that trades now; a stop that goes to rest is none."""
    accepted = isinstance(event, e.OrderAccepted) and event.stop_price is None
    return accepted or isinstance(event, e.OrderUnclear | e.Fill)


def bars(state: State, disabled: str | None) -> list[str]:
    """What the owner or a breaker has shut, loudly; under the kill switch also what is left alone by it."""
    shut = [f"TRADING DISABLED, nothing is sent ({disabled}){_left_alone(state)}"] if disabled is not None else []
    if state.halted:
        shut.append(f"HALTED, nothing opens ({', '.join(sorted(reason.value for reason in state.halts))})")
    return shut


def standing(state: State) -> list[str]:
    """Everything that differs for certain between our books and the broker's, in one phrase."""
    names = apart(state)
    return [f"our books and the broker DIFFER: {', '.join(names)}"] if names else []


def _left_alone(state: State) -> str:
    """What rests or is held while nothing may be sent, by name."""
    buys = sorted(order.symbol for order in state.open_orders(side=Side.BUY))
    held = sorted(symbol for symbol, position in state.positions.items() if position.qty > 0)
    held = [symbol for symbol in held if not guarded(state, symbol)]
    told = [f"resting buys: {', '.join(buys)}"] if buys else []
    told += [f"UNPROTECTED: {', '.join(held)}"] if held else []
    return "".join(f"; {words}" for words in told)


def _stops(state: State, market: Market, rules: ExitRules) -> list[str]:
    """Stops that may not sell, on which the prices do not agree, that had no two prices, or that are not acted on."""
    undecided = [
        f"{symbol} ({cycles} of {rules.undecided_cycles})" for symbol, cycles in sorted(state.undecided.items())
    ]
    told = _held_back(state, market, rules)
    told += [f"stop UNDECIDED, one price alone says sell: {', '.join(undecided)}"] if undecided else []
    blind = unjudged(state, market, rules) if market.is_open else []
    if blind := [symbol for symbol in blind if symbol not in state.undecided]:
        told.append(f"stop NOT JUDGED, no two fresh prices: {', '.join(blind)}")
    if disputed := sorted(symbol for symbol in state.differences if symbol in state.positions):
        told.append(f"stop NOT ACTED ON, our books and the broker differ: {', '.join(disputed)}")
    return told


def _held_back(state: State, market: Market, rules: ExitRules) -> list[str]:
    """Sales that are due and cannot be sent: the stops first, what else would sell with its reason."""
    words = "HELD BACK, an order that is not ours has the shares"
    due = held_back(state, market, rules)
    stops = [symbol for symbol, reason in due.items() if reason in STOPS]
    others = [f"{symbol} ({reason.value})" for symbol, reason in due.items() if reason not in STOPS]
    told = [f"stop {words}: {', '.join(stops)}"] if stops else []
    return [*told, f"sale {words}: {', '.join(others)}"] if others else told


def _differences(state: State) -> list[str]:
    """What differs for certain, and what nobody of ours ordered."""
    told: list[str] = []
    others = [name for name in apart(state) if name in state.differences and name not in state.positions]
    if others:
        told.append(f"our books and the broker differ: {', '.join(others)}")
    resting = [order for order in state.outside.values() if order.is_open and order.symbol not in state.ignored]
    if resting:
        told.append(f"not our orders: {'; '.join(map(outside_words, resting))}")
    missing = state.cash_difference
    if missing is not None:
        bar = ", nothing opens" if missing.theirs < missing.ours else ""
        told.append(f"CASH DIFFERS, {cash_gap(missing.ours, missing.theirs)}{bar}")
    return told


def _idle(routine: Routine, market: Market, state: State, rules: EntryRules) -> str:
    count = sum(position.qty > 0 for position in state.positions.values())
    held = f"{counted(count, 'position')} held, none to sell" if count else "no position"
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


def _orders(events: Iterable[LoggedEvent], state: State) -> str:
    intended = {event.order.client_order_id: event.order for event in events if isinstance(event, e.OrderIntended)}
    known = {**state.orders, **intended}  # one of an earlier run may have been sent in this one
    accepted = [event for event in events if isinstance(event, e.OrderAccepted)]
    new = [known[event.client_order_id] for event in accepted if not event.found]
    plain = [order for order in new if order.decision.purpose is not Purpose.REDEPLOY and not order.protects]
    words = [order_words(order) for order in plain]
    words += [f"{symbol_of(event)} found at the broker" for event in accepted if event.found]
    parts = [f"{len(words)} ordered ({'; '.join(words)})"] if words else []
    parts += [_redeployed(order) for order in new if order.decision.purpose is Purpose.REDEPLOY]
    parts += _through(events)
    answered = {event.client_order_id for event in accepted}
    for kind, name in (
        (e.OrderRefused, "refused by the broker"),
        (e.OrderUnclear, "unclear"),
        (e.OrderDoubted, "refused when sent again, still unclear"),
        (e.OrderUnsent, "not sent"),
    ):
        open_still = (event for event in events if isinstance(event, kind) and event.client_order_id not in answered)
        names = [symbol_of(event) for event in open_still if not getattr(event, "through", False)]
        if names:
            parts.append(f"{len(names)} {name} ({', '.join(names)})")
    ends = [event for event in events if isinstance(event, e.OrderEnded) and event.end is OrderStatus.REJECTED]
    if ends:
        parts.append(f"{len(ends)} accepted and then rejected ({', '.join(map(symbol_of, ends))})")
    return "; ".join(parts)


def _stops_placed(events: Iterable[LoggedEvent], state: State) -> list[str]:
    """Stops that rest at the broker since this run: a few by name, many by their number."""
    accepted = (event.client_order_id for event in events if isinstance(event, e.OrderAccepted) and not event.found)
    stops = [state.orders[key] for key in accepted if key in state.orders and state.orders[key].protects]
    if len(stops) > NAMED_AT_MOST:
        return [f"{len(stops)} stops placed at the broker"]
    return [f"stops at the broker: {', '.join(f'{o.symbol} {price(o.stop_price)}' for o in stops)}"] if stops else []


def _through(events: Iterable[LoggedEvent]) -> list[str]:
    found = [symbol_of(event) for event in events if isinstance(event, e.OrderRefused) and event.through]
    return [f"through the stop already: {', '.join(found)}"] if found else []


def _redeployed(order: Order) -> str:
    return f"redeployed {order.symbol} (ordered {shares(order.qty)} at {price(order.limit_price)})"


def _fills(events: Iterable[LoggedEvent]) -> str:
    filled = Counter(symbol_of(event) for event in events if isinstance(event, e.Fill))
    closed = [event.trade for event in events if isinstance(event, e.PositionClosed)]
    parts = [f"fills heard: {', '.join(sorted(filled))}"] if filled else []
    parts += [f"closed {trade.symbol} {signed(trade.realised)} ({trade.reason})" for trade in closed]
    return "; ".join(parts)


def _signals(events: Iterable[LoggedEvent]) -> str:
    parts: list[str] = []
    for kind, name in (
        (e.SignalQueued, "queued"),
        (e.SignalNotYet, "not yet"),
        (e.SignalRefused, "refused"),
        (e.SignalRemarked, "remarked on"),
    ):
        found = [event for event in events if isinstance(event, kind)]
        if found:
            parts.append(f"{len(found)} {name} ({_told(found)})")
    return "; ".join(parts)


def _told(found: Sequence[e.SignalQueued | e.SignalNotYet | e.SignalRefused | e.SignalRemarked]) -> str:
    """A few by name, many by reason."""
    if len(found) > NAMED_AT_MOST:
        counts = Counter(event.reason.value for event in found)
        return ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    names = [event.signal.ticker if isinstance(event, e.SignalQueued) else event.signal for event in found]
    return ", ".join(f"{name} {event.reason.value}" for name, event in zip(names, found, strict=True))


def _moved(events: Iterable[LoggedEvent]) -> list[str]:
    """Money and shares that moved without us."""
    return [activity_words(event.activity) for event in events if isinstance(event, e.ActivityHeard)]
