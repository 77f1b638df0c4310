"""Every kind of letter looks as it did when somebody last looked at it."""

from __future__ import annotations

import pytest

from automated_trading.adapters.letter_paper import TEMPLATES, Paper
from tests.reports.letters.golden_files import GOLDEN, Page, kept
from tests.reports.letters.scenes import SCENES, one

KINDS = sorted(SCENES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_letter_is_as_it_was_found_good(kind: str) -> None:
    sheet = Paper("paper").lay_out(one(kind))
    assert sheet.text == kept(f"{kind}.txt", sheet.text)
    assert Page(sheet.html).rows == Page(kept(f"{kind}.html", sheet.html)).rows


def test_every_template_has_a_scene_and_every_scene_its_golden_files() -> None:
    kinds = {path.stem for path in TEMPLATES.glob("*.j2") if "." not in path.stem}
    assert kinds == set(SCENES)
    assert {path.stem for path in GOLDEN.iterdir()} == set(SCENES)
