"""Real records to go on with: days on the simulated exchange, each written by the version of its form."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from automated_trading.adapters.folder_store import FolderStore
from automated_trading.domain.codec import encode_event
from automated_trading.domain.events import RunFinished, RunStarted
from automated_trading.domain.evolve import evolve
from automated_trading.domain.state import Checkpoint, LoggedEvent, State

NOW = datetime(2026, 2, 27, 21, 30, tzinfo=UTC)
AT = "2026-02-27T21:30:00Z"


@dataclass(frozen=True)
class Written:
    """A record as an older version left it: its lines' form, and the number and hash of the last one."""

    form: int
    seq: int
    hash: str

    @property
    def folder(self) -> Path:
        return Path(__file__).parent / "records" / f"form_{self.form}"

    @property
    def head(self) -> tuple[int, str]:
        return self.seq, self.hash

    def copied(self, folder: Path) -> FolderStore:
        """A copy of it, as a store."""
        shutil.copytree(self.folder, folder)
        return FolderStore(folder, "simulated")


FORM_1 = Written(1, 82, "0c0a71a574d1826bfd93d47ef39c6ef2ea71dbbf8310417b5406713b48000aee")
FORM_2 = Written(2, 98, "9a717da20ed0ea5d07bff070a814f95c4d3119c7d6dabbb97fd4c105b4dd4995")
"""Its lines told no failure where a venue refused an order it had taken: today's would (see test_audit_forms)."""
FORM_3 = Written(3, 87, "187a7472728adc596433f680d7c85809dbda487268b418a447532f90fef2eabc")
"""A sale of one session heard in the next leaves no trace in the day that heard it: today's does."""
FORM_4 = Written(4, 105, "d10fa3d1ffef22fa6e5aa80cbfd0d4ad37265ff2eac4000c97a9c6a6e3d8edfb")
"""An order that ended a session late was let go a week after its own session: today's is kept a day longer."""
WRITTEN = (FORM_1, FORM_2, FORM_3, FORM_4)


def recorded(folder: Path) -> FolderStore:
    """A copy of the record of form 1, as a store."""
    return FORM_1.copied(folder)


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
