"""What must hold of a trial: while its run is struck, while calm runs follow, and in the evening.

Law of the file: the questions are asked of the exchange, of the folder's bytes and of what was overheard on the wire,
never of the desk's own opinion. One line for each thing that does not hold.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import quote

from automated_trading.domain.errors import TradingError
from automated_trading.domain.orders import looks_like_ours
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.api import Request, Response
from tests.engine.builders import EOD, MONITOR, MORNING, TUESDAY, WEDNESDAY
from tests.engine.wire import Act
from tests.proof.matrix.scenes import Laid, staged
from tests.proof.matrix.stage import KEYS, Flushes, Sockets, Strike, striking

EXCUSED = {"asset": {"unknown_status"}}
"""An asset is asked once a session, and one of a status nobody knows is not active: it is not bought that day."""

CALM = ((MONITOR, "10:10"), (MORNING, "10:15"), (MONITOR, "10:20"))
MOST_REQUESTS = 149


class Trial:
    """One scene with its strikes: the runs that are struck, one after the other, and what follows."""

    def __init__(self, laid: Laid, home: Path, net: Sockets, flushes: Flushes, *, halted: bool = False) -> None:
        self.scene, self.net, self.flushes, self.halted = laid.scene, net, flushes, halted
        self.violations: list[str] = []
        self.codes: list[int] = []
        self.struck: list[str] = []
        self.excused: set[str] = set()
        self.barred = False
        self.bench = staged(laid, home, net)
        self.before = net.stranger.asked
        self.bench.exchange.witness = self._sees
        self.bench.wire.on("POST", "/v2/orders", self._judging(self.bench.wire.acts[1][2]))

    def _sees(self, row: Mapping[str, object]) -> None:
        """I2, asked by the exchange itself at the moment it accepts: is the intent durable?"""
        name = f'"client_order_id":"{row["client_order_id"]}"'.encode()
        ink = self.flushes.covered(self.bench.folder / "audit_log.jsonl").splitlines()
        if not any(b'"event":"order_intended"' in line and name in line for line in ink):
            self.violations.append(f"I2 {row['client_order_id']} was accepted before its ink was durable")

    def _judging(self, onward: Act) -> Act:
        """I5 and I6 as the wire shows them: nothing opens under a halt, nothing is sold that is not held."""

        def act(request: Request, handle: Callable[[Request], Response]) -> Response:
            if self.barred and b'"side": "buy"' in request.body:
                self.violations.append(f"I5 asked to buy while halted: {request.body!r}")
            answer = onward(request, handle)
            known = b"must be unique" in answer.body or b"stop price must be less" in answer.body
            if answer.status in (403, 422) and not known:
                self.violations.append(f"I6 asked for too much: {request.body!r} -> {answer.body!r}")
            return answer

        return act

    def run(self, what: Callable[[], Outcome], allowed: tuple[int, ...]) -> None:
        """One run; only a named error or an outcome may come of it, and one of these exit codes."""
        asked, began, at = len(self.bench.wire.requests), len(self.bench.wire.struck), self.bench.exchange.now
        try:
            outcome = what()
            code, words = outcome.exit_code, repr((outcome.said, outcome.problems, outcome.events))
        except TradingError as problem:
            code, words = problem.exit_code, str(problem)
        except Exception as bug:  # noqa: BLE001 - the very thing that is looked for
            code, words = 1, f"{type(bug).__name__}: {bug}"
        self.codes.append(code)
        self.struck += [fault.kind.value for fault in self.bench.wire.struck[began:]]
        if code not in allowed:
            self.violations.append(f"run {len(self.codes)} ended with {code}: {words[:300]}")
        minutes = 1 + int((self.bench.exchange.now - at).total_seconds()) // 60
        if len(self.bench.wire.requests) - asked > MOST_REQUESTS * minutes:
            self.violations.append(f"I19 {len(self.bench.wire.requests) - asked} requests in one run")
        self.violations += [f"I23 a key in what run {len(self.codes)} says" for _ in secrets_in(words.encode())][:1]

    def strike(self, *runs: tuple[Strike, ...], at: tuple[str, ...] = ("09:41", "09:43")) -> bool:
        """The scene's run and those after it, each with its strikes; whether every one of them struck."""
        times = (self.scene.at, *at)
        for number, strikes in enumerate(runs):
            routine = self.scene.routine if number == 0 or self.scene.routine is EOD else MONITOR
            when = times[number] if self.scene.routine is not EOD else f"16:3{number}"
            self.excused |= {kind for one in strikes for kind in EXCUSED.get(one.endpoint, ())}
            act = partial(self.scene.run, self.bench) if number == 0 else partial(self.bench.run, routine, when)
            with striking(self.bench, strikes) as struck:
                self.run(act, (0, 4) if self.scene.act is None else (0, 4, 6))
            if len(struck.hit) < len(strikes):
                return False
        return True

    def calm(self, nights: int = 1) -> None:
        """What follows, a few minutes apart, and the close; with more nights, the next session too."""
        b = self.bench
        if self.halted:
            b.halt()
            self.barred = True
        if self.scene.routine is not EOD:
            self._session(TUESDAY)
        self.run(lambda: b.run(EOD, "16:40"), (0,))
        if nights > 1:
            b.signals.entries = []
            self.run(lambda: b.run(MORNING, "09:35", WEDNESDAY), (0,))
            self.run(lambda: b.run(MONITOR, "09:45", WEDNESDAY), (0,))
            self.run(lambda: b.run(MONITOR, "09:50", WEDNESDAY), (0,))
            self.run(lambda: b.run(EOD, "16:30", WEDNESDAY), (0,))

    def _session(self, day: date) -> None:
        b = self.bench
        # An order that never arrived is not sent again under a halt: it stays unclear, and the run says so.
        allowed = (0, 4) if self.halted else (0,)
        for routine, at in CALM:
            self.run(lambda routine=routine, at=at: b.run(routine, at, day), allowed)  # type: ignore[misc]
        if self.halted:
            self.barred = False
            b.resume()
            b.hang_up()
            self.run(lambda: b.run(MORNING, "10:25", day), (0,))
            self.run(lambda: b.run(MONITOR, "10:30", day), (0,))

    def judge(self) -> list[str]:
        """Everything that must hold in the evening."""
        state = self.bench.state()  # I4, I22: the chain is sound and its fold is what the snapshots tell
        problems = [*self.violations, *self._doubles(), *self._books(state), *self._posts(), *self._stuck()]
        if self.net.stranger.asked != self.before:
            problems.append("a request went to a host that is not ours")
        for path in self.bench.home.rglob("*"):
            found = secrets_in(path.read_bytes()) if path.is_file() else []
            problems += [f"I23 a key, {form}, in {path.name}" for form in found]
        return problems

    def _doubles(self) -> list[str]:
        """I1: one order for each decision; one purchase of a symbol in a session; nothing that is not on our books."""
        rows = [row for row in self.bench.orders() if looks_like_ours(row.client_order_id)]
        kinds = Counter(row.client_order_id.rsplit("-", 1)[0] for row in rows)
        buys = Counter((row.symbol, row.created_at.date()) for row in rows if row.side == "buy")
        found = [f"I1 {count} orders for one decision: {kind}" for kind, count in kinds.items() if count > 1]
        found += [f"I1 {count} buys of {symbol} on {day}" for (symbol, day), count in buys.items() if count > 1]
        log = (self.bench.folder / "audit_log.jsonl").read_text()
        return found + [
            f"I2 {row.client_order_id} is nowhere in the log" for row in rows if row.client_order_id not in log
        ]

    def _books(self, state: State) -> list[str]:
        """I10, I25: what we say we have is what the broker has, to the share and to the cent."""
        ours = {symbol: held.qty for symbol, held in state.positions.items()}
        theirs = {symbol: held.qty for symbol, held in self.bench.exchange.ledger.positions.items()}
        cash = self.bench.exchange.ledger.cash
        problems = [f"I10 our books {ours}, the broker's {theirs}"] if ours != theirs else []
        problems += [f"I10 a difference stands: {state.differences}"] if state.differences else []
        problems += [f"I25 our cash {state.cash}, the broker's {cash}"] if state.cash != cash else []
        waiting = [order for order in state.open_orders() if not (order.protects and order.rests)]
        return [*problems, *(f"I12 not at its end: {order.client_order_id}" for order in waiting), *self._bare(state)]

    def _bare(self, state: State) -> list[str]:
        """I18, I6: by the evening a stop rests at the broker for every share that is held, and for no other."""
        resting: Counter[str] = Counter()
        for row in self.bench.exchange.blotter.open():
            resting[row.symbol] += int(row.rest) if row.type == "stop" else 0
        held = {symbol: int(position.qty) for symbol, position in state.positions.items()}
        return [f"I18 stops for {dict(resting)} shares, held {held}"] if dict(resting) != held else []

    def _posts(self) -> list[str]:
        """I19: an intent is sent once in a run, and again only after it was looked up by its id."""
        problems: list[str] = []
        sent: dict[str, int] = {}
        looked: set[str] = set()
        for one in self.bench.spoken:
            if one.what == "find":
                looked.add(one.name)
                continue
            if sent.get(one.name) == one.run:
                problems.append(f"I19 {one.name} was sent twice in run {one.run}")
            elif one.name in sent and one.name not in looked:
                problems.append(f"I19 {one.name} was sent again without being looked up")
            sent[one.name] = one.run
            looked.discard(one.name)
        return problems

    def _stuck(self) -> list[str]:
        """Safe is not enough: by the evening exits have gone, and so have entries."""
        held = self.bench.exchange.ledger.positions
        problems = [f"{symbol} was not sold" for symbol in self.scene.sold if symbol in held]
        unbought = [f"{name} was never bought" for name in ("AAA", "BBB") if not self.bench.orders(name)]
        return problems + ([] if self.excused & set(self.struck) else unbought)


def secrets_in(data: bytes, keys: tuple[str, str] = KEYS) -> list[str]:
    """In which form a key stands in these bytes."""
    found = []
    for name, secret in zip(("the key", "the secret"), keys, strict=True):
        plain = secret.encode()
        forms = {"plain": plain, "base64": base64.b64encode(plain), "quoted": quote(secret, safe="").encode()}
        forms |= {"reversed": plain[::-1], "its beginning": plain[:10], "hex": plain.hex().encode()}
        found += [f"{name} {form}" for form, text in forms.items() if text in data]
    return found
