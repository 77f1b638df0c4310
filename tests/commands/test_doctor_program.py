"""The doctor on the program: versions against what the package asks for."""

from __future__ import annotations

from importlib import metadata

import pytest

from automated_trading.commands.doctor_program import asked_for, suits
from tests.commands.doctors_page import seen
from tests.commands.front_door import REPOSITORY, Door


@pytest.mark.parametrize(
    ("version", "wanted", "is_well"),
    [
        ("0.44.0", "==0.44.*", True),
        ("0.44.7", "==0.44.*", True),
        ("0.45.0", "==0.44.*", False),
        ("0.4.4", "==0.44.*", False),
        ("2.7", ">=2.7", True),
        ("2.10.1", ">=2.7", True),
        ("2.6.99", ">=2.7", False),
        ("3", ">=2.7", True),
        ("2.7", ">=2.7.0", True),
        ("2026.10.19.post1", ">=2024.1", True),
        ("3.0rc1", ">=2.32", True),
        ("1.5", ">=1.2,<2", True),
        ("2.0", ">=1.2,<2", False),
        ("1.4.9", "~=1.4.2", True),
        ("1.5.0", "~=1.4.2", False),
        ("1.4.1", "~=1.4.2", False),
        ("1.0", "!=1.0", False),
        ("1.0", "", True),
        ("1.0", "nonsense", False),
    ],
)
def test_a_version_and_what_is_wanted(version: str, wanted: str, is_well: bool) -> None:
    assert suits(version, wanted) is is_well


def test_everything_the_package_asks_for_is_understood_and_extras_are_left_out() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text()
    wishes = metadata.requires("automated-trading") or []
    found = dict(asked_for(wishes))
    assert found["alpaca-py"] == "==0.44.*"
    assert [name for name in found if f'"{name}' not in text] == []
    assert "pytest" not in found
    assert [name for name, wanted in found.items() if not suits(metadata.version(name), wanted)] == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [("rich>=9999", "rich"), ("alpaca-py==0.43.*", "alpaca-py 0.44"), ("no-such-thing-here>=1", "is missing")],
)
def test_a_package_that_is_too_old_or_missing_is_bad(
    empty: Door, monkeypatch: pytest.MonkeyPatch, wish: str, said: str
) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: ["typer>=0.12", wish])
    assert seen(empty).shows("packages", "bad", said, "pip install", code=3)


def test_a_program_that_runs_from_its_source_says_so(empty: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    for name in ("requires", "metadata"):
        monkeypatch.setattr(metadata, name, missing)
    assert seen(empty).shows("packages", "warn", "runs from its source", "pip install")


def test_a_python_that_is_too_old_is_bad(empty: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: "3.10.14")
    assert seen(empty).shows("python", "bad", "Python 3.10.14; >=3.11 is wanted", "virtual environment", code=3)
