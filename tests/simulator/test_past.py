"""Looking back: what was is told as it was, and is only looked at."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.orders import Status
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.ticket import Ticket
from automated_trading.simulator.trading_routes import TradingRoutes
from tests.simulator.conftest import MORNING, new_exchange

D = Decimal
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def asked(exchange: Exchange, *paths: str) -> list[str]:
    return [TradingRoutes(exchange).answer("GET", path, {"status": "all"}, b"")[1] for path in paths]


def test_each_minute_is_told_later_as_it_was_then() -> None:
    exchange, told = new_exchange(partial_fill_rate=D(1)), []
    paths = ("orders", "positions", "account", "account/activities")
    for n, (side, symbol) in enumerate([("buy", "AAA"), ("buy", "BBB"), ("sell", "AAA"), ("buy", "CCC")]):
        exchange.advance_to(MORNING + n * MINUTE)
        exchange.place(Ticket(symbol, side, "market", "day", D(4)))
        exchange.match()
        exchange.move_cash(D(n + 1))
        told.append((exchange.now, asked(exchange, *paths)))
    exchange.advance_to(MORNING + timedelta(hours=1))
    for at, words in told:
        assert asked(exchange.as_of(at + 30 * SECOND), *paths) == words


def test_before_anything_there_was_nothing() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    before = exchange.as_of(MORNING - SECOND)
    assert (before.blotter.rows, before.ledger.positions, before.ledger.activities) == ([], {}, [])
    assert before.ledger.cash == 100_000


def test_splits_and_names_are_looked_back_behind() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    exchange.advance_to(MORNING + MINUTE)
    exchange.split("AAA", D("0.15"), cash_in_lieu=True)
    exchange.rename("AAA", "NEW")
    assert list(exchange.as_of(MORNING + MINUTE).ledger.positions) == ["NEW"]
    assert exchange.as_of(MORNING).ledger.held("AAA") == 10


def test_what_is_done_to_the_past_is_lost() -> None:
    exchange = new_exchange()
    exchange.place(Ticket("AAA", "buy", "limit", "day", D(1), limit_price=D(45)))
    exchange.advance_to(MORNING + MINUTE)
    kept = as_json(exchange.to_memory())
    past = exchange.as_of(MORNING)
    past.cancel(past.blotter.rows[0].id)
    past.match()
    past.trade_by_hand("BBB", "buy", D(1))
    assert as_json(exchange.to_memory()) == kept


def test_the_past_matches_nothing_and_the_future_is_now() -> None:
    exchange = new_exchange()
    exchange.place(Ticket("AAA", "buy", "market", "day", D(1)))
    then = exchange.as_of(MORNING + timedelta(days=1))
    then.match()
    assert (then.now, then.blotter.rows[0].status) == (MORNING, Status.PENDING_NEW)


def test_a_crash_forgets_the_past() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(1))
    again = new_exchange()
    again.restore(exchange.to_memory())
    assert again.as_of(MORNING - MINUTE).ledger.held("AAA") == 1
