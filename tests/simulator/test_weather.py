"""What is shown of the market when it is not as it should be: halts, wrong quotes, a trade that never was."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from automated_trading.simulator.errors import Refused
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.orders import Status
from automated_trading.simulator.quotes import Quote
from automated_trading.simulator.spelling import moment
from automated_trading.simulator.ticket import Ticket
from automated_trading.simulator.troubles import Troubles
from tests.simulator.conftest import MORNING, Venue, new_exchange

D = Decimal
MINUTE = timedelta(minutes=1)
SYMBOLS = ("AAPL", "BA", "CAT", "CVX", "GE", "JNJ", "JPM", "KO", "MSFT", "XOM")


def seen(exchange: Exchange, symbol: str) -> Quote | None:
    return exchange.board.quote(symbol, exchange.now)


def by_seed(**rates: str) -> Exchange:
    troubles = Troubles(**{kind: D(rate) for kind, rate in rates.items()})
    return Exchange(SeededTape(1), start=MORNING, seed=1, troubles=troubles)


def test_in_a_halt_quotes_and_trades_grow_old_where_they_stand(venue: Venue) -> None:
    venue.exchange.halt_symbol("AAPL")
    before = venue.get("/stocks/snapshots", symbols="AAPL")["AAPL"]
    venue.exchange.advance_to(MORNING + 20 * MINUTE)
    after = venue.get("/stocks/snapshots", symbols="AAPL")["AAPL"]
    assert (after["latestQuote"], after["latestTrade"]) == (before["latestQuote"], before["latestTrade"])
    assert moment(after["latestQuote"]["t"][:26] + "Z") == MORNING


def test_a_halt_takes_orders_and_trades_none_of_them(venue: Venue) -> None:
    venue.exchange.halt_symbol("AAA")
    sent = venue.order()
    venue.exchange.set_price("AAA", D(10))
    venue.exchange.advance_to(MORNING + timedelta(hours=1))
    assert venue.get(f"/orders/{sent['id']}")["status"] == "new"
    assert venue.get("/stocks/trades/latest", symbols="AAA")["trades"]["AAA"]["p"] == 50
    venue.exchange.unhalt("AAA")
    assert venue.get(f"/orders/{sent['id']}")["filled_avg_price"] == "10.01"


def test_the_owner_cannot_trade_in_a_halt_either() -> None:
    exchange = new_exchange()
    exchange.halt_symbol("AAA")
    with pytest.raises(Refused, match="is halted"):
        exchange.trade_by_hand("AAA", "buy", D(1))


def test_a_cancel_loses_to_nothing_in_a_halt() -> None:
    exchange = new_exchange()
    sent = exchange.place(Ticket("AAA", "buy", "limit", "day", D(1), limit_price=D(45)))
    exchange.lose_cancel(sent.id)
    exchange.halt_symbol("AAA")
    exchange.cancel(sent.id)
    exchange.match()
    assert exchange.blotter.rows[0].status is Status.CANCELED


def test_a_bad_print_is_the_last_trade_until_its_minute_is_over_and_fills_nothing() -> None:
    exchange = new_exchange()
    exchange.trade_by_hand("AAA", "buy", D(10))
    exchange.place(Ticket("AAA", "sell", "stop", "day", D(10), stop_price=D(45)))
    exchange.bad_print("AAA", D(5))
    exchange.match()
    assert (exchange.board.last("AAA", exchange.now), exchange.mark("AAA")) == (5, 5)
    assert exchange.blotter.rows[-1].status is Status.NEW
    exchange.advance_to(MORNING + MINUTE)
    assert exchange.mark("AAA") == 50


def test_by_seed_a_symbol_is_halted_for_one_stretch_of_a_session() -> None:
    exchange, minutes = by_seed(halted="1"), [MORNING + n * MINUTE for n in range(-5, 385)]
    for symbol in SYMBOLS:
        halted = [exchange.board.halted(symbol, at) for at in minutes]
        assert sum(halted) >= 1
        assert sum(now != before for before, now in pairwise(halted)) <= 2


def test_by_seed_some_are_halted_others_not_and_another_session_is_another_draw() -> None:
    exchange = by_seed(halted="0.5")

    def halted_on(morning: datetime) -> set[str]:
        minutes = [morning + n * MINUTE for n in range(-5, 385)]
        return {symbol for symbol in SYMBOLS if any(exchange.board.halted(symbol, at) for at in minutes)}

    today, tomorrow = halted_on(MORNING), halted_on(MORNING + timedelta(days=1))
    assert 0 < len(today) < len(SYMBOLS)
    assert today != tomorrow


def test_by_seed_a_quote_is_absent() -> None:
    assert seen(by_seed(absent="1"), "KO") is None


def test_by_seed_a_quote_has_no_price_on_one_side_or_on_both() -> None:
    exchange = by_seed(zero="1")
    quotes = [seen(exchange, symbol) for symbol in SYMBOLS]
    assert {(quote.bid == 0, quote.ask == 0) for quote in quotes if quote} == {(True, True), (True, False)}


def test_by_seed_a_quote_is_crossed_and_nothing_trades_on_it() -> None:
    exchange = by_seed(crossed="1")
    quote = seen(exchange, "KO")
    assert quote is not None
    assert quote.bid > quote.ask
    exchange.place(Ticket("KO", "buy", "market", "day", D(1)))
    exchange.advance_to(MORNING + 5 * MINUTE)
    assert exchange.blotter.rows[0].status is Status.NEW


def test_by_seed_a_quote_is_minutes_old() -> None:
    exchange = by_seed(stale="1")
    ages = {MORNING - quote.at for symbol in SYMBOLS if (quote := seen(exchange, symbol)) is not None}
    assert min(ages) >= 3 * MINUTE
    assert len(ages) > 3


def test_by_seed_a_print_is_far_from_the_market_below_or_above() -> None:
    exchange, calm = by_seed(bad_print="1"), by_seed()
    ratios = []
    for symbol in SYMBOLS:
        shown, true = exchange.board.last(symbol, MORNING), calm.board.last(symbol, MORNING)
        assert shown is not None
        assert true is not None
        ratios.append(shown / true)
    assert min(ratios) < D("0.8")
    assert max(ratios) > D("1.2")
    assert not any(D("0.8") < ratio < D("1.2") for ratio in ratios)


def test_who_asks_and_how_often_changes_nothing() -> None:
    rates = dict.fromkeys(("halted", "stale", "zero", "crossed", "absent", "bad_print"), "0.3")
    first, second = by_seed(**rates), by_seed(**rates)
    for symbol in reversed(SYMBOLS):
        second.board.quote(symbol, MORNING + MINUTE)
    assert [seen(first, symbol) for symbol in SYMBOLS] == [seen(second, symbol) for symbol in SYMBOLS]


def test_outside_a_session_the_weather_is_fair() -> None:
    rates = dict.fromkeys(("halted", "stale", "zero", "crossed", "absent", "bad_print"), "1")
    night = MORNING + timedelta(hours=10)
    stormy, calm = by_seed(**rates).board, by_seed().board
    assert [stormy.quote(s, night) for s in SYMBOLS] == [calm.quote(s, night) for s in SYMBOLS]
    assert [stormy.last(s, night) for s in SYMBOLS] == [calm.last(s, night) for s in SYMBOLS]
