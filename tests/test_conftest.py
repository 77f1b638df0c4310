"""The guard that keeps every other test on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8", "paper-api.alpaca.markets"])
def test_no_test_reaches_the_outside_world(host: str) -> None:
    with pytest.raises(RuntimeError, match=f"may not reach {host}"):
        socket.create_connection((host, 443), timeout=0.1)
    with socket.socket() as line, pytest.raises(RuntimeError, match=f"may not reach {host}"):
        line.connect((host, 443))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_no_test_sees_the_owners_keys() -> None:
    assert not [name for name in os.environ if name.startswith(("ALPACA_", "GMAIL_", "TRADING_"))]


def test_the_recorded_data_is_a_folder(real_data: Path, request: pytest.FixtureRequest) -> None:
    assert real_data.is_dir()
    assert request.node.get_closest_marker("real_data")
