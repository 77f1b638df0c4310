"""A desk on which room came free this session and a signal waits for it.

Law of the file: true-looking rows and one question, nothing that decides; `tests.builders` has the rest.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from automated_trading.decisions.redeployment import decide
from automated_trading.domain.events import OrderIntended
from automated_trading.domain.market import Market
from automated_trading.domain.orders import Order, OrderStatus, Purpose, order_id
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Signal
from automated_trading.domain.state import QueuedSignal, State
from tests.builders import ACCOUNT, BOOK, MODE, NOW, RULES, TODAY, D, a_buy, a_market, a_sell, a_signal, a_state

OTHER = "rotation"
MARKET = a_market(opening=False, redeploying=True)
SHARED = replace(RULES, books={BOOK: D("0.6"), OTHER: D("0.4")})


def queue(*signals: Signal, session: date = TODAY, book: str = BOOK) -> dict[str, QueuedSignal]:
    return {
        f"{book}/{signal.ticker}": QueuedSignal(book, signal, session, Reason.MAX_POSITIONS, NOW) for signal in signals
    }


def sale(dollars: str = "5000", **changes: Any) -> Order:
    """A sell of today that has filled for so much."""
    filled = {"status": OrderStatus.FILLED, "filled_qty": D(1), "filled_value": D(dollars)}
    return a_sell("SOLD", qty="1", **{**filled, **changes})


def again(symbol: str = "AAA", qty: str = "10", **changes: Any) -> Order:
    """A redeployment; it was decided on `day` by `book`, like any other order of the builders."""
    order = a_buy(symbol, qty, **changes)
    decision = replace(order.decision, purpose=Purpose.REDEPLOY)
    return replace(order, decision=decision, client_order_id=order_id(ACCOUNT, MODE, decision))


def desk(*rows: Position | Order, waits: dict[str, QueuedSignal] | None = None, **changes: Any) -> State:
    """A desk on which 5,000 dollars came free this session and AAA waits."""
    found = waits if waits is not None else queue(a_signal())
    return a_state(*(rows or (sale(),)), queue=found, **changes)


def orders(state: State, market: Market = MARKET, rules: Rules = RULES, book: str = BOOK) -> list[Order]:
    return [event.order for event in decide(state, market, rules, book) if isinstance(event, OrderIntended)]


def bought(state: State, market: Market = MARKET, rules: Rules = RULES, book: str = BOOK) -> list[str]:
    return [order.symbol for order in orders(state, market, rules, book)]
