"""The broker cannot be reached, and that it is there again.

Law of the file: told by the first run that gets no line, then once a day; mail needs no broker. What is known then is
what stands on record.
"""

from __future__ import annotations

from collections.abc import Iterator

from automated_trading.domain.orders import Order
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import State
from automated_trading.reports.amounts import counted, price, shares
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, clock, digest, is_news
from automated_trading.reports.order_words import order_words


def unreachable(state: State, occasion: Occasion) -> Iterator[Letter]:
    """No line to the broker, or keys it does not take: once a day."""
    if occasion.unreachable is None:
        return
    today = new_york_date(occasion.now)
    matters = {f"unreachable:{today}": digest("unreachable")}
    if not is_news(state, matters):
        return
    held = [position for position in state.positions.values() if position.qty > 0]
    waiting = state.open_orders()
    subject = f"The broker was not reached by {occasion.command}; {counted(len(held), 'position')} held"
    yield Letter(
        kind="unreachable",
        session=occasion.session,
        level=Level.CRITICAL,
        subject=subject,
        short=f"{subject}. {occasion.unreachable}",
        matters=matters,
        facts={
            "said": "Nothing is decided without the broker's word; the next run asks again.",
            "why": occasion.unreachable,
            "heard": f"Last heard {clock(state.marked_at)} New York."
            if state.marked_at is not None
            else "Never heard.",
            "held": capped([_held(state, symbol) for symbol in sorted(position.symbol for position in held)]),
            "orders": capped([_order_row(order) for order in waiting]),
            "todo": "If it lasts: see the broker's status page and your keys, then automated-trading status.",
        },
    )


def _held(state: State, symbol: str) -> Row:
    position = state.positions[symbol]
    return [
        symbol,
        f"{shares(position.qty)} shares at {price(round(position.entry_price, 4))}",
        f"stop {price(position.stop)}",
    ]


def _order_row(order: Order) -> Row:
    return [order.symbol, order_words(order), order.status.value]


def reached(state: State, occasion: Occasion) -> Iterator[Letter]:
    """There is a line again, and its lack was told."""
    if occasion.unreachable is not None:
        return
    days = sorted(name.partition(":")[2] for name in state.told if name.startswith("unreachable:"))
    matters = {f"reached:{day}": digest("reached") for day in days}
    matters = {name: told for name, told in matters.items() if is_news(state, {name: told})}
    if not matters:
        return
    subject = f"The broker is reached again, by {occasion.command}"
    yield Letter(
        kind="reached",
        session=occasion.session,
        level=Level.INFO,
        subject=subject,
        short=subject,
        matters=matters,
        facts={"said": f"{clock(occasion.now)} New York. What happened meanwhile was heard, and is in its own letter."},
    )
