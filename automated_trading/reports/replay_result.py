"""Everything a replay has to say, and whether it may be believed.

Law of the file: a result that does not hold says so in `exit_code`, not only in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from automated_trading.domain.market import Account
from automated_trading.domain.money import ZERO, cents
from automated_trading.domain.positions import Position
from automated_trading.reports.replay_fates import Kind, Tally, Told, in_all
from automated_trading.reports.replay_report import Figures


@dataclass(frozen=True, slots=True)
class Held:
    """A position that stands at the end; `priced` is the last session that recorded a price of it."""

    position: Position
    mark: Decimal | None
    priced: date | None

    @property
    def open_profit(self) -> Decimal | None:
        """What selling it at its mark would bring over its cost; None without a mark."""
        return cents(self.position.qty * self.mark - self.position.cost) if self.mark is not None else None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a replay's own record says of it.

    `broken` and `folds` judge the log and the state; `by_fills` is what the start and the desk's own fills leave in
    cash, and `books` the cash its books tell.
    """

    lines: int
    head: tuple[int, str]
    broken: tuple[str, ...]
    folds: bool
    by_fills: Decimal
    books: Decimal | None


@dataclass(frozen=True, slots=True)
class Result:
    """One replay. `signal_closes` is how many closes were signals' own prices, `bug` whether a run ended in one."""

    start: Decimal
    account: Account
    figures: Figures
    told: tuple[Told, ...]
    days: Mapping[date, Tally]
    held: tuple[Held, ...]
    signal_closes: int
    proof: Proof
    problems: tuple[str, ...] = ()
    bug: bool = False

    @property
    def total(self) -> Tally:
        return in_all(self.days.values())

    @property
    def foreknown(self) -> int:
        """Entries dated after their session's entry window."""
        return sum(one.entry.foreknown for one in self.told)

    @property
    def open_profit(self) -> Decimal:
        """Of all that is still held and has a mark."""
        return profit_of(self.held)

    @property
    def old_prices(self) -> tuple[Held, ...]:
        """What is held and has no recorded price of the last session: its open profit may be long gone."""
        last = max(self.figures.sessions, default=None)
        return tuple(held for held in self.held if held.priced != last)

    @property
    def counted(self) -> int:
        """Entries the log tells of."""
        return sum(self.total.fates.values()) - self.total.of(Kind.UNTOLD)

    @property
    def accounted(self) -> bool:
        """Whether every entry of every day is counted once."""
        return all(tally.accounted for tally in self.days.values())

    @property
    def money_holds(self) -> bool:
        """Whether the exchange's cash, the desk's own fills and its books agree, to the cent.

        A recorded exchange takes no fee and pays nothing: fills are all that may move cash.
        """
        books = self.proof.books
        return self.account.cash == self.proof.by_fills and (books is None or cents(books) == self.account.cash)

    @property
    def exit_code(self) -> int:
        """8 where the record does not hold; 1 where an entry, the money or a run is not in order; else 0."""
        if self.proof.broken or not self.proof.folds:
            return 8
        return 0 if self.accounted and self.money_holds and not self.bug else 1


def profit_of(held: Iterable[Held]) -> Decimal:
    """The open profit of these together, as far as they have marks."""
    return sum((one.open_profit or ZERO for one in held), ZERO)
