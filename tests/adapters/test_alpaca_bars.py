"""Previous closes over real sockets: which bar counts, and that a missing page is never an older close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_data import AlpacaPrices
from automated_trading.domain.errors import ConfigError, MarketDataError
from tests.adapters.scripted_broker import Asked, HandClock, Reply, says, scripted_broker, talking_to

TUESDAY = date(2026, 1, 6)
NOON = datetime(2026, 1, 6, 17, 0, tzinfo=UTC)
WEDNESDAY_BAR, TODAY, MONDAY, FRIDAY = (f"2026-01-{day:02}T05:00:00Z" for day in (7, 6, 5, 2))


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def bar(at: object, close: object, **more: Any) -> dict[str, Any]:
    return {"c": close, "h": 99, "l": 1, "n": 3, "o": 2, "t": at, "v": 100, "vw": 27.1, **more}


def page(token: str | None = None, **bars: object) -> Reply:
    return says({"bars": bars, "next_page_token": token})


def closes(
    *replies: Reply, symbols: list[str] | None = None, session: date = TUESDAY
) -> tuple[Mapping[str, Decimal], list[Asked]]:
    with scripted_broker(*replies) as server, talking_to(server.url, HandClock(NOON)) as client:
        return AlpacaPrices(client, feed="iex").previous_closes(symbols or ["AAPL"], session), server.asked


def query(asked: Asked) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(asked.path).query).items()}


def test_every_symbol_is_asked_for_at_once_up_to_the_day_before_and_from_no_feed() -> None:
    _, (asked,) = closes(page(), symbols=["AAPL", "BRK.B", "AAPL"])
    assert urlsplit(asked.path).path == "/v2/stocks/bars"
    assert query(asked) == {
        "symbols": "AAPL,BRK.B",
        "timeframe": "1Day",
        "adjustment": "split",
        "start": "2025-12-27T05:00:00Z",
        "end": "2026-01-06T04:59:59Z",
        "limit": "10000",
    }


def test_new_yorks_midnight_moves_with_daylight_saving() -> None:
    _, (asked,) = closes(page(), session=date(2026, 3, 9))
    assert (query(asked)["start"], query(asked)["end"]) == ("2026-02-27T05:00:00Z", "2026-03-09T03:59:59Z")


def test_the_last_bar_before_the_session_is_the_close() -> None:
    found, _ = closes(page(AAPL=[bar(FRIDAY, 26), bar(MONDAY, 27.5)], IBM=[bar(FRIDAY, 300)]), symbols=["AAPL", "IBM"])
    assert found == {"AAPL": Decimal("27.5"), "IBM": Decimal(300)}


@pytest.mark.parametrize("late", [TODAY, WEDNESDAY_BAR])
def test_a_bar_of_the_session_itself_or_later_is_never_a_previous_close(late: str) -> None:
    assert closes(page(AAPL=[bar(MONDAY, 27.5), bar(late, 1)]))[0] == {"AAPL": Decimal("27.5")}
    assert closes(page(AAPL=[bar(late, 1)]))[0] == {}


def test_the_order_of_the_bars_does_not_matter() -> None:
    assert closes(page(AAPL=[bar(MONDAY, 27.5), bar(FRIDAY, 26)]))[0] == {"AAPL": Decimal("27.5")}


def test_pages_are_read_to_the_end_even_where_they_part_one_symbols_bars() -> None:
    found, asked = closes(
        page("one", AAPL=[bar(FRIDAY, 26)]), page("two", AAPL=[bar(MONDAY, 27.5)]), page(IBM=[bar(MONDAY, 300)])
    )
    assert found == {"AAPL": Decimal("27.5"), "IBM": Decimal(300)}
    assert [query(one).get("page_token") for one in asked] == [None, "one", "two"]


@pytest.mark.parametrize("then", [says("", 502), says({"message": "too many requests."}, 429), says([])])
def test_a_page_that_is_missing_leaves_no_close_at_all(then: Reply) -> None:
    with pytest.raises(MarketDataError):
        closes(page("one", AAPL=[bar(FRIDAY, 26)]), then)


@pytest.mark.parametrize(
    "replies",
    [[page("one")], [page(f"token {n}") for n in range(40)], [says({"bars": {}, "next_page_token": 5})]],
)
def test_pages_without_an_end_are_not_read_for_ever(replies: list[Reply]) -> None:
    with pytest.raises(MarketDataError, match="does not end"):
        closes(*replies)


def test_a_page_that_names_itself_as_the_next_is_not_read_a_third_time() -> None:
    with scripted_broker(page("one")) as server, talking_to(server.url) as client:
        with pytest.raises(MarketDataError):
            AlpacaPrices(client).previous_closes(["AAPL"], TUESDAY)
        assert len(server.asked) == 2


@pytest.mark.parametrize("bad", ["27.5x", "NaN", -1, 0, True, None, [], {}])
def test_a_last_close_that_is_no_price_is_not_replaced_by_an_older_one(bad: object) -> None:
    found, _ = closes(page(AAPL=[bar(FRIDAY, 26), bar(MONDAY, bad)], IBM=[bar(MONDAY, 300)]))
    assert found == {"IBM": Decimal(300)}


@pytest.mark.parametrize("bad", ["monday", "2026-01-05T05:00:00", None, 5])
def test_a_bar_without_its_day_takes_its_symbols_close_with_it(bad: object) -> None:
    found, _ = closes(page(AAPL=[bar(FRIDAY, 26), bar(bad, 27.5)], IBM=[bar(MONDAY, 300)]))
    assert found == {"IBM": Decimal(300)}


@pytest.mark.parametrize("nothing", [None, {}, "halted", [None], [7]])
def test_bars_that_are_none_take_only_their_own_symbol(nothing: object) -> None:
    assert closes(page(AAPL=nothing, IBM=[bar(MONDAY, 300)]))[0] == {"IBM": Decimal(300)}


@pytest.mark.parametrize("empty", [{}, None])
def test_symbols_nobody_knows_are_missing(empty: object) -> None:
    assert closes(says({"bars": empty, "next_page_token": None}), symbols=["ZZZ"])[0] == {}


def test_a_symbol_alpaca_cannot_read_is_left_out_and_the_others_keep_their_closes() -> None:
    refusal = says({"message": "invalid symbol: BRK-B"}, 400)
    found, asked = closes(refusal, page(IBM=[bar(MONDAY, 300)]), symbols=["BRK-B", "IBM"])
    assert (found, query(asked[1])["symbols"]) == ({"IBM": Decimal(300)}, "IBM")


def test_no_symbol_is_no_request() -> None:
    with scripted_broker(page()) as server, talking_to(server.url) as client:
        assert AlpacaPrices(client).previous_closes([], TUESDAY) == {}
        assert server.asked == []


def test_more_than_500_symbols_take_more_requests() -> None:
    symbols = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "ABCDEFGH" for c in "ABCDEFGHI"]
    _, asked = closes(page(), symbols=symbols)
    assert [query(one)["symbols"].count(",") + 1 for one in asked] == [500, 76]


@pytest.mark.parametrize(
    "reply",
    [
        says({"message": "subscription does not permit querying recent SIP data"}, 403),
        says({"message": "too many requests."}, 429),
        says("<html>", 502),
        says([]),
        says({"bars": [], "next_page_token": None}),
        says('{"bars": NaN}'),
    ],
)
def test_without_an_answer_there_are_no_closes_and_it_is_said(reply: Reply) -> None:
    with pytest.raises(MarketDataError):
        closes(reply)


def test_refused_keys_are_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError):
        closes(says({"message": "forbidden."}, 403))
