"""`why SYMBOL`: how a symbol stands, and its story from the first line of the log.

Law of the file: read only: no lock, no broker, no keys. The records speak for themselves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.folder_store import FolderStore, event_of
from automated_trading.adapters.latch import Latch
from automated_trading.assembly import mode_folder
from automated_trading.commands.asked import Asked, read_ticker
from automated_trading.commands.lines import about, words_of
from automated_trading.commands.screen import Screen
from automated_trading.domain.events import SessionBegan
from automated_trading.domain.sessions import new_york, parse_utc, utc_text
from automated_trading.reports.story import document, standing

SESSION_BEGAN = "session_began"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story."""

    seq: int
    at: datetime
    event: str
    said: str


@dataclass(slots=True)
class Chapter:
    """A session's part of the story; None before the first session."""

    session: date | None
    lines: list[Told] = field(default_factory=list)


def why(asked: Asked, symbol: str, last: int) -> int:
    """Tell the story of a symbol; returns 0. Raises UsageError, AuditError."""
    symbol, settings, screen = read_ticker(symbol), asked.settings(), Screen(asked)
    folder, mode = mode_folder(settings), settings.mode.value
    state, _ = FolderStore(folder, mode).peek()
    now = standing(state, settings.rules, symbol)
    chapters = deque(story(folder, symbol), maxlen=last)
    if asked.json:
        told = {"known": bool(now or chapters), "now": document(state, settings.rules, symbol)}
        sessions = [_chapter_row(chapter) for chapter in chapters]
        screen.document({"schema": 1, "mode": mode, "symbol": symbol, **told, "sessions": sessions})
        return 0
    if not now and not chapters:
        screen.say(f"{mode.upper()} nothing on record about {symbol}")
        return 0
    as_of = f"as of the session of {state.day.session}" if state.day.session is not None else "no session yet"
    screen.say(f"{mode.upper()} {symbol}, {as_of}", "title")
    for words in now or ["not held, no order, not queued, nothing against it on record"]:
        screen.say(f"  {words}")
    if Latch(folder).read() is not None or state.halted:
        screen.say("  the desk is halted: nothing opens", "bad")
    for chapter in chapters:
        _show(screen, chapter)
    return 0


def story(folder: Path, symbol: str) -> Iterator[Chapter]:
    """The sessions that tell of a symbol, oldest first. Raises AuditError."""
    chapter = Chapter(None)
    for line in read_lines(folder):
        if line.event == SESSION_BEGAN:
            if chapter.lines:
                yield chapter
            began = event_of(line)
            chapter = Chapter(began.session if isinstance(began, SessionBegan) else None)
        elif about(line, symbol) and (said := words_of(line)) is not None:
            chapter.lines.append(Told(line.seq, parse_utc(line.at), line.event, said))
    if chapter.lines:
        yield chapter


def _show(screen: Screen, chapter: Chapter) -> None:
    named = f"{chapter.session:%a %Y-%m-%d}" if chapter.session is not None else "before the first session"
    screen.say(f"{named} (New York)", "title")
    for told in chapter.lines:
        screen.say(f"  {_clock(told.at, chapter.session)}  {told.said}")


def _clock(at: datetime, session: date | None) -> str:
    """The time of day, with its date where that is not the session's."""
    there = new_york(at)
    return f"{there:%H:%M}" if there.date() == session else f"{there:%m-%d %H:%M}"


def _chapter_row(chapter: Chapter) -> dict[str, Any]:
    rows = [
        {"seq": told.seq, "at": utc_text(told.at), "event": told.event, "said": told.said} for told in chapter.lines
    ]
    return {"session": str(chapter.session) if chapter.session is not None else None, "events": rows}
