"""`halt`, `resume`, `block`, `exit`: the owner's word reaches the desk whatever else goes on."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from tests.commands.front_door import REFUSED_PORT, Door, paper, served
from tests.commands.terminal import typed

HOLD = """
import sys
from pathlib import Path
from automated_trading.adapters.run_lock import RunLock
with RunLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""
WAITING = """
import sys, time
really = time.sleep
def sleep(seconds):
    print("waiting", flush=True)
    really(seconds)
time.sleep = sleep
from automated_trading.cli import main
sys.argv = ["automated-trading", *sys.argv[1:]]
main()
"""


def test_a_halted_morning_buys_nothing_and_says_so(door: Door) -> None:
    assert "nothing opens until `automated-trading resume`" in door.run("halt").out
    halted = door.run("morning")
    assert (halted.code, door.orders()) == (0, [])
    assert "HALTED, nothing opens (owner)" in halted.out


def test_a_halted_desk_still_sells_at_its_stop(door: Door) -> None:
    door.run("morning")
    door.run("halt")
    with door.exchange() as exchange:
        exchange.set_price("ACME", Decimal(30))
    assert "sell 198 ACME" in door.run("monitor").out


def test_resume_lifts_the_halt_and_the_same_morning_buys(door: Door) -> None:
    door.run("halt")
    door.run("morning", "--at", "09:35")
    assert "resumed: owner" in door.run("resume").out
    assert not (door.data / "simulated" / "halted").exists()
    assert "buy 198 ACME" in door.run("morning", "--at", "09:40").out


def test_resume_with_nothing_to_lift_says_so(door: Door) -> None:
    answer = door.run("resume")
    assert (answer.code, "nothing to resume" in answer.out) == (0, True)


@pytest.mark.parametrize("words", [("halt",), ("resume",), ("block", "ACME")])
def test_json_is_one_document(door: Door, words: tuple[str, ...]) -> None:
    answer = door.run(*words, "--json")
    assert answer.code == 0
    assert answer.document.items() >= {"schema": 1, "mode": "simulated", "command": words[0]}.items()


def test_halt_needs_neither_lock_nor_broker_nor_keys(door: Door) -> None:
    folder = door.data / "paper"
    with door.started(str(folder), command=(sys.executable, "-c", HOLD)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert door.run("halt", ALPACA_TRADING_MODE="paper").code == 0
        assert (folder / "halted").exists()
        assert door.run("morning", **paper(REFUSED_PORT)).failed(7, "another run holds")


def test_halt_goes_through_while_a_simulated_run_holds_everything(door: Door) -> None:
    with door.exchange():
        assert door.run("halt").code == 0
        assert door.run("morning").failed(7, "another process holds the exchange")


def test_resume_waits_for_the_run_in_progress(door: Door) -> None:
    folder = door.data / "paper"
    environ = paper(REFUSED_PORT)
    door.run("halt", **environ)
    with door.started(str(folder), command=(sys.executable, "-c", HOLD)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with door.started("resume", command=(sys.executable, "-c", WAITING), **environ) as resuming:
            assert resuming.stdout is not None
            assert resuming.stdout.readline() == "waiting\n"
            holder.communicate("done\n", timeout=60)
            out, _ = resuming.communicate(timeout=60)
    assert (resuming.returncode, "resumed: owner" in out) == (0, True)


def test_resume_waits_for_a_simulated_run_too(door: Door) -> None:
    door.run("halt")
    with door.exchange():
        waiting = door.started("resume", command=(sys.executable, "-c", WAITING))
        resuming = waiting.__enter__()
        assert resuming.stdout is not None
        assert resuming.stdout.readline() == "waiting\n"
    out, _ = resuming.communicate(timeout=60)
    waiting.__exit__(None, None, None)
    assert (resuming.returncode, "resumed: owner" in out) == (0, True)


def test_halt_at_the_broker_stops_every_order_there_until_resume_at_the_broker(door: Door) -> None:
    told = door.run("halt", "--at-broker", "--yes")
    assert (told.code, told.err) == (0, "")
    assert "every new order of this account is refused there, sells and stops too" in told.out
    assert (door.data / "simulated" / "halted").exists()
    assert "BLOCKED AT THE BROKER (trade suspended by user): no new order is taken" in door.run("status").out
    assert "the broker itself still refuses every order, which `resume --at-broker` lifts" in door.run("resume").out
    assert door.run("morning").code == 0
    assert door.orders() == []
    lifted = door.run("resume", "--at-broker")
    assert lifted.out.splitlines() == ["SIMULATED the broker takes orders again", "SIMULATED nothing to resume"]
    door.run("morning", "--at", "09:40")
    assert [row["symbol"] for row in door.orders()] == ["ACME"]


def test_halt_at_the_broker_asks_first_and_no_leaves_the_halt_here(door: Door) -> None:
    assert door.run("halt", "--at-broker").failed(2, "add --yes")
    assert not (door.data / "simulated" / "halted").exists()
    told = typed(door, "n\n", "halt", "--at-broker", columns=400).text
    assert "sells and stops too? [y/N]" in told
    assert "exits and stops go on; the broker was not asked" in told
    assert (door.data / "simulated" / "halted").exists()
    assert door.run("status", "--json").document["account_blocked"] is None
    typed(door, "y\n", "halt", "--at-broker")
    assert door.run("status", "--json").document["account_blocked"] == "trade suspended by user"


def test_a_halt_whose_broker_is_away_stands_here_and_says_what_does_not(door: Door) -> None:
    told = door.run("halt", "--at-broker", "--yes", "--json", **paper(REFUSED_PORT))
    assert (told.code, (door.data / "paper" / "halted").exists()) == (4, True)
    assert told.document["exit_code"] == 4
    assert "automated-trading: halted here, but the broker did not do it: PATCH" in told.err


def test_disabled_outranks_halt_at_the_broker_and_the_halt_stands(door: Door) -> None:
    told = door.run("halt", "--at-broker", "--yes", TRADING_ENABLED="false")
    assert (told.code, (door.data / "simulated" / "halted").exists()) == (3, True)
    assert "halted here, but trading is disabled (TRADING_ENABLED is off): the broker was not asked" in told.err
    assert door.run("resume", "--at-broker", TRADING_ENABLED="false").failed(3, "nothing was resumed")
    assert (door.data / "simulated" / "halted").exists()
    assert door.run("status", "--json").document["account_blocked"] is None


def test_positions_are_unprotected_while_the_broker_takes_no_order(door: Door) -> None:
    door.run("morning")
    door.run("halt", "--at-broker", "--yes")
    (row,) = door.run("status", "--json").document["unprotected"]
    assert row == {"symbol": "ACME", "why": "the broker takes no order (trade suspended by user)"}


def test_a_halt_in_a_folder_that_cannot_be_written_is_exit_3(door: Door) -> None:
    assert door.run("halt", "--data-dir", "/dev/null/desk").failed(3, "cannot write the halt")


def test_a_halted_file_that_is_not_ours_still_halts(door: Door) -> None:
    (door.data / "simulated" / "halted").write_bytes(b"\xff\x00")
    assert "HALTED, nothing opens (owner)" in door.run("morning").out
    assert door.orders() == []


# --- block, unblock


def test_a_blocked_symbol_is_not_bought_until_it_is_unblocked(door: Door) -> None:
    assert door.run("block", "acme", "--reason", "a hunch").out == "SIMULATED ACME is blocked: it is not bought\n"
    assert "1 refused (ACME blocked)" in door.run("morning", "--at", "09:35").out
    assert door.run("status", "--json").document["blocked"] == {"ACME": "a hunch"}
    assert door.run("unblock", "ACME").out == "SIMULATED ACME is no longer blocked\n"
    assert "buy 198 ACME" in door.run("morning", "--at", "09:40").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("unblock", "ACME"), "ACME is not blocked"),
        (("block", "no ticker"), "is not a plain US ticker"),
        (("unblock", "12"), "is not a plain US ticker"),
        (("exit", "ACME", "--yes"), "our books do not hold ACME: they hold nothing"),
        (("exit", "no ticker", "--yes"), "is not a plain US ticker"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_cannot_be_meant_is_exit_2(
    door: Door, words: tuple[str, ...], said: str, options: tuple[str, ...]
) -> None:
    assert door.run(*words, *options).failed(2, said)


def test_blocking_needs_no_broker(door: Door) -> None:
    assert door.run("block", "ACME", **paper(REFUSED_PORT)).code == 0


# --- exit


def test_exit_sells_at_once_while_the_market_is_open(door: Door) -> None:
    door.run("morning")
    assert door.run("exit", "ACME", "--yes").out.splitlines() == [
        "SIMULATED ACME: sold, 198 shares, -11.88",
        "  monitor: 1 ordered (sell 198 ACME at the market); fills heard: ACME; closed ACME -11.88 (owner_exit)",
    ]


def test_exit_after_the_close_says_when_it_will_be_sold_and_the_next_session_sells_it(door: Door) -> None:
    door.run("morning")
    door.run("eod")
    answer = door.run("exit", "ACME", "--yes")
    wait = "the first `monitor` after the open sells, from Wed 2026-02-04 09:30 New York on"
    assert (answer.code, wait in answer.out) == (0, True)
    assert "to be sold on your word: ACME" in door.run("status").out
    assert "sell 198 ACME at the market" in door.run("morning").out


def test_exit_under_the_kill_switch_says_what_it_waits_for(door: Door) -> None:
    door.run("morning")
    answer = door.run("exit", "ACME", "--yes", TRADING_ENABLED="no")
    assert (answer.code, "ACME: trading is disabled (TRADING_ENABLED is off); the first `monitor`" in answer.out) == (
        0,
        True,
    )
    assert "sell 198 ACME" in door.run("monitor").out


def test_exit_sells_under_a_halt(door: Door) -> None:
    door.run("morning")
    door.run("halt")
    assert "ACME: sold, 198 shares" in door.run("exit", "ACME", "--yes").out


def test_exit_with_the_broker_down_is_exit_4_and_on_record(door: Door) -> None:
    with served(door):
        door.run("morning")
    answer = door.run("exit", "ACME", "--yes", **paper(REFUSED_PORT))
    assert (answer.code, answer.err.count("\n")) == (4, 1)
    assert "ACME: the broker was not reached; the next `monitor` that reaches it sells" in answer.out
    assert "to be sold: the owner said exit" in door.run("why", "ACME", **paper(REFUSED_PORT)).out


def test_json_of_an_exit_is_one_document(door: Door) -> None:
    door.run("morning")
    document = door.run("exit", "ACME", "--yes", "--json").document
    assert (document["command"], document["exit_code"], document["schema"]) == ("exit", 0, 1)
    assert document["said"].startswith("ACME: sold")


def test_the_owners_word_moves_no_simulated_clock(door: Door) -> None:
    door.run("morning")
    for words in (("block", "BOLT"), ("unblock", "BOLT"), ("exit", "ACME", "--yes")):
        door.run(*words)
    assert door.run("status", "--json").document["at"] == "2026-02-03T14:35:00Z"
