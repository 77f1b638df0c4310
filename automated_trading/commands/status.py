"""`status`: how things stand. Read only, no lock.

Law of the file: the log tells our side, the broker its own; where the broker cannot be asked the records are shown
and said to be stale.
"""

from __future__ import annotations

from typing import Any

from automated_trading.assembly import assembled
from automated_trading.commands.asked import Asked
from automated_trading.commands.letters_row import letters_row
from automated_trading.commands.screen import Screen
from automated_trading.commands.status_page import show
from automated_trading.domain.errors import BrokerError, MarketDataError
from automated_trading.engine.look import look
from automated_trading.reports.differences import name_of
from automated_trading.reports.status import document, exit_code


def status(asked: Asked) -> int:
    """Show how things stand; returns 0, 4 (broker not reached), 6 (books differ) or 5 (halted)."""
    settings, screen = asked.settings(), Screen(asked)
    mode = settings.mode.value
    with assembled(settings, asked.cwd, now=asked.now, keep=False) as world:
        state, head = world.folder.peek()
        market = None
        try:
            seen = look(world.desk, state)
        except (BrokerError, MarketDataError) as problem:
            screen.wrong(f"the broker could not be asked, what is shown is the record: {problem}")
        else:
            state, market = seen.state, seen.market
            for words in seen.problems:
                screen.wrong(words)
        latch = world.hand.latch()
        shown = document(state, mode, market, settings.rules, world.hand.disabled(), head)
    if latch is not None:
        shown["halted"] = True
        shown["halt_reasons"].setdefault("owner", latch.reason)
    shown["letters"] = letters_row(settings, asked.now)
    code = exit_code(state, stale=market is None, halted=shown["halted"])
    _last_word(screen, shown, code)
    if asked.json:
        screen.document(shown)
    else:
        show(screen, mode, shown, settings.rules.exits)
    return code


def _last_word(screen: Screen, shown: dict[str, Any], code: int) -> None:
    """The line on stderr of a code that is not nought; 4 has had its own."""
    if code == 6:
        apart = ", ".join(name_of(row) for row in shown["differences"] if row["confirmed"])
        screen.wrong(f"our books and the broker differ in {apart}; `automated-trading reconcile` explains")
    if code == 5:
        screen.wrong(f"halted ({', '.join(shown['halt_reasons'])}); `automated-trading resume` lifts an owner's halt")
