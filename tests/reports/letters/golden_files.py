"""Letters as they were once looked at and found good, and how two HTML pages are compared.

Law of the file: a page is what a browser makes of it: tags, attributes, declarations and text, however they are spaced.
`RENEW_GOLDEN=1 pytest tests/reports/letters/test_golden.py` writes them anew; look at the difference before it is kept.
"""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
RENEW = "RENEW_GOLDEN" in os.environ


def kept(name: str, text: str) -> str:
    """The golden file of that name, first written anew where that was asked for."""
    path = GOLDEN / name
    if RENEW:
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")


class Page(HTMLParser):
    """A page as `rows`, one for each tag and each piece of text; its `tags` alone, and the `texts` that are shown."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = [f"{name}={_declared(value or '') if name == 'style' else value}" for name, value in sorted(attrs)]
        self.rows.append(f"<{tag} {' '.join(told)}>")

    def handle_endtag(self, tag: str) -> None:
        self.rows.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.rows.append(words)
            if self.tags[-1:] not in (["style"], ["title"]):
                self.texts.append(words)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def _declared(style: str) -> str:
    pairs = (declaration.partition(":") for declaration in style.split(";") if declaration.strip())
    return "; ".join(f"{name.strip()}: {value.strip()}" for name, _, value in pairs).replace('"', "'")
