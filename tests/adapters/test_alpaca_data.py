"""Prices over real sockets: what is believed, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.domain.errors import ConfigError, MarketDataError
from automated_trading.domain.market import Price, Quote, Trade
from tests.adapters.scripted_broker import Asked, HandClock, Reply, says, scripted_broker, talking_to

AT = datetime(2026, 1, 6, 14, 35, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "latestTrade": {"c": ["@"], "p": 28.99, "s": 100, "t": "2026-01-06T14:34:59.123456789Z", "x": "V"},
        "latestQuote": {"ap": 29.01, "as": 3, "bp": 28.98, "bs": 2, "t": "2026-01-06T14:34:58Z"},
        "minuteBar": {"c": 28.9, "t": "2026-01-06T14:34:00Z"},
        "dailyBar": {"c": 28.95, "t": "2026-01-06T05:00:00Z"},
        **changes,
    }


def prices(*replies: Reply, symbols: list[str] | None = None) -> tuple[Mapping[str, Price], list[Asked]]:
    with scripted_broker(*replies) as server, talking_to(server.url, HandClock(AT)) as client:
        return AlpacaPrices(client).snapshots(symbols or ["AAPL"]), server.asked


def aapl(**changes: Any) -> Price:
    return prices(says({"AAPL": row(**changes)}))[0].get("AAPL", Price())


def test_a_snapshot_is_a_quote_and_a_trade() -> None:
    assert aapl() == Price(
        quote=Quote(Decimal("28.98"), Decimal("29.01"), datetime(2026, 1, 6, 14, 34, 58, tzinfo=UTC)),
        trade=Trade(Decimal("28.99"), datetime(2026, 1, 6, 14, 34, 59, 123456, tzinfo=UTC)),
    )


def test_all_symbols_go_into_one_request_each_once() -> None:
    _, (asked,) = prices(says({}), symbols=["AAPL", "BRK.B", "AAPL"])
    assert asked.path == "/v2/stocks/snapshots?symbols=AAPL%2CBRK.B"


def test_more_than_500_symbols_take_more_requests() -> None:
    symbols = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "ABCDEFGH" for c in "ABCDEFGHI"]
    _, asked = prices(says({}), symbols=symbols)
    assert [one.path.count("%2C") + 1 for one in asked] == [500, 76]


def test_no_symbol_is_no_request() -> None:
    with scripted_broker(says({})) as server, talking_to(server.url) as client:
        assert AlpacaPrices(client).snapshots([]) == {}
        assert server.asked == []


def test_the_feed_is_asked_for_where_one_is_chosen() -> None:
    with scripted_broker(says({})) as server, talking_to(server.url) as client:
        AlpacaPrices(client, feed="iex").snapshots(["AAPL"])
        assert server.asked[0].path.endswith("?symbols=AAPL&feed=iex")


@pytest.mark.parametrize("bad", ["28.98x", "NaN", -1, True, None, [], {}])
def test_a_bad_number_takes_only_its_own_part(bad: object) -> None:
    quoteless = aapl(latestQuote={"ap": bad, "bp": 1, "t": "2026-01-06T14:34:58Z"})
    tradeless = aapl(latestTrade={"p": bad, "t": "2026-01-06T14:34:58Z"})
    assert (quoteless.quote, tradeless.trade) == (None, None)
    assert all((quoteless.trade, tradeless.quote))


@pytest.mark.parametrize("bad", ["yesterday", "2026-01-06T14:34:58", None, 5])
def test_a_price_without_its_time_is_no_price(bad: object) -> None:
    price = aapl(latestQuote={"ap": 2, "bp": 1, "t": bad}, latestTrade={"p": 1, "t": bad})
    assert (price.quote, price.trade) == (None, None)


def test_a_side_nobody_quotes_is_zero_and_a_trade_at_zero_is_none() -> None:
    price = aapl(
        latestQuote={"ap": 0, "bp": 28.98, "t": "2026-01-06T14:34:58Z"},
        latestTrade={"p": 0, "t": "2026-01-06T14:34:58Z"},
    )
    assert price.quote is not None
    assert (price.quote.ask, price.trade) == (Decimal(0), None)


@pytest.mark.parametrize("nothing", [None, {}, [], "halted"])
def test_a_symbol_nobody_knows_anything_of_is_missing(nothing: object) -> None:
    found, _ = prices(says({"AAPL": nothing, "IBM": row()}), symbols=["AAPL", "IBM", "ZZZ"])
    assert set(found) == {"IBM"}


def test_a_symbol_alpaca_cannot_read_is_left_out_and_the_others_keep_their_prices() -> None:
    refusal = says({"message": "invalid symbol: BRK-B"}, 400)
    found, asked = prices(refusal, says({"IBM": row()}), symbols=["BRK-B", "IBM"])
    assert set(found) == {"IBM"}
    assert asked[1].path.endswith("?symbols=IBM")


def test_symbols_refused_one_by_one_are_not_asked_for_ever() -> None:
    replies = [says({"message": f"invalid symbol: A{n}"}, 400) for n in range(9)]
    with pytest.raises(MarketDataError, match="too many"):
        prices(*replies, symbols=[f"A{n}" for n in range(9)])


@pytest.mark.parametrize(
    "reply",
    [
        says({"message": "subscription does not permit querying recent SIP data"}, 403),
        says({"message": "invalid symbol: ELSE"}, 400),
        says({"message": "too many requests."}, 429),
        says("<html>", 502),
        says([]),
        says('{"AAPL": NaN}'),
    ],
)
def test_without_an_answer_there_are_no_prices_and_it_is_said(reply: Reply) -> None:
    with pytest.raises(MarketDataError):
        prices(reply)


def test_refused_keys_are_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError):
        prices(says({"message": "forbidden."}, 403))
