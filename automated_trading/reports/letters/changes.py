"""The rules are others than before.

Law of the file: which rule changed is not on record, only that the whole did; whoever did not change them must hear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from automated_trading.domain.state import State
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, clock, digest, is_news, stamp

TOLD_OF = timedelta(days=25)
"""Shorter than it is remembered that a change was told."""


def settings(state: State, occasion: Occasion) -> Iterator[Letter]:
    """The last change of the rules, once."""
    change = state.rules_change
    if change is None or occasion.now - change.since > TOLD_OF:
        return
    matters = {f"settings:{stamp(change.since)}:{change.new}": digest(change.old, change.new)}
    if not is_news(state, matters):
        return
    subject = f"Settings changed: rules {change.old} became {change.new}"
    yield Letter(
        kind="settings",
        session=occasion.session,
        level=Level.WARNING,
        subject=subject,
        short=subject,
        matters=matters,
        facts={
            "said": "The rules in force are not those of the run before. Positions keep the rules in force now; "
            "a change may raise a stop, never lower it.",
            "figures": [
                ["Rules before", change.old, ""],
                ["Rules now", change.new, f"since {clock(change.since)} New York"],
            ],
            "todo": "What is in force now: automated-trading config show. If nobody changed it, somebody did: "
            "automated-trading halt.",
        },
    )
