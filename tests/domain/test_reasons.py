"""Every reason has its sentence."""

from __future__ import annotations

import re

import pytest

from automated_trading.domain.reasons import SENTENCES, Reason


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_a_slug_with_a_sentence(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", reason.value)
    assert re.fullmatch(r"[A-Z].*\.", SENTENCES[reason])


def test_no_two_reasons_say_the_same() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES) == len(Reason)
