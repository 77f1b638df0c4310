"""What the broker tells, over real sockets: how it is read, and what is not believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.domain.errors import BrokerUnreachable
from automated_trading.domain.market import Account, Asset, BrokerClock, Holding
from automated_trading.domain.orders import BrokerStatus
from tests.adapters.scripted_broker import Asked, Reply, says, scripted_broker, talking_to
from tests.adapters.wire_rows import AT, OUR_ID, account_row, asset_row, order_row, position_row

Ask = Callable[[AlpacaBroker], Any]


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def ask(question: Ask, *replies: Reply) -> tuple[Any, list[Asked]]:
    """What a broker of those replies is made of, and what it was asked."""
    with scripted_broker(*replies) as server, talking_to(server.url) as client:
        return question(AlpacaBroker(client)), server.asked


def told(question: Ask, answer: object) -> Any:
    return ask(question, says(answer))[0]


NOT_FOUND = says({"code": 40410000, "message": f"order not found for {OUR_ID}"}, 404)


OPEN = (
    "new accepted pending_new partially_filled held pending_cancel pending_replace done_for_day stopped "
    "suspended calculated accepted_for_bidding pending_review"
)


STATUSES = [
    *((word, BrokerStatus.OPEN) for word in OPEN.split()),
    ("filled", BrokerStatus.FILLED),
    ("canceled", BrokerStatus.CANCELLED),
    ("expired", BrokerStatus.EXPIRED),
    ("rejected", BrokerStatus.REJECTED),
    ("replaced", BrokerStatus.REPLACED),
    ("quantum_pending", BrokerStatus.UNKNOWN),
    ("FILLED", BrokerStatus.UNKNOWN),
]


@pytest.mark.parametrize(("word", "meaning"), STATUSES)
def test_each_status_has_its_meaning_and_keeps_its_word(word: str, meaning: BrokerStatus) -> None:
    order = told(lambda broker: broker.follow("a"), order_row(status=word))
    assert (order.status, order.raw_status) == (meaning, word)


def test_numbers_may_come_as_json_numbers() -> None:
    order = told(lambda broker: broker.follow("a"), order_row(qty=34, limit_price=28.99))
    assert (order.qty, order.limit_price) == (Decimal(34), Decimal("28.99"))


def test_an_order_by_money_counts_what_is_filled() -> None:
    row = order_row(qty=None, notional="100", filled_qty="3.5", filled_avg_price="28", type="market")
    assert told(lambda broker: broker.follow("a"), row).qty == Decimal("3.5")


def numbered(first: int, count: int) -> list[dict[str, Any]]:
    stamps = [AT + timedelta(milliseconds=n) for n in range(first, first + count)]
    return [
        order_row(id=f"id-{n}", client_order_id=f"c-{n}", submitted_at=f"{at:%Y-%m-%dT%H:%M:%S.%f}789Z")
        for n, at in enumerate(stamps, first)
    ]


def test_orders_are_asked_for_whatever_their_status_oldest_first() -> None:
    _, (asked,) = ask(lambda broker: broker.orders(AT), says([]))
    assert parse_qs(urlsplit(asked.path).query) == {
        "status": ["all"],
        "direction": ["asc"],
        "limit": ["500"],
        "after": ["2026-01-05T14:35:00Z"],
    }


def test_pages_of_orders_overlap_and_each_order_is_told_once() -> None:
    pages = says(numbered(0, 500)), says(numbered(499, 500)), says(numbered(998, 3))
    orders, asked = ask(lambda broker: broker.orders(AT - timedelta(days=1)), *pages)
    assert [order.broker_id for order in orders] == [f"id-{n}" for n in range(1001)]
    after = [parse_qs(urlsplit(one.path).query)["after"][0] for one in asked]
    assert after[1:] == ["2026-01-05T14:35:00.498999Z", "2026-01-05T14:35:00.997999Z"]


def test_an_order_that_changes_between_two_pages_is_told_as_it_is_last() -> None:
    changed = {**numbered(499, 1)[0], "status": "canceled"}
    orders, _ = ask(lambda broker: broker.orders(AT), says(numbered(0, 500)), says([changed]))
    assert (len(orders), orders[-1].status) == (500, BrokerStatus.CANCELLED)


def test_an_order_told_again_otherwise_is_read_again() -> None:
    """Seen red when: a row was known by its id alone."""
    row = numbered(0, 1)[0]
    later = {**row, "status": "canceled"}
    twice, _ = ask(lambda b: [b.orders(AT) for _ in range(3)], says([row]), says([row]), says([later]))
    assert [order.raw_status for (order,) in twice] == [row["status"], row["status"], "canceled"]


def test_a_list_that_never_goes_on_is_not_read_for_ever() -> None:
    with pytest.raises(BrokerUnreachable, match="does not go on"):
        ask(lambda broker: broker.orders(AT), says(numbered(0, 500)))


def test_the_shell_of_an_options_order_does_not_hide_the_other_orders() -> None:
    shell = order_row(id="shell", order_class="mleg", symbol="", side="", qty=None)
    orders = told(lambda broker: broker.orders(AT), [shell, *numbered(0, 1)])
    assert [order.broker_id for order in orders] == ["id-0"]


def test_the_clock_is_read_in_utc_without_its_nanoseconds() -> None:
    row = {"timestamp": "2026-01-05T09:35:00.123456789-05:00", "is_open": True, "next_open": "x"}
    at = datetime(2026, 1, 5, 14, 35, 0, 123456, tzinfo=UTC)
    assert told(AlpacaBroker.clock, row) == BrokerClock(at, True)


def test_the_clock_tells_how_far_ours_is_off() -> None:
    row = {"timestamp": "2026-01-05T10:00:00-05:00", "is_open": True}
    clock, _ = ask(AlpacaBroker.clock, says(row, Date="Mon, 05 Jan 2026 15:00:30 GMT"))
    assert clock.skew == timedelta(seconds=-30)


def test_the_calendar_knows_half_days_and_daylight_saving() -> None:
    rows = [
        {"date": "2026-11-27", "open": "09:30", "close": "13:00", "session_open": "0400"},
        {"date": "2026-10-30", "open": "09:30", "close": "16:00", "settlement_date": "2026-11-02"},
    ]
    day = date(2026, 10, 30), date(2026, 11, 30)
    (summer, half), (asked,) = ask(lambda broker: broker.calendar(*day), says(rows))
    assert (summer.opens, summer.closes) == (
        datetime(2026, 10, 30, 13, 30, tzinfo=UTC),
        datetime(2026, 10, 30, 20, 0, tzinfo=UTC),
    )
    assert half.closes == datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    assert asked.path == "/v2/calendar?start=2026-10-30&end=2026-11-30"


def test_a_weekend_has_no_sessions() -> None:
    assert told(lambda broker: broker.calendar(date(2026, 1, 3), date(2026, 1, 4)), []) == ()


def test_the_account_is_read_to_the_last_digit() -> None:
    assert told(AlpacaBroker.account, account_row()) == Account(
        account_id="e6fe16f3-64a4-4921-8928-cadf02f92f98",
        equity=Decimal("100123.456789"),
        last_equity=Decimal("100000.1"),
        cash=Decimal("98765.43"),
    )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("account_blocked", True, "account blocked"),
        ("trading_blocked", True, "trading blocked"),
        ("trading_blocked", "yes", "trading blocked"),
        ("trade_suspended_by_user", True, "trade suspended by user"),
        ("status", "ACCOUNT_CLOSED", "status ACCOUNT_CLOSED"),
    ],
)
def test_a_blocked_account_says_by_what(field: str, value: object, words: str) -> None:
    assert told(AlpacaBroker.account, account_row(**{field: value})).blocked == words


def test_a_flag_that_is_gone_blocks_nothing() -> None:
    row = account_row()
    del row["trade_suspended_by_user"]
    assert told(AlpacaBroker.account, row).blocked is None


def test_positions_are_signed_by_their_side() -> None:
    rows = [
        position_row(),
        position_row(symbol="TSLA", qty="5", side="short", current_price=None),
        position_row(symbol="IBM", qty="-5", side="short"),
    ]
    long, short, signed = told(AlpacaBroker.positions, rows)
    assert long == Holding("AAPL", Decimal(34), Decimal("28.983333"), Decimal("29.1"))
    assert (short.qty, short.mark, signed.qty) == (Decimal(-5), None, Decimal(-5))


def test_an_asset_is_told_by_its_status_and_whether_it_trades() -> None:
    asset, (asked,) = ask(
        lambda b: b.asset("BRK.B"), says(asset_row(symbol="BRK.B", status="inactive", tradable=False))
    )
    assert asset == Asset("BRK.B", active=False, tradable=False)
    assert asked.path == "/v2/assets/BRK.B"


@pytest.mark.parametrize(
    "reply",
    [
        says({"code": 40410000, "message": "asset not found for AAPL"}, 404),
        says(asset_row(symbol="AAPLX")),
    ],
)
def test_a_symbol_the_broker_knows_nothing_of_under_that_name_is_none(reply: Reply) -> None:
    assert ask(lambda b: b.asset("AAPL"), reply)[0] is None


@pytest.mark.parametrize(
    "symbol", ["", ".", "..", "../orders", "AAPL?a=b", "AAPL/x", "aapl", "ÄPL", "AAPL\n", "BTC/USD"]
)
def test_what_is_no_plain_ticker_gets_into_no_path(symbol: str) -> None:
    with scripted_broker(says(asset_row())) as server, talking_to(server.url) as client:
        assert AlpacaBroker(client).asset(symbol) is None
        assert server.asked == []


READS: list[tuple[Ask, object]] = [
    (AlpacaBroker.clock, {"timestamp": "2026-01-05T09:35:00", "is_open": True}),
    (AlpacaBroker.clock, {"timestamp": "2026-01-05T09:35:00Z", "is_open": "true"}),
    (AlpacaBroker.clock, []),
    (AlpacaBroker.account, account_row(equity="NaN")),
    (AlpacaBroker.account, account_row(cash=None)),
    (AlpacaBroker.account, account_row(id="")),
    (AlpacaBroker.account, account_row(equity="9" * 100)),
    (AlpacaBroker.account, None),
    (AlpacaBroker.positions, {"message": "an error that came as 200"}),
    (AlpacaBroker.positions, [position_row(qty="inf")]),
    (AlpacaBroker.positions, [position_row(symbol=None)]),
    (AlpacaBroker.positions, [position_row(symbol="A\nB")]),
    (lambda b: b.orders(AT), {}),
    (lambda b: b.orders(AT), [order_row(), order_row(id="b", qty="NaN")]),
    (lambda b: b.orders(AT), [None]),
    (lambda b: b.asset("AAPL"), asset_row(tradable=None)),
    (lambda b: b.asset("AAPL"), asset_row(tradable="true")),
    (lambda b: b.asset("AAPL"), asset_row(status=None)),
    (lambda b: b.asset("AAPL"), []),
    (lambda b: b.find(OUR_ID), order_row(client_order_id="another")),
    (lambda b: b.follow("a"), order_row(filled_qty="-1")),
    (
        lambda b: b.calendar(date(2026, 1, 1), date(2026, 1, 9)),
        [{"date": "2026-01-05", "open": "9h", "close": "16:00"}],
    ),
    (
        lambda b: b.calendar(date(2026, 1, 1), date(2026, 1, 9)),
        [{"date": "2026-01-05", "open": "16:00", "close": "09:30"}],
    ),
]


@pytest.mark.parametrize(("question", "answer"), READS)
def test_a_read_that_is_not_understood_counts_as_not_answered(question: Ask, answer: object) -> None:
    with pytest.raises(BrokerUnreachable, match="not understood"):
        told(question, answer)


@pytest.mark.parametrize(
    "question",
    [
        AlpacaBroker.account,
        lambda b: b.find(OUR_ID),
        lambda b: b.orders(AT),
        lambda b: b.activities(AT),
        lambda b: b.asset("AAPL"),
    ],
)
def test_a_read_that_is_refused_counts_as_not_answered(question: Ask) -> None:
    with pytest.raises(BrokerUnreachable, match="no such luck"):
        ask(question, says({"code": 40010001, "message": "no such luck"}, 422))
