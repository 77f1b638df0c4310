"""A letter that tells nothing, to see that letters arrive.

Law of the file: sent on the owner's word alone and kept nowhere.
"""

from __future__ import annotations

from datetime import date

from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import digest

SUBJECT = "A trial letter: letters arrive"


def trial_letter(mode: str, day: date) -> Letter:
    """The letter of `doctor --send-test`."""
    return Letter(
        kind="trial",
        session=day,
        level=Level.INFO,
        subject=SUBJECT,
        short=f"{mode.upper()} desk: a trial letter, nothing has happened",
        matters={f"trial:{day}": digest("sent")},
        facts={
            "said": "automated-trading doctor --send-test sent this. Nothing has happened at the desk.",
            "heard": "Its letters come from this address, begin with the mode, and are told apart by colour.",
            "todo": "There is nothing to do. If it was put with the spam, say that it is none.",
        },
    )
