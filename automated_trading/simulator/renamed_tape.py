"""A tape whose symbols have changed: a new name goes on where the old one stood, and the old one is nobody's.

Law of the file: the prices are the inner tape's; only the names are others.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from automated_trading.simulator.tape import Bar, Tape


class RenamedTape:
    """`names` leads from the name of now to the one the inner tape knows; `gone` are names that mean nothing now."""

    def __init__(self, inner: Tape, names: dict[str, str], gone: set[str]) -> None:
        self.inner, self.names, self.gone = inner, names, gone

    def price(self, symbol: str, at: datetime) -> Decimal | None:
        """The standing price."""
        return None if symbol in self.gone else self.inner.price(self._first(symbol), at)

    def knows(self, symbol: str) -> bool:
        """Whether the symbol is an asset now."""
        return symbol not in self.gone and self.inner.knows(self._first(symbol))

    def symbols(self) -> list[str]:
        """The assets a listing shows, by their names of now."""
        renamed = {first: symbol for symbol, first in self.names.items()}
        listed = (renamed.get(symbol, symbol) for symbol in self.inner.symbols())
        return sorted(symbol for symbol in listed if symbol not in self.gone)

    def day_bar(self, symbol: str, day: date, until: datetime) -> Bar | None:
        """That session's bar as far as `until`."""
        return None if symbol in self.gone else self.inner.day_bar(self._first(symbol), day, until)

    def last_day(self, symbol: str, before: date) -> date | None:
        """The latest session before that date with prices."""
        return None if symbol in self.gone else self.inner.last_day(self._first(symbol), before)

    def _first(self, symbol: str) -> str:
        return self.names.get(symbol, symbol)
