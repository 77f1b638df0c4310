"""`replay`: days of recorded signals and prices through the same cycle, in this process.

Law of the file: nothing outside is contacted or written, whatever the environment says. A replay ends by proving its
own record: the chain, the state, every entry of every file, and the money to the cent.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.clock import WallClock
from automated_trading.adapters.folder_store import event_of
from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.adapters.proof import add_up
from automated_trading.adapters.signal_days import SignalDays
from automated_trading.assembly import ReplayWorld, replay_desk
from automated_trading.commands.asked import Asked
from automated_trading.commands.replay_page import show
from automated_trading.commands.screen import Screen
from automated_trading.decisions.routines import entry_window
from automated_trading.domain.errors import ConfigError
from automated_trading.domain.money import cents
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import Session, at_new_york
from automated_trading.engine.desk import Outcome
from automated_trading.engine.replay import Schedule, replay as run
from automated_trading.reports.replay_document import Result, document
from automated_trading.reports.replay_report import Listed, Reach, figures, tallies
from automated_trading.settings.replay_keys import ReplayKeys, replay_settings
from automated_trading.simulator.market import RowsTape, read_csv

BEFORE_OPEN = timedelta(minutes=90)
INSTANT = timedelta(microseconds=1)
MORNING = time(9, 35)
PATIENCE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Days:
    """What is replayed: sessions, the signals' folder, and the tape."""

    sessions: tuple[Session, ...]
    signals: SignalDays
    tape: RowsTape


def replay(asked: Asked, signals: Path, prices: Path, changes: list[str]) -> int:
    """Replay the days, print what came of them; 0, or 8 (the record does not hold) or 1 (not all is accounted for).

    Raises ConfigError.
    """
    keys, rules = replay_settings(changes)
    overrides = {**asked.overrides, **rules, "alpaca_trading_mode": "simulated"}
    settings = replace(asked, overrides=overrides).settings()
    days = recorded_days(signals, prices)
    world = replay_desk(settings, keys, days.tape, days.signals, days.sessions[0].opens - BEFORE_OPEN)
    told = Problems()
    schedule = schedule_of(keys)
    total = sum(1 for session in days.sessions for _ in schedule.appointments(session))
    with progress(asked, total) as step:

        def seen(outcome: Outcome) -> None:
            told.hear(outcome)
            step()

        run(world.desk, days.sessions, world.exchange.advance_to, schedule, seen)
    result = judged(world, days, keys.replay_cash, told)
    screen = Screen(asked)
    if asked.json:
        screen.document(document(result))
    else:
        show(screen, result)
    return result.exit_code


@dataclass(slots=True)
class Problems:
    """What went wrong in the runs without stopping them, and whether any of it was a bug."""

    lines: list[str] = field(default_factory=list)
    bug: bool = False

    def hear(self, outcome: Outcome) -> None:
        """Keep a run's problems; one that comes again in the next run is told once."""
        self.bug = self.bug or outcome.exit_code == 1
        broken = outcome.market.signals.broken if outcome.market is not None else None
        told = [*outcome.problems, *([broken] if broken is not None else [])]
        day = outcome.state.day.session
        lines = (f"{day}: {problem}" for problem in told)
        self.lines.extend(line for line in lines if line not in self.lines[-20:])


def recorded_days(signals: Path, prices: Path) -> Days:
    """The days from the first signals file to the last file or price. Raises ConfigError."""
    source, tape = SignalDays(signals), read_tape(prices)
    dates = source.days()
    if not dates:
        raise ConfigError(f"the signals folder {signals} has no file named like 2026-01-22.json")
    span = tape.span()
    first, last = dates[0], max(dates[-1], span[1] if span is not None else dates[-1])
    try:
        calendar = bundled_calendar(first, last)
    except ValueError as problem:
        raise ConfigError(f"the days of {signals} and {prices} cannot be replayed: {problem}") from None
    sessions = tuple(session for session in calendar.sessions if first <= session.date <= last)
    if not sessions:
        raise ConfigError(f"between {first} and {last} the exchange does not open: there is nothing to replay")
    return Days(sessions, source, tape)


def read_tape(prices: Path) -> RowsTape:
    """The tape of a CSV of utc,ticker,price. Raises ConfigError naming the line."""
    try:
        return read_csv(prices.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise ConfigError(f"the prices {prices} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the prices {prices} are not UTF-8 text") from None
    except (ValueError, OverflowError, csv.Error) as problem:
        raise ConfigError(f"the prices {prices} cannot be used: {problem}") from None


def schedule_of(keys: ReplayKeys) -> Schedule:
    return Schedule(
        morning=keys.replay_morning,
        every=timedelta(minutes=int(keys.replay_monitor_minutes)),
        eod_after=timedelta(minutes=int(keys.replay_eod_minutes)),
    )


def judged(world: ReplayWorld, days: Days, start: Decimal, told: Problems) -> Result:
    """The replay's figures, and what its own record says of them."""
    log = world.store.log
    broken = log.verify()
    state, unsound = add_up(log.lines)
    events = [event_of(line) for line in log.lines]
    found = figures(events)
    listed = list(entries(days, world.desk.rules.entries))
    account = world.desk.broker.account()
    return Result(
        start=start,
        account=account,
        figures=found,
        days=tallies(listed, {day: days.signals.count(day) for day in days.signals.days()}, events),
        foreknown=sum(entry.foreknown for entry in listed),
        positions=tuple(world.store.state.positions[symbol] for symbol in sorted(world.store.state.positions)),
        holdings={holding.symbol: holding for holding in world.desk.broker.positions()},
        lines=len(log.lines),
        head=log.head,
        broken=(*broken, *unsound),
        folds=state == world.store.state,
        cash_by_fills=cents(start + found.cash_flow),
        problems=tuple(told.lines),
        bug=told.bug,
    )


def entries(days: Days, rules: EntryRules) -> Iterator[Listed]:
    """Every entry of every day's file, by the name the log has for it, and how near the tape comes to it."""
    for day in days.signals.days():
        session = next((one for one in days.sessions if one.date == day), None)
        listed = days.signals.read(at_new_york(day, MORNING))
        for signal in listed.signals:
            near = reach(days.tape, signal.ticker, session, rules)
            late = session is not None and signal.generated >= entry_window(session, rules)[1]
            yield Listed(day, signal.ticker, session is not None, near, foreknown=late)
        for bad in listed.malformed:
            yield Listed(day, bad.label, session is not None, Reach.NEVER)


def reach(tape: RowsTape, ticker: str, session: Session | None, rules: EntryRules) -> Reach:
    """How near the recorded prices come to a ticker in a session."""
    if session is not None:
        if tape.price(ticker, entry_window(session, rules)[1] - INSTANT) is not None:
            return Reach.MORNING
        if tape.price(ticker, session.closes - INSTANT) is not None:
            return Reach.DAY
    return Reach.EVER if tape.last_day(ticker, date.max) is not None else Reach.NEVER


@contextmanager
def progress(asked: Asked, total: int) -> Iterator[Callable[[], None]]:
    """A bar for a person who waits longer than a second."""
    if not asked.terminal:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    clock = WallClock()
    begun, done = clock.monotonic(), 0
    bar = Progress(console=Console(stderr=True, no_color=not asked.color), transient=True)
    task = bar.add_task("replay", total=total)

    def step() -> None:
        nonlocal done
        done += 1
        bar.update(task, completed=done)
        if not bar.live.is_started and clock.monotonic() - begun > PATIENCE_SECONDS:
            bar.start()

    try:
        yield step
    finally:
        bar.stop()
