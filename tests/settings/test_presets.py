"""A preset stands in place of the defaults, under whatever any place tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.domain.rules import Rules
from automated_trading.settings import Preset, Settings, load_settings
from automated_trading.settings.presets import PRESETS
from automated_trading.settings.replay_keys import replay_settings

D = Decimal
PLACES = ["--set", "environment", ".env", "trading.toml"]


def told(*pairs: tuple[str, str, str]) -> Settings:
    """The settings these (place, name, value) tell."""
    given: dict[str, dict[str, str]] = {place: {} for place in PLACES}
    for place, name, value in pairs:
        given[place][name] = value
    lines: dict[str, Any] = {
        "dotenv": "\n".join(f"{name}={value}" for name, value in given[".env"].items()),
        "toml": "\n".join(f'{name.lower()} = "{value}"' for name, value in given["trading.toml"].items()),
    }
    return load_settings(given["environment"], overrides=given["--set"], **lines)


@pytest.mark.parametrize("place", PLACES)
def test_a_preset_may_be_chosen_in_any_place_and_its_rules_name_it(place: str) -> None:
    settings = told((place, "PRESET", "small"))
    assert settings.preset is Preset.SMALL
    assert settings.rules.caps.max_positions == 2
    assert settings.origins["MAX_POSITIONS"] == "preset small"
    assert settings.origins["PRESET"] == ("command line" if place == "--set" else place)
    assert settings.origins["MIN_SIGNAL_SCORE"] == "default"


@pytest.mark.parametrize("preset_in", PLACES)
@pytest.mark.parametrize("rule_in", PLACES)
def test_a_rule_told_anywhere_wins_over_a_preset_chosen_anywhere(preset_in: str, rule_in: str) -> None:
    settings = told((preset_in, "PRESET", "small"), (rule_in, "MAX_POSITIONS", "7"))
    assert settings.rules.caps.max_positions == 7
    assert settings.origins["MAX_POSITIONS"] == rule_in
    assert settings.origins["MAX_ENTRIES_PER_DAY"] == "preset small"


def test_the_first_place_decides_which_preset_and_none_takes_it_back() -> None:
    settings = told(("environment", "PRESET", "scale"), ("trading.toml", "PRESET", "small"))
    assert (settings.preset, settings.rules.caps.max_positions) == (Preset.SCALE, 20)
    assert told(("environment", "PRESET", "none"), (".env", "PRESET", "small")).rules == Rules()
    assert told(("environment", "PRESET", ""), (".env", "PRESET", "small")).preset is Preset.SMALL


def test_small_is_for_the_first_weeks_with_real_money() -> None:
    rules = told(("environment", "PRESET", "small")).rules
    caps = rules.caps
    assert (caps.max_positions, caps.max_entries_per_day) == (2, 2)
    assert (caps.max_position, caps.max_exposure) == (D("0.10"), D("0.20"))
    assert (rules.redeployment.enabled, rules.breakers.daily_loss) == (False, D("0.03"))


def test_scale_is_for_a_larger_account() -> None:
    settings = told(("environment", "PRESET", " Scale "))
    caps = settings.rules.caps
    assert (caps.max_positions, caps.max_position, caps.max_sector) == (20, D("0.05"), D("0.30"))
    assert settings.origins["SIZING"] == "preset scale"


@pytest.mark.parametrize("preset", Preset)
def test_the_hash_knows_the_rules_of_a_preset_and_not_its_name(preset: Preset) -> None:
    spelled_out = told(*(("environment", name.upper(), value) for name, value in PRESETS[preset].items()))
    assert told((".env", "PRESET", preset.value)).rules_hash() == spelled_out.rules_hash()


@pytest.mark.parametrize("preset", Preset)
def test_every_preset_can_be_replayed(preset: Preset) -> None:
    _, rules = replay_settings([f"preset={preset.value}", "min_signal_score=7"])
    assert load_settings({}, dotenv=None, toml=None, overrides=rules).preset is preset


@pytest.mark.parametrize("place", PLACES)
def test_a_preset_nobody_made_is_an_error(place: str) -> None:
    with pytest.raises(ConfigError, match=r"(?i)^preset=large \(.*\) must be none, small or scale$"):
        told((place, "PRESET", "large"))


def test_a_misspelled_preset_in_dotenv_is_an_error_and_reset_in_the_environment_is_not() -> None:
    with pytest.raises(ConfigError, match=r"PRESETS \(.env\) is not a setting: did you mean PRESET\?"):
        told((".env", "PRESETS", "small"))
    assert told(("environment", "RESET", "x")).preset is Preset.NONE
