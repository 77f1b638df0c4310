"""Every rule: its default, both ends of its range and one step beyond, and that it changes what decisions see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.domain.rules import Rules
from automated_trading.settings import RULE_KEYS, Settings, load_settings, settings_table

D = Decimal


def told(toml: str = "", **environ: str) -> Settings:
    return load_settings(environ, dotenv=None, toml=toml)


# name, lowest allowed, just below, highest allowed, just above
RANGES = [
    ("MIN_SIGNAL_SCORE", "0", "-0.1", "100", "100.1"),
    ("MAX_POSITION_PCT", "0.0011", "0.001", "1", "1.01"),
    ("MAX_POSITIONS", "1", "0", "1000", "1001"),
    ("MAX_TOTAL_EXPOSURE", "0.0001", "0", "1", "1.01"),
    ("MAX_ENTRIES_PER_DAY", "0", "-1", "200", "201"),
    ("ENTRY_LIMIT_PREMIUM_PCT", "0", "-0.001", "0.05", "0.051"),
    ("ENTRY_TIMEOUT_MINUTES", "1", "0", "390", "391"),
    ("QUOTE_MAX_AGE_SECONDS", "1", "0", "900", "901"),
    ("STOP_LOSS_TIER1_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("STOP_LOSS_TIER2_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("STOP_LOSS_TIER3_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("DEFAULT_STOP_LOSS_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("DAILY_LOSS_LIMIT_PCT", "0.5", "0.49", "50", "50.1"),
]

# name, another value than the default, how the rules see it
EFFECTS: list[tuple[str, str, Callable[[Rules], object], object]] = [
    ("MIN_SIGNAL_SCORE", "7.5", lambda r: r.entries.min_signal_score, D("7.5")),
    ("MAX_POSITION_PCT", "0.2", lambda r: r.caps.max_position, D("0.2")),
    ("MAX_POSITIONS", "3", lambda r: r.caps.max_positions, 3),
    ("MAX_TOTAL_EXPOSURE", "0.5", lambda r: r.caps.max_exposure, D("0.5")),
    ("MAX_ENTRIES_PER_DAY", "4", lambda r: r.caps.max_entries_per_day, 4),
    ("ENTRY_LIMIT_PREMIUM_PCT", "0.01", lambda r: r.entries.limit_premium, D("0.01")),
    ("ENTRY_TIMEOUT_MINUTES", "45", lambda r: r.entries.timeout, timedelta(minutes=45)),
    ("QUOTE_MAX_AGE_SECONDS", "60", lambda r: r.entries.quote_max_age, timedelta(seconds=60)),
    ("STOP_LOSS_TIER1_PCT", "0.2", lambda r: r.exits.stop_fraction("tier1"), D("0.2")),
    ("STOP_LOSS_TIER2_PCT", "0.2", lambda r: r.exits.stop_fraction("tier2"), D("0.2")),
    ("STOP_LOSS_TIER3_PCT", "0.2", lambda r: r.exits.stop_fraction("tier3"), D("0.2")),
    ("DEFAULT_STOP_LOSS_PCT", "0.2", lambda r: r.exits.stop_fraction("tier4"), D("0.2")),
    ("DAILY_LOSS_LIMIT_PCT", "3.0", lambda r: r.breakers.daily_loss, D("0.03")),
]

OTHER_READINGS = [
    ("DAILY_LOSS_LIMIT_PCT", "0.05"),
    ("MAX_POSITION_PCT", "10"),
    ("MAX_TOTAL_EXPOSURE", "70"),
    ("ENTRY_LIMIT_PREMIUM_PCT", "0.5"),
    ("STOP_LOSS_TIER1_PCT", "12"),
    ("STOP_LOSS_TIER2_PCT", "10"),
    ("STOP_LOSS_TIER3_PCT", "8"),
    ("DEFAULT_STOP_LOSS_PCT", "8"),
]


def test_no_setting_at_all_makes_the_rules_the_domain_documents() -> None:
    assert told().rules == Rules()


@pytest.mark.parametrize(("name", "low", "below", "high", "above"), RANGES)
def test_both_ends_of_a_range_stand_and_one_step_beyond_is_an_error(
    name: str, low: str, below: str, high: str, above: str
) -> None:
    assert told(**{name: low}).rule_values()[name] == low
    assert told(**{name: high}).rule_values()[name] == high
    for absurd in (below, above):
        with pytest.raises(ConfigError, match=rf"^{name}={absurd} \(environment\) must be a "):
            told(**{name: absurd})


@pytest.mark.parametrize(("name", "value", "seen", "expected"), EFFECTS)
def test_a_rule_changes_what_decisions_see_and_the_hash(
    name: str, value: str, seen: Callable[[Rules], object], expected: object
) -> None:
    assert seen(told().rules) != expected
    assert seen(told(**{name: value}).rules) == expected
    assert told(**{name: value}).rules_hash() != told().rules_hash()


def test_every_rule_stands_in_the_tables_above() -> None:
    names = [key.name for key in RULE_KEYS]
    assert [row[0] for row in RANGES] == names
    assert [row[0] for row in EFFECTS] == names


@pytest.mark.parametrize(("name", "value"), OTHER_READINGS)
def test_per_cent_for_a_fraction_and_a_fraction_for_per_cent_are_errors(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        told(**{name: value})


@pytest.mark.parametrize(
    "value",
    ["nan", "NaN", "inf", "1e400", "1e999999999999999999999", "9" * 5000, "0.1.2", "ten", "0x1", "1_0", "٣", "1,5"],
    ids=lambda value: ascii(value)[:12],
)
def test_what_is_not_a_plain_finite_number_is_an_error(value: str) -> None:
    with pytest.raises(ConfigError, match="MAX_POSITIONS"):
        told(MAX_POSITIONS=value)


@pytest.mark.parametrize("value", ["true", "1.5", "nan", "inf", "[]", '""', "1979-05-27", "1e999999999999999999999"])
def test_a_rule_of_another_kind_in_the_file_is_an_error(value: str) -> None:
    with pytest.raises(ConfigError, match=r"max_positions=.* \(trading.toml\) must be a whole number"):
        told(f"max_positions = {value}")


def test_a_float_handed_in_is_refused_because_it_has_lost_what_was_meant() -> None:
    with pytest.raises(ConfigError, match="MAX_POSITION_PCT"):
        load_settings({}, dotenv=None, toml=None, overrides={"max_position_pct": 0.1})


def test_numbers_stay_exact_on_their_way_from_the_file() -> None:
    text = "0.1000000000000000055511151231257827"
    assert told(f"max_position_pct = {text}").rules.caps.max_position == D(text)


def test_the_hash_knows_values_and_not_their_spelling_or_place() -> None:
    hashes = {
        told().rules_hash(),
        told(MAX_POSITION_PCT="0.10").rules_hash(),
        told("max_position_pct = 0.1\nmin_signal_score = 6").rules_hash(),
        told("simulated_seed = 7").rules_hash(),
    }
    assert len(hashes) == 1
    assert len(hashes.pop()) == 12


def test_the_settings_table_has_a_row_of_plain_words_for_every_rule() -> None:
    rows = {row[0]: row[1:] for row in settings_table()}
    assert len(rows) == len(RULE_KEYS)
    assert rows["MAX_POSITIONS"][:2] == ("10", "a whole number from 1 to 1000")
    assert rows["MAX_TOTAL_EXPOSURE"][:2] == ("0.70", "a fraction over 0, up to 1")
    assert all(all(cell for cell in row) for row in rows.values())
