"""The end-of-day summary: a session in one letter.

Law of the file: a function of the recorded closing figures, of fills and of the state, so that a second run cannot tell
another day. Where the evening was never told, the next session's first run still tells it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from automated_trading.decisions.breakers import as_fraction
from automated_trading.domain.events import SessionClosed
from automated_trading.domain.money import ZERO, cents, spell
from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.sessions import new_york, new_york_date
from automated_trading.domain.state import Day, State
from automated_trading.domain.telling import evening_matter
from automated_trading.reports.amounts import bound, counted, finely, money, price, shares, signed
from automated_trading.reports.held import NextAge, age_in_days, next_age, stop_rule
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, clock, digest
from automated_trading.reports.letters.reasons import sentence
from automated_trading.reports.protection import at_broker


def evening(state: State, occasion: Occasion) -> Iterator[Letter]:
    """The summary of the session just closed, and of one that is still owed."""
    for day in (state.owed, state.day):
        if day is not None and day.figures is not None:
            yield _summary(state, occasion, day, day.figures)


def _summary(state: State, occasion: Occasion, day: Day, figures: SessionClosed) -> Letter:
    change = figures.equity - figures.last_equity - day.flows
    part = as_fraction(figures.equity, figures.last_equity, day.flows)
    share = f" ({finely(part)})" if part is not None else ""
    subject = f"Evening: equity {money(figures.equity)}, {signed(change)}{share}"
    held = [symbol for symbol in sorted(state.positions) if state.positions[symbol].qty > 0]
    curve = _curve(state, day, figures)
    return Letter(
        kind="evening",
        session=figures.session,
        level=Level.INFO,
        subject=subject,
        short=f"{subject}; {counted(len(held), 'position')}, realised {signed(figures.realised)}",
        matters={evening_matter(figures.session): _digest(day, figures)},
        facts={
            "figures": _figures(day, figures, signed(change) + share),
            "curve": curve,
            "caption": _caption(curve),
            "late": "" if day is state.day else _late(figures),
            "positions": capped([_position(state, occasion, symbol) for symbol in held]),
            "exits": capped([_exit(trade, day.late) for trade in (*day.closed, *day.late)]),
            "orders": capped(_orders(state, figures)),
            "queue": capped(_queue(state)),
            "refusals": capped(_refusals(day)),
            "standing": capped(_standing(state)),
            "runs": _runs(state, figures),
            "head": f"{occasion.head[0]}:{occasion.head[1]}",
        },
    )


def _digest(day: Day, figures: SessionClosed) -> str:
    trades = (*day.closed, *day.late)
    closed = [f"{trade.symbol} {spell(trade.qty)} {spell(cents(trade.realised))}" for trade in trades]
    return digest(figures.equity, figures.cash, figures.realised, day.bought, day.sold, day.realised, *closed)


def _figures(day: Day, figures: SessionClosed, change: str) -> list[Row]:
    flows = [["Paid in and taken out", signed(day.flows), "no profit and no loss"]] if day.flows != 0 else []
    late = cents(day.realised - figures.realised)
    heard = f"{signed(late)} more heard after the close" if late != 0 else "from the session's fills"
    return [
        ["Equity", money(figures.equity), f"cash {money(figures.cash)}"],
        ["Change on the day", change, "money moved left out" if flows else ""],
        ["Realised profit", signed(figures.realised), heard],
        ["Open profit", signed(figures.open_profit), "at the last marks"],
        ["Bought and sold", f"{money(day.bought)} and {money(day.sold)}", ""],
        *flows,
    ]


def _late(figures: SessionClosed) -> str:
    return f"Told late: no run after the close of {figures.session} could tell it. Positions stand as they are now."


def _curve(state: State, day: Day, figures: SessionClosed) -> list[list[str]]:
    """The closings up to this one; a first one stands behind the equity it began with."""
    known = [(str(closing.session), closing.equity) for closing in state.closings if closing.session <= figures.session]
    if len(known) == 1 and day.since is not None and figures.last_equity > 0:
        known = [(str(new_york_date(day.since)), figures.last_equity), *known]
    return [[session, str(cents(equity))] for session, equity in known]


def _caption(curve: list[list[str]]) -> str:
    if len(curve) < 2:
        return "The curve of closing equities begins with the second session."
    values = [Decimal(equity) for _, equity in curve]
    span = f"{curve[0][0]} to {curve[-1][0]}"
    return (
        f"Closing equity, {span}: first {money(values[0])}, lowest {money(min(values))}, "
        f"highest {money(max(values))}, last {money(values[-1])}"
    )


def _position(state: State, occasion: Occasion, symbol: str) -> Row:
    """Shares, price, the way to the stop, and the day the next age rule looks at it."""
    position, rules = state.positions[symbol], occasion.rules.exits
    last = occasion.market.last_price(symbol) if occasion.market is not None else None
    held = f"{shares(position.qty)} shares at {price(round(position.entry_price, 4))}"
    stop = f"Stop {price(position.stop)} ({stop_rule(position, rules).value})"
    resting = at_broker(state, symbol)
    broker = f"; at the broker {price(resting)}" if resting is not None else "; none at the broker"
    coming = next_age(age_in_days(position, occasion.session), rules)
    by_age = f" {_age_words(coming)}" if coming is not None else ""
    if last is None or last <= 0:
        return [symbol, f"{held}. {stop}, no price to tell how far{broker}.{by_age}", "no price"]
    away = f"{bound(round((last - position.stop) / last, 3))} below"
    profit = position.qty * last - position.cost
    gain = f"{signed(profit)} ({finely(last / position.base - 1)})"
    return [symbol, f"{held}, now {price(last)}. {stop}, {away}{broker}.{by_age}", gain]


def _age_words(coming: NextAge) -> str:
    when = "Now" if coming.in_days == 0 else f"In {counted(coming.in_days, 'day')}"
    return f"{when} sold for its age if its gain is under {bound(coming.rule.gain)}."


def _exit(trade: ClosedTrade, late: Sequence[ClosedTrade]) -> Row:
    cost = trade.qty * trade.entry_price
    gain = f" ({finely(trade.realised / cost)})" if cost > 0 else ""
    told = f"{shares(trade.qty)} shares from {price(trade.entry_price)} to {price(trade.exit_price)}"
    when = f", sold {trade.session} and heard of only now" if trade in late else ""
    return [trade.symbol, f"{told}{when}. {sentence(trade.reason)}", f"{signed(trade.realised)}{gain}"]


def _orders(state: State, figures: SessionClosed) -> list[Row]:
    """Of what was ordered, how much came about."""
    rows: list[Row] = []
    every = [order for order in state.orders.values() if order.decision.session == figures.session]
    for name, purpose in (("Entries", "entry"), ("Redeployments", "redeploy"), ("Exits", "exit")):
        mine = [order for order in every if order.decision.purpose.value == purpose]
        if not mine:
            continue
        ends = Counter(_outcome(order.status, order.filled_qty) for order in mine)
        rows.append(
            [name, ", ".join(f"{count} {word}" for word, count in sorted(ends.items())), f"{len(mine)} ordered"]
        )
    return rows


def _outcome(status: OrderStatus, filled: Decimal) -> str:
    if status is OrderStatus.FILLED:
        return "filled"
    return "filled in part" if filled > ZERO else "still open" if not status.ended else status.value


def _queue(state: State) -> list[Row]:
    waiting = sorted(state.queue.values(), key=lambda queued: (-queued.signal.score, queued.signal.ticker))
    return [
        [queued.signal.ticker, sentence(queued.reason.value), f"score {shares(queued.signal.score)}"]
        for queued in waiting
    ]


def _refusals(day: Day) -> list[Row]:
    """The last word on each signal that was not ordered, by reason."""
    rows: list[Row] = []
    for said, name in (("refused", "refused"), ("not_yet", "not yet")):
        mine = [
            (verdict.reason.value, key.partition("/")[2])
            for key, verdict in day.verdicts.items()
            if verdict.said == said
        ]
        for reason in sorted({reason for reason, _ in mine}):
            tickers = sorted(ticker for why, ticker in mine if why == reason)
            rows.append([f"{reason} ({name})", f"{', '.join(tickers)}. {sentence(reason)}", str(len(tickers))])
    return rows


def _standing(state: State) -> list[Row]:
    """What stands in the way, for whoever reads this letter alone."""
    rows = [
        [f"halted: {reason.value}", halt.detail, f"since {clock(halt.since)}"] for reason, halt in state.halts.items()
    ]
    rows += [
        ["differs from the broker", symbol, ""] for symbol, seen in sorted(state.differences.items()) if seen.confirmed
    ]
    if state.cash_difference is not None and state.cash_difference.confirmed:
        rows.append(["differs from the broker", "cash", ""])
    for name, symbols in (("blocked", state.blocked), ("ignored", state.ignored), ("to be sold", state.leaving)):
        rows += [[f"{name} on your word", ", ".join(sorted(symbols)), ""]] if symbols else []
    return rows


def _runs(state: State, figures: SessionClosed) -> list[Row]:
    """When each command last began, where it was in this session."""
    rows: list[Row] = []
    for command in ("morning", "monitor", "eod"):
        run = state.runs.get(command)
        if run is not None and new_york_date(run.started) == figures.session:
            last = "last began" if command == "monitor" else "began"
            rows.append([command, f"{last} {new_york(run.started):%H:%M} New York", run.outcome or "writes this"])
        else:
            rows.append([command, "no run in this session", "missing"])
    return rows
