"""I7, I8: one run at a time in real processes, and no way to the live host."""

from __future__ import annotations

import itertools
import json
import signal as signals
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from automated_trading.adapters.alpaca_client import LIVE_HOST, AlpacaClient
from automated_trading.adapters.clock import WallClock
from automated_trading.domain.errors import ConfigError
from automated_trading.settings import load_settings
from automated_trading.simulator.api import Request
from automated_trading.simulator.server import serve
from tests.engine.builders import Bench, bench, moment

WAIT_SECONDS = 60
Run = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[tuple[Bench, Run]]:
    """An exchange on a loopback port at 09:35, and a way to start real commands against it."""
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("09:35"))
    (tmp_path / "approved_signals.json").write_text(json.dumps(b.signals.entries))
    server, begun = serve(b.wire), list[subprocess.Popen[str]]()
    server.start()

    def run(command: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "automated_trading", command, "--data-dir", str(tmp_path)]
        knobs = {"ALPACA_TRADING_URL": server.url, "PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
        process = subprocess.Popen(words, env=knobs, cwd=tmp_path, text=True, stderr=subprocess.PIPE)
        begun.append(process)
        return process

    yield b, run
    for process in begun:
        process.kill()
        process.communicate()
    server.stop()


def holding_the_first_post(b: Bench) -> tuple[threading.Event, threading.Event]:
    """The first order that arrives waits at the exchange's door: (it is there, let it through)."""
    there, go = threading.Event(), threading.Event()

    def act(request: Request, handle: Any) -> Any:
        there.set()
        go.wait(WAIT_SECONDS)
        return handle(request)

    b.wire.on("POST", "/v2/orders", act)
    return there, go


def test_i7_of_two_runs_at_once_one_acts_and_the_other_exits_7(venue: tuple[Bench, Run]) -> None:
    """Seen red when: `held` does not take the lock."""
    b, run = venue
    there, go = holding_the_first_post(b)
    first = run("morning")
    assert there.wait(WAIT_SECONDS)
    second = run("morning")
    _, words = second.communicate(timeout=WAIT_SECONDS)
    go.set()
    first.communicate(timeout=WAIT_SECONDS)
    assert (second.returncode, first.returncode, len(b.orders())) == (7, 0, 1)
    assert "another run holds" in words
    assert b.state().positions["AAA"].qty == 99


def test_i7_a_run_killed_at_its_post_blocks_nobody_and_its_order_is_found(venue: tuple[Bench, Run]) -> None:
    """Seen red when: the lock is a mere file that a killed holder leaves behind."""
    b, run = venue
    there, go = holding_the_first_post(b)
    first = run("morning")
    assert there.wait(WAIT_SECONDS)
    first.send_signal(signals.SIGKILL)
    first.communicate(timeout=WAIT_SECONDS)
    go.set()
    second = run("morning")
    second.communicate(timeout=WAIT_SECONDS)
    sides = [row.side for row in b.orders()]  # the buy, and its stop that rests
    assert (second.returncode, sides, b.state().positions["AAA"].qty) == (0, ["buy", "sell"], 99)


GATES = {
    "ALPACA_TRADING_MODE": ("live", "paper", "simulated", None),
    "ALLOW_LIVE_TRADING": ("true", None),
    "ALPACA_LIVE_API_KEY": ("LIVEKEY", None),
    "ALPACA_LIVE_SECRET_KEY": ("livesecret", None),
    "ALPACA_PAPER_API_KEY": ("PAPERKEY", None),
    "ALPACA_PAPER_SECRET_KEY": ("papersecret", None),
    "ALPACA_TRADING_URL": (f"https://{LIVE_HOST}", "https://paper-api.alpaca.markets", None),
    "ALPACA_DATA_URL": (f"https://{LIVE_HOST}", "https://data.alpaca.markets", None),
}
LIVE = ("ALPACA_TRADING_MODE", "ALLOW_LIVE_TRADING", "ALPACA_LIVE_API_KEY", "ALPACA_LIVE_SECRET_KEY")


def hosts(environ: dict[str, str]) -> str:
    """Every address a client of these settings may speak to, in one text; nothing is asked of any name server."""
    try:
        endpoint = load_settings(environ, dotenv=None, toml=None).endpoint()
        if endpoint is None:
            return ""
        client = AlpacaClient(
            trading_url=endpoint.trading_url,
            data_url=endpoint.data_url,
            key=endpoint.key.get_secret_value(),
            secret=endpoint.secret.get_secret_value(),
            clock=WallClock(),
            live=endpoint.live,
        )
    except ConfigError:
        return ""
    with pytest.raises(ConfigError):
        client._one_request("GET", "https://elsewhere.example/v2/clock", {}, 0)
    client.close()
    return " ".join(client._allowed)


def test_i8_only_with_every_live_gate_set_can_the_live_host_be_reached() -> None:
    """Seen red when: `endpoint_of` does not ask for ALLOW_LIVE_TRADING."""
    reached = []
    for values in itertools.product(*GATES.values()):
        environ = {name: value for name, value in zip(GATES, values, strict=True) if value is not None}
        if f"//{LIVE_HOST}" in hosts(environ):
            reached.append(environ)
    assert reached
    for environ in reached:
        assert [environ.get(name) for name in LIVE] == ["live", "true", "LIVEKEY", "livesecret"]


@pytest.mark.parametrize("url", [f"https://{LIVE_HOST}", f"https://{LIVE_HOST}.", f"https://{LIVE_HOST.upper()}:443"])
def test_i8_the_client_itself_refuses_the_live_host_without_the_word(url: str) -> None:
    """Seen red when: `_origin` does not ask the gate."""
    with pytest.raises(ConfigError, match="live"):
        AlpacaClient(trading_url=url, data_url=url, key="key", secret="secret", clock=WallClock())
