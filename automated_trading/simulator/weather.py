"""What stands between the market and what is shown of it: halts, quotes that are wrong, a trade that never was.

Law of the file: the prices underneath are not touched, and nothing trades on what is not shown soundly. What comes by
seed holds for one symbol and one minute of a session (a halt: for a stretch of one session), whoever asks and however
often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from automated_trading.simulator.calendar import Session, open_session
from automated_trading.simulator.quotes import Laid, Quote
from automated_trading.simulator.tape import CENT
from automated_trading.simulator.troubles import Troubles, draw, happens

_MINUTE: Final = timedelta(minutes=1)
_ZERO: Final = Decimal(0)
Standing = Callable[[datetime], Quote | None]
"""What a symbol's quote soundly was at a moment."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Trading stopped at `since`; `laid` is what the owner's hand had laid by then."""

    since: datetime
    laid: Laid | None = None


class Weather:
    """Halts and prints by hand, everything else by seed. `clear` while there is nothing at all."""

    def __init__(self, seed: int, troubles: Troubles) -> None:
        self.seed, self.troubles = seed, troubles
        self.halts: dict[str, Halt] = {}
        self.prints: dict[str, tuple[datetime, Decimal]] = {}
        rates = (troubles.halted, troubles.stale, troubles.zero, troubles.crossed, troubles.absent, troubles.bad_print)
        self._calm = not any(rates)
        self.clear = self._calm

    def settle(self) -> None:
        """See anew whether all is clear; to be called when halts or prints have been laid or taken away."""
        self.clear = self._calm and not self.halts and not self.prints

    def halt(self, symbol: str, now: datetime) -> Halt | None:
        """The halt the symbol is in."""
        by_hand = self.halts.get(symbol)
        if by_hand is not None:
            return by_hand
        session = open_session(now)
        if session is None or not happens(self.troubles.halted, self.seed, "halted", symbol, session.day):
            return None
        since, until = self._stretch(symbol, session)
        return Halt(since) if since <= now < until else None

    def quote(self, symbol: str, now: datetime, standing: Standing) -> Quote | None:
        """The quote that is shown where no halt is."""
        if open_session(now) is None:
            return standing(now)
        match self._wrong(symbol, now):
            case "absent":
                return None
            case "zero":
                quote = standing(now)
                one_sided = draw(self.seed, "one-sided", symbol, _minute(now)) % 2
                return quote and replace(quote, bid=_ZERO, ask=quote.ask if one_sided else _ZERO)
            case "crossed":
                quote = standing(now)
                return quote and Quote(quote.ask + CENT, quote.bid, quote.at)
            case "stale":
                ago = now - _MINUTE * (3 + draw(self.seed, "ago", symbol, _minute(now)) % 28)
                quote = standing(ago)
                return quote and replace(quote, at=min(quote.at, ago))
            case _:
                return standing(now)

    def last(self, symbol: str, now: datetime, price: Decimal | None) -> Decimal | None:
        """The last trade that is shown where no halt is: the true one, or a bad print of this minute."""
        by_hand = self.prints.get(symbol)
        if by_hand is not None and _minute(by_hand[0]) == _minute(now):
            return by_hand[1]
        rate, minute = self.troubles.bad_print, _minute(now)
        if not price or open_session(now) is None or not happens(rate, self.seed, "bad print", symbol, minute):
            return price
        percent = 20 + draw(self.seed, "percent", symbol, minute) % 60  # of the true price; or as much above it
        if draw(self.seed, "above", symbol, minute) % 2:
            percent = 200 - percent
        return max((price * percent / 100).quantize(CENT), CENT)

    def _wrong(self, symbol: str, now: datetime) -> str:
        troubles, minute = self.troubles, _minute(now)
        kinds = {"absent": troubles.absent, "zero": troubles.zero, "crossed": troubles.crossed, "stale": troubles.stale}
        found = (kind for kind, rate in kinds.items() if happens(rate, self.seed, kind, symbol, minute))
        return next(found, "")

    def _stretch(self, symbol: str, session: Session) -> tuple[datetime, datetime]:
        """A halt of five minutes to an hour and a half that begins anywhere in the session; one in eight stays."""
        minutes = int((session.close - session.open) / _MINUTE)
        since = session.open + _MINUTE * (draw(self.seed, "since", symbol, session.day) % minutes)
        lasts = draw(self.seed, "lasts", symbol, session.day)
        return since, session.close if lasts % 8 == 0 else since + _MINUTE * (5 + lasts % 86)


@lru_cache(maxsize=4096)
def _minute(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M}"
