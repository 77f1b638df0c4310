"""What became of a letter, in plain words.

Law of the file: a letter is kept until it is known to have left.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e


def tell_letter(event: e.LetterEvent) -> str:
    """One line about a letter."""
    match event:
        case e.LetterKept():
            return f"letter kept: {event.kind} of {event.session}"
        case e.LetterLost():
            return f"letter lost before it was kept: {event.key}; what it told is told again"
        case e.LetterSent():
            return f"letter sent: {event.key}"
        case _:
            assert_never(event)
