"""What happens to the account and its shares by seed: each kind once a session at most, at a minute of its own.

Law of the file: what happens on a day, and when, follows from the seed and the date alone; to which of the shares held,
from the seed and what is held then. What the venue refuses its owner does not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from automated_trading.simulator import corporate, owners_hand
from automated_trading.simulator.calendar import in_new_york, new_york_date, next_close, session_on
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.troubles import Troubles, draw, happens

if TYPE_CHECKING:
    from automated_trading.simulator.venue import Venue

_MINUTE: Final = timedelta(minutes=1)
_BLOCKED_FOR: Final = timedelta(hours=1)
_SPLITS: Final = (Decimal(2), Decimal(3), Decimal("1.5"), Decimal(4))
_REVERSE_SPLITS: Final = (Decimal("0.1"), Decimal("0.5"), Decimal("0.2"), Decimal("0.25"))
_ANY_TIME: Final = ("deposit", "withdrawal", "hand_trade", "blocked")
_OVERNIGHT: Final = ("fee", "dividend", "split", "reverse_split", "rename", "delisting")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something of a kind at a moment; `chance` decides the rest."""

    at: datetime
    kind: str
    chance: int


@lru_cache(maxsize=1024)
def on(day: date, seed: int, troubles: Troubles) -> tuple[Happening, ...]:
    """What happens on a session's date, in order; overnight kinds before nine, or every fourth time in the session."""
    session = session_on(day)
    if session is None:
        return ()
    found: list[Happening] = []
    for kind in (*_ANY_TIME, *_OVERNIGHT):
        if not happens(getattr(troubles, kind), seed, kind, day):
            continue
        chance = draw(seed, "how", kind, day)
        first, last = session.open, session.close
        if kind in _OVERNIGHT and chance % 4:
            first, last = in_new_york(day, time(5)), in_new_york(day, time(9))
        at = first + _MINUTE * (draw(seed, "when", kind, day) % int((last - first) / _MINUTE))
        found.append(Happening(at, kind, chance >> 2))
        if kind == "blocked":
            found.append(Happening(min(at + _BLOCKED_FOR, session.close), "unblocked", chance >> 2))
    return tuple(sorted(found, key=lambda happening: (happening.at, happening.kind)))


def next_at(now: datetime, seed: int, troubles: Troubles) -> datetime:
    """When the next thing happens, or the next close where nothing does before it."""
    close = next_close(now)
    due = (happening.at for happening in on(new_york_date(close), seed, troubles) if happening.at > now)
    return min(close, next(due, close))


def live_through(exchange: Venue) -> None:
    """Let happen what happens exactly now."""
    for happening in on(new_york_date(exchange.now), exchange.seed, exchange.troubles):
        if happening.at == exchange.now:
            with suppress(Refused, ValueError):
                _HOW[happening.kind](exchange, happening.chance)


def apart(now: datetime, seed: int, troubles: Troubles) -> timedelta:
    """By how much the venue's clock is wrong that day: 6 seconds to two minutes, before or behind."""
    if not troubles.skew:
        return timedelta(0)
    day = new_york_date(now)
    if not happens(troubles.skew, seed, "skew", day):
        return timedelta(0)
    chance = draw(seed, "apart", day)
    seconds = timedelta(seconds=6 + (chance >> 1) % 115)
    return seconds if chance % 2 else -seconds


def dated(exchange: Venue) -> dict[str, str]:
    """The Date header of a venue whose clock is apart; one that is not tells none, for its clock is not the host's."""
    told = exchange.told_now()
    return {} if told == exchange.now else {"Date": format_datetime(told, usegmt=True)}


def _deposit(exchange: Venue, chance: int) -> None:
    owners_hand.pay(exchange, "CSD", _dollars(chance, 5000))


def _withdrawal(exchange: Venue, chance: int) -> None:
    amount = min(_dollars(chance, 5000), exchange.ledger.cash)
    if amount > 0:
        owners_hand.pay(exchange, "CSW", -amount)


def _fee(exchange: Venue, chance: int) -> None:
    owners_hand.pay(exchange, "FEE", -_dollars(chance, 25))


def _dividend(exchange: Venue, chance: int) -> None:
    symbol = _held(exchange, chance)
    owners_hand.pay(exchange, "DIV", exchange.ledger.held(symbol) * _dollars(chance, 50) / 100, symbol)


def _hand_trade(exchange: Venue, chance: int) -> None:
    symbol = _held(exchange, chance)
    if chance % 3 == 0:
        owners_hand.trade(exchange, symbol, "buy", Decimal(1 + chance % 20))
    else:
        held = exchange.ledger.held(symbol)
        owners_hand.trade(exchange, symbol, "sell", min(held, Decimal(1 + chance % max(1, int(held)))))


def _split(exchange: Venue, chance: int) -> None:
    corporate.split(exchange, _held(exchange, chance), _SPLITS[chance % len(_SPLITS)])


def _reverse_split(exchange: Venue, chance: int) -> None:
    ratio = _REVERSE_SPLITS[chance % len(_REVERSE_SPLITS)]
    corporate.split(exchange, _held(exchange, chance), ratio, cash_in_lieu=bool(chance >> 3 & 1))


def _rename(exchange: Venue, chance: int) -> None:
    letters = "".join(chr(ord("A") + (chance >> shift) % 26) for shift in (0, 5, 10))
    corporate.rename(exchange, _held(exchange, chance), f"Q{letters}")


def _delisting(exchange: Venue, chance: int) -> None:
    corporate.delist(exchange, _held(exchange, chance))


def _blocked(exchange: Venue, chance: int) -> None:
    _block(exchange, chance, on=True)


def _unblocked(exchange: Venue, chance: int) -> None:
    _block(exchange, chance, on=False)


def _block(exchange: Venue, chance: int, *, on: bool) -> None:
    match chance % 3:
        case 0:
            exchange.account_blocked = on
        case 1:
            exchange.trading_blocked = on
        case _:
            exchange.configurations["suspend_trade"] = on
    exchange.version += 1


def _held(exchange: Venue, chance: int) -> str:
    """One of the symbols held. Raises ValueError when there is none."""
    held = sorted(exchange.ledger.positions)
    if not held:
        raise ValueError("nothing is held")
    return held[chance % len(held)]


def _dollars(chance: int, most: int) -> Decimal:
    return Decimal(1 + chance % (most * 100)) / 100


_HOW: Mapping[str, Callable[[Venue, int], None]] = {
    "deposit": _deposit,
    "withdrawal": _withdrawal,
    "fee": _fee,
    "dividend": _dividend,
    "hand_trade": _hand_trade,
    "split": _split,
    "reverse_split": _reverse_split,
    "rename": _rename,
    "delisting": _delisting,
    "blocked": _blocked,
    "unblocked": _unblocked,
}
