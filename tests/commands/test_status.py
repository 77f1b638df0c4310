"""`status`: read only, whatever stands in the way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from automated_trading.domain.events import DifferenceSeen
from automated_trading.domain.evolve import fold
from automated_trading.domain.state import State
from automated_trading.reports.status import exit_code
from tests.commands.front_door import REFUSED_PORT, TUESDAY, Door, paper, served

PROMISED = {
    *("schema", "mode", "at", "session", "halted", "halt_reasons", "account", "positions", "orders", "queue"),
    *("differences", "unprotected", "runs", "next_due", "stale", "cash", "breakers"),
    *("undecided", "leaving", "blocked", "ignored", "missed"),
}
POSITION = {"symbol", "book", "qty", "entry_price", "stop", "high", "last_price", "opened"}


@pytest.fixture
def holding(door: Door) -> Door:
    """A desk that holds ACME and has recorded its first session."""
    door.run("morning")
    return door


def test_status_tells_everything_that_is_promised(holding: Door) -> None:
    document = holding.run("status", "--json").document
    assert document.keys() >= PROMISED
    assert document["schema"] == 1
    assert document["account"].keys() >= {"equity", "cash"}
    (position,) = document["positions"]
    assert position.keys() >= POSITION
    assert (position["symbol"], position["qty"], position["last_price"]) == ("ACME", "198", "50")
    assert set(document["runs"]) == {"morning"}


def test_money_and_quantities_are_text_and_times_utc(holding: Door) -> None:
    document = holding.run("status", "--json").document
    (position,) = document["positions"]
    assert {type(position[name]) for name in POSITION} == {str}
    assert type(document["account"]["equity"]) is str
    assert (document["at"], position["opened"]) == ("2026-02-03T14:35:00Z", "2026-02-03T14:35:00Z")


def test_a_person_reads_money_to_the_cent_and_the_distance_in_per_cent(holding: Door) -> None:
    shown = holding.run("status").out
    assert "equity 99,994.06  cash 90,094.06" in shown
    assert "  ACME    insider  signal  198  50.03  50.00  -0.1%  -5.94" in shown.splitlines()
    assert "  ACME    45.02  -       10.0%  stop_loss  50.03  0     in 21 days, if under 0%" in shown.splitlines()
    assert "no stop at the broker: ACME (no_stop_yet)" in shown.splitlines()
    holding.run("monitor")
    shown = holding.run("status").out
    assert "  ACME    45.02  45.02   10.0%  stop_loss  50.03  0     in 21 days, if under 0%" in shown.splitlines()
    assert "no stop at the broker" not in shown
    assert "day -0.01%  high-water mark 100,000.00 (-0.01%)  losing closes 0" in shown.splitlines()


def test_runs_that_did_not_come_are_named_in_the_document_and_on_the_page(holding: Door) -> None:
    assert holding.run("status", "--json").document["missed"] == []
    holding.run("eod")
    (row,) = holding.run("status", "--json").document["missed"]
    words = "monitor was silent on Tue 2026-02-03 from 09:35 to 16:00 New York"
    assert row == {
        "command": "monitor",
        "session": "2026-02-03",
        "found": "2026-02-03",
        "words": words,
        "since": "2026-02-03T14:35:00Z",
        "until": "2026-02-03T21:00:00Z",
        "late": False,
    }
    assert f"MISSED: {words}" in holding.run("status").out.splitlines()
    holding.run("morning", "--at", "2026-02-04T15:00:00Z")
    assert "LATE: morning came at 10:00 on Wed 2026-02-04, 25 minutes after 09:35" in holding.run("status").out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_status_changes_nothing(holding: Door, options: tuple[str, ...]) -> None:
    before = holding.tree()
    assert holding.run("status", *options).code == 0
    assert holding.tree() == before


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_status_of_an_empty_folder_makes_none(empty: Door, options: tuple[str, ...]) -> None:
    assert empty.run("status", *options).code == 0
    assert empty.tree() == {}


def test_an_owners_halt_that_no_run_has_seen_is_shown_and_exit_5(holding: Door) -> None:
    holding.run("halt", "--reason", "going on holiday")
    plain, told = holding.run("status"), holding.run("status", "--json")
    assert (plain.code, told.code, plain.err.count("\n")) == (5, 5, 1)
    assert "HALTED owner: going on holiday" in plain.out
    assert (told.document["halted"], told.document["halt_reasons"]) == (True, {"owner": "going on holiday"})


def test_a_halt_that_a_run_has_seen_is_exit_5_too(holding: Door) -> None:
    holding.run("halt", "--reason", "holiday")
    holding.run("monitor")
    assert holding.run("status", "--json").document["halt_reasons"] == {"owner": "holiday"}


def differ(door: Door) -> None:
    with door.exchange() as exchange:
        exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    for _ in range(2):
        door.run("monitor")


def test_a_confirmed_difference_is_exit_6_and_named(holding: Door) -> None:
    differ(holding)
    answer = holding.run("status", "--json")
    assert answer.code == 6
    (row,) = answer.document["differences"]
    assert row == {"kind": "quantity", "symbol": "BOLT", "ours": "0", "theirs": "5", "confirmed": True}
    assert "our books and the broker differ in BOLT; `automated-trading reconcile` explains" in answer.err
    assert "DIFFERS BOLT: ours 0, the broker's 5 (seen twice)" in holding.run("status").out


def test_a_difference_goes_before_a_halt(holding: Door) -> None:
    differ(holding)
    holding.run("halt")
    assert holding.run("status").code == 6


def test_a_confirmed_difference_is_said_by_the_run_that_saw_it_twice(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    said = holding.run("monitor").out + holding.run("monitor").out
    assert "DIFFERENCE: BOLT: ours 0, the broker's 5 (seen twice, frozen)" in said


def test_a_difference_that_has_gone_is_exit_0_again(holding: Door) -> None:
    differ(holding)
    with holding.exchange() as exchange:
        exchange.trade_by_hand("BOLT", "sell", Decimal(5))
    holding.run("monitor")
    assert holding.run("status").code == 0


def test_a_difference_no_run_has_seen_is_found_by_status_itself(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    assert holding.run("status").code == 6


def test_missing_cash_is_exit_6_with_what_is_missing(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.ledger.cash -= Decimal(300)
    answer = holding.run("status", "--json")
    assert (answer.code, answer.document["cash"]["unexplained"]) == (6, "-300")
    assert answer.document["differences"][0]["kind"] == "cash"
    shown = holding.run("status")
    assert "cash by our books 90,094.06; at the broker -300.00 that nothing explains" in shown.out
    assert "DIFFERS cash: ours 90,094.06, the broker's 89,794.06 (seen twice)" in shown.out
    assert "differ in cash" in shown.err


def test_a_stop_in_doubt_is_shown_with_its_count(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.set_quote("ACME", Decimal(40), Decimal(50), last=Decimal(50))
    holding.run("monitor")
    assert holding.run("status", "--json").document["undecided"] == {"ACME": 1}
    assert "UNDECIDED ACME: one price alone says sell, 1 of 3 cycles" in holding.run("status").out


def test_what_the_owner_said_is_shown(holding: Door) -> None:
    holding.run("block", "BOLT", "--reason", "a hunch")
    assert "blocked: BOLT (a hunch)" in holding.run("status").out.splitlines()


def test_nothing_but_what_a_run_said_is_wider_than_eighty_columns(holding: Door) -> None:
    shown = holding.run("status").out.partition("last runs")[0]
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_with_the_broker_down_the_records_are_shown_as_stale(door: Door) -> None:
    with served(door):
        door.run("morning")
    down = door.run("status", "--json", **paper(REFUSED_PORT))
    assert (down.code, down.document["stale"]) == (4, True)
    assert [row["symbol"] for row in down.document["positions"]] == ["ACME"]
    assert "automated-trading: the broker could not be asked" in down.err


def test_the_broker_down_goes_before_difference_and_halt() -> None:
    seen = DifferenceSeen("ACME", Decimal(1), Decimal(2), 2, TUESDAY)
    state = fold([seen], replace(State(), account="a"))
    codes = [exit_code(state, stale=stale, halted=True) for stale in (True, False)]
    assert (codes, exit_code(State(), False, True), exit_code(State(), False, False)) == ([4, 6], 5, 0)


def test_a_broken_log_goes_before_a_broker_that_is_down(door: Door) -> None:
    with served(door):
        door.run("morning")
    log = door.data / "paper" / "audit_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"ACME", b"ACMF"))
    assert door.run("status", "--json", **paper(REFUSED_PORT)).failed(8, "audit verify")


def test_a_configuration_that_cannot_stand_goes_before_a_broken_log(holding: Door) -> None:
    holding.log.write_bytes(holding.log.read_bytes().replace(b"ACME", b"ACMF"))
    assert holding.run("status", MAX_POSITIONS="none").failed(3, "MAX_POSITIONS")


def test_status_of_another_accounts_folder_is_refused(holding: Door) -> None:
    (holding.data / "simulated" / "exchange" / "exchange.json").unlink()
    assert holding.run("status", SIMULATED_SEED="5").failed(3, "belongs to account", "--data-dir")


def test_a_disabled_desk_shows_its_positions_unprotected(holding: Door) -> None:
    document = holding.run("status", "--json", TRADING_ENABLED="no").document
    assert document["unprotected"] == [{"symbol": "ACME", "why": "trading is disabled"}]
