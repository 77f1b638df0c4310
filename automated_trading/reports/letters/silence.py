"""Runs that did not come, or came late.

Law of the file: what was missed is found out by the run after; here it only becomes a letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from automated_trading.domain.state import State
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, capped, digest, is_news, named

Missed = tuple[str, date, str]
"""A command, the session it was missed or late in, and what is to be said of it."""


def silence(state: State, occasion: Occasion, missed: Sequence[Missed]) -> Iterator[Letter]:
    """One letter of every missed or late run that was not told yet."""
    news = [row for row in missed if is_news(state, _matter(row))]
    if not news:
        return
    matters = {name: told for row in news for name, told in _matter(row).items()}
    subject = f"Missed or late: {named(f'{command} of {session}' for command, session, _ in news)}"
    yield Letter(
        kind="silence",
        session=occasion.session,
        level=Level.WARNING,
        subject=subject,
        short=f"{subject}. {news[0][2]}",
        matters=matters,
        facts={
            "said": "While no run looks, no stop is raised and nothing new is bought; what rests at the broker stays.",
            "rows": capped([[command, words, str(session)] for command, session, words in news]),
            "todo": "See the scheduler's own log, then automated-trading status.",
        },
    )


def _matter(row: Missed) -> dict[str, str]:
    command, session, words = row
    return {f"missed:{command}:{session}": digest(words)}
