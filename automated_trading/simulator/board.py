"""What the market shows: bid, ask, last and closes, from the tape or from the owner's hand.

A price laid by hand stands until the next one and is remembered as that session's close. What was said before a
split stays as it was said, and is divided only for who asks for adjusted prices.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from automated_trading.simulator.calendar import (
    latest_session,
    new_york_date,
    next_close,
    session_before,
    session_on,
)
from automated_trading.simulator.quotes import Laid, Quote
from automated_trading.simulator.renamed_tape import RenamedTape
from automated_trading.simulator.tape import CENT, Bar, Tape
from automated_trading.simulator.troubles import CALM
from automated_trading.simulator.weather import Halt, Weather

__all__ = ["Board", "Laid", "Quote", "last_two_days"]

_FINE = Decimal("0.0001")


class Board:
    """The tape with the owner's hand over it, seen through the weather.

    `names` leads from a symbol to the one its asset was first known by; `gone` are symbols that are nobody's now.
    """

    def __init__(self, tape: Tape, spread: Decimal, weather: Weather | None = None) -> None:
        self.tape = tape
        self.weather = weather or Weather(0, CALM)
        self.names: dict[str, str] = {}
        self.gone: set[str] = set()
        self.laid: dict[str, Laid] = {}
        self.closes: dict[str, dict[date, Decimal]] = {}
        self.splits: dict[str, list[tuple[date, Decimal]]] = {}
        self._below, self._above = 1 - spread / 2, 1 + spread / 2

    def knows(self, symbol: str) -> bool:
        """Whether it is an asset."""
        return symbol in self.laid or self.tape.knows(symbol)

    def first_name(self, symbol: str) -> str:
        """The name the symbol's asset was first known by."""
        return self.names.get(symbol, symbol)

    def last(self, symbol: str, now: datetime) -> Decimal | None:
        """The last trade's price, as it is shown."""
        if self.weather.clear:
            return self._last(symbol, self.laid.get(symbol) if self.laid else None, now)
        halt = self.weather.halt(symbol, now)
        if halt is not None:
            return self._last(symbol, halt.laid or self.laid.get(symbol), halt.since)
        return self.weather.last(symbol, now, self._last(symbol, self.laid.get(symbol), now))

    def quote(self, symbol: str, now: datetime) -> Quote | None:
        """The quote that is shown; a tape's is stamped `now` and lies round its price, rounded away from it."""
        laid = self.laid.get(symbol) if self.laid else None
        if self.weather.clear:
            return self._standing(symbol, laid, now)
        halt = self.weather.halt(symbol, now)
        if halt is None:
            return self.weather.quote(symbol, now, lambda at: self._standing(symbol, laid, at))
        quote = self._standing(symbol, halt.laid or laid, halt.since)
        return None if quote is None else replace(quote, at=min(quote.at, halt.since))

    def said_at(self, symbol: str, now: datetime) -> datetime:
        """When the last trade was."""
        halt = None if self.weather.clear else self.weather.halt(symbol, now)
        now = now if halt is None else halt.since
        laid = self.laid.get(symbol)
        return now if laid is None or laid.at is None else min(laid.at, now)

    def lay(self, symbol: str, laid: Laid) -> None:
        """The owner's hand over the tape; over a name that is nobody's now it lays another asset of that name."""
        if symbol in self.gone:
            self.gone.discard(symbol)
            self.names[symbol] = f"another {symbol}"
            self.see_names()
        self.laid[symbol] = laid

    def halted(self, symbol: str, now: datetime) -> bool:
        """Whether nothing in the symbol trades."""
        return not self.weather.clear and self.weather.halt(symbol, now) is not None

    def halt(self, symbol: str, now: datetime) -> None:
        """From now on nothing in it trades, and what was shown last stays."""
        self.weather.halts[symbol] = Halt(now, self.laid.get(symbol))
        self.weather.settle()

    def unhalt(self, symbol: str) -> None:
        """It trades again, where it stands now."""
        self.weather.halts.pop(symbol, None)
        self.weather.settle()

    def bad_print(self, symbol: str, price: Decimal, now: datetime) -> None:
        """Until this minute is over the last trade shows a price that never was."""
        self.weather.prints[symbol] = (now, price)
        self.weather.settle()

    def _last(self, symbol: str, laid: Laid | None, now: datetime) -> Decimal | None:
        return self.tape.price(symbol, now) if laid is None else laid.last

    def _standing(self, symbol: str, laid: Laid | None, now: datetime) -> Quote | None:
        if laid is not None and laid.bid is not None and laid.ask is not None:
            return Quote(laid.bid, laid.ask, laid.at or now)
        price = self._last(symbol, laid, now)
        if price is None:
            return None
        tick = CENT if price >= 1 else _FINE
        bid = (price * self._below).quantize(tick, ROUND_FLOOR)
        return Quote(bid, (price * self._above).quantize(tick, ROUND_CEILING), now)

    def day_bar(self, symbol: str, day: date, now: datetime) -> Bar | None:
        """The session's bar as far as `now`, stretched to a price laid by hand today."""
        bar = self.tape.day_bar(symbol, day, now)
        session, laid = session_on(day), self.laid.get(symbol)
        if session is None or now < session.open:
            return None
        kept = self.closes.get(symbol, {}).get(day)
        if kept is not None:
            return _stretched(bar, session.open, kept)
        current = latest_session(now)
        if laid is not None and laid.last is not None and current is not None and current.day == day:
            return _stretched(bar, session.open, laid.last)
        return bar

    def last_day(self, symbol: str, before: date) -> date | None:
        """The latest session before that date with a price of it."""
        days = [day for day in self.closes.get(symbol, ()) if day < before]
        day = self.tape.last_day(symbol, before)
        return max(days if day is None else [*days, day], default=None)

    def previous_close(self, symbol: str, now: datetime) -> Decimal | None:
        """The close of the latest session before today that has one, adjusted for splits since."""
        day = self.last_day(symbol, new_york_date(now))
        bar = None if day is None else self.day_bar(symbol, day, now)
        return None if bar is None else self.adjusted(symbol, bar).close

    def mark(self, symbol: str, now: datetime) -> Decimal | None:
        """What a holding counts for: the last trade, or the tape's, or the previous close."""
        price = self.last(symbol, now)
        if price is None or price <= 0:
            price = self.tape.price(symbol, now)
        return self.previous_close(symbol, now) if price is None else price

    def adjusted(self, symbol: str, bar: Bar) -> Bar:
        """The bar in shares of now: divided by every split after its day."""
        day = new_york_date(bar.at)
        for from_day, ratio in self.splits.get(symbol, ()):
            if day < from_day:
                prices = (_divided(price, ratio) for price in (bar.open, bar.high, bar.low, bar.close))
                bar = Bar(bar.at, *prices)
        return bar

    def split(self, symbol: str, ratio: Decimal, now: datetime) -> None:
        """Divide the standing price; closes are from before until the session that is on, or the next one."""
        laid = self.laid.get(symbol) or Laid(self.tape.price(symbol, now))
        session = latest_session(now)
        if session is not None and session.close <= now and laid.last is not None:
            self.closes.setdefault(symbol, {}).setdefault(session.day, laid.last)
        self.splits.setdefault(symbol, []).append((new_york_date(next_close(now)), ratio))
        if symbol in self.laid or laid.last is not None:
            last, bid, ask = (
                None if price is None else _divided(price, ratio) for price in (laid.last, laid.bid, laid.ask)
            )
            self.laid[symbol] = replace(laid, last=last, bid=bid, ask=ask)

    def rename(self, symbol: str, new: str) -> None:
        """The asset goes on under another name; prices, closes, splits and a halt go with it."""
        self.names[new] = self.names.pop(symbol, symbol)
        self.gone.add(symbol)
        self.gone.discard(new)
        for told in (self.laid, self.closes, self.splits, self.weather.halts, self.weather.prints):
            told.pop(new, None)
            if symbol in told:
                told[new] = told.pop(symbol)  # type: ignore[assignment]
        self.see_names()

    def see_names(self) -> None:
        """Look at the tape through the names of now."""
        inner = self.tape.inner if isinstance(self.tape, RenamedTape) else self.tape
        self.tape = RenamedTape(inner, self.names, self.gone) if self.names or self.gone else inner

    def set_close(self, symbol: str, price: Decimal, now: datetime) -> None:
        """What the last session that has ended closed at."""
        session = latest_session(now)
        if session is not None and now < session.close:
            session = session_before(session.day)
        if session is not None:
            self.closes.setdefault(symbol, {})[session.day] = price

    def close(self, day: date) -> None:
        """Remember prices laid by hand as that session's close."""
        for symbol, laid in self.laid.items():
            if laid.last is not None:
                self.closes.setdefault(symbol, {})[day] = laid.last


def _stretched(bar: Bar | None, opened: datetime, price: Decimal) -> Bar:
    if bar is None:
        return Bar(opened, price, price, price, price)
    return Bar(bar.at, bar.open, max(bar.high, price), min(bar.low, price), price)


def _divided(price: Decimal, ratio: Decimal) -> Decimal:
    exact = price / ratio
    return exact.quantize(CENT if exact >= 1 else _FINE)


def last_two_days(board: Board, symbol: str, now: datetime) -> tuple[date | None, date | None]:
    """The session the venue's daily bar is about, and the one before it that has prices."""
    session = latest_session(now)
    if session is None:
        return None, None
    return session.day, board.last_day(symbol, session.day)
