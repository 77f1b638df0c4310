"""What the owner is told, kept for the post after everything else.

Law of the file: a letter is on record before it is kept, so that no run tells its matters twice; one that was not kept
is found missing, by this run or the next, and told anew. Nothing here changes a trade or an exit code.
"""

from __future__ import annotations

from datetime import date

from automated_trading.domain.errors import AlertError
from automated_trading.domain.events import LetterKept, LetterLost, LetterSent
from automated_trading.domain.market import Market
from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import State
from automated_trading.engine.desk import Desk
from automated_trading.engine.journal import Journal
from automated_trading.reports.letters.occasion import Occasion
from automated_trading.reports.letters.written import letters

CARRIES_THE_HEAD = "evening"
"""The kind of letter that names a line of the log."""


def keep_letters(
    desk: Desk, journal: Journal, command: str, market: Market | None = None, unreachable: str | None = None
) -> None:
    """Compose what is to be told and keep it; on a disk without room to spare nothing is, until there is some again."""
    outbox = desk.outbox
    if outbox is None or journal.cramped is not None:
        return
    journal.begin()
    journal.miss_letters()
    sent = outbox.sent()
    waiting = (key for key, row in journal.state.letters.items() if not row.sent)
    journal.note_where_room([LetterSent(key) for key in waiting if key in sent])
    written = letters(journal.state, _occasion(desk, journal, command, market, unreachable))
    if any(letter.kind == CARRIES_THE_HEAD for letter in written):
        journal.durable()  # the line it names must outlive a power cut
    for letter in written:
        if not journal.note_where_room([LetterKept(letter.key, letter.kind, letter.session, letter.matters)]):
            return
        try:
            outbox.keep(letter)
        except AlertError as problem:
            journal.untold.append(f"a letter could not be kept: {problem}")
            journal.note_where_room([LetterLost(letter.key)])  # also where it is there, but not for certain


def _occasion(desk: Desk, journal: Journal, command: str, market: Market | None, unreachable: str | None) -> Occasion:
    return Occasion(
        command=command,
        session=market.session.date if market is not None else _session(journal.state, journal),
        now=journal.now,
        rules=desk.rules,
        head=journal.head,
        market=market,
        disabled=desk.gate.disabled(),
        unreachable=unreachable,
    )


def _session(state: State, journal: Journal) -> date:
    """Without the broker's word: the last session known, else today in New York."""
    return state.day.session or new_york_date(journal.now)
