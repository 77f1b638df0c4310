"""Runs that did not come, or came late.

Law of the file: what was missed is found out and put on record by the run after; here it only becomes a letter.
"""

from __future__ import annotations

from collections.abc import Iterator

from automated_trading.domain.state import MissedRun, State
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, capped, digest, is_news, named, stamp


def silence(state: State, occasion: Occasion) -> Iterator[Letter]:
    """One letter of every missed or late run that was not told yet."""
    news = [row for row in state.day.missed if is_news(state, _matter(row))]
    if not news:
        return
    matters = {name: told for row in news for name, told in _matter(row).items()}
    subject = f"Missed or late: {named(f'{row.command} of {row.session}' for row in news)}"
    yield Letter(
        kind="silence",
        session=occasion.session,
        level=Level.WARNING,
        subject=subject,
        short=f"{subject}. {news[0].words}",
        matters=matters,
        facts={
            "said": "While no run looks, no stop is raised and nothing new is bought; what rests at the broker stays.",
            "rows": capped([[row.command, row.words, str(row.session)] for row in news]),
            "todo": "The scheduler's own log tells why; automated-trading status tells what is due next.",
        },
    )


def _matter(row: MissedRun) -> dict[str, str]:
    return {f"missed:{row.command}:{stamp(row.since)}:{stamp(row.until)}": digest(row.words)}
