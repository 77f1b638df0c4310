"""The two clocks: the host's, and the one an exchange carries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from automated_trading.adapters.clock import ExchangeClock, WallClock

AT = datetime(2026, 1, 5, 14, 35, tzinfo=UTC)


class Standing:
    """An exchange's time: it stands until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    def move(self, span: timedelta) -> None:
        self.at += span


def carried() -> tuple[Standing, ExchangeClock]:
    exchange = Standing()
    return exchange, ExchangeClock(lambda: exchange.at, exchange.move)


@freeze_time("2026-07-01 13:30:00")
def test_the_wall_clock_tells_aware_utc() -> None:
    now = WallClock().now()
    assert now == datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    assert now.tzinfo is UTC


def test_the_wall_clocks_stopwatch_runs_with_time() -> None:
    with freeze_time("2026-07-01 13:30:00") as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        clock = WallClock()
        begun = clock.monotonic()
        frozen.tick(90)
        assert clock.monotonic() - begun == 90


def test_the_wall_clock_does_not_mind_a_wait_that_is_over() -> None:
    WallClock().wait(-1)


def test_the_exchanges_clock_tells_the_exchanges_time_in_utc() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    now = ExchangeClock(lambda: paris, lambda span: None).now()
    assert (now, now.tzinfo) == (AT, UTC)


def test_waiting_on_the_exchanges_clock_moves_the_exchange() -> None:
    exchange, clock = carried()
    clock.wait(1.5)
    assert exchange.at == clock.now() == AT + timedelta(seconds=1.5)
    assert clock.monotonic() == 1.5


def test_the_exchange_is_never_moved_back() -> None:
    exchange, clock = carried()
    clock.wait(-5)
    clock.wait(0)
    assert exchange.at == AT


def test_the_exchanges_stopwatch_follows_a_jump_of_the_exchange() -> None:
    exchange, clock = carried()
    exchange.move(timedelta(hours=2))
    assert clock.monotonic() == 7200
