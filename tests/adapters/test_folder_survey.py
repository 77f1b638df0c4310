"""Who may look into a folder, and how much room its disk has."""

from __future__ import annotations

from pathlib import Path

import pytest

from automated_trading.adapters.folder_survey import rights_below, rights_of, room_left
from automated_trading.domain.errors import StateError


@pytest.mark.parametrize(
    ("mode", "shown", "shared"),
    [(0o600, False, False), (0o700, False, False), (0o640, True, False), (0o604, True, False), (0o602, True, True)],
)
def test_a_mode_tells_who_may_read_and_write(tmp_path: Path, mode: int, shown: bool, shared: bool) -> None:
    path = tmp_path / "file"
    path.write_text("")
    path.chmod(mode)
    found = rights_of(path)
    assert found is not None
    assert (found.open_to_others, found.writable_by_others) == (shown, shared)


def test_a_folder_is_told_with_all_in_it_and_links_are_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "deep" / "file").write_text("")
    outside.mkdir()
    (outside / "secret").write_text("")
    (inside / "link").symlink_to(outside)
    assert [found.path for found in rights_below(inside)] == [inside, inside / "deep", inside / "deep" / "file"]


def test_what_is_not_there_has_no_rights(tmp_path: Path) -> None:
    assert rights_of(tmp_path / "nothing") is None
    assert list(rights_below(tmp_path / "nothing")) == []
    (tmp_path / "file").write_text("")
    assert rights_of(tmp_path / "file" / "below") is None


def test_the_room_of_a_folder_yet_to_be_made_is_its_disks(tmp_path: Path) -> None:
    assert room_left(tmp_path / "not" / "yet") > 0


def test_a_name_no_disk_takes_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot look in"):
        rights_of(tmp_path / ("x" * 300))
