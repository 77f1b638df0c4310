"""`config show`: what the next run would obey, and who decided it."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from automated_trading.settings import RULE_KEYS
from automated_trading.settings.desk_keys import DeskKeys
from tests.commands.front_door import DESK, Door

NAMES = [*(name.upper() for name in DeskKeys.model_fields), *(key.name for key in RULE_KEYS)]

CANARIES = ("PKQ7XZ2VJ9", "zq/9XWj+41ZKv")


def row(out: str, name: str) -> list[str]:
    """The cells of the plain line of one setting."""
    (line,) = [line for line in out.splitlines() if line.split()[:1] == [name]]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_every_setting_is_a_plain_line_with_value_and_origin(empty: Door) -> None:
    (empty.home / "trading.toml").write_text("max_positions = 5\n")
    (empty.home / ".env").write_text("MIN_SIGNAL_SCORE=7.5\nPRESET=small\n")
    answer = empty.run("config", "show", COOL_DOWN_DAYS="3")
    assert (answer.code, answer.err) == (0, "")
    assert [name for name in NAMES if not row(answer.out, name)] == []
    assert row(answer.out, "MAX_POSITIONS") == ["MAX_POSITIONS", "5", "trading.toml", "10"]
    assert row(answer.out, "MIN_SIGNAL_SCORE") == ["MIN_SIGNAL_SCORE", "7.5", ".env", "6"]
    assert row(answer.out, "COOL_DOWN_DAYS") == ["COOL_DOWN_DAYS", "3", "environment", "7"]
    assert row(answer.out, "MAX_ENTRIES_PER_DAY") == ["MAX_ENTRIES_PER_DAY", "2", "preset small", "20"]
    assert row(answer.out, "MAX_SPREAD_PCT") == ["MAX_SPREAD_PCT", "0.02", "default"]


def test_the_data_folder_typed_comes_from_the_command_line(empty: Door) -> None:
    shown = empty.run("config", "show", "--data-dir", "elsewhere").out
    assert row(shown, "TRADING_DATA_DIR") == ["TRADING_DATA_DIR", "elsewhere", "command line", "data"]


def test_the_document_has_every_setting_in_the_same_order(empty: Door) -> None:
    document = empty.run("config", "show", "--json", PRESET="scale").document
    assert (document["schema"], document["mode"]) == (1, "simulated")
    assert [setting["name"] for setting in document["settings"]] == NAMES
    positions = next(setting for setting in document["settings"] if setting["name"] == "MAX_POSITIONS")
    assert positions == {
        "name": "MAX_POSITIONS",
        "value": "20",
        "default": "10",
        "origin": "preset scale",
        "meaning": "The most positions and open buys of a book.",
    }


def test_the_hash_shown_is_the_one_that_runs_record(empty: Door) -> None:
    settings = empty.settings(MAX_POSITIONS="4")
    answer = empty.run("config", "show", "--json", MAX_POSITIONS="4")
    assert answer.document["rules_hash"] == settings.rules_hash()
    assert settings.rules_hash() in empty.run("config", "show", MAX_POSITIONS="4").out


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
def test_no_part_of_a_secret_is_shown(empty: Door, options: tuple[str, ...]) -> None:
    told = {"ALPACA_PAPER_API_KEY": CANARIES[0], "ALPACA_PAPER_SECRET_KEY": CANARIES[1]}
    answer = empty.run("config", "show", *options, **told)
    assert answer.code == 0
    parts = {canary[at : at + 3] for canary in CANARIES for at in range(len(canary) - 2)}
    assert [part for part in parts if part in answer.out + answer.err] == []
    if not options:
        assert row(answer.out, "ALPACA_PAPER_SECRET_KEY")[1:3] == ["set", "environment"]
        assert row(answer.out, "ALPACA_LIVE_SECRET_KEY")[1:3] == ["not set", "default"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_settings_that_cannot_stand_are_exit_3(empty: Door, options: tuple[str, ...]) -> None:
    assert empty.run("config", "show", *options, MAX_POSITIONS="0").failed(3, "MAX_POSITIONS=0 (environment)")
    assert empty.run("config", "show", *options, TRAILING_RUNGS="3:5").failed(3, "TRAILING_RUNGS=3:5")
    assert empty.run("config", "show", "--config", "none.toml", *options).failed(3, "none.toml is not there")


def test_nothing_is_asked_or_written(empty: Door) -> None:
    before = empty.tree()
    live = {"ALPACA_TRADING_MODE": "live"}
    assert empty.run("config", "show", **live).code == 0
    assert empty.tree() == before


def on_a_terminal(home: Path, environ: dict[str, str]) -> str:
    """What a person with a terminal of 80 columns sees."""
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [*DESK, "config", "show"], cwd=home, env={**environ, "COLUMNS": "80"}, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        seen = b""
        while part := _part(mine):
            seen += part
    os.close(mine)
    assert child.returncode == 0
    return seen.decode()


def _part(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side has gone
        return b""


def test_on_a_terminal_it_stands_in_eighty_columns_with_no_name_cut(empty: Door) -> None:
    seen = on_a_terminal(empty.home, {**empty.whole_environ, "NO_COLOR": "1", "PRESET": "small"})
    assert max(len(line) for line in seen.splitlines()) <= 80
    assert [name for name in NAMES if name not in seen] == []
    assert "preset small" in seen
