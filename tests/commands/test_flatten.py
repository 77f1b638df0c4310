"""`flatten` at the front door: it asks, halts, sells, and says what is left."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from tests.commands.front_door import REFUSED_PORT, Door, paper, served
from tests.commands.terminal import typed
from tests.commands.test_owner import HOLD


@pytest.fixture
def holding(door: Door) -> Door:
    """A desk that holds 198 ACME."""
    door.run("morning")
    return door


def held(door: Door) -> dict[str, Decimal]:
    with door.exchange() as exchange:
        return {symbol: position.qty for symbol, position in exchange.ledger.positions.items()}


def latched(door: Door, mode: str = "simulated") -> bool:
    return (door.data / mode / "halted").exists()


def test_it_shows_what_it_will_sell_sells_it_and_halts(holding: Door) -> None:
    told = holding.run("flatten", "--yes")
    assert (told.code, told.err, held(holding), latched(holding)) == (0, "", {}, True)
    lines = told.out.splitlines()
    assert lines[:2] == ["  198 ACME, worth 9,900.00", "  1 position, worth 9,900.00"]
    assert lines[-1] == (
        "SIMULATED flatten: 1 sold; flat, nothing is held and no order is open; halted until `automated-trading resume`"
    )
    assert holding.run("status").code == 5


def test_as_json_it_is_one_document(holding: Door) -> None:
    document = holding.run("flatten", "--yes", "--json").document
    assert document.items() >= {"schema": 1, "command": "flatten", "exit_code": 0, "flat": True, "left": {}}.items()


def test_without_a_terminal_it_wants_yes_and_does_nothing(holding: Door) -> None:
    before = holding.books()
    assert holding.run("flatten").failed(2, "add --yes")
    assert (holding.books(), latched(holding)) == (before, False)


@pytest.mark.parametrize(("answer", "sold"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_at_a_terminal_it_asks_and_silence_is_no(holding: Door, answer: str, sold: bool) -> None:
    seen = typed(holding, answer, "flatten", columns=200)
    assert "SIMULATED: sell all of it at the market, cancel all that is open, and halt? [y/N]" in seen.text
    assert "198 ACME, worth 9,900.00" in seen.text
    assert (seen.code, held(holding) == {}, latched(holding)) == (0, sold, sold)


def test_disabled_outranks_it_and_nothing_is_changed(holding: Door) -> None:
    before = holding.books()
    told = holding.run("flatten", "--yes", TRADING_ENABLED="false")
    assert told.failed(3, "trading is disabled (TRADING_ENABLED is off): nothing can be sold, and nothing was changed")
    assert (holding.books(), latched(holding)) == (before, False)


def test_what_is_left_is_named_with_why_and_the_code(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.trade_by_hand("ACME", "sell", Decimal(8))
    told = holding.run("flatten", "--yes", "--json")
    assert (told.code, told.document["flat"], list(told.document["left"])) == (6, False, ["ACME"])
    assert "  left: ACME: our books and the broker differ in it" in told.err
    assert "automated-trading: 0 sold; 1 left (ACME); halted until" in told.err


def test_over_real_http_beside_a_run_that_holds_the_folder(door: Door) -> None:
    folder = door.data / "paper"
    with served(door) as api:
        door.run("morning")
        with door.started(str(folder), command=(sys.executable, "-c", HOLD)) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with door.started("flatten", "--yes") as flattening:
                holder.communicate("done\n", timeout=60)
                out, _ = flattening.communicate(timeout=60)
        assert (flattening.returncode, api.exchange.ledger.positions) == (0, {})
    assert "flat, nothing is held" in out


def test_a_record_without_a_broker_is_shown_without_its_worth(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automated_trading.engine.flatten.SILENT_ROUNDS", 1)
    with served(door):
        door.run("morning")
    told = door.run("flatten", "--yes", **paper(REFUSED_PORT))
    assert (told.code, latched(door, "paper")) == (4, True)
    assert "  198 ACME, worth unknown" in told.out
    assert "  left: ACME: the broker was not reached; the next `monitor` that reaches it sells" in told.out
