"""A letter laid out: as HTML that every mail program shows, as plain text, and with its pictures.

Law of the room: the templates decide nothing and hold every tag; what a letter says is escaped, never a template. The
libraries that render are imported by a run that has a letter to keep, and by no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import automated_trading
from automated_trading.adapters.curve_picture import curve
from automated_trading.domain.errors import AlertError
from automated_trading.reports.letter import Letter
from automated_trading.reports.plain_text import LONGEST_SUBJECT, plain

if TYPE_CHECKING:
    from jinja2 import Environment

CURVE = "equity-curve"
"""The content id of the picture of closing equities."""

_PACKAGE = Path(automated_trading.__file__).parent
_INSTALLED, _CHECKOUT = _PACKAGE / "templates", _PACKAGE.parent / "templates"
TEMPLATES = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
"""A part of the package where it was installed; at the top of a checkout."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter as it leaves the house; `pictures` are PNG, by the content id the HTML names."""

    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes]


class Paper:
    """What letters of one mode are written on."""

    def __init__(self, mode: str) -> None:
        self._mode = mode

    def lay_out(self, letter: Letter) -> Sheet:
        """Raises AlertError where there is no template for it, or the template asks for what it does not say."""
        from css_inline import CSSInliner, InlineError
        from jinja2 import TemplateError

        subject = self._subject(letter)
        points = [(str(day), str(equity)) for day, equity in letter.facts.get("curve", ())]
        picture = curve(points)
        page = {
            "letter": letter,
            "f": letter.facts,
            "mode": self._mode,
            "subject": subject,
            "picture": f"cid:{CURVE}" if picture is not None else "",
        }
        try:
            template = f"{letter.kind}.j2"
            html = _environment("html").get_template(template).render(page, layout="layout.html.j2")
            text = _environment("txt").get_template(template).render(page, layout="layout.txt.j2")
            html = CSSInliner(load_remote_stylesheets=False).inline(html)
        except (TemplateError, InlineError) as problem:
            raise AlertError(f"letter {letter.key} cannot be laid out: {problem}") from problem
        return Sheet(subject, text, html, {CURVE: picture} if picture is not None else {})

    def _subject(self, letter: Letter) -> str:
        again = "Correction: " if letter.correction else ""
        level = "" if letter.level.value == "info" else f"{letter.level.name}: "
        return plain(f"[{self._mode.upper()}] {level}{again}{letter.subject}", LONGEST_SUBJECT)


@cache
def _environment(form: str) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=form == "html",  # noqa: S701 - the other form is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
