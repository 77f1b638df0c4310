"""Looking: the books as the next run would find them, and not a byte written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.errors import BrokerUnreachable, MarketDataError, StateError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from automated_trading.engine.look import Look, look
from tests.engine.builders import MONITOR, MORNING, WEDNESDAY, Bench, bench
from tests.engine.wire import answering


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    """A desk that has bought AAA in the morning."""
    made = bench(tmp_path, "AAA")
    made.run(MORNING, "09:35")
    return made


def recorded(desk: Bench) -> State:
    return FolderStore(desk.folder, "simulated").peek()[0]


def seen(desk: Bench) -> Look:
    return look(desk.desk(), recorded(desk))


def test_looking_writes_nothing_locks_nothing_and_only_reads(desk: Bench) -> None:
    before = {path: path.read_bytes() for path in desk.folder.iterdir() if path.name != ".lock"}
    sent = [one for one in desk.wire.requests if one[0] != "GET"]
    with FolderStore(desk.folder, "simulated").lock():
        seen(desk)
    assert {path: path.read_bytes() for path in desk.folder.iterdir() if path.name != ".lock"} == before
    assert [one for one in desk.wire.requests if one[0] != "GET"] == sent


def test_a_fill_no_run_has_heard_is_no_difference(tmp_path: Path) -> None:
    desk = bench(tmp_path, "AAA")
    desk.exchange.set_quote("AAA", Decimal("99.9"), Decimal(100), last=Decimal(98))  # a limit of 98.98 rests
    desk.run(MORNING, "09:35")
    assert recorded(desk).positions == {}
    desk.exchange.set_quote("AAA", Decimal(98), Decimal("98.1"))
    found = seen(desk).state
    assert (list(found.positions), found.differences, found.cash_difference) == (["AAA"], {}, None)


def test_a_difference_nobody_has_seen_before_is_looked_at_twice(desk: Bench) -> None:
    desk.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    assert [difference.confirmed for difference in seen(desk).state.differences.values()] == [True]
    assert recorded(desk).differences == {}


def test_when_a_run_last_looked_stays_a_fact_of_the_record(desk: Bench) -> None:
    before = recorded(desk)
    desk.exchange.advance_to(desk.exchange.now.replace(hour=18))
    after = seen(desk).state
    assert (after.runs, after.marked_at) == (before.runs, before.marked_at)


def test_a_new_session_is_seen_as_the_next_run_would_begin_it(desk: Bench) -> None:
    desk.run(MONITOR, "10:00", WEDNESDAY)
    desk.exchange.set_price("AAA", Decimal(101))
    found = seen(desk)
    assert (found.market.session.date, found.state.day.session) == (WEDNESDAY, WEDNESDAY)


def test_a_lost_folder_is_seen_halted(desk: Bench) -> None:
    found = look(desk.desk(), State())
    assert list(found.state.halts) == [Reason.LOST_FOLDER]
    assert list(found.state.positions) == ["AAA"]


def test_another_accounts_books_are_refused(desk: Bench) -> None:
    with pytest.raises(StateError, match="belongs to account"):
        look(desk.desk(), State(account="another"))


@pytest.mark.parametrize(("path", "problem"), [("/v2/clock", BrokerUnreachable), ("/v2/stocks", MarketDataError)])
def test_a_broker_or_prices_that_do_not_answer_are_an_error(desk: Bench, path: str, problem: type[Exception]) -> None:
    desk.wire.on("GET", path, answering(404, {"message": "gone"}))
    with pytest.raises(problem):
        seen(desk)
