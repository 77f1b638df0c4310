"""A letter as a file: rendered once, kept as it will be read, and read back or refused.

Law of the file: what is kept needs no state, no template and no library to be sent, so that a letter goes out as it was
written, whichever run sends it and however often it has to try.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from automated_trading.adapters.canonical_json import read, spell
from automated_trading.domain.sessions import parse_utc, utc_text

SCHEMA: Final = 1
LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a file that can be a letter."""
_TEXTS: Final = ("html", "ident", "key", "kind", "level", "session", "short", "subject", "text")
_KEYS: Final = {*_TEXTS, "kept", "pictures", "schema"}


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter ready to leave. `ident` is the same in every try of it and in no other letter; `kept` is when it was
    written; `pictures` are PNG by content id."""

    key: str
    ident: str
    kind: str
    level: str
    session: str
    kept: datetime
    subject: str
    short: str
    text: str
    html: str
    pictures: Mapping[str, bytes]

    @property
    def since(self) -> datetime:
        """When it was news: by its session where the wall's clock was not set yet and stood long before it."""
        return max(self.kept, datetime.combine(date.fromisoformat(self.session), time(), UTC))

    def encoded(self) -> bytes:
        """Its file."""
        fields: dict[str, Any] = {name: _whole(getattr(self, name)) for name in _TEXTS}
        pictures = {cid: base64.b64encode(png).decode("ascii") for cid, png in self.pictures.items()}
        return spell({**fields, "kept": utc_text(self.kept), "pictures": pictures, "schema": SCHEMA}).encode("ascii")

    @classmethod
    def decoded(cls, raw: bytes) -> KeptLetter:
        """The letter of a file. Raises ValueError for what is none."""
        fields = read(raw.decode("ascii"))
        if not isinstance(fields, dict) or fields.keys() != _KEYS or fields["schema"] != SCHEMA:
            raise ValueError("not a letter of ours")
        texts, pictures = {name: fields[name] for name in _TEXTS}, fields["pictures"]
        if not isinstance(pictures, dict) or not all(
            isinstance(one, str) for one in (*texts.values(), *pictures.values(), fields["kept"])
        ):
            raise ValueError("not a letter of ours")
        date.fromisoformat(texts["session"])
        pngs = {cid: base64.b64decode(png, validate=True) for cid, png in pictures.items()}
        return cls(**texts, kept=parse_utc(fields["kept"]), pictures=pngs)


def _whole(text: str) -> str:
    """The text without halves of characters, which no wire carries."""
    return text.encode("utf-8", "replace").decode("utf-8")
