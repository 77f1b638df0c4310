"""What is installed is what is here: every package is named, and the letters' templates go with them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]


def setuptools() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    return table


def test_every_package_is_installed() -> None:
    """Seen red when: a package is left off the list."""
    found = {
        path.parent.relative_to(HERE).as_posix().replace("/", ".")
        for path in HERE.glob("automated_trading/**/__init__.py")
    }
    assert set(setuptools()["packages"]) == found | {"automated_trading.templates"}


def test_every_template_is_installed() -> None:
    """Seen red when: style sheets are left out."""
    patterns = setuptools()["package-data"]["automated_trading.templates"]
    left = [path.name for path in (HERE / "templates").iterdir() if not any(map(path.match, patterns))]
    assert left == []
    assert setuptools()["package-dir"]["automated_trading.templates"] == "templates"
