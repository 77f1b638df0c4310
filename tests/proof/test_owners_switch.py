"""`halt --at-broker` and `resume --at-broker` under every fault of the wire, over real sockets.

The question leaves once, whatever becomes of it; code 0 is said only where the broker really does what was asked; no
word holds a key, and nobody a redirect names hears of us. Then the same with the lookup of a lost answer struck too.

    python -m pytest tests/proof/test_owners_switch.py -q

Seen red when: an unclear answer is asked again; an unclear answer counts as done; the answer's own word is not read.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from automated_trading.adapters import alpaca_wire
from automated_trading.domain.errors import ConfigError
from automated_trading.engine.owner import at_broker
from automated_trading.simulator.faults import FaultKind
from tests.engine.builders import Signals
from tests.proof.matrix.judge import secrets_in
from tests.proof.matrix.plan import FAULTS
from tests.proof.matrix.stage import PATIENCE, Sockets, Stage, Strike, new_exchange, sockets, striking, unhurried

PATCH = ("PATCH", "/v2/account/configurations")
SILENT = (FaultKind.SILENT_AFTER, FaultKind.LOST_AFTER, FaultKind.LOST_BEFORE)


def told(net: Sockets, home: Path, on: bool, *strikes: Strike) -> tuple[int, list[str]]:
    """How the question ended under these strikes, and what is wrong with that."""
    b = Stage(home, new_exchange(), Signals([]), net=net)
    b.exchange.configure({"suspend_trade": not on})
    with striking(b, strikes) as struck:
        try:
            code, words = at_broker(b.desk(), on)
        except ConfigError as refused:
            code, words = 3, str(refused)
        finally:
            b.hang_up()
    does = b.exchange.configurations["suspend_trade"] is on
    wrong = [] if struck.hit else ["nothing was struck"]
    wrong += [f"asked {count} times" for count in [b.wire.requests.count(PATCH)] if count != 1]
    wrong += ["said to be done and is not"] if code == 0 and not does else []
    wrong += [f"ended with {code}: {words}"] if code not in (0, 3, 4) else []
    wrong += ["a key in its words"] if secrets_in(words.encode()) else []
    wrong += ["a host that is not ours was asked"] if net.stranger.asked else []
    return code, [f"{'on' if on else 'off'}, {' and '.join(map(str, strikes))}: {one}" for one in wrong]


def test_the_brokers_switch_is_asked_once_and_believed_only_where_it_is_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unhurried(monkeypatch)
    monkeypatch.setattr(alpaca_wire, "READ_SECONDS", PATIENCE)
    singles = [(Strike("switch", kind, 1, delay),) for kind, delay in FAULTS]
    pairs = [
        (Strike("switch", first), Strike("account/configurations", second, 0))
        for first, second in product(SILENT, FaultKind)
    ]
    codes, found = Counter[int](), list[str]()
    with sockets() as net:
        for on, strikes in [*product((True, False), singles), *((True, pair) for pair in pairs)]:
            with tempfile.TemporaryDirectory(dir=tmp_path) as home:
                code, wrong = told(net, Path(home), on, *strikes)
            codes[code] += 1
            found += wrong
    with capsys.disabled():
        print(f"\nthe broker's switch: {codes.total()} faults and pairs, {dict(codes)}, {len(found)} violations")
    assert not found, "\n".join(found)
    assert codes[0] > 5
    assert codes[4] > 5
