"""Lines of the log as a reader wants them: about one symbol, in words.

Law of the file: a line is about a symbol if it names it anywhere it may stand; a line that cannot be told is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from automated_trading.adapters.audit_line import RUN_FINISHED, Line
from automated_trading.adapters.folder_store import event_of
from automated_trading.domain.orders import TICKER
from automated_trading.reports.words import tell

PARTS = ("order", "signal", "trade", "position", "activity")
NAMES = ("symbol", "signal", "ticker")


def about(line: Line, symbol: str) -> bool:
    """Whether a line tells of a symbol."""
    return TICKER.fullmatch(symbol) is not None and symbol in _named(line)


def _named(line: Line) -> Iterator[str]:
    """Every ticker a line names."""
    yield str(line.data.get("client_order_id", "")).rsplit("-", 4)[0]
    for told in (line.data, *(line.data.get(part) for part in PARTS)):
        if not isinstance(told, Mapping):
            continue
        for found in (told.get(name) for name in NAMES):
            # an entry that is no signal calls itself "entry 3 (ACME)"
            yield from re.split(r"[ (),]+", found) if isinstance(found, str) else ()


def words_of(line: Line) -> str | None:
    """A line in words; None for one that only keeps the books."""
    if line.event == RUN_FINISHED:
        return f"{line.event}: {line.data.get('said', '')}"
    try:
        return tell(event_of(line))
    except ValueError:
        return None
