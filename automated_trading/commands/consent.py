"""Asking before something that cannot be taken back.

Law of the file: silence is no; where nobody can answer, `--yes` must have been said before anything was done.
"""

from __future__ import annotations

from automated_trading.commands.asked import Asked
from automated_trading.domain.errors import UsageError


def must_be_said(asked: Asked, yes: bool) -> None:
    """Raises UsageError where nobody is there to be asked and nobody said `--yes`."""
    if not yes and not asked.terminal:
        raise UsageError("this asks first, and nobody is at a terminal to answer: add --yes")


def agreed(asked: Asked, question: str, yes: bool) -> bool:
    """Whether the owner says yes. Raises UsageError where nobody can be asked."""
    must_be_said(asked, yes)
    if yes:
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
