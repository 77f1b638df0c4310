"""Letters and a plain paper for them, for tests of how they are kept and sent.

Law of the file: the paper decides nothing, so that what a test sees is the outbox's doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from automated_trading.adapters.mailer import Mailer
from automated_trading.adapters.outbox import FolderOutbox
from automated_trading.adapters.phone import Phone
from automated_trading.adapters.posting import Means, Posted, post
from automated_trading.reports.letter import Letter, Level
from tests.adapters.mail_server import OWNER, PASSWORD, USER, MailServer

NOON = datetime.now(UTC)
PNG = b"\x89PNG\r\n\x1a\n a curve"


@dataclass(frozen=True)
class PlainSheet:
    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def plain_paper(letter: Letter) -> PlainSheet:
    said = str(letter.facts.get("said", "said"))
    subject = f"[PAPER] {letter.level.name}: {letter.subject}"
    return PlainSheet(subject, f"text {said}\n", f'<p>html {said}</p><img src="cid:curve">', {"curve": PNG})


def a_letter(matter: str = "ACME sold", level: Level = Level.WARNING, **more: Any) -> Letter:
    given: dict[str, Any] = {
        "kind": "fills",
        "session": date(2026, 2, 3),
        "level": level,
        "subject": matter,
        "short": f"{matter}, in short",
        "matters": {matter: "1"},
        "facts": {"said": matter},
    }
    return Letter(**{**given, **more})


class Counter:
    """A stopwatch that goes on by so many seconds each time it is looked at."""

    def __init__(self, by: float = 0) -> None:
        self.by, self.looks = by, 0

    def __call__(self) -> float:
        self.looks += 1
        return self.by * self.looks


def an_outbox(folder: Path, *, phone: bool = False, now: datetime = NOON) -> FolderOutbox:
    return FolderOutbox(folder, lay_out=plain_paper, now=lambda: now, phone=phone)


def a_mailer(server: MailServer | int, **more: Any) -> Mailer:
    port = server if isinstance(server, int) else server.port
    given = {"host": "localhost", "port": port, "user": USER, "password": SecretStr(PASSWORD), "recipients": [OWNER]}
    return Mailer(**{**given, **more})


def posted(
    folder: Path, mailer: Mailer | None, phone: Phone | None = None, *, now: datetime = NOON, by: float = 0
) -> Posted:
    return post(folder, Means(mailer, phone, lambda: now, Counter(by)))


def names(folder: Path, *ends: str) -> list[str]:
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in found if name.endswith(ends or (".json", ".phone"))]
