"""A door of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.front_door import PRICES, Door


@pytest.fixture
def empty(tmp_path: Path) -> Door:
    """A working folder with nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    return Door(home)


@pytest.fixture
def door(empty: Door) -> Door:
    """A simulated exchange before the open of Tuesday 2026-02-03 with ACME at 50 and BOLT at 20; ACME is signalled."""
    with empty.exchange() as exchange:
        for symbol, price in PRICES.items():
            exchange.set_close(symbol, price)
            exchange.set_price(symbol, price)
    empty.signals("ACME")
    return empty
