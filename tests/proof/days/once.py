"""What is pure is asked once: a line's proof and event, the fold of lines known to their last hash, a value's spelling.

Law of the file: what is spared is a pure function asked again for the very same thing: a line of which one byte is
another is proved and folded anew, and a value that is another is spelled anew. `Record`, which judges the log, and
`Judge`, which judges the state, share nothing with this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from automated_trading.adapters import audit_fold, audit_survey, folder_store
from automated_trading.adapters.audit_line import Line
from automated_trading.domain import codec
from automated_trading.domain.evolve import evolve
from automated_trading.domain.market import Activity
from automated_trading.domain.orders import Order
from automated_trading.domain.positions import ClosedTrade, Position
from automated_trading.domain.state import LoggedEvent, State

SPELLED_ONCE = (Order, Position, ClosedTrade, Activity)
"""Frozen values of which a state has many, and most are the last run's."""


@contextmanager
def proved_once() -> Iterator[None]:
    """While it lasts, lines are remembered by their bytes, events by the line, states by the hash of the last line."""
    event_of = _by_identity(audit_fold.event_of)
    with (
        patch.object(audit_survey, "parse", cache(audit_survey.parse)),
        patch.object(audit_fold, "event_of", event_of),
        patch.object(folder_store, "rebuilt", _by_last_line(audit_fold.rebuilt, event_of)),
        patch.object(codec, "encode", _spelled(codec.encode)),
    ):
        yield


def _by_identity(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[int, tuple[Any, Any]] = {}

    def told(value: Any) -> Any:
        found = known.get(id(value))
        if found is None:
            # the value is kept beside what came of it, so that no other ever has its number
            found = known[id(value)] = value, function(value)
        return found[1]

    return told


def _by_last_line(
    rebuilt: Callable[[Iterable[Line]], State], event_of: Callable[[Line], LoggedEvent]
) -> Callable[[Iterable[Line]], State]:
    """The chain's hash of a line tells every line before it: what was folded to there is folded from there."""
    known: dict[tuple[str, str], State] = {}

    def told(lines: Iterable[Line]) -> State:
        tail = list(lines)
        if not tail:
            return rebuilt(tail)
        first, last = tail[0].hash, len(tail)
        while last and (first, tail[last - 1].hash) not in known:
            last -= 1
        if not last:
            state = rebuilt(tail)
        else:
            state = known[(first, tail[last - 1].hash)]
            for line in tail[last:]:
                state = evolve(state, event_of(line))
        known[(first, tail[-1].hash)] = state
        return state

    return told


def _spelled(encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    once = _by_identity(encode)

    def told(value: Any) -> Any:
        return once(value) if value.__class__ in SPELLED_ONCE else encode(value)

    return told
