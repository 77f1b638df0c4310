"""A desk: the parts one run is made of.

Law of the room: a desk is put together once, in `assembly`, and handed whole to the cycle. The worlds it can work in
differ in its parts alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from automated_trading.domain.market import Market
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import LoggedEvent, State
from automated_trading.engine.ports import Broker, Clock, Gate, Outbox, Prices, SignalSource, Store

LOOK_BACK = timedelta(days=90)
"""How far back an empty folder searches the broker for orders of ours."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a cycle works with. `rules_hash` names the rules in the log, `version` the program.

    A desk without an outbox tells nobody: no letter is even composed.
    """

    mode: str
    store: Store
    broker: Broker
    prices: Prices
    signals: SignalSource
    clock: Clock
    gate: Gate
    rules: Rules
    rules_hash: str
    version: str
    outbox: Outbox | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    `said` is its one line, `at` the broker's clock, `problems` what went wrong without stopping it,
    `untold` those of them for which the owner has no letter.
    """

    command: str
    exit_code: int
    said: str
    at: datetime
    state: State
    head: tuple[int, str]
    events: tuple[LoggedEvent, ...] = ()
    market: Market | None = None
    problems: tuple[str, ...] = field(default=())
    untold: tuple[str, ...] = field(default=())
