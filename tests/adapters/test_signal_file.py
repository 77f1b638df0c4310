"""The signals file: real ones are read, and nothing that could stand in its place does harm."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from automated_trading.adapters.signal_file import LARGEST_FILE, MOST_ENTRIES, SignalFile
from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList

HOST = datetime(2026, 2, 3, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 22, 14, 35, tzinfo=UTC)
GOOD = '{"ticker": "AAPL", "signal_score": 8.5, "entry_price": 190.10}'
Write = Callable[[str | bytes], SignalList]


def read(path: Path) -> SignalList:
    return SignalFile(path, lambda: HOST).read(NOW)


@pytest.fixture
def reading(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> SignalList:
        path = tmp_path / "approved_signals.json"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path)

    return write


def entry(**fields: str) -> str:
    """One entry whose fields are spelled as they stand in the file."""
    told = {"ticker": '"AAPL"', "signal_score": "8.5", "entry_price": "190.10"} | fields
    return "{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}"


@pytest.mark.parametrize("content", [f"[{GOOD}]", f'{{"signals": [{GOOD}]}}', f"\ufeff\n [{GOOD}]\n"])
def test_a_list_of_signals_is_read_bare_or_named(reading: Write, content: str) -> None:
    found = reading(content)
    assert [(s.ticker, s.score, s.entry_price) for s in found.signals] == [("AAPL", Decimal("8.5"), Decimal("190.10"))]
    assert (found.malformed, found.missing, found.broken, len(found.digest)) == ((), None, None, 16)


def test_no_file_is_not_yet(tmp_path: Path) -> None:
    assert read(tmp_path / "approved_signals.json") == SignalList(missing=Reason.NO_FILE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is not JSON"),
        ("[", "is not JSON"),
        (f"[{GOOD}] x", "is not JSON"),
        ("\0", "is not JSON"),
        (b"\xff\xfe[\x00]\x00", "is not UTF-8"),
        (b'["\xed\xa0\x80"]', "is not UTF-8"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000, "is nested too deeply"),
        ("{}", "is neither a list"),
        ('{"signals": {}}', "is neither a list"),
        ('{"signals": [], "signals": []}', "is neither a list"),
        ("null", "is neither a list"),
        ('"AAPL"', "is neither a list"),
        ("NaN", "is neither a list"),
        ("9" * 5_000, "is neither a list"),
        ("[" + "0," * MOST_ENTRIES + "0]", "is too large: over 10,000 entries"),
        (b"[" + b" " * LARGEST_FILE + b"]", "is too large: over 5,000,000 bytes"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_list_of_signals_opens_nothing_and_says_so(reading: Write, content: str | bytes, why: str) -> None:
    found = reading(content)
    assert found.broken is not None
    assert found.broken.startswith(f"approved_signals.json {why}")
    assert found.signals == ()
    assert found.digest


@pytest.mark.parametrize(
    "bad",
    [
        entry(entry_price="NaN"),
        entry(signal_score="Infinity"),
        entry(signal_score="-Infinity"),
        entry(entry_price="1e400"),
        entry(entry_price="1e999999999999999999999"),
        entry(entry_price="9" * 5_000),
        entry(entry_price="0." + "1" * 5_000),
        entry(entry_price="-5"),
        entry(entry_price="0"),
        entry(entry_price="-0.0"),
        entry(entry_price='"4.10"'),
        entry(entry_price='""'),
        entry(signal_score="true"),
        entry(signal_score="null"),
        entry(signal_score="[8]"),
        entry(ticker='"AAPL\\n"'),
        entry(ticker='"../x"'),
        entry(ticker='"\u0410APL"'),
        entry(ticker='"aapl"'),
        entry(ticker='"\\ud800"'),
        entry(ticker="7"),
        entry(ticker="NaN"),
        entry(date_generated='"yesterday"'),
        entry(date_generated="20260122"),
        entry(date_generated='"0001-01-01T00:00:00+23:59"'),
        entry(date_generated='"9999-12-31T23:59:59-23:59"'),
        "{}",
        "null",
        "[]",
        "NaN",
    ],
    ids=lambda text: ascii(text)[:70],
)
def test_one_bad_entry_is_named_and_the_rest_go_on(reading: Write, bad: str) -> None:
    found = reading(f'[{bad}, {{"ticker": "MSFT", "signal_score": 7, "entry_price": 400}}]')
    assert [signal.ticker for signal in found.signals] == ["MSFT"]
    assert len(found.malformed) == 1
    assert found.malformed[0].label.startswith("entry 1")
    assert found.malformed[0].detail.isascii()


def test_an_entry_in_which_a_key_stands_twice_is_refused_with_that_key(reading: Write) -> None:
    found = reading(f'[{GOOD}, {{"ticker": "MSFT", "signal_score": 1, "entry_price": 400, "signal_score": 9}}]')
    assert [signal.ticker for signal in found.signals] == ["AAPL"]
    assert found.malformed[0].label == "entry 2"
    assert found.malformed[0].detail == "the key 'signal_score' stands in it more than once"


def test_what_the_desk_does_not_read_may_be_anything(reading: Write) -> None:
    extra = '{"a": 1, "a": NaN, "b": [1e400, -Infinity]}'
    assert len(reading(f"[{entry(market_cap=extra, sector='NaN', company_name='null')}]").signals) == 1


@pytest.mark.parametrize("depth", [200, 900, 940, 960, 970, 980, 990])
def test_depth_near_the_limit_costs_the_entry_or_the_file_and_no_more(reading: Write, depth: int) -> None:
    found = reading(f"[{entry(ticker='[' * depth + ']' * depth)}]")
    assert found.signals == ()
    assert found.malformed or found.broken


def test_fifty_megabytes_of_nothing_are_too_large_and_never_held(tmp_path: Path) -> None:
    path = tmp_path / "approved_signals.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "too large" in str(read(path).broken)


def test_a_folder_a_pipe_a_device_and_a_circle_of_links_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "circle", tmp_path / "zero"):
        assert "cannot be read" in str(read(path).broken)


def test_a_link_is_followed_to_the_file_and_one_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text(f"[{GOOD}]")
    (tmp_path / "link").symlink_to("real.json")
    (tmp_path / "lost").symlink_to("nowhere.json")
    assert len(read(tmp_path / "link").signals) == 1
    assert read(tmp_path / "lost").missing is Reason.NO_FILE


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_a_file_that_may_not_be_read_is_broken_and_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "approved_signals.json"
    path.write_text(f"[{GOOD}]")
    path.chmod(0)
    assert "Permission denied" in str(read(path).broken)


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(hours=3), NOW - timedelta(hours=3)),
        (timedelta(0), NOW),
        (timedelta(hours=-3), NOW),
        (HOST - datetime(1960, 1, 1, tzinfo=UTC), NOW - timedelta(days=3_650)),
    ],
)
def test_the_files_time_is_its_age_by_the_host_counted_back_from_the_desks_now(
    tmp_path: Path, age: timedelta, told: datetime
) -> None:
    path = tmp_path / "approved_signals.json"
    path.write_text(f"[{GOOD}, {entry(ticker=json.dumps('MSFT'), date_generated=json.dumps('2026-01-21 19:29:29'))}]")
    os.utime(path, ns=(0, (HOST - age - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000))
    by_ticker = {signal.ticker: signal.generated for signal in read(path).signals}
    assert by_ticker == {"AAPL": told, "MSFT": datetime(2026, 1, 21, 19, 29, 29, tzinfo=UTC)}


def test_the_digest_tells_one_content_from_another(reading: Write) -> None:
    assert reading(f"[{GOOD}]").digest == reading(f"[{GOOD}]").digest != reading(f"[{GOOD} ]").digest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = ("ticker", "signal_score", "entry_price", "multi_signal_tier", "sector", "company", "date_generated")
ENTRIES = st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))


@given(content=st.binary() | JSON.map(json.dumps).map(str.encode) | ENTRIES.map(json.dumps).map(str.encode))
def test_no_bytes_make_a_reading_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    assert isinstance(read(path), SignalList)


def test_every_recorded_file_is_read_and_only_its_missing_prices_are_refused(real_data: Path) -> None:
    files = sorted((real_data / "insider_signals").glob("*.json"))
    found = [read(path) for path in files]
    assert len(files) == 18
    assert all(one.broken is None and one.missing is None and one.signals for one in found)
    assert sum(len(one.signals) for one in found) == 111
    details = [bad.detail for one in found for bad in one.malformed]
    assert len(details) == 5
    assert all("entry_price" in detail and "NaN" in detail for detail in details)
