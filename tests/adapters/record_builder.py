"""A real record to go on with: three days on the simulated exchange, written when lines had form 1."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.codec import encode_event
from automated_trading.domain.events import RunFinished, RunStarted
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import Checkpoint, LoggedEvent, State

FORM_1 = Path(__file__).parent / "records" / "form_1"
HEAD = (82, "0c0a71a574d1826bfd93d47ef39c6ef2ea71dbbf8310417b5406713b48000aee")
NOW = datetime(2026, 2, 27, 21, 30, tzinfo=UTC)
AT = "2026-02-27T21:30:00Z"


def recorded(folder: Path) -> FolderStore:
    """A copy of the record of form 1, as a store."""
    shutil.copytree(FORM_1, folder)
    return FolderStore(folder, "simulated")


def one_run(store: FolderStore, month: str | None = None) -> State:
    """A run as the engine makes them; with a month it closes that month."""
    opened = store.open()
    state, log = opened.state, opened.log
    log.begin_run("eod")

    def note(event: LoggedEvent) -> None:
        nonlocal state
        state = evolve(state, event)
        log.account = state.account
        log.append([(*encode_event(event), AT)])

    note(RunStarted("eod", NOW, "rules", "1"))
    if month is not None:
        note(Checkpoint(state))
        log.rotate(month)
    note(RunFinished("eod", NOW, "ok", "done"))
    log.flush()
    store.save(state, log.head)
    log.close()
    return state
