"""A new beginning after damage: the whole record is put aside, and its place is empty.

Law of the room: under the run lock; nothing is deleted or overwritten. The log itself goes first, durably, for what is
left without it is damage: killed anywhere, the folder is refused as before, or holds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from automated_trading.adapters.audit_line import EMPTY, LineError, NewerForm, parse
from automated_trading.adapters.audit_survey import FILE, archives, open_log, pieces_backwards
from automated_trading.adapters.disk import make_folder, move, same_file, sync_folder, told
from automated_trading.adapters.snapshots import NAMES
from automated_trading.domain.errors import StateError

_PLACE = re.compile(r"damaged-([1-9]\d{0,8})")


@dataclass(frozen=True, slots=True)
class Restarted:
    """The last sound line of the old log ((0, 64 zeroes) if it has none), and the folder all of it lies in now."""

    after_seq: int
    after_hash: str
    kept_as: str


def put_record_aside(folder: Path) -> Restarted:
    """Move log, archives and snapshots into a folder `damaged-<n>` beside them. Raises StateError.

    One that was cut short is brought to its end. A newer version's log is not damage, and is left.
    """
    with told(folder, "restart the audit log"):
        log = [path for path in (folder / FILE,) if path.exists()]
        rest = [*archives(folder), *(path for name in NAMES if (path := folder / f"{name}.json").exists())]
        place = _place(folder, {path.name for path in (*log, *rest)})
        seq, head = _last_sound((folder, place))
        make_folder(place)
        for parts in (log, rest):
            for path in parts:
                move(path, place)
            sync_folder(place)
            sync_folder(folder)
    return Restarted(seq, head, place.name)


def _place(folder: Path, names: set[str]) -> Path:
    """The folder a restart that was cut short had begun to fill, else a new one."""
    numbers = [int(found[1]) for path in folder.iterdir() if (found := _PLACE.fullmatch(path.name))]
    last = max(numbers, default=0)
    begun = folder / f"damaged-{last}"
    there = {name for name in names if (begun / name).exists()}
    log_first = FILE in there or FILE not in names
    if last and log_first and all(same_file(folder / name, begun / name) for name in there):
        return begun
    return folder / f"damaged-{last + 1}"


def _last_sound(folders: Iterable[Path]) -> tuple[int, str]:
    """The last line that holds by itself: of the log, else of its archives, the newest first."""
    folders = list(folders)
    logs = (folder / FILE for folder in folders)
    older = chain.from_iterable(reversed(archives(folder)) for folder in folders)
    for path in chain(logs, older):
        with suppress(FileNotFoundError), open_log(path) as file:
            for _, piece in pieces_backwards(file):
                try:
                    line = parse(piece)
                except NewerForm as newer:
                    raise StateError(f"the audit log is not damaged: it was {newer}") from None
                except LineError:
                    continue
                return line.seq, line.hash
    return EMPTY
