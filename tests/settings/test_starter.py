"""The files to begin with: as written they change nothing, and every line of them can be used."""

from __future__ import annotations

import re

import pytest

from automated_trading.settings import RULE_KEYS, Settings, load_settings
from automated_trading.settings.desk_keys import SECRETS, DeskKeys
from automated_trading.settings.starter import WIDTH, dotenv_example, trading_toml

PLAIN = load_settings({}, dotenv=None, toml=None)
SETTING = re.compile(r"#([A-Za-z]\w*)( = |=)(.*)")
TOML, DOTENV = trading_toml().splitlines(), dotenv_example().splitlines()


def settings_of(lines: list[str]) -> list[str]:
    return [line for line in lines if SETTING.fullmatch(line)]


def told(settings: Settings) -> dict[str, str | None]:
    return {row.name: row.value for row in settings.inventory()}


def test_both_as_written_change_nothing_and_nothing_comes_from_them() -> None:
    settings = load_settings({}, dotenv=dotenv_example(), toml=trading_toml())
    assert (settings.rules, settings.rules_hash(), told(settings)) == (PLAIN.rules, PLAIN.rules_hash(), told(PLAIN))
    assert set(settings.origins.values()) == {"default"}


def test_every_rule_stands_in_the_toml_once_with_meaning_and_range() -> None:
    names = [found[1] for line in TOML if (found := SETTING.fullmatch(line))]
    assert names == ["preset", *(key.name.lower() for key in RULE_KEYS)]
    flowing = " ".join(line.removeprefix("#").strip() for line in TOML)
    assert [key.name for key in RULE_KEYS if f"{key.meaning} Value: {key.must}." not in flowing] == []


def test_every_environment_name_stands_in_the_example_once() -> None:
    assert [found[1] for line in DOTENV if (found := SETTING.fullmatch(line))] == [
        name.upper() for name in DeskKeys.model_fields
    ]


@pytest.mark.parametrize("line", settings_of(TOML))
def test_a_rule_whose_sign_is_taken_away_is_accepted_and_still_the_default(line: str) -> None:
    settings = load_settings({}, dotenv=None, toml="\n".join([*TOML, line.removeprefix("#")]))
    name = line.removeprefix("#").split(" ")[0].upper()
    assert (settings.origins[name], told(settings)) == ("trading.toml", told(PLAIN))


@pytest.mark.parametrize("line", settings_of(DOTENV))
def test_a_name_whose_sign_is_taken_away_is_accepted_and_still_the_default(line: str) -> None:
    settings = load_settings({}, dotenv="\n".join([*DOTENV, line.removeprefix("#")]), toml=None)
    assert told(settings) == told(PLAIN)


def test_all_of_them_at_once_are_accepted() -> None:
    toml, dotenv = ("\n".join(line.removeprefix("#") for line in settings_of(lines)) for lines in (TOML, DOTENV))
    settings = load_settings({}, dotenv=dotenv, toml=toml)
    assert (settings.rules, told(settings)) == (PLAIN.rules, told(PLAIN))


def test_nothing_is_in_force_unless_somebody_takes_its_sign_away() -> None:
    assert [line for line in [*TOML, *DOTENV] if line and not line.startswith("#")] == []


def test_no_secret_has_a_value_and_nothing_looks_like_a_key() -> None:
    values = {found[1].lower(): found[3] for line in DOTENV if (found := SETTING.fullmatch(line))}
    assert {values[name] for name in SECRETS & set(values)} == {""}
    assert re.findall(r"\b[A-Z0-9]{16,}\b|\b[A-Za-z0-9/+]{32,}\b", dotenv_example()) == []


def test_a_page_of_eighty_columns_holds_them_but_for_no_settings_own_line() -> None:
    assert [line for line in [*TOML, *DOTENV] if len(line) > WIDTH or not line.isascii()] == []
