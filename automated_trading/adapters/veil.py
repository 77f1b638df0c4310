"""Secrets kept out of everything that is said.

Law of the file: a secret is masked whole, as it stands, as base64 at any offset, and as it is written in an address,
in JSON, in HTML or between a program's quotes; of an address that is a secret each of its parts is one. Whoever prints
goes through here, whatever he prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "***"
SHORTEST = 6
"""What is shorter would mask ordinary words; no credential of a service is."""


class Veil:
    """Hides the secrets it has been told of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: list[str] = []
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these too from now on."""
        found = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        self._forms = sorted({*self._forms, *found}, key=lambda form: (-len(form), form))

    def over(self, text: str) -> str:
        """The text with every secret masked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def _forms(secret: str) -> Iterator[str]:
    from urllib.parse import quote, quote_plus

    for part in _parts(secret):
        yield from (part, quote(part), quote(part, safe=""), quote_plus(part), *_escaped(part), *_base64(part))


def _parts(secret: str) -> Iterator[str]:
    """The secret, and what in an address may be one: whatever stands behind its host, or before it."""
    yield secret
    for address in secret.split():
        _, scheme, rest = address.partition("://")
        if not scheme:
            continue
        yield address
        before, at, behind = rest.rpartition("@")
        host, _, path = behind.partition("/")
        yield from (before, path, f"/{path}", *re.split(r"[:/]", before), *re.split(r"[/?&=#,]", path))
        if not at and not path:
            yield host  # some services put their token where a host would stand


def _escaped(text: str) -> Iterator[str]:
    """The text between quotes, in JSON and in Python's either kind, and as the letters' HTML writes it."""
    from json import dumps

    behind = text.replace("\\", "\\\\")
    yield from (dumps(text)[1:-1], behind, behind.replace("'", "\\'"))
    yield text.translate({ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("'"): "&#39;", ord('"'): "&#34;"})


def _base64(text: str) -> Iterator[str]:
    """Base64 of the text wherever in a longer text it stands: the letters that depend on nothing around it, in both
    alphabets."""
    from base64 import b64encode

    plain = text.encode()
    for before in range(3):
        coded = b64encode(bytes(before) + plain).decode("ascii").rstrip("=")
        kept = coded[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6]
        yield from (kept, kept.translate({ord("+"): "-", ord("/"): "_"}))
