"""What cannot be taken back asks first; silence is no, and nobody to ask is an error."""

from __future__ import annotations

import pytest

from tests.commands.front_door import Door
from tests.commands.terminal import typed


@pytest.fixture
def holding(door: Door) -> Door:
    door.run("morning")
    return door


@pytest.mark.parametrize("words", [("exit", "ACME"), ("reconcile", "--adopt", "BOLT"), ("audit", "restart")])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_away_from_a_terminal_yes_must_be_said_before_anything_is_done(
    holding: Door, words: tuple[str, ...], options: tuple[str, ...]
) -> None:
    before = holding.tree()
    assert holding.run(*words, *options).failed(2, "--yes")
    assert holding.tree() == before


@pytest.mark.parametrize("answer", ["n\n", "\n", "maybe\n", "\x04"])
def test_anything_but_yes_is_no(holding: Door, answer: str) -> None:
    before = holding.books()
    seen = typed(holding, answer, "exit", "ACME")
    assert (seen.code, "sell all 198 ACME at the market? [y/N]" in seen.text) == (0, True)
    assert "nothing was done" in seen.text
    assert holding.books() == before


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_yes_is_yes(holding: Door, answer: str) -> None:
    seen = typed(holding, answer, "exit", "ACME")
    assert (seen.code, "ACME: sold, 198 shares" in seen.text) == (0, True)
