"""A venue that dies in the midst of trouble comes back in the midst of it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from automated_trading.simulator.errors import Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.spelling import as_json
from automated_trading.simulator.ticket import Ticket
from automated_trading.simulator.troubles import OF_A_SESSION, Troubles
from automated_trading.simulator.weather import Halt
from tests.simulator.conftest import MORNING, Venue, new_exchange

D = Decimal
MINUTE = timedelta(minutes=1)
STORM = Troubles(
    **dict.fromkeys(("rejected", "partial", "replaced", "aside", "cancel_loses", "cancel_lasts"), D("0.3")),
    **dict.fromkeys(("halted", "stale", "zero", "crossed", "absent", "bad_print"), D("0.1")),
    **dict.fromkeys((*OF_A_SESSION, "skew"), D("0.5")),
)


def reborn(exchange: Exchange) -> Exchange:
    again = Exchange(SeededTape(1), start=MORNING, troubles=exchange.troubles)
    again.restore(json.loads(as_json(exchange.to_memory())))
    return again


def test_everything_laid_by_hand_outlives_a_crash() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    ids = [exchange.place(Ticket("BBB", "buy", "limit", "day", D(1), limit_price=D(19))).id for _ in range(5)]
    exchange.replace_order(ids[0], D(2), D(18))
    exchange.reject(ids[1], "why not")
    exchange.set_aside(ids[2], "stopped", MORNING + 9 * MINUTE)
    exchange.lose_cancel(ids[3], D("0.5"))
    exchange.stall_cancel(ids[4], MORNING + 9 * MINUTE)
    exchange.cancel(ids[4])
    exchange.rename("AAA", "NEW")
    exchange.rename("AAPL", "PPLE")
    exchange.halt_symbol("BBB")
    exchange.halt_symbol("KO")
    exchange.bad_print("CCC", D(9))
    exchange.set_clock_apart(timedelta(seconds=-7.5))
    again = reborn(exchange)
    assert as_json(again.to_memory()) == as_json(exchange.to_memory())
    assert again.board.weather.halts["KO"] == Halt(MORNING)
    assert again.board.last("CCC", MORNING) == 9
    assert (again.board.knows("AAPL"), again.board.quote("PPLE", MORNING)) == (
        False,
        exchange.board.quote("PPLE", MORNING),
    )
    assert again.told_now() == exchange.told_now()
    for one in (exchange, again):
        one.advance_to(MORNING + timedelta(days=1))
    assert as_json(again.to_memory()) == as_json(exchange.to_memory())


def test_a_venue_that_crashes_every_hour_lives_the_same_week_by_seed() -> None:
    steady = new_exchange(seed=5, troubles=STORM)
    for symbol in ("AAA", "BBB", "CCC"):
        steady.trade_by_hand(symbol, "buy", D(100))
    broken = reborn(steady)
    for hour in range(1, 24 * 7):
        for exchange in (steady, broken):
            exchange.advance_to(MORNING + timedelta(hours=hour))
            for symbol in sorted(exchange.ledger.positions)[: hour % 3]:
                with suppress(Refused):
                    exchange.rest_by_hand(symbol, "buy", D(2), exchange.mark(symbol).quantize(D("0.01")))
        broken = reborn(broken)
    assert as_json(broken.to_memory()) == as_json(steady.to_memory())
    assert len(steady.blotter.rows) > 50


def test_a_memory_of_before_there_was_trouble_is_read() -> None:
    memory = new_exchange().to_memory()
    for name in ("names", "gone", "halts", "prints", "apart"):
        del memory[name]
    again = new_exchange()
    again.restore(memory)
    assert again.board.weather.clear


def test_renamed_shares_and_a_lost_cancel_survive_the_venue(venue: Venue) -> None:
    venue.hold("AAA", "10")
    venue.exchange.rename("AAA", "NEW")
    sent = venue.order("NEW", type="limit", limit_price="45")
    venue.exchange.lose_cancel(sent["id"])
    venue.api.keep()
    again = venue.restart()
    again.client.delete(f"/orders/{sent['id']}")
    assert again.get(f"/orders/{sent['id']}")["status"] == "filled"
    assert [row["symbol"] for row in again.get("/positions")] == ["NEW"]
