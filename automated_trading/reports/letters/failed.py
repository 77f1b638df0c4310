"""A run that came to nothing, or to less than it should have.

Law of the file: written without a state, for the state may be what failed. The same failure of the same command is told
once a day.
"""

from __future__ import annotations

from datetime import date

from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import digest

TODO = {
    "AuditError": "automated-trading audit verify tells what is wrong with the record. Nothing trades until then.",
    "ConfigError": "automated-trading config show lists every setting and where it comes from.",
    "StateError": "See to the data folder and its disk. Nothing is bought until then, and where no run gets through "
    "nothing is sold either.",
    "outbox": "Letters are held up: see to the folder outbox in the data folder, whose it is and whether its disk is "
    "full. Trading goes on; automated-trading status tells how many letters wait.",
    "OutOfTime": "The next run goes on where this one stopped. If it happens again, see how this machine does.",
}
OTHERWISE = "automated-trading status tells how things stand; the same command with -v tells more."


def failed_run(command: str, failure: str, words: str, day: date) -> Letter:
    """A letter of a failure, named in one word, in the words its command ended with."""
    subject = f"{command} failed: {words}"
    return Letter(
        kind="run_failed",
        session=day,
        level=Level.CRITICAL,
        subject=subject,
        short=subject,
        matters={f"run_failed:{command}:{failure}:{day}": digest("open")},
        facts={
            "said": f"The run of {command} did not do all of its work: {words}",
            "heard": "What rests at the broker rests on. Further failures of this kind today are not told again.",
            "todo": TODO.get(failure, OTHERWISE),
        },
    )
