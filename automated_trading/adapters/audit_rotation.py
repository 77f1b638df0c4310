"""Rotation: what stands before the last checkpoint is put away under the name of a month.

Law of the room: no line is ever without a durable name. The archive is a second name of the log itself, durable
before the new file, whole and flushed, takes the first one. Killed between any two steps the log is as it was.
"""

from __future__ import annotations

from pathlib import Path

from automated_trading.adapters.audit_line import CHECKPOINT, Line, serialise
from automated_trading.adapters.audit_survey import FILE, archive_of, archives
from automated_trading.adapters.disk import link, replace, sweep, sync_folder


def check_rotation(tail: list[Line], month: str) -> None:
    """Raises ValueError unless the tail begins with a checkpoint and `month` is one ("2026-02")."""
    archive_of(Path(), month)
    if not tail or tail[0].event != CHECKPOINT:
        raise ValueError("a log is rotated at a checkpoint, and there is none")


def rotate(folder: Path, month: str, tail: list[Line]) -> bool:
    """Archive a flushed log and begin the file anew with its tail, durably. Raises OSError.

    False, and nothing is done, where another file has the month's name or a later one, or the disk knows no links.
    """
    current, archive = folder / FILE, archive_of(folder, month)
    others = [path for path in archives(folder) if not path.samefile(current)]
    if any(path.name >= archive.name for path in others) or not link(current, archive):
        return False
    sync_folder(folder)
    sweep(current)
    replace(current, serialise(tail), flush=True)
    return True
