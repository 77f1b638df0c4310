"""`morning`, `monitor`, `eod`: one cycle of the desk, said in words.

Law of the file: far outside every window nothing heavy is even imported; the verdict is the cycle's, not this file's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.commands.asked import Asked, in_new_york, read_time
from automated_trading.commands.post import Post
from automated_trading.commands.pulse import Pulse, pulse
from automated_trading.commands.screen import Screen
from automated_trading.decisions.windows import Routine, closing_not_due, entry_window
from automated_trading.domain.errors import AuditError, UsageError
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import new_york
from automated_trading.settings import Settings
from automated_trading.settings.urls import is_loopback

if TYPE_CHECKING:
    from automated_trading.assembly import World
    from automated_trading.engine.desk import Outcome

MARGIN = timedelta(minutes=10)
FARTHEST = timedelta(days=366)


def trade(asked: Asked, routine: Routine) -> int:
    """Run a routine once; returns its exit code. Raises TradingError."""
    settings, screen = asked.settings(), Screen(asked)
    with (
        pulse(settings, screen, routine.value) as ended,
        Post(asked, settings, screen, routine.value) as post,
    ):
        code = _once(settings, screen, routine, post, ended)
        ended.code = code
    return code


def _once(settings: Settings, screen: Screen, routine: Routine, post: Post, ended: Pulse) -> int:
    asked = screen.asked
    if asked.at is not None and settings.endpoint() is not None:
        raise UsageError("--at moves the simulated exchange of this folder: it needs simulated mode, without a URL")
    idle = nothing_due(settings, routine, asked.now)
    if idle is not None:
        ended.said = f"nothing due: {idle}"
        screen.say(f"{settings.mode.value.upper()} {routine.value}: nothing due: {idle}")
        if asked.json:
            said = {"schema": 1, "mode": settings.mode.value, "command": routine.value, "exit_code": 0}
            screen.document({**said, "said": f"nothing due: {idle}", "events": []})
        return 0
    from automated_trading.assembly import assembled
    from automated_trading.engine.cycle import run_cycle

    with assembled(settings, asked.cwd, now=asked.now, dry_run=asked.dry_run) as world:
        move(screen, world, routine)
        if routine is Routine.EOD:
            _prove(world)
        post.telling = True
        outcome = run_cycle(world.desk, routine)
        ended.said = outcome.said
        code = report(screen, settings, world, outcome)
    post.look_at(outcome)
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
    if routine is Routine.EOD:
        return closing_not_due(session, now + MARGIN)
    begins, ends = (
        (session.opens, session.closes) if routine is Routine.MONITOR else entry_window(session, EntryRules())
    )
    if begins - MARGIN <= now <= ends + MARGIN:
        return None
    return f"{routine.value} is for {new_york(begins):%H:%M} to {new_york(ends):%H:%M} New York on a session day"


def move(screen: Screen, world: World, routine: Routine) -> None:
    """A simulated exchange in this process lives through the time between two commands. Raises UsageError."""
    if world.exchange is None:
        return
    from automated_trading.assembly.in_process import next_simulated_time

    now, typed = world.exchange.now, screen.asked.at
    at = read_time(typed, now) if typed is not None else next_simulated_time(routine, now)
    if at < now:
        screen.say(f"--at {in_new_york(at)} has passed at this exchange; its clock never goes back", "warn")
    if at > now + FARTHEST:
        raise UsageError(f"--at {in_new_york(at)} is more than a year after the exchange's clock, {in_new_york(now)}")
    world.move_clock(at)


def report(screen: Screen, settings: Settings, world: World, outcome: Outcome) -> int:
    """Say what a run did; `eod` also prints the session's page. Returns the exit code."""
    from automated_trading.domain.codec import encode_event
    from automated_trading.domain.events import OrderAccepted
    from automated_trading.reports.summary import session_summary
    from automated_trading.reports.words import is_grave, tell

    code, rules = outcome.exit_code, settings.rules.breakers
    ended = outcome.command == "eod"
    page = session_summary(outcome.state, settings.mode.value, outcome.head, rules) if ended else []
    dry = "DRY RUN, nothing is sent: " if screen.asked.dry_run else ""
    screen.say(
        f"{dry}{settings.mode.value.upper()} {outcome.command} {in_new_york(outcome.at)}: {outcome.said}", "title"
    )
    for event in outcome.events:
        words = tell(event) if screen.asked.verbose or screen.asked.dry_run or is_grave(event) else None
        if words is not None and not (screen.asked.dry_run and isinstance(event, OrderAccepted)):
            screen.say(f"  {words}")
    for problem in outcome.problems:
        screen.say(f"  problem: {problem}", "bad")
    for line in page:
        screen.say(f"  {line}")
    if code:
        screen.wrong(next(iter(outcome.problems), outcome.said))
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


def _prove(world: World) -> None:
    """The whole record must hold before a session is closed on it. Raises AuditError."""
    from automated_trading.adapters.proof import prove

    problems = prove(world.folder.folder).problems
    if problems:
        raise AuditError(f"the audit log does not hold: {problems[0]}; `automated-trading audit verify` lists all")
