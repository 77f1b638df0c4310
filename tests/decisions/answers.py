"""What the desk said of its signals, short enough to stand in a table.

Law of the file: an answer is told by its kind and its reason, an order by its symbol; nothing here decides anything.
"""

from __future__ import annotations

from automated_trading.decisions.entries import decide
from automated_trading.domain.events import Event, OrderIntended, SignalNotYet, SignalQueued, SignalRefused
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Order
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State
from tests.builders import BOOK, RULES

Answer = tuple[str, Reason | str]
ORDERED: Answer = ("order", "AAA")


def decided(state: State, market: Market, rules: Rules = RULES) -> list[Event]:
    return decide(state, market, rules, BOOK)


def said(state: State, market: Market, rules: Rules = RULES) -> list[Answer]:
    """Each answer as its kind and its reason; an order as its symbol."""
    answers: list[Answer] = []
    for event in decided(state, market, rules):
        match event:
            case OrderIntended(order):
                answers.append(("order", order.symbol))
            case SignalRefused() | SignalNotYet() | SignalQueued():
                answers.append((type(event).__name__.removeprefix("Signal").lower(), event.reason))
    return answers


def ordered(state: State, market: Market, rules: Rules = RULES) -> list[Order]:
    return [event.order for event in decided(state, market, rules) if isinstance(event, OrderIntended)]


def detail(state: State, market: Market, rules: Rules = RULES) -> str:
    """The figures behind the only answer."""
    (event,) = decided(state, market, rules)
    assert isinstance(event, SignalRefused | SignalNotYet | SignalQueued)
    return event.detail
