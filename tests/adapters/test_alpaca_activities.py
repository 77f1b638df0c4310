"""What moved the account beside trades, over real sockets: what counts, what does not, and that all pages are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from urllib3 import Retry

from automated_trading.adapters.alpaca_broker import AlpacaBroker
from automated_trading.domain.errors import BrokerUnreachable
from automated_trading.domain.market import Activity
from tests.adapters.scripted_broker import Asked, Reply, says, scripted_broker, talking_to
from tests.adapters.wire_rows import AT, activity_row

MIDNIGHT = datetime(2026, 1, 5, 5, 0, tzinfo=UTC)  # in New York


@pytest.fixture(autouse=True)
def _no_pause_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


def heard(*replies: Reply, after: datetime = AT) -> tuple[tuple[Activity, ...], list[Asked]]:
    with scripted_broker(*replies) as server, talking_to(server.url) as client:
        return AlpacaBroker(client).activities(after), server.asked


def one(**changes: Any) -> Activity:
    ((activity,), _) = heard(says([activity_row(**changes)]))
    return activity


def numbered(first: int, count: int, **changes: Any) -> list[dict[str, Any]]:
    stamps = [AT + timedelta(seconds=n) for n in range(first, first + count)]
    return [
        activity_row(id=f"20260105::{n}", created_at=f"{at:%Y-%m-%dT%H:%M:%S}Z", **changes)
        for n, at in enumerate(stamps, first)
    ]


def query(asked: Asked) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(asked.path).query).items()}


def test_a_dividend_is_told_in_our_words() -> None:
    assert one() == Activity(
        activity_id="20260105093500123::5f596936-6f23-4cef-bdf1-3806aae57dbf",
        kind="DIV",
        amount=Decimal("8.67"),
        at=datetime(2026, 1, 5, 14, 35, 0, 123456, tzinfo=UTC),
        symbol="AAPL",
        qty=Decimal(34),
    )


def test_only_what_is_no_trade_is_asked_for_oldest_first_and_by_the_whole_second() -> None:
    _, (asked,) = heard(says([]), after=AT + timedelta(microseconds=654321))
    assert urlsplit(asked.path).path == "/v2/account/activities"
    assert query(asked) == {
        "category": "non_trade_activity",
        "direction": "asc",
        "page_size": "100",
        "after": "2026-01-05T14:35:00Z",
    }


def test_pages_go_on_from_the_last_id_until_a_short_one() -> None:
    activities, asked = heard(says(numbered(0, 100)), says(numbered(100, 100)), says(numbered(200, 3)))
    assert [activity.activity_id for activity in activities] == [f"20260105::{n}" for n in range(203)]
    assert [query(page).get("page_token") for page in asked] == [None, "20260105::99", "20260105::199"]


def test_a_page_of_trades_and_cancelled_rows_alone_does_not_end_the_list() -> None:
    trades = numbered(0, 50, activity_type="FILL") + numbered(50, 50, status="canceled")
    activities, asked = heard(says(trades), says(numbered(100, 1)))
    assert ([activity.activity_id for activity in activities], len(asked)) == (["20260105::100"], 2)


def test_a_list_that_never_goes_on_is_not_read_for_ever() -> None:
    with pytest.raises(BrokerUnreachable, match="does not go on"):
        heard(says(numbered(0, 100)))


def test_an_activity_told_on_two_pages_is_one() -> None:
    activities, _ = heard(says(numbered(0, 100)), says(numbered(99, 2)))
    assert len(activities) == 101


@pytest.mark.parametrize("kind", ["CSD", "FEE", "SPLIT", "OCT", "SOMETHING_NEW"])
def test_every_kind_keeps_its_own_word(kind: str) -> None:
    assert one(activity_type=kind).kind == kind


@pytest.mark.parametrize("status", ["executed", "correct", "some new word", "", None])
def test_a_row_counts_unless_its_status_says_otherwise(status: object) -> None:
    assert one(status=status).amount == Decimal("8.67")


@pytest.mark.parametrize("status", ["canceled", "pending"])
def test_what_was_cancelled_or_is_not_booked_yet_moved_nothing(status: str) -> None:
    assert heard(says([activity_row(status=status)]))[0] == ()


@pytest.mark.parametrize("gone", [None, ""])
def test_what_a_kind_does_not_have_is_zero_or_empty(gone: object) -> None:
    bare = one(activity_type="NC", net_amount=gone, qty=gone, symbol=gone)
    assert (bare.amount, bare.qty, bare.symbol) == (Decimal(0), Decimal(0), "")


def test_numbers_may_come_as_json_numbers_and_with_a_sign() -> None:
    fee = one(activity_type="FEE", net_amount=-0.01, qty=-3)
    assert (fee.amount, fee.qty) == (Decimal("-0.01"), Decimal(-3))


@pytest.mark.parametrize(
    ("times", "at"),
    [
        ({"created_at": "2026-01-05T14:36:00Z", "transaction_time": "2026-01-04T00:00:00Z"}, AT + timedelta(minutes=1)),
        ({"created_at": None, "transaction_time": "2026-01-05T09:35:00-05:00"}, AT),
        ({"created_at": None}, MIDNIGHT),
        ({"created_at": None, "date": "2026-01-05T14:35:00Z"}, AT),
    ],
)
def test_when_it_was_put_on_record_is_told_by_the_best_time_there_is(times: dict[str, Any], at: datetime) -> None:
    assert one(**times).at == at


@pytest.mark.parametrize(
    "row",
    [
        activity_row(id=None),
        activity_row(id=""),
        activity_row(id=7),
        activity_row(id=None, activity_type="FILL"),
        activity_row(activity_type=None),
        activity_row(net_amount="NaN"),
        activity_row(net_amount="a lot"),
        activity_row(net_amount=[]),
        activity_row(qty="inf"),
        activity_row(symbol="A\nB"),
        activity_row(symbol=["AAPL"]),
        activity_row(created_at="yesterday"),
        activity_row(created_at="2026-01-05T14:35:00"),
        activity_row(created_at=None, date=None),
        activity_row(created_at=None, date="2026-13-05"),
        None,
        [],
    ],
)
def test_a_row_that_is_not_understood_hides_no_money(row: object) -> None:
    with pytest.raises(BrokerUnreachable, match="not understood"):
        heard(says([*numbered(0, 1), row]))


@pytest.mark.parametrize("status", [["executed"], {"a": 1}, 5])
def test_a_status_that_is_no_word_is_not_a_cancel(status: object) -> None:
    assert one(status=status).amount == Decimal("8.67")


def test_an_answer_that_is_no_list_is_not_understood() -> None:
    with pytest.raises(BrokerUnreachable, match="not understood"):
        heard(says({"activities": []}))
