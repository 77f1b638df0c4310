"""A file that was not there: written whole, or not at all, and never in the place of another.

Law of the file: what stands under the name stays, whatever it is. A half-written file never has the name.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from automated_trading.adapters.disk import create, link, told, write_all


def put_new(path: Path, data: bytes) -> bool:
    """Write a file for its owner alone; False, and nothing is done, where the name is taken. Raises StateError."""
    if os.path.lexists(path):
        return False
    with told(path.parent, f"write {path.name}"):
        half = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
        fd = create(half)
        try:
            try:
                write_all(fd, data)
            finally:
                os.close(fd)
            return _named(half, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(half)


def _named(half: Path, path: Path) -> bool:
    """Give a whole file its name, unless somebody took it meanwhile."""
    try:
        if not link(half, path):  # a disk that knows no links
            os.rename(half, path)
    except FileExistsError:
        return False
    return True
