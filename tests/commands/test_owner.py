"""`halt` and `resume`: the owner's word reaches the desk whatever else goes on."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from tests.commands.front_door import REFUSED_PORT, Door, paper

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


@pytest.mark.parametrize("command", ["halt", "resume"])
def test_json_is_one_document(door: Door, command: str) -> None:
    answer = door.run(command, "--json")
    assert answer.code == 0
    assert answer.document.items() >= {"schema": 1, "mode": "simulated", "command": command}.items()


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


def test_a_halt_in_a_folder_that_cannot_be_written_is_exit_3(door: Door) -> None:
    assert door.run("halt", "--data-dir", "/dev/null/desk").failed(3, "cannot write the halt")


def test_a_halted_file_that_is_not_ours_still_halts(door: Door) -> None:
    (door.data / "simulated" / "halted").write_bytes(b"\xff\x00")
    assert "HALTED, nothing opens (owner)" in door.run("morning").out
    assert door.orders() == []
