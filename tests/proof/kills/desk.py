"""The commands as real processes in front of an exchange that lives in the test's own.

Law of the file: the processes reach the exchange over a loopback socket and know nothing of the test. The exchange is
begun anew for every case behind the same address; a request that never came whole is not one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automated_trading.simulator.api import Api, Lost, Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.server import serve
from tests.commands.front_door import REPOSITORY, paper
from tests.engine.builders import moment
from tests.engine.wire import Wire

NEVER = 10**9
KILLED = -9
ZYGOTE = (sys.executable, "-m", "tests.proof.kills.zygote")


class Front(Wire):
    """One address, and behind it the exchange of the case at hand."""

    def begin(self, exchange: Exchange) -> None:
        """From now on it is this exchange that answers, and no hand is on the wire."""
        Api.__init__(self, exchange)
        self.acts = ()

    def handle(self, request: Request) -> Response:
        length = request.headers.get("CONTENT-LENGTH")
        if length is not None and len(request.body) != int(length):
            raise Lost("half a request is none")
        return super().handle(request)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its code (KILLED by SIGKILL), what it said, and the steps it began."""

    code: int
    said: str
    steps: list[str]


@dataclass
class Processes:
    """Starts commands in a folder, each in a process of its own, forked from one that has imported everything."""

    zygote: subprocess.Popen[str]
    url: str

    def run(
        self,
        home: Path,
        *words: str,
        at: int = NEVER,
        torn: bool = False,
        limits: Mapping[str, int] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Ended:
        """One command, to its end or to its `at`-th step."""
        asked = {
            "words": words,
            "home": str(home),
            "folder": str(home / "paper"),
            "environ": {"HOME": str(home), "TRADING_DATA_DIR": str(home), **paper(self.url), **(environ or {})},
            "at": at,
            "torn": torn,
            "limits": dict(limits or {}),
        }
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(asked) + "\n")
        self.zygote.stdin.flush()
        told: dict[str, Any] = json.loads(self.zygote.stdout.readline())
        return Ended(told["code"], told["said"], told["steps"])


@contextmanager
def processes(url: str) -> Iterator[Processes]:
    """A warm process that starts commands which talk to that address."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    environ = {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(ZYGOTE, cwd=REPOSITORY, env=environ, text=True, **pipes) as zygote:
        try:
            yield Processes(zygote, url)
        finally:
            zygote.kill()


@contextmanager
def door() -> Iterator[tuple[Front, Processes]]:
    """An address behind which any exchange may be put, and a warm process that starts commands which talk to it."""
    api = Front(Exchange(SeededTape(1), start=moment("08:00")))
    server = serve(api)
    server.start()
    try:
        with processes(server.url) as started:
            yield api, started
    finally:
        server.stop()
