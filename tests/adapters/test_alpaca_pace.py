"""How fast and how long the client asks, on a clock moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automated_trading.domain.errors import (
    BrokerUnreachable,
)
from tests.adapters.scripted_broker import (
    HandClock,
    Reply,
    says,
    scripted_broker,
    talking_to,
)

BODY = {"client_order_id": "A-BUY-20260105-093500-00000000", "qty": "10", "limit_price": "28.99"}


def test_at_most_149_requests_leave_in_any_minute() -> None:
    clock = HandClock()
    with scripted_broker(says({})) as broker, talking_to(broker.url, clock) as client:
        for _ in range(149):
            client.read("/account")
        assert clock.waited == []
        client.read("/account")
    assert clock.waited == [60]


def test_the_window_slides() -> None:
    clock = HandClock()
    with scripted_broker(says({})) as broker, talking_to(broker.url, clock) as client:
        client.read("/account")
        clock.seconds = 50
        for _ in range(149):
            client.read("/account")
    assert clock.waited == [10]


def low(remaining: str, reset: int) -> Reply:
    return says({}, X_RateLimit_Remaining=remaining, X_RateLimit_Reset=str(reset))


@pytest.mark.parametrize(
    ("remaining", "in_seconds", "waited"),
    [("50", 30, []), ("49", 30, [30]), ("0", 3600, [60]), ("0", -5, []), ("few", 30, [])],
)
def test_when_the_account_has_few_requests_left_the_next_one_waits(
    remaining: str, in_seconds: int, waited: list[float]
) -> None:
    clock = HandClock()
    reset = int(clock.at.timestamp()) + in_seconds
    with scripted_broker(low(remaining, reset), says({})) as broker, talking_to(broker.url, clock) as client:
        client.read("/account")
        client.read("/account")
    assert clock.waited == waited


def test_after_the_runs_time_nothing_is_asked() -> None:
    clock = HandClock()
    with scripted_broker(says({})) as broker, talking_to(broker.url, clock) as client:
        clock.seconds = 240
        with pytest.raises(BrokerUnreachable, match="time is up"):
            client.send("/orders", BODY)
        assert broker.asked == []


def test_a_wait_beyond_the_runs_time_is_not_begun() -> None:
    clock = HandClock()
    reply = low("0", int(clock.at.timestamp()) + 50)
    with scripted_broker(reply) as broker, talking_to(broker.url, clock, seconds=40) as client:
        client.read("/account")
        with pytest.raises(BrokerUnreachable, match="time is up"):
            client.read("/account")
    assert clock.waited == []


def test_the_skew_is_our_clock_against_the_date_of_the_clock_answer() -> None:
    clock = HandClock(datetime(2026, 1, 5, 15, 0, 7, tzinfo=UTC))
    dated = says({}, Date="Mon, 05 Jan 2026 15:00:00 GMT")
    with scripted_broker(dated, dated, says({})) as broker, talking_to(broker.url, clock) as client:
        client.read("/account")
        assert client.skew is None
        client.read("/clock")
        assert client.skew == timedelta(seconds=7)
        client.read("/clock")
        assert client.skew is None
