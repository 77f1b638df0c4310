"""The record of a run: what is noted here is written, and is the state.

Law of the room: an event is appended to the log and folded into the state in one step, and in no other place. Ink is
made durable before anything it speaks of leaves the house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from automated_trading.domain.codec import encode_event
from automated_trading.domain.events import (
    LetterKept,
    LetterLost,
    LogCut,
    OrderIntended,
    RunFinished,
    RunStarted,
    SettingsChanged,
)
from automated_trading.domain.evolve import evolve
from automated_trading.domain.money import spell
from automated_trading.domain.sessions import utc_text
from automated_trading.domain.state import Checkpoint, LoggedEvent, State
from automated_trading.engine.desk import Desk
from automated_trading.engine.ports import Opened, Row


class Journal:
    """State and log of one run, moving together.

    `events` is what this run noted, `unheard` the ids of orders it could not look up, `untold` which letters could not
    be kept: no problem of the trade's, and no exit code.
    """

    def __init__(self, opened: Opened, desk: Desk, command: str) -> None:
        self.state: State = opened.state
        self.events: list[LoggedEvent] = []
        self.problems: list[str] = []
        self.faults: list[str] = []
        self.sent = 0
        self.unheard: set[str] = set()
        self.untold: list[str] = []
        self._log = opened.log
        self._desk = desk
        self._command = command
        self._cut = opened.cut
        self._begun = False
        self._cramped: str | None = None
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The broker's clock once it has been asked, the desk's own before."""
        return self._now if self._now is not None else self._desk.clock.now()

    @property
    def command(self) -> str:
        return self._command

    @property
    def head(self) -> tuple[int, str]:
        return self._log.head

    def begin(self, now: datetime | None = None) -> None:
        """Write that the run began, once, with what was cut from the log; `now` is the broker's clock."""
        if self._begun:
            return
        self._now = now
        self._begun = True
        self._log.account = self.state.account
        self._log.begin_run(self._command)
        opening: list[LoggedEvent] = []
        if self._cut is not None:
            opening.append(LogCut(self._cut.after_seq, self._cut.bytes_kept, self._cut.kept_as))
        desk = self._desk
        if self.state.rules not in ("", desk.rules_hash):
            opening.append(SettingsChanged(self.state.rules, desk.rules_hash))
        opening.append(RunStarted(self._command, self.now, desk.rules_hash, desk.version))
        self.note(opening)

    @property
    def cramped(self) -> str | None:
        """Why the disk has no room to spare: nothing opens then, and nothing is written that could wait."""
        return self._cramped or self._log.cramped

    def note(self, events: Iterable[LoggedEvent]) -> None:
        """Append to the log and fold into the state, in order; one write for the batch."""
        self._note(list(events), self._written)

    def written(self, events: Sequence[LoggedEvent]) -> set[str]:
        """Note these, and tell the ids of the orders among them."""
        self.note(events)
        return {event.order.client_order_id for event in events if isinstance(event, OrderIntended)}

    def note_where_room(self, events: Iterable[LoggedEvent]) -> bool:
        """The same for what could wait: False, and it is neither written nor state, on a full disk."""
        return self._note(list(events), self._log.append_where_room)

    def _written(self, rows: Sequence[Row]) -> bool:
        self._log.append(rows)
        return True

    def _note(self, events: list[LoggedEvent], write: Callable[[Sequence[Row]], bool]) -> bool:
        if not events:
            return True
        rows: list[Row] = []
        state, at = self.state, utc_text(self._desk.clock.now())
        for event in events:
            state = evolve(state, event)
            name, data = encode_event(event)
            rows.append((name, {**_order_facts(state, event), **data}, at))
        self._log.account = state.account
        if not write(rows):
            return False
        self.state = state
        self.events += events
        return True

    def finish(self, outcome: str, said: str) -> None:
        """The run's last line, made durable, and the snapshots after it where there is room for them."""
        self.begin()
        self.miss_letters()
        said = f"{self.cramped}; {said}" if self.cramped is not None else said
        self.note([RunFinished(self._command, self.now, outcome, said)])
        self.durable()
        if self.cramped is None:
            self._cramped = self._desk.store.save(self.state, self.head)

    def miss_letters(self) -> None:
        """Note which letters that were to be kept, by this run or one that was cut off, are not in the outbox."""
        keeping, outbox = self.state.keeping, self._desk.outbox
        if keeping and outbox is not None:
            ours = {event.key for event in self.events if isinstance(event, LetterKept)}
            kept = outbox.kept(durably=not keeping.keys() <= ours)
            self.note_where_room([LetterLost(key) for key in sorted(keeping) if key not in kept])

    def intended_here(self, client_order_id: str) -> bool:
        """Whether this very run wrote the order down, so that nobody can have sent it before."""
        written = (event.order for event in self.events if isinstance(event, OrderIntended))
        return any(order.client_order_id == client_order_id for order in written)

    def checkpoint(self) -> None:
        """Append the whole state, where there is room for it."""
        if self.cramped is None:
            self.note_where_room([Checkpoint(self.state)])

    def rotate(self, month: str) -> None:
        """Put the log up to the checkpoint just appended away as that month's archive."""
        if self.cramped is None:
            self._log.rotate(month)

    def durable(self) -> None:
        self._log.flush()

    def close(self) -> None:
        self._log.close()


def _order_facts(state: State, event: LoggedEvent) -> Mapping[str, Any]:
    """What every line about an order carries, so that it can be read alone."""
    named = getattr(event, "client_order_id", "")
    order = event.order if isinstance(event, OrderIntended) else state.orders.get(named)
    if order is None:
        return {}
    return {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": spell(order.qty),
        "book": order.book,
        "purpose": order.decision.purpose.value,
        "reason": order.reason,
    }
