"""What happens on a bench's stage: prices laid, money moved, requests counted.

Law of the file: the exchange is moved and the wire is counted; of the desk nothing is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from automated_trading.domain.orders import Order, Purpose
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from tests.engine.builders import MONITOR, MORNING, Bench, bench


def lay(b: Bench, ticker: str, price: str = "100") -> None:
    """The ticker closed at this price, and stands there."""
    b.exchange.set_close(ticker, Decimal(price))
    b.exchange.set_price(ticker, Decimal(price))


def stands(b: Bench, ticker: str, price: str) -> None:
    """From now on the ticker trades at this price."""
    b.exchange.set_price(ticker, Decimal(price))


def shows(b: Bench, ticker: str, bid: str, ask: str, last: str) -> None:
    """From now on the ticker shows this quote and this last trade."""
    b.exchange.set_quote(ticker, Decimal(bid), Decimal(ask), last=Decimal(last))


def holding(home: Path, *tickers: str, rules: Rules | None = None) -> Bench:
    """A desk that bought 99 shares of each ticker at 100.05 on Tuesday at 09:35: stops at 92.04."""
    b = bench(home, *tickers, rules=rules)
    b.run(MORNING, "09:35")
    assert set(b.state().positions) == set(tickers)
    return b


def guarded(home: Path, *tickers: str) -> Bench:
    """A desk that holds 99 shares of each ticker, each with a stop resting at the broker."""
    b = bench(home, *tickers, guarded=True)
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    assert {order.symbol for order in b.state().open_orders() if order.protects} == set(tickers)
    return b


def requests_of(b: Bench, run: Callable[[], Outcome]) -> tuple[Outcome, list[str]]:
    """A run, and every request of it that reached the exchange, in order."""
    before = len(b.wire.requests)
    told = run()
    return told, [f"{method} {path}" for method, path in b.wire.requests[before:]]


def sides(b: Bench, ticker: str) -> list[str]:
    """Every order the exchange has of a ticker, as side and status."""
    return [f"{row.side} {row.status.value}" for row in b.orders(ticker)]


def again(state: State) -> list[Order]:
    """Every redeployment on the books, oldest first."""
    return [order for order in state.orders.values() if order.decision.purpose is Purpose.REDEPLOY]
