"""`simulator serve` as a real process, and a desk as real processes against it in paper mode."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
import requests

from tests.recordings import MONDAY, TUESDAY, entry, price_file, price_rows

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 60
KEYS = {"ALPACA_PAPER_API_KEY": "any", "ALPACA_PAPER_SECRET_KEY": "any"}
APCA = {"APCA-API-KEY-ID": "any", "APCA-API-SECRET-KEY": "any"}


@contextmanager
def killed_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[None]:
    """A process that says nothing, or does not end, ends here."""
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@dataclass
class Shell:
    """The command line in a folder of its own."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, *words: str) -> subprocess.Popen[str]:
        here = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(REPOSITORY)}
        return subprocess.Popen(
            [sys.executable, "-m", "automated_trading", *words],
            cwd=self.home,
            env={**here, **self.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command to its end; what it said on both streams."""
        process = self.start(*words)
        with killed_after(SECONDS, process):
            out, err = process.communicate()
        assert process.returncode == code, out + err
        return out + err

    def document(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


@dataclass
class Served:
    """A simulator that is running, its first words read."""

    process: subprocess.Popen[str]
    said: str

    @property
    def url(self) -> str:
        return self._word(r"exchange at (\S+)")

    def move(self, **where: object) -> str:
        """Move its clock through the admin port, as the curl lines say; the exchange's new time."""
        answer = requests.post(f"{self._word(r'hand at (.+)')}/_sim/clock", json=where, timeout=SECONDS)
        assert answer.ok, answer.text
        return str(answer.json()["now"])[:16]

    def price(self, symbol: str, price: str) -> None:
        self.tell("price", symbol=symbol, price=price)

    def tell(self, what: str, **body: object) -> None:
        """The owner's hand: one order to the admin port."""
        assert requests.post(f"{self._word(r'hand at (.+)')}/_sim/{what}", json=body, timeout=SECONDS).ok

    def stop(self, number: int = signal.SIGTERM) -> str:
        """End it; its last words. Its exit code must be 0, its stderr empty."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=SECONDS)
        assert (self.process.returncode, err) == (0, "")
        return out

    def _word(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]


Serve = Callable[..., Served]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def serve(shell: Shell) -> Iterator[Serve]:
    """Starts simulators on free ports; what still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> Served:
        process = shell.start("simulator", "serve", "--port", "0", "--admin-port", "0", *words)
        running.append(process)
        assert process.stdout is not None
        said = ""
        with killed_after(SECONDS, process):
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    return Served(process, said)
        raise AssertionError(said + (process.stderr.read() if process.stderr else ""))

    yield start
    for process in running:
        process.kill()
        process.communicate()


def desk_at(served: Served, shell: Shell, *tickers: str) -> Shell:
    """A paper desk pointed at the simulator, its signals approved."""
    (shell.home / "data").mkdir(exist_ok=True)
    (shell.home / "data" / "approved_signals.json").write_text(json.dumps([entry(ticker) for ticker in tickers]))
    return Shell(shell.home, {"ALPACA_TRADING_MODE": "paper", "ALPACA_TRADING_URL": served.url, **KEYS})


def test_a_paper_desk_lives_through_a_day_on_it(shell: Shell, serve: Serve) -> None:
    served = serve("--at", "2026-12-01T14:35:00Z")
    desk = desk_at(served, shell, "AAA")
    served.tell("close", symbol="AAA", price="100")
    served.price("AAA", "100")
    assert "buy 99 AAA at 100.55" in desk.run("morning")
    assert served.move(advance_seconds=300) == "2026-12-01T14:40"
    desk.run("monitor")
    (held,) = desk.document("status")["positions"]
    assert (held["symbol"], held["qty"], held["entry_price"]) == ("AAA", "99", "100.05")
    served.price("AAA", "80")
    served.move(advance_seconds=300)
    assert "closed AAA -1,988.91 (protective_stop)" in desk.run("monitor")
    served.move(at="2026-12-01T21:30:00Z")
    closed = desk.run("eod")
    assert "the session of 2026-12-01 is closed" in closed
    assert "closed  AAA    99 from 100.05 to 79.96" in closed
    told = desk.document("status")
    assert (told["mode"], told["positions"], told["account"]["cash"]) == ("paper", [], "98011.09")
    served.stop()


def test_the_owner_trades_and_pays_beside_the_desk(shell: Shell, serve: Serve) -> None:
    served = serve("--at", "2026-12-01T14:35:00Z")
    served.price("ZED", "10")
    served.tell("trade", symbol="ZED", side="buy", qty="5")
    served.tell("activity", kind="DIV", amount="1.25", symbol="ZED")
    served.tell("split", symbol="ZED", ratio="2")
    served.stop()
    again = serve()
    rows = requests.get(f"{again.url}/v2/account/activities", headers=APCA, timeout=SECONDS).json()
    assert [row["activity_type"] for row in rows] == ["SPLIT", "DIV", "FILL"]
    (held,) = requests.get(f"{again.url}/v2/positions", headers=APCA, timeout=SECONDS).json()
    assert (held["qty"], held["current_price"]) == ("10", "5")


def test_it_says_how_to_point_a_desk_at_it_and_how_to_move_its_clock(serve: Serve) -> None:
    served = serve("--at", "2026-12-01T14:35:00Z")
    assert "its time is Tue 2026-12-01 09:35 New York (2026-12-01T14:35:00Z)" in served.said
    assert f"export ALPACA_TRADING_MODE=paper ALPACA_TRADING_URL={served.url} ALPACA_PAPER_API_KEY=any" in served.said
    assert re.search(r"""curl -s http://127\.0\.0\.1:\d+/_sim/clock -d '\{"advance_seconds": 300\}'""", served.said)
    assert '{"at": "2026-12-02T14:35:00Z"}' in served.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_its_next_start_remembers(serve: Serve, shell: Shell, number: int) -> None:
    served = serve("--at", "2026-12-01T14:35:00Z")
    desk = desk_at(served, shell, "AAA")
    served.tell("close", symbol="AAA", price="100")
    served.price("AAA", "100")
    desk.run("morning")
    served.move(advance_seconds=300)
    assert "stopped at Tue 2026-12-01 09:40 New York" in served.stop(number)
    again = serve()
    assert "its time is Tue 2026-12-01 09:40 New York" in again.said
    (held,) = desk_at(again, shell).document("status")["positions"]
    assert (held["symbol"], held["qty"]) == ("AAA", "99")


def test_its_clock_never_goes_back(serve: Serve) -> None:
    serve("--at", "2026-12-01T14:35:00Z").stop()
    again = serve("--at", "2026-12-01T14:00:00Z")
    assert "its time is Tue 2026-12-01 09:35" in again.said
    assert "--at Tue 2026-12-01 09:00 New York has passed at this exchange" in again.said


def test_recorded_prices_are_served_from_their_first_session_on(serve: Serve, shell: Shell) -> None:
    price_file(shell.home / "prices.csv", price_rows("AAA", MONDAY, "100"), price_rows("AAA", TUESDAY, "101"))
    served = serve("--prices", "prices.csv")
    assert "its time is Mon 2026-02-02 08:00 New York" in served.said
    desk = desk_at(served, shell, "AAA")
    served.move(at="2026-02-02T14:35:00Z")
    assert "AAA no_previous_close" in desk.run("morning")
    served.move(at="2026-02-03T14:35:00Z")
    assert "buy 98 AAA at 101.56" in desk.run("morning")


def test_recorded_prices_that_are_over_are_told(serve: Serve, shell: Shell) -> None:
    price_file(shell.home / "prices.csv", price_rows("AAA", MONDAY, "100"))
    assert (
        "the recorded prices end on 2026-02-02" in serve("--prices", "prices.csv", "--at", "2026-02-03T15:00:00Z").said
    )


def test_one_folder_has_one_holder_whatever_the_mode_around_it(serve: Serve, shell: Shell) -> None:
    serve("--at", "2026-12-01T14:35:00Z")
    shell.environ = {"ALPACA_TRADING_MODE": "paper"}
    assert "another process holds the exchange" in shell.run("simulator", "serve", "--port", "0", code=7)
    shell.environ = {}
    assert "another process holds the exchange" in shell.run("morning", code=7)


def test_a_port_in_use_is_one_line(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = shell.run("simulator", "serve", "--port", str(port), "--admin-port", "0", code=3)
    assert said == (
        f"automated-trading: port {port} of 127.0.0.1 cannot be had (Address already in use): "
        "choose others with --port and --admin-port\n"
    )


@pytest.mark.parametrize("text", ["utc,ticker,price\n", "utc,ticker,price\n2026-02-07T15:00:00Z,AAA,10\n"])
def test_prices_without_a_session_are_refused(shell: Shell, text: str) -> None:
    (shell.home / "prices.csv").write_text(text)
    assert "hold no row of a session" in shell.run("simulator", "serve", "--prices", "prices.csv", code=3)


def test_a_profile_that_is_none_is_one_line(shell: Shell) -> None:
    said = shell.run("simulator", "serve", "--profile", "nasty", code=2)
    assert said == "automated-trading: there is no profile 'nasty': choose one of paper, realistic, hostile\n"


def test_it_misbehaves_as_its_profile_says_and_the_same_for_the_same_seed(serve: Serve, shell: Shell) -> None:
    def told(number: int) -> list[object]:
        served = serve(
            "--profile", "hostile", "--seed", "7", "--at", "2026-12-01T14:35:00Z", "--data-dir", f"d{number}"
        )
        assert "it misbehaves as hostile does, by seed 7" in served.said
        answers: list[object] = []
        for _ in range(60):
            try:
                answers.append(requests.get(f"{served.url}/v2/clock", headers=APCA, timeout=2).status_code)
            except requests.RequestException as error:
                answers.append(type(error).__name__)
        served.stop()
        return answers

    first = told(1)
    assert set(first) > {200}
    assert first == told(2)
