"""`why SYMBOL`: the story of one symbol, from the records alone."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.commands.front_door import REFUSED_PORT, Door, paper


@pytest.fixture
def holding(door: Door) -> Door:
    door.run("morning")
    return door


def test_a_held_symbol_tells_how_it_stands_and_then_its_story(holding: Door) -> None:
    assert holding.run("why", "ACME").out.splitlines() == [
        "SIMULATED ACME, as of the session of 2026-02-03",
        "  held: 198 at 50.03 by insider (signal, tier tier2, score 9)",
        "  since Tue 2026-02-03 09:35, 0 days old; high 50.03, stop 45.02",
        "  would sell it: stop_loss at or under 45.02",
        "  would sell it: age in 21 days if its gain is under 0%",
        "  would sell it: age in 30 days if its gain is under 3%",
        "  would sell it: age in 45 days if its gain is under 15%",
        "  not guarded by a stop at the broker: The next run while the market is open places the stop.",
        "  session 2026-02-03: ordered: entry",
        "      An approved signal is bought.",
        "Tue 2026-02-03 (New York)",
        "  09:35  intends: buy 198 ACME at 50.28 (entry)",
        "  09:35  ordered: ACME, the broker has it",
        "  09:35  filled: ACME 198 in all, 9,905.94",
        "  09:35  order ended: ACME filled",
    ]


@pytest.mark.parametrize("typed", ["acme", " ACME "])
def test_a_ticker_may_be_typed_carelessly(holding: Door, typed: str) -> None:
    assert "held: 198" in holding.run("why", typed).out


def test_a_symbol_nobody_knows_is_one_line_and_no_error(holding: Door) -> None:
    answer = holding.run("why", "ZZZ")
    assert (answer.code, answer.out, answer.err) == (0, "SIMULATED nothing on record about ZZZ\n", "")
    assert holding.run("why", "ZZZ", "--json").document["known"] is False


@pytest.mark.parametrize("typed", ["../etc", "TOOLONGX", "A B", ""])
def test_what_is_no_ticker_is_exit_2(holding: Door, typed: str) -> None:
    assert holding.run("why", typed).failed(2, "is not a plain US ticker")


def test_the_last_sessions_are_told_oldest_first(holding: Door) -> None:
    holding.run("eod")
    with holding.exchange() as exchange:
        exchange.set_price("ACME", Decimal(40))
    holding.run("morning")
    told = holding.run("why", "ACME").out
    assert told.index("Tue 2026-02-03 (New York)") < told.index("Wed 2026-02-04 (New York)")
    assert "  09:35  closed: ACME 198 (stop_loss), " in told
    last = holding.run("why", "ACME", "--last", "1").out
    assert ("Tue 2026-02-03 (New York)" in last, "Wed 2026-02-04 (New York)" in last) == (False, True)
    assert "left on 2026-02-04: not bought before 2026-02-11" in last


def test_a_line_of_another_day_carries_its_date(holding: Door) -> None:
    holding.run("eod")
    with holding.exchange() as exchange:
        exchange.advance_to(exchange.now.replace(day=8))
    holding.run("block", "ACME")
    assert "  02-08 " in holding.run("why", "ACME").out


def test_an_entry_that_was_no_signal_is_part_of_its_tickers_story(door: Door) -> None:
    door.signals(raw=json.dumps([{"ticker": "ACME", "signal_score": "x", "entry_price": 1}]).encode())
    door.run("morning")
    assert "refused: entry 1 (ACME): malformed" in door.run("why", "ACME").out


def test_json_is_the_same_story(holding: Door) -> None:
    document = holding.run("why", "ACME", "--json").document
    assert document["now"]["position"]["qty"] == "198"
    (session,) = document["sessions"]
    assert session["session"] == "2026-02-03"
    assert [event["event"] for event in session["events"]] == [
        "order_intended",
        "order_accepted",
        "fill",
        "order_ended",
    ]


def test_a_halt_is_said(holding: Door) -> None:
    holding.run("halt")
    assert "the desk is halted: nothing opens" in holding.run("why", "ACME").out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_it_needs_no_broker_no_keys_and_no_lock_and_changes_nothing(holding: Door, options: tuple[str, ...]) -> None:
    before = holding.tree()
    with holding.exchange():
        assert holding.run("why", "ACME", *options).code == 0
    assert holding.tree() == before
    assert holding.run("why", "ACME", **paper(REFUSED_PORT)).out == "PAPER nothing on record about ACME\n"


def test_an_empty_folder_has_no_story_and_gets_no_file(empty: Door) -> None:
    assert empty.run("why", "ACME").out == "SIMULATED nothing on record about ACME\n"
    assert empty.tree() == {}


def test_a_damaged_log_tells_no_story(holding: Door) -> None:
    holding.log.write_bytes(holding.log.read_bytes().replace(b"ACME", b"ACMF", 1))
    assert holding.run("why", "ACME").failed(8, "audit verify")
