"""All letters a run has to write.

Law of the file: pure, and in one order: the gravest first. What was told with the same words is not told again; what
was told otherwise goes as a correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from automated_trading.domain.letter_events import LetterKept
from automated_trading.domain.state import State
from automated_trading.domain.telling import letter as told
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters import (
    changes,
    differences,
    evening,
    fills,
    guards,
    halts,
    line,
    morning,
    silence,
)
from automated_trading.reports.letters.occasion import Occasion, is_news

Family = Callable[[State, Occasion], Iterable[Letter]]

FAMILIES: tuple[Family, ...] = (
    line.unreachable,
    guards.unprotected,
    guards.unguarded,
    silence.silence,
    halts.halt,
    differences.differences,
    changes.settings,
    halts.warned,
    morning.morning,
    fills.fills,
    halts.resumed,
    differences.settled,
    line.reached,
    evening.evening,
)

GRAVEST_FIRST = (Level.CRITICAL, Level.WARNING, Level.INFO)


def letters(state: State, occasion: Occasion) -> list[Letter]:
    """Everything that should have been told by now and was not."""
    written: list[Letter] = []
    so_far = state
    for family in FAMILIES:
        for letter in family(so_far, occasion):
            if is_news(so_far, letter.matters):
                written.append(_corrected(state, letter))
                so_far = told(so_far, LetterKept(letter.key, letter.kind, letter.session, letter.matters))
    return sorted(written, key=lambda letter: GRAVEST_FIRST.index(letter.level))


def _corrected(state: State, letter: Letter) -> Letter:
    """A letter that tells a matter otherwise than it was told says so."""
    told_otherwise = any(
        name in state.told and state.told[name].digest != digest for name, digest in letter.matters.items()
    )
    return replace(letter, correction=True) if told_otherwise else letter
