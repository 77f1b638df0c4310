"""`init`: a desk ready to run, and nobody's file touched."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from automated_trading.settings import find_files, load_settings
from tests.commands.front_door import REPOSITORY, Door

WRITTEN = ["trading.toml", ".env.example", ".gitignore", "data", "data/approved_signals.example.json"]


def test_an_empty_folder_becomes_a_desk(empty: Door) -> None:
    answer = empty.run("init")
    assert (answer.code, answer.err) == (0, "")
    assert sorted(empty.tree()) == sorted(WRITTEN)
    assert "5 of 5 written" in answer.out


def test_everything_is_its_owners_alone_whatever_the_umask(empty: Door) -> None:
    empty.process("init", "desk")
    modes = {name: stat.S_IMODE(mode) for name, (mode, _) in empty.tree().items()}
    assert {mode for name, mode in modes.items() if (empty.home / name).is_dir()} == {0o700}
    assert {mode for name, mode in modes.items() if not (empty.home / name).is_dir()} == {0o600}


def test_what_is_written_changes_no_setting(empty: Door) -> None:
    before = empty.run("config", "show", "--json").document
    empty.run("init")
    (empty.home / ".env").write_bytes((empty.home / ".env.example").read_bytes())
    assert empty.run("config", "show", "--json").document == before
    dotenv, toml = find_files(empty.home, None)
    assert (dotenv, toml) != (None, None)
    assert load_settings({}, dotenv=dotenv, toml=toml).rules == load_settings({}, dotenv=None, toml=None).rules


def test_a_second_run_changes_nothing_and_says_so(empty: Door) -> None:
    empty.run("init")
    before = empty.tree()
    answer = empty.run("init")
    assert (answer.code, empty.tree()) == (0, before)
    assert "0 of 5 written, the rest was there" in answer.out
    assert answer.out.count("was there, and is left as it is") == 5


@pytest.mark.parametrize("name", ["trading.toml", ".env.example", ".gitignore", "data/approved_signals.example.json"])
def test_a_file_that_is_there_is_left_and_said_so(empty: Door, name: str) -> None:
    path = empty.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    answer = empty.run("init")
    assert (answer.code, path.read_text()) == (0, "mine")
    assert f"{name} was there, and is left as it is" in " ".join(answer.out.split())


def test_a_link_is_left_and_nothing_is_written_through_it(empty: Door) -> None:
    elsewhere = empty.home / "elsewhere"
    (empty.home / "trading.toml").symlink_to(elsewhere)
    assert empty.run("init").code == 0
    assert not elsewhere.exists()


def test_a_folder_that_is_named_is_made_with_all_above_it(empty: Door) -> None:
    answer = empty.run("init", "my desks/first")
    assert answer.code == 0
    assert sorted(path.name for path in (empty.home / "my desks" / "first").iterdir()) == [
        ".env.example", ".gitignore", "data", "trading.toml",
    ]  # fmt: skip
    assert "  cd 'my desks/first' && cp data/approved" in answer.out


def test_a_folder_that_cannot_be_is_one_line(empty: Door) -> None:
    (empty.home / "file").write_text("")
    assert empty.run("init", "file").failed(3, "name a folder, not a file")
    assert empty.run("init", "/proc/desk").failed(3, "/proc")


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from automated_trading.cli import main
sys.argv = ["automated-trading", "init"]
main()
"""


def test_a_disk_without_room_leaves_no_half_of_a_file(empty: Door) -> None:
    full = empty.process(command=(sys.executable, "-c", LIMITED))
    assert full.failed(3, "cannot write trading.toml")
    assert empty.tree() == {}
    assert empty.run("init").code == 0
    assert sorted(empty.tree()) == sorted(WRITTEN)


def test_the_document_tells_each_file_and_what_to_type(empty: Door) -> None:
    (empty.home / ".gitignore").write_text("mine")
    answer = empty.run("init", "--json")
    document = answer.document
    assert (document["schema"], document["command"], document["folder"]) == (1, "init", str(empty.home))
    assert {Path(row["path"]).name: row["done"] for row in document["files"]} == {
        Path(name).name: "left" if name == ".gitignore" else "written" for name in WRITTEN
    }
    assert len(document["next"]) == 3


def test_the_three_commands_it_names_run_as_they_are_typed(empty: Door) -> None:
    commands = empty.run("init", "desk", "--json").document["next"]
    typed = " && ".join(commands).replace("automated-trading", f"'{sys.executable}' -m automated_trading")
    done = subprocess.run(
        ["bash", "-ec", typed], cwd=empty.home, env=empty.whole_environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 ordered" in done.stdout


def test_git_keeps_keys_and_records_out(empty: Door) -> None:
    empty.run("init")
    (empty.home / ".env").write_text("ALPACA_PAPER_API_KEY=x\n")
    (empty.home / "data" / "approved_signals.json").write_text("[]")
    for words in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *words], cwd=empty.home, check=True)
    listed = subprocess.run(["git", "ls-files"], cwd=empty.home, capture_output=True, text=True, check=True).stdout
    assert listed.split() == [".env.example", ".gitignore", "trading.toml"]


def test_the_example_in_the_package_is_the_one_of_the_repository() -> None:
    names = (REPOSITORY / "automated_trading", REPOSITORY / "data")
    inside, outside = ((folder / "approved_signals.example.json").read_bytes() for folder in names)
    assert inside == outside
