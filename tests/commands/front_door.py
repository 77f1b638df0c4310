"""The front door as a test knocks at it: in this process, or in a real one with an environment built from scratch.

Law of the file: the simulated exchange begins on a Tuesday with known prices, so that no test depends on today.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

from automated_trading.adapters.audit_log import read_lines
from automated_trading.assembly.in_process import local_exchange
from automated_trading.cli import app
from automated_trading.settings import Settings, load_settings
from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.server import serve

REPOSITORY = Path(__file__).resolve().parents[2]
TUESDAY = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
OPEN = datetime(2026, 2, 3, 14, 40, tzinfo=UTC)
KEYS = ("PKCANARYKEY7Q2", "sCanarySecret/9zX+41")
PRICES = {"ACME": Decimal(50), "BOLT": Decimal(20)}
DESK = (sys.executable, "-m", "automated_trading")

Tree = dict[str, tuple[int, bytes | None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    def failed(self, code: int, *words: str) -> bool:
        """Whether it ended with that code, stdout clean and exactly one clear line on stderr."""
        assert self.code == code, self
        assert (self.out, self.err.count("\n"), "Traceback" in self.err) == ("", 1, False), self
        assert self.err.startswith("automated-trading: "), self
        assert [word for word in words if word not in self.err] == [], self
        return True


@dataclass
class Door:
    """A working folder with its data folder, and an environment of its own."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.data / "simulated" / "audit_log.jsonl"

    @property
    def whole_environ(self) -> dict[str, str]:
        plain = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(REPOSITORY)}
        return {**plain, "PYTHONDONTWRITEBYTECODE": "1", **self.environ}

    def run(self, *words: str, **environ: str) -> Answer:
        """The command in this process."""
        before, mask = Path.cwd(), os.umask(0o022)
        os.chdir(self.home)
        try:
            with patch.dict(os.environ, {**self.whole_environ, **environ}, clear=True):
                done = CliRunner().invoke(app, list(words))
        finally:
            os.chdir(before)
            os.umask(mask)
        return Answer(done.exit_code, done.stdout, done.stderr)

    def process(self, *words: str, command: Sequence[str] = DESK, **environ: str) -> Answer:
        """The command in a process of its own."""
        with self.started(*words, command=command, **environ) as child:
            out, err = child.communicate(timeout=60)
        return Answer(child.returncode, out, err)

    @contextmanager
    def started(self, *words: str, command: Sequence[str] = DESK, **environ: str) -> Iterator[subprocess.Popen[str]]:
        """A process that is under way; killed at the end if it still is."""
        pipes: Mapping[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        env = {**self.whole_environ, **environ}
        with subprocess.Popen([*command, *words], cwd=self.home, env=env, text=True, **pipes) as child:
            try:
                yield child
            finally:
                child.kill()

    def signals(self, *tickers: str, raw: bytes | None = None) -> None:
        """Put a signals file: good entries of these tickers, or these bytes."""
        self.data.mkdir(exist_ok=True)
        more = {"signal_score": 9, "entry_price": 50, "multi_signal_tier": "tier2"}
        good = [{"ticker": name, **more} for name in tickers]
        (self.data / "approved_signals.json").write_bytes(json.dumps(good).encode() if raw is None else raw)

    def settings(self, **environ: str) -> Settings:
        given = {"TRADING_DATA_DIR": str(self.data), **self.environ, **environ}
        return load_settings(given, dotenv=None, toml=None)

    @contextmanager
    def exchange(self) -> Iterator[Exchange]:
        """The simulated exchange between two commands; what is done to it is kept."""
        mask = os.umask(0o077)
        try:
            with local_exchange(self.settings(), TUESDAY) as api:
                yield api.exchange
                api.keep()
        finally:
            os.umask(mask)

    def orders(self) -> list[Mapping[str, object]]:
        """Every order the simulated exchange ever saw."""
        with local_exchange(self.settings(), TUESDAY, keep=False) as api:
            return [{"symbol": order.symbol, "side": order.side} for order in api.exchange.blotter.rows]

    def events(self, mode: str = "simulated") -> list[str]:
        return [line.event for line in read_lines(self.data / mode)]

    def tree(self, *, apart: str = "") -> Tree:
        """Every file and folder with its mode and bytes; what lies under `apart` left out."""
        found = sorted(path for path in self.home.rglob("*") if not apart or apart not in path.parts)
        return {
            str(path.relative_to(self.home)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
            for path in found
        }

    def books(self) -> Tree:
        """The record and its snapshots, without the exchange, the letters and the locks."""
        record = self.tree(apart="exchange").items()
        return {name: kept for name, kept in record if not name.endswith(".lock") and "outbox" not in name}


def new_exchange(start: datetime = OPEN) -> Exchange:
    """An exchange in session with known prices."""
    exchange = Exchange(SeededTape(0), start=start)
    for symbol, price in PRICES.items():
        exchange.set_close(symbol, price)
        exchange.set_price(symbol, price)
    return exchange


@contextmanager
def served(door: Door, keys: tuple[str, str] = KEYS) -> Iterator[Api]:
    """An exchange on loopback that takes only these keys, and the door set to it in paper mode with KEYS."""
    api = Api(new_exchange(), keys=keys)
    server = serve(api)
    server.start()
    before = dict(door.environ)
    door.environ |= paper(server.url)
    try:
        yield api
    finally:
        server.stop()
        door.environ = before


def paper(url: str) -> dict[str, str]:
    """The environment of paper mode at an address, with KEYS."""
    key, secret = KEYS
    return {
        "ALPACA_TRADING_MODE": "paper",
        "ALPACA_PAPER_API_KEY": key,
        "ALPACA_PAPER_SECRET_KEY": secret,
        "ALPACA_TRADING_URL": url,
    }


def posts(api: Api) -> list[tuple[str, str]]:
    """Every request that was no read."""
    return [request for request in api.requests if request[0] != "GET"]


REFUSED_PORT = "http://127.0.0.1:9"
"""Nobody listens there."""
