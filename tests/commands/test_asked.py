"""What the owner typed becomes settings and times."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from automated_trading.commands.asked import Asked, read_time
from automated_trading.domain.errors import ConfigError, UsageError

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)


def asked(folder: Path, **more: object) -> Asked:
    return Asked(**{"environ": {}, "cwd": folder, "now": NOW, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "today", "meant"),
    [
        ("09:35", datetime(2026, 2, 3, 12, tzinfo=UTC), datetime(2026, 2, 3, 14, 35, tzinfo=UTC)),
        ("09:35", datetime(2026, 7, 7, 12, tzinfo=UTC), datetime(2026, 7, 7, 13, 35, tzinfo=UTC)),
        ("09:35", datetime(2026, 2, 4, 2, tzinfo=UTC), datetime(2026, 2, 3, 14, 35, tzinfo=UTC)),
        ("2026-02-03T14:35:00Z", NOW, datetime(2026, 2, 3, 14, 35, tzinfo=UTC)),
        ("2026-02-03T09:35:00-05:00", NOW, datetime(2026, 2, 3, 14, 35, tzinfo=UTC)),
    ],
)
def test_a_time_is_new_yorks_on_the_exchanges_day_or_whole_with_its_zone(
    text: str, today: datetime, meant: datetime
) -> None:
    assert read_time(text, today) == meant


def test_an_hour_the_clocks_skip_is_no_time() -> None:
    with pytest.raises(UsageError):
        read_time("02:30", datetime(2026, 3, 8, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "9:35", "24:00", "09:60", "2026-02-03 14:35", "2026-02-03T14:35:00", "x" * 9_999])
def test_anything_else_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(UsageError, match="neither HH:MM") as caught:
        read_time(text, NOW)
    assert len(str(caught.value)) < 160


def test_the_data_folder_typed_wins_over_the_environments(tmp_path: Path) -> None:
    environ = {"TRADING_DATA_DIR": "env"}
    assert asked(tmp_path, environ=environ).settings().data_dir == Path("env")
    assert asked(tmp_path, environ=environ, data_dir=Path("typed")).settings().data_dir == Path("typed")


def test_the_working_folders_files_are_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "trading.toml").write_text("max_positions = 3\n")
    (tmp_path / ".env").write_text("MAX_POSITIONS=4\n")
    assert asked(tmp_path).settings().rules.caps.max_positions == 4
    assert asked(tmp_path, environ={"MAX_POSITIONS": "5"}).settings().rules.caps.max_positions == 5


def test_a_config_that_is_named_takes_the_place_of_the_working_folders(tmp_path: Path) -> None:
    (tmp_path / "trading.toml").write_text("max_positions = 3\n")
    (tmp_path / "mine.toml").write_text("max_positions = 7\n")
    assert asked(tmp_path, config=tmp_path / "mine.toml").settings().rules.caps.max_positions == 7
    with pytest.raises(ConfigError, match="is not there"):
        asked(tmp_path, config=tmp_path / "none.toml").settings()
