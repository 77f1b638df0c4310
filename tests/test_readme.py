"""README says what the code does: its tables are held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from automated_trading.cli import app
from automated_trading.domain.reasons import SENTENCES, Reason
from automated_trading.settings import settings_table
from automated_trading.settings.desk_keys import DeskKeys
from automated_trading.settings.replay_keys import replay_table

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("row", settings_table(), ids=lambda row: row[0])
def test_every_rule_stands_in_the_readme_with_default_range_and_meaning(row: tuple[str, str, str, str]) -> None:
    name, default, span, meaning = row
    assert f"| `{name}` | {default} | {span} | {meaning} |" in README


@pytest.mark.parametrize("row", replay_table(), ids=lambda row: row[0])
def test_every_setting_of_a_replay_stands_in_the_readme(row: tuple[str, str, str, str]) -> None:
    assert "| `{}` | {} | {} | {} |".format(*row) in README


@pytest.mark.parametrize("name", sorted(DeskKeys.model_fields))
def test_every_environment_name_stands_in_the_readme(name: str) -> None:
    assert f"`{name.upper()}`" in README


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_every_reason_stands_in_the_readme_with_its_sentence(reason: Reason) -> None:
    assert f"| `{reason.value}` | {SENTENCES[reason]} |" in README


@pytest.mark.parametrize("code", range(9))
def test_every_exit_code_stands_in_the_readme(code: int) -> None:
    assert re.search(rf"^\| {code} \| ", README, re.MULTILINE)


def test_every_command_stands_in_the_readme() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    groups = {name: getattr(command, "commands", None) for name, command in commands.items()}
    names = [name for name, group in groups.items() if group is None]
    names += [f"{name} {inner}" for name, group in groups.items() if group is not None for inner in group]
    assert [name for name in names if f"`{name}" not in README] == []


def test_the_two_commands_for_a_fresh_machine_are_there_word_for_word() -> None:
    assert "\npip install -e . && automated-trading demo\n" in README
    assert '\npip install -e ".[test]" && pytest\n' in README
