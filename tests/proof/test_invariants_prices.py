"""I14, I15: whose clock decides, and which prices may not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain.sessions import new_york
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, bench, moment, signal
from tests.engine.stage import holding, shows, sides
from tests.engine.wire import rewording

D = Decimal

DAYS = {
    "an ordinary day": date(2026, 2, 3),
    "the Friday before the clocks change": date(2026, 3, 6),
    "the Monday after": date(2026, 3, 9),
    "the Monday after they change back": date(2026, 11, 2),
    "a half day": date(2026, 11, 27),
    "the next session after a holiday": date(2026, 2, 17),
}


@pytest.mark.parametrize("day", DAYS)
def test_i14_every_quarter_of_an_hour_of_a_day_new_yorks_session_decides(tmp_path: Path, day: str) -> None:
    """Bought at the first run from 09:35 on and at no other; nothing is sent outside the session.

    Seen red when: the window is reckoned in UTC, or in standard time all year.
    """
    on = DAYS[day]
    b = bench(tmp_path, "AAA")
    b.signals.entries = [signal("AAA", date_generated=f"{on}T11:00:00")]
    at = moment("04:00", on)
    while at < moment("20:00", on):
        b.exchange.advance_to(at)
        b.exchange.set_close("AAA", D(100))
        before = len(b.orders())
        b.run(MORNING)
        clock = f"{new_york(at):%H:%M}"
        assert (len(b.orders()) - before, clock) == (int(clock == "09:45"), clock)
        at += timedelta(minutes=15)
    assert sides(b, "AAA") == ["buy filled"]


def test_i14_a_holiday_has_no_session(tmp_path: Path) -> None:
    """Seen red when: a weekday counts as a session."""
    b = bench(tmp_path, "AAA")
    for clock in ("09:35", "11:00", "15:00"):
        b.run(MORNING, clock, date(2026, 2, 16))
        b.run(MONITOR, clock, date(2026, 2, 16))
    assert b.orders() == []


@pytest.mark.parametrize(("seconds", "said", "bought"), [(4, False, True), (6, True, True), (61, True, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_i14_a_host_whose_clock_is_off_says_so_and_beyond_a_minute_opens_nothing(
    tmp_path: Path, seconds: int, sign: int, said: bool, bought: bool
) -> None:
    """Seen red when: the host's clock stands in for the broker's."""
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("09:35"))
    stamp = b.exchange.now - timedelta(seconds=sign * seconds)
    b.wire.extra_headers["Date"] = format_datetime(stamp, usegmt=True)
    told = b.run(MORNING)
    assert ("clock is" in told.said) == said
    assert bool(b.orders("AAA")) == bought


QUOTES: dict[str, Any] = {
    "none": {"latestQuote": None},
    "an old one": {"latestQuote": {"bp": 99.9, "ap": 100.1, "t": "2026-02-03T14:30:00Z"}},
    "from the future": {"latestQuote": {"bp": 99.9, "ap": 100.1, "t": "2026-02-03T15:30:00Z"}},
    "no bid": {"latestQuote": {"bp": 0, "ap": 100.1, "t": "2026-02-03T14:35:00Z"}},
    "no ask": {"latestQuote": {"bp": 99.9, "ap": 0, "t": "2026-02-03T14:35:00Z"}},
    "crossed": {"latestQuote": {"bp": 100.2, "ap": 100.1, "t": "2026-02-03T14:35:00Z"}},
    "negative": {"latestQuote": {"bp": -1, "ap": 100.1, "t": "2026-02-03T14:35:00Z"}},
    "wide": {"latestQuote": {"bp": 90, "ap": 100.1, "t": "2026-02-03T14:35:00Z"}},
    "text": {"latestQuote": {"bp": "cheap", "ap": "dear", "t": "2026-02-03T14:35:00Z"}},
}


@pytest.mark.parametrize("quote", QUOTES)
def test_i15_no_buy_on_a_quote_that_is_not_sound(tmp_path: Path, quote: str) -> None:
    """Seen red when: the last trade stands in for a quote that is missing, old or crossed."""
    b = bench(tmp_path, "AAA")
    change = QUOTES[quote]
    b.wire.on(
        "GET", "/v2/stocks/snapshots", rewording(lambda rows: {one: {**row, **change} for one, row in rows.items()})
    )
    told = b.run(MORNING, "09:35")
    assert b.orders() == []
    assert told.exit_code in (0, 4)
    b.wire.acts = ()
    b.run(MONITOR, "09:40")
    assert sides(b, "AAA") == ["buy filled"]


def test_i15_nan_is_no_quote(tmp_path: Path) -> None:
    """Seen red when: a comparison with NaN lets a price through."""
    b = bench(tmp_path, "AAA")

    def change(request: Any, handle: Any) -> Any:
        told = handle(request)
        return type(told)(told.status, told.headers, told.body.replace(b'"bp":', b'"bp":NaN,"was":'))

    b.wire.on("GET", "/v2/stocks/snapshots", change)
    b.run(MORNING, "09:35")
    assert b.orders() == []


@pytest.mark.parametrize("flag", ["account_blocked", "trading_blocked"])
def test_i15_no_buy_on_a_blocked_account(tmp_path: Path, flag: str) -> None:
    """Seen red when: the account's flags are not read."""
    b = bench(tmp_path, "AAA")
    setattr(b.exchange, flag, True)
    b.run(MORNING, "09:35")
    assert b.asked("POST") == 0


BAD_PRINTS = {
    "the last trade": ("100", "100.1", "40"),
    "the bid": ("40", "100.1", "100"),
    "both sides": ("100", "100.1", "1"),
}


@pytest.mark.parametrize("which", BAD_PRINTS)
def test_i15_one_bad_print_fires_no_stop_and_makes_no_high(tmp_path: Path, which: str) -> None:
    """Nor does one that is far too good raise a stop.

    Seen red when: one witness is enough.
    """
    b = holding(tmp_path, "AAA")
    stop = b.state().positions["AAA"].stop
    shows(b, "AAA", *BAD_PRINTS[which])
    b.run(MONITOR, "09:40")
    shows(b, "AAA", "100", "100.1", "250")
    b.run(MONITOR, "09:45")
    assert sides(b, "AAA") == ["buy filled"]
    assert b.state().positions["AAA"].stop == stop
    assert b.state().positions["AAA"].high < D(102)


def test_i15_a_halted_stock_whose_quote_has_stopped_is_not_sold(tmp_path: Path) -> None:
    """Seen red when: the age of a price is not asked."""
    b = holding(tmp_path, "AAA")
    b.exchange.set_price("AAA", D(50))
    b.exchange.halt_symbol("AAA")
    for clock in ("09:51", "10:00", "11:00"):  # fifteen minutes a price may be old
        b.run(MONITOR, clock)
    assert sides(b, "AAA") == ["buy filled"]


def test_i14_a_session_is_closed_under_its_own_date(tmp_path: Path) -> None:
    """Late in the evening, when it is tomorrow in UTC.

    Seen red when: the session's date is taken from UTC.
    """
    b: Bench = holding(tmp_path, "AAA")
    b.run(EOD, "21:30")
    figures = b.state().day.figures
    assert figures is not None
    assert figures.session == date(2026, 2, 3)
