"""What holds for every test: no word with the outside world, no key or knob of the person who runs it."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")

REAL_DATA = "AUTOMATED_TRADING_REAL_DATA"
OURS = ("ALPACA_", "ALLOW_LIVE_", "TRADING_", "GMAIL_", "NOTIFY_", "RECIPIENT_", "POLYGON_", "SMTP_", "SSL_CERT_FILE")


class OutsideWorld(RuntimeError):
    """A test tried to reach beyond this machine."""


def refuse_the_outside(address: object) -> None:
    """Raise OutsideWorld unless the address is a local socket, a loopback address or `localhost`."""
    if not isinstance(address, tuple) or address[0] in ("", "localhost"):
        return
    try:
        inside = ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OutsideWorld(f"a test may not reach {address[0]}")


@pytest.fixture(autouse=True)
def _no_outside_world(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        refuse_the_outside(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        refuse_the_outside(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    def guarded_look_up(host: object, *args: object, **kwargs: object) -> object:
        refuse_the_outside((host.decode() if isinstance(host, bytes) else host or "",))
        return look_up(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(autouse=True)
def _nobodys_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(OURS):
            monkeypatch.delenv(name)


def real_data_folder() -> Path:
    """Where recorded signals and prices are looked for."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get(REAL_DATA) or beside)


@pytest.fixture
def real_data() -> Path:
    """The folder of recorded signals and prices; the test is skipped where there is none."""
    folder = real_data_folder()
    if not folder.is_dir():
        pytest.skip(f"no recorded data: {REAL_DATA} names no folder")
    return folder


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Every core for all the tests; files that are named run in this process, where what they print is seen."""
    return 0 if config.option.file_or_dir else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the recorded data carries the mark, so that `-m 'not real_data'` leaves them out."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("real_data")
