"""The ground racers run on: one exchange behind a real socket, folders beside it, and a process that forks racers.

Law of the file: before each round exchange and folders are laid as a real run once left them; at the exchange's door
every order is looked at as it is accepted, so that nothing has to be believed afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.orders import looks_like_ours
from automated_trading.domain.state import State
from automated_trading.simulator.api import Api, Request, Response
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.server import serve
from tests.commands.front_door import KEYS, REPOSITORY, paper
from tests.engine.builders import moment
from tests.proof.races.zygote import Lived, Racer

TICKERS = ("AAA", "BBB", "CCC")
READERS = ("status", "halt", "audit")
WAITING = ("resume", "reconcile", "exit")


@dataclass(frozen=True)
class Finish:
    """How a racer ended."""

    command: str
    code: int
    out: str
    err: str
    lived: Lived


@dataclass
class Venue:
    """The exchange's door: an Api that can be changed for another, and what was seen of orders there."""

    api: Api
    seen: list[str] = field(default_factory=list)
    doubles: int = 0
    """How often it said that an id must be unique."""

    def handle(self, request: Request) -> Response:
        answer = self.api.handle(request)
        if answer.status == 422 and b"must be unique" in answer.body:
            self.doubles += 1
        if request.method == "POST" and request.path == "/v2/orders" and answer.status < 300:
            exchange, symbol = self.api.exchange, json.loads(request.body)["symbol"]
            resting = [one for one in exchange.blotter.open() if (one.symbol, one.side) == (symbol, "sell")]
            if sum(one.qty - one.filled_qty for one in resting) > exchange.ledger.held(symbol):
                self.seen.append(f"{symbol}: more on sale than is held")
        return answer

    @property
    def orders(self) -> list[tuple[str, str, str]]:
        """Symbol, side and id of every order of ours it ever accepted."""
        rows = self.api.exchange.blotter.rows
        return [(one.symbol, one.side, one.client_order_id) for one in rows if looks_like_ours(one.client_order_id)]


class Ground:
    """Where rounds are run; to be closed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.venue = Venue(Api(fresh()))
        self.server = serve(self.venue)  # type: ignore[arg-type]
        self.server.start()
        command = [sys.executable, "-m", "tests.proof.races.zygote"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.zygote = subprocess.Popen(command, cwd=REPOSITORY, text=True, **pipes)  # type: ignore[call-overload]
        self.laid: dict[str, tuple[dict[str, object], Path | None]] = {}

    def close(self) -> None:
        self.zygote.stdin.close()
        self.zygote.wait()
        self.zygote.stdout.close()
        self.server.stop()

    @property
    def exchange(self) -> Exchange:
        return self.venue.api.exchange

    def racer(self, folder: str, *argv: str) -> Racer:
        """A command on one of the folders ("one", "two")."""
        home = self.home / folder
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "TRADING_DATA_DIR": str(home / "data")}
        return Racer(list(argv), str(home), {**environ, **paper(self.server.url)}, "")

    def heat(self, racers: Sequence[Racer]) -> list[Finish]:
        """Let them race; how each ended."""
        for number, racer in enumerate(racers):
            racer.out = str(self.home / f"racer-{number}")
        self.zygote.stdin.write(json.dumps([asdict(racer) for racer in racers]) + "\n")
        self.zygote.stdin.flush()
        codes = json.loads(self.zygote.stdout.readline())
        return [self._finish(racer, code) for racer, code in zip(racers, codes, strict=True)]

    def _finish(self, racer: Racer, code: int) -> Finish:
        out, err = (Path(f"{racer.out}.{ending}").read_text() for ending in ("out", "err"))
        told = Path(f"{racer.out}.lived")
        lived = Lived(**json.loads(told.read_text())) if told.exists() else Lived()
        told.unlink(missing_ok=True)
        return Finish(racer.argv[0], code, out, err, lived)

    def run(self, *argv: str, folder: str = "one") -> Finish:
        """One command alone."""
        return self.heat([self.racer(folder, *argv)])[0]

    # --- laying

    def clear(self, exchange: Exchange | None = None) -> None:
        """Empty folders with signals, and an exchange."""
        self.venue.api = Api(exchange or fresh(), keys=KEYS)
        self.venue.seen.clear()
        for folder in ("one", "two"):
            shutil.rmtree(self.home / folder, ignore_errors=True)
            (self.home / folder / "data").mkdir(parents=True)
            self.signals(folder, *TICKERS)

    def signals(self, folder: str, *tickers: str) -> None:
        rows = [{"ticker": name, "signal_score": 9, "entry_price": 100, "sector": f"all of {name}"} for name in tickers]
        (self.home / folder / "data" / "approved_signals.json").write_text(json.dumps(rows))

    def keep(self, name: str) -> None:
        """Remember folder one and the exchange as they are under a name."""
        kept = self.home / "kept" / name
        shutil.copytree(self.home / "one" / "data", kept)
        self.laid[name] = (self.exchange.to_memory(), kept)

    def lay(self, name: str, *folders: str) -> None:
        """Exchange and the named folders as they were kept; the other folder empty."""
        memory, kept = self.laid[name]
        exchange = fresh()
        exchange.restore(memory)
        self.clear(exchange)
        for folder in folders:
            shutil.rmtree(self.home / folder / "data")
            shutil.copytree(kept, self.home / folder / "data")

    # --- looking

    def record(self, folder: str) -> Path:
        return self.home / folder / "data" / "paper"

    def state(self, folder: str) -> State:
        return FolderStore(self.record(folder), "paper").peek()[0]

    def held(self) -> dict[str, Decimal]:
        return {symbol: held.qty for symbol, held in self.exchange.ledger.positions.items() if held.qty}

    def sent_twice(self) -> list[str]:
        """Symbols of which the exchange has more than one order of ours on one side; a stop that rests is its own."""
        count = Counter((symbol, side, "-153000-" in name) for symbol, side, name in self.venue.orders)
        return [f"{side} {symbol} {times} times" for (symbol, side, _), times in count.items() if times > 1]


def fresh() -> Exchange:
    """An exchange ten minutes after the open, with known prices."""
    exchange = Exchange(SeededTape(1), start=moment("09:40"))
    for ticker in (*TICKERS, "DDD"):
        exchange.set_close(ticker, Decimal(100))
        exchange.set_price(ticker, Decimal(100))
    return exchange


def prepare(ground: Ground) -> None:
    """Lay what rounds begin with: nothing yet; all bought, one name fallen; that, and halted; the evening of it."""
    ground.clear()
    ground.keep("fresh")
    assert ground.run("morning").code == 0
    ground.exchange.set_price("AAA", Decimal(80))
    ground.exchange.advance_to(moment("10:10"))
    ground.signals("one", "DDD")
    ground.keep("fallen")
    assert (ground.run("halt").code, ground.run("eod").code) == (0, 0)
    ground.keep("halted")
    ground.lay("fallen", "one")
    ground.exchange.set_price("AAA", Decimal(100))
    ground.exchange.advance_to(moment("16:30"))
    ground.keep("evening")
