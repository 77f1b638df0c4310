"""What a replay runs over: sessions, the signals of each, recorded prices, and the closes that must be there.

Law of the file: recorded things are read strictly and told as they are; what is taken in place of a close nobody
recorded is counted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.nyse_table import bundled_calendar
from automated_trading.adapters.signal_days import SignalDays
from automated_trading.decisions.routines import entry_window
from automated_trading.domain.errors import ConfigError
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.sessions import Calendar, Session, at_new_york
from automated_trading.reports.replay_fates import Listed, Reach
from automated_trading.simulator.market import RowsTape, read_csv

BEFORE_OPEN = timedelta(minutes=90)
INSTANT = timedelta(microseconds=1)
MORNING = time(9, 35)


@dataclass(frozen=True, slots=True)
class Days:
    """What is replayed: sessions, the signals' folder, and the tape. `calendar` reaches beyond the sessions."""

    calendar: Calendar
    sessions: tuple[Session, ...]
    folder: Path
    tape: RowsTape

    def signals(self) -> SignalDays:
        """A reading of the folder of its own: one remembers when it read a day, and that is no other's moment."""
        return SignalDays(self.folder)


def recorded_days(signals: Path, prices: Path) -> Days:
    """The days from the first signals file to the last file or price. Raises ConfigError."""
    dates, tape = SignalDays(signals).days(), read_tape(prices)
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
    return Days(calendar, sessions, signals, tape)


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


def signal_closes(days: Days) -> dict[date, Mapping[str, Decimal]]:
    """By session, the closes of the session before that signals tell and no recorded price does.

    A signal found before the open was priced at the last close. One from before that close, or from after the open,
    tells another moment's price; and one the tape has no price of that day cannot be bought at any close.
    """
    signals = days.signals()
    found = {session.date: _closes_told(days, signals, session) for session in days.sessions}
    return {day: closes for day, closes in found.items() if closes}


def _closes_told(days: Days, signals: SignalDays, session: Session) -> dict[str, Decimal]:
    before = days.calendar.before(session)
    return {
        signal.ticker: signal.entry_price
        for signal in signals.read(session.opens - BEFORE_OPEN).signals
        if before.closes <= signal.generated < session.opens
        and days.tape.price(signal.ticker, session.closes - INSTANT) is not None
        and days.tape.last_day(signal.ticker, session.date) != before.date
    }


def counts(days: Days) -> dict[date, int]:
    """How many entries each day's file holds, usable or not."""
    signals = days.signals()
    return {day: signals.count(day) for day in signals.days()}


def entries(days: Days, rules: EntryRules) -> Iterator[Listed]:
    """Every entry of every day's file, by the name the log has for it, and how near the tape comes to it."""
    signals = days.signals()
    for day in signals.days():
        session = next((one for one in days.sessions if one.date == day), None)
        listed = signals.read(at_new_york(day, MORNING))
        for signal in listed.signals:
            near = reach(days.tape, signal.ticker, session, rules)
            late = session is not None and signal.generated >= entry_window(session, rules)[1]
            yield Listed(day, signal.ticker, session is not None, near, signal.score, foreknown=late)
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
