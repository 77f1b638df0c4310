"""The settings of a replay: each with its range, told by `--set` alone."""

from __future__ import annotations

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.settings.replay_keys import replay_settings, replay_table


def test_every_setting_of_a_replay_has_its_default_range_and_meaning() -> None:
    rows = {name: row for name, *row in replay_table()}
    assert rows["replay_morning"][:2] == ["09:35", "a time from 09:35 to 11:55"]
    assert rows["replay_signal_closes"][:2] == ["true", "true or false"]
    assert all(meaning.endswith(".") for *_, meaning in replay_table())


def test_a_pair_is_a_setting_of_the_replay_or_a_rule_changed_for_it() -> None:
    keys, rules = replay_settings(["REPLAY_SIGNAL_CLOSES = False", "max_positions=3", "preset=small"])
    assert not keys.replay_signal_closes
    assert rules == {"max_positions": "3", "preset": "small"}


def test_nothing_told_is_every_default() -> None:
    keys, rules = replay_settings([])
    assert (keys.replay_signal_closes, str(keys.replay_cash), dict(rules)) == (True, "100000", {})


@pytest.mark.parametrize("value", ["yes", "1", "on", "truee"])
def test_what_is_neither_true_nor_false_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^REPLAY_SIGNAL_CLOSES=.* \(--set\) must be true or false$"):
        replay_settings([f"replay_signal_closes={value}"])
