"""Where settings come from: which place wins, what is unknown, what cannot be read, what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from automated_trading.domain.errors import ConfigError
from automated_trading.settings import Mode, Settings, find_files, load_settings

SECRET = "s3cr3t-of-the-owner"
SECRETS = [f"ALPACA_{world}_{kind}" for world in ("PAPER", "LIVE") for kind in ("API_KEY", "SECRET_KEY")]


def told(environ: dict[str, str] | None = None, dotenv: str = "", toml: str = "", **overrides: object) -> Settings:
    return load_settings(environ or {}, dotenv=dotenv, toml=toml, overrides=overrides)


def test_the_command_line_wins_over_the_environment_over_dotenv_over_the_file() -> None:
    environ, dotenv, toml = {"MAX_POSITIONS": "3"}, "MAX_POSITIONS=2", "max_positions = 1"
    assert told(toml=toml).rules.caps.max_positions == 1
    assert told(dotenv=dotenv, toml=toml).rules.caps.max_positions == 2
    assert told(environ, dotenv, toml).rules.caps.max_positions == 3
    assert told(environ, dotenv, toml, MAX_POSITIONS="4").rules.caps.max_positions == 4


def test_the_origin_of_every_value_is_known() -> None:
    origins = told({"MAX_POSITIONS": "3"}, "TRADING_DATA_DIR=x", "max_positions = 1", min_signal_score="7").origins
    assert origins["MIN_SIGNAL_SCORE"] == "--set"
    assert origins["MAX_POSITIONS"] == "environment"
    assert origins["TRADING_DATA_DIR"] == ".env"
    assert origins["DAILY_LOSS_LIMIT_PCT"] == "default"


@pytest.mark.parametrize(
    ("places", "start"),
    [
        ({"environ": {"MAX_POSITIONS": "0"}}, "MAX_POSITIONS=0 (environment)"),
        ({"dotenv": "MAX_POSITIONS=0"}, "MAX_POSITIONS=0 (.env)"),
        ({"toml": "max_positions = 0"}, "max_positions=0 (trading.toml)"),
        ({"max_positions": "0"}, "MAX_POSITIONS=0 (--set)"),
    ],
)
def test_an_error_is_one_line_with_key_value_place_and_range(places: dict[str, object], start: str) -> None:
    with pytest.raises(ConfigError) as caught:
        told(**places)  # type: ignore[arg-type]
    assert str(caught.value) == f"{start} must be a whole number from 1 to 1000"


def test_the_place_that_decided_is_the_one_an_error_names() -> None:
    with pytest.raises(ConfigError, match=r"\(environment\)"):
        told({"MAX_POSITIONS": "0"}, "MAX_POSITIONS=5")
    assert told({"MAX_POSITIONS": "5"}, "MAX_POSITIONS=0").rules.caps.max_positions == 5


def test_an_empty_variable_tells_nothing() -> None:
    settings = told({"MAX_POSITIONS": "", "ALPACA_PAPER_API_KEY": " "}, "MAX_POSITIONS=2")
    assert settings.rules.caps.max_positions == 2
    assert settings.origins["ALPACA_PAPER_API_KEY"] == "default"


@pytest.mark.parametrize(
    ("value", "on"),
    [("true", True), ("1", True), ("YES", True), (" On ", True)]
    + [(off, False) for off in ("false", "0", "no", "off", "", " ", "tru", "enabled", "2", "\uff4f\uff4e")],
)
def test_trading_is_on_only_by_one_of_four_words(value: str, on: bool) -> None:
    assert told({"TRADING_ENABLED": value}).trading_enabled is on


def test_trading_is_on_where_nothing_is_said_and_off_by_the_file() -> None:
    assert told().trading_enabled
    assert not told(toml="trading_enabled = false").trading_enabled
    assert told(toml="trading_enabled = true").trading_enabled


@pytest.mark.parametrize("name", ["MAX_POSITION", "MAX_POSITIONS_PCT", "min_signal_score", "STOP_LOSS_TIER4_PCT"])
@pytest.mark.parametrize("typo_in", ["environ", "dotenv"])
def test_a_near_miss_of_a_rule_among_variables_is_an_error(name: str, typo_in: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} .* did you mean "):
        told({name: "1"}) if typo_in == "environ" else told(dotenv=f"{name}=1")


@pytest.mark.parametrize("name", ["TRADING_ENABLE", "ALLOW_LIVE_TRADE", "ALPACA_TRADING_MOD"])
def test_a_near_miss_of_a_switch_is_an_error_too(name: str) -> None:
    with pytest.raises(ConfigError, match="did you mean"):
        told({name: "false"})


def test_other_programs_variables_are_none_of_our_business() -> None:
    others = ["PATH", "HOME", "MAX_RETRIES", "ALPACA_API_KEY", "ALPACA_SECRET_KEY", "APCA_API_BASE_URL", "STOP", ""]
    assert told(dict.fromkeys(others, "x"), "DATABASE_URL=y").rules == told().rules


@pytest.mark.parametrize("name", ["max_position", "MAX_POSITIONS", "rules", "zzz", "max_drawdown"])
def test_an_unknown_name_in_the_file_or_on_the_command_line_is_an_error_with_a_suggestion(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} \(trading.toml\) is not a setting: did you mean [a-z0-9_]+\?"):
        told(toml=f"{name} = 1")
    if name != "MAX_POSITIONS":
        with pytest.raises(ConfigError, match=r"\(--set\) is not a setting: did you mean [A-Z0-9_]+\?"):
            told(**{name: "1"})


def test_documented_names_that_nothing_reads_yet_are_known() -> None:
    told({"GMAIL_USER": "me@example.com", "GMAIL_APP_PASSWORD": "x", "POLYGON_API_KEY": "y"})
    told(toml='recipient_email = "me@example.com"\nsmtp_port = 465')


@pytest.mark.parametrize(
    ("text", "line"),
    [("max_positions = ", 1), ("\n\nmax_positions 3", 3), ("a = 1\na = 2", 2), (f"x = {'9' * 5000}", None), ("\0", 1)],
)
def test_a_file_that_is_not_toml_is_an_error_that_names_the_line(text: str, line: int | None) -> None:
    with pytest.raises(ConfigError, match="trading.toml is not TOML: " + (f".*line {line}" if line else "")):
        told(toml=text)


def test_toml_nested_without_end_is_an_error() -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        told(toml="a = " + "[" * 100_000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SECRET, 1),
        (f"A=1\n\n# b\n{SECRET} x\nC=2", 4),
        (f'A=1\nALPACA_LIVE_SECRET_KEY="{SECRET}', 2),
        (f"={SECRET}", 1),
    ],
)
def test_a_line_of_dotenv_that_says_nothing_is_named_by_number_and_not_shown(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        told(dotenv=text)
    assert str(caught.value).startswith(f"line {line} of .env ")
    assert SECRET not in str(caught.value)


def test_dotenv_may_quote_comment_and_export_and_expands_nothing() -> None:
    text = "\ufeff# rules\nexport MAX_POSITIONS='3' # few\n\nTRADING_DATA_DIR=${HOME}/desk\r\n"
    settings = told({"HOME": "/root"}, text)
    assert settings.rules.caps.max_positions == 3
    assert settings.data_dir == Path("${HOME}/desk")


def all_words_of(problem: BaseException | None) -> str:
    words = ""
    while problem is not None:
        words += f"{problem!r} {problem} "
        problem = problem.__cause__ or problem.__context__
    return words


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("bad", [f"{SECRET} {SECRET}", f"{SECRET}\n{SECRET}", f"{SECRET}é", SECRET * 20])
def test_a_secret_that_cannot_be_one_is_an_error_that_does_not_show_it(name: str, bad: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}=\(not shown\)") as caught:
        told({name: bad})
    assert SECRET not in all_words_of(caught.value)


@pytest.mark.parametrize("name", [*SECRETS, "GMAIL_APP_PASSWORD", "NOTIFY_URLS", "POLYGON_API_KEY"])
def test_a_secret_stands_neither_in_the_file_nor_on_the_command_line(name: str) -> None:
    for place in ({"toml": f'{name.lower()} = "{SECRET}"'}, {name: SECRET}):
        with pytest.raises(ConfigError, match=f"^{name} is a secret: ") as caught:
            told(**place)  # type: ignore[arg-type]
        assert SECRET not in all_words_of(caught.value)


def test_no_secret_shows_in_the_settings_or_in_the_endpoint() -> None:
    settings = told({"ALPACA_TRADING_MODE": "paper", **dict.fromkeys(SECRETS, SECRET)})
    endpoint = settings.endpoint()
    assert endpoint is not None
    assert endpoint.secret.get_secret_value() == SECRET
    assert SECRET not in f"{settings!r} {settings} {endpoint!r} {endpoint} {settings._desk_keys!r}"


def test_another_settings_error_shows_no_secret_that_stands_beside_it() -> None:
    with pytest.raises(ConfigError) as caught:
        told({**dict.fromkeys(SECRETS, SECRET), "ALPACA_TRADING_MODE": "real"})
    assert str(caught.value) == "ALPACA_TRADING_MODE=real (environment) must be simulated, paper or live"
    assert SECRET not in all_words_of(caught.value)


@pytest.mark.parametrize("value", ["", " ", "a\0b", "a\nb", "~/desk"])
def test_a_data_folder_that_cannot_be_a_path_is_an_error(value: str) -> None:
    with pytest.raises(ConfigError, match="TRADING_DATA_DIR"):
        told(trading_data_dir=value)


def test_what_is_not_said_has_its_documented_default() -> None:
    settings = told()
    assert (settings.mode, settings.data_dir, settings.data_feed) == (Mode.SIMULATED, Path("data"), None)
    assert (settings.simulated_seed, settings.simulated_cash) == (0, 100_000)


def test_the_other_settings_change_what_is_seen() -> None:
    settings = told(
        {"ALPACA_TRADING_MODE": " Paper ", "ALPACA_DATA_FEED": "IEX"},
        toml="simulated_seed = 7\nsimulated_cash = 5000",
        trading_data_dir=Path("/srv/desk"),
    )
    assert (settings.mode, settings.data_feed) == (Mode.PAPER, "iex")
    assert (settings.simulated_seed, settings.simulated_cash) == (7, 5000)
    assert settings.data_dir == Path("/srv/desk")


def test_a_feed_nobody_offers_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"ALPACA_DATA_FEED=otc .* must be iex or sip"):
        told({"ALPACA_DATA_FEED": "otc"})


def test_the_files_of_the_working_folder_are_found(tmp_path: Path) -> None:
    assert find_files(tmp_path, None) == (None, None)
    (tmp_path / ".env").write_text("\ufeffA=1", encoding="utf-8")
    (tmp_path / "trading.toml").write_text("max_positions = 3")
    assert find_files(tmp_path, None) == ("A=1", "max_positions = 3")


def test_a_named_file_stands_in_for_the_folders_own_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "trading.toml").write_text("max_positions = 3")
    (tmp_path / "other.toml").write_text("max_positions = 4")
    assert find_files(tmp_path, tmp_path / "other.toml") == (None, "max_positions = 4")
    with pytest.raises(ConfigError, match=r"none\.toml is not there"):
        find_files(tmp_path, tmp_path / "none.toml")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "trading.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        find_files(tmp_path, None)
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        find_files(tmp_path, tmp_path / ".env")


def test_a_name_that_would_break_the_line_is_shown_without_breaking_it() -> None:
    with pytest.raises(ConfigError, match=r"^a\\nb \(trading.toml\)"):
        told(toml='"a\\nb" = 1')


@given(st.text(), st.text())
def test_no_text_is_anything_but_settings_or_a_config_error(dotenv: str, toml: str) -> None:
    words = ""
    try:
        told(dotenv=dotenv, toml=toml)
    except ConfigError as problem:
        words = str(problem)
    assert words.isprintable()
