"""`morning`, `monitor`, `eod`: one cycle of the desk, said in words.

Law of the file: far outside every window nothing heavy is even imported; the verdict is the cycle's, not this file's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.commands.asked import Asked, read_time
from automated_trading.commands.screen import Screen
from automated_trading.decisions.routines import Routine, entry_window
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import new_york
from automated_trading.settings import Settings
from automated_trading.settings.urls import is_loopback

if TYPE_CHECKING:
    from automated_trading.assembly import World
    from automated_trading.engine.desk import Outcome

MARGIN = timedelta(minutes=10)


def trade(asked: Asked, routine: Routine) -> int:
    """Run a routine once; returns its exit code. Raises TradingError."""
    settings, screen = asked.settings(), Screen(asked)
    idle = nothing_due(settings, routine, asked.now)
    if idle is not None:
        screen.say(f"{settings.mode.value.upper()} {routine.value}: nothing due: {idle}")
        if asked.json:
            said = {"schema": 1, "mode": settings.mode.value, "command": routine.value, "exit_code": 0}
            screen.document({**said, "said": f"nothing due: {idle}", "events": []})
        return 0
    from automated_trading.assembly import assembled
    from automated_trading.engine.cycle import run_cycle

    with assembled(settings, asked.cwd, now=asked.now, dry_run=asked.dry_run) as world:
        move(world, routine, asked)
        outcome = run_cycle(world.desk, routine)
        code = report(screen, settings, world, outcome)
    return code


def nothing_due(settings: Settings, routine: Routine, now: datetime) -> str | None:
    """Why Alpaca need not even be asked: more than ten minutes outside the routine's window, by the bundled table.

    A loopback broker is always asked, and so is Alpaca wherever the table does not reach.
    """
    endpoint = settings.endpoint()
    if endpoint is None or is_loopback(endpoint.trading_url):
        return None
    try:
        session = bundled_calendar(now.date()).latest_begun(now)
    except ValueError:
        return None
    begins, ends = _window(routine, session.opens, session.closes, entry_window(session, EntryRules()))
    if begins - MARGIN <= now <= ends + MARGIN:
        return None
    return f"{routine.value} is for {new_york(begins):%H:%M} to {new_york(ends):%H:%M} New York on a session day"


def _window(
    routine: Routine, opens: datetime, closes: datetime, entries: tuple[datetime, datetime]
) -> tuple[datetime, datetime]:
    if routine is Routine.MORNING:
        return entries
    if routine is Routine.MONITOR:
        return opens, closes
    return closes, closes + timedelta(days=7)


def move(world: World, routine: Routine, asked: Asked) -> None:
    """A simulated exchange in this process lives through the time between two commands."""
    from automated_trading.assembly import next_simulated_time

    if world.exchange is None:
        return
    now = world.exchange.now
    world.move_clock(read_time(asked.at, now) if asked.at else next_simulated_time(routine, now))


def report(screen: Screen, settings: Settings, world: World, outcome: Outcome) -> int:
    """Say what a run did; `eod` also proves the whole log and prints the session's page. Returns the exit code."""
    from automated_trading.domain.codec import encode_event
    from automated_trading.reports.summary import session_summary
    from automated_trading.reports.words import tell

    code = outcome.exit_code
    page = session_summary(outcome.state, settings.mode.value, outcome.head) if outcome.command == "eod" else []
    now = outcome.market.now if outcome.market is not None else world.desk.clock.now()
    dry = "DRY RUN, nothing is sent: " if screen.asked.dry_run else ""
    when = f"{new_york(now):%a %Y-%m-%d %H:%M} New York"
    screen.say(f"{dry}{settings.mode.value.upper()} {outcome.command} {when}: {outcome.said}", "title")
    if screen.asked.verbose or screen.asked.dry_run:
        for told in (tell(event) for event in outcome.events):
            if told is not None:
                screen.say(f"  {told}")
    for problem in outcome.problems:
        screen.say(f"  problem: {problem}", "bad")
    for line in page:
        screen.say(f"  {line}")
    if outcome.command == "eod" and not screen.asked.dry_run:
        code = _prove(screen, world) or code
    if screen.asked.json:
        rows = [{"event": name, "data": data} for name, data in map(encode_event, outcome.events)]
        screen.document(
            {
                "schema": 1,
                "mode": settings.mode.value,
                "command": outcome.command,
                "exit_code": code,
                "said": outcome.said,
                "problems": list(outcome.problems),
                "summary": page,
                "events": [row for row in rows if row["event"] != "checkpoint"],
                "log": {"seq": outcome.head[0], "hash": outcome.head[1]},
            }
        )
    return code


def _prove(screen: Screen, world: World) -> int:
    from automated_trading.adapters.audit_log import verify

    proof = verify(world.folder.folder)
    for problem in proof.problems:
        screen.say(f"  AUDIT LOG BROKEN: {problem}", "bad")
    return 8 if proof.problems else 0
