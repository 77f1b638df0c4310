"""Each line of the log is proved and decoded once for its bytes, however many runs read it back.

Law of the file: what is spared is a pure function asked again for the very same bytes; a line of which one byte is
another is proved anew. The lines are folded anew in every run, and `Record`, which judges that, shares nothing with
this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from automated_trading.adapters import audit_fold, audit_survey
from automated_trading.adapters.audit_line import Line
from automated_trading.domain.state import LoggedEvent


@contextmanager
def proved_once() -> Iterator[None]:
    """While it lasts, lines are remembered by their bytes, and their events by the line."""
    parse, event_of = audit_survey.parse, audit_fold.event_of
    audit_survey.parse, audit_fold.event_of = cache(parse), _by_line(event_of)
    try:
        yield
    finally:
        audit_survey.parse, audit_fold.event_of = parse, event_of


def _by_line(event_of: Callable[[Line], LoggedEvent]) -> Callable[[Line], LoggedEvent]:
    known: dict[int, tuple[Line, LoggedEvent]] = {}

    def told(line: Line) -> LoggedEvent:
        found = known.get(id(line))
        if found is None:
            # the line is kept beside its event, so that no other line ever has its number
            found = known[id(line)] = line, event_of(line)
        return found[1]

    return told
