"""Letters that wait, sent: after trading, under the outbox's own lock, within a deadline.

Law of the file: a letter that was handed over is moved to `sent` at once; one that was not stays as it is, for the next
run. Between the two it may go twice, under one Message-ID; it is never lost. Nothing here is waited for by a trade: it
does not know that there is any.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from automated_trading.adapters.disk import create, make_folder, read_whole, sync_folder, told
from automated_trading.adapters.kept_letter import LARGEST, KeptLetter
from automated_trading.adapters.mailer import LetterRefused, LineLost, MailConnection, Mailer
from automated_trading.adapters.outbox import LETTER, NOTE, SENT, UNSENT, listed
from automated_trading.adapters.phone import Phone
from automated_trading.adapters.run_lock import RunLock
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.domain.errors import AlertError, RunInProgress

SECONDS: Final = 20
STEP_SECONDS: Final = 10
PHONE_SECONDS: Final = 12
MOST_LOST_LINES: Final = 3
"""A letter over which the server hangs up holds back none behind it; a server that always does is left alone."""

ASIDE: Final = ".unreadable"
NEWS: Final = timedelta(days=7)
"""What waited longer is put by, not sent: a mailbox set up after months must not drown."""
NOTE_NEWS: Final = timedelta(days=1)
KEPT: Final = timedelta(days=90)


@dataclass(slots=True)
class Posted:
    """What a posting did: letters mailed, phones told, and what went wrong, a line each."""

    mailed: int = 0
    told: int = 0
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Means:
    """How letters leave, each way None where it is not set up, and the wall's clock."""

    mailer: Mailer | None
    phone: Phone | None
    now: Callable[[], datetime]
    monotonic: Callable[[], float]


def post(folder: Path, means: Means) -> Posted:
    """Send what waits in an outbox, oldest first. Somebody else who is at it is let be. Raises StateError."""
    posted = Posted()
    with suppress(RunInProgress), RunLock(folder).held(), told(folder, "post letters"):
        _takes(folder / SENT)
        batch = _Batch(folder, means, posted)
        if means.mailer is not None:
            batch.mail(means.mailer)
        if means.phone is not None:
            batch.tell(means.phone)
        batch.tidy()
    return posted


def _takes(sent: Path) -> None:
    """Make sure, before a letter leaves, that it will be known to have left. Raises OSError."""
    make_folder(sent)
    if not os.access(sent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(sent))


def post_unkept(letter: KeptLetter, means: Means, told: Path | None) -> Posted:
    """Send a letter that no disk would keep. A mark in the folder `told` remembers that it left by one way at least."""
    posted = Posted()
    mark = told / f".automated-trading-{letter.ident}" if told is not None else None
    if mark is not None and _ours(mark):
        return posted
    try:
        if means.mailer is not None:
            line = means.mailer.connect(Stopwatch(SECONDS, STEP_SECONDS, means.monotonic))
            try:
                line.send(letter)
                posted.mailed = 1
            finally:
                line.close()
    except AlertError as problem:
        posted.troubles.append(str(problem))
    try:
        if means.phone is not None:
            means.phone.tell(letter, Stopwatch(PHONE_SECONDS, PHONE_SECONDS, means.monotonic))
            posted.told = 1
    except AlertError as problem:
        posted.troubles.append(str(problem))
    if mark is not None and (posted.mailed or posted.told):
        with suppress(OSError):
            os.close(create(mark))
    return posted


def _ours(mark: Path) -> bool:
    """Whether a mark is there and this user's; one that another put there would keep a letter back."""
    with suppress(OSError):
        return os.lstat(mark).st_uid == os.geteuid()
    return False


class _Batch:
    """One posting, under the lock."""

    def __init__(self, folder: Path, means: Means, posted: Posted) -> None:
        self._folder = folder
        self._means = means
        self._posted = posted

    def mail(self, mailer: Mailer) -> None:
        watch = Stopwatch(SECONDS, STEP_SECONDS, self._means.monotonic)
        line: MailConnection | None = None
        lost = 0
        try:
            for name, letter in self._waiting(LETTER, NEWS):
                try:
                    line = line or mailer.connect(watch)
                    refused = line.send(letter)
                except LetterRefused as problem:
                    self._waits(name, problem)
                    continue
                except LineLost as problem:
                    self._waits(name, problem)
                    line, lost = None, lost + 1
                    if lost == MOST_LOST_LINES:
                        return
                    continue
                except AlertError as problem:
                    self._waits(name, problem)
                    return
                self._leave(name, SENT)
                self._posted.mailed += 1
                if refused:
                    self._posted.troubles.append(f"{mailer.server} refuses {', '.join(refused)}; the others have it")
        finally:
            if line is not None:
                line.close()

    def tell(self, phone: Phone) -> None:
        watch = Stopwatch(PHONE_SECONDS, PHONE_SECONDS, self._means.monotonic)
        for name, letter in self._waiting(NOTE, NOTE_NEWS):
            try:
                phone.tell(letter, watch)
            except AlertError as problem:
                self._waits(name, problem)
                return
            self._leave(name, SENT)
            self._posted.told += 1

    def tidy(self) -> None:
        """Delete what left long ago, and what a killed run left half written."""
        for folder, most, ends in ((SENT, KEPT, (LETTER, NOTE)), ("", NOTE_NEWS, (".tmp",))):
            for at, name in listed(self._folder / folder):
                if name.endswith(ends) and self._means.now() - at > most:
                    with suppress(FileNotFoundError):
                        os.unlink(self._folder / folder / name)

    def _waiting(self, kind: str, news: timedelta) -> Iterator[tuple[str, KeptLetter]]:
        """What waits and can be read, in the order it was written in; the rest is put where it belongs.

        A letter says itself when it was kept: a folder that was copied or fetched has new times on its files.
        """
        found = []
        for _, name in listed(self._folder):
            if not name.endswith(kind):
                continue
            if os.path.lexists(self._folder / SENT / name):  # kept again while it was on its way
                os.unlink(self._folder / name)
            elif (letter := self._read(name)) is None:
                continue
            elif self._means.now() - letter.since > news:
                make_folder(self._folder / UNSENT)
                os.replace(self._folder / name, self._folder / UNSENT / name)
                self._posted.troubles.append(f"{name} is older than {news.days} days and was put into {UNSENT}")
            else:
                found.append((letter.kept, name))
        for _, name in sorted(found):
            if (letter := self._read(name)) is not None:
                yield name, letter

    def _read(self, name: str) -> KeptLetter | None:
        try:
            letter = KeptLetter.decoded(read_whole(self._folder / name, LARGEST))
            if letter.key == name.rpartition(".")[0]:
                return letter
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            pass
        os.replace(self._folder / name, self._folder / f"{name}{ASIDE}")
        self._posted.troubles.append(f"{name!a} is no letter and was put aside as {name + ASIDE!a}")
        return None

    def _leave(self, name: str, place: str) -> None:
        """Move a file on, durably."""
        make_folder(self._folder / place)
        os.replace(self._folder / name, self._folder / place / name)
        sync_folder(self._folder / place)
        sync_folder(self._folder)

    def _waits(self, name: str, problem: AlertError) -> None:
        self._posted.troubles.append(f"{name} waits: {problem}")
