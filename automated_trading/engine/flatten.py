"""Closing everything, followed to its end.

Law of the room: the wish is on record before anything is sent for it, and each round is an ordinary `monitor`; a round
that is cut off is gone on with by the next run, whoever starts it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from automated_trading.decisions import flattening
from automated_trading.decisions.routines import Routine
from automated_trading.domain.events import OrderRefused
from automated_trading.domain.state import State
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.journal import Journal
from automated_trading.engine.owner import LOCK_WAIT_SECONDS
from automated_trading.reports.leaving import when_gone

FOLLOW_SECONDS = 200
"""What the sells of a desk may take; it leaves the last round its own time within the command's four minutes."""

PAUSE_SECONDS = 5
"""Between two rounds: at eight requests a round that stays under the account's limit."""


SILENT_ROUNDS = 3
"""So many rounds in a row that do not reach the broker are the last."""


@dataclass(frozen=True, slots=True)
class Flattened:
    """The last round with every round's events, the exit code, and what is left, each symbol with why."""

    last: Outcome
    code: int
    left: Mapping[str, str]


def ask_exits(desk: Desk) -> Outcome:
    """Put on record that all that is held, and all that may still be bought, is to go: one durable batch.

    Raises RunInProgress if another run holds the folder for four minutes, StateError, AuditError.
    """
    with desk.store.lock(LOCK_WAIT_SECONDS):
        journal = Journal(desk.store.open(), desk, "flatten")
        try:
            journal.begin()
            asked = flattening.decide(journal.state, journal.now)
            journal.note(asked)
            said = f"everything is to be sold: {len(asked)} more" if asked else "everything is to be sold"
            journal.finish("done", said)
        finally:
            journal.close()
    return Outcome("flatten", 0, said, journal.now, journal.state, journal.head, tuple(journal.events))


def follow(desk: Desk) -> Flattened:
    """Rounds of `monitor` until nothing is left, nothing more can be done, or the time is up.

    Raises RunInProgress if another run holds the folder for as long, and what `run_cycle` raises.
    """
    until = desk.clock.monotonic() + FOLLOW_SECONDS
    told: list[Outcome] = []
    while True:
        last = run_cycle(desk, Routine.MONITOR, until - desk.clock.monotonic())
        told.append(last)
        refused = _refused(told)
        rest = flattening.left(last.state)
        new = flattening.decide(last.state, last.at)
        if new:
            ask_exits(desk)
        if not (new or _goes_on(told, rest, refused)) or desk.clock.monotonic() + PAUSE_SECONDS >= until:
            break
        desk.clock.wait(PAUSE_SECONDS)
    why = {symbol: when_gone(last.state, last.market, symbol, refused.get(symbol, "")) for symbol in rest}
    events = tuple(event for outcome in told for event in outcome.events)
    code = flattening.exit_code(last.state, last.market, last.exit_code)
    return Flattened(replace(last, events=events), code, why)


def _goes_on(told: Sequence[Outcome], rest: Sequence[str], refused: Collection[str]) -> bool:
    """Whether waiting may help: something moves, or a broker that was not reached may come back."""
    last = told[-1]
    if last.market is None:
        return any(outcome.market is not None for outcome in told[-SILENT_ROUNDS:]) or len(told) < SILENT_ROUNDS
    return any(flattening.moves(last.state, last.market, symbol, refused) for symbol in rest)


def _refused(told: Sequence[Outcome]) -> dict[str, str]:
    """Symbols whose sell the broker refused in these rounds, each with its words."""
    found: dict[str, str] = {}
    for outcome in told:
        for event in outcome.events:
            if isinstance(event, OrderRefused):
                found[_symbol(outcome.state, event)] = event.words
    return found


def _symbol(state: State, event: OrderRefused) -> str:
    return state.orders[event.client_order_id].symbol
