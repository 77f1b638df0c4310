"""The file of approved signals, written by a stranger.

Law of the room: no bytes make a reading raise, hang or take long. What is wrong with one entry costs that entry;
what is wrong with the file opens nothing and is told. The desk's file has its age for its time, so that any clock can
read it. One decoder, `read_signal_file`, reads it and the files of recorded days alike.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from automated_trading.domain.reasons import Reason
from automated_trading.domain.signals import SignalList, read_signals

LARGEST_FILE: Final = 5_000_000
MOST_ENTRIES: Final = 10_000

_LONGEST_NUMBER: Final = 40
_NOT_A_NUMBER: Final = Decimal("NaN")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OLDEST: Final = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class SignalFile:
    """The signals in the file at `path`; `host_now` is the clock that stamps files on this machine."""

    path: Path
    host_now: Callable[[], datetime]

    def read(self, now: datetime) -> SignalList:
        """The signals as they stand, where `now` is the desk's clock. Never raises for what is there."""
        return read_signal_file(self.path, lambda modified: now - self._age(modified))

    def _age(self, modified: datetime) -> timedelta:
        return min(max(self.host_now() - modified, timedelta(0)), _OLDEST)


def read_signal_file(path: Path, file_time: Callable[[datetime], datetime]) -> SignalList:
    """The signals in a file; `file_time` makes its time, on the desk's clock, of the moment it was modified.

    Never raises for what is there.
    """

    def broken(why: str, digest: str = "") -> SignalList:
        return SignalList(broken=f"{path.name} {why}", digest=digest)

    try:
        data, modified = _bytes(path)
    except FileNotFoundError:
        return SignalList(missing=Reason.NO_FILE)
    except OSError as problem:
        return broken(f"cannot be read: {problem.strerror}")
    digest = hashlib.sha256(data).hexdigest()[:16]
    try:
        return _signals(_entries(data), file_time(modified), digest)
    except RecursionError:
        return broken("is nested too deeply", digest)
    except ValueError as problem:
        return broken(str(problem), digest)


def count_entries(path: Path) -> int:
    """How many entries stand in a file, usable or not; none in one that cannot be read as a list."""
    try:
        return len(_entries(_bytes(path)[0]))
    except (OSError, ValueError, RecursionError):
        return 0


@dataclass(frozen=True, slots=True)
class _Repeated:
    """An object of the file in which a key stands more than once, so that nobody knows what it says."""

    key: str


def _bytes(path: Path) -> tuple[bytes, datetime]:
    """What the file holds, at most one byte more than is allowed, and when it was modified."""
    # Without O_NONBLOCK a pipe in the file's place would wait for its writer for ever.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(0, "not a plain file")
        return file.read(LARGEST_FILE + 1), _time(about.st_mtime_ns)


def _time(nanoseconds: int) -> datetime:
    """The instant of a file stamp; one that no calendar holds counts as long ago."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    except OverflowError:
        return _EPOCH


def _entries(data: bytes) -> Sequence[object]:
    """The list in the file. Raises ValueError telling why there is none, RecursionError."""
    if len(data) > LARGEST_FILE:
        raise ValueError(f"is too large: over {LARGEST_FILE:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_not_a_number,
        )
    except ValueError as problem:
        raise ValueError(f"is not JSON: {problem}") from None
    entries = found.get("signals") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        raise ValueError("is neither a list nor an object with a list of signals")
    if len(entries) > MOST_ENTRIES:
        raise ValueError(f"is too large: over {MOST_ENTRIES:,} entries")
    return entries


def _signals(entries: Sequence[object], file_time: datetime, digest: str) -> SignalList:
    found = read_signals(entries, file_time, digest)
    repeated = {
        f"entry {number}": f"the key {ascii(entry.key)[:40]} stands in it more than once"
        for number, entry in enumerate(entries, start=1)
        if isinstance(entry, _Repeated)
    }
    told = (replace(bad, detail=repeated.get(bad.label, bad.detail)) for bad in found.malformed)
    return replace(found, malformed=tuple(told))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | _Repeated:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            return _Repeated(key)
        found[key] = value
    return found


def _number(text: str) -> Decimal:
    """A number exactly; one that is too long to mean anything is none."""
    if len(text) > _LONGEST_NUMBER:
        return _NOT_A_NUMBER
    try:
        return Decimal(text)
    except InvalidOperation:
        return _NOT_A_NUMBER


def _not_a_number(_word: str) -> Decimal:
    return _NOT_A_NUMBER
