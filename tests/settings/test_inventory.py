"""The inventory names every setting once, with who decided it, and shows no part of a secret."""

from __future__ import annotations

import pytest

from automated_trading.settings import RULE_KEYS, Setting, load_settings
from automated_trading.settings.desk_keys import SECRETS, DeskKeys

CANARY = "PKCANARY9X7Q2"


def rows(environ: dict[str, str] | None = None, toml: str = "") -> dict[str, Setting]:
    settings = load_settings(environ or {}, dotenv=None, toml=toml)
    return {row.name: row for row in settings.inventory()}


def test_every_setting_is_there_once_the_rules_in_the_order_of_the_table() -> None:
    settings = load_settings({}, dotenv=None, toml=None)
    names = [row.name for row in settings.inventory()]
    assert names == [*(name.upper() for name in DeskKeys.model_fields), *(key.name for key in RULE_KEYS)]
    assert set(names) == set(settings.origins)


def test_with_nothing_told_everything_is_as_it_is_by_default() -> None:
    assert [row.name for row in rows().values() if row.differs or row.origin != "default"] == []
    assert all(row.meaning for row in rows().values())


def test_a_rule_has_the_spelling_of_the_hash() -> None:
    settings = load_settings({"MAX_POSITION_PCT": "0.050"}, dotenv=None, toml=None)
    values = {row.name: row.value for row in settings.inventory()}
    assert {name: values[name] for name in settings.rule_values()} == settings.rule_values()
    assert values["MAX_POSITION_PCT"] == "0.05"


def test_a_value_told_that_is_the_default_does_not_differ() -> None:
    told = rows({"MAX_POSITIONS": "10", "MAX_POSITION_PCT": "0.2"}, "sizing = 'score'")
    assert (told["MAX_POSITIONS"].origin, told["MAX_POSITIONS"].differs) == ("environment", False)
    assert (told["MAX_POSITION_PCT"].value, told["MAX_POSITION_PCT"].default) == ("0.2", "0.1")
    assert (told["SIZING"].value, told["SIZING"].origin, told["SIZING"].differs) == ("score", "trading.toml", True)


def test_the_desks_own_settings_are_plain_words() -> None:
    told = rows({"ALPACA_TRADING_MODE": "paper", "TRADING_ENABLED": "no", "ALPACA_DATA_FEED": "SIP"})
    assert [told[name].value for name in ("ALPACA_TRADING_MODE", "TRADING_ENABLED", "ALPACA_DATA_FEED")] == [
        *("paper", "false", "sip")
    ]
    assert (told["TRADING_DATA_DIR"].value, told["ALPACA_TRADING_URL"].value) == ("data", None)


@pytest.mark.parametrize("name", sorted(SECRETS & set(DeskKeys.model_fields)))
def test_of_a_secret_only_whether_it_is_set_is_known(name: str) -> None:
    assert rows()[name.upper()].value == "not set"
    told = rows({name.upper(): f"https://watchman.example/{CANARY}" if name.endswith("_url") else CANARY})
    assert (told[name.upper()].value, told[name.upper()].origin) == ("set", "environment")
    assert not any(CANARY[at : at + 4] in str(told) for at in range(len(CANARY) - 4))
