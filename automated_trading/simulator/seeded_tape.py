"""An invented market, drawn from a seed: prices for any ticker and any session of the calendar.

Every figure follows from the seed, the ticker and the date alone, so the order of questions changes nothing.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Context, Decimal

from automated_trading.simulator.calendar import Session, index_of, latest_session, session_before, session_on
from automated_trading.simulator.tape import ASSET, CENT, Bar

_LISTED = (
    "AAPL",
    "AMZN",
    "BA",
    "BRK.B",
    "CAT",
    "CVX",
    "GE",
    "GLD",
    "JNJ",
    "JPM",
    "KO",
    "MSFT",
    "NKE",
    "QQQ",
    "SPY",
    "XOM",
)
_BLOCK = 64  # sessions whose closes are drawn together
_KNOT = 1800  # seconds between the corners of an intraday path
_UNIT = Decimal("0.000001")  # of log price; levels are integers of it
_ROUGH = Context(prec=14)
_DAY = timedelta(hours=6, minutes=30)  # no session lasts longer
_KEPT = 20_000  # cached prices before the cache starts again


class SeededTape:
    """An invented market: per ticker a walk of about 2% a day that leans back to a base of 5 to 200 dollars.

    Closes are drawn in blocks of 64 sessions between corner levels, each session's path is a line through
    half-hourly corners from its open to exactly its close. Integers and Decimal only, so that every platform
    draws the same prices.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bases: dict[str, Decimal] = {}
        self._corners: dict[str, list[int]] = {}
        self._closes: dict[tuple[str, int], list[int]] = {}
        self._paths: dict[tuple[str, date], list[int]] = {}
        self._prices: dict[tuple[str, int], Decimal] = {}
        self._standing: dict[tuple[str, datetime], Decimal] = {}
        self._ended: dict[tuple[str, date], Bar] = {}

    def knows(self, symbol: str) -> bool:
        """Anything shaped like a ticker, except those that begin with ZZ."""
        return ASSET.fullmatch(symbol) is not None and not symbol.startswith("ZZ")

    def symbols(self) -> list[str]:
        """Some well-known names; every other ticker is an asset all the same."""
        return list(_LISTED)

    def price(self, symbol: str, at: datetime) -> Decimal | None:
        """The path's price in a session; outside one, the close before."""
        known = self._standing.get((symbol, at))
        if known is not None:
            return known
        session = latest_session(at)
        if session is None or not self.knows(symbol):
            return None
        second = int((min(at, session.close) - session.open).total_seconds())
        price = self._priced(symbol, self._level(symbol, session, second))
        if len(self._standing) > _KEPT:
            self._standing.clear()
        self._standing[(symbol, at)] = price
        return price

    def day_bar(self, symbol: str, day: date, until: datetime) -> Bar | None:
        """The session's bar as far as `until`."""
        ended = self._ended.get((symbol, day))
        if ended is not None and until - ended.at >= _DAY:
            return ended
        session = session_on(day)
        if session is None or until < session.open or not self.knows(symbol):
            return None
        bar = self._bar(symbol, session, until)
        if until - session.open >= _DAY:
            if len(self._ended) > _KEPT:
                self._ended.clear()
            self._ended[(symbol, day)] = bar
        return bar

    def _bar(self, symbol: str, session: Session, until: datetime) -> Bar:
        second = int((min(until, session.close) - session.open).total_seconds())
        path, now = self._path(symbol, session), self._level(symbol, session, second)
        seen = [*path[: second // _KNOT + 1], now]
        opened, high, low, close = (self._priced(symbol, level) for level in (path[0], max(seen), min(seen), now))
        return Bar(session.open, opened, high, low, close)

    def last_day(self, symbol: str, before: date) -> date | None:
        """The session before: this tape has every session."""
        session = session_before(before) if self.knows(symbol) else None
        return None if session is None else session.day

    def _level(self, symbol: str, session: Session, second: int) -> int:
        path = self._path(symbol, session)
        corner, past = divmod(second, _KNOT)
        return path[corner] + (path[corner + 1] - path[corner]) * past // _KNOT if past else path[corner]

    def _priced(self, symbol: str, level: int) -> Decimal:
        known = self._prices.get((symbol, level))
        if known is None:
            if len(self._prices) > _KEPT:
                self._prices.clear()
            raw = _ROUGH.multiply(self._base(symbol), _ROUGH.exp(level * _UNIT))
            known = self._prices[(symbol, level)] = max(raw.quantize(CENT), CENT)
        return known

    def _path(self, symbol: str, session: Session) -> list[int]:
        path = self._paths.get((symbol, session.day))
        if path is None:
            if len(self._paths) > _KEPT:
                self._paths.clear()
            index = index_of(session.day)
            count = int((session.close - session.open).total_seconds()) // _KNOT
            draws = self._draws(symbol, f"path/{session.day}", count + 1)
            start = self._close(symbol, index - 1) + draws[0] * 60 // 10_000
            steps = [draw * 96 // 10_000 for draw in draws[1:]]
            path = _bridge(start, self._close(symbol, index), steps)
            self._paths[(symbol, session.day)] = path
        return path

    def _close(self, symbol: str, index: int) -> int:
        block, place = divmod(index + 1, _BLOCK)
        levels = self._closes.get((symbol, block))
        if levels is None:
            corners = self._corners.get(symbol) or []
            while len(corners) < block + 2:
                draw = self._draws(symbol, f"corner/{len(corners)}", 1)[0]
                corners.append(corners[-1] * 4 // 5 + draw * 2770 // 10_000 if corners else 0)
            self._corners[symbol] = corners
            steps = [draw * 346 // 10_000 for draw in self._draws(symbol, f"block/{block}", _BLOCK)]
            levels = self._closes[(symbol, block)] = _bridge(corners[block], corners[block + 1], steps)
        return levels[place]

    def _base(self, symbol: str) -> Decimal:
        base = self._bases.get(symbol)
        if base is None:
            draw = self._draws(symbol, "base", 1)[0]
            base = self._bases[symbol] = Decimal(500 + (draw + 1_000_000) * 19_500 // 2_000_000).scaleb(-2)
        return base

    def _draws(self, symbol: str, name: str, count: int) -> list[int]:
        """`count` even draws between -1,000,000 and 1,000,000."""
        text = f"{self._seed}/{symbol}/{name}".encode()
        raw = hashlib.shake_256(text).digest(4 * count)
        words = (int.from_bytes(raw[n : n + 4]) for n in range(0, 4 * count, 4))
        return [word % 2_000_001 - 1_000_000 for word in words]


def _bridge(start: int, end: int, steps: list[int]) -> list[int]:
    """A walk of those steps, tilted so that it goes from `start` to exactly `end`."""
    tilt, walked, path = end - start - sum(steps), 0, [start]
    for n, step in enumerate(steps, 1):
        walked += step
        path.append(start + walked + tilt * n // len(steps))
    return path
