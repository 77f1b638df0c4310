"""Every rule: its default, both ends of its range and one step beyond, and that it changes what decisions see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.domain.rules import AgeRule, ExitRule, Protection, Rules, Rung, ScoreSizes, Sizing
from automated_trading.settings import RULE_KEYS, Settings, load_settings, settings_table

D = Decimal


def told(toml: str = "", **environ: str) -> Settings:
    return load_settings(environ, dotenv=None, toml=toml)


# name, lowest allowed, just below, highest allowed, just above
RANGES = [
    ("MIN_SIGNAL_SCORE", "0", "-0.1", "100", "100.1"),
    ("COOL_DOWN_DAYS", "0", "-1", "365", "366"),
    ("QUOTE_MAX_AGE_SECONDS", "1", "0", "900", "901"),
    ("MAX_SPREAD_PCT", "0.0001", "0", "0.1", "0.101"),
    ("MAX_GAP_UP_PCT", "0", "-0.001", "0.3", "0.301"),
    ("MAX_GAP_DOWN_PCT", "0", "-0.001", "0.3", "0.301"),
    ("FAR_FROM_SIGNAL_PCT", "0", "-0.01", "0.5", "0.51"),
    ("ENTRY_LIMIT_PREMIUM_PCT", "0", "-0.001", "0.05", "0.051"),
    ("ENTRY_LAST_PREMIUM_PCT", "0", "-0.001", "0.05", "0.051"),
    ("ENTRY_TIMEOUT_MINUTES", "1", "0", "390", "391"),
    ("MAX_POSITION_PCT", "0.0011", "0.001", "1", "1.01"),
    ("MAX_POSITIONS", "1", "0", "1000", "1001"),
    ("MAX_TOTAL_EXPOSURE", "0.0001", "0", "1", "1.01"),
    ("MAX_SECTOR_PCT", "0.0001", "0", "1", "1.01"),
    ("MAX_ENTRIES_PER_DAY", "0", "-1", "200", "201"),
    ("CAPITAL_LIMIT", "0", "-1", "1000000000", "1000000001"),
    ("STOP_LOSS_TIER1_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("STOP_LOSS_TIER2_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("STOP_LOSS_TIER3_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("DEFAULT_STOP_LOSS_PCT", "0.01", "0.009", "0.5", "0.51"),
    ("TAKE_PROFIT_TIER1_PCT", "0.01", "0.009", "0.9", "0.91"),
    ("TAKE_PROFIT_TIER2_PCT", "0.01", "0.009", "0.9", "0.91"),
    ("TAKE_PROFIT_TIER3_PCT", "0.01", "0.009", "0.9", "0.91"),
    ("DEFAULT_TAKE_PROFIT_PCT", "0.01", "0.009", "0.9", "0.91"),
    ("PRICE_MAX_AGE_MINUTES", "1", "0", "60", "61"),
    ("UNDECIDED_CYCLES", "1", "0", "100", "101"),
    ("UNDECIDED_DISCOUNT_PCT", "0", "-0.001", "0.1", "0.101"),
    ("EXIT_TIMEOUT_MINUTES", "1", "0", "390", "391"),
    ("STOP_OFFSET", "0", "-0.001", "0.2", "0.201"),
    ("REDEPLOYMENT_PRICE_TOLERANCE_PCT", "0.5", "0.49", "25", "25.1"),
    ("REDEPLOYMENT_BEFORE_CLOSE_MINUTES", "1", "0", "390", "391"),
    ("MAX_REDEPLOYMENTS_PER_DAY", "0", "-1", "50", "51"),
    ("REDEPLOYMENT_LEAST_DOLLARS", "0", "-1", "1000000", "1000001"),
    ("REDEPLOYMENT_LEAST_SLOT_PCT", "0", "-0.1", "1", "1.1"),
    ("DAILY_LOSS_LIMIT_PCT", "0.5", "0.49", "50", "50.1"),
    ("MAX_CONSECUTIVE_LOSSES", "1", "0", "100", "101"),
    ("IGNORE_LOSS_PCT", "0", "-0.001", "0.05", "0.051"),
    ("MAX_DRAWDOWN_HALT_PCT", "2", "1.9", "90", "90.1"),
]

# name of a rule that is no number, and words that are no value of it
WORDS = [
    ("SIZING", ("both", "equal score", "0.1")),
    ("SCORE_SIZES", ()),
    ("EXIT_ORDER", ()),
    ("TRAILING_RUNGS", ()),
    ("ENABLE_TAKE_PROFIT", ("yes", "1", "on", "maybe")),
    ("AGE_RULES", ()),
    ("PROTECTIVE_STOPS", ("both", "none", "true", "broker monitor")),
    ("ENABLE_INTRADAY_REDEPLOYMENT", ("no", "0", "off", "maybe")),
]

# name, another value than the default, how the rules see it
EFFECTS: list[tuple[str, str, Callable[[Rules], object], object]] = [
    ("MIN_SIGNAL_SCORE", "7.5", lambda r: r.entries.min_signal_score, D("7.5")),
    ("COOL_DOWN_DAYS", "3", lambda r: r.entries.cool_down, timedelta(days=3)),
    ("QUOTE_MAX_AGE_SECONDS", "60", lambda r: r.entries.quote_max_age, timedelta(seconds=60)),
    ("MAX_SPREAD_PCT", "0.01", lambda r: r.entries.max_spread, D("0.01")),
    ("MAX_GAP_UP_PCT", "0.05", lambda r: r.entries.max_gap_up, D("0.05")),
    ("MAX_GAP_DOWN_PCT", "0.05", lambda r: r.entries.max_gap_down, D("0.05")),
    ("FAR_FROM_SIGNAL_PCT", "0.05", lambda r: r.entries.far_from_signal, D("0.05")),
    ("ENTRY_LIMIT_PREMIUM_PCT", "0.01", lambda r: r.entries.limit_over_ask, D("0.01")),
    ("ENTRY_LAST_PREMIUM_PCT", "0.02", lambda r: r.entries.limit_over_last, D("0.02")),
    ("ENTRY_TIMEOUT_MINUTES", "45", lambda r: r.entries.timeout, timedelta(minutes=45)),
    ("SIZING", " Score ", lambda r: r.caps.sizing, Sizing.SCORE),
    ("MAX_POSITION_PCT", "0.2", lambda r: r.caps.max_position, D("0.2")),
    ("SCORE_SIZES", "5:0.02 10:0.1", lambda r: r.caps.score_sizes, ScoreSizes(D(5), D("0.02"), D(10), D("0.1"))),
    ("MAX_POSITIONS", "3", lambda r: r.caps.max_positions, 3),
    ("MAX_TOTAL_EXPOSURE", "0.5", lambda r: r.caps.max_exposure, D("0.5")),
    ("MAX_SECTOR_PCT", "0.3", lambda r: r.caps.max_sector, D("0.3")),
    ("MAX_ENTRIES_PER_DAY", "4", lambda r: r.caps.max_entries_per_day, 4),
    ("CAPITAL_LIMIT", "25000", lambda r: r.caps.capital_limit, D(25000)),
    ("EXIT_ORDER", "trailing stop", lambda r: r.exits.order, (ExitRule.TRAILING, ExitRule.STOP)),
    ("STOP_LOSS_TIER1_PCT", "0.2", lambda r: r.exits.stop_fraction("tier1"), D("0.2")),
    ("STOP_LOSS_TIER2_PCT", "0.2", lambda r: r.exits.stop_fraction("tier2"), D("0.2")),
    ("STOP_LOSS_TIER3_PCT", "0.2", lambda r: r.exits.stop_fraction("tier3"), D("0.2")),
    ("DEFAULT_STOP_LOSS_PCT", "0.2", lambda r: r.exits.stop_fraction("tier4"), D("0.2")),
    ("TRAILING_RUNGS", "0.1:0.05", lambda r: r.exits.rungs, (Rung(D("0.1"), D("0.05")),)),
    ("ENABLE_TAKE_PROFIT", "true", lambda r: r.exits.take_profit, True),
    ("TAKE_PROFIT_TIER1_PCT", "0.3", lambda r: r.exits.target_fraction("tier1"), D("0.3")),
    ("TAKE_PROFIT_TIER2_PCT", "0.3", lambda r: r.exits.target_fraction("tier2"), D("0.3")),
    ("TAKE_PROFIT_TIER3_PCT", "0.3", lambda r: r.exits.target_fraction("tier3"), D("0.3")),
    ("DEFAULT_TAKE_PROFIT_PCT", "0.3", lambda r: r.exits.target_fraction("tier4"), D("0.3")),
    ("AGE_RULES", "10:0.01", lambda r: r.exits.ages, (AgeRule(10, D("0.01")),)),
    ("PRICE_MAX_AGE_MINUTES", "5", lambda r: r.exits.price_max_age, timedelta(minutes=5)),
    ("UNDECIDED_CYCLES", "4", lambda r: r.exits.undecided_cycles, 4),
    ("UNDECIDED_DISCOUNT_PCT", "0.02", lambda r: r.exits.undecided_discount, D("0.02")),
    ("EXIT_TIMEOUT_MINUTES", "10", lambda r: r.exits.timeout, timedelta(minutes=10)),
    ("PROTECTIVE_STOPS", " Monitor ", lambda r: r.exits.protection, Protection.MONITOR),
    ("STOP_OFFSET", "0.05", lambda r: r.exits.stop_offset, D("0.05")),
    ("ENABLE_INTRADAY_REDEPLOYMENT", "False", lambda r: r.redeployment.enabled, False),
    ("REDEPLOYMENT_PRICE_TOLERANCE_PCT", "2.5", lambda r: r.redeployment.price_tolerance, D("0.025")),
    ("REDEPLOYMENT_BEFORE_CLOSE_MINUTES", "60", lambda r: r.redeployment.before_close, timedelta(minutes=60)),
    ("MAX_REDEPLOYMENTS_PER_DAY", "2", lambda r: r.redeployment.per_day, 2),
    ("REDEPLOYMENT_LEAST_DOLLARS", "500", lambda r: r.redeployment.least_money, D(500)),
    ("REDEPLOYMENT_LEAST_SLOT_PCT", "0.25", lambda r: r.redeployment.least_slot, D("0.25")),
    ("DAILY_LOSS_LIMIT_PCT", "3.0", lambda r: r.breakers.daily_loss, D("0.03")),
    ("MAX_CONSECUTIVE_LOSSES", "3", lambda r: r.breakers.losing_streak, 3),
    ("IGNORE_LOSS_PCT", "0.01", lambda r: r.breakers.ignore_loss, D("0.01")),
    ("MAX_DRAWDOWN_HALT_PCT", "10", lambda r: r.breakers.drawdown, D("0.1")),
]

# per cent where a fraction is meant, half a per cent, and a fraction where per cent is meant
OTHER_READINGS = [
    *[("MAX_SPREAD_PCT", value) for value in ("2", "0.5")],
    *[("MAX_GAP_UP_PCT", value) for value in ("3", "0.5")],
    *[("MAX_GAP_DOWN_PCT", value) for value in ("8", "0.5")],
    ("FAR_FROM_SIGNAL_PCT", "10"),
    *[("ENTRY_LIMIT_PREMIUM_PCT", value) for value in ("0.5", "1")],
    *[("ENTRY_LAST_PREMIUM_PCT", value) for value in ("1", "0.5")],
    ("MAX_POSITION_PCT", "10"),
    ("SCORE_SIZES", "6:5 20:12"),
    ("MAX_TOTAL_EXPOSURE", "70"),
    ("MAX_SECTOR_PCT", "40"),
    ("CAPITAL_LIMIT", "0.5"),
    ("STOP_LOSS_TIER1_PCT", "12"),
    ("STOP_LOSS_TIER2_PCT", "10"),
    ("STOP_LOSS_TIER3_PCT", "8"),
    ("DEFAULT_STOP_LOSS_PCT", "8"),
    *[("TRAILING_RUNGS", value) for value in ("3:5", "0.03:5", "3:0.05")],
    ("TAKE_PROFIT_TIER1_PCT", "24"),
    ("TAKE_PROFIT_TIER2_PCT", "20"),
    ("TAKE_PROFIT_TIER3_PCT", "16"),
    *[("DEFAULT_TAKE_PROFIT_PCT", value) for value in ("12", "1")],
    *[("AGE_RULES", value) for value in ("30:3", "30:1")],
    *[("UNDECIDED_DISCOUNT_PCT", value) for value in ("1", "0.5")],
    *[("STOP_OFFSET", value) for value in ("1", "0.5")],
    *[("REDEPLOYMENT_PRICE_TOLERANCE_PCT", value) for value in ("0.03", "0.25")],
    ("REDEPLOYMENT_LEAST_SLOT_PCT", "50"),
    *[("DAILY_LOSS_LIMIT_PCT", value) for value in ("0.05", "0.2")],
    *[("IGNORE_LOSS_PCT", value) for value in ("1", "0.5", "0.1")],
    *[("MAX_DRAWDOWN_HALT_PCT", value) for value in ("0.15", "0.5")],
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


@pytest.mark.parametrize(("name", "words"), WORDS)
def test_a_rule_that_is_a_word_takes_no_other_word(name: str, words: tuple[str, ...]) -> None:
    must = next(key.must for key in RULE_KEYS if key.name == name)
    for absurd in (*words, "nan"):
        with pytest.raises(ConfigError) as caught:
            told(**{name: absurd})
        assert str(caught.value) == f"{name}={absurd} (environment) must be {must}"


def test_every_rule_stands_in_the_tables_above() -> None:
    names = [key.name for key in RULE_KEYS]
    assert sorted([*(row[0] for row in RANGES), *(row[0] for row in WORDS)]) == sorted(names)
    assert [row[0] for row in EFFECTS] == names
    fractions = {name for name in names if name.endswith("_PCT")}
    assert {row[0] for row in OTHER_READINGS} >= fractions


def test_every_field_of_the_rules_is_changed_by_a_setting_but_what_no_setting_may_change() -> None:
    fixed = {"books", "opens_after", "until", "order_failures", "cash_dollars", "cash_share"}
    fixed |= {"skew_reported", "skew_blocks"}
    changed = {field for name, value, _, _ in EFFECTS for field in differing(told(**{name: value}).rules)}
    parts = [getattr(Rules(), part.name) for part in fields(Rules) if part.name != "books"]
    assert changed == {field.name for part in parts for field in fields(part)} - fixed


def differing(rules: Rules) -> set[str]:
    """The names of the fields that are not as they are by default."""
    pairs = [(getattr(rules, part.name), getattr(Rules(), part.name)) for part in fields(Rules)]
    return {
        field.name
        for part, default in pairs
        if part != default
        for field in fields(part)
        if getattr(part, field.name) != getattr(default, field.name)
    }


def test_no_capital_limit_is_no_limit() -> None:
    assert told(CAPITAL_LIMIT="0").rules.caps.capital_limit is None


def test_a_switch_may_stand_bare_in_the_file_and_left_empty_tells_nothing() -> None:
    assert told("enable_take_profit = true").rules.exits.take_profit
    assert not told("enable_intraday_redeployment = false").rules.redeployment.enabled
    assert told(ENABLE_INTRADAY_REDEPLOYMENT="").rules.redeployment.enabled


@pytest.mark.parametrize(("name", "value"), OTHER_READINGS)
def test_per_cent_for_a_fraction_and_a_fraction_for_per_cent_are_errors(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}={value} "):
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
    assert rows["TRAILING_RUNGS"][0] == "0.03:0.05 0.20:0.10 0.30:0.07"
    assert rows["ENABLE_TAKE_PROFIT"][:2] == ("false", "true or false")
    assert not any("|" in cell for row in rows.values() for cell in row)
    assert all(all(cell for cell in row) for row in rows.values())
