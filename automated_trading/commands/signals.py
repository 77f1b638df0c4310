"""`signals check FILE`: what each entry is, and what would be done with it now.

Law of the file: the rules judge, on a photograph of this moment, and nothing is written or sent; where there is no
market to photograph, the file and the records judge alone, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.adapters.signal_file import SignalFile
from automated_trading.assembly import assembled
from automated_trading.commands.asked import Asked, in_new_york
from automated_trading.commands.screen import Screen
from automated_trading.decisions.routines import entry_window
from automated_trading.domain.errors import BrokerError, ConfigError
from automated_trading.domain.market import Account, Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.sessions import new_york, utc_text
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import State
from automated_trading.engine.judging import judge
from automated_trading.reports.amounts import counted, price
from automated_trading.reports.signal_check import checked_by_records, checked_now, in_words
from automated_trading.settings import Settings

if TYPE_CHECKING:
    from automated_trading.assembly import World

SECTOR_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows of a file, when they were judged, and what the owner should know of the judging."""

    rows: list[dict[str, Any]]
    market: Market
    note: str
    problems: tuple[str, ...] = ()


def check(asked: Asked, file: Path) -> int:
    """Show every entry of a file; returns 0. Raises ConfigError where it is no list of signals."""
    settings, screen = asked.settings(), Screen(asked)
    with assembled(settings, asked.cwd, now=asked.now, keep=False) as world:
        listed = _read(asked, world, file)
        state, _ = world.folder.peek()
        checked = _checked(asked, settings, world, state, listed)
    if asked.json:
        at = {"at": utc_text(checked.market.now), "note": checked.note}
        head = {"schema": 1, "mode": settings.mode.value, "file": str(file), **at}
        screen.document({**head, "problems": list(checked.problems), "entries": checked.rows})
    _show(screen, settings, file, checked)
    return 0


def _read(asked: Asked, world: World, file: Path) -> SignalList:
    """The file on the desk's clock, which in a simulation is not this machine's. Raises ConfigError."""
    now = world.exchange.now if world.exchange is not None else asked.now
    listed = SignalFile(file, lambda: asked.now).read(now)
    if listed.missing is not None:
        raise ConfigError(f"there is no file {file}: name a file of signals, like data/approved_signals.json")
    if listed.broken is not None:
        raise ConfigError(f"{file} cannot be used: {listed.broken}")
    return listed


def _checked(asked: Asked, settings: Settings, world: World, state: State, listed: SignalList) -> Checked:
    rules = settings.rules
    try:
        found = judge(world.desk, state, listed)
    except BrokerError as problem:
        market = _without_a_broker(asked, state)
        rows = checked_by_records(listed, state, market, rules)
        return Checked(rows, market, f"the broker could not be asked: {problem}")
    market = found.market
    if not market.is_open:
        rows = checked_by_records(listed, found.state, market, rules)
        return Checked(rows, market, "the market is closed", found.problems)
    begins, ends = entry_window(market.session, rules.entries)
    inside = begins <= market.now < ends
    note = "" if inside else f"as if inside the entry window, {new_york(begins):%H:%M} to {new_york(ends):%H:%M}"
    return Checked(checked_now(listed, found.state, market, dict(found.answers)), market, note, found.problems)


def _without_a_broker(asked: Asked, state: State) -> Market:
    """What the bundled calendar and the records tell of this moment. Raises ConfigError beyond the calendar."""
    try:
        calendar = bundled_calendar(asked.now.date())
        session = calendar.latest_begun(asked.now)
        previous, following = calendar.before(session), calendar.after(session)
    except ValueError as problem:
        raise ConfigError(f"neither the broker nor the calendar can be asked: {problem}") from None
    account = state.marked or Account(state.account, ZERO, ZERO, ZERO)
    return Market(asked.now, session, previous, False, account, following=following)


def _show(screen: Screen, settings: Settings, file: Path, checked: Checked) -> None:
    screen.say(f"{settings.mode.value.upper()} {file}, {in_new_york(checked.market.now)}", "title")
    if checked.note:
        screen.say(checked.note, "warn")
    for problem in checked.problems:
        screen.say(f"problem: {problem}", "bad")
    good = [row for row in checked.rows if row["what"] == "signal"]
    bad = [[row["label"], in_words(row)] for row in checked.rows if row["what"] != "signal"]
    many = len({row["book"] for row in good}) > 1
    names = ["entry", *(["book"] if many else []), "score", "tier", "sector", "price", "age", "what would be done"]
    screen.table(counted(len(good), "signal"), names, [_cells(row, many) for row in good])
    screen.table(f"not usable: {len(bad)}", ["entry", "why"], bad)
    if not checked.rows:
        screen.say("the file holds no entry")


def _cells(row: dict[str, Any], many: bool) -> list[str]:
    sector = row["sector"] if len(row["sector"]) <= SECTOR_SHOWN else f"{row['sector'][: SECTOR_SHOWN - 2]}.."
    told = [row["score"], row["tier"], sector or "-", price(Decimal(row["price"])), _age(row["age_hours"])]
    return [row["ticker"], *([row["book"]] if many else []), *told, in_words(row)]


def _age(hours: str) -> str:
    """`14 h` up to two days, then `3 d`."""
    span = timedelta(hours=int(hours.partition(".")[0]))
    whole = span // timedelta(hours=1)
    return f"{whole} h" if whole < 48 else f"{span.days} d"
