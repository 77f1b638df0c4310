"""`replay`: days of recorded signals and prices through the same cycle, in this process.

Law of the file: nothing outside is contacted or written, whatever the environment says. A replay ends by proving its
own record: the chain, the state, every entry of every file, and the money to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.clock import WallClock
from automated_trading.adapters.folder_store import event_of
from automated_trading.adapters.proof import add_up
from automated_trading.assembly.replay import ReplayWorld, replay_desk
from automated_trading.commands.asked import Asked
from automated_trading.commands.replay_change_page import show_change
from automated_trading.commands.replay_days import BEFORE_OPEN, Days, counts, entries, recorded_days, signal_closes
from automated_trading.commands.replay_page import show
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import UsageError
from automated_trading.domain.money import cents
from automated_trading.domain.sessions import new_york_date
from automated_trading.engine.desk import Outcome
from automated_trading.engine.replay import Schedule, replay as run
from automated_trading.reports.replay_change import Comparison, compared
from automated_trading.reports.replay_document import document
from automated_trading.reports.replay_fates import tallies, told_of
from automated_trading.reports.replay_report import figures
from automated_trading.reports.replay_result import Held, Proof, Result
from automated_trading.settings import Settings
from automated_trading.settings.replay_keys import ReplayKeys, replay_settings

PATIENCE_SECONDS = 1


def replay(asked: Asked, signals: Path, prices: Path, changes: list[str], compare: bool = False) -> int:
    """Replay the days, print what came of them; 0, or 8 (the record does not hold) or 1 (not all is accounted for).

    `compare` replays them under the unchanged rules too and prints what the changed ones changed. Raises ConfigError,
    UsageError.
    """
    keys, rules = replay_settings(changes)
    if compare and not rules:
        raise UsageError("--compare needs a rule to change, like --set max_positions=3")
    changed, unchanged = simulated(asked, rules), simulated(asked, {}) if compare else None
    days = recorded_days(signals, prices)
    cycles = sum(1 for session in days.sessions for _ in schedule_of(keys).appointments(session))
    with progress(asked, cycles * (1 if unchanged is None else 2)) as step:
        before = replayed(unchanged, keys, days, step) if unchanged is not None else None
        result = replayed(changed, keys, days, step)
    if unchanged is None or before is None:
        return told(asked, result)
    return told_beside(asked, Comparison(rules_changed(unchanged, changed), before, result))


def simulated(asked: Asked, rules: Mapping[str, object]) -> Settings:
    """The settings in force with these rules in their place. Raises ConfigError."""
    return replace(asked, overrides={**asked.overrides, **rules, "alpaca_trading_mode": "simulated"}).settings()


def rules_changed(old: Settings, new: Settings) -> dict[str, tuple[str, str]]:
    """The rules that differ, by documented name."""
    before, after = old.rule_values(), new.rule_values()
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


def told(asked: Asked, result: Result) -> int:
    """Print a replay; its exit code."""
    screen = Screen(asked)
    if asked.json:
        screen.document(document(result))
    else:
        show(screen, result)
    return result.exit_code


def told_beside(asked: Asked, comparison: Comparison) -> int:
    """Print a replay and what differs from the other; the graver exit code."""
    screen = Screen(asked)
    if asked.json:
        screen.document(compared(comparison))
    else:
        show(screen, comparison.new)
        show_change(screen, comparison)
    return comparison.exit_code


def replayed(settings: Settings, keys: ReplayKeys, days: Days, step: Callable[[], None]) -> Result:
    """The days under these settings. Raises as `run_cycle`."""
    world = replay_desk(settings, keys, days.tape, days.signals(), days.sessions[0].opens - BEFORE_OPEN)
    closes = signal_closes(days) if keys.replay_signal_closes else {}
    problems = Problems()

    def seen(outcome: Outcome) -> None:
        problems.hear(outcome)
        step()

    run(world.desk, days.sessions, moving(world, closes), schedule_of(keys), seen)
    result = judged(world, days, keys.replay_cash)
    return replace(
        result,
        signal_closes=sum(len(of_day) for of_day in closes.values()),
        problems=tuple(problems.lines),
        bug=problems.bug,
    )


def moving(world: ReplayWorld, closes: Mapping[date, Mapping[str, Decimal]]) -> Callable[[datetime], None]:
    """What moves the clock; on reaching a session's day it lays the closes that are told for it."""
    ahead = dict(closes)

    def move_to(at: datetime) -> None:
        world.exchange.advance_to(at)
        for symbol, price in ahead.pop(new_york_date(at), {}).items():
            world.exchange.set_close(symbol, price)

    return move_to


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


def schedule_of(keys: ReplayKeys) -> Schedule:
    return Schedule(
        morning=keys.replay_morning,
        every=timedelta(minutes=int(keys.replay_monitor_minutes)),
        eod_after=timedelta(minutes=int(keys.replay_eod_minutes)),
    )


def judged(world: ReplayWorld, days: Days, start: Decimal) -> Result:
    """The replay's figures, and what its own record says of them."""
    log, state = world.store.log, world.store.state
    broken = log.verify()
    again, unsound = add_up(log.lines)
    events = [event_of(line) for line in log.lines]
    found = figures(events)
    account = world.desk.broker.account()
    fates = told_of(entries(days, world.desk.rules.entries), events)
    return Result(
        start=start,
        account=account,
        figures=found,
        told=fates,
        days=tallies(fates, counts(days)),
        held=held_at_the_end(world, days),
        signal_closes=0,
        proof=Proof(
            lines=len(log.lines),
            head=log.head,
            broken=(*broken, *unsound),
            folds=again == state,
            by_fills=cents(start + found.cash_flow),
            books=state.cash,
        ),
    )


def held_at_the_end(world: ReplayWorld, days: Days) -> tuple[Held, ...]:
    """What stands open, each at the exchange's mark, and how old the last recorded price of it is."""
    positions, end = world.store.state.positions, days.sessions[-1].date + timedelta(days=1)
    marks = {holding.symbol: holding.mark for holding in world.desk.broker.positions()}
    return tuple(
        Held(positions[symbol], marks.get(symbol), days.tape.last_day(symbol, end)) for symbol in sorted(positions)
    )


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
