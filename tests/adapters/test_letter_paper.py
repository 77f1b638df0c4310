"""Letters on paper: whatever text a letter holds, the page keeps its shape, and can be read by day and by night."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import Any

import pytest

from automated_trading.adapters.letter_paper import CURVE, TEMPLATES, Paper
from automated_trading.domain.errors import AlertError
from automated_trading.reports.letter import Letter, Level
from tests.reports.letters.golden_files import Page
from tests.reports.letters.scenes import SCENES, one

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="http://evil.example">win</a>',
    "</td></tr></table></body></html>",
    "</title></style></script></textarea><b>out</b>",
    "<!-- ",
    "<style>body{display:none}</style>",
    "]]><![CDATA[",
    "&lt;b&gt; &amp; &#60;",
    "' onmouseover='alert(1)",
    "ACME\r\nBcc: thief@evil.example\r\n\r\n<h1>x</h1>",
    "AC\u202eEM\u2066 \u200b\ufeff",
    "{{7*7}} {% raw %} {# x #}",
    "{0.__class__} %s %(x)s ${x} #{x}",
    "{{ letter.__class__.__mro__ }}",
    "{% include 'layout.txt.j2' %}{% extends layout %}",
    "\x00\x1b[31mred\x07",
    "cid:equity-curve javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "\ud800 lone",
    "Z" * 10_000,
    "word " * 2_000,
    "<" * 10_000,
]


TAGS = ("a", "b", "base", "form", "iframe", "img", "input", "link", "meta", "object", "script", "style", "svg", "td")
BEFORE = ("", '">', "'>", "-->", "</style>", "</title>", "</td>", "]]>")
BEHIND = ("", " src=x", " onload=alert(1)", " href=javascript:alert(1)", "/", " style=display:none")
MANY = [f"{before}<{tag}{behind}>" for before in BEFORE for tag in TAGS for behind in BEHIND]


def filled(value: Any, foreign: str) -> Any:
    """The facts with foreign text in every place that has any."""
    if isinstance(value, str):
        return foreign if value else value
    if isinstance(value, dict):
        return {name: filled(one, foreign) if name != "curve" else one for name, one in value.items()}
    return [filled(one, foreign) for one in value]


@pytest.mark.parametrize("kind", sorted(SCENES))
def test_hostile_text_in_every_field_comes_out_as_text_and_the_page_keeps_its_shape(kind: str) -> None:
    """Seen red when: autoescape is off; when a fact is marked safe; when a letter's text is not cleaned."""
    benign = one(kind)
    shape = Counter(Page(Paper("paper").lay_out(benign).html).tags)
    for foreign in HOSTILE:
        letter = replace(benign, subject=foreign, short=foreign, facts=filled(dict(benign.facts), foreign))
        sheet = Paper("paper").lay_out(letter)
        assert Counter(Page(sheet.html).tags) == shape, foreign[:40]
        assert letter.subject in Page(sheet.html).text
        assert letter.subject in sheet.text
        assert len(sheet.subject) <= 120
        assert not re.search(r"[\r\n\x00-\x1f]", sheet.subject)
        sheet.subject.encode("utf-8")
        sheet.html.encode("utf-8")
        sheet.text.encode("utf-8")


@pytest.mark.parametrize("kind", ["evening", "fills", "morning"])
def test_several_hundred_tags_spread_over_the_fields_leave_none_of_their_own(kind: str) -> None:
    benign, payloads = one(kind), cycle(MANY)

    def spread(value: Any) -> Any:
        if isinstance(value, str):
            return next(payloads) if value else value
        return [spread(part) for part in value]

    shape = Counter(Page(Paper("paper").lay_out(benign).html).tags)
    for _ in range(len(MANY) // 20):
        facts = {name: fact if name == "curve" else spread(fact) for name, fact in benign.facts.items()}
        letter = replace(benign, subject=next(payloads), short=next(payloads), facts=facts)
        assert Counter(Page(Paper("paper").lay_out(letter).html).tags) == shape


def a_letter(**changes: Any) -> Letter:
    facts = {"said": "A sentence.", "lifted": []}
    return replace(Letter("resume", date(2026, 7, 15), Level.INFO, "It goes on", "on", {"a": "b"}, facts), **changes)


def test_the_subject_says_the_mode_the_level_and_a_correction() -> None:
    assert Paper("paper").lay_out(a_letter()).subject == "[PAPER] It goes on"
    grave = a_letter(level=Level.CRITICAL, correction=True)
    assert Paper("live").lay_out(grave).subject == "[LIVE] CRITICAL: Correction: It goes on"


@pytest.mark.parametrize(("mode", "colour"), [("paper", "#1d4ed8"), ("live", "#c2410c"), ("simulated", "#4b5563")])
def test_the_banner_has_the_colour_of_its_mode_and_both_parts_say_it(mode: str, colour: str) -> None:
    sheet = Paper(mode).lay_out(a_letter())
    assert re.search(rf'class="banner {mode}" style="[^"]*background-color: ?{colour}', sheet.html)
    assert mode.upper() in sheet.text.splitlines()[0]


def test_what_a_mail_program_shows_beside_the_subject_is_the_short_text() -> None:
    page = Page(Paper("paper").lay_out(a_letter(short="in one line")).html)
    assert page.texts[0] == "in one line"


def test_no_page_asks_for_anything_from_elsewhere() -> None:
    for kind in SCENES:
        html = Paper("paper").lay_out(one(kind)).html
        assert re.findall(r"https?:|@import|url\(|<script|<link|<form", html) == []


def test_only_a_letter_with_two_closings_or_more_has_a_picture() -> None:
    whole = one("evening")
    sheet = Paper("paper").lay_out(whole)
    assert list(sheet.pictures) == [CURVE]
    assert f'src="cid:{CURVE}"' in sheet.html
    first = replace(whole, facts={**whole.facts, "curve": whole.facts["curve"][:1]})
    sheet = Paper("paper").lay_out(first)
    assert (sheet.pictures, "<img" in sheet.html) == ({}, False)


def test_a_kind_without_a_template_and_a_fact_that_is_missing_are_told_apart_from_a_letter() -> None:
    """Seen red when: an undefined fact is shown as nothing."""
    with pytest.raises(AlertError, match="cannot be laid out"):
        Paper("paper").lay_out(a_letter(kind="nonesuch"))
    with pytest.raises(AlertError, match="'dict object' has no attribute 'lifted'"):
        Paper("paper").lay_out(a_letter(facts={"said": ""}))


def test_a_run_without_a_letter_imports_nothing_that_renders() -> None:
    asks = "import sys, automated_trading.adapters.letter_paper, automated_trading.engine.cycle as c; "
    heavy = {"jinja2", "css_inline", "markupsafe", "PIL"}
    asks += f"sys.exit(bool({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


# ---- colours ----------------------------------------------------------------------------------------------------

CSS = (TEMPLATES / "letter.css").read_text("ascii")
DARK = (TEMPLATES / "letter_dark.css").read_text("ascii")


def colours(css: str, name: str, prop: str) -> list[str]:
    """What a rule that names the selector sets the property to."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    mine = [body for selectors, body in rules if name in [one.strip() for one in selectors.split(",")]]
    return [found for body in mine for found in re.findall(rf"(?<![-\w]){prop}: (#[0-9a-f]{{6}})", body)]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 counts it."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


SHOWN = [".sheet", "h1", "h2", ".info", ".warning", ".critical", ".up", ".down", ".caption", ".foot"]


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("css", [CSS, DARK], ids=["day", "night"])
def test_every_text_can_be_read_on_the_sheet(css: str, name: str) -> None:
    (ground,) = colours(css, ".sheet", "background-color")
    assert contrast(colours(css, name, "color")[-1], ground) >= 4.5


@pytest.mark.parametrize("name", [".paper", ".live", ".simulated"])
def test_every_banner_can_be_read(name: str) -> None:
    (text,) = colours(CSS, ".banner", "color")
    assert contrast(text, colours(CSS, name, "background-color")[0]) >= 4.5


@pytest.mark.parametrize("css", [CSS, DARK], ids=["day", "night"])
def test_what_to_do_can_be_read_on_its_own_ground(css: str) -> None:
    assert contrast(colours(css, ".todo", "color")[0], colours(css, ".todo", "background-color")[0]) >= 4.5
