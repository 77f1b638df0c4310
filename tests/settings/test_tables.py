"""The small tables: well spelled they are rows, badly spelled one clear line, and one spelling in the hash."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from automated_trading.domain.errors import ConfigError
from automated_trading.domain.rules import AgeRule, ExitRule, Rules, Rung
from automated_trading.settings import RULE_KEYS, Settings, load_settings

D = Decimal
TABLES = ("SCORE_SIZES", "EXIT_ORDER", "TRAILING_RUNGS", "AGE_RULES")
OTHERS = {"SCORE_SIZES": "5:0.02 10:0.1", "EXIT_ORDER": "age trailing stop"}


def told(name: str, value: object, place: str = "--set") -> Settings:
    environ = {name: str(value)} if place == "environment" else {}
    dotenv = f"{name}='{value}'" if place == ".env" else None
    toml = f'{name.lower()} = "{value}"' if place == "trading.toml" else None
    overrides = {name: value} if place == "--set" else {}
    return load_settings(environ, dotenv=dotenv, toml=toml, overrides=overrides)


@pytest.mark.parametrize("place", ["--set", "environment", ".env", "trading.toml"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_text_in_every_place(name: str, place: str) -> None:
    value = OTHERS.get(name, "5:0.05 10:0.10" if name == "AGE_RULES" else "0.05:0.05 0.1:0.10")
    settings = told(name, value, place)
    assert settings.origins[name] == place
    assert settings.rules_hash() == told(name, value).rules_hash() != told(name, None).rules_hash()


@pytest.mark.parametrize(
    ("name", "value", "spelled"),
    [
        ("TRAILING_RUNGS", "  0.030:.05\t+0.2:1e-1 ", "0.03:0.05 0.2:0.1"),
        ("TRAILING_RUNGS", "0:0.05", "0:0.05"),
        ("TRAILING_RUNGS", "None", "none"),
        ("TRAILING_RUNGS", "", "none"),
        ("AGE_RULES", "7.0:0.10", "7:0.1"),
        ("AGE_RULES", " ", "none"),
        ("SCORE_SIZES", "6.0:0.050 20:0.12", "6:0.05 20:0.12"),
        ("EXIT_ORDER", " Trailing  STOP", "trailing stop"),
    ],
)
def test_a_table_has_one_spelling_however_it_is_written(name: str, value: str, spelled: str) -> None:
    settings = told(name, value)
    assert settings.rule_values()[name] == spelled
    assert told(name, spelled).rules_hash() == settings.rules_hash()


def test_rows_become_rungs_and_ages() -> None:
    assert told("TRAILING_RUNGS", "0.1:0.05 0.4:0.2").rules.exits.rungs == (
        Rung(D("0.1"), D("0.05")),
        Rung(D("0.4"), D("0.2")),
    )
    assert told("AGE_RULES", "5:0 10:0.5").rules.exits.ages == (AgeRule(5, D(0)), AgeRule(10, D("0.5")))
    assert told("EXIT_ORDER", "stop age trailing").rules.exits.order == (ExitRule.STOP, ExitRule.AGE, ExitRule.TRAILING)


@pytest.mark.parametrize("name", ["TRAILING_RUNGS", "AGE_RULES"])
def test_a_table_left_empty_keeps_the_default_among_variables_and_is_empty_in_the_file(name: str) -> None:
    assert told(name, "", "environment").rules == told(name, " ", ".env").rules == Rules()
    assert told(name, "", "trading.toml").rule_values()[name] == "none"
    assert told(name, "none", "environment").rules == told(name, "", "trading.toml").rules != Rules()


@pytest.mark.parametrize("name", ["SCORE_SIZES", "EXIT_ORDER"])
def test_a_table_that_cannot_be_empty_is_an_error_in_the_file(name: str) -> None:
    assert told(name, "", "environment").rules == Rules()
    with pytest.raises(ConfigError, match=rf"^{name.lower()}= \(trading.toml\) must be "):
        told(name, "", "trading.toml")


TWELVE = " ".join(f"{day}:0" for day in range(1, 13))
BAD = [
    *[("TRAILING_RUNGS", text) for text in ("0.03", "0.03:0.05:0.1", "0.03;0.05", "0.03:", ":", "0.03 :0.05", "a:b")],
    *[("TRAILING_RUNGS", text) for text in ("0.03:nan", "inf:0.05", "0.03:0.05,0.2:0.1", "none none", "off")],
    *[("TRAILING_RUNGS", text) for text in ("0.2:0.1 0.03:0.05", "0.03:0.05 0.03:0.06", "-0.01:0.05", "1.01:0.05")],
    *[("TRAILING_RUNGS", text) for text in ("0.03:0.004", "0.03:0.501", "\u0660.03:0.05")],
    *[("AGE_RULES", text) for text in ("21.5:0", "0:0", "366:0", "30:0 21:0", "21:-0.01", "21:0.51", f"{TWELVE} 13:0")],
    *[("SCORE_SIZES", text) for text in ("6:0.05", "6:0.05 10:0.06 20:0.12", "none", "20:0.05 6:0.12")],
    *[("SCORE_SIZES", text) for text in ("6:0.12 20:0.05", "6:0.05 20:0.05", "6:0.001 20:0.12", "6:0.05 101:0.12")],
    *[
        ("EXIT_ORDER", text)
        for text in ("stop", "trailing age", "stop trailing stop", "stop, trailing", "stop trailing x")
    ],
    *[("EXIT_ORDER", text) for text in ("none", "stop trailing takeprofit")],
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_table_badly_spelled_is_one_line_with_what_it_must_be(name: str, text: str) -> None:
    must = next(key.must for key in RULE_KEYS if key.name == name)
    with pytest.raises(ConfigError) as caught:
        told(name, text, "environment")
    words = str(caught.value)
    assert words.isprintable()
    assert words.startswith(f"{name}=")
    assert words.endswith(f" (environment) must be {must}")


def test_twelve_rows_are_the_most() -> None:
    assert len(told("AGE_RULES", TWELVE).rules.exits.ages) == 12


@pytest.mark.parametrize("value", ["0.03", "true", "[]", '["0.03:0.05"]', "{}", "1979-05-27", "nan"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_not_text_in_the_file_is_an_error(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name.lower()}=.* \(trading.toml\) must be "):
        load_settings({}, dotenv=None, toml=f"{name.lower()} = {value}")


cells = st.sampled_from(["0", "0.05", "0.2", "1", "7", "30", "-1", "nan", "1e9", ":", " ", "stop", "trailing", "none"])
texts = st.one_of(st.text(), st.lists(cells).map("".join), st.lists(cells).map(":".join), st.lists(cells).map(" ".join))


@given(st.sampled_from(TABLES), texts)
def test_any_text_is_a_table_with_its_own_spelling_or_one_clear_line(name: str, text: str) -> None:
    try:
        settings = told(name, text)
    except ConfigError as problem:
        words = str(problem)
        assert words.startswith(f"{name}=")
        assert words.isprintable()
        return
    again = told(name, settings.rule_values()[name])
    assert (again.rules, again.rules_hash()) == (settings.rules, settings.rules_hash())
